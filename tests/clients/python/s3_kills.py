"""Writers of objects and multipart uploads whose endpoint dies again and again.

Usage: s3_kills.py ACCESS_KEY SECRET_KEY DIRECTORY

Commands on standard input: `load ENDPOINT` writes until the endpoint is gone, a line for each
acknowledged write, then `down`; `verify ENDPOINT` compares what is there with what was
acknowledged, and what lies in DIRECTORY with what may. A write that was not answered may have
happened or not, but whole.
"""

import os
import random
import sys
import threading

import boto3
from botocore.client import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

ACCESS_KEY, SECRET_KEY, DIRECTORY = sys.argv[1:4]
BUCKET = "kills"
PART = 5 * 1024 * 1024
GONE = None
session = boto3.session.Session()
numbers = iter(range(1, 1 << 60))
output = threading.Lock()
# What may be there, by key: the number of the last acknowledged write, or of later ones.
possible = {}


def client(endpoint):
    return session.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        region_name="us-east-1",
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=8),
    )


def content(number):
    line = f"{number:020}\n".encode()
    return line * (PART // 20 if number % 10 == 0 else number * 7919 % 20000)


def change(s3, key, number):
    """Writes a new version of a key, or deletes it."""
    metadata = {"number": str(number)}
    if number % 7 == 0:
        s3.delete_object(Bucket=BUCKET, Key=key)
        return GONE
    if number % 10 == 0:
        upload = s3.create_multipart_upload(Bucket=BUCKET, Key=key, Metadata=metadata)
        at = dict(Bucket=BUCKET, Key=key, UploadId=upload["UploadId"])
        parts = []
        for index, data in enumerate((content(number), b"tail"), 1):
            part = s3.upload_part(PartNumber=index, Body=data, **at)
            parts.append({"PartNumber": index, "ETag": part["ETag"]})
        s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **at)
    else:
        s3.put_object(Bucket=BUCKET, Key=key, Body=content(number), Metadata=metadata)
    return number


def write(s3, keys):
    while True:
        key = random.choice(keys)
        with output:
            number = next(numbers)
        attempted = GONE if number % 7 == 0 else number
        possible.setdefault(key, {GONE}).add(attempted)
        try:
            outcome = change(s3, key, number)
        except (ConnectionError, HTTPClientError):
            return
        possible[key] = {outcome}
        with output:
            print("acknowledged", flush=True)


def load(endpoint):
    s3 = client(endpoint)
    # `a` and `a/b` exclude each other as paths.
    names = ["a", "a/b", "a//b", "deep/er/key", "../x", "e", "f", "g/", "h"]
    threads = [
        threading.Thread(target=write, args=(s3, names[first::3])) for first in range(3)
    ]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    print("down", flush=True)


def files(*below):
    path = os.path.join(DIRECTORY, ".klamm", *below)
    return [name for _, _, names in os.walk(path) for name in names]


def verify(endpoint):
    s3 = client(endpoint)
    s3.put_object(Bucket=BUCKET, Key="last", Body=b"")
    there = set()
    for key, numbers in possible.items():
        try:
            got = s3.get_object(Bucket=BUCKET, Key=key)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "NoSuchKey", error
            assert GONE in numbers, f"{key!r} is gone, and was {numbers}"
            continue
        there.add(key)
        number = int(got["Metadata"]["number"])
        assert number in numbers, f"{key!r} is {number}, and was {numbers}"
        whole = content(number) + (b"tail" if number % 10 == 0 else b"")
        assert got["Body"].read() == whole, f"{key!r} is not whole"
    listed = s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    assert {each["Key"] for each in listed} == there | {"last"}, "all that is there is listed"
    assert files("tmp") == [], f"temporary files stay: {files('tmp')}"
    metadata = files("meta", BUCKET)
    assert len(metadata) == len(there) + 1, f"{len(metadata)} files for {len(there) + 1} objects"
    uploads = s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
    folders = os.listdir(os.path.join(DIRECTORY, ".klamm", "uploads", BUCKET))
    assert {each["UploadId"] for each in uploads} == set(folders), "every folder is an upload"
    for each in uploads:
        s3.abort_multipart_upload(Bucket=BUCKET, Key=each["Key"], UploadId=each["UploadId"])
    assert files("uploads") == [] and files("tmp") == []
    print(f"verified {len(there)} objects, {len(uploads)} unfinished uploads", flush=True)


for command in sys.stdin:
    what, where = command.split()
    if what == "make":
        client(where).create_bucket(Bucket=BUCKET)
    elif what == "load":
        load(where)
    else:
        verify(where)
