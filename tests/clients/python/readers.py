"""What the sink writes, read by the libraries that people read such files with.

Usage: readers.py ENDPOINT ACCESS_KEY SECRET_KEY BUCKET BOOTSTRAP TOPIC FOLDER...

Sends RECORDS records to TOPIC, waits until they are in every FOLDER of the bucket, and reads the
objects with fastavro, pyarrow and DuckDB: rows and schemas have to be the ones that were sent.
A folder is named for the format and its codec: parquet-zstd.
"""

import base64
import datetime
import decimal
import io
import json
import sys
import tempfile
import time

import boto3
import confluent_kafka
import duckdb
import fastavro
import pyarrow as pa
import pyarrow.parquet as pq

RECORDS = 300
FILE_RECORDS = 100
PATIENCE_S = 60
UTC = datetime.timezone.utc

endpoint, access_key, secret_key, bucket, bootstrap, topic, *folders = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=access_key,
                  aws_secret_access_key=secret_key, region_name="us-east-1")

CONNECT = "org.apache.kafka.connect.data."
SCHEMA = {"type": "struct", "name": "shop.Order", "fields": [
    {"field": "id", "type": "int64"},
    {"field": "note", "type": "string", "optional": True},
    {"field": "tags", "type": "array", "items": {"type": "string"}},
    {"field": "sizes", "type": "map", "keys": {"type": "string"}, "values": {"type": "int32"}},
    {"field": "at", "type": "int64", "name": CONNECT + "Timestamp", "version": 1},
    {"field": "day", "type": "int32", "name": CONNECT + "Date", "version": 1},
    {"field": "price", "type": "bytes", "name": CONNECT + "Decimal", "version": 1,
     "parameters": {"scale": "2", "connect.decimal.precision": "18"}},
    {"field": "flag", "type": "boolean"},
    {"field": "ratio", "type": "double"},
    {"field": "part", "type": "float"},
    {"field": "small", "type": "int16"},
    {"field": "raw", "type": "bytes"},
    {"field": "who", "type": "struct", "name": "shop.Person", "optional": True, "fields": [
        {"field": "city", "type": "string"}, {"field": "zip", "type": "int32", "optional": True}]},
]}


def payload(n):
    cents = (n - 150) * 101
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    return {
        "id": n * 10**12, "note": None if n % 3 == 0 else f"메모 {n}", "tags": ["a", "b", "c"][:n % 4],
        "sizes": {f"k{i}": i for i in range(n % 3)}, "at": 1718000000000 + n, "day": 19000 + n,
        "flag": n % 2 == 0, "ratio": n / 7, "part": n / 4, "small": n - 150,
        "price": decimal.Decimal(f"{sign}{cents // 100}.{cents % 100:02}"),
        "raw": base64.b64encode(bytes([n % 256, 0, 255])).decode(),
        "who": None if n % 5 == 0 else {"city": "Seoul", "zip": None if n % 2 else n},
    }


def expected(n):
    """The row as Python has it."""
    row = payload(n)
    row["at"] = datetime.datetime.fromtimestamp(row["at"] / 1000, UTC)
    row["day"] = datetime.date(1970, 1, 1) + datetime.timedelta(row["day"])
    row["raw"] = bytes([n % 256, 0, 255])
    return row


def envelope(n):
    row = payload(n)
    price = str(row.pop("price"))
    row["price"] = "PRICE"
    return json.dumps({"schema": SCHEMA, "payload": row}).replace('"PRICE"', price)


def objects(folder):
    """The folder's objects by key, once all records are in them."""
    wanted = RECORDS // FILE_RECORDS
    deadline = time.monotonic() + PATIENCE_S
    while True:
        listed = s3.list_objects_v2(Bucket=bucket, Prefix=folder + "/").get("Contents", [])
        if len(listed) == wanted:
            break
        assert time.monotonic() < deadline, f"{len(listed)} objects in {folder}"
        time.sleep(0.05)
    keys = sorted(entry["Key"] for entry in listed)
    return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


def check(what, rows):
    rows = sorted(rows, key=lambda row: row["id"])
    assert len(rows) == RECORDS, f"{what}: {len(rows)} rows"
    for n, row in enumerate(rows):
        assert row == expected(n), f"{what}:\n{row}\n{expected(n)}"


def check_avro(folder, files):
    codec = folder.removeprefix("avro-")
    rows = []
    for key, data in files.items():
        assert key.endswith(".avro"), key
        reader = fastavro.reader(io.BytesIO(data))
        assert reader.codec == codec, reader.codec
        schema = reader.writer_schema
        assert schema["name"] == "shop.Order", schema
        fields = {field["name"]: field["type"] for field in schema["fields"]}
        assert fields["note"] == ["null", "string"], fields
        assert fields["at"]["logicalType"] == "timestamp-millis", fields
        assert fields["small"]["connect.type"] == "int16", fields
        assert fields["who"][1]["name"] == "shop.Person", fields
        rows.extend(reader)
    check(f"fastavro {folder}", rows)


ARROW = pa.schema([
    pa.field("id", pa.int64(), False), pa.field("note", pa.string()),
    pa.field("tags", pa.list_(pa.field("array", pa.string(), False)), False),
    pa.field("sizes", pa.map_(pa.string(), pa.field("value", pa.int32(), False)), False),
    pa.field("at", pa.timestamp("ms", "UTC"), False), pa.field("day", pa.date32(), False),
    pa.field("price", pa.decimal128(18, 2), False), pa.field("flag", pa.bool_(), False),
    pa.field("ratio", pa.float64(), False), pa.field("part", pa.float32(), False),
    pa.field("small", pa.int32(), False), pa.field("raw", pa.binary(), False),
    pa.field("who", pa.struct([pa.field("city", pa.string(), False), pa.field("zip", pa.int32())])),
])
# pyarrow has no name for Hadoop's LZ4, but reads it.
CODECS = {"none": "UNCOMPRESSED", "lz4": "UNKNOWN", "lz4_raw": "LZ4"}


def check_parquet(folder, files):
    codec = folder.removeprefix("parquet-")
    with tempfile.TemporaryDirectory() as home:
        for number, (key, data) in enumerate(files.items()):
            assert key.endswith(".parquet"), key
            with open(f"{home}/{number}.parquet", "wb") as file:
                file.write(data)
            shape = pq.ParquetFile(io.BytesIO(data))
            found = shape.metadata.row_group(0).column(0).compression
            assert found == CODECS.get(codec, codec.upper()), found
            assert shape.schema_arrow.equals(ARROW), shape.schema_arrow
            assert b"parquet.avro.schema" in shape.metadata.metadata
        rows = pq.read_table(home).to_pylist()
        for row in rows:
            row["sizes"] = dict(row["sizes"])
        check(f"pyarrow {folder}", rows)
        if codec == "lz4":
            return  # DuckDB 1.5 knows lz4_raw, not Hadoop's.
        connection = duckdb.connect()
        result = connection.sql(f"select * from '{home}/*.parquet'").to_arrow_table()
        rows = result.to_pylist()
        for row in rows:
            row["sizes"] = dict(row["sizes"])
            row["at"] = row["at"].astimezone(UTC)
        check(f"DuckDB {folder}", rows)


def check_json(folder, files):
    lines = [json.loads(line, parse_float=str) for data in files.values() for line in data.splitlines()]
    assert [line["id"] for line in lines] == [payload(n)["id"] for n in range(RECORDS)]
    assert all(line["price"] == str(payload(n)["price"]) for n, line in enumerate(lines))


producer = confluent_kafka.Producer({"bootstrap.servers": bootstrap})
for n in range(RECORDS):
    producer.produce(topic, envelope(n), partition=0)
producer.flush()
for folder in folders:
    check_format = {"avro": check_avro, "parquet": check_parquet, "json": check_json}
    check_format[folder.split("-")[0]](folder, objects(folder))
    print(folder)
