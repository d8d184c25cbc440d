//! `schema.compatibility`: which records share a file, and what they look like there.

use std::ops::Range;

use super::world::World;

fn record(version: u32, number: i64) -> String {
    let added = match version {
        1 => "",
        _ => r#",{"field":"added","type":"string","default":"none"}"#,
    };
    format!(
        r#"{{"schema":{{"type":"struct","name":"record","version":{version},"fields":[
        {{"field":"n","type":"int64"}}{added}]}},"payload":{{"n":{number},"added":"yes"}}}}"#
    )
}

/// Version 1 at even offsets and 2 at odd ones; where files begin, and what is committed.
fn starts(mode: &str, numbers: Range<i64>) -> (Vec<i64>, Option<i64>, World) {
    let mut world = World::new(&format!(
        "flush.size=2\nvalue.converter=JsonConverter\nschema.compatibility={mode}"
    ));
    world.next = numbers.start;
    for number in numbers {
        world.put(0, &record(if number % 2 == 0 { 1 } else { 2 }, number));
    }
    (world.starts(), world.committed, world)
}

#[test]
fn without_compatibility_every_change_begins_a_file() {
    let (starts, committed, _) = starts("NONE", 0..7);
    assert_eq!((starts, committed), (vec![0, 1, 2, 3, 4, 5], Some(6)));
}

#[test]
fn backward_projects_older_records_to_the_newer_file() {
    for mode in ["BACKWARD", "FULL"] {
        let (starts, committed, world) = starts(mode, 0..7);
        assert_eq!((starts, committed), (vec![0, 1, 3, 5], Some(7)));
        assert_eq!(
            world.object("topics/test-topic/partition=12/test-topic+12+0000000001.json"),
            "{\"n\":1,\"added\":\"yes\"}\n{\"n\":2,\"added\":\"none\"}\n"
        );
    }
}

#[test]
fn forward_projects_newer_records_to_the_older_file() {
    let (starts, committed, world) = starts("FORWARD", 1..8);
    assert_eq!((starts, committed), (vec![1, 2, 4, 6], Some(8)));
    assert_eq!(
        world.object("topics/test-topic/partition=12/test-topic+12+0000000002.json"),
        "{\"n\":2}\n{\"n\":3}\n"
    );
}

#[test]
fn a_schema_without_version_is_refused_where_versions_count() {
    let mut world =
        World::new("flush.size=2\nvalue.converter=JsonConverter\nschema.compatibility=BACKWARD");
    world.put(0, &record(1, 0).replace(r#""version":1,"#, ""));
    let refusal = world.try_put(0, Some(record(2, 1).as_bytes())).unwrap_err();
    assert_eq!(refusal.error.message, "Schema version required for BACKWARD compatibility");
    assert!(world.files.is_empty());
}

#[test]
fn what_cannot_be_projected_begins_a_file() {
    let mut world =
        World::new("flush.size=10\nvalue.converter=JsonConverter\nschema.compatibility=BACKWARD");
    world.put(0, &record(2, 0));
    // Older, but a number is no string.
    world.put(0, &record(1, 1).replace("int64", "string").replace("\"n\":1", "\"n\":\"1\""));
    assert_eq!(world.files.len(), 1);
}
