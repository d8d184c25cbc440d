//! What the codec promises, on examples. The properties are in `tests/wire`.

use std::borrow::Cow;

use bytes::Bytes;

use super::api::{API_KEYS, ApiKey};
use super::messages::fetch_response::{FetchableTopicResponse, PartitionData};
use super::messages::{ApiVersionsRequest, FetchRequest, FetchResponse, MetadataRequest};
use super::records::{MetadataRecord, OffsetCommitKey, OffsetCommitValue, TopicRecord};
use super::*;
use crate::base::Uuid;

fn decode<'a, M: Message<'a>>(bytes: &'a [u8], version: i16) -> Result<M, Error> {
    M::decode(&mut Reader::new(bytes), version)
}

#[test]
fn every_row_is_found_by_its_number() {
    for info in API_KEYS {
        assert_eq!(ApiKey::from_code(info.key.code()), Some(info.key));
        assert_eq!(info.key.info(), info);
    }
    assert_eq!(ApiKey::from_code(4), None);
    assert_eq!(ApiKey::from_code(-1), None);
}

#[test]
fn header_versions_follow_the_flexible_versions() {
    let fetch = ApiKey::Fetch.info();
    assert_eq!((fetch.request_header_version(11), fetch.response_header_version(11)), (1, 0));
    assert_eq!((fetch.request_header_version(12), fetch.response_header_version(12)), (2, 1));
    let versions = ApiKey::ApiVersions.info();
    assert_eq!((versions.request_header_version(4), versions.response_header_version(4)), (2, 0));
}

#[test]
fn a_frame_is_as_long_as_its_prefix_says_and_no_longer_than_allowed() {
    assert_eq!(frame_length(&[0, 0, 0], 100), Ok(None));
    assert_eq!(frame_length(&[0, 0, 0, 100, 1], 100), Ok(Some(100)));
    let too_large = Error::FrameTooLarge { size: 101, max: 100 };
    assert_eq!(frame_length(&[0, 0, 0, 101], 100), Err(too_large));
    assert_eq!(frame_length(&[255, 255, 255, 255], 100), Err(Error::NegativeFrame(-1)));
}

#[test]
fn the_header_of_a_future_api_versions_request_is_readable() {
    let head = RequestHead {
        key: ApiKey::ApiVersions,
        version: 77,
        correlation_id: 5,
        client_id: Some("newer".into()),
    };
    let mut rope = Rope::new();
    head.encode(&mut rope).unwrap();
    rope.raw(b"whatever");
    let bytes = rope.to_vec().unwrap();
    let mut reader = Reader::new(&bytes);
    assert_eq!(RequestHead::decode(&mut reader).unwrap(), head);
    assert_eq!(reader.rest(), b"whatever");
    let refused = ApiVersionsRequest::decode(&mut reader, 77).unwrap_err();
    assert_eq!(refused.to_string(), "ApiVersionsRequest has no version 77");
}

#[test]
fn records_are_spliced_into_a_response_and_the_length_counts_them() {
    let records = Bytes::from(vec![7; 1000]);
    let partition =
        PartitionData { records: Some(Records::Shared(records)), ..PartitionData::default() };
    let topic = FetchableTopicResponse { partitions: vec![partition], ..Default::default() };
    let response = FetchResponse { responses: vec![topic], ..FetchResponse::default() };
    let mut rope = Rope::new();
    encode_response(&mut rope, ApiKey::Fetch, 12, 9, &response).unwrap();
    assert_eq!(rope.parts().count(), 3);
    let bytes = rope.to_vec().unwrap();
    assert_eq!(bytes.len(), rope.len());
    assert_eq!(frame_length(&bytes, usize::MAX), Ok(Some(bytes.len() - PREFIX_BYTES)));
    let decoded: FetchResponse<'_> = decode(&bytes[9..], 12).unwrap();
    assert_eq!(decoded, response);
}

#[test]
fn a_value_that_the_version_cannot_carry_is_refused() {
    let request = FetchRequest { replica_id: 3, ..FetchRequest::default() };
    let refused = request.encode_to_vec(15).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "attempted to write a non-default ReplicaId at version 15 of FetchRequest"
    );
    let ignorable = FetchRequest { rack_id: "a".into(), ..FetchRequest::default() };
    assert!(ignorable.encode_to_vec(10).is_ok());
    let null = MetadataRequest { topics: None, ..MetadataRequest::default() };
    assert_eq!(null.encode_to_vec(0), Err(Error::UnexpectedNull));
    assert_eq!(null.encode_to_vec(1).unwrap(), [255, 255, 255, 255]);
}

#[test]
fn an_array_that_cannot_be_there_is_refused_before_memory_is_set_aside() {
    let bytes = [0x7f, 0xff, 0xff, 0xff];
    let refused = decode::<MetadataRequest<'_>>(&bytes, 1).unwrap_err();
    assert!(matches!(refused, Error::Truncated { remaining: 0, .. }));
    let refused = decode::<MetadataRequest<'_>>(&[0xff, 0xff, 0xff, 0xff, 0x0f, 0], 9).unwrap_err();
    assert!(matches!(refused, Error::Truncated { remaining: 1, .. }));
}

#[test]
fn damaged_fields_are_told_apart() {
    let version = |bytes: &[u8]| decode::<ApiVersionsRequest<'_>>(bytes, 3).unwrap_err();
    assert_eq!(version(&[0]), Error::UnexpectedNull);
    assert_eq!(version(&[2, 0xff, 1, 0]), Error::InvalidUtf8);
    assert_eq!(version(&[1, 1, 0, 0]), Error::TrailingBytes(1));
    assert_eq!(version(&[0x80, 0x80, 0x80, 0x80, 0x80, 0]), Error::VarintTooLong);
    assert!(matches!(version(&[1, 1, 1, 0]), Error::Truncated { .. }));
    assert!(matches!(version(&[1, 1, 1, 0, 1]), Error::Truncated { .. }));
}

#[test]
fn unknown_tagged_fields_are_passed_over() {
    let bytes = [2, b'a', 2, b'b', 2, 7, 3, 1, 2, 3, 5, 0];
    let request: ApiVersionsRequest<'_> = decode(&bytes, 3).unwrap();
    assert_eq!(request.client_software_name, "a");
    assert_eq!(request.encode_to_vec(3).unwrap(), [2, b'a', 2, b'b', 0]);
}

#[test]
fn a_known_tagged_field_fills_its_size() {
    // An offset commit value of version 4 with the topic id as tag 0, one byte too long.
    let mut bytes = vec![0, 4];
    bytes.extend_from_slice(&7_i64.to_be_bytes());
    bytes.extend_from_slice(&(-1_i32).to_be_bytes());
    bytes.push(1);
    bytes.extend_from_slice(&8_i64.to_be_bytes());
    bytes.extend_from_slice(&[1, 0, 17]);
    bytes.extend_from_slice(&[9; 17]);
    let refused = decode_value::<OffsetCommitValue<'_>>(&bytes).unwrap_err();
    assert_eq!(refused, Error::TrailingBytes(1));
}

#[test]
fn coordinator_records_carry_their_kind_and_version() {
    let key = OffsetCommitKey { group: "g".into(), topic: "t".into(), partition: 1 };
    let bytes = encode_key(&key).unwrap();
    assert_eq!(bytes, [0, 1, 0, 1, b'g', 0, 1, b't', 0, 0, 0, 1]);
    let (kind, mut reader) = split_version(&bytes).unwrap();
    assert_eq!(kind, <OffsetCommitKey<'_> as CoordinatorKey<'_>>::TYPE);
    assert_eq!(OffsetCommitKey::decode(&mut reader, 0).unwrap(), key);

    let value = OffsetCommitValue { offset: 5, metadata: "m".into(), ..Default::default() };
    let bytes = encode_value(&value, 3).unwrap();
    assert_eq!(&bytes[..2], [0, 3]);
    assert_eq!(decode_value::<OffsetCommitValue<'_>>(&bytes).unwrap(), value);
}

#[test]
fn metadata_records_are_framed() {
    let record = TopicRecord { name: Cow::Borrowed("t"), topic_id: Uuid([1; 16]) };
    let bytes = encode_metadata(&record, 0).unwrap();
    assert_eq!(&bytes[..5], [1, 2, 0, 2, b't']);
    assert_eq!(decode_metadata(&bytes).unwrap(), MetadataRecord::Topic(record));
    assert_eq!(decode_metadata(&[1, 99, 0]).unwrap_err(), Error::UnknownRecordType(99));
    assert!(decode_metadata(&[2, 2, 0]).is_err());
}
