"""boto3, at its defaults, against the S3 endpoint.

Usage: s3_boto3.py ENDPOINT ACCESS_KEY SECRET_KEY DIRECTORY

DIRECTORY is where the endpoint keeps its buckets. Every function below whose name begins
with `check_` is one fact; the first that does not hold ends the program with its name.
"""

import base64
import hashlib
import io
import os
import sys
import threading
import urllib.error
import urllib.request
import zlib
from datetime import datetime, timedelta, timezone

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.client import Config
from botocore.exceptions import ClientError

ENDPOINT, ACCESS_KEY, SECRET_KEY, DIRECTORY = sys.argv[1:5]
MIB = 1024 * 1024


def client(access_key=ACCESS_KEY, secret_key=SECRET_KEY, **config):
    return boto3.client(
        "s3",
        endpoint_url=ENDPOINT,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        region_name="us-east-1",
        config=Config(retries={"max_attempts": 1}, **config),
    )


s3 = client()
count = 0


def fresh(name="bucket"):
    global count
    count += 1
    bucket = f"{name}-{count}"
    s3.create_bucket(Bucket=bucket)
    return bucket


def refused(code, status, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except ClientError as error:
        got = error.response["Error"]["Code"]
        got_status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert (got, got_status) == (code, status), f"{got} {got_status}: {error}"
        return error
    raise AssertionError(f"expected {code}")


def body(bucket, key, **kwargs):
    return s3.get_object(Bucket=bucket, Key=key, **kwargs)["Body"].read()


def keys(bucket, **kwargs):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, **kwargs)
    return [o["Key"] for page in pages for o in page.get("Contents", [])]


def check_buckets_are_made_listed_and_deleted():
    bucket = fresh()
    assert bucket in [b["Name"] for b in s3.list_buckets()["Buckets"]]
    s3.head_bucket(Bucket=bucket)
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    refused("BucketAlreadyOwnedByYou", 409, s3.create_bucket, Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="deep/in/there", Body=b"x")
    refused("BucketNotEmpty", 409, s3.delete_bucket, Bucket=bucket)
    s3.delete_object(Bucket=bucket, Key="deep/in/there")
    s3.delete_bucket(Bucket=bucket)
    refused("404", 404, s3.head_bucket, Bucket=bucket)
    refused("NoSuchBucket", 404, s3.put_object, Bucket=bucket, Key="k", Body=b"x")
    refused("NoSuchBucket", 404, s3.get_object, Bucket=bucket, Key="k")
    refused("NoSuchBucket", 404, s3.list_objects_v2, Bucket=bucket)
    refused("NoSuchBucket", 404, s3.create_multipart_upload, Bucket=bucket, Key="k")
    refused("InvalidBucketName", 400, s3.create_bucket, Bucket="Not_A_Bucket.")


def check_an_object_comes_back_as_it_was_put():
    bucket = fresh()
    put = s3.put_object(
        Bucket=bucket,
        Key="topics/clicks/a.json",
        Body=b"hello",
        ContentType="application/json",
        CacheControl="no-cache",
        ContentDisposition="inline",
        ContentEncoding="gzip",
        ContentLanguage="de",
        Metadata={"Who": "me", "why": "b c"},
        StorageClass="STANDARD_IA",
        ServerSideEncryption="AES256",
        ACL="bucket-owner-full-control",
        Tagging="team=clicks&empty=",
    )
    md5 = hashlib.md5(b"hello").hexdigest()
    assert put["ETag"] == f'"{md5}"'
    assert put["ServerSideEncryption"] == "AES256"
    got = s3.get_object(Bucket=bucket, Key="topics/clicks/a.json")
    assert got["Body"].read() == b"hello"
    for answer in (got, s3.head_object(Bucket=bucket, Key="topics/clicks/a.json")):
        assert answer["ContentLength"] == 5
        assert answer["ETag"] == f'"{md5}"'
        assert answer["ContentType"] == "application/json"
        assert answer["CacheControl"] == "no-cache"
        assert answer["ContentDisposition"] == "inline"
        assert answer["ContentEncoding"] == "gzip"
        assert answer["ContentLanguage"] == "de"
        assert answer["Metadata"] == {"who": "me", "why": "b c"}
        assert answer["StorageClass"] == "STANDARD_IA"
        assert answer["ServerSideEncryption"] == "AES256"
    assert got["TagCount"] == 2
    with open(os.path.join(DIRECTORY, bucket, "topics/clicks/a.json"), "rb") as file:
        assert file.read() == b"hello", "the key is a path"
    refused("NoSuchKey", 404, s3.get_object, Bucket=bucket, Key="other")
    refused("404", 404, s3.head_object, Bucket=bucket, Key="other")
    overridden = s3.get_object(
        Bucket=bucket, Key="topics/clicks/a.json", ResponseContentType="text/plain"
    )
    assert overridden["ContentType"] == "text/plain"


def check_ranges():
    bucket = fresh()
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    for range_, content, header in [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=8-100", b"89", "bytes 8-9/10"),
        ("bytes=-100", b"0123456789", "bytes 0-9/10"),
    ]:
        got = s3.get_object(Bucket=bucket, Key="k", Range=range_)
        assert got["Body"].read() == content
        assert got["ContentRange"] == header
        assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    for range_ in ["bytes=10-", "bytes=10-20", "bytes=-0"]:
        refused("InvalidRange", 416, s3.get_object, Bucket=bucket, Key="k", Range=range_)
    s3.put_object(Bucket=bucket, Key="empty", Body=b"")
    assert body(bucket, "empty") == b""
    refused("InvalidRange", 416, s3.get_object, Bucket=bucket, Key="empty", Range="bytes=0-")


def check_conditional_reads():
    bucket = fresh()
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    past = datetime.now(timezone.utc) - timedelta(hours=1)
    future = datetime.now(timezone.utc) + timedelta(hours=1)
    for call in (s3.get_object, s3.head_object):
        failed = "PreconditionFailed" if call == s3.get_object else "412"
        call(Bucket=bucket, Key="k", IfMatch=etag)
        call(Bucket=bucket, Key="k", IfNoneMatch='"other"')
        call(Bucket=bucket, Key="k", IfModifiedSince=past)
        call(Bucket=bucket, Key="k", IfUnmodifiedSince=future)
        call(Bucket=bucket, Key="k", IfMatch=etag, IfUnmodifiedSince=past)
        refused(failed, 412, call, Bucket=bucket, Key="k", IfMatch='"other"')
        refused(failed, 412, call, Bucket=bucket, Key="k", IfUnmodifiedSince=past)
        refused("304", 304, call, Bucket=bucket, Key="k", IfNoneMatch=etag)
        refused("304", 304, call, Bucket=bucket, Key="k", IfModifiedSince=future)


def check_conditional_writes():
    bucket = fresh()
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")["ETag"]
    failed = ("PreconditionFailed", 412)
    refused(*failed, s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*")
    refused(*failed, s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfMatch='"other"')
    refused("NoSuchKey", 404, s3.put_object, Bucket=bucket, Key="l", Body=b"2", IfMatch=etag)
    assert body(bucket, "k") == b"1"
    s3.put_object(Bucket=bucket, Key="k", Body=b"3", IfMatch=etag)
    assert body(bucket, "k") == b"3"
    refused(*failed, s3.delete_object, Bucket=bucket, Key="k", IfMatch=etag)
    s3.delete_object(Bucket=bucket, Key="k")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"m")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.put_object(Bucket=bucket, Key="k", Body=b"4")
    complete = dict(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload=parts)
    refused(*failed, s3.complete_multipart_upload, IfNoneMatch="*", **complete)
    assert body(bucket, "k") == b"4"
    s3.complete_multipart_upload(**complete)
    assert body(bucket, "k") == b"m"


def check_one_of_many_conditional_writers_wins():
    bucket = fresh()
    outcomes = []

    def write(number):
        try:
            s3.put_object(Bucket=bucket, Key="k", Body=str(number).encode(), IfNoneMatch="*")
            outcomes.append(number)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "PreconditionFailed"

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert len(outcomes) == 1
    assert body(bucket, "k") == str(outcomes[0]).encode()


def check_every_checksum_algorithm_is_verified_and_returned():
    bucket = fresh()
    data = b"some bytes" * 1000
    values = {
        "CRC32": base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode(),
        "SHA1": base64.b64encode(hashlib.sha1(data).digest()).decode(),
        "SHA256": base64.b64encode(hashlib.sha256(data).digest()).decode(),
        "CRC32C": None,
        "CRC64NVME": None,
    }
    for name, value in values.items():
        field = f"Checksum{name}"
        if value is not None:
            put = s3.put_object(Bucket=bucket, Key=name, Body=data, ChecksumAlgorithm=name)
            assert put[field] == value
            assert put["ChecksumType"] == "FULL_OBJECT"
            got = s3.get_object(Bucket=bucket, Key=name, ChecksumMode="ENABLED")
            assert got["Body"].read() == data and got[field] == value
            assert s3.head_object(Bucket=bucket, Key=name, ChecksumMode="ENABLED")[field] == value
        size = {"SHA1": 20, "SHA256": 32, "CRC64NVME": 8}.get(name, 4)
        wrong = base64.b64encode(b"\1" * size).decode()
        bad = {"Bucket": bucket, "Key": "bad", "Body": data, field: wrong}
        refused("BadDigest", 400, s3.put_object, **bad)
        refused("InvalidRequest", 400, s3.put_object, **{**bad, field: "AAA="})
    refused("NoSuchKey", 404, s3.get_object, Bucket=bucket, Key="bad")
    refused(
        "BadDigest", 400, s3.put_object, Bucket=bucket, Key="bad", Body=data,
        ContentMD5=base64.b64encode(b"\1" * 16).decode(),
    )  # fmt: skip
    refused("InvalidDigest", 400, s3.put_object, Bucket=bucket, Key="b", Body=b"", ContentMD5="no")
    known = {
        "crc32c": ("123456789", "4waSgw=="),
        "crc64nvme": ("123456789", "rosUhgp5mIg="),
    }
    for name, (text, value) in known.items():
        field = f"Checksum{name.upper()}"
        put = s3.put_object(Bucket=bucket, Key=name, Body=text.encode(), **{field: value})
        assert put[field] == value


def check_listing_pages_in_byte_order():
    bucket = fresh()
    names = ["a", "a-b", "a/b", "a/b/c", "a/d", "a0", "b+c d", "é", "z/ü&<>", "zz", "中/文"]
    for name in names:
        s3.put_object(Bucket=bucket, Key=name, Body=name.encode())
    expected = sorted(names, key=lambda n: n.encode())
    for size in (1, 2, 3, 1000):
        assert keys(bucket, PaginationConfig={"PageSize": size}) == expected
        pages = s3.get_paginator("list_objects").paginate(
            Bucket=bucket, PaginationConfig={"PageSize": size}
        )
        assert [o["Key"] for page in pages for o in page.get("Contents", [])] == expected
        rolled = []
        for page in s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": size}
        ):
            rolled += [o["Key"] for o in page.get("Contents", [])]
            rolled += [p["Prefix"] for p in page.get("CommonPrefixes", [])]
        assert sorted(rolled) == sorted(
            {n.split("/")[0] + "/" if "/" in n else n for n in names}
        )
    assert keys(bucket, Prefix="a/b") == ["a/b", "a/b/c"]
    assert keys(bucket, Prefix="nothing") == []
    assert keys(bucket, StartAfter="a/b") == expected[expected.index("a/b") + 1 :]
    page = s3.list_objects_v2(Bucket=bucket, MaxKeys=0)
    assert page["KeyCount"] == 0 and not page["IsTruncated"]
    page = s3.list_objects_v2(Bucket=bucket, Prefix="a", Delimiter="/b", FetchOwner=True)
    assert [p["Prefix"] for p in page["CommonPrefixes"]] == ["a/b"]
    assert [o["Key"] for o in page["Contents"]] == ["a", "a-b", "a/d", "a0"]
    first = page["Contents"][0]
    assert first["ETag"] == f'"{hashlib.md5(b"a").hexdigest()}"'
    assert first["Size"] == 1 and first["StorageClass"] == "STANDARD"
    assert first["Owner"]["ID"]
    refused("InvalidArgument", 400, s3.list_objects_v2, Bucket=bucket, ContinuationToken="?")


def check_any_legal_key():
    bucket = fresh()
    names = [
        "a", "a/b", "a//b", "a/", "a/.", "a/..", "../x", "..", ".", "./x", "/", "/lead",
        "//", "x/../../y", ".klamm", ".klamm/meta", "tmp", "q?=&#%25 +", "new\nline",
        "n" * 300, "n" * 300 + "/tail", "ü" * 512, "/" * 1024, "%" * 1024, "d" * 255 + "/e",
        "a=", "a+", "a%3D", "back\\slash", "~tilde", "*star", "quote'\"",
    ]  # fmt: skip
    for name in names:
        s3.put_object(Bucket=bucket, Key=name, Body=name.encode(), Metadata={"n": "1"})
    assert keys(bucket) == sorted(names, key=lambda n: n.encode())
    for name in names:
        got = s3.get_object(Bucket=bucket, Key=name)
        assert got["Body"].read() == name.encode(), name
        assert got["Metadata"] == {"n": "1"}, name
    refused("KeyTooLongError", 400, s3.put_object, Bucket=bucket, Key="k" * 1025, Body=b"")
    for name in names[::2]:
        s3.delete_object(Bucket=bucket, Key=name)
    assert keys(bucket) == sorted(names[1::2], key=lambda n: n.encode())
    deleted = s3.delete_objects(
        Bucket=bucket, Delete={"Objects": [{"Key": n} for n in names if n != "new\nline"]}
    )
    assert "Errors" not in deleted
    s3.delete_object(Bucket=bucket, Key="new\nline")
    assert keys(bucket) == []
    s3.delete_bucket(Bucket=bucket)
    assert not os.path.exists(os.path.join(os.path.dirname(DIRECTORY), "x"))


def check_no_key_leads_out_of_the_folder():
    bucket = fresh()
    outside = os.path.join(os.path.dirname(DIRECTORY), "outside")
    os.makedirs(outside, exist_ok=True)
    with open(os.path.join(outside, "secret"), "w") as file:
        file.write("secret")
    os.symlink(outside, os.path.join(DIRECTORY, bucket, "link"))
    os.symlink(os.path.join(outside, "secret"), os.path.join(DIRECTORY, bucket, "file"))
    refused("NoSuchKey", 404, s3.get_object, Bucket=bucket, Key="link/secret")
    refused("NoSuchKey", 404, s3.get_object, Bucket=bucket, Key="file")
    assert keys(bucket) == []
    s3.put_object(Bucket=bucket, Key="link/secret", Body=b"mine")
    s3.put_object(Bucket=bucket, Key="file", Body=b"mine")
    assert body(bucket, "link/secret") == b"mine" and body(bucket, "file") == b"mine"
    with open(os.path.join(outside, "secret")) as file:
        assert file.read() == "secret"
    assert os.listdir(outside) == ["secret"]


def check_files_put_there_by_hand_are_objects():
    bucket = fresh()
    path = os.path.join(DIRECTORY, bucket, "by", "hand.txt")
    os.makedirs(os.path.dirname(path))
    with open(path, "w") as file:
        file.write("hand")
    got = s3.get_object(Bucket=bucket, Key="by/hand.txt")
    assert got["Body"].read() == b"hand" and got["ContentType"] == "binary/octet-stream"
    assert keys(bucket) == ["by/hand.txt"]
    s3.put_object(Bucket=bucket, Key="by/hand.txt", Body=b"ours", Metadata={"a": "b"})
    with open(path, "a") as file:
        file.write(" and theirs")
    got = s3.get_object(Bucket=bucket, Key="by/hand.txt")
    assert got["Body"].read() == b"ours and theirs" and got["Metadata"] == {}


def check_multipart_by_hand():
    bucket = fresh()
    upload = s3.create_multipart_upload(
        Bucket=bucket, Key="dir/m", ContentType="text/x", Metadata={"k": "v"}
    )["UploadId"]
    blocks = {3: b"c" * (5 * MIB), 7: b"g" * (6 * MIB), 9: b"tail"}
    for number, data in blocks.items():
        s3.upload_part(
            Bucket=bucket, Key="dir/m", UploadId=upload, PartNumber=number, Body=b"old"
        )
        s3.upload_part(Bucket=bucket, Key="dir/m", UploadId=upload, PartNumber=number, Body=data)
    listed = s3.list_parts(Bucket=bucket, Key="dir/m", UploadId=upload, MaxParts=2)
    assert [p["PartNumber"] for p in listed["Parts"]] == [3, 7] and listed["IsTruncated"]
    assert listed["Parts"][1]["Size"] == 6 * MIB
    uploads = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert [(u["Key"], u["UploadId"]) for u in uploads] == [("dir/m", upload)]
    assert keys(bucket) == []
    etags = {n: hashlib.md5(d).hexdigest() for n, d in blocks.items()}
    parts = [{"PartNumber": n, "ETag": f'"{e}"'} for n, e in etags.items()]

    def complete(parts, **extra):
        return s3.complete_multipart_upload(
            Bucket=bucket, Key="dir/m", UploadId=upload, MultipartUpload={"Parts": parts}, **extra
        )

    refused("InvalidPartOrder", 400, complete, parts[::-1])
    refused("InvalidPart", 400, complete, [{"PartNumber": 3, "ETag": '"00"'}])
    refused("InvalidPart", 400, complete, parts + [{"PartNumber": 10, "ETag": '"00"'}])
    refused("MalformedXML", 400, complete, [])
    s3.upload_part(Bucket=bucket, Key="dir/m", UploadId=upload, PartNumber=1, Body=b"small")
    small = {"PartNumber": 1, "ETag": hashlib.md5(b"small").hexdigest()}
    refused("EntityTooSmall", 400, complete, [small] + parts)
    done = complete(parts)
    whole = b"".join(bytes.fromhex(e) for e in etags.values())
    assert done["ETag"] == f'"{hashlib.md5(whole).hexdigest()}-3"'
    assert complete(parts)["ETag"] == done["ETag"], "completing again answers the same"
    got = s3.get_object(Bucket=bucket, Key="dir/m")
    assert got["Body"].read() == b"".join(blocks.values())
    assert got["ContentType"] == "text/x" and got["Metadata"] == {"k": "v"}
    refused(
        "InvalidPartNumber", 416, s3.get_object, Bucket=bucket, Key="dir/m", PartNumber=2
    )
    part = s3.get_object(Bucket=bucket, Key="dir/m", PartNumber=9)
    assert part["Body"].read() == b"tail" and part["PartsCount"] == 3
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    attributes = s3.get_object_attributes(
        Bucket=bucket, Key="dir/m", ObjectAttributes=["ETag", "ObjectSize", "ObjectParts"]
    )
    assert attributes["ObjectParts"]["TotalPartsCount"] == 3
    assert attributes["ObjectSize"] == 11 * MIB + 4
    again = s3.create_multipart_upload(Bucket=bucket, Key="dir/m")["UploadId"]
    s3.upload_part(Bucket=bucket, Key="dir/m", UploadId=again, PartNumber=1, Body=b"x")
    s3.abort_multipart_upload(Bucket=bucket, Key="dir/m", UploadId=again)
    for call in (s3.abort_multipart_upload, s3.list_parts):
        refused("NoSuchUpload", 404, call, Bucket=bucket, Key="dir/m", UploadId=again)
    refused(
        "NoSuchUpload", 404, s3.upload_part,
        Bucket=bucket, Key="dir/m", UploadId=again, PartNumber=1, Body=b"x",
    )  # fmt: skip


def check_multipart_checksums():
    bucket = fresh()
    blocks = [b"a" * (5 * MIB), b"b" * 100]
    whole = b"".join(blocks)
    full = base64.b64encode(zlib.crc32(whole).to_bytes(4, "big")).decode()
    of_parts = b"".join(zlib.crc32(b).to_bytes(4, "big") for b in blocks)
    composite = base64.b64encode(zlib.crc32(of_parts).to_bytes(4, "big")).decode() + "-2"
    for kind, value in (("FULL_OBJECT", full), ("COMPOSITE", composite)):
        upload = s3.create_multipart_upload(
            Bucket=bucket, Key=kind, ChecksumAlgorithm="CRC32", ChecksumType=kind
        )["UploadId"]
        parts = []
        for number, block in enumerate(blocks, 1):
            part = s3.upload_part(
                Bucket=bucket, Key=kind, UploadId=upload, PartNumber=number, Body=block,
                ChecksumAlgorithm="CRC32",
            )  # fmt: skip
            parts.append(
                {"PartNumber": number, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]}
            )
        done = s3.complete_multipart_upload(
            Bucket=bucket, Key=kind, UploadId=upload, MultipartUpload={"Parts": parts},
            ChecksumType=kind,
        )  # fmt: skip
        assert (done["ChecksumCRC32"], done["ChecksumType"]) == (value, kind)
        got = s3.get_object(Bucket=bucket, Key=kind, ChecksumMode="ENABLED")
        assert got["ChecksumCRC32"] == value and got["Body"].read() == whole


def check_transfer_manager():
    bucket = fresh()
    data = os.urandom(20 * MIB + 17)
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    for _ in range(2):
        s3.upload_fileobj(io.BytesIO(data), bucket, "big", Config=config)
        out = io.BytesIO()
        s3.download_fileobj(bucket, "big", out, Config=config)
        assert out.getvalue() == data
    s3.upload_fileobj(io.BytesIO(b"small"), bucket, "big")
    assert body(bucket, "big") == b"small"


def check_copies():
    bucket, other = fresh(), fresh()
    s3.put_object(
        Bucket=bucket, Key="from/ü +", Body=b"copy me", ContentType="text/x", Metadata={"a": "1"},
        Tagging="t=1",
    )  # fmt: skip
    source = {"Bucket": bucket, "Key": "from/ü +"}
    done = s3.copy_object(Bucket=other, Key="to", CopySource=source)
    assert done["CopyObjectResult"]["ETag"] == f'"{hashlib.md5(b"copy me").hexdigest()}"'
    got = s3.get_object(Bucket=other, Key="to")
    assert got["Body"].read() == b"copy me" and got["Metadata"] == {"a": "1"}
    assert got["ContentType"] == "text/x" and got["TagCount"] == 1
    s3.copy_object(
        Bucket=other, Key="to", CopySource={"Bucket": other, "Key": "to"},
        MetadataDirective="REPLACE", Metadata={"b": "2"}, TaggingDirective="REPLACE",
    )  # fmt: skip
    got = s3.get_object(Bucket=other, Key="to")
    assert got["Metadata"] == {"b": "2"} and got["ContentType"] == "binary/octet-stream"
    assert "TagCount" not in got and got["Body"].read() == b"copy me"
    itself = dict(Bucket=other, Key="to", CopySource={"Bucket": other, "Key": "to"})
    refused("InvalidRequest", 400, s3.copy_object, **itself)
    conditional = dict(Bucket=other, Key="n", CopySource=source, CopySourceIfMatch='"other"')
    refused("PreconditionFailed", 412, s3.copy_object, **conditional)
    missing = dict(Bucket=other, Key="n", CopySource={"Bucket": bucket, "Key": "nothing"})
    refused("NoSuchKey", 404, s3.copy_object, **missing)
    s3.put_object(Bucket=bucket, Key="large", Body=b"0123456789" * MIB)
    upload = s3.create_multipart_upload(Bucket=other, Key="large")["UploadId"]
    parts = []
    large = {"Bucket": bucket, "Key": "large"}
    for number, range_ in ((1, "bytes=1-5242881"), (2, "bytes=0-9")):
        part = s3.upload_part_copy(
            Bucket=other, Key="large", UploadId=upload, PartNumber=number, CopySource=large,
            CopySourceRange=range_,
        )  # fmt: skip
        parts.append({"PartNumber": number, "ETag": part["CopyPartResult"]["ETag"]})
    refused(
        "InvalidRange", 416, s3.upload_part_copy, Bucket=other, Key="large", UploadId=upload,
        PartNumber=3, CopySource=large, CopySourceRange="bytes=0-99999999",
    )  # fmt: skip
    s3.complete_multipart_upload(
        Bucket=other, Key="large", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    expected = (b"0123456789" * MIB)[1:5242882] + b"0123456789"
    assert body(other, "large") == expected


def check_tagging():
    bucket = fresh()
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Metadata={"a": "b"})
    before = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    tags = [{"Key": "one", "Value": "1"}, {"Key": "two", "Value": "zwei"}]
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": tags})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags
    head = s3.head_object(Bucket=bucket, Key="k")
    assert head["LastModified"] == before and head["Metadata"] == {"a": "b"}
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    twice = {"TagSet": [{"Key": "a", "Value": ""}, {"Key": "a", "Value": ""}]}
    refused("InvalidTag", 400, s3.put_object_tagging, Bucket=bucket, Key="k", Tagging=twice)
    refused("NoSuchKey", 404, s3.get_object_tagging, Bucket=bucket, Key="none")


def check_presigned_urls():
    bucket = fresh()
    signer = client(signature_version="s3v4")
    put = signer.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "p/ä b"})
    request = urllib.request.Request(put, data=b"presigned", method="PUT")
    assert urllib.request.urlopen(request).status == 200
    get = signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "p/ä b"})
    assert urllib.request.urlopen(get).read() == b"presigned"
    # boto3 signs URLs for us-east-1 with version 2 unless told otherwise.
    old = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "p/ä b"})
    try:
        urllib.request.urlopen(old)
        raise AssertionError("expected 400")
    except urllib.error.HTTPError as error:
        assert error.code == 400 and b"s3v4" in error.read()
    for url in (get[:-1] + ("0" if get[-1] != "0" else "1"), f"{ENDPOINT}/{bucket}/p"):
        try:
            urllib.request.urlopen(url)
            raise AssertionError("expected 403")
        except urllib.error.HTTPError as error:
            assert error.code == 403
    post = signer.generate_presigned_post(
        bucket, "form", Fields={"Content-Type": "text/f"}, Conditions=[{"Content-Type": "text/f"}]
    )
    boundary = "klammboundary"
    lines = []
    for name, value in post["fields"].items():
        lines.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}')
    lines.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nposted'
    )
    form = ("\r\n".join(lines) + f"\r\n--{boundary}--\r\n").encode()
    request = urllib.request.Request(post["url"], data=form, method="POST")
    request.add_header("Content-Type", f"multipart/form-data; boundary={boundary}")
    assert urllib.request.urlopen(request).status == 204
    got = s3.get_object(Bucket=bucket, Key="form")
    assert got["Body"].read() == b"posted" and got["ContentType"] == "text/f"


def check_strangers_are_refused():
    bucket = fresh()
    stranger = client(access_key="stranger")
    refused("InvalidAccessKeyId", 403, stranger.list_buckets)
    wrong = client(secret_key="wrong")
    refused("SignatureDoesNotMatch", 403, wrong.list_buckets)
    from botocore import UNSIGNED

    anonymous = client(signature_version=UNSIGNED)
    refused("AccessDenied", 403, anonymous.list_objects_v2, Bucket=bucket)
    old = client(signature_version="s3")
    refused("InvalidRequest", 400, old.list_objects_v2, Bucket=bucket)
    refused("AccessDenied", 403, s3.get_object, Bucket=bucket, Key="k", ExpectedBucketOwner="1" * 12)


def check_what_is_not_built_is_refused_by_name():
    bucket = fresh()
    versioning = {"Status": "Enabled"}
    index = {"WebsiteConfiguration": {"IndexDocument": {"Suffix": "index.html"}}}
    for call, kwargs, name in [
        (s3.put_bucket_versioning, {"VersioningConfiguration": versioning}, "PutBucketVersioning"),
        (s3.put_bucket_website, index, "PutBucketWebsite"),
        (s3.get_object_legal_hold, {"Key": "k"}, "GetObjectLegalHold"),
    ]:
        error = refused("NotImplemented", 501, call, Bucket=bucket, **kwargs)
        assert name in str(error), error
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    refused("NotImplemented", 501, s3.get_object, Bucket=bucket, Key="k", VersionId="v1")
    refused(
        "InvalidRequest", 400, s3.put_object, Bucket=bucket, Key="k", Body=b"",
        ObjectLockLegalHoldStatus="ON",
    )  # fmt: skip


def check_deleting_many():
    bucket = fresh()
    names = [f"d/{n}" for n in range(20)]
    for name in names:
        s3.put_object(Bucket=bucket, Key=name, Body=b"x")
    objects = [{"Key": name} for name in names + ["d/none"]]
    done = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    assert len(done["Deleted"]) == 21
    assert keys(bucket) == [] and os.listdir(os.path.join(DIRECTORY, bucket)) == []
    s3.delete_object(Bucket=bucket, Key="d/none")
    many = {"Objects": [{"Key": str(n)} for n in range(1001)]}
    refused("MalformedXML", 400, s3.delete_objects, Bucket=bucket, Delete=many)


def check_virtual_host_style():
    port = ENDPOINT.rsplit(":", 1)[1]
    virtual = boto3.client(
        "s3",
        endpoint_url=f"http://s3.localhost:{port}",
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "virtual"}),
    )
    import socket

    resolve = socket.getaddrinfo
    socket.getaddrinfo = lambda host, *a, **k: resolve(
        "127.0.0.1" if host.endswith("localhost") else host, *a, **k
    )
    bucket = fresh()
    virtual.put_object(Bucket=bucket, Key="v/k", Body=b"virtual")
    assert body(bucket, "v/k") == b"virtual"
    assert virtual.list_objects_v2(Bucket=bucket)["Contents"][0]["Key"] == "v/k"
    socket.getaddrinfo = resolve


for name, check in list(globals().items()):
    if name.startswith("check_") and (len(sys.argv) < 6 or sys.argv[5] in name):
        try:
            check()
        except BaseException:
            print(f"FAILED {name}", flush=True)
            raise
        print(f"ok {name[6:].replace('_', ' ')}", flush=True)
