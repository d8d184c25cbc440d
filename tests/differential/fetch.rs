//! Fetch and ListOffsets.

use std::borrow::Cow;

use klamm::base::Uuid;
use klamm::record::Compression;
use klamm::wire::messages::fetch_request::{FetchPartition, FetchTopic};
use klamm::wire::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use klamm::wire::messages::{FetchRequest, FetchResponse, ListOffsetsRequest};

use super::probe::Probe;
use super::produce::{TIME_MS, batch, keyed, produce};

/// Without waiting and without a session.
fn fetch(topic: &str, id: Uuid, partition: i32, offset: i64) -> FetchRequest<'_> {
    let partition = FetchPartition {
        partition,
        fetch_offset: offset,
        partition_max_bytes: 1 << 20,
        ..FetchPartition::default()
    };
    let topic =
        FetchTopic { topic: Cow::Borrowed(topic), topic_id: id, partitions: vec![partition] };
    FetchRequest { session_epoch: -1, topics: vec![topic], ..FetchRequest::default() }
}

/// In the words of a version: topics by id since 13.
fn in_version(mut request: FetchRequest<'_>, version: i16) -> FetchRequest<'_> {
    for topic in &mut request.topics {
        if version >= 13 {
            topic.topic = Cow::Borrowed("");
        } else {
            topic.topic_id = Uuid::ZERO;
        }
    }
    if version < 7 {
        request.session_epoch = -1;
    }
    request
}

fn fill(probe: &mut Probe, topic: &str) {
    for bytes in [
        batch(&[TIME_MS, TIME_MS + 10, TIME_MS + 5]),
        keyed(&[TIME_MS + 20, TIME_MS + 40, TIME_MS + 40], Compression::Gzip, None),
        batch(&[TIME_MS + 30]),
    ] {
        probe.ask("p", 9, "records", &produce(topic, Some(&bytes)));
    }
}

pub(crate) fn scenario(probe: &mut Probe) {
    let (topic, id) = probe.topic("fetched", 2, &[]);
    probe.ask("f", 12, "from an empty log", &in_version(fetch(&topic, id, 0, 0), 12));
    fill(probe, &topic);
    for version in 4..=18 {
        probe.ask("f", version, "from 0", &in_version(fetch(&topic, id, 0, 0), version));
    }
    for offset in [1, 3, 4, 6, 7, 8, -1, -2] {
        let request = in_version(fetch(&topic, id, 0, offset), 12);
        probe.ask("f", 12, &format!("from {offset}"), &request);
    }
    probe.note("limits");
    // Where a limit cuts a later batch, Kafka sends a part of it, klamm none: clients drop it.
    for bytes in [0, 1, 100] {
        let mut request = in_version(fetch(&topic, id, 0, 0), 12);
        request.topics[0].partitions[0].partition_max_bytes = bytes;
        probe.ask("f", 12, &format!("{bytes} bytes of the partition"), &request);
        let request = FetchRequest { max_bytes: bytes, ..in_version(fetch(&topic, id, 0, 0), 12) };
        probe.ask("f", 12, &format!("{bytes} bytes in all"), &request);
    }
    let committed = FetchRequest { isolation_level: 1, ..in_version(fetch(&topic, id, 0, 0), 12) };
    probe.ask("f", 12, "read committed", &committed);
    probe.note("leader epochs");
    for epoch in [0, 1, 7] {
        let mut request = in_version(fetch(&topic, id, 0, 0), 12);
        request.topics[0].partitions[0].current_leader_epoch = epoch;
        probe.ask("f", 12, &format!("in epoch {epoch}"), &request);
        let mut request = in_version(fetch(&topic, id, 0, 2), 12);
        request.topics[0].partitions[0].last_fetched_epoch = epoch;
        probe.ask("f", 12, &format!("after epoch {epoch}"), &request);
    }
    probe.note("what is not there");
    let unknown = probe.own("unknown");
    for version in [4, 11, 12] {
        let request = in_version(fetch(&unknown, id, 0, 0), version);
        probe.ask("f", version, "an unknown topic", &request);
        let request = in_version(fetch(&topic, id, 9, 0), version);
        probe.ask("f", version, "an unknown partition", &request);
    }
    for version in [13, 18] {
        let request = in_version(fetch(&topic, Uuid([7; 16]), 0, 0), version);
        probe.ask("f", version, "an unknown id", &request);
        let request = in_version(fetch(&topic, id, 9, 0), version);
        probe.ask("f", version, "an unknown partition", &request);
    }
    sessions(probe, &topic, id);
}

fn sessions(probe: &mut Probe, topic: &str, id: Uuid) {
    probe.note("sessions");
    let full = FetchRequest { session_epoch: 0, ..in_version(fetch(topic, id, 0, 0), 12) };
    probe.send("f", 12, &full);
    let body = probe.hear_quietly("f", 12, klamm::wire::api::ApiKey::Fetch);
    let session_id = body.read::<FetchResponse<'_>>().session_id;
    assert_ne!(session_id, 0, "a session is given");
    probe.rename(&format!("session_id: {session_id}"), "session_id: SESSION");
    let next = |epoch: i32, topics: Vec<FetchTopic<'static>>| FetchRequest {
        session_id,
        session_epoch: epoch,
        topics,
        ..FetchRequest::default()
    };
    probe.ask("f", 12, "what is new", &next(1, Vec::new()));
    probe.ask("f", 12, "an epoch too far", &next(5, Vec::new()));
    probe.ask("f", 12, "an old epoch", &next(1, Vec::new()));
    let unknown = FetchRequest { session_id: 77, ..next(2, Vec::new()) };
    probe.ask("f", 12, "an unknown session", &unknown);
    probe.ask("f", 13, "by ids now", &next(2, Vec::new()));
    let mut at_end = in_version(fetch(topic, id, 0, 7), 12);
    at_end.session_id = session_id;
    at_end.session_epoch = 2;
    probe.ask("f", 12, "from the end", &at_end);
    probe.ask("f", 12, "nothing new", &next(3, Vec::new()));
    let bytes = batch(&[TIME_MS + 50]);
    probe.ask("p", 9, "a record", &produce(topic, Some(&bytes)));
    probe.ask("f", 12, "something new", &next(4, Vec::new()));
    probe.ask("f", 12, "closes", &next(-1, Vec::new()));
    probe.ask("f", 12, "after that", &next(5, Vec::new()));
}

pub(crate) fn list_offsets(probe: &mut Probe) {
    let (topic, _) = probe.topic("listed", 2, &[]);
    let unknown = probe.own("unknown");
    fn ask<'a>(topic: &'a str, partition_index: i32, timestamp: i64) -> ListOffsetsRequest<'a> {
        let partition =
            ListOffsetsPartition { partition_index, timestamp, ..ListOffsetsPartition::default() };
        ListOffsetsRequest {
            replica_id: -1,
            topics: vec![ListOffsetsTopic {
                name: Cow::Borrowed(topic),
                partitions: vec![partition],
            }],
            ..ListOffsetsRequest::default()
        }
    }
    let times = [-1, -2, -3, -4, -5, -6, -7, 0, TIME_MS];
    for timestamp in times {
        let about = format!("of an empty log, {timestamp}");
        probe.ask("l", 11, &about, &ask(&topic, 1, timestamp));
    }
    fill(probe, &topic);
    for version in 1..=11 {
        for timestamp in times {
            probe.ask("l", version, &format!("{timestamp}"), &ask(&topic, 0, timestamp));
        }
    }
    for after in [1, 5, 6, 10, 11, 20, 21, 30, 40, 41] {
        probe.ask("l", 7, &format!("{after} later"), &ask(&topic, 0, TIME_MS + after));
    }
    for version in [1, 4, 11] {
        probe.ask("l", version, "an unknown topic", &ask(&unknown, 0, -1));
        probe.ask("l", version, "an unknown partition", &ask(&topic, 9, -1));
    }
    for epoch in [0, 1, 7] {
        let mut request = ask(&topic, 0, -1);
        request.topics[0].partitions[0].current_leader_epoch = epoch;
        probe.ask("l", 7, &format!("in epoch {epoch}"), &request);
    }
    let mut twice = ask(&topic, 0, -1);
    let again = twice.topics[0].partitions[0].clone();
    twice.topics[0].partitions.push(again);
    probe.ask("l", 7, "a partition twice", &twice);
    let committed = ListOffsetsRequest { isolation_level: 1, ..ask(&topic, 0, -1) };
    probe.ask("l", 7, "read committed", &committed);
    probe.note("log append time");
    let (stamped, _) = probe.topic("stamped", 1, &[("message.timestamp.type", "LogAppendTime")]);
    let bytes = batch(&[TIME_MS, TIME_MS + 1]);
    probe.send("p", 9, &produce(&stamped, Some(&bytes)));
    probe.hear_quietly("p", 9, klamm::wire::api::ApiKey::Produce);
    probe.ask("l", 7, "the time of the producer", &ask(&stamped, 0, 4_000_000_000_000));
}
