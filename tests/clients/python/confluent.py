"""librdkafka through confluent-kafka. The command line is described in contract.py."""

import time

import contract
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient


def produce(bootstrap):
    producers, offsets = {}, []

    def delivered(index, error, message):
        if error is not None:
            raise RuntimeError(f"record {index}: {error}")
        offsets[index] = (message.topic(), message.partition(), message.offset())

    for index, record in enumerate(contract.records_in()):
        offsets.append(None)
        codec = record["codec"]
        if codec not in producers:
            producers[codec] = Producer({
                "bootstrap.servers": bootstrap,
                "compression.type": codec,
                "enable.idempotence": True,
                "linger.ms": 20,
                "security.protocol": "ssl" if contract.TLS else "plaintext",
            })
        producers[codec].produce(
            record["topic"], partition=record["partition"], key=record["key"],
            value=record["value"], headers=record["headers"], timestamp=record["timestamp"],
            on_delivery=lambda error, message, index=index: delivered(index, error, message))
    for producer in producers.values():
        if producer.flush(contract.DEADLINE_S) > 0:
            raise TimeoutError("not every record was acknowledged")
    for topic, partition, offset in offsets:
        contract.out(topic=topic, partition=partition, offset=offset)


def consumer(bootstrap, group):
    return Consumer({
        "bootstrap.servers": bootstrap,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    })


def print_message(message):
    if message.error():
        raise RuntimeError(str(message.error()))
    contract.out_record(message.topic(), message.partition(), message.offset(),
                        message.timestamp()[1], message.key(), message.value(), message.headers())


def consume(bootstrap, group, topic, count):
    client = consumer(bootstrap, group)
    client.subscribe([topic])
    deadline, positions = time.monotonic() + contract.DEADLINE_S, {}
    for _ in range(int(count)):
        message = client.poll(max(0.0, deadline - time.monotonic()))
        if message is None:
            raise TimeoutError("too few records")
        print_message(message)
        positions[message.partition()] = message.offset() + 1
    client.commit(offsets=[TopicPartition(topic, partition, offset)
                           for partition, offset in positions.items()], asynchronous=False)
    client.close()


def member(bootstrap, group, topic):
    ended = contract.until_stdin_ends()
    client = consumer(bootstrap, group)
    client.subscribe([topic],
                     on_assign=lambda _, assigned: contract.out_assigned(
                         [each.partition for each in assigned]),
                     on_revoke=lambda client, _: contract.out_assigned([]))
    while not ended.is_set():
        message = client.poll(0.1)
        if message is not None:
            print_message(message)
            client.commit(message=message, asynchronous=False)
    client.close()


def offsets(bootstrap, topic, partition):
    client = consumer(bootstrap, "offsets")
    earliest, latest = client.get_watermark_offsets(TopicPartition(topic, int(partition)),
                                                    timeout=contract.DEADLINE_S)
    for at in contract.lines_in():
        if at == "earliest":
            offset = earliest
        elif at == "latest":
            offset = latest
        else:
            [found] = client.offsets_for_times([TopicPartition(topic, int(partition), at)],
                                               timeout=contract.DEADLINE_S)
            offset = found.offset if found.offset >= 0 else None
        contract.out(at=at, offset=offset)
    client.close()


def metadata(bootstrap, group, topic):
    admin = AdminClient({"bootstrap.servers": bootstrap})
    brokers = admin.list_topics(topic, timeout=contract.DEADLINE_S).brokers.values()
    contract.out(metadata=[f"{broker.host}:{broker.port}" for broker in brokers])
    [described] = admin.describe_consumer_groups([group]).values()
    coordinator = described.result(contract.DEADLINE_S).coordinator
    contract.out(coordinator=[f"{coordinator.host}:{coordinator.port}"])
    nodes = admin.describe_cluster().result(contract.DEADLINE_S).nodes
    contract.out(cluster=[f"{node.host}:{node.port}" for node in nodes])


contract.main({"produce": produce, "consume": consume, "member": member, "offsets": offsets,
               "metadata": metadata})
