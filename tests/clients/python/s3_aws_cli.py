"""The AWS CLI, at its defaults, against the S3 endpoint.

Usage: s3_aws_cli.py ENDPOINT ACCESS_KEY SECRET_KEY

`aws` is taken from the folder of this interpreter if it is there, else from the path.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

ENDPOINT, ACCESS_KEY, SECRET_KEY = sys.argv[1:4]
BESIDE = os.path.join(os.path.dirname(sys.executable), "aws")
AWS = BESIDE if os.path.exists(BESIDE) else shutil.which("aws")
HOME = tempfile.mkdtemp()
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": HOME,
    "AWS_ACCESS_KEY_ID": ACCESS_KEY,
    "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ENDPOINT_URL": ENDPOINT,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_PAGER": "",
}


def aws(*arguments, fails=None, stdin=None):
    done = subprocess.run(
        [AWS, *arguments], env=ENVIRONMENT, capture_output=True, input=stdin, cwd=HOME
    )
    text = done.stdout.decode() + done.stderr.decode()
    if fails is None:
        assert done.returncode == 0, f"aws {' '.join(arguments)}: {text}"
    else:
        assert done.returncode != 0 and fails in text, f"aws {' '.join(arguments)}: {text}"
    return done.stdout


def write(name, content):
    path = os.path.join(HOME, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    return path


def read(name):
    with open(os.path.join(HOME, name), "rb") as file:
        return file.read()


aws("s3", "mb", "s3://cli")
aws("s3", "mb", "s3://cli", fails="BucketAlreadyOwnedByYou")
small, large = b"small\n", os.urandom(9 * 1024 * 1024 + 5)
write("tree/a.txt", small)
write("tree/sub dir/ü.bin", large)
aws("s3", "cp", "tree/a.txt", "s3://cli/one/a.txt")
aws("s3", "cp", "s3://cli/one/a.txt", "-")
assert aws("s3", "cp", "s3://cli/one/a.txt", "-") == small
aws("s3", "cp", "-", "s3://cli/one/stdin", stdin=b"from stdin")
assert aws("s3", "cp", "s3://cli/one/stdin", "-") == b"from stdin"
aws("s3", "sync", "tree", "s3://cli/tree")
assert aws("s3", "sync", "tree", "s3://cli/tree") == b"", "nothing left to do"
aws("s3", "sync", "s3://cli/tree", "back")
assert read("back/a.txt") == small and read("back/sub dir/ü.bin") == large
listed = aws("s3", "ls", "s3://cli/", "--recursive").decode()
assert [line.split(None, 3)[2:] for line in listed.splitlines()] == [
    ["6", "one/a.txt"],
    ["10", "one/stdin"],
    ["6", "tree/a.txt"],
    [str(len(large)), "tree/sub dir/ü.bin"],
], listed
assert aws("s3", "ls", "s3://cli/").decode().split() == ["PRE", "one/", "PRE", "tree/"]
assert "cli" in aws("s3", "ls").decode()
aws("s3", "cp", "s3://cli/tree/sub dir/ü.bin", "s3://cli/copy.bin")
aws("s3", "mv", "s3://cli/copy.bin", "s3://cli/moved.bin")
aws("s3", "cp", "s3://cli/moved.bin", "moved.bin")
assert read("moved.bin") == large
head = json.loads(aws("s3api", "head-object", "--bucket", "cli", "--key", "moved.bin"))
assert head["ContentLength"] == len(large) and head["ETag"].endswith('-2"'), head
aws("s3api", "get-object", "--bucket", "cli", "--key", "one/a.txt", "--range", "bytes=1-2", "part")
assert read("part") == b"ma"
aws("s3api", "get-object", "--bucket", "cli", "--key", "none", "x", fails="NoSuchKey")
# The other two need a compiled extension of botocore.
for algorithm in ("CRC32", "SHA1", "SHA256"):
    put = aws(
        "s3api", "put-object", "--bucket", "cli", "--key", algorithm,
        "--body", "tree/a.txt", "--checksum-algorithm", algorithm,
    )  # fmt: skip
    assert f"Checksum{algorithm}" in json.loads(put), put
    got = aws(
        "s3api", "get-object", "--bucket", "cli", "--key", algorithm, "--checksum-mode", "ENABLED",
        "out",
    )  # fmt: skip
    assert f"Checksum{algorithm}" in json.loads(got) and read("out") == small
url = aws("s3", "presign", "s3://cli/one/a.txt", "--region", "eu-central-1").decode().strip()
import urllib.request

assert urllib.request.urlopen(url).read() == small
aws("s3", "rb", "s3://cli", fails="BucketNotEmpty")
aws("s3", "rm", "s3://cli/tree", "--recursive")
aws("s3", "rb", "s3://cli", "--force")
assert "cli" not in aws("s3", "ls").decode()
shutil.rmtree(HOME)
print("ok aws cli")
