//! What objects are called.

use expect_test::expect;

use super::world::{World, config};
use crate::base::{Offset, TopicPartition};
use crate::connect::writer::{ObjectName, object_key};

const RECORD: &str = r#"{"schema":{"type":"struct","fields":[{"field":"n","type":"int32"}]},
    "payload":{"n":1}}"#;

/// So many records of a schema as the connector's own tests write them.
fn records(changes: &str, count: usize) -> World {
    let mut world = World::new(&format!("value.converter=JsonConverter\n{changes}"));
    for _ in 0..count {
        world.put(0, RECORD);
    }
    world
}

#[test]
fn folders_and_files_have_delimiters_of_their_own() {
    expect![[r"
        topics/test-topic/partition=12/test-topic#12#0000000000.avro x1
        topics/test-topic/partition=12/test-topic#12#0000000001.avro x1
        topics/test-topic/partition=12/test-topic#12#0000000002.avro x1
        topics/test-topic/partition=12/test-topic#12#0000000003.avro x1
        topics/test-topic/partition=12/test-topic#12#0000000004.avro x1
    "]]
    .assert_eq(&records("file.delim=#\nflush.size=1\nformat.class=AvroFormat", 5).shown());
}

#[test]
fn a_narrow_pad_width_makes_short_names() {
    let narrow = "directory.delim=_\nfile.delim=#\nfilename.offset.zero.pad.width=2";
    expect![[r"
        topics_test-topic_partition=12_test-topic#12#00.avro x3
        topics_test-topic_partition=12_test-topic#12#03.avro x3
        topics_test-topic_partition=12_test-topic#12#06.avro x3
    "]]
    .assert_eq(&records(&format!("{narrow}\nformat.class=AvroFormat"), 10).shown());
}

#[test]
fn thirty_records_become_ten_files_of_every_format() {
    let formats =
        [("AvroFormat", "avro"), ("JsonFormat", "json"), ("ParquetFormat", "snappy.parquet")];
    for topic in ["orders", "other.json.topic.json"] {
        for (class, extension) in formats {
            let changes = format!("topics={topic}\nformat.class={class}");
            let config = config(&format!("value.converter=JsonConverter\n{changes}"));
            let mut world = World::of(&config, 0, 0);
            for _ in 0..30 {
                world.put(0, RECORD);
            }
            let expected: Vec<(String, u64)> = (0..30)
                .step_by(3)
                .map(|start| {
                    let name = format!("{topic}+0+{start:010}.{extension}");
                    (format!("topics/{topic}/partition=0/{name}"), 3)
                })
                .collect();
            assert_eq!(world.files, expected);
        }
    }
}

#[test]
fn thirty_tombstones_become_ten_files_of_keys() {
    let mut world = World::new(
        "behavior.on.null.values=write\nstore.kafka.keys=true\nkeys.format.class=JsonFormat\n\
         key.converter=StringConverter",
    );
    for _ in 0..30 {
        world.try_put_record(Some("key"), None, &[]).unwrap();
    }
    assert_eq!(world.starts(), (0..30).step_by(3).collect::<Vec<_>>());
    for start in (0..30).step_by(3) {
        let key = format!("topics/test-topic/tombstone/test-topic+12+{start:010}.keys.json");
        assert_eq!(world.object(&key), "\"key\"\n\"key\"\n\"key\"\n");
    }
    assert_eq!(world.objects.len(), 10);
}

/// The names of the values', the keys' and the headers' objects of `topic`.
fn three_names(topic: &str, values: &str, keys: &str, headers: &str) -> [String; 3] {
    let config = config(&format!(
        "topics={topic}\nvalue.converter=JsonConverter\nkey.converter=StringConverter\n\
         store.kafka.keys=true\nstore.kafka.headers=true\nformat.class={values}\n\
         keys.format.class={keys}\nheaders.format.class={headers}"
    ));
    let partition = TopicPartition::new(topic, 0);
    let name = ObjectName { partition: &partition, topic, folder: "p", start: Offset(0) };
    [
        &config.naming.extension,
        &config.keys.as_ref().unwrap().extension,
        &config.headers.as_ref().unwrap().extension,
    ]
    .map(|extension| {
        let key = object_key(&config.naming, &name, extension);
        key.rsplit('/').next().unwrap().to_owned()
    })
}

#[test]
fn names_of_keys_and_headers_differ_in_the_extension_only() {
    assert_eq!(
        three_names("x", "AvroFormat", "AvroFormat", "AvroFormat"),
        ["x+0+0000000000.avro", "x+0+0000000000.keys.avro", "x+0+0000000000.headers.avro"]
    );
    let dotted = "sample.file.avro.RawEvent";
    assert_eq!(
        three_names(dotted, "AvroFormat", "AvroFormat", "AvroFormat")[2],
        format!("{dotted}+0+0000000000.headers.avro")
    );
    assert_eq!(
        three_names("x", "ParquetFormat", "JsonFormat", "ParquetFormat"),
        [
            "x+0+0000000000.snappy.parquet",
            "x+0+0000000000.keys.json",
            "x+0+0000000000.headers.snappy.parquet"
        ]
    );
}
