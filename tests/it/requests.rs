//! The requests that several themes send.

use bytes::{Bytes, BytesMut};
use kafka_protocol::indexmap::IndexMap;
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::fetch_response::PartitionData;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::produce_response::PartitionProduceResponse;
use kafka_protocol::messages::{
    CreateTopicsRequest, FetchRequest, FetchResponse, ProduceRequest, TopicName,
};
use kafka_protocol::protocol::StrBytes;
use kafka_protocol::records::{
    Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};

use crate::support::client::Client;
use crate::support::klamm::Klamm;

/// The newest version that still names topics by name.
pub const PRODUCE_VERSION: i16 = 12;
/// The newest version that still names topics by name.
pub const FETCH_VERSION: i16 = 12;
const CREATE_VERSION: i16 = 7;

/// A fresh klamm, a connection to it, and a topic `t` with one partition.
pub fn with_topic() -> (Klamm, Client) {
    let klamm = Klamm::start();
    let mut client = Client::connect(klamm.bootstrap());
    create_topic(&mut client, "t");
    (klamm, client)
}

/// Makes a topic with one partition.
pub fn create_topic(client: &mut Client, topic: &str) {
    let topic = CreatableTopic::default()
        .with_name(name(topic))
        .with_num_partitions(1)
        .with_replication_factor(1);
    let request = CreateTopicsRequest::default().with_topics(vec![topic]).with_timeout_ms(5000);
    let response = client.call(CREATE_VERSION, &request);
    assert_eq!(response.topics[0].error_code, 0, "{:?}", response.topics[0].error_message);
}

pub fn name(topic: &str) -> TopicName {
    TopicName(StrBytes::from_string(topic.to_owned()))
}

/// A batch of values without keys; `producer` is (id, epoch, first sequence).
pub fn batch(values: &[&str], producer: Option<(i64, i16, i32)>) -> Bytes {
    let (producer_id, producer_epoch, sequence) = producer.unwrap_or((-1, -1, -1));
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("it is after 1970");
    let record = |(index, value): (usize, &&str)| Record {
        transactional: false,
        control: false,
        partition_leader_epoch: -1,
        producer_id,
        producer_epoch,
        timestamp_type: TimestampType::Creation,
        offset: index as i64,
        sequence: sequence + index as i32,
        timestamp: now.as_millis() as i64,
        key: None,
        value: Some(Bytes::copy_from_slice(value.as_bytes())),
        headers: IndexMap::new(),
        delete_horizon: false,
    };
    let records: Vec<Record> = values.iter().enumerate().map(record).collect();
    let options = RecordEncodeOptions { version: 2, compression: Compression::None };
    let mut bytes = BytesMut::new();
    RecordBatchEncoder::encode(&mut bytes, &records, &options).expect("a batch of plain records");
    bytes.freeze()
}

pub fn produce_request(topic: &str, acks: i16, records: Bytes) -> ProduceRequest {
    let partition = PartitionProduceData::default().with_index(0).with_records(Some(records));
    let data =
        TopicProduceData::default().with_name(name(topic)).with_partition_data(vec![partition]);
    ProduceRequest::default().with_acks(acks).with_timeout_ms(5000).with_topic_data(vec![data])
}

/// Produces to partition 0 with `acks=-1`.
pub fn produce(client: &mut Client, topic: &str, records: Bytes) -> PartitionProduceResponse {
    let response = client.call(PRODUCE_VERSION, &produce_request(topic, -1, records));
    response.responses[0].partition_responses[0].clone()
}

/// A fetch of partition 0 of `t` outside of any session.
pub fn fetch_request(offset: i64, wait_ms: i32) -> FetchRequest {
    let partition = FetchPartition::default()
        .with_partition(0)
        .with_fetch_offset(offset)
        .with_partition_max_bytes(1 << 20);
    let wanted = FetchTopic::default().with_topic(name("t")).with_partitions(vec![partition]);
    FetchRequest::default()
        .with_max_wait_ms(wait_ms)
        .with_min_bytes(1)
        .with_max_bytes(1 << 20)
        .with_session_epoch(-1)
        .with_topics(vec![wanted])
}

pub fn only_partition(response: &FetchResponse) -> &PartitionData {
    assert_eq!(response.error_code, 0);
    &response.responses[0].partitions[0]
}
