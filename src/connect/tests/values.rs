//! What stands in the files, and which records are refused.

use std::io::Read as _;

use super::world::World;
use crate::connect::convert::Stage;

const JSON: &str = "value.converter=JsonConverter\nvalue.converter.schemas.enable=false\n";
const FIRST: &str = "topics/test-topic/partition=12/test-topic+12+0000000000.json";

#[test]
fn json_is_one_value_per_line() {
    let mut world = World::new(JSON);
    world.put(0, r#"{"user_id":1,"event":2,"page":"한국"}"#).put(0, "[1]").put(0, "\"x\"");
    assert_eq!(world.object(FIRST), "{\"user_id\":1,\"page\":\"한국\",\"event\":2}\n[1]\n\"x\"\n");
}

#[test]
fn text_becomes_a_json_string() {
    let mut world = World::new("value.converter=StringConverter\nflush.size=1");
    world.put(0, r#"{"a":1}"#);
    assert_eq!(world.object(FIRST), "\"{\\\"a\\\":1}\"\n");
}

#[test]
fn bytes_become_base64() {
    let mut world = World::new("flush.size=1");
    world.put(0, "abc");
    assert_eq!(world.object(FIRST), "\"YWJj\"\n");
}

#[test]
fn bytes_format_writes_them_as_they_are() {
    let mut world =
        World::new("flush.size=2\nformat.class=ByteArrayFormat\nformat.bytearray.extension=.json");
    world.put(0, r#"{"a": 1}"#).put(0, "x");
    assert_eq!(world.object(FIRST), "{\"a\": 1}\nx\n");
    let mut other = World::new(
        "flush.size=2\nformat.class=ByteArrayFormat\nformat.bytearray.extension=.json\n\
         format.bytearray.separator=||",
    );
    other.put(0, "a").put(0, "b");
    assert_eq!(other.object(FIRST), "a||b||");
}

#[test]
fn bytes_format_refuses_what_is_no_bytes() {
    let mut world = World::new("format.class=ByteArrayFormat\nvalue.converter=StringConverter");
    let refusal = world.try_put(0, Some(b"x")).unwrap_err();
    assert_eq!(refusal.error.message, "Invalid schema type for ByteArrayConverter: STRING");
    let mut world = World::new(&format!("format.class=ByteArrayFormat\n{JSON}"));
    let refusal = world.try_put(0, Some(b"{}")).unwrap_err();
    assert!(refusal.error.message.starts_with("ByteArrayConverter is not compatible with objects"));
    assert_eq!(world.writer.open_files().0, 0);
}

#[test]
fn gzip_makes_one_stream_per_object() {
    let mut world = World::new(&format!("{JSON}s3.compression.type=gzip\ns3.compression.level=9"));
    world.put(0, "1").put(0, "2").put(0, "3");
    let mut text = String::new();
    let object = &world.objects[&format!("{FIRST}.gz")];
    flate2::read::GzDecoder::new(&object[..]).read_to_string(&mut text).unwrap();
    assert_eq!(text, "1\n2\n3\n");
}

#[test]
fn a_tombstone_stops_the_task_unless_it_is_ignored() {
    let mut world = World::new(JSON);
    let refusal = world.try_put(0, None).unwrap_err();
    assert_eq!(refusal.error.stage, Stage::Fatal);
    assert_eq!(
        refusal.error.message,
        "Null valued records are not writeable with current behavior.on.null.values 'settings."
    );
    assert!(world.try_put(0, Some(b"null")).is_err());
    let mut world = World::new(&format!("{JSON}behavior.on.null.values=IGNORE\nflush.size=2"));
    world.try_put(0, None).unwrap();
    world.put(0, "1").put(0, "null").put(0, "2");
    assert_eq!(world.files, [(FIRST.replace("+0000000000", "+0000000001"), 2)]);
    assert_eq!(world.committed, Some(4));
}

#[test]
fn bad_records_are_skipped_where_that_is_tolerated() {
    let mut strict = World::new(JSON);
    let refusal = strict.try_put(0, Some(b"{bad")).unwrap_err();
    assert!(refusal.error.message.starts_with(
        "Converting byte[] to Kafka Connect data failed due to serialization error: "
    ));
    let mut world = World::new(&format!("{JSON}errors.tolerance=all\nflush.size=2"));
    world.put(0, "1").put(0, "{bad").put(0, "2");
    assert_eq!(world.object(FIRST), "1\n2\n");
    assert_eq!(world.skipped, 1);
}

#[test]
fn keys_and_headers_have_files_of_their_own() {
    let mut world = World::new(&format!(
        "{JSON}flush.size=2\nstore.kafka.keys=true\nstore.kafka.headers=true\n\
         keys.format.class=JsonFormat\nheaders.format.class=JsonFormat\n\
         key.converter=StringConverter"
    ));
    let headers: [(&str, Option<&str>); 2] = [("trace", Some("7")), ("empty", None)];
    world.try_put_record(Some("user1"), Some("1"), &headers).unwrap();
    world.try_put_record(Some("user2"), Some("2"), &headers[..1]).unwrap();
    let base = FIRST.trim_end_matches(".json");
    assert_eq!(world.object(&format!("{base}.json")), "1\n2\n");
    assert_eq!(world.object(&format!("{base}.keys.json")), "\"user1\"\n\"user2\"\n");
    assert_eq!(
        world.object(&format!("{base}.headers.json")),
        "{\"headers\":[{\"key\":\"trace\",\"value\":\"7\"},{\"key\":\"empty\",\"value\":null}]}\n\
         {\"headers\":[{\"key\":\"trace\",\"value\":\"7\"}]}\n"
    );
    let refusal = world.try_put_record(None, Some("1"), &headers).unwrap_err();
    assert!(refusal.error.message.starts_with("Key cannot be null for SinkRecord: SinkRecord{kafkaOffset=2, topic='test-topic', kafkaPartition=12}"));
    let refusal = world.try_put_record(Some("k"), Some("1"), &[]).unwrap_err();
    assert!(refusal.error.message.starts_with("Headers cannot be null for SinkRecord: "));
}

#[test]
fn keys_of_tombstones_have_a_folder_of_their_own() {
    let mut world = World::new(
        "behavior.on.null.values=write\nstore.kafka.keys=true\nkeys.format.class=JsonFormat\n\
         key.converter=StringConverter\ntombstone.encoded.partition=gone\nflush.size=3",
    );
    for key in ["a", "b", "c"] {
        world.try_put_record(Some(key), None, &[]).unwrap();
    }
    let only = "topics/test-topic/gone/test-topic+12+0000000000.keys.json";
    assert_eq!(world.objects.keys().collect::<Vec<_>>(), [only]);
    assert_eq!(world.object(only), "\"a\"\n\"b\"\n\"c\"\n");
}

#[test]
fn a_tombstone_among_records_of_its_folder_closes_the_file() {
    let settings = "behavior.on.null.values=write\nstore.kafka.keys=true\n\
         keys.format.class=JsonFormat\nkey.converter=StringConverter\n\
         tombstone.encoded.partition=partition=12\nflush.size=3";
    let starts = |world: &World| -> Vec<(String, u64)> {
        let keys = world.files.iter().filter(|(key, _)| key.ends_with(".keys.json"));
        keys.map(|(key, count)| (key[key.len() - 20..key.len() - 10].to_owned(), *count)).collect()
    };
    let mut first = World::new(settings);
    first.try_put_record(Some("k"), None, &[]).unwrap();
    for _ in 0..9 {
        first.try_put_record(Some("k"), Some("v"), &[]).unwrap();
    }
    let at = |list: &[(u32, u64)]| -> Vec<(String, u64)> {
        list.iter().map(|(start, count)| (format!("{start:010}"), *count)).collect()
    };
    assert_eq!(starts(&first), at(&[(0, 1), (1, 3), (4, 3), (7, 3)]));
    let mut last = World::new(settings);
    for index in 0..11 {
        let value = if index == 9 { None } else { Some("v") };
        last.try_put_record(Some("k"), value, &[]).unwrap();
    }
    assert_eq!(starts(&last), at(&[(0, 3), (3, 3), (6, 3), (9, 1)]));
}

#[test]
fn null_values_are_reported_where_somebody_listens() {
    let ignore = format!("{JSON}behavior.on.null.values=ignore\n");
    World::new(&ignore).try_put(0, None).unwrap();
    let listening = format!("{ignore}errors.log.enable=true\n");
    let refusal = World::new(&listening).try_put(0, None).unwrap_err();
    assert_eq!(refusal.error.message, "Skipping null value record.");
    World::new(&format!("{listening}report.null.values.to.dlq=false")).try_put(0, None).unwrap();
    let mut tolerant = World::new(&format!("{listening}errors.tolerance=all"));
    tolerant.try_put(0, None).unwrap();
    assert_eq!(tolerant.skipped, 1);
}

#[test]
fn transforms_work_on_records_before_they_find_their_folder() {
    let mut world = World::new(&format!(
        "{JSON}flush.size=2\ntransforms=insert,drop,route\n\
         transforms.insert.type=org.apache.kafka.connect.transforms.InsertField$Value\n\
         transforms.insert.static.field=env\ntransforms.insert.static.value=dev\n\
         transforms.drop.type=Filter\ntransforms.drop.predicate=gone\n\
         transforms.route.type=RegexRouter\ntransforms.route.regex=test-(.*)\n\
         transforms.route.replacement=all-$1\npredicates=gone\n\
         predicates.gone.type=org.apache.kafka.connect.transforms.predicates.RecordIsTombstone"
    ));
    world.put(0, r#"{"a":1}"#).try_put(0, None).unwrap();
    world.put(0, r#"{"a":2}"#);
    let key = "topics/all-topic/partition=12/all-topic+12+0000000000.json";
    assert_eq!(world.object(key), "{\"a\":1,\"env\":\"dev\"}\n{\"a\":2,\"env\":\"dev\"}\n");
    assert_eq!(world.committed, Some(3));
}

#[test]
fn what_the_partitioner_refuses_is_skipped_only_with_a_log() {
    let field = format!(
        "{JSON}partitioner.class=FieldPartitioner\npartition.field.name=a\nerrors.tolerance=all\n"
    );
    let refusal = World::new(&field).try_put(0, Some(br#"{"a":1}"#)).unwrap_err();
    assert_eq!(refusal.error.message, "Error encoding partition.");
    World::new(&format!("{field}errors.log.enable=true")).put(0, r#"{"a":1}"#);
}

const RECORD: &str = r#"{"schema":{"type":"struct","fields":[
    {"field":"string","type":"string","optional":true},{"field":"int","type":"int32"},
    {"field":"boolean","type":"boolean"},{"field":"double","type":"double"},
    {"field":"float","type":"float"},{"field":"list","type":"array","items":{"type":"int32"}},
    {"field":"user","type":"struct","fields":[{"field":"address","type":"struct","optional":true,
        "fields":[{"field":"city","type":"string"}]}]}]},
    "payload":{"string":STRING,"int":12,"boolean":true,"double":1.5,"float":1.5,"list":[1],"user":{"address":ADDRESS}}}"#;

fn folder(fields: &str, string: &str, address: &str) -> Result<String, String> {
    let mut world = World::new(&format!(
        "flush.size=1\nvalue.converter=JsonConverter\npartitioner.class=FieldPartitioner\n\
         partition.field.name={fields}"
    ));
    let record = RECORD.replace("STRING", string).replace("ADDRESS", address);
    world.try_put(0, Some(record.as_bytes())).map_err(|error| error.error.message)?;
    let (key, name) = (&world.files[0].0, "test-topic+12+0000000000.json");
    let rest = key.strip_prefix("topics/").unwrap_or(key).strip_prefix("test-topic").unwrap();
    Ok(rest[1..rest.len() - 1 - name.len()].to_owned())
}

#[test]
fn fields_make_folders() {
    let seoul = r#"{"city":"Seoul"}"#;
    let folder_of = |fields: &str, string: &str| folder(fields, string, seoul).unwrap();
    assert_eq!(folder_of("string,int", "\"def\""), "string=def/int=12");
    assert_eq!(folder_of("int, string", "\"def\""), "int=12/string=def");
    assert_eq!(folder_of("boolean", "\"\""), "boolean=true");
    assert_eq!(folder_of("string", "null"), "string=null");
    assert_eq!(folder_of("string", "\"\""), "string=");
    assert_eq!(
        folder_of("string", r#""test/with\\special:chars=and+spaces""#),
        r"string=test/with\special:chars=and+spaces"
    );
    assert_eq!(folder_of("user.address.city", "null"), "user.address.city=Seoul");
    assert_eq!(folder("user.address.city", "null", "null").unwrap(), "user.address.city=null");
    for field in ["double", "float", "list"] {
        assert_eq!(folder(field, "null", seoul).unwrap_err(), "Error encoding partition.");
    }
    let piped = "string,int\ndirectory.delim=|\ntopics.dir=";
    assert_eq!(folder_of(piped, "\"def\""), "string=def|int=12");
    assert_eq!(
        folder("nope", "null", seoul).unwrap_err(),
        "Field 'nope' is not present in the schema."
    );
}

fn moment(value: &str) -> Result<String, String> {
    let mut world = World::new(&format!(
        "{JSON}partitioner.class=TimeBasedPartitioner\npath.format=YYYY-MM-dd'T'HH:mm:ss.SSS\n\
         partition.duration.ms=1\ntimezone=UTC\ntimestamp.extractor=RecordField\ntimestamp.field=t\n\
         flush.size=1"
    ));
    world.try_put(0, Some(value.as_bytes())).map_err(|error| error.error.message)?;
    Ok(world.files[0].0["topics/test-topic/".len()..][..23].to_owned())
}

#[test]
fn a_field_gives_the_moment() {
    assert_eq!(moment(r#"{"t":1718000000000}"#).unwrap(), "2024-06-10T06:13:20.000");
    assert_eq!(moment(r#"{"t":"1718000000000"}"#).unwrap(), "2024-06-10T06:13:20.000");
    assert_eq!(moment(r#"{"t":1718000000000.9}"#).unwrap(), "2024-06-10T06:13:20.000");
    assert_eq!(moment(r#"{"t":"2024-06-10T15:13:20+09:00"}"#).unwrap(), "2024-06-10T06:13:20.000");
    assert_eq!(moment(r#"{"t":"0"}"#).unwrap(), "1970-01-01T00:00:00.000");
    assert_eq!(moment(r#"{"t":"-1"}"#).unwrap(), "1969-12-31T23:59:59.999");
    assert_eq!(moment(r#"{"t":"def"}"#).unwrap_err(), "Invalid format: \"def\"");
    assert_eq!(moment(r#"{"u":1}"#).unwrap_err(), "The field 't' does not exist.");
    assert_eq!(
        moment(r#"{"t":[1]}"#).unwrap_err(),
        "Error extracting timestamp from record field: t"
    );
    assert_eq!(moment("[1]").unwrap_err(), "Error encoding partition.");
}

#[test]
fn a_field_of_a_schema_gives_the_moment_only_in_whole_numbers_and_text() {
    let moment_of = |kind: &str, value: &str| {
        let mut world = World::new(
            "value.converter=JsonConverter\npartitioner.class=HourlyPartitioner\n\
             timestamp.extractor=RecordField\ntimestamp.field=t\nflush.size=10",
        );
        let record = format!(
            r#"{{"schema":{{"type":"struct","fields":[{{"field":"t","type":"{kind}"}}]}},
            "payload":{{"t":{value}}}}}"#
        );
        let outcome = world.try_put(0, Some(record.as_bytes()));
        outcome.map(|()| world.writer.base_timestamp_ms()).map_err(|error| error.error.message)
    };
    for kind in ["float", "double"] {
        assert_eq!(
            moment_of(kind, "1.5").unwrap_err(),
            "Error extracting timestamp from record field: t"
        );
    }
    assert_eq!(moment_of("string", "\"def\"").unwrap_err(), "Invalid format: \"def\"");
    for number in [-1, 0, i64::MIN, i64::MAX] {
        assert_eq!(moment_of("string", &format!("\"{number}\"")), Ok(Some(number)));
        assert_eq!(moment_of("int64", &number.to_string()), Ok(Some(number)));
    }
}
