"""Every object of a bucket, read with boto3 at its defaults.

Usage: objects.py ENDPOINT ACCESS_KEY SECRET_KEY BUCKET

Prints a JSON object a line: the key, and the text of the object.
"""

import json
import sys

import boto3

endpoint, access_key, secret_key, bucket = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=access_key,
                  aws_secret_access_key=secret_key, region_name="ap-northeast-2")
for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
    for listed in page.get("Contents", []):
        body = s3.get_object(Bucket=bucket, Key=listed["Key"])["Body"].read()
        assert len(body) == listed["Size"], listed
        print(json.dumps({"key": listed["Key"], "text": body.decode()}))
