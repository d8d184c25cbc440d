"""What clients say on the wire: presigned URLs, browsers' forms, checksums in trailers, errors.

Usage: s3_raw.py ENDPOINT ACCESS_KEY SECRET_KEY

Every function below whose name begins with `check_` is one fact.
"""

import base64
import hashlib
import hmac
import http.client
import json
import sys
import time
import urllib.parse
import zlib
from datetime import datetime, timedelta, timezone
from xml.etree import ElementTree

import boto3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.client import Config
from botocore.credentials import Credentials

ENDPOINT, ACCESS_KEY, SECRET_KEY = sys.argv[1:4]
HOST = ENDPOINT.removeprefix("http://")
BUCKET = "raw"
s3 = boto3.client(
    "s3",
    endpoint_url=ENDPOINT,
    aws_access_key_id=ACCESS_KEY,
    aws_secret_access_key=SECRET_KEY,
    region_name="us-east-1",
    config=Config(signature_version="s3v4", retries={"total_max_attempts": 1}),
)
s3.create_bucket(Bucket=BUCKET)


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    def error(self):
        """The fields of an error's document, which must be S3's."""
        root = ElementTree.fromstring(self.body)
        assert root.tag == "Error", self.body
        fields = {each.tag: each.text for each in root}
        assert fields["RequestId"] == self.headers["x-amz-request-id"], self.body
        assert fields["Message"] and fields["Resource"], self.body
        return fields


def send(method, url, body=b"", headers=None):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(HOST)
    connection.request(method, parts._replace(scheme="", netloc="").geturl(), body, headers or {})
    return Answer(connection.getresponse())


def refused(answer, status, code, said=""):
    assert answer.status == status, (answer.status, answer.body)
    fields = answer.error()
    assert fields["Code"] == code and said in fields["Message"], answer.body
    return fields


def body(key):
    return s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()


def check_errors_are_documents_of_s3():
    missing = send("GET", f"{ENDPOINT}/{BUCKET}/no%20such/key")
    fields = refused(missing, 403, "AccessDenied", "not signed")
    assert fields["Resource"] == f"/{BUCKET}/no%20such/key", fields
    assert missing.headers["content-type"] == "application/xml"
    for method, path in [("GET", "/"), ("PUT", "/other"), ("DELETE", f"/{BUCKET}/k"), ("GET", f"/{BUCKET}?policy")]:
        refused(send(method, ENDPOINT + path), 403, "AccessDenied")
    head = send("HEAD", f"{ENDPOINT}/{BUCKET}/k")
    assert (head.status, head.body) == (403, b"")


def check_presigned_urls_do_what_was_signed_and_no_more():
    def signed(method, key="signed/ü +", seconds=60, **more):
        params = {"Bucket": BUCKET, "Key": key, **more}
        return s3.generate_presigned_url(method, Params=params, ExpiresIn=seconds)

    assert send("PUT", signed("put_object"), b"presigned").status == 200
    assert send("GET", signed("get_object")).body == b"presigned"
    head = send("HEAD", signed("head_object"))
    assert head.status == 200 and head.headers["content-length"] == "9"
    typed = signed("get_object", ResponseContentType="text/x")
    assert send("GET", typed).headers["content-type"] == "text/x"
    wrong = "SignatureDoesNotMatch"
    url = signed("get_object")
    refused(send("GET", typed.replace("text%2Fx", "text%2Fy")), 403, wrong)
    refused(send("GET", url.replace("/signed/", "/singed/")), 403, wrong)
    refused(send("GET", url.replace("X-Amz-Expires=60", "X-Amz-Expires=61")), 403, wrong)
    refused(send("PUT", url, b"x"), 403, wrong)
    refused(send("DELETE", url), 403, wrong)
    unknown = url.replace(f"Credential={ACCESS_KEY}", "Credential=stranger")
    refused(send("GET", unknown), 403, "InvalidAccessKeyId")
    refused(send("GET", url.replace("X-Amz-Date=2", "X-Amz-Nothing=2")), 400, "AuthorizationQueryParametersError")
    too_long = url.replace("X-Amz-Expires=60", "X-Amz-Expires=604801")
    refused(send("GET", too_long), 400, "AuthorizationQueryParametersError")
    short = signed("get_object", seconds=1)
    while send("GET", short).status == 200:
        time.sleep(0.1)
    refused(send("GET", short), 403, "AccessDenied", "expired")
    with_type = signed("put_object", ContentType="text/a")
    refused(send("PUT", with_type, b"x", {"Content-Type": "text/b"}), 403, wrong)
    assert send("PUT", with_type, b"x", {"Content-Type": "text/a"}).status == 200
    assert send("DELETE", signed("delete_object")).status == 204
    refused(send("GET", url), 404, "NoSuchKey")


def stamp(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def form(
    fields, conditions=(), file=b"posted", name="a.txt", signed_at=None, lives=timedelta(hours=1),
    secret=SECRET_KEY, sign=True, bucket=BUCKET, change=None,
):  # fmt: skip
    """Posts a form as a browser does."""
    now = signed_at or datetime.now(timezone.utc)
    fields = dict(fields)
    if sign:
        day = now.strftime("%Y%m%d")
        given = {
            "x-amz-algorithm": "AWS4-HMAC-SHA256",
            "x-amz-credential": f"{ACCESS_KEY}/{day}/us-east-1/s3/aws4_request",
            "x-amz-date": now.strftime("%Y%m%dT%H%M%SZ"),
        }
        all_conditions = [{"bucket": BUCKET}, *({k: v} for k, v in given.items()), *conditions]
        document = {"expiration": stamp(now + lives), "conditions": all_conditions}
        policy = base64.b64encode(json.dumps(document).encode()).decode()
        key = b"AWS4" + secret.encode()
        for piece in (day, "us-east-1", "s3", "aws4_request", policy):
            key = hmac.new(key, piece.encode(), hashlib.sha256).digest()
        fields |= given | {"policy": policy, "x-amz-signature": key.hex()}
    fields |= change or {}
    boundary = "----klamm"
    lines = []
    for field, value in fields.items():
        lines.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode())
    if file is not None:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        lines.append(f"{head}Content-Type: text/plain\r\n\r\n".encode() + file + b"\r\n")
    lines.append(f"--{boundary}--\r\n".encode())
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return send("POST", f"{ENDPOINT}/{bucket}", b"".join(lines), headers)


ANY_KEY = ["starts-with", "$key", ""]


def check_a_form_puts_an_object():
    conditions = [ANY_KEY, {"Content-Type": "text/f"}, {"x-amz-meta-who": "me"}, ["starts-with", "$tagging", ""]]
    tagging = "<Tagging><TagSet><Tag><Key>team</Key><Value>a&amp;b</Value></Tag></TagSet></Tagging>"
    fields = {"key": "form", "Content-Type": "text/f", "X-Amz-Meta-Who": "me", "tagging": tagging}
    done = form(fields, conditions)
    assert done.status == 204 and done.body == b"", done.body
    assert done.headers["etag"] == f'"{hashlib.md5(b"posted").hexdigest()}"'
    assert done.headers["location"].endswith(f"/{BUCKET}/form")
    got = s3.get_object(Bucket=BUCKET, Key="form")
    assert got["Body"].read() == b"posted" and got["ContentType"] == "text/f"
    assert got["Metadata"] == {"who": "me"} and got["TagCount"] == 1
    tags = s3.get_object_tagging(Bucket=BUCKET, Key="form")["TagSet"]
    assert tags == [{"Key": "team", "Value": "a&b"}]
    assert form({"key": "old"}, [ANY_KEY], signed_at=datetime.now(timezone.utc) - timedelta(minutes=40)).status == 204
    # Bytes that look like a delimiter, and a file that lies in many pieces.
    data = b"\r\n----klamm\r\n--\r\n------klam" * 100_000
    assert form({"key": "pieces"}, [ANY_KEY], file=data).status == 204
    assert body("pieces") == data
    assert form({"key": "empty"}, [ANY_KEY], file=b"").status == 204 and body("empty") == b""


def check_the_file_name_is_a_variable():
    assert form({"key": "up/${filename}"}, [["starts-with", "$key", "up/"]], name="ü b.txt").status == 204
    assert body("up/ü b.txt") == b"posted"
    assert form({"key": "up/${filename}"}, [ANY_KEY], name="C:\\dir\\c.txt").status == 204
    assert body("up/c.txt") == b"posted"


def check_a_form_says_how_to_answer():
    def answer(field, value):
        return form({"key": "how", field: value}, [ANY_KEY, ["starts-with", f"${field}", ""]])

    assert answer("success_action_status", "200").status == 200
    assert answer("success_action_status", "404").status == 204
    created = answer("success_action_status", "201")
    assert created.status == 201
    document = {each.tag: each.text for each in ElementTree.fromstring(created.body)}
    assert document["Bucket"] == BUCKET and document["Key"] == "how" and document["ETag"]
    assert document["Location"].endswith(f"/{BUCKET}/how")
    redirect = answer("success_action_redirect", "http://localhost/done?a=1")
    assert redirect.status == 303
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(redirect.headers["location"]).query))
    etag = f'"{hashlib.md5(b"posted").hexdigest()}"'
    assert query == {"a": "1", "bucket": BUCKET, "key": "how", "etag": etag}
    assert answer("success_action_redirect", "nowhere").status == 204


def check_a_form_is_held_to_its_policy():
    denied = (403, "AccessDenied")
    prefix = [["starts-with", "$key", "user/"]]
    assert form({"key": "user/x"}, prefix).status == 204
    refused(form({"key": "other"}, prefix), *denied, "Policy Condition failed")
    refused(form({"key": "k"}, [["eq", "$key", "l"]]), *denied, "Policy Condition failed")
    refused(form({"key": "k", "x-amz-meta-a": "b"}, [ANY_KEY]), *denied, "Extra input fields: x-amz-meta-a")
    assert form({"key": "k", "x-ignore-a": "b"}, [ANY_KEY]).status == 204
    refused(form({"key": "k"}, [ANY_KEY], lives=timedelta(seconds=-1)), *denied, "Policy expired")
    refused(form({"key": "k"}, [ANY_KEY], secret="wrong"), 403, "SignatureDoesNotMatch")
    stranger = {"x-amz-credential": f"stranger/{datetime.now(timezone.utc):%Y%m%d}/us-east-1/s3/aws4_request"}
    refused(form({"key": "k"}, [ANY_KEY], change=stranger), 403, "InvalidAccessKeyId")
    other = base64.b64encode(b'{"expiration": "2100-01-01T00:00:00Z", "conditions": []}').decode()
    refused(form({"key": "k"}, [ANY_KEY], change={"policy": other}), 403, "SignatureDoesNotMatch")
    size = [ANY_KEY, ["content-length-range", 3, 8]]
    assert form({"key": "k"}, size, file=b"12345678").status == 204
    refused(form({"key": "range"}, size, file=b"123456789"), 400, "EntityTooLarge")
    refused(form({"key": "range"}, size, file=b"12"), 400, "EntityTooSmall")
    types = [ANY_KEY, ["starts-with", "$Content-Type", "image/"]]
    assert form({"key": "k", "Content-Type": "image/png, image/gif"}, types).status == 204
    refused(form({"key": "k", "Content-Type": "image/png, text/x"}, types), *denied)
    s3.create_bucket(Bucket="raw-other")
    refused(form({"key": "k"}, [ANY_KEY], bucket="raw-other"), *denied, "bucket")
    sha = base64.b64encode(hashlib.sha256(b"posted").digest()).decode()
    summed = [ANY_KEY, ["starts-with", "$x-amz-checksum-sha256", ""]]
    assert form({"key": "k", "x-amz-checksum-sha256": sha}, summed).status == 204
    refused(form({"key": "range", "x-amz-checksum-sha256": sha}, summed, file=b"other"), 400, "BadDigest")
    refused(send("GET", s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "range"})), 404, "NoSuchKey")


def check_forms_that_are_none_are_refused():
    invalid = (400, "InvalidArgument")
    refused(form({"key": "k"}, sign=False), 403, "AccessDenied", "not signed")
    refused(form({}, [ANY_KEY]), *invalid, "'key'")
    refused(form({"key": "k"}, [ANY_KEY], file=None), *invalid, "one file")
    refused(form({"key": "k", "x-amz-signature": "00"}, sign=False), *invalid, "'policy'")
    refused(form({"key": "k", "pad": "x" * 30_000}, [ANY_KEY]), 400, "MaxPostPreDataLengthExceededError")
    broken = {"Content-Type": "multipart/form-data; boundary=b"}
    refused(send("POST", f"{ENDPOINT}/{BUCKET}", b"--b\r\nwhat", broken), 400, "MalformedPOSTRequest")
    refused(send("POST", f"{ENDPOINT}/{BUCKET}", b"", {"Content-Type": "multipart/form-data"}), 400, "MalformedPOSTRequest")
    refused(form({"key": "k"}, [ANY_KEY, ["matches", "$key", "k"]]), 400, "InvalidPolicyDocument")
    old = {"key": "k", "AWSAccessKeyId": ACCESS_KEY, "signature": "x", "policy": "x"}
    refused(form(old, sign=False), 400, "InvalidRequest", "AWS4-HMAC-SHA256")


def crc_table(polynomial):
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (polynomial if byte & 1 else 0)
        table.append(byte)
    return table


def crc(polynomial, size, data):
    table, mask = crc_table(polynomial), (1 << 8 * size) - 1
    value = mask
    for byte in data:
        value = table[(value ^ byte) & 255] ^ value >> 8
    return (value ^ mask).to_bytes(size, "big")


ALGORITHMS = {
    "crc32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
    "crc32c": lambda data: crc(0x82F63B78, 4, data),
    "crc64nvme": lambda data: crc(0x9A6C9329AC4BC9B5, 8, data),
    "sha1": lambda data: hashlib.sha1(data).digest(),
    "sha256": lambda data: hashlib.sha256(data).digest(),
}


def text(digest):
    return base64.b64encode(digest).decode()


def signed(method, path, headers, data=b""):
    """Sends a request signed in its headers; `data` as it goes over the wire."""
    request = AWSRequest(method, ENDPOINT + path, headers=headers)
    request.context["payload_signing_enabled"] = False
    signer = S3SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), "s3", "us-east-1")
    payload = headers.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
    signer.payload = lambda _: payload
    request.headers["x-amz-content-sha256"] = payload
    signer.add_auth(request)
    return send(method, ENDPOINT + path, data, dict(request.headers.items()))


def trailed(path, data, name, value):
    """A PUT as SDKs send it: in chunks, with the checksum behind them."""
    chunks = [data[at : at + 8192] for at in range(0, len(data), 8192)]
    wire = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    wire += b"0\r\n" + (f"{name}:{value}\r\n".encode() if value else b"") + b"\r\n"
    headers = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": str(len(data)),
        "x-amz-trailer": name,
        "content-encoding": "aws-chunked",
    }
    return signed("PUT", path, headers, wire)


def check_checksums_in_headers_and_trailers():
    data = bytes(range(256)) * 100
    for name, digest in ALGORITHMS.items():
        field, right, wrong = f"x-amz-checksum-{name}", text(digest(data)), text(digest(b"other"))
        path = f"/{BUCKET}/sum-{name}"
        for put in (
            lambda value: signed("PUT", path, {field: value}, data),
            lambda value: trailed(path, data, field, value),
        ):
            done = put(right)
            assert done.status == 200, (name, done.body)
            assert done.headers[field] == right, (name, done.headers.items())
            refused(put(wrong), 400, "BadDigest", "did not match")
            refused(put("AAA="), 400, "InvalidRequest", "is invalid")
            assert body(f"sum-{name}") == data
        refused(trailed(path, data, field, ""), 400, "MalformedTrailerError")
        got = signed("GET", path, {"x-amz-checksum-mode": "ENABLED"})
        assert (got.headers[field], got.headers["x-amz-checksum-type"]) == (right, "FULL_OBJECT")


def check_checksums_of_multipart_uploads():
    blocks = [b"a" * 5 * 1024 * 1024, b"tail"]
    for name, digest in ALGORITHMS.items():
        upper, field = name.upper(), f"Checksum{name.upper()}"
        digests = [digest(block) for block in blocks]
        kinds = {"COMPOSITE": text(digest(b"".join(digests))) + "-2"}
        if name == "crc64nvme":
            kinds = {}
        if name.startswith("crc"):
            kinds["FULL_OBJECT"] = text(digest(b"".join(blocks)))
        for kind, whole in kinds.items():
            at = dict(Bucket=BUCKET, Key=f"parts-{name}")
            upload = s3.create_multipart_upload(ChecksumAlgorithm=upper, ChecksumType=kind, **at)
            at["UploadId"] = upload["UploadId"]
            parts = []
            for number, block in enumerate(blocks, 1):
                given = {field: text(digests[number - 1])}
                bad = {field: text(digest(b"other"))}
                for value, fails in ((bad, True), (given, False)):
                    path = f"/{BUCKET}/parts-{name}?partNumber={number}&uploadId={at['UploadId']}"
                    done = signed("PUT", path, {f"x-amz-checksum-{name}": value[field]}, block)
                    if fails:
                        refused(done, 400, "BadDigest")
                parts.append({"PartNumber": number, "ETag": done.headers["etag"], **given})
            wrong = dict(at, MultipartUpload={"Parts": parts})
            claimed = text(digest(b"other")) + ("-2" if kind == "COMPOSITE" else "")
            try:
                s3.complete_multipart_upload(**{field: claimed}, **wrong)
                raise AssertionError("expected BadDigest")
            except s3.exceptions.ClientError as error:
                assert error.response["Error"]["Code"] == "BadDigest", error
            done = s3.complete_multipart_upload(**wrong)
            assert (done[field], done["ChecksumType"]) == (whole, kind), (name, kind, done)
            head = s3.head_object(Bucket=BUCKET, Key=at["Key"], ChecksumMode="ENABLED")
            assert (head[field], head["ChecksumType"]) == (whole, kind)


def check_any_legal_key_goes_over_the_wire():
    keys = ["w/a", "w/a/b", "w/a//b", "w/..", "w/.", "w/../../x", "w/", "w/" + "ü" * 511, "w/%2F+&=?#"]
    for key in keys:
        path = f"/{BUCKET}/" + urllib.parse.quote(key, safe="/")
        assert signed("PUT", path, {}, key.encode()).status == 200, key
    for key in keys:
        path = f"/{BUCKET}/" + urllib.parse.quote(key, safe="/")
        assert signed("GET", path, {}).body == key.encode(), key
    listed = [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET, Prefix="w/")["Contents"]]
    assert listed == sorted(keys, key=str.encode), listed
    path = f"/{BUCKET}/" + urllib.parse.quote("ü" * 512 + "x")
    refused(signed("PUT", path, {}, b""), 400, "KeyTooLongError")


def check_what_is_not_built_is_refused_by_name():
    for query in (
        "versioning", "object-lock", "lifecycle", "replication", "notification", "website", "logging",
        "encryption", "accelerate", "requestPayment", "inventory&id=1", "analytics&id=1",
        "metrics&id=1", "intelligent-tiering&id=1",
    ):  # fmt: skip
        fields = refused(signed("PUT", f"/{BUCKET}?{query}", {}, b"<x/>"), 501, "NotImplemented")
        assert "is not implemented" in fields["Message"], fields
    for method, query in (("PUT", "legal-hold"), ("PUT", "retention"), ("GET", "torrent"), ("POST", "restore"), ("POST", "select&select-type=2")):
        fields = refused(signed(method, f"/{BUCKET}/k?{query}", {}, b"<x/>"), 501, "NotImplemented")
        assert "is not implemented" in fields["Message"], fields


for name, check in list(globals().items()):
    if name.startswith("check_") and (len(sys.argv) < 5 or sys.argv[4] in name):
        try:
            check()
        except BaseException:
            print(f"FAILED {name}", file=sys.stderr, flush=True)
            raise
