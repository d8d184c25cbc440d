// The AWS SDK for Java 2, at its defaults, against the S3 endpoint.
//
// Usage: S3 ENDPOINT ACCESS_KEY SECRET_KEY

import java.io.ByteArrayInputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.*;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

public final class S3 {
  private static final String BUCKET = "java-sdk";
  private static S3Client s3;
  private static S3Presigner presigner;

  private static void check(boolean holds, String fact) {
    if (!holds) {
      throw new AssertionError("not so: " + fact);
    }
  }

  private static void refused(String code, Runnable call) {
    try {
      call.run();
    } catch (S3Exception error) {
      check(code.equals(error.awsErrorDetails().errorCode()), code + ", not " + error);
      check(error.requestId() != null, "an error has a request id");
      return;
    }
    throw new AssertionError("expected " + code);
  }

  private static PutObjectResponse put(String key, String body) {
    return s3.putObject(request -> request.bucket(BUCKET).key(key), RequestBody.fromString(body));
  }

  private static String get(String key) {
    return s3.getObjectAsBytes(request -> request.bucket(BUCKET).key(key)).asUtf8String();
  }

  private static void objects() {
    PutObjectResponse put = put("a b/ü+1", "hello");
    check(put.eTag().equals("\"5d41402abc4b2a76b9719d911017c592\""), "the ETag is the MD5");
    check(put.checksumCRC32() != null, "a checksum by default");
    check(get("a b/ü+1").equals("hello"), "what was put is got");
    String range =
        s3.getObjectAsBytes(it -> it.bucket(BUCKET).key("a b/ü+1").range("bytes=1-3"))
            .asUtf8String();
    check(range.equals("ell"), "a range");
    refused("NoSuchKey", () -> get("none"));
    try {
      s3.headObject(request -> request.bucket(BUCKET).key("none"));
      throw new AssertionError("expected NoSuchKeyException");
    } catch (NoSuchKeyException expected) {
      // The SDK makes it of the status alone.
    }
    byte[] large = new byte[300_000];
    Arrays.fill(large, (byte) 7);
    // A stream is sent in chunks, with the checksum behind them.
    s3.putObject(
        request -> request.bucket(BUCKET).key("stream"),
        RequestBody.fromInputStream(new ByteArrayInputStream(large), large.length));
    check(
        Arrays.equals(
            s3.getObjectAsBytes(it -> it.bucket(BUCKET).key("stream")).asByteArray(), large),
        "a stream is stored without its chunks' heads");
  }

  private static void listingsHavePages() {
    List<String> wanted = List.of("p/1", "p/2", "p/3");
    wanted.forEach(key -> put(key, ""));
    List<String> keys = new ArrayList<>();
    s3.listObjectsV2Paginator(request -> request.bucket(BUCKET).prefix("p/").maxKeys(2))
        .contents()
        .forEach(object -> keys.add(object.key()));
    check(keys.equals(wanted), "every key on some page: " + keys);
  }

  private static void multipart() {
    String id = s3.createMultipartUpload(it -> it.bucket(BUCKET).key("large")).uploadId();
    List<CompletedPart> parts = new ArrayList<>();
    byte[] block = new byte[5 * 1024 * 1024];
    for (int number = 1; number <= 3; number++) {
      int part = number;
      RequestBody body = RequestBody.fromBytes(number < 3 ? block : new byte[17]);
      UploadPartResponse done =
          s3.uploadPart(it -> it.bucket(BUCKET).key("large").uploadId(id).partNumber(part), body);
      parts.add(CompletedPart.builder().partNumber(part).eTag(done.eTag()).build());
    }
    check(
        s3.listParts(it -> it.bucket(BUCKET).key("large").uploadId(id)).parts().size() == 3,
        "the parts are listed");
    s3.completeMultipartUpload(
        it -> it.bucket(BUCKET).key("large").uploadId(id).multipartUpload(u -> u.parts(parts)));
    HeadObjectResponse head = s3.headObject(it -> it.bucket(BUCKET).key("large"));
    check(head.contentLength() == 2L * block.length + 17, "all parts");
    check(head.eTag().endsWith("-3\""), "an ETag of three parts");
  }

  private static void conditionalWrites() {
    PutObjectRequest once =
        PutObjectRequest.builder().bucket(BUCKET).key("once").ifNoneMatch("*").build();
    s3.putObject(once, RequestBody.fromString("1"));
    refused("PreconditionFailed", () -> s3.putObject(once, RequestBody.fromString("2")));
    check(get("once").equals("1"), "the first one stays");
  }

  private static void checksums() {
    // CRC64NVME needs a native library of the SDK's.
    for (ChecksumAlgorithm algorithm :
        List.of(
            ChecksumAlgorithm.CRC32,
            ChecksumAlgorithm.CRC32_C,
            ChecksumAlgorithm.SHA1,
            ChecksumAlgorithm.SHA256)) {
      s3.putObject(
          it -> it.bucket(BUCKET).key("sum").checksumAlgorithm(algorithm),
          RequestBody.fromString("summed"));
      // Verified by the SDK while it is read.
      GetObjectResponse got =
          s3.getObjectAsBytes(
                  it -> it.bucket(BUCKET).key("sum").checksumMode(ChecksumMode.ENABLED))
              .response();
      check(got.checksumType() == ChecksumType.FULL_OBJECT, "a checksum of the whole object");
    }
    refused(
        "BadDigest",
        () ->
            s3.putObject(
                it -> it.bucket(BUCKET).key("sum").checksumSHA1("AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
                RequestBody.fromString("x")));
  }

  private static void copyingTaggingDeleting() {
    s3.copyObject(
        it ->
            it.sourceBucket(BUCKET)
                .sourceKey("a b/ü+1")
                .destinationBucket(BUCKET)
                .destinationKey("copy"));
    check(get("copy").equals("hello"), "a copy");
    Tag tag = Tag.builder().key("team").value("data").build();
    s3.putObjectTagging(it -> it.bucket(BUCKET).key("copy").tagging(t -> t.tagSet(tag)));
    check(
        s3.getObjectTagging(it -> it.bucket(BUCKET).key("copy")).tagSet().equals(List.of(tag)),
        "the tag is kept");
    List<ObjectIdentifier> doomed = new ArrayList<>();
    for (String key : List.of("copy", "once", "none")) {
      doomed.add(ObjectIdentifier.builder().key(key).build());
    }
    DeleteObjectsResponse deleted =
        s3.deleteObjects(it -> it.bucket(BUCKET).delete(d -> d.objects(doomed)));
    check(deleted.deleted().size() == 3 && !deleted.hasErrors(), "all three are gone");
    refused("NoSuchKey", () -> get("copy"));
  }

  private static HttpURLConnection open(URL url, String method) throws Exception {
    HttpURLConnection connection = (HttpURLConnection) url.openConnection();
    connection.setRequestMethod(method);
    return connection;
  }

  private static void presignedUrls() throws Exception {
    Duration hour = Duration.ofHours(1);
    URL up =
        presigner
            .presignPutObject(
                it ->
                    it.signatureDuration(hour)
                        .putObjectRequest(put -> put.bucket(BUCKET).key("signed ü")))
            .url();
    HttpURLConnection put = open(up, "PUT");
    put.setDoOutput(true);
    put.getOutputStream().write("by url".getBytes());
    check(put.getResponseCode() == 200, "a presigned put: " + put.getResponseCode());
    URL down =
        presigner
            .presignGetObject(
                it ->
                    it.signatureDuration(hour)
                        .getObjectRequest(get -> get.bucket(BUCKET).key("signed ü")))
            .url();
    String body = new String(open(down, "GET").getInputStream().readAllBytes());
    check(body.equals("by url"), "a presigned get: " + body);
    check(open(down, "DELETE").getResponseCode() == 403, "of this method only");
  }

  public static void main(String[] arguments) throws Exception {
    URI endpoint = URI.create(arguments[0]);
    var keys =
        StaticCredentialsProvider.create(AwsBasicCredentials.create(arguments[1], arguments[2]));
    s3 =
        S3Client.builder()
            .endpointOverride(endpoint)
            .region(Region.US_EAST_1)
            .credentialsProvider(keys)
            .forcePathStyle(true)
            .build();
    presigner =
        S3Presigner.builder()
            .endpointOverride(endpoint)
            .region(Region.US_EAST_1)
            .credentialsProvider(keys)
            .serviceConfiguration(S3Configuration.builder().pathStyleAccessEnabled(true).build())
            .build();
    s3.createBucket(request -> request.bucket(BUCKET));
    objects();
    listingsHavePages();
    multipart();
    conditionalWrites();
    checksums();
    copyingTaggingDeleting();
    presignedUrls();
    check(s3.listBuckets().buckets().get(0).name().equals(BUCKET), "the bucket is listed");
  }
}
