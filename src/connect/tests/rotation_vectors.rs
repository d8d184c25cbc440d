//! Which files come of which records.

use expect_test::{Expect, expect};

use super::world::{HOUR, MARCH_2_10_00, MINUTE, SECOND, World, config};

const HOURLY: &str = "partitioner.class=HourlyPartitioner\ntimestamp.extractor=Record\n";

fn check(world: &World, expected: &Expect) {
    expected.assert_eq(&world.shown());
}

fn many(changes: &str, count: i64) -> World {
    let mut world = World::new(changes);
    for _ in 0..count {
        world.put(0, "x");
    }
    world
}

#[test]
fn a_file_closes_at_flush_size() {
    let world = many("directory.delim=_\nfile.delim=#", 10);
    check(
        &world,
        &expect![[r"
            topics_test-topic_partition=12_test-topic#12#0000000000.json x3
            topics_test-topic_partition=12_test-topic#12#0000000003.json x3
            topics_test-topic_partition=12_test-topic#12#0000000006.json x3
        "]],
    );
    assert_eq!(world.committed, Some(9));
    assert_eq!(world.writer.record_count(), 1);
}

#[test]
fn offsets_are_padded_to_a_width() {
    let mut world = World::new("filename.offset.zero.pad.width=2\nflush.size=1");
    world.next = 7;
    world.put(0, "x");
    world.next = 1000;
    world.put(0, "x");
    check(
        &world,
        &expect![[r"
            topics/test-topic/partition=12/test-topic+12+07.json x1
            topics/test-topic/partition=12/test-topic+12+1000.json x1
        "]],
    );
    let mut world = World::new("flush.size=1");
    world.next = 12_345_678_901;
    world.put(0, "x");
    check(
        &world,
        &expect![[r"
            topics/test-topic/partition=12/test-topic+12+12345678901.json x1
        "]],
    );
}

#[test]
fn without_topics_dir_there_is_no_leading_delimiter() {
    let world = many("topics.dir=\ndirectory.delim=_\nfile.delim=#", 3);
    check(
        &world,
        &expect![[r"
            test-topic_partition=12_test-topic#12#0000000000.json x3
        "]],
    );
}

#[test]
fn the_extension_follows_format_and_compression() {
    let world = many("s3.compression.type=gzip", 3);
    assert!(world.files[0].0.ends_with("+0000000000.json.gz"));
    let bytes = "format.class=ByteArrayFormat\n";
    assert!(many(bytes, 3).files[0].0.ends_with("+0000000000.bin"));
    let json_lines = format!("{bytes}format.bytearray.extension=.json\ns3.compression.type=gzip");
    assert!(many(&json_lines, 3).files[0].0.ends_with("+0000000000.json.gz"));
}

#[test]
fn flush_size_counts_over_all_folders() {
    let mut world = World::new(
        "flush.size=9\npartitioner.class=FieldPartitioner\npartition.field.name=int\n\
         value.converter=JsonConverter\n",
    );
    for index in 0..18 {
        let int = 16 + index % 3;
        world.put(0, &format!(
            r#"{{"schema":{{"type":"struct","fields":[{{"field":"int","type":"int32"}}]}},"payload":{{"int":{int}}}}}"#
        ));
    }
    check(
        &world,
        &expect![[r"
            topics/test-topic/int=16/test-topic+12+0000000000.json x3
            topics/test-topic/int=17/test-topic+12+0000000001.json x3
            topics/test-topic/int=18/test-topic+12+0000000002.json x3
            topics/test-topic/int=16/test-topic+12+0000000009.json x3
            topics/test-topic/int=17/test-topic+12+0000000010.json x3
            topics/test-topic/int=18/test-topic+12+0000000011.json x3
        "]],
    );
}

#[test]
fn an_interval_closes_when_a_later_record_comes() {
    let mut world = World::new(&format!("{HOURLY}flush.size=1000\nrotate.interval.ms=60000"));
    for index in 0..9 {
        world.put(MARCH_2_10_00 + index * 20 * SECOND, "x");
    }
    for index in 0..9 {
        world.put(MARCH_2_10_00 + 2 * HOUR + index * 20 * SECOND, "x");
    }
    check(
        &world,
        &expect![[r"
            topics/test-topic/year=2017/month=03/day=02/hour=10/test-topic+12+0000000000.json x3
            topics/test-topic/year=2017/month=03/day=02/hour=10/test-topic+12+0000000003.json x3
            topics/test-topic/year=2017/month=03/day=02/hour=10/test-topic+12+0000000006.json x3
            topics/test-topic/year=2017/month=03/day=02/hour=12/test-topic+12+0000000009.json x3
            topics/test-topic/year=2017/month=03/day=02/hour=12/test-topic+12+0000000012.json x3
        "]],
    );
    assert_eq!(world.committed, Some(15));
}

#[test]
fn a_field_of_the_value_may_be_the_time() {
    let mut world = World::new(
        "partitioner.class=HourlyPartitioner\ntimestamp.extractor=RecordField\n\
         timestamp.field=event.at\nvalue.converter=JsonConverter\n\
         value.converter.schemas.enable=false\nrotate.interval.ms=60000\nflush.size=1000",
    );
    for minute in [0, 1, 360] {
        let at = MARCH_2_10_00 + minute * MINUTE;
        world.put(0, &format!(r#"{{"event":{{"at":{at},"x":1}}}}"#));
    }
    let text = r#"{"event":{"at":"2017-03-02T17:00:00-08:00"}}"#;
    world.put(0, text);
    world.put(0, r#"{"event":{"at":"1488510000000"}}"#);
    check(
        &world,
        &expect![[r"
            topics/test-topic/year=2017/month=03/day=02/hour=10/test-topic+12+0000000000.json x1
            topics/test-topic/year=2017/month=03/day=02/hour=10/test-topic+12+0000000001.json x1
            topics/test-topic/year=2017/month=03/day=02/hour=16/test-topic+12+0000000002.json x1
            topics/test-topic/year=2017/month=03/day=02/hour=17/test-topic+12+0000000003.json x1
        "]],
    );
}

#[test]
fn a_record_of_a_later_hour_closes_the_files_of_the_earlier() {
    let mut world = World::new(
        "partitioner.class=HourlyPartitioner\ntimestamp.extractor=RecordField\n\
         timestamp.field=at\nvalue.converter=JsonConverter\n\
         value.converter.schemas.enable=false\nrotate.interval.ms=60000\nflush.size=1000",
    );
    let mut put = |at: i64| _ = world.put(0, &format!("{{\"at\":{at}}}"));
    for hours in [0, 2] {
        (0..9).for_each(|index| put(MARCH_2_10_00 + hours * HOUR + index * 20 * SECOND));
    }
    put(MARCH_2_10_00 + 6 * HOUR);
    check(
        &world,
        &expect![[r"
            topics/test-topic/year=2017/month=03/day=02/hour=10/test-topic+12+0000000000.json x3
            topics/test-topic/year=2017/month=03/day=02/hour=10/test-topic+12+0000000003.json x3
            topics/test-topic/year=2017/month=03/day=02/hour=10/test-topic+12+0000000006.json x3
            topics/test-topic/year=2017/month=03/day=02/hour=12/test-topic+12+0000000009.json x3
            topics/test-topic/year=2017/month=03/day=02/hour=12/test-topic+12+0000000012.json x3
            topics/test-topic/year=2017/month=03/day=02/hour=12/test-topic+12+0000000015.json x3
        "]],
    );
    assert_eq!(world.committed, Some(18));
}

fn interleaved(changes: &str) -> World {
    let mut world =
        World::new(&format!("{HOURLY}flush.size=1000\nrotate.interval.ms=600000\n{changes}"));
    for minute in [0, -2, 9, -5, 10] {
        world.put(MARCH_2_10_00 + minute * MINUTE, "x");
    }
    world
}

#[test]
fn a_change_of_folder_closes_only_where_it_is_wanted() {
    check(
        &interleaved("rotate.file.on.partition.change=false"),
        &expect![[r"
            topics/test-topic/year=2017/month=03/day=02/hour=10/test-topic+12+0000000000.json x2
            topics/test-topic/year=2017/month=03/day=02/hour=09/test-topic+12+0000000001.json x2
        "]],
    );
    check(
        &interleaved(""),
        &expect![[r"
            topics/test-topic/year=2017/month=03/day=02/hour=10/test-topic+12+0000000000.json x1
            topics/test-topic/year=2017/month=03/day=02/hour=09/test-topic+12+0000000001.json x1
            topics/test-topic/year=2017/month=03/day=02/hour=10/test-topic+12+0000000002.json x1
            topics/test-topic/year=2017/month=03/day=02/hour=09/test-topic+12+0000000003.json x1
        "]],
    );
}

#[test]
fn late_records_do_not_fire_the_interval() {
    let mut world = World::new(&format!(
        "{HOURLY}flush.size=1000\nrotate.interval.ms=86400000\nrotate.file.on.partition.change=false"
    ));
    let first = MARCH_2_10_00 - 24 * HOUR;
    for hours in [0, -2, 21, 19] {
        world.put(first + hours * HOUR, "x");
    }
    assert_eq!(world.files, []);
    world.put(first + 24 * HOUR, "x");
    check(
        &world,
        &expect![[r"
            topics/test-topic/year=2017/month=03/day=01/hour=10/test-topic+12+0000000000.json x1
            topics/test-topic/year=2017/month=03/day=01/hour=08/test-topic+12+0000000001.json x1
            topics/test-topic/year=2017/month=03/day=02/hour=07/test-topic+12+0000000002.json x1
            topics/test-topic/year=2017/month=03/day=02/hour=05/test-topic+12+0000000003.json x1
        "]],
    );
}

#[test]
fn the_wallclock_is_read_once_per_poll() {
    let mut world = World::new("partitioner.class=HourlyPartitioner\nflush.size=6\ntimezone=UTC");
    world.now_ms = 3_599_000;
    for _ in 0..9 {
        world.put(7, "x");
    }
    check(
        &world,
        &expect![[r"
            topics/test-topic/year=1970/month=01/day=01/hour=00/test-topic+12+0000000000.json x6
        "]],
    );
}

const SCHEDULED: &str = "flush.size=1000\nrotate.schedule.interval.ms=600000\ntimezone=UTC";

#[test]
fn a_schedule_closes_without_new_records() {
    let mut world = World::new(SCHEDULED);
    for _ in 0..2 {
        world.put(0, "x").put(0, "x").put(0, "x");
        world.now_ms += 11 * MINUTE;
        assert!(world.writer.next_deadline_ms().is_some_and(|point| point <= world.now_ms));
        world.idle();
        assert_eq!(world.writer.next_deadline_ms(), None);
    }
    check(
        &world,
        &expect![[r"
            topics/test-topic/partition=12/test-topic+12+0000000000.json x3
            topics/test-topic/partition=12/test-topic+12+0000000003.json x3
        "]],
    );
}

#[test]
fn after_an_idle_time_the_first_record_is_not_closed_alone() {
    let mut world = World::new(SCHEDULED);
    world.now_ms += 11 * MINUTE;
    world.put(0, "x").put(0, "x").put(0, "x");
    assert_eq!(world.files, []);
    world.now_ms += 11 * MINUTE;
    world.idle();
    check(
        &world,
        &expect![[r"
            topics/test-topic/partition=12/test-topic+12+0000000000.json x3
        "]],
    );
}

#[test]
fn an_interval_needs_a_partitioner_that_looks_at_time() {
    let mut world = World::new("flush.size=10\nrotate.interval.ms=1");
    for index in 0..9 {
        world.put(index * HOUR, "x");
    }
    assert_eq!(world.files, []);
}

#[test]
fn open_files_are_limited() {
    let mut world = World::new(
        "flush.size=10\npartitioner.class=FieldPartitioner\npartition.field.name=int\n\
         value.converter=JsonConverter\npartitioner.max.open.files=5",
    );
    for int in 16..22 {
        world.put(0, &format!(
            r#"{{"schema":{{"type":"struct","fields":[{{"field":"int","type":"int32"}}]}},"payload":{{"int":{int}}}}}"#
        ));
    }
    check(
        &world,
        &expect![[r"
            topics/test-topic/int=16/test-topic+12+0000000000.json x1
            topics/test-topic/int=17/test-topic+12+0000000001.json x1
            topics/test-topic/int=18/test-topic+12+0000000002.json x1
            topics/test-topic/int=19/test-topic+12+0000000003.json x1
            topics/test-topic/int=20/test-topic+12+0000000004.json x1
        "]],
    );
    assert_eq!(world.writer.open_files().0, 1);
}

#[test]
fn offsets_move_only_when_files_close() {
    let mut world = World::new("");
    let mut seen = Vec::new();
    for _ in 0..9 {
        world.committed = None;
        world.put(0, "x");
        seen.push(world.committed);
    }
    let none = None;
    assert_eq!(seen, [none, none, Some(3), none, none, Some(6), none, none, Some(9)]);
}

#[test]
fn each_partition_commits_for_itself() {
    let config = config("");
    let mut worlds = [0, 1].map(|partition| World::of(&config, partition, 0));
    let mut round = |counts: [usize; 2]| {
        [0, 1].map(|index| {
            let world = &mut worlds[index];
            world.committed = None;
            (0..counts[index]).for_each(|_| _ = world.put(0, "x"));
            world.committed
        })
    };
    assert_eq!(round([3, 3]), [Some(3), Some(3)]);
    assert_eq!(round([2, 2]), [None, None]);
    assert_eq!(round([1, 1]), [Some(6), Some(6)]);
    assert_eq!(round([3, 2]), [Some(9), None]);
}

#[test]
fn another_schema_closes_the_file() {
    let mut world = World::new("flush.size=2\nvalue.converter=JsonConverter");
    world.put(0, r#"{"schema":{"type":"string"},"payload":"x"}"#);
    world.put(0, r#"{"schema":{"type":"int32"},"payload":1}"#);
    assert_eq!(world.committed, Some(1));
    world.put(0, r#"{"schema":{"type":"int32"},"payload":2}"#);
    assert_eq!(world.committed, Some(3));
    world.put(0, r#"{"schema":null,"payload":{"a":1}}"#);
    world.put(0, r#"{"schema":{"type":"int32"},"payload":3}"#);
    assert_eq!(world.files.len(), 3);
}

#[test]
fn files_begin_where_reading_begins() {
    let mut world = World::new("");
    world.next = 9;
    for _ in 9..16 {
        world.put(0, "x");
    }
    check(
        &world,
        &expect![[r"
            topics/test-topic/partition=12/test-topic+12+0000000009.json x3
            topics/test-topic/partition=12/test-topic+12+0000000012.json x3
        "]],
    );
}

#[test]
fn zero_as_flush_size_closes_after_every_record() {
    assert_eq!(many("flush.size=0", 3).files.len(), 3);
    assert_eq!(many("flush.size=-5", 3).files.len(), 3);
}

#[test]
fn coarse_buckets_freeze_the_finer_letters() {
    let time = "partitioner.class=TimeBasedPartitioner\ntimestamp.extractor=Record\nflush.size=1\n";
    let mut world = World::new(&format!(
        "{time}partition.duration.ms=7200000\npath.format='year'=YYYY/'month'=M/'day'=d/'hour'=H/"
    ));
    // 01:00 on 2 April 2015 in Los Angeles.
    world.put(1_427_961_600_000, "x");
    check(
        &world,
        &expect![[r"
            topics/test-topic/year=2015/month=4/day=2/hour=0/test-topic+12+0000000000.json x1
        "]],
    );
}

#[test]
fn a_level_for_the_schema_can_be_added() {
    let named = r#"{"schema":{"type":"struct","name":"Click","fields":[{"field":"a","type":"int32"}]},"payload":{"a":1}}"#;
    let mut world = World::new(
        "flush.size=1\nvalue.converter=JsonConverter\ns3.schema.partition.affix.type=PREFIX",
    );
    world.put(0, named);
    world.put(0, r#"{"schema":null,"payload":{"a":1}}"#);
    let mut suffix = World::new(
        "flush.size=1\nvalue.converter=JsonConverter\ns3.schema.partition.affix.type=SUFFIX",
    );
    suffix.put(0, named);
    check(
        &world,
        &expect![[r"
            topics/test-topic/schema_name=Click/partition=12/test-topic+12+0000000000.json x1
            topics/test-topic/schema_name=null/partition=12/test-topic+12+0000000001.json x1
        "]],
    );
    check(
        &suffix,
        &expect![[r"
            topics/test-topic/partition=12/schema_name=Click/test-topic+12+0000000000.json x1
        "]],
    );
}
