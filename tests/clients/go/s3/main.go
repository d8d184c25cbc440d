// aws-sdk-go-v2, at its defaults, against the S3 endpoint.
//
// Usage: s3 ENDPOINT ACCESS_KEY SECRET_KEY
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

const mib = 1024 * 1024

var (
	ctx    = context.Background()
	bucket = aws.String("go-sdk")
	client *s3.Client
)

// check ends the program unless a fact holds.
func check(holds bool, fact string, got ...any) {
	if !holds {
		fmt.Fprintln(os.Stderr, append([]any{"not so: " + fact}, got...)...)
		os.Exit(1)
	}
}

func must[T any](value T, err error) T {
	check(err == nil, "no error", err)
	return value
}

func refused(code string, err error) {
	var answer smithy.APIError
	check(errors.As(err, &answer) && answer.ErrorCode() == code, "refused with "+code, err)
}

func put(key, body string, more ...func(*s3.PutObjectInput)) (*s3.PutObjectOutput, error) {
	input := &s3.PutObjectInput{Bucket: bucket, Key: &key, Body: strings.NewReader(body)}
	for _, change := range more {
		change(input)
	}
	return client.PutObject(ctx, input)
}

func get(key string, more ...func(*s3.GetObjectInput)) (string, error) {
	input := &s3.GetObjectInput{Bucket: bucket, Key: &key}
	for _, change := range more {
		change(input)
	}
	output, err := client.GetObject(ctx, input)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(output.Body)
	return string(body), err
}

func objects() {
	first := must(put("a b/ü+1", "hello"))
	check(*first.ETag == `"5d41402abc4b2a76b9719d911017c592"`, "the ETag is the MD5", *first.ETag)
	check(first.ChecksumCRC32 != nil, "a checksum by default")
	check(must(get("a b/ü+1")) == "hello", "what was put is got")
	part := must(get("a b/ü+1", func(in *s3.GetObjectInput) { in.Range = aws.String("bytes=1-3") }))
	check(part == "ell", "a range", part)
	_, err := get("none")
	refused("NoSuchKey", err)
	_, err = client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: aws.String("none")})
	refused("NotFound", err)
	_, err = client.GetObject(ctx, &s3.GetObjectInput{
		Bucket: bucket, Key: aws.String("a b/ü+1"), IfNoneMatch: first.ETag,
	})
	var answer interface{ HTTPStatusCode() int }
	check(errors.As(err, &answer) && answer.HTTPStatusCode() == 304, "not modified", err)
}

func listingsHavePages() {
	wanted := []string{"p/1", "p/2", "p/3"}
	for _, key := range wanted {
		must(put(key, ""))
	}
	input := &s3.ListObjectsV2Input{Bucket: bucket, Prefix: aws.String("p/"), MaxKeys: aws.Int32(2)}
	var keys []string
	for pages := s3.NewListObjectsV2Paginator(client, input); pages.HasMorePages(); {
		for _, object := range must(pages.NextPage(ctx)).Contents {
			keys = append(keys, *object.Key)
		}
	}
	check(reflect.DeepEqual(keys, wanted), "every key on some page", keys)
}

func managedTransfers() {
	data := bytes.Repeat([]byte("klamm"), 12*mib/5)
	// A reader without a length: the uploader cuts it into parts.
	body := struct{ io.Reader }{bytes.NewReader(data)}
	input := &s3.PutObjectInput{Bucket: bucket, Key: aws.String("large"), Body: body}
	done := must(manager.NewUploader(client).Upload(ctx, input))
	check(strings.HasSuffix(*done.ETag, `-3"`), "three parts", *done.ETag)
	var back manager.WriteAtBuffer
	must(manager.NewDownloader(client).Download(ctx, &back, &s3.GetObjectInput{
		Bucket: bucket, Key: aws.String("large"),
	}))
	check(bytes.Equal(back.Bytes(), data), "what was uploaded is downloaded")
}

func conditionalWrites() {
	once := func(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") }
	first := must(put("once", "1", once))
	_, err := put("once", "2", once)
	refused("PreconditionFailed", err)
	must(put("once", "3", func(in *s3.PutObjectInput) { in.IfMatch = first.ETag }))
	_, err = put("once", "4", func(in *s3.PutObjectInput) { in.IfMatch = first.ETag })
	refused("PreconditionFailed", err)
	check(must(get("once")) == "3", "the last one that was let through")
}

func checksums() {
	for _, algorithm := range types.ChecksumAlgorithm("").Values() {
		switch algorithm {
		case "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256":
		default: // Newer than the endpoint.
			continue
		}
		must(put("sum", string(algorithm), func(in *s3.PutObjectInput) { in.ChecksumAlgorithm = algorithm }))
		// Verified by the SDK while it is read.
		back := must(get("sum", func(in *s3.GetObjectInput) { in.ChecksumMode = types.ChecksumModeEnabled }))
		check(back == string(algorithm), "read back", back)
	}
	_, err := put("sum", "x", func(in *s3.PutObjectInput) { in.ChecksumSHA1 = aws.String("AAAAAAAAAAAAAAAAAAAAAAAAAAA=") })
	refused("BadDigest", err)
}

func copyingTaggingDeleting() {
	source := aws.String(*bucket + "/once")
	must(client.CopyObject(ctx, &s3.CopyObjectInput{Bucket: bucket, Key: aws.String("copy"), CopySource: source}))
	tags := &types.Tagging{TagSet: []types.Tag{{Key: aws.String("team"), Value: aws.String("data")}}}
	must(client.PutObjectTagging(ctx, &s3.PutObjectTaggingInput{Bucket: bucket, Key: aws.String("copy"), Tagging: tags}))
	got := must(client.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: bucket, Key: aws.String("copy")}))
	check(len(got.TagSet) == 1 && *got.TagSet[0].Value == "data", "the tag is kept")
	doomed := []types.ObjectIdentifier{{Key: aws.String("copy")}, {Key: aws.String("once")}, {Key: aws.String("none")}}
	deleted := must(client.DeleteObjects(ctx, &s3.DeleteObjectsInput{
		Bucket: bucket, Delete: &types.Delete{Objects: doomed},
	}))
	check(len(deleted.Deleted) == 3 && len(deleted.Errors) == 0, "all three are gone")
	_, err := get("copy")
	refused("NoSuchKey", err)
}

func presignedURLs() {
	signer := s3.NewPresignClient(client)
	send := func(method, url, body string) (int, string) {
		request := must(http.NewRequest(method, url, strings.NewReader(body)))
		response := must(http.DefaultClient.Do(request))
		defer response.Body.Close()
		return response.StatusCode, string(must(io.ReadAll(response.Body)))
	}
	key := aws.String("signed ü")
	upload := must(signer.PresignPutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key}))
	status, _ := send(upload.Method, upload.URL, "by url")
	check(status == 200, "a presigned put", status)
	download := must(signer.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key}))
	_, body := send(download.Method, download.URL, "")
	check(body == "by url", "a presigned get", body)
	status, body = send(http.MethodDelete, download.URL, "")
	check(status == 403 && strings.Contains(body, "SignatureDoesNotMatch"), "of this method only", body)
}

func main() {
	endpoint, access, secret := os.Args[1], os.Args[2], os.Args[3]
	settings := must(config.LoadDefaultConfig(ctx,
		config.WithRegion("us-east-1"),
		config.WithBaseEndpoint(endpoint),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(access, secret, "")),
	))
	client = s3.NewFromConfig(settings, func(options *s3.Options) { options.UsePathStyle = true })
	must(client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: bucket}))
	objects()
	listingsHavePages()
	managedTransfers()
	conditionalWrites()
	checksums()
	copyingTaggingDeleting()
	presignedURLs()
	buckets := must(client.ListBuckets(ctx, &s3.ListBucketsInput{}))
	check(len(buckets.Buckets) == 1 && *buckets.Buckets[0].Name == *bucket, "the bucket is listed")
}
