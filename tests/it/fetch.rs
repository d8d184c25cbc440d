//! What a consumer is given, and when.

use std::thread;

use kafka_protocol::messages::FetchRequest;
use kafka_protocol::messages::fetch_request::ForgottenTopic;

use crate::requests::{
    FETCH_VERSION, batch, fetch_request, name, only_partition, produce, with_topic,
};
use crate::support::client::Client;

const OFFSET_OUT_OF_RANGE: i16 = 1;
const FETCH_SESSION_ID_NOT_FOUND: i16 = 70;
const INVALID_FETCH_SESSION_EPOCH: i16 = 71;
/// Longer than any test: who waits this long has not been woken.
const FOREVER_MS: i32 = 50_000;

#[test]
fn records_come_back_byte_for_byte() {
    let (_klamm, mut client) = with_topic();
    produce(&mut client, "t", batch(&["before"], None));
    let sent = batch(&["hello", "world"], None);
    produce(&mut client, "t", sent.clone());
    let fetched = client.call(FETCH_VERSION, &fetch_request(1, 0));
    let records = only_partition(&fetched).records.clone().unwrap();
    // Base offset and leader epoch are the broker's.
    assert_eq!(records[..8], 1i64.to_be_bytes());
    assert_eq!(records[8..12], sent[8..12]);
    assert_eq!(records[16..], sent[16..]);
}

#[test]
fn a_waiting_fetch_is_woken_by_the_append() {
    let (klamm, mut client) = with_topic();
    let mut waiting = Client::connect(klamm.bootstrap());
    waiting.send(FETCH_VERSION, &fetch_request(0, FOREVER_MS));
    let reader = thread::spawn(move || waiting.receive::<FetchRequest>(FETCH_VERSION).unwrap());
    produce(&mut client, "t", batch(&["now"], None));
    let fetched = reader.join().unwrap();
    assert_eq!(only_partition(&fetched).high_watermark, 1);
}

#[test]
fn an_offset_beyond_the_end_is_out_of_range() {
    let (_klamm, mut client) = with_topic();
    let fetched = client.call(FETCH_VERSION, &fetch_request(5, FOREVER_MS));
    let partition = only_partition(&fetched);
    assert_eq!((partition.error_code, partition.high_watermark), (OFFSET_OUT_OF_RANGE, -1));
}

#[test]
fn a_session_tells_only_what_changed() {
    let (_klamm, mut client) = with_topic();
    let first = client.call(FETCH_VERSION, &fetch_request(0, 0).with_session_epoch(0));
    assert_ne!(first.session_id, 0);
    let next = |epoch| {
        FetchRequest::default()
            .with_max_bytes(1 << 20)
            .with_min_bytes(1)
            .with_session_id(first.session_id)
            .with_session_epoch(epoch)
    };
    let nothing = client.call(FETCH_VERSION, &next(1));
    assert_eq!((nothing.error_code, nothing.responses.len()), (0, 0));
    produce(&mut client, "t", batch(&["a"], None));
    let told = client.call(FETCH_VERSION, &next(2));
    assert_eq!(only_partition(&told).high_watermark, 1);
    let wrong = client.call(FETCH_VERSION, &next(2));
    assert_eq!(wrong.error_code, INVALID_FETCH_SESSION_EPOCH);
    let forgotten = ForgottenTopic::default().with_topic(name("t")).with_partitions(vec![0]);
    let emptied = client.call(FETCH_VERSION, &next(3).with_forgotten_topics_data(vec![forgotten]));
    assert_eq!((emptied.error_code, emptied.session_id), (0, 0));
    let gone = client.call(FETCH_VERSION, &next(4));
    assert_eq!(gone.error_code, FETCH_SESSION_ID_NOT_FOUND);
}
