use std::collections::BTreeMap;

use super::*;
use crate::connect::partitioner::PartitionerKind;

const QUICKSTART: &str = include_str!("../../../fixtures/connect/quickstart-s3.properties");
const JODA: &str = include_str!("../../../fixtures/connect/s3-sink-joda.properties");

/// The least that Connect wants.
const LEAST: &str = "name=s3-sink\nconnector.class=S3Sink\ntopics=t\nflush.size=3\n\
    s3.bucket.name=b\nformat.class=io.confluent.connect.s3.format.json.JsonFormat\n\
    storage.class=io.confluent.connect.s3.storage.S3Storage\n";

/// The properties of a text without escapes; later lines replace earlier ones.
fn properties(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim().to_owned(), value.to_owned()))
        .collect()
}

fn own_endpoint() -> Surroundings {
    let credentials = Credentials {
        access_key_id: "klamm".to_owned(),
        secret_access_key: "klamm-secret".to_owned(),
    };
    Surroundings {
        own_endpoint: Some(OwnEndpoint { url: "http://127.0.0.1:9000".to_owned(), credentials }),
        ..Surroundings::default()
    }
}

fn read(text: &str) -> SinkConfig {
    SinkConfig::from_properties(&properties(text), &own_endpoint()).unwrap()
}

fn with(changes: &str) -> SinkConfig {
    read(&format!("{LEAST}{changes}\n"))
}

fn refusals(changes: &str) -> Vec<String> {
    SinkConfig::from_properties(&properties(&format!("{LEAST}{changes}\n")), &own_endpoint())
        .unwrap_err()
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[track_caller]
fn assert_refused(changes: &str, text: &str) {
    let refusals = refusals(changes);
    assert!(refusals.iter().any(|refusal| refusal.contains(text)), "{refusals:#?}");
}

fn folder_at(config: &SinkConfig, ms: i64) -> String {
    let PartitionerKind::Time(time) = &config.partitioner.kind else { panic!("not by time") };
    time.pattern.format(time.zone.bucket_start_ms(ms, time.duration_ms), &time.zone, time.names)
}

#[test]
fn the_quickstart_file_runs_unmodified() {
    let config = read(QUICKSTART);
    assert_eq!(config.name, "s3-sink");
    assert_eq!(config.group, "connect-s3-sink");
    assert_eq!(config.topics, Topics::Named(vec!["clickstream".to_owned()]));
    assert_eq!(config.rotation.flush_size, 1000);
    assert_eq!(config.part_bytes, 64 << 20);
    assert_eq!(config.store.bucket, "kafka-connect-s3-raw");
    assert_eq!(config.store.region, "ap-northeast-2");
    assert_eq!(config.store.endpoint.as_deref(), Some("http://127.0.0.1:9000"));
    assert!(config.store.create_bucket);
    assert_eq!(config.value_converter, ConverterKind::Json { with_schemas: false });
    assert_eq!(config.naming.extension, ".json");
    assert_eq!(folder_at(&config, 1_718_000_000_000), "year=2024/month=06/day=10/hour=15");
    let loud = config.warnings.iter().find(|warning| warning.contains("Firehose")).unwrap();
    assert!(loud.contains("path.format='year'=yyyy/'month'=MM/'day'=dd/'hour'=HH"), "{loud}");
    assert!(loud.contains("literally"), "{loud}");
}

#[test]
fn the_common_correct_form_gives_the_same_folders() {
    let config = read(JODA);
    assert_eq!(folder_at(&config, 1_718_000_000_000), "year=2024/month=06/day=10/hour=15");
    assert!(!config.warnings.iter().any(|warning| warning.contains("Firehose")));
}

#[test]
fn strict_reads_firehose_expressions_as_the_connector_does() {
    let config = read(&format!("{QUICKSTART}\nklamm.path.format=strict"));
    assert_eq!(
        folder_at(&config, 1_718_000_000_000),
        "year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}"
    );
    let unquoted = QUICKSTART.replace('\'', "");
    assert_eq!(folder_at(&read(&unquoted), 1_718_000_000_000), "year=2024/month=06/day=10/hour=15");
    let strict = properties(&format!("{unquoted}\nklamm.path.format=strict"));
    let refusals = SinkConfig::from_properties(&strict, &own_endpoint()).unwrap_err();
    assert!(
        refusals[0]
            .message
            .ends_with("for configuration path.format: Illegal pattern component: r")
    );
}

#[test]
fn all_problems_come_at_once() {
    let text = "name=x\nconnector.class=Nope\nflush.size=abc\ntasks.max=0\n\
        s3.part.size=1\ntimezone=KST\npartitioner.class=TimeBasedPartitioner\n";
    let problems = SinkConfig::from_properties(&properties(text), &own_endpoint()).unwrap_err();
    let messages: Vec<String> = problems.iter().map(|problem| problem.message.clone()).collect();
    for expected in [
        "Missing required configuration \"s3.bucket.name\" which has no default value.",
        "Invalid value abc for configuration flush.size: Not a number of type INT",
        "Invalid value 0 for configuration tasks.max: Value must be at least 1",
        "Invalid value 1 for configuration s3.part.size: Part size must be at least: 5242880 bytes (5MB)",
        "Invalid value KST for configuration timezone: The datetime zone id 'KST' is not recognised",
        "Invalid value  for configuration locale: Locale cannot be empty.",
        "Must configure one of topics or topics.regex",
    ] {
        assert!(messages.iter().any(|message| message == expected), "{expected}: {messages:#?}");
    }
}

#[test]
fn refusals_are_connects_own() {
    assert_refused(
        "rotate.schedule.interval.ms=30",
        "timezone configuration must be set when using rotate.schedule.interval.ms",
    );
    assert_refused("parquet.codec=uncompressed", "Value must be one of: [none, snappy");
    assert_refused("s3.compression.level=10", "Value must be no more than 9");
    assert_refused("s3.compression.level=-2", "Value must be at least -1");
    assert_refused("s3.part.retries=-1", "Value must be at least 0");
    assert_refused(
        "s3.schema.partition.affix.type=Random",
        "Value must be one of: [SUFFIX, PREFIX, NONE]",
    );
    assert_refused("s3.compression.type=zip", "Value must be one of: [none, gzip]");
    assert_refused("topics.regex=x.*", "topics and topics.regex are mutually exclusive options");
    assert_refused(
        "value.converter=com.example.Mine",
        "Class com.example.Mine could not be found.",
    );
    assert_refused(
        "partitioner.class=FieldPartitioner",
        "Partition field name cannot be null or empty when using FieldPartitioner.",
    );
    let time = "partitioner.class=TimeBasedPartitioner\nlocale=en\ntimezone=UTC\n";
    assert_refused(
        &format!("{time}partition.duration.ms=1\npath.format=/"),
        "Path format cannot be empty.",
    );
    assert_refused(
        &format!("{time}partition.duration.ms=1\npath.format="),
        "Path format cannot be empty.",
    );
    assert_refused(
        &format!("{time}path.format=YYYY"),
        "Partition duration needs to be a positive.",
    );
    assert_refused(
        &format!("{time}partition.duration.ms=1\npath.format=year='YYYY'/month='MM'"),
        "Invalid value year='YYYY'/month='MM' for configuration path.format",
    );
    assert_refused(&format!("{time}timestamp.extractor=Mine"), "Invalid timestamp extractor: Mine");
    with("rotate.schedule.interval.ms=30\ntimezone=CET");
}

#[test]
fn one_delimiter_at_the_end_of_a_pattern_is_taken_away() {
    let time = "partitioner.class=TimeBasedPartitioner\nlocale=en\ntimezone=UTC\n\
        partition.duration.ms=1\n";
    let config = with(&format!("{time}path.format='year='YYYY/"));
    assert_eq!(folder_at(&config, 1_718_000_000_000), "year=2024");
    let config = with(&format!("{time}path.format='year='YYYY//"));
    assert_eq!(folder_at(&config, 1_718_000_000_000), "year=2024/");
}

#[test]
fn conditional_writes_go_with_a_schedule_and_without_keys_and_headers() {
    let schedule = "rotate.schedule.interval.ms=30\ntimezone=UTC\n";
    assert_eq!(with("").conditional_writes, None);
    assert_eq!(with(schedule).conditional_writes, Some(100));
    assert_eq!(
        with(&format!("{schedule}enable.conditional.writes=false")).conditional_writes,
        None
    );
    for extra in ["keys", "headers"] {
        let extra = format!("store.kafka.{extra}=true\n{extra}.format.class=JsonFormat");
        assert_eq!(with(&format!("{schedule}{extra}")).conditional_writes, None);
    }
}

#[test]
fn what_is_not_built_is_refused_by_name() {
    let setting = "value.converter=org.apache.kafka.connect.storage.SimpleHeaderConverter";
    assert_refused(setting, &format!("{setting} is not built into klamm"));
    let lzo = "parquet.codec=lzo";
    let parquet = format!("format.class=ParquetFormat\n{lzo}");
    assert_refused(&parquet, &format!("{lzo} is not built into klamm"));
    with("s3.object.tagging=false\ntransforms=\nstore.kafka.headers=FALSE");
}

#[test]
fn a_schema_registry_wants_an_address_and_its_secret() {
    let class = "value.converter=io.confluent.connect.protobuf.ProtobufConverter\n";
    assert_refused(
        class,
        "Missing required configuration \"schema.registry.url\" which has no default value.",
    );
    let url = format!("{class}value.converter.schema.registry.url=http://a:1,https://b:2\n");
    let flat = format!(
        "{url}value.converter.flatten.unions=true\nvalue.converter.basic.auth.user.info=u:p\n\
         value.converter.basic.auth.credentials.source=USER_INFO\n\
         value.converter.auto.register.schemas=false"
    );
    let ConverterKind::Registry(registry) = with(&flat).value_converter else { panic!() };
    assert_eq!(registry.class(), "io.confluent.connect.protobuf.ProtobufConverter");
    let shown = format!("{registry:?}");
    assert!(shown.contains("flatten_unions: true") && shown.contains("https://b:2"), "{shown}");
    let source = "value.converter.basic.auth.credentials.source";
    assert_refused(&format!("{url}{source}=USER_INFO"), "UserInfo config is null or empty");
    assert_refused(&format!("{url}{source}=SASL_INHERIT"), "SASL_INHERIT");
    let truststore = "value.converter.schema.registry.ssl.truststore.location";
    assert_refused(&format!("{url}{truststore}=/t.jks"), "is not built into klamm");
    let sums = "value.converter.generalized.sum.type.support=true";
    with(&format!("{url}{sums}"));
    assert_refused(
        &format!("{url}{sums}").replace("protobuf.Protobuf", "avro.Avro"),
        "AvroConverter",
    );
    assert_refused(
        &format!("{url}header.converter=ProtobufConverter"),
        "does not implement the HeaderConverter interface",
    );
}

#[test]
fn credentials_come_from_whom_the_file_names() {
    let role = "s3.credentials.provider.class=io.confluent.connect.s3.auth.AwsAssumeRoleCredentialsProvider\n";
    assert_refused(role, "Missing required configuration \"s3.credentials.provider.sts.role.arn\"");
    let config = with(&format!(
        "{role}s3.credentials.provider.sts.role.arn=arn:aws:iam::1:role/r\n\
         s3.credentials.provider.sts.role.session.name=klamm"
    ));
    let CredentialsProvider::AssumeRole(assumed) = &config.store.provider else { panic!() };
    assert_eq!(assumed.role_arn, "arn:aws:iam::1:role/r");
    assert_refused(
        "s3.credentials.provider.class=com.example.Mine",
        "Class must extend: interface software.amazon.awssdk.auth.credentials.AwsCredentialsProvider",
    );
}

#[test]
fn encryption_and_acceleration_want_their_companions() {
    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let config = with(&format!("s3.ssea.name=AES256\ns3.sse.customer.key={key}"));
    assert_eq!(config.store.customer_key.as_deref(), Some(key));
    assert_eq!(config.attributes.server_side_encryption, None);
    assert_refused("s3.ssea.name=AES256\ns3.sse.customer.key=short", "[hidden]");
    assert_refused("s3.wan.mode=true", "Both accelerate mode and path style access");
    assert!(with("s3.wan.mode=true\ns3.path.style.access.enabled=false").store.wan_mode);
    assert_refused("s3.proxy.url=proxy:3128", "no protocol");
}

#[test]
fn the_consumer_can_be_overridden() {
    let config = with(
        "consumer.override.group.id=mine\nconsumer.override.auto.offset.reset=by_duration:P1DT1H\n\
         consumer.override.isolation.level=read_committed\nconsumer.override.max.poll.records=7\n\
         consumer.override.max.pol.interval.ms=1",
    );
    assert_eq!(config.group, "mine");
    assert_eq!(config.consumer.offset_reset, OffsetReset::ByDuration(25 * 3_600_000));
    assert!(config.consumer.committed_only);
    assert_eq!(config.consumer.poll_records_max, Some(7));
    let hint = "did you mean consumer.override.max.poll.interval.ms?";
    assert!(config.warnings.iter().any(|warning| warning.contains(hint)), "{:?}", config.warnings);
    assert_refused("consumer.override.auto.offset.reset=never", "by_duration");
}

#[test]
fn a_workers_converters_are_the_connectors_defaults() {
    let worker = properties(
        "value.converter=org.apache.kafka.connect.json.JsonConverter\n\
         value.converter.schemas.enable=true\nkey.converter=StringConverter",
    );
    let surroundings = Surroundings { worker, ..own_endpoint() };
    let read = |changes: &str| {
        let properties = properties(&format!("{LEAST}{changes}\n"));
        SinkConfig::from_properties(&properties, &surroundings).unwrap()
    };
    let config = read("value.converter.schemas.enable=false");
    assert_eq!(config.value_converter, ConverterKind::Json { with_schemas: true });
    assert_eq!(config.key_converter, Some(ConverterKind::Text));
    let own = read("value.converter=ByteArrayConverter");
    assert_eq!(own.value_converter, ConverterKind::Bytes);
}

#[test]
fn unknown_keys_are_warned_about_with_the_nearest_known_one() {
    let config = with("fulsh.size=3\ntotally.else=1\nhive.integration=true");
    let warned = |text: &str| config.warnings.iter().any(|warning| warning.contains(text));
    assert!(warned(
        "fulsh.size is no setting of the S3 sink and is ignored; did you mean flush.size?"
    ));
    assert!(warned("totally.else is no setting of the S3 sink and is ignored"));
    assert!(warned("hive.integration has no effect"));
}

#[test]
fn what_stops_the_task_at_its_first_record_is_warned_about() {
    #[track_caller]
    fn assert_warned(changes: &str, text: &str) {
        let warnings = with(changes).warnings;
        assert!(warnings.iter().any(|warning| warning.contains(text)), "{warnings:#?}");
    }
    assert_warned("format.class=ParquetFormat", "need records with a schema");
    assert_warned("value.converter=StringConverter", "one quoted text");
    assert_warned("format.class=ByteArrayFormat", "takes bytes only");
    let field = "partitioner.class=FieldPartitioner\npartition.field.name=a\n";
    assert_warned(field, "FieldPartitioner needs values with a schema");
    let time = "partitioner.class=HourlyPartitioner\nlocale=en\ntimezone=UTC\n\
        timestamp.extractor=RecordField\nvalue.converter=ByteArrayConverter";
    assert_warned(time, "timestamp.extractor=RecordField needs values with fields");
    assert_warned("s3.bucket.name=My_Bucket", "names of buckets have 3 to 63");
    let fits = with("format.class=ByteArrayFormat\nvalue.converter=ByteArrayConverter");
    assert!(!fits.warnings.iter().any(|warning| warning.contains("first record")));
}

#[test]
fn the_file_decides_where_objects_go() {
    let keys = "aws.access.key.id=AKIA\naws.secret.access.key=s\n";
    assert_eq!(with(keys).store.endpoint, None);
    assert!(!with(keys).store.create_bucket);
    let minio = with("store.url=http://minio:9000");
    assert_eq!(minio.store.endpoint.as_deref(), Some("http://minio:9000"));
    assert!(minio.store.credentials.is_none());
    assert_eq!(with("store.url=minio:9000/").store.endpoint.as_deref(), Some("https://minio:9000"));
    assert_refused("store.url=s3://bucket", "store.url");
    assert!(with("").store.is_own_endpoint);
}

#[test]
fn a_secret_is_never_printed() {
    let config = with("aws.access.key.id=AKIA\naws.secret.access.key=geheim");
    assert!(!format!("{config:?}").contains("geheim"));
}

#[test]
fn every_default_passes_its_own_check() {
    for key in keys::all() {
        if let Some(default) = key.default {
            let text = format!("{LEAST}{}={default}", key.name);
            let outcome = SinkConfig::from_properties(&properties(&text), &own_endpoint());
            // An empty `topics` is refused for the reason that nothing is read then.
            assert!(outcome.is_ok() || key.name == "topics", "{}: {outcome:?}", key.name);
        }
    }
}
