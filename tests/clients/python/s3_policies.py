"""Users, bucket policies and CORS, through boto3.

Usage: s3_policies.py ENDPOINT ACCESS_KEY SECRET_KEY

The endpoint knows the user KafkaConnectRole (access key `connect`, secret key
`connect-secret`) and reader (`reader`, `reader-secret`), whose own policy lets it read the
bucket `shared`. Every function whose name begins with `check_` is one fact.
"""

import json
import sys
import urllib.error
import urllib.request

import boto3
from botocore.client import Config
from botocore.exceptions import ClientError

ENDPOINT, ACCESS_KEY, SECRET_KEY = sys.argv[1:4]
ROLE = "arn:aws:iam::123456789012:role/KafkaConnectRole"


def client(access_key, secret_key):
    return boto3.client(
        "s3",
        endpoint_url=ENDPOINT,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        region_name="us-east-1",
        config=Config(retries={"max_attempts": 1}, signature_version="s3v4"),
    )


owner = client(ACCESS_KEY, SECRET_KEY)
role = client("connect", "connect-secret")
reader = client("reader", "reader-secret")
count = 0


def fresh():
    global count
    count += 1
    bucket = f"policies-{count}"
    owner.create_bucket(Bucket=bucket)
    return bucket


def refused(code, call, **kwargs):
    try:
        call(**kwargs)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error.response["Error"]["Message"]
    raise AssertionError(f"expected {code}")


def allow(bucket, actions, resource, principal={"AWS": ROLE}, **more):
    return {
        "Effect": "Allow",
        "Principal": principal,
        "Action": actions,
        "Resource": f"arn:aws:s3:::{bucket}{resource}",
        **more,
    }


def put_policy(bucket, *statements):
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    owner.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


def anonymous(method, path, **headers):
    request = urllib.request.Request(ENDPOINT + path, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.headers, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def check_the_sinks_policy_lets_it_write_and_nothing_more():
    bucket = fresh()
    refused("AccessDenied", role.put_object, Bucket=bucket, Key="k", Body=b"")
    put_policy(
        bucket,
        allow(bucket, ["s3:ListBucket", "s3:GetBucketLocation"], ""),
        allow(
            bucket,
            ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
            "/*",
        ),
    )
    role.head_bucket(Bucket=bucket)
    upload = role.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    part = role.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"1")
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    role.complete_multipart_upload(
        Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    assert [o["Key"] for o in role.list_objects_v2(Bucket=bucket)["Contents"]] == ["k"]
    message = refused("AccessDenied", role.get_object, Bucket=bucket, Key="k")
    assert "user/KafkaConnectRole is not authorized to perform: s3:GetObject" in message
    assert f'"arn:aws:s3:::{bucket}/k"' in message, message
    message = refused("AccessDenied", role.delete_bucket, Bucket=bucket)
    assert "s3:DeleteBucket" in message
    refused("AccessDenied", role.put_bucket_policy, Bucket=bucket, Policy="{}")


def check_one_action_less_is_refused_by_its_name():
    bucket = fresh()
    put_policy(bucket, allow(bucket, "s3:ListBucket", ""), allow(bucket, "s3:Abort*", "/*"))
    message = refused("AccessDenied", role.create_multipart_upload, Bucket=bucket, Key="k")
    assert "s3:PutObject" in message, message


def check_a_missing_key_is_told_only_to_who_may_list():
    bucket = fresh()
    put_policy(bucket, allow(bucket, "s3:GetObject", "/*"))
    assert "s3:ListBucket" in refused("AccessDenied", role.get_object, Bucket=bucket, Key="none")
    put_policy(bucket, allow(bucket, "s3:GetObject", "/*"), allow(bucket, "s3:ListBucket", ""))
    refused("NoSuchKey", role.get_object, Bucket=bucket, Key="none")


def check_everybody_may_read_what_is_public():
    bucket = fresh()
    owner.put_object(Bucket=bucket, Key="public/page", Body=b"hello")
    owner.put_object(Bucket=bucket, Key="private", Body=b"secret")
    assert anonymous("GET", f"/{bucket}/public/page")[0] == 403
    put_policy(bucket, allow(bucket, "s3:GetObject", "/public/*", "*"))
    assert anonymous("GET", f"/{bucket}/public/page")[2] == "hello"
    assert anonymous("GET", f"/{bucket}/private")[0] == 403
    assert anonymous("PUT", f"/{bucket}/public/new")[0] == 403
    assert owner.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"]
    block = {"RestrictPublicBuckets": True, "BlockPublicPolicy": True}
    owner.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    assert anonymous("GET", f"/{bucket}/public/page")[0] == 403
    policy = owner.get_bucket_policy(Bucket=bucket)["Policy"]
    refused("AccessDenied", owner.put_bucket_policy, Bucket=bucket, Policy=policy)
    owner.delete_public_access_block(Bucket=bucket)
    assert anonymous("GET", f"/{bucket}/public/page")[0] == 200


def check_a_deny_holds_for_the_owner_but_not_of_the_policy():
    bucket = fresh()
    put_policy(bucket, {**allow(bucket, "s3:*", "/*", "*"), "Effect": "Deny"})
    message = refused("AccessDenied", owner.put_object, Bucket=bucket, Key="k", Body=b"")
    assert "with an explicit deny in a resource-based policy" in message
    owner.delete_bucket_policy(Bucket=bucket)
    owner.put_object(Bucket=bucket, Key="k", Body=b"")
    refused("NoSuchBucketPolicy", owner.get_bucket_policy, Bucket=bucket)


def check_keys_of_a_deletion_are_judged_one_by_one():
    bucket = fresh()
    for key in ["tmp/a", "b"]:
        owner.put_object(Bucket=bucket, Key=key, Body=b"")
    put_policy(bucket, allow(bucket, "s3:DeleteObject", "/tmp/*"))
    objects = [{"Key": "tmp/a"}, {"Key": "b"}]
    answer = role.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    assert [o["Key"] for o in answer["Deleted"]] == ["tmp/a"]
    assert [(e["Key"], e["Code"]) for e in answer["Errors"]] == [("b", "AccessDenied")]


def check_copying_needs_to_read_the_source():
    source, target = fresh(), fresh()
    owner.put_object(Bucket=source, Key="k", Body=b"x")
    put_policy(target, allow(target, "s3:PutObject", "/*"))
    copy = {"Bucket": target, "Key": "k", "CopySource": f"{source}/k"}
    assert f"{source}/k" in refused("AccessDenied", role.copy_object, **copy)
    put_policy(source, allow(source, "s3:GetObject", "/*"))
    role.copy_object(**copy)


def check_conditions_are_asked():
    bucket = fresh()
    encrypted = {"StringEquals": {"s3:x-amz-server-side-encryption": "AES256"}}
    tagged = {"StringEquals": {"s3:ExistingObjectTag/public": "yes"}}
    prefixed = {"StringLike": {"s3:prefix": "home/*"}}
    put_policy(
        bucket,
        allow(bucket, "s3:PutObject", "/*", Condition=encrypted),
        allow(bucket, "s3:GetObject", "/*", Condition=tagged),
        allow(bucket, "s3:ListBucket", "", Condition=prefixed),
    )
    refused("AccessDenied", role.put_object, Bucket=bucket, Key="k", Body=b"")
    role.put_object(Bucket=bucket, Key="k", Body=b"", ServerSideEncryption="AES256")
    refused("AccessDenied", role.get_object, Bucket=bucket, Key="k")
    tags = {"TagSet": [{"Key": "public", "Value": "yes"}]}
    owner.put_object_tagging(Bucket=bucket, Key="k", Tagging=tags)
    role.get_object(Bucket=bucket, Key="k")
    refused("AccessDenied", role.list_objects_v2, Bucket=bucket)
    role.list_objects_v2(Bucket=bucket, Prefix="home/")


def check_a_user_has_a_policy_of_its_own():
    owner.create_bucket(Bucket="shared")
    owner.put_object(Bucket="shared", Key="k", Body=b"x")
    assert reader.get_object(Bucket="shared", Key="k")["Body"].read() == b"x"
    refused("AccessDenied", reader.put_object, Bucket="shared", Key="k", Body=b"")
    refused("AccessDenied", reader.create_bucket, Bucket="mine")
    refused("AccessDenied", reader.list_buckets)


def check_a_policy_is_refused_in_s3s_words():
    bucket = fresh()
    statement = allow(bucket, "s3:PutObjects", "/*")
    policy = json.dumps({"Statement": [statement]})
    message = refused("MalformedPolicy", owner.put_bucket_policy, Bucket=bucket, Policy=policy)
    assert message == "Policy has invalid action"


def check_cors_is_answered_by_the_rules():
    bucket = fresh()
    path = f"/{bucket}/k"
    owner.put_object(Bucket=bucket, Key="k", Body=b"x")
    url = owner.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    url = url.removeprefix(ENDPOINT)
    asks = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "GET"}
    assert anonymous("OPTIONS", path, **asks)[0] == 403
    rule = {
        "AllowedOrigins": ["https://*.example.com"],
        "AllowedMethods": ["GET", "PUT"],
        "AllowedHeaders": ["*"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 600,
    }
    refused("NoSuchCORSConfiguration", owner.get_bucket_cors, Bucket=bucket)
    owner.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    assert owner.get_bucket_cors(Bucket=bucket)["CORSRules"] == [rule]
    status, headers, _ = anonymous("OPTIONS", path, **asks)
    assert status == 200 and headers["Access-Control-Max-Age"] == "600", headers
    assert headers["Access-Control-Allow-Origin"] == "https://app.example.com", headers
    assert anonymous("OPTIONS", path, **{**asks, "Origin": "https://evil.com"})[0] == 403
    assert anonymous("OPTIONS", path)[0] == 400
    status, headers, _ = anonymous("GET", url, Origin="https://app.example.com")
    assert status == 200
    assert headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert headers["Access-Control-Expose-Headers"] == "ETag"
    owner.delete_bucket_cors(Bucket=bucket)
    assert "Access-Control-Allow-Origin" not in anonymous("GET", url, Origin="https://a")[1]


def check_an_error_names_its_request():
    status, headers, text = anonymous("GET", "/policies-none")
    assert status == 404, text
    assert f"<RequestId>{headers['x-amz-request-id']}</RequestId>" in text, text
    assert "<HostId>" in text


def check_what_was_never_set_up_is_answered_as_s3_does():
    bucket = fresh()
    assert "Status" not in owner.get_bucket_versioning(Bucket=bucket)
    assert "LoggingEnabled" not in owner.get_bucket_logging(Bucket=bucket)
    assert owner.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    grants = owner.get_bucket_acl(Bucket=bucket)["Grants"]
    assert [grant["Permission"] for grant in grants] == ["FULL_CONTROL"]
    rules = owner.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    assert len(rules["Rules"]) == 1
    none = {
        "NoSuchLifecycleConfiguration": owner.get_bucket_lifecycle_configuration,
        "ReplicationConfigurationNotFoundError": owner.get_bucket_replication,
        "NoSuchWebsiteConfiguration": owner.get_bucket_website,
        "ObjectLockConfigurationNotFoundError": owner.get_object_lock_configuration,
        "NoSuchTagSet": owner.get_bucket_tagging,
        "OwnershipControlsNotFoundError": owner.get_bucket_ownership_controls,
        "NoSuchPublicAccessBlockConfiguration": owner.get_public_access_block,
    }
    for code, call in none.items():
        refused(code, call, Bucket=bucket)
    versioning = {"Status": "Enabled"}
    put = owner.put_bucket_versioning
    message = refused("NotImplemented", put, Bucket=bucket, VersioningConfiguration=versioning)
    assert "Versioning" in message, message


def check_a_bucket_keeps_its_tags():
    bucket = fresh()
    tags = [{"Key": "team", "Value": "data"}]
    owner.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    assert owner.get_bucket_tagging(Bucket=bucket)["TagSet"] == tags
    owner.delete_bucket(Bucket=bucket)
    owner.create_bucket(Bucket=bucket)
    refused("NoSuchTagSet", owner.get_bucket_tagging, Bucket=bucket)


def check_versions_are_listed_as_of_a_bucket_without_them():
    bucket = fresh()
    for key in ["a", "b/c"]:
        owner.put_object(Bucket=bucket, Key=key, Body=b"x")
    versions = owner.list_object_versions(Bucket=bucket)["Versions"]
    assert [(v["Key"], v["VersionId"], v["IsLatest"]) for v in versions] == [
        ("a", "null", True),
        ("b/c", "null", True),
    ]
    objects = [{"Key": v["Key"], "VersionId": v["VersionId"]} for v in versions]
    assert "Errors" not in owner.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    owner.delete_bucket(Bucket=bucket)


for name, check in list(globals().items()):
    if name.startswith("check_"):
        try:
            check()
        except BaseException:
            print(name, file=sys.stderr)
            raise
