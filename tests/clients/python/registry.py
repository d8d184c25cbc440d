"""Confluent's serializers on one side of the sink, readers of files on the other.

Usage: registry.py serve
       registry.py check REGISTRY ENDPOINT ACCESS_KEY SECRET_KEY BUCKET BOOTSTRAP FOLDER...

`serve` is a schema registry in memory that wants user and password; its first line is its address.
`check` sends RECORDS records to a topic of the same name for every folder, TOPIC-FORMAT, and reads
the objects back. What a topic's name begins with is how its records are serialized; with
`protobuftext` the registry answers with the text of a schema, as registries do that have
compiled it, with `protobuf` with what the serializer has registered.
"""

import base64
import datetime
import http.server
import importlib
import io
import json
import pathlib
import re
import sys
import tempfile
import time
import urllib.parse

USER = "klamm:secret"
RECORDS = 200
FILE_RECORDS = 100
PATIENCE_S = 60
UTC = datetime.timezone.utc

PROTOS = {
    "klamm_order.proto": """syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
import "klamm_place.proto";
message Unused { bool it = 1; }
message Order {
  int64 id = 1;
  string note = 2;
  repeated string tags = 3;
  map<string, int32> sizes = 4;
  Color color = 5;
  google.protobuf.Timestamp at = 6;
  Place place = 7;
  oneof choice { string text = 8; uint32 number = 9; }
  google.protobuf.StringValue title = 10;
  optional int32 zip = 11;
  bytes raw = 12;
  repeated sint64 deltas = 13;
}
enum Color { RED = 0; BLUE = 2; }
""",
    "klamm_place.proto": 'syntax = "proto3";\npackage shop;\n'
                         "message Place { string city = 1; double latitude = 2; float height = 3; }\n",
}
AVRO = {"type": "record", "name": "Order", "namespace": "shop", "fields": [
    {"name": "id", "type": "long"}, {"name": "note", "type": ["null", "string"]},
    {"name": "sizes", "type": {"type": "map", "values": "int"}},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
JSON = {"type": "object", "title": "Order", "required": ["id"], "properties": {
    "id": {"type": "integer"}, "note": {"oneOf": [{"type": "null"}, {"type": "string"}]},
    "tags": {"type": "array", "items": {"type": "string"}}}}


class Registry(http.server.BaseHTTPRequestHandler):
    """As much of a schema registry as serializers and a sink ask for."""

    protocol_version = "HTTP/1.1"
    schemas = []  # (subject, schema); the id is the place, from 1

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle_any(self):
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length) or b"{}")
        wanted = "Basic " + base64.b64encode(USER.encode()).decode()
        if self.headers.get("Authorization") != wanted:
            return self.answer(401, {"error_code": 401, "message": "Unauthorized"})
        path = urllib.parse.urlparse(self.path).path
        parts = [urllib.parse.unquote(part) for part in path.strip("/").split("/")]
        if self.command == "POST" and parts[0] == "subjects":
            entry = (parts[1], body)
            if entry not in self.schemas:
                self.schemas.append(entry)
            return self.answer(200, self.described(self.schemas.index(entry)))
        if parts[:2] == ["schemas", "ids"] and int(parts[2]) <= len(self.schemas):
            found = self.described(int(parts[2]) - 1)
            if parts[3:] == ["versions"]:
                found = [{"subject": found["subject"], "version": 1}]
            return self.answer(200, found)
        if parts[0] == "subjects":
            for index, (subject, _) in enumerate(self.schemas):
                if subject == parts[1]:
                    return self.answer(200, self.described(index))
        return self.answer(404, {"error_code": 40403, "message": "Schema not found"})

    do_GET = do_POST = handle_any

    def described(self, index):
        subject, schema = self.schemas[index]
        described = {"id": index + 1, "subject": subject, "version": 1, **schema}
        if subject.startswith("protobuftext") or (subject in PROTOS and self.is_text()):
            name = "klamm_place.proto" if subject in PROTOS else "klamm_order.proto"
            described["schema"] = PROTOS[name]
        return described

    def is_text(self):
        return any(subject.startswith("protobuftext") for subject, _ in self.schemas)

    def log_message(self, *_):
        pass


def serve():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


def compiled(home):
    """The classes that protoc makes of PROTOS."""
    from grpc_tools import protoc

    for name, text in PROTOS.items():
        pathlib.Path(home, name).write_text(text)
    include = str(pathlib.Path(protoc.__file__).parent / "_proto")
    assert protoc.main(["protoc", f"-I{home}", f"-I{include}", f"--python_out={home}", *PROTOS]) == 0
    sys.path.insert(0, home)
    return importlib.import_module("klamm_order_pb2").Order


def expected(topic, n):
    """The row of a record, with times in milliseconds."""
    note = None if n % 3 == 0 else f"메모 {n}"
    sizes = {f"k{i}": i for i in range(n % 4)}
    if topic.startswith("avro"):
        return {"id": n * 10**12, "note": note, "sizes": sizes, "at": 1718000000000 + n}
    if topic.startswith("json"):
        return {"id": n, "note": note, "tags": ["a", "b", "c"][:n % 4]}
    choice = [None, {"text": f"t{n}", "number": None}, {"text": None, "number": 4294967295 - n}][n % 3]
    return {
        "choice_0": choice, "id": n * 10**12, "note": note or "", "tags": ["a", "b", "c"][:n % 4],
        "sizes": sizes, "color": "BLUE" if n % 2 else "RED", "at": 1718000000000 + n,
        "place": None if n % 5 == 0 else {"city": "Seoul", "latitude": n / 7, "height": n / 4},
        "title": None if n % 4 == 0 else f"title {n % 2 or ''}", "zip": None if n % 2 else n,
        "raw": bytes([n % 256, 0, 255]), "deltas": [-n, n],
    }


def message(order, n):
    row = expected("protobuf", n)
    made = order(id=row["id"], note=row["note"], tags=row["tags"], sizes=row["sizes"],
                 color=row["color"], raw=row["raw"], deltas=row["deltas"])
    made.at.FromMilliseconds(row["at"])
    for name, value in (row["choice_0"] or {}).items():
        if value is not None:
            setattr(made, name, value)
    if row["place"]:
        made.place.city, made.place.latitude, made.place.height = row["place"].values()
    if row["title"] is not None:
        made.title.value = row["title"]
    if row["zip"] is not None:
        made.zip = row["zip"]
    return made


def serializer(topic, client, home):
    """A topic's serializer, and what it is given for a number."""
    from confluent_kafka.schema_registry.avro import AvroSerializer
    from confluent_kafka.schema_registry.json_schema import JSONSerializer
    from confluent_kafka.schema_registry.protobuf import ProtobufSerializer

    if topic.startswith("avro"):
        return AvroSerializer(client, json.dumps(AVRO)), lambda n: expected(topic, n)
    if topic.startswith("json"):
        return JSONSerializer(json.dumps(JSON), client), lambda n: expected(topic, n)
    order = compiled(home)
    return ProtobufSerializer(order, client), lambda n: message(order, n)


def produce(topics, registry, bootstrap, home):
    import confluent_kafka
    from confluent_kafka.schema_registry import SchemaRegistryClient
    from confluent_kafka.serialization import MessageField, SerializationContext

    client = SchemaRegistryClient({"url": registry, "basic.auth.user.info": USER})
    producer = confluent_kafka.Producer({"bootstrap.servers": bootstrap})
    for topic in topics:
        serialize, value = serializer(topic, client, home)
        context = SerializationContext(topic, MessageField.VALUE)
        for n in range(RECORDS):
            producer.produce(topic, serialize(value(n), context), partition=0)
    producer.flush()


def plain(value):
    """A value of any reader: times in milliseconds, entries of a map as a dict."""
    if isinstance(value, datetime.datetime):
        return round(value.astimezone(UTC).timestamp() * 1000)
    if isinstance(value, dict):
        return {name: plain(field) for name, field in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(e, dict) and set(e) == {"key", "value"} for e in value):
            return {entry["key"]: entry["value"] for entry in value}
        if value and all(isinstance(e, tuple) for e in value):
            return dict(value)
        return [plain(e) for e in value]
    return value


def rows_of(format_name, files):
    """What each reader of this format finds."""
    if format_name == "json":
        yield "json", [json.loads(line) for data in files for line in data.splitlines()]
    elif format_name == "avro":
        import fastavro
        yield "fastavro", [row for data in files for row in fastavro.reader(io.BytesIO(data))]
    else:
        import duckdb
        import pyarrow.parquet as pq
        with tempfile.TemporaryDirectory() as home:
            for number, data in enumerate(files):
                pathlib.Path(home, f"{number}.parquet").write_bytes(data)
            yield "pyarrow", pq.read_table(home).to_pylist()
            found = duckdb.connect().sql(f"select * from '{home}/*.parquet'")
            yield "DuckDB", found.to_arrow_table().to_pylist()


def check(topic, reader, rows):
    rows = sorted(rows, key=lambda row: row["id"])
    assert len(rows) == RECORDS, f"{topic} {reader}: {len(rows)} rows"
    for n, row in enumerate(rows):
        wanted, row = expected(topic, n), plain(row)
        if reader == "json" and "raw" in row:
            row["raw"] = base64.b64decode(row["raw"])
        # Without an entry nothing tells a list of entries from a list.
        if "sizes" in row:
            row["sizes"] = row["sizes"] or {}
        assert row == wanted, f"{topic} {reader}:\n{row}\n{wanted}"


def objects(s3, bucket, folder):
    deadline = time.monotonic() + PATIENCE_S
    while True:
        listed = s3.list_objects_v2(Bucket=bucket, Prefix=folder + "/").get("Contents", [])
        if len(listed) == RECORDS // FILE_RECORDS:
            return [s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read() for entry in listed]
        assert time.monotonic() < deadline, f"{len(listed)} objects in {folder}"
        time.sleep(0.05)


def main(registry, endpoint, access_key, secret_key, bucket, bootstrap, *folders):
    import boto3

    s3 = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=access_key,
                      aws_secret_access_key=secret_key, region_name="us-east-1")
    with tempfile.TemporaryDirectory() as home:
        topics = list(dict.fromkeys(re.sub("-[a-z]*$", "", folder) for folder in folders))
        produce(topics, registry, bootstrap, home)
    for folder in folders:
        topic, format_name = folder.rsplit("-", 1)
        for reader, rows in rows_of(format_name, objects(s3, bucket, folder)):
            check(topic, reader, rows)
        print(folder)


if sys.argv[1] == "serve":
    serve()
else:
    main(*sys.argv[2:])
