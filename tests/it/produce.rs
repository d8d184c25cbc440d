//! What a producer is told.

use crate::requests::{
    FETCH_VERSION, PRODUCE_VERSION, batch, fetch_request, only_partition, produce, produce_request,
    with_topic,
};
use crate::support::client::Client;

const CORRUPT_MESSAGE: i16 = 2;
const UNKNOWN_TOPIC_OR_PARTITION: i16 = 3;
const INVALID_REQUIRED_ACKS: i16 = 21;
const OUT_OF_ORDER_SEQUENCE_NUMBER: i16 = 45;
const INVALID_RECORD: i16 = 87;

#[test]
fn offsets_count_records_across_batches() {
    let (_klamm, mut client) = with_topic();
    assert_eq!(produce(&mut client, "t", batch(&["a", "b"], None)).base_offset, 0);
    let second = produce(&mut client, "t", batch(&["c"], None));
    assert_eq!((second.error_code, second.base_offset, second.log_start_offset), (0, 2, 0));
    assert_eq!(second.log_append_time_ms, -1);
}

#[test]
fn a_batch_with_a_flipped_bit_is_corrupt() {
    let (_klamm, mut client) = with_topic();
    let mut bytes = batch(&["hello"], None).to_vec();
    let last = bytes.len() - 1;
    bytes[last - 1] ^= 1;
    let refused = produce(&mut client, "t", bytes.into());
    assert_eq!((refused.error_code, refused.base_offset), (CORRUPT_MESSAGE, -1));
}

#[test]
fn an_unknown_topic_is_not_created_by_a_produce() {
    let (_klamm, mut client) = with_topic();
    let refused = produce(&mut client, "nowhere", batch(&["a"], None));
    assert_eq!(refused.error_code, UNKNOWN_TOPIC_OR_PARTITION);
}

#[test]
fn acks_of_two_are_refused() {
    let (_klamm, mut client) = with_topic();
    let response = client.call(PRODUCE_VERSION, &produce_request("t", 2, batch(&["a"], None)));
    let refused = &response.responses[0].partition_responses[0];
    assert_eq!((refused.error_code, refused.base_offset), (INVALID_REQUIRED_ACKS, -1));
}

#[test]
fn acks_zero_is_answered_with_silence_and_a_failure_closes_the_connection() {
    let (_klamm, mut client) = with_topic();
    client.send(PRODUCE_VERSION, &produce_request("t", 0, batch(&["a"], None)));
    // The next answer is that of the next request.
    let fetched = client.call(FETCH_VERSION, &fetch_request(0, 1000));
    assert_eq!(only_partition(&fetched).high_watermark, 1);
    client.send(PRODUCE_VERSION, &produce_request("nowhere", 0, batch(&["a"], None)));
    assert!(client.receive_frame().is_err(), "the connection must be closed");
}

#[test]
fn a_client_that_never_pauses_is_served_to_the_end() {
    let (_klamm, mut client) = with_topic();
    // While a fetch waits, more piles up than tokio lets a task read in one turn: 128 times.
    const REQUESTS: i64 = 1000;
    let value = "x".repeat(70_000);
    let unanswered =
        client.frame(PRODUCE_VERSION, &produce_request("t", 0, batch(&[&value], None)));
    client.send(FETCH_VERSION, &fetch_request(0, 300));
    client.send_all(&unanswered.repeat(REQUESTS as usize)).unwrap();
    client.receive_frame().unwrap();
    let fetched = client.call(FETCH_VERSION, &fetch_request(REQUESTS, 1000));
    assert_eq!(only_partition(&fetched).high_watermark, REQUESTS);
}

#[test]
fn a_repeated_batch_of_an_idempotent_producer_is_written_once() {
    let (_klamm, mut client) = with_topic();
    let first = batch(&["a", "b"], Some((77, 0, 0)));
    assert_eq!(produce(&mut client, "t", first.clone()).base_offset, 0);
    let repeated = produce(&mut client, "t", first);
    assert_eq!((repeated.error_code, repeated.base_offset), (0, 0));
    let gap = produce(&mut client, "t", batch(&["d"], Some((77, 0, 9))));
    assert_eq!(gap.error_code, OUT_OF_ORDER_SEQUENCE_NUMBER);
    assert_eq!(produce(&mut client, "t", batch(&["c"], Some((77, 0, 2)))).base_offset, 2);
}

#[test]
fn two_batches_in_one_partition_are_refused() {
    let (_klamm, mut client) = with_topic();
    let mut both = batch(&["a"], None).to_vec();
    both.extend_from_slice(&batch(&["b"], None));
    assert_eq!(produce(&mut client, "t", both.into()).error_code, INVALID_RECORD);
}

#[test]
fn acknowledged_records_survive_a_crash() {
    let (mut klamm, mut client) = with_topic();
    for _ in 0..100 {
        assert_eq!(produce(&mut client, "t", batch(&["a", "b", "c"], None)).error_code, 0);
    }
    klamm.crash_and_restart();
    let mut client = Client::connect(klamm.bootstrap());
    let fetched = client.call(FETCH_VERSION, &fetch_request(0, 0));
    assert_eq!(only_partition(&fetched).high_watermark, 300);
    assert_eq!(produce(&mut client, "t", batch(&["d"], None)).base_offset, 300);
}
