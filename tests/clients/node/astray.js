// Clients that do not get through: `node astray.js BOOTSTRAP TOPIC` runs until its input ends.
'use strict'

const { Kafka, logLevel } = require('kafkajs')

const [bootstrap, topic] = process.argv.slice(2)
const client = (clientId, options) =>
  new Kafka({ clientId, brokers: [bootstrap], logLevel: logLevel.NOTHING, ...options }).producer()

async function again(attempt) {
  for (;;) {
    await attempt().catch(() => {})
  }
}

process.stdin.resume().on('end', () => process.exit(0))

// A producer that is sent to an address which nobody resolves here.
const orders = client('orders')
again(async () => {
  await orders.connect()
  await orders.send({ topic, messages: [{ value: 'never arrives' }] })
})

// One that was told to use TLS, and a health check that has the wrong port.
client('payments', { ssl: true }).connect().catch(() => {})
fetch(`http://${bootstrap}/healthz`).catch(() => {})
