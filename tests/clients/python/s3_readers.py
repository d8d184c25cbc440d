"""Arrow, DuckDB and s3fs, at their defaults, on the S3 endpoint.

Usage: s3_readers.py ENDPOINT ACCESS_KEY SECRET_KEY

DuckDB's S3 support is an extension, which it loads from a package instead of downloading it.
"""

import importlib.resources
import sys

import duckdb
import pyarrow
import pyarrow.dataset
import pyarrow.fs
import pyarrow.parquet
import s3fs

ENDPOINT, ACCESS_KEY, SECRET_KEY = sys.argv[1:4]
HOST = ENDPOINT.removeprefix("http://")
ROWS = 1000
table = pyarrow.table({"id": list(range(ROWS)), "name": [f"row {n}" for n in range(ROWS)]})
arrow = pyarrow.fs.S3FileSystem(
    endpoint_override=HOST,
    scheme="http",
    access_key=ACCESS_KEY,
    secret_key=SECRET_KEY,
    region="us-east-1",
    allow_bucket_creation=True,
    allow_bucket_deletion=True,
)


def check_arrow_writes_and_reads_parquet():
    arrow.create_dir("arrow")
    for day in (1, 2):
        path = f"arrow/clicks/day={day}/part-0.parquet"
        pyarrow.parquet.write_table(table, path, filesystem=arrow)
    clicks = pyarrow.dataset.dataset("arrow/clicks", filesystem=arrow, partitioning="hive")
    assert clicks.count_rows() == 2 * ROWS
    assert clicks.to_table(filter=pyarrow.dataset.field("day") == 2)["id"].to_pylist() == list(
        range(ROWS)
    )
    arrow.copy_file("arrow/clicks/day=1/part-0.parquet", "arrow/copy.parquet")
    assert pyarrow.parquet.read_table("arrow/copy.parquet", filesystem=arrow).equals(table)
    arrow.delete_dir("arrow/clicks")
    selector = pyarrow.fs.FileSelector("arrow", recursive=True)
    assert [info.path for info in arrow.get_file_info(selector)] == ["arrow/copy.parquet"]


def check_arrow_streams_a_large_file():
    with arrow.open_output_stream("arrow/large") as stream:
        for _ in range(12):
            stream.write(b"x" * 1024 * 1024)
    assert arrow.get_file_info("arrow/large").size == 12 * 1024 * 1024


def check_s3fs_is_a_file_system():
    fs = s3fs.S3FileSystem(
        key=ACCESS_KEY, secret=SECRET_KEY, client_kwargs={"endpoint_url": ENDPOINT}
    )
    fs.mkdir("s3fs")
    with fs.open("s3fs/dir/hello.txt", "wb") as file:
        file.write(b"hello")
    with fs.open("s3fs/large", "wb", block_size=5 * 1024 * 1024) as file:
        file.write(b"x" * 11 * 1024 * 1024)
    assert fs.cat("s3fs/dir/hello.txt") == b"hello"
    assert sorted(fs.find("s3fs")) == ["s3fs/dir/hello.txt", "s3fs/large"]
    assert fs.info("s3fs/large")["size"] == 11 * 1024 * 1024
    with fs.open("s3fs/large") as file:
        file.seek(-3, 2)
        assert file.read() == b"xxx"
    fs.mv("s3fs/dir/hello.txt", "s3fs/moved")
    assert fs.exists("s3fs/moved") and not fs.exists("s3fs/dir/hello.txt")
    fs.rm("s3fs", recursive=True)


def check_duckdb_queries_objects():
    database = duckdb.connect()
    extensions = importlib.resources.files("duckdb_extension_httpfs") / "extensions"
    database.execute(f"LOAD '{extensions / f'v{duckdb.__version__}' / 'httpfs.duckdb_extension'}'")
    database.execute(
        f"""CREATE SECRET (TYPE s3, KEY_ID '{ACCESS_KEY}', SECRET '{SECRET_KEY}',
        ENDPOINT '{HOST}', URL_STYLE 'path', USE_SSL false, REGION 'us-east-1')"""
    )
    query = "SELECT count(*), sum(id) FROM 's3://arrow/copy.parquet'"
    assert database.sql(query).fetchall() == [(ROWS, ROWS * (ROWS - 1) // 2)]
    database.execute("COPY (SELECT 1 AS one) TO 's3://arrow/one.json'")
    assert database.sql("SELECT one FROM 's3://arrow/*.json'").fetchall() == [(1,)]
    rows = "SELECT range AS id, range % 3 AS third FROM range(300000)"
    database.execute(f"COPY ({rows}) TO 's3://arrow/by' (FORMAT parquet, PARTITION_BY (third))")
    query = "SELECT third, count(*) FROM 's3://arrow/by/*/*.parquet' GROUP BY ALL ORDER BY ALL"
    assert database.sql(query).fetchall() == [(0, 100000), (1, 100000), (2, 100000)]
    # Larger than a part: a multipart upload.
    database.execute("COPY (SELECT uuid() FROM range(1500000)) TO 's3://arrow/large.parquet'")
    assert database.sql("SELECT count(*) FROM 's3://arrow/large.parquet'").fetchall() == [(1500000,)]


for name, check in list(globals().items()):
    if name.startswith("check_"):
        try:
            check()
        except BaseException:
            print(name, file=sys.stderr)
            raise
