//! Bytes that are no request close one connection and nothing else.

use kafka_protocol::messages::ApiVersionsRequest;

use crate::support::client::Client;
use crate::support::klamm::Klamm;

const UNSUPPORTED_VERSION: i16 = 35;

#[test]
fn a_key_that_nobody_knows_closes_the_connection() {
    let klamm = Klamm::start();
    let mut client = Client::connect(klamm.bootstrap());
    client.send_frame(&[0x7f, 0xff, 0, 0, 0, 0, 0, 1, 0xff, 0xff]).unwrap();
    assert!(client.receive_frame().is_err());
    Client::connect(klamm.bootstrap()).call(0, &ApiVersionsRequest::default());
}

#[test]
fn a_version_of_the_future_is_answered_in_version_0() {
    let klamm = Klamm::start();
    let mut client = Client::connect(klamm.bootstrap());
    client.send_frame(&[0, 18, 0, 99, 0, 0, 0, 7, 0xff, 0xff, 0]).unwrap();
    let frame = client.receive_frame().unwrap();
    assert_eq!(frame[..4], 7i32.to_be_bytes());
    assert_eq!(frame[4..6], UNSUPPORTED_VERSION.to_be_bytes());
    // One key is listed: ApiVersions itself.
    assert_eq!(frame[6..12], [0, 0, 0, 1, 0, 18]);
}

#[test]
fn a_produce_of_version_0_closes_the_connection() {
    let klamm = Klamm::start();
    let mut client = Client::connect(klamm.bootstrap());
    client.send_frame(&[0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff]).unwrap();
    assert!(client.receive_frame().is_err());
}

/// librdkafka leaves three bytes behind its request for all topics.
#[test]
fn bytes_after_a_request_do_not_matter() {
    let klamm = Klamm::start();
    let mut client = Client::connect(klamm.bootstrap());
    client.send_frame(&[0, 3, 0, 12, 0, 0, 0, 9, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap();
    assert_eq!(client.receive_frame().unwrap()[..4], 9i32.to_be_bytes());
}

#[test]
fn many_requests_in_a_row_are_answered_in_order() {
    let klamm = Klamm::start();
    let mut client = Client::connect(klamm.bootstrap());
    for correlation_id in 0..100u8 {
        client.send_frame(&[0, 18, 0, 0, 0, 0, 0, correlation_id, 0xff, 0xff]).unwrap();
    }
    for correlation_id in 0..100u8 {
        assert_eq!(client.receive_frame().unwrap()[3], correlation_id);
    }
}
