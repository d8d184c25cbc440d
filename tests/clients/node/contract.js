// What the scripts share: the command line of ../python/contract.py, JSON lines in and out.
'use strict'

const readline = require('node:readline')

const encode = (data) => (data === null || data === undefined ? null : data.toString('base64'))
const decode = (text) => (text === null ? null : Buffer.from(text, 'base64'))
const out = (fields) => process.stdout.write(JSON.stringify(fields) + '\n')

async function linesIn() {
  const lines = []
  for await (const line of readline.createInterface({ input: process.stdin })) {
    lines.push(JSON.parse(line))
  }
  return lines
}

/** Whether the clients speak TLS. */
const tls = 'KLAMM_TEST_TLS' in process.env

/** Ends this process with a non-zero status when it hangs. */
function deadline(seconds) {
  setTimeout(() => {
    process.stderr.write('too few records within the deadline\n')
    process.exit(1)
  }, seconds * 1000).unref()
}

module.exports = { encode, decode, out, linesIn, deadline, tls }
