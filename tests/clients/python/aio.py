"""aiokafka. The command line is described in contract.py."""

import asyncio

import contract
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.coordination import FindCoordinatorRequest


async def produce(bootstrap):
    producers, futures = {}, []
    for record in contract.records_in():
        codec = record["codec"]
        if codec not in producers:
            producers[codec] = AIOKafkaProducer(
                bootstrap_servers=bootstrap, linger_ms=20,
                compression_type=None if codec == "none" else codec)
            await producers[codec].start()
        futures.append(await producers[codec].send(
            record["topic"], partition=record["partition"], key=record["key"],
            value=record["value"], headers=record["headers"], timestamp_ms=record["timestamp"]))
    for future in futures:
        sent = await future
        contract.out(topic=sent.topic, partition=sent.partition, offset=sent.offset)
    for producer in producers.values():
        await producer.stop()


def consumer(bootstrap, group):
    return AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False,
                            auto_offset_reset="earliest")


def print_record(record):
    contract.out_record(record.topic, record.partition, record.offset, record.timestamp,
                        record.key, record.value, record.headers)


async def consume(bootstrap, group, topic, count):
    client, positions = consumer(bootstrap, group), {}
    client.subscribe([topic])
    await client.start()
    for _ in range(int(count)):
        record = await client.getone()
        print_record(record)
        positions[TopicPartition(record.topic, record.partition)] = record.offset + 1
    await client.commit(positions)
    await client.stop()


class Assignments(ConsumerRebalanceListener):
    """Prints what this member was given and what was taken from it."""

    def on_partitions_assigned(self, assigned):
        contract.out_assigned([each.partition for each in assigned])

    def on_partitions_revoked(self, revoked):
        contract.out_assigned([])


async def member(bootstrap, group, topic):
    ended = contract.until_stdin_ends()
    client = consumer(bootstrap, group)
    client.subscribe([topic], listener=Assignments())
    await client.start()
    while not ended.is_set():
        for records in (await client.getmany(timeout_ms=100)).values():
            for record in records:
                print_record(record)
                await client.commit({TopicPartition(record.topic, record.partition):
                                     record.offset + 1})
    await client.stop()


async def offsets(bootstrap, topic, partition):
    client = consumer(bootstrap, None)
    await client.start()
    partition = TopicPartition(topic, int(partition))
    for at in contract.lines_in():
        if at == "earliest":
            offset = (await client.beginning_offsets([partition]))[partition]
        elif at == "latest":
            offset = (await client.end_offsets([partition]))[partition]
        else:
            found = (await client.offsets_for_times({partition: at}))[partition]
            offset = found.offset if found else None
        contract.out(at=at, offset=offset)
    await client.stop()


async def metadata(bootstrap, group, topic):
    client = consumer(bootstrap, group)
    client.subscribe([topic])
    await client.start()
    await client.committed(TopicPartition(topic, 0))
    brokers = client._client.cluster.brokers()
    contract.out(metadata=[f"{broker.host}:{broker.port}" for broker in brokers])
    coordinator = await client._client.send(next(iter(brokers)).nodeId, FindCoordinatorRequest(group, 0))
    contract.out(coordinator=[f"{coordinator.host}:{coordinator.port}"])
    await client.stop()
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    brokers = (await admin.describe_cluster())["brokers"]
    contract.out(cluster=[f"{broker['host']}:{broker['port']}" for broker in brokers])
    await admin.close()


def bounded(command):
    """`command` as a plain function that ends within the deadline."""
    return lambda *arguments: asyncio.run(within(command(*arguments)))


async def within(work):
    timeout = None if work.__name__ == "member" else contract.DEADLINE_S
    await asyncio.wait_for(work, timeout)


contract.main({command.__name__: bounded(command)
               for command in (produce, consume, member, offsets, metadata)})
