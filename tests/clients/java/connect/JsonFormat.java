package io.confluent.connect.s3.format.json;

/** Only its name matters. */
public class JsonFormat {}
