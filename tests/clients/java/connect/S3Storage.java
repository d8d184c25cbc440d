package io.confluent.connect.s3.storage;

/** Only its name matters. */
public class S3Storage {}
