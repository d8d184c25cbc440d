"""The click-stream producer of the README's first story, without its HTTP front: an event at a
time, each flushed before the next.

Usage: BOOTSTRAP_SERVERS=HOST:PORT ingest.py COUNT

Prints each event's number once it was sent.
"""

import json
import os
import sys

from confluent_kafka import Producer

producer = Producer({"bootstrap.servers": os.getenv("BOOTSTRAP_SERVERS", "localhost:9092")})

for number in range(int(sys.argv[1])):
    event = {
        "path": f"/posts/{number % 17}",
        "tag": "BUTTON",
        "id": f"btn{number}",
        "timestamp": "2025-05-22T09:45:00Z",
        "title": "카프카 클러스터",
    }
    producer.produce("clickstream", json.dumps(event).encode("utf-8"))
    producer.flush()
    print(number, flush=True)
