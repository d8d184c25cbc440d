//! Clients that cost little: a request is encoded once and sent again, a response is read
//! only as far as its first bytes.

use std::borrow::Cow;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use klamm::record::BatchBuilder;
use klamm::wire::Records;
use klamm::wire::messages::create_topics_request::CreatableTopic;
use klamm::wire::messages::fetch_request::{FetchPartition, FetchTopic};
use klamm::wire::messages::fetch_response::FetchResponse;
use klamm::wire::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use klamm::wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use klamm::wire::messages::{
    ApiVersionsRequest, CreateTopicsRequest, CreateTopicsResponse, FetchRequest,
    ListOffsetsRequest, ListOffsetsResponse, ProduceRequest, ProduceResponse,
};

use crate::connection::{Connection, frame};

pub const PARTITIONS: i32 = 4;
const WINDOW: usize = 5;
const CREATE_VERSION: i16 = 4;
const PRODUCE_VERSION: i16 = 9;
const FETCH_VERSION: i16 = 12;
const LIST_OFFSETS_VERSION: i16 = 5;
const LATEST: i64 = -1;
const TOPIC_EXISTS: i16 = 36;
/// Creates without waiting for long on a broker that takes its time.
const TIMEOUT_MS: i32 = 60_000;

/// A batch of values of `size` bytes, about `bytes` in all; its number of records.
pub fn batch(bytes: usize, size: usize) -> (Vec<u8>, usize) {
    let count = (bytes / (size + 10)).max(1);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let mut builder = BatchBuilder::new();
    let value = vec![b'x'; size];
    for _ in 0..count {
        builder.append(now.as_millis() as i64, None, Some(&value), &[]);
    }
    (builder.build().expect("the batch fits"), count)
}

pub fn produce_frame(topic: &str, partition: i32, batch: &[u8]) -> Vec<u8> {
    let data = PartitionProduceData { index: partition, records: Some(Records::Slice(batch)) };
    let topic = TopicProduceData {
        name: Cow::Borrowed(topic),
        partition_data: vec![data],
        ..TopicProduceData::default()
    };
    frame(
        PRODUCE_VERSION,
        &ProduceRequest {
            acks: -1,
            timeout_ms: TIMEOUT_MS,
            topic_data: vec![topic],
            ..ProduceRequest::default()
        },
    )
}

pub fn fetch_frame(topic: &str, partition: i32, offset: i64, bytes: i32, wait_ms: i32) -> Vec<u8> {
    let partition = FetchPartition {
        partition,
        fetch_offset: offset,
        partition_max_bytes: bytes,
        ..FetchPartition::default()
    };
    let topic = FetchTopic {
        topic: Cow::Borrowed(topic),
        partitions: vec![partition],
        ..FetchTopic::default()
    };
    frame(
        FETCH_VERSION,
        &FetchRequest {
            max_wait_ms: wait_ms,
            min_bytes: 1,
            max_bytes: bytes,
            session_epoch: -1,
            topics: vec![topic],
            ..FetchRequest::default()
        },
    )
}

/// Creates a topic; one that exists is fine.
pub fn create(connection: &mut Connection, topic: &str, partitions: i32) -> io::Result<()> {
    let topic = CreatableTopic {
        name: Cow::Borrowed(topic),
        num_partitions: partitions,
        replication_factor: 1,
        ..CreatableTopic::default()
    };
    let request = CreateTopicsRequest {
        topics: vec![topic],
        timeout_ms: TIMEOUT_MS,
        ..CreateTopicsRequest::default()
    };
    let mut body = Vec::new();
    let answer: CreateTopicsResponse<'_> = connection.call(CREATE_VERSION, &request, &mut body)?;
    match answer.topics[0].error_code {
        0 | TOPIC_EXISTS => Ok(()),
        code => Err(io::Error::other(format!("CreateTopics error {code}"))),
    }
}

/// One acknowledged record, on a topic that is created if it is not there.
pub fn first_ack(connection: &mut Connection, topic: &str) -> io::Result<()> {
    create(connection, topic, 1)?;
    let (batch, _) = batch(1, 100);
    connection.send(&mut produce_frame(topic, 0, &batch))?;
    let mut body = Vec::new();
    connection.receive(&mut body)?;
    match produce_error(&body) {
        0 => Ok(()),
        code => Err(io::Error::other(format!("Produce error {code}"))),
    }
}

pub fn first_ack_of_limit(connection: &mut Connection) -> io::Result<()> {
    let (batch, _) = batch(1, 100);
    connection.send(&mut produce_frame("first", 0, &batch))?;
    connection.receive(&mut Vec::new())
}

/// The error code of a response with one partition.
fn produce_error(body: &[u8]) -> i16 {
    let mut reader = klamm::wire::Reader::new(body);
    reader.skip_tags().expect("a flexible response");
    let response: ProduceResponse<'_> =
        klamm::wire::Message::decode(&mut reader, PRODUCE_VERSION).expect("a produce response");
    response.responses[0].partition_responses[0].error_code
}

/// Waits until every partition takes records: some brokers need a moment after CreateTopics.
pub fn settle(port: u16, topic: &str, partitions: i32) {
    let mut connection = Connection::open(port).expect("the broker accepts");
    create(&mut connection, topic, partitions).expect("the topic can be made");
    let (batch, _) = batch(1, 100);
    for partition in 0..partitions {
        let mut body = Vec::new();
        loop {
            connection.send(&mut produce_frame(topic, partition, &batch)).expect("it reads");
            connection.receive(&mut body).expect("it answers");
            if produce_error(&body) == 0 {
                break;
            }
            thread::park_timeout(Duration::from_millis(5));
        }
    }
}

/// Sends `total` bytes in batches of `batch_bytes` over a connection per partition, some
/// requests under way at a time; the bytes that were acknowledged.
pub fn produce(port: u16, topic: &str, batch_bytes: usize, total: usize, checked: bool) -> usize {
    let (batch, _) = batch(batch_bytes, 1024.min(batch_bytes / 2));
    let each = total / batch.len() / PARTITIONS as usize;
    thread::scope(|scope| {
        for partition in 0..PARTITIONS {
            let mut frame = produce_frame(topic, partition, &batch);
            scope.spawn(move || {
                let mut connection = Connection::open(port).expect("the broker accepts");
                let mut body = Vec::new();
                for sent in 0..each + WINDOW {
                    if sent < each {
                        connection.send(&mut frame).expect("the broker reads");
                    }
                    if sent >= WINDOW.min(each) {
                        connection.receive(&mut body).expect("the broker answers");
                        assert!(!checked || produce_error(&body) == 0, "a batch was refused");
                    }
                }
            });
        }
    });
    each * PARTITIONS as usize * batch.len()
}

/// Reads a topic from the start, every partition on a connection of its own; the bytes.
pub fn fetch(port: u16, topic: &str) -> usize {
    let read = |partition: i32| {
        let mut connection = Connection::open(port).expect("the broker accepts");
        let end = end_offset(&mut connection, topic, partition);
        let (mut offset, mut bytes) = (0, 0);
        let mut body = Vec::new();
        while offset < end {
            connection
                .send(&mut fetch_frame(topic, partition, offset, 1 << 20, 0))
                .expect("it reads");
            connection.receive(&mut body).expect("the broker answers");
            let mut reader = klamm::wire::Reader::new(&body);
            reader.skip_tags().expect("a flexible response");
            let response: FetchResponse<'_> =
                klamm::wire::Message::decode(&mut reader, FETCH_VERSION).expect("a response");
            let data = &response.responses[0].partitions[0];
            assert_eq!(data.error_code, 0, "a fetch was refused");
            let records = data.records.as_ref().and_then(Records::bytes).unwrap_or_default();
            bytes += records.len();
            for batch in klamm::record::Batches::new(records).flatten() {
                offset = batch.header.next_offset().0;
            }
        }
        bytes
    };
    thread::scope(|scope| {
        let readers: Vec<_> =
            (0..PARTITIONS).map(|partition| scope.spawn(move || read(partition))).collect();
        readers.into_iter().map(|reader| reader.join().expect("a reader")).sum()
    })
}

/// The same from the limit: as many fetches as its file has bytes for.
pub fn fetch_of_limit(port: u16, total: usize) -> usize {
    let mut connection = Connection::open(port).expect("the limit accepts");
    let mut frame = fetch_frame("t", 0, 0, 1 << 20, 0);
    let (mut bytes, mut scratch) = (0, vec![0; 1 << 20]);
    while bytes < total {
        connection.send(&mut frame).expect("the limit reads");
        bytes += connection.skim(&mut [], &mut scratch).expect("the limit answers");
    }
    bytes
}

pub fn end_offset(connection: &mut Connection, topic: &str, partition: i32) -> i64 {
    let partition = ListOffsetsPartition {
        partition_index: partition,
        timestamp: LATEST,
        ..ListOffsetsPartition::default()
    };
    let topic = ListOffsetsTopic { name: Cow::Borrowed(topic), partitions: vec![partition] };
    let request =
        ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..ListOffsetsRequest::default() };
    let mut body = Vec::new();
    let answer: ListOffsetsResponse<'_> =
        connection.call(LIST_OFFSETS_VERSION, &request, &mut body).expect("the broker answers");
    answer.topics[0].partitions[0].offset
}

/// Round trips of one small record each, as fast as they are answered; microseconds, sorted.
pub fn round_trips(port: u16, topic: &str, count: usize) -> Vec<f64> {
    let mut connection = Connection::open(port).expect("the broker accepts");
    let (batch, _) = batch(1, 100);
    let mut frame = produce_frame(topic, 0, &batch);
    let mut body = Vec::new();
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let sent = Instant::now();
        connection.send(&mut frame).expect("the broker reads");
        connection.receive(&mut body).expect("the broker answers");
        times.push(sent.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    times
}

/// Connections that have asked once and then rest.
pub fn idle_connections(port: u16, count: usize) -> Vec<Connection> {
    let request = ApiVersionsRequest::default();
    let mut body = Vec::new();
    let open = |_| {
        let mut connection = Connection::open(port).expect("the broker accepts");
        connection.send(&mut frame(0, &request)).expect("the broker reads");
        connection.receive(&mut body).expect("the broker answers");
        connection
    };
    (0..count).map(open).collect()
}
