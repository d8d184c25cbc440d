"""kafka-python. The command line is described in contract.py."""

import time

import contract
from kafka import ConsumerRebalanceListener, KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka import TopicPartition
from kafka.structs import OffsetAndMetadata


def produce(bootstrap):
    producers, futures = {}, []
    for record in contract.records_in():
        codec = record["codec"]
        if codec not in producers:
            producers[codec] = KafkaProducer(
                bootstrap_servers=bootstrap, linger_ms=20,
                compression_type=None if codec == "none" else codec)
        futures.append(producers[codec].send(
            record["topic"], partition=record["partition"], key=record["key"],
            value=record["value"], headers=record["headers"], timestamp_ms=record["timestamp"]))
    for future in futures:
        sent = future.get(contract.DEADLINE_S)
        contract.out(topic=sent.topic, partition=sent.partition, offset=sent.offset)
    for producer in producers.values():
        producer.close()


def consumer(bootstrap, group):
    return KafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False,
                         auto_offset_reset="earliest")


def print_record(record):
    contract.out_record(record.topic, record.partition, record.offset, record.timestamp,
                        record.key, record.value, record.headers)


def after(record):
    """What to commit once `record` is done with."""
    return {TopicPartition(record.topic, record.partition):
            OffsetAndMetadata(record.offset + 1, "", -1)}


def subscribe(client, topic, **options):
    """Subscribes once the topic is known.

    A leader that joins before it has the topic's metadata hands out nothing, and when the metadata
    comes in just then, kafka-python 3.0 sees no reason to join again: a race inside the client.
    """
    client.partitions_for_topic(topic)
    client.subscribe([topic], **options)


def consume(bootstrap, group, topic, count):
    client, left, done = consumer(bootstrap, group), int(count), {}
    subscribe(client, topic)
    deadline = time.monotonic() + contract.DEADLINE_S
    while left > 0:
        if time.monotonic() > deadline:
            raise TimeoutError("too few records")
        for records in client.poll(timeout_ms=1000, max_records=left).values():
            for record in records:
                print_record(record)
                done.update(after(record))
                left -= 1
    client.commit(done)
    client.close(autocommit=False)


class Assignments(ConsumerRebalanceListener):
    """Prints what this member was given and what was taken from it."""

    def on_partitions_assigned(self, assigned):
        contract.out_assigned([each.partition for each in assigned])

    def on_partitions_revoked(self, revoked):
        contract.out_assigned([])


def member(bootstrap, group, topic):
    ended = contract.until_stdin_ends()
    client = consumer(bootstrap, group)
    subscribe(client, topic, listener=Assignments())
    while not ended.is_set():
        for records in client.poll(timeout_ms=100).values():
            for record in records:
                print_record(record)
                client.commit(after(record))
    client.close(autocommit=False)


def offsets(bootstrap, topic, partition):
    client = consumer(bootstrap, None)
    partition = TopicPartition(topic, int(partition))
    for at in contract.lines_in():
        if at == "earliest":
            offset = client.beginning_offsets([partition])[partition]
        elif at == "latest":
            offset = client.end_offsets([partition])[partition]
        else:
            found = client.offsets_for_times({partition: at})[partition]
            offset = found.offset if found else None
        contract.out(at=at, offset=offset)
    client.close()


def metadata(bootstrap, group, topic):
    client = consumer(bootstrap, group)
    client.partitions_for_topic(topic)
    client.committed(TopicPartition(topic, 0))
    cluster = client._manager.cluster
    contract.out(metadata=[f"{broker.host}:{broker.port}" for broker in cluster.brokers()])
    coordinator = cluster.broker_metadata(cluster.get_coordinator(group))
    contract.out(coordinator=[f"{coordinator.host}:{coordinator.port}"])
    client.close()
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    brokers = admin.describe_cluster()["brokers"]
    contract.out(cluster=[f"{broker['host']}:{broker['port']}" for broker in brokers])
    admin.close()


contract.main({"produce": produce, "consume": consume, "member": member, "offsets": offsets,
               "metadata": metadata})
