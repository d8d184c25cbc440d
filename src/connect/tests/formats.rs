//! Avro and Parquet: what the connector would have put into the files. That other readers
//! understand them is for `tests/clients` to see.

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::printer::print_schema;

use super::world::World;
use crate::connect::convert::Stage;

const FIELDS: &str = r#"{"type":"struct","name":"shop.Order","fields":[
    {"field":"id","type":"int64"},{"field":"note","type":"string","optional":true},
    {"field":"tags","type":"array","items":{"type":"string"}},
    {"field":"sizes","type":"map","keys":{"type":"string"},"values":{"type":"int32"},"optional":true},
    {"field":"by_id","type":"map","keys":{"type":"int32"},"values":{"type":"string"}},
    {"field":"at","type":"int64","name":"org.apache.kafka.connect.data.Timestamp","version":1},
    {"field":"price","type":"bytes","name":"org.apache.kafka.connect.data.Decimal","version":1,
     "parameters":{"scale":"2"}},
    {"field":"who","type":"struct","optional":true,"fields":[
        {"field":"city","type":"string","optional":true},{"field":"zip","type":"int16"}]}]}"#;

fn order(id: i64, rest: &str) -> String {
    format!(
        r#"{{"schema":{FIELDS},"payload":{{"id":{id},"at":1718000000000,"price":12.34{rest}}}}}"#
    )
}

fn orders(settings: &str) -> World {
    let mut world = World::new(&format!("flush.size=3\nvalue.converter=JsonConverter\n{settings}"));
    world
        .put(0, &order(1, r#","note":"한국","tags":["a","b"],"sizes":{"x":1},"by_id":[[7,"s"]],"who":{"zip":5}"#))
        .put(0, &order(2, r#","tags":[],"by_id":[],"who":null"#))
        .put(0, &order(3, r#","tags":["c"],"sizes":{},"by_id":[],"who":{"city":"Seoul","zip":6}"#));
    world
}

fn only_object(world: &World) -> (&str, &[u8]) {
    assert_eq!(world.objects.len(), 1);
    let (key, bytes) = world.objects.first_key_value().unwrap();
    (key, bytes)
}

#[test]
fn parquet_has_the_shape_that_parquet_avro_gives() {
    let world = orders("format.class=ParquetFormat");
    let (key, bytes) = only_object(&world);
    assert!(key.ends_with("test-topic+12+0000000000.snappy.parquet"), "{key}");
    let reader = SerializedFileReader::new(bytes::Bytes::copy_from_slice(bytes)).unwrap();
    let mut shape = Vec::new();
    print_schema(&mut shape, reader.metadata().file_metadata().schema());
    let shape = String::from_utf8(shape).unwrap();
    expect_test::expect![[r#"
        message shop.Order {
          REQUIRED INT64 id;
          OPTIONAL BYTE_ARRAY note (STRING);
          REQUIRED group tags (LIST) {
            REPEATED BYTE_ARRAY array (STRING);
          }
          OPTIONAL group sizes (MAP) {
            REPEATED group key_value {
              REQUIRED BYTE_ARRAY key (STRING);
              REQUIRED INT32 value;
            }
          }
          REQUIRED group by_id (LIST) {
            REPEATED group array {
              REQUIRED INT32 key;
              REQUIRED BYTE_ARRAY value (STRING);
            }
          }
          REQUIRED INT64 at (TIMESTAMP(MILLIS,true));
          REQUIRED BYTE_ARRAY price (DECIMAL(64,2));
          OPTIONAL group who {
            OPTIONAL BYTE_ARRAY city (STRING);
            REQUIRED INT32 zip;
          }
        }
    "#]]
    .assert_eq(&shape);
    let footer = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let avro = footer.iter().find(|entry| entry.key == "parquet.avro.schema").unwrap();
    assert!(avro.value.as_ref().unwrap().starts_with(r#"{"type":"record","name":"Order","#));
}

#[test]
fn parquet_keeps_every_value() {
    for codec in ["none", "snappy", "gzip", "lz4", "lz4_raw", "zstd", "brotli"] {
        let world = orders(&format!("format.class=ParquetFormat\nparquet.codec={codec}"));
        let (_, bytes) = only_object(&world);
        let reader = SerializedFileReader::new(bytes::Bytes::copy_from_slice(bytes)).unwrap();
        let rows = reader.get_row_iter(None).unwrap();
        let rows: Vec<String> = rows.map(|row| row.unwrap().to_string()).collect();
        assert_eq!(rows.len(), 3, "{codec}");
        // This reader takes a list of two levels for a list of lists.
        expect_test::expect![[r#"
            {id: 1, note: "한국", tags: [["a", "b"]], sizes: {"x" -> 1}, by_id: [[{key: 7, value: "s"}]], at: 2024-06-10 06:13:20.000 +00:00, price: 12.34, who: {city: null, zip: 5}}
            {id: 2, note: null, tags: [], sizes: null, by_id: [], at: 2024-06-10 06:13:20.000 +00:00, price: 12.34, who: null}
            {id: 3, note: null, tags: [["c"]], sizes: {}, by_id: [], at: 2024-06-10 06:13:20.000 +00:00, price: 12.34, who: {city: "Seoul", zip: 6}}"#]]
        .assert_eq(&rows.join("\n"));
    }
}

#[test]
fn lists_whose_elements_may_be_null_have_three_levels() {
    let mut world =
        World::new("flush.size=1\nvalue.converter=JsonConverter\nformat.class=ParquetFormat");
    world.put(
        0,
        r#"{"schema":{"type":"struct","fields":[{"field":"a","type":"array",
        "items":{"type":"int32","optional":true}}]},"payload":{"a":[1,null,3]}}"#,
    );
    let (_, bytes) = only_object(&world);
    let reader = SerializedFileReader::new(bytes::Bytes::copy_from_slice(bytes)).unwrap();
    let mut shape = Vec::new();
    print_schema(&mut shape, reader.metadata().file_metadata().schema());
    expect_test::expect![[r#"
        message io.confluent.connect.avro.ConnectDefault {
          REQUIRED group a (LIST) {
            REPEATED group list {
              OPTIONAL INT32 element;
            }
          }
        }
    "#]]
    .assert_eq(&String::from_utf8(shape).unwrap());
    let row = reader.get_row_iter(None).unwrap().next().unwrap().unwrap();
    assert_eq!(row.to_string(), "{a: [1, null, 3]}");
}

#[test]
fn the_same_records_make_the_same_file() {
    for settings in [
        "format.class=AvroFormat",
        "format.class=AvroFormat\navro.codec=deflate",
        "format.class=AvroFormat\navro.codec=snappy",
        "format.class=AvroFormat\navro.codec=bzip2",
        "format.class=ParquetFormat",
        "format.class=ParquetFormat\nparquet.codec=zstd",
    ] {
        assert_eq!(orders(settings).objects, orders(settings).objects, "{settings}");
    }
}

#[test]
fn avro_begins_with_schema_and_codec() {
    let world = orders("format.class=AvroFormat\navro.codec=snappy");
    let (key, bytes) = only_object(&world);
    assert!(key.ends_with("test-topic+12+0000000000.avro"), "{key}");
    assert!(bytes.starts_with(b"Obj\x01\x04\x16avro.schema"));
    let text = String::from_utf8_lossy(bytes);
    assert!(text.contains(r#"{"type":"record","name":"Order","namespace":"shop""#));
    assert!(text.contains("avro.codec\x0csnappy"));
}

#[test]
fn a_single_string_is_a_file_of_strings_to_avro() {
    let mut world =
        World::new("flush.size=1\nvalue.converter=StringConverter\nformat.class=AvroFormat");
    world.put(0, "x");
    let (_, bytes) = only_object(&world);
    assert!(String::from_utf8_lossy(bytes).contains(r#"["null","string"]"#));
}

#[test]
fn parquet_wants_records() {
    let mut world =
        World::new("flush.size=1\nvalue.converter=StringConverter\nformat.class=ParquetFormat");
    let refusal = world.try_put(0, Some(b"x")).unwrap_err();
    assert_eq!(
        (refusal.error.stage, refusal.error.message.as_str()),
        (Stage::Fatal, "Avro schema must be a record.")
    );
}

#[test]
fn plain_json_is_refused_by_the_formats_with_schemas() {
    for (class, text) in
        [("AvroFormat", "already open"), ("ParquetFormat", "java.lang.NullPointerException")]
    {
        let mut world = World::new(&format!(
            "format.class={class}\nvalue.converter=JsonConverter\nvalue.converter.schemas.enable=false"
        ));
        let refusal = world.try_put(0, Some(b"{}")).unwrap_err();
        assert_eq!(refusal.error.stage, Stage::Fatal);
        assert!(refusal.error.message.starts_with(text), "{}", refusal.error.message);
    }
}

#[test]
fn a_record_that_does_not_fit_leaves_nothing_behind() {
    let decimal = |digits: &str| {
        format!(
            r#"{{"schema":{{"type":"struct","fields":[{{"field":"s","type":"string"}},
            {{"field":"p","type":"bytes","name":"org.apache.kafka.connect.data.Decimal","version":1,
            "parameters":{{"scale":"2"}}}}]}},"payload":{{"s":"a","p":{digits}}}}}"#
        )
    };
    for class in ["AvroFormat", "ParquetFormat"] {
        let mut world = World::new(&format!(
            "flush.size=2\nvalue.converter=JsonConverter\nformat.class={class}\n\
             errors.tolerance=all\nerrors.log.enable=true"
        ));
        world.put(0, &decimal("1.23")).put(0, &decimal("1.2")).put(0, &decimal("4.56"));
        assert_eq!(world.files.iter().map(|(_, count)| count).sum::<u64>(), 2, "{class}");
        assert_eq!(world.skipped, 1);
        if class == "ParquetFormat" {
            let (_, bytes) = only_object(&world);
            let reader = SerializedFileReader::new(bytes::Bytes::copy_from_slice(bytes)).unwrap();
            assert_eq!(reader.get_row_iter(None).unwrap().count(), 2);
        }
    }
}

#[test]
fn a_large_file_is_handed_out_in_row_groups() {
    let mut world =
        World::new("flush.size=100000\nvalue.converter=JsonConverter\nformat.class=ParquetFormat");
    let payload = "x".repeat(1 << 20);
    let record = format!(
        r#"{{"schema":{{"type":"struct","fields":[{{"field":"s","type":"string"}}]}},"payload":{{"s":"{payload}"}}}}"#
    );
    for _ in 0..40 {
        world.put(0, &record);
        assert!(world.writer.held_bytes() < 12 << 20);
    }
}
