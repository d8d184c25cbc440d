"""The command line that every client script of the interop tests speaks.

    produce  HOST:PORT                        records in (one JSON object a line), their offsets out
    consume  HOST:PORT GROUP TOPIC COUNT      COUNT records out, then exactly they are committed
    member   HOST:PORT GROUP TOPIC            assignments and records out until standard input ends
    offsets  HOST:PORT TOPIC PARTITION        "earliest", "latest" or milliseconds in, offsets out
    metadata HOST:PORT GROUP TOPIC            every address the client was told, by request

Keys, values and header values travel as base64, null as null.
"""

import base64
import json
import os
import sys
import threading

DEADLINE_S = 90

# Whether `produce` speaks TLS.
TLS = "KLAMM_TEST_TLS" in os.environ


def encode(data):
    return None if data is None else base64.b64encode(data).decode()


def decode(text):
    return None if text is None else base64.b64decode(text)


def records_in():
    """The records to produce, with bytes where JSON has base64."""
    for line in sys.stdin:
        record = json.loads(line)
        record["key"] = decode(record["key"])
        record["value"] = decode(record["value"])
        record["headers"] = [(name, decode(value)) for name, value in record["headers"]]
        yield record


def lines_in():
    return [json.loads(line) for line in sys.stdin]


def out(**fields):
    print(json.dumps(fields), flush=True)


def out_record(topic, partition, offset, timestamp, key, value, headers):
    out(topic=topic, partition=partition, offset=offset, timestamp=timestamp, key=encode(key),
        value=encode(value), headers=[[name, encode(data)] for name, data in headers or []])


def out_assigned(partitions):
    out(assigned=sorted(partitions))


def until_stdin_ends():
    """An event that is set when the test closes our standard input."""
    ended = threading.Event()

    def wait():
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    return ended


def main(commands):
    """Runs the command named on the command line."""
    command, bootstrap, *arguments = sys.argv[1:]
    commands[command](bootstrap, *arguments)
