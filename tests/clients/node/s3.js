// @aws-sdk/client-s3, at its defaults, against the S3 endpoint.
//
// Usage: s3.js ENDPOINT ACCESS_KEY SECRET_KEY
"use strict";

const assert = require("node:assert");
const { Readable } = require("node:stream");
const s3 = require("@aws-sdk/client-s3");
const { Upload } = require("@aws-sdk/lib-storage");
const { getSignedUrl } = require("@aws-sdk/s3-request-presigner");

const [endpoint, accessKeyId, secretAccessKey] = process.argv.slice(2);
const Bucket = "javascript";
const client = new s3.S3Client({
  endpoint,
  region: "us-east-1",
  credentials: { accessKeyId, secretAccessKey },
  forcePathStyle: true,
});
const send = (command) => client.send(command);
const text = async (Key) => (await send(new s3.GetObjectCommand({ Bucket, Key }))).Body.transformToString();

async function refused(name, command) {
  await assert.rejects(send(command), (error) => error.name === name || assert.fail(error));
}

const checks = {
  async objects() {
    const put = await send(new s3.PutObjectCommand({ Bucket, Key: "a b/ü+1", Body: "hello" }));
    assert.strictEqual(put.ETag, '"5d41402abc4b2a76b9719d911017c592"');
    assert.ok(put.ChecksumCRC32, "a checksum by default");
    assert.strictEqual(await text("a b/ü+1"), "hello");
    await refused("NoSuchKey", new s3.GetObjectCommand({ Bucket, Key: "none" }));
    await refused("NotFound", new s3.HeadObjectCommand({ Bucket, Key: "none" }));
  },
  async a_stream_is_sent_in_chunks_with_a_trailer() {
    const Body = Readable.from([Buffer.alloc(70000, 1), Buffer.alloc(5, 2)]);
    await send(new s3.PutObjectCommand({ Bucket, Key: "stream", Body, ContentLength: 70005 }));
    const head = await send(new s3.HeadObjectCommand({ Bucket, Key: "stream" }));
    assert.strictEqual(head.ContentLength, 70005);
  },
  async a_managed_upload_is_a_multipart_upload() {
    const Body = Buffer.alloc(11 * 1024 * 1024, 7);
    await new Upload({ client, params: { Bucket, Key: "large", Body } }).done();
    const head = await send(new s3.HeadObjectCommand({ Bucket, Key: "large" }));
    assert.strictEqual(head.ContentLength, Body.length);
    assert.match(head.ETag, /-3"$/);
  },
  async listings_have_pages() {
    for (const Key of ["p/1", "p/2", "p/3"]) {
      await send(new s3.PutObjectCommand({ Bucket, Key, Body: "" }));
    }
    const keys = [];
    const pages = s3.paginateListObjectsV2({ client, pageSize: 2 }, { Bucket, Prefix: "p/" });
    for await (const page of pages) keys.push(...page.Contents.map((object) => object.Key));
    assert.deepStrictEqual(keys, ["p/1", "p/2", "p/3"]);
  },
  async conditions() {
    const put = new s3.PutObjectCommand({ Bucket, Key: "once", Body: "1", IfNoneMatch: "*" });
    await send(put);
    await refused("PreconditionFailed", put);
  },
  async presigned_urls() {
    const get = await getSignedUrl(client, new s3.GetObjectCommand({ Bucket, Key: "once" }));
    assert.strictEqual(await (await fetch(get)).text(), "1");
    const put = await getSignedUrl(client, new s3.PutObjectCommand({ Bucket, Key: "signed" }));
    assert.ok((await fetch(put, { method: "PUT", body: "by url" })).ok);
    assert.strictEqual(await text("signed"), "by url");
  },
  async copying_tagging_deleting() {
    const CopySource = `${Bucket}/once`;
    await send(new s3.CopyObjectCommand({ Bucket, Key: "copy", CopySource }));
    const Tagging = { TagSet: [{ Key: "team", Value: "data" }] };
    await send(new s3.PutObjectTaggingCommand({ Bucket, Key: "copy", Tagging }));
    const tags = await send(new s3.GetObjectTaggingCommand({ Bucket, Key: "copy" }));
    assert.deepStrictEqual(tags.TagSet, Tagging.TagSet);
    const Delete = { Objects: [{ Key: "copy" }, { Key: "once" }] };
    const deleted = await send(new s3.DeleteObjectsCommand({ Bucket, Delete }));
    assert.strictEqual(deleted.Deleted.length, 2);
  },
};

(async () => {
  await send(new s3.CreateBucketCommand({ Bucket }));
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
    } catch (error) {
      console.error(name);
      throw error;
    }
  }
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
