// kafkajs. The command line is described in ../python/contract.py.
'use strict'

const { Kafka, logLevel } = require('kafkajs')
const contract = require('./contract')
const codecs = require('./codecs')

const kafkaAt = (bootstrap, options) =>
  new Kafka({ clientId: 'kafkajs', brokers: [bootstrap], logLevel: logLevel.ERROR, ssl: contract.tls, ...options })

/** kafkajs keeps headers in an object: one name, one value or a list of them. */
function headersOf(pairs) {
  const headers = {}
  for (const [name, value] of pairs) {
    headers[name] = [...(headers[name] ?? []), contract.decode(value)]
  }
  return headers
}

function headerPairs(headers) {
  return Object.entries(headers ?? {}).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).map((value) => [name, contract.encode(value)]),
  )
}

async function produce(bootstrap) {
  contract.deadline(90)
  const [all, batches] = [await contract.linesIn(), new Map()]
  for (const record of all) {
    const batch = JSON.stringify([record.topic, record.partition, record.codec])
    batches.set(batch, [...(batches.get(batch) ?? []), record])
  }
  const producer = kafkaAt(bootstrap).producer()
  await producer.connect()
  for (const [batch, records] of batches) {
    const [topic, partition, codec] = JSON.parse(batch)
    const messages = records.map((record) => ({
      partition,
      key: contract.decode(record.key),
      value: contract.decode(record.value),
      headers: headersOf(record.headers),
      timestamp: String(record.timestamp),
    }))
    const [sent] = await producer.send({ topic, compression: codecs.TYPES[codec], messages })
    records.forEach((record, index) => {
      record.offset = Number(sent.baseOffset) + index
    })
  }
  all.forEach(({ topic, partition, offset }) => contract.out({ topic, partition, offset }))
  await producer.disconnect()
}

function outMessage(topic, partition, message) {
  contract.out({
    topic,
    partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    key: contract.encode(message.key),
    value: contract.encode(message.value),
    headers: headerPairs(message.headers),
  })
}

const after = (topic, partition, message) => ({
  topic,
  partition,
  offset: String(Number(message.offset) + 1),
})

async function consume(bootstrap, group, topic, count) {
  contract.deadline(90)
  const consumer = kafkaAt(bootstrap).consumer({ groupId: group, retry: { retries: 30 } })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const positions = new Map()
  let left = Number(count)
  await new Promise((resolve, reject) => {
    consumer
      .run({
        autoCommit: false,
        eachMessage: async ({ topic, partition, message }) => {
          if (left === 0) return
          outMessage(topic, partition, message)
          positions.set(partition, after(topic, partition, message))
          left -= 1
          if (left === 0) resolve()
        },
      })
      .catch(reject)
  })
  await consumer.commitOffsets([...positions.values()])
  await consumer.disconnect()
}

async function member(bootstrap, group, topic) {
  const ended = new Promise((resolve) => process.stdin.resume().on('end', resolve))
  const consumer = kafkaAt(bootstrap).consumer({ groupId: group, retry: { retries: 30 } })
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) =>
    contract.out({ assigned: [...(payload.memberAssignment[topic] ?? [])].sort() }),
  )
  consumer.on(consumer.events.REBALANCING, () => contract.out({ assigned: [] }))
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ topic, partition, message, heartbeat }) => {
      outMessage(topic, partition, message)
      await consumer.commitOffsets([after(topic, partition, message)])
      await heartbeat()
    },
  })
  await ended
  await consumer.disconnect()
}

async function offsets(bootstrap, topic, partition) {
  contract.deadline(90)
  const admin = kafkaAt(bootstrap).admin()
  await admin.connect()
  const ofPartition = (all) => all.find((each) => each.partition === Number(partition))
  const bounds = ofPartition(await admin.fetchTopicOffsets(topic))
  for (const at of await contract.linesIn()) {
    let offset
    if (at === 'earliest') offset = bounds.low
    else if (at === 'latest') offset = bounds.high
    else offset = ofPartition(await admin.fetchTopicOffsetsByTimestamp(topic, at)).offset
    contract.out({ at, offset: Number(offset) })
  }
  await admin.disconnect()
}

/** kafkajs shows FindCoordinator's answer only in its debug log. */
async function metadata(bootstrap, group, topic) {
  contract.deadline(90)
  const told = { metadata: new Set(), coordinator: new Set() }
  const logCreator = () => ({ log: { message, data, payload } }) => {
    const answer = data ?? payload
    if (answer === undefined) return
    if (/^Response Metadata/.test(message)) {
      answer.brokers.forEach(({ host, port }) => told.metadata.add(`${host}:${port}`))
    } else if (/^Response (FindCoordinator|GroupCoordinator)/.test(message)) {
      told.coordinator.add(`${answer.coordinator.host}:${answer.coordinator.port}`)
    }
  }
  const seen = kafkaAt(bootstrap, { logLevel: logLevel.DEBUG, logCreator })
  const admin = seen.admin()
  await admin.connect()
  await admin.fetchTopicMetadata({ topics: [topic] })
  await admin.describeGroups([group])
  const { brokers } = await admin.describeCluster()
  await admin.disconnect()
  contract.out({ metadata: [...told.metadata] })
  contract.out({ coordinator: [...told.coordinator] })
  contract.out({ cluster: brokers.map(({ host, port }) => `${host}:${port}`) })
}

async function main() {
  const commands = { produce, consume, member, offsets, metadata }
  const [command, ...rest] = process.argv.slice(2)
  await codecs.install()
  await commands[command](...rest)
}

main().then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error.stack}\n`)
    process.exit(1)
  },
)
