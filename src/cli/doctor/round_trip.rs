//! A record through a temporary topic with a partition for each broker: made, written, read,
//! deleted.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::delete_topics_request::DeleteTopicState;
use kafka_protocol::messages::{CreateTopicsRequest, DeleteTopicsRequest, TopicName};
use kafka_protocol::protocol::StrBytes;
use tokio::time::timeout;

use super::survey::Step;
use crate::base::ErrorCode;
use crate::cli::client::{Client, Outgoing, Producer, error_code, fetch_round};
use crate::listener::probe::RoundTrip;
use crate::record::Record;

/// Newest versions that name topics.
const CREATE_VERSION: i16 = 7;
const DELETE_VERSION: i16 = 5;
/// From this one on the cluster chooses the replication factor (KIP-464).
const CREATE_DEFAULTS_VERSION: i16 = 4;
/// A cluster of more brokers gets no more partitions.
const PARTITIONS_MAX: usize = 32;
/// How long a fetch waits for what has just been written.
const FETCH_WAIT: Duration = Duration::from_millis(100);

/// Does it; each step may take `patience`.
pub(super) async fn round_trip(
    mut client: Client,
    patience: Duration,
    steps: &mut Vec<Step>,
) -> RoundTrip {
    let topic = format!("klamm-doctor-{}", suffix());
    let partitions = client.nodes().len().clamp(1, PARTITIONS_MAX);
    let mut clock = Clock { patience, steps };
    match clock.time("create a topic", create(&mut client, &topic, partitions)).await {
        Ok(None) => {}
        Ok(Some(reason)) => return RoundTrip::NotTried(reason),
        Err(failed) => return failed,
    }
    let (done, mut client) = write_and_read(client, &topic, partitions, &mut clock).await;
    let deleted = match &mut client {
        Some(client) => clock.time("delete the topic", delete(client, &topic)).await,
        None => Ok(()),
    };
    match (done, deleted) {
        (Err(failed), _) | (Ok(()), Err(failed)) => failed,
        (Ok(()), Ok(())) => RoundTrip::Done,
    }
}

async fn write_and_read(
    client: Client,
    topic: &str,
    partitions: usize,
    clock: &mut Clock<'_>,
) -> (Result<(), RoundTrip>, Option<Client>) {
    let produced = clock.time("produce", produce(client, topic, partitions)).await;
    match produced {
        Ok((mut client, starts)) => {
            let read = clock.time("consume", consume(&mut client, topic, starts)).await;
            (read, Some(client))
        }
        Err(failed) => (Err(failed), None),
    }
}

/// Times steps and bounds them.
struct Clock<'a> {
    patience: Duration,
    steps: &'a mut Vec<Step>,
}

impl Clock<'_> {
    async fn time<T>(
        &mut self,
        name: &'static str,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T, RoundTrip> {
        let start = Instant::now();
        let done = timeout(self.patience, work).await;
        self.steps.push(Step { name, took: start.elapsed() });
        let failed = |error: String| RoundTrip::Failed { step: name.to_owned(), error };
        match done {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(failed(format!("{error:#}"))),
            Err(_) => Err(failed(format!("not done within {:?}", self.patience))),
        }
    }
}

/// Makes the topic; a reason if this user may not.
async fn create(client: &mut Client, topic: &str, partitions: usize) -> Result<Option<String>> {
    let partitions = i32::try_from(partitions)?;
    let answer = client
        .any()
        .call(CREATE_VERSION, |version| {
            let replicas = if version < CREATE_DEFAULTS_VERSION { 1 } else { -1 };
            let topic = CreatableTopic::default()
                .with_name(name(topic))
                .with_num_partitions(partitions)
                .with_replication_factor(replicas);
            CreateTopicsRequest::default().with_topics(vec![topic]).with_timeout_ms(30_000)
        })
        .await?;
    let result = answer.topics.first().context("no answer for the topic")?;
    let said = result.error_message.as_deref().map_or_else(String::new, |it| format!(" ({it})"));
    match error_code(result.error_code) {
        ErrorCode::None => Ok(None),
        code @ (ErrorCode::TopicAuthorizationFailed
        | ErrorCode::ClusterAuthorizationFailed
        | ErrorCode::PolicyViolation) => {
            Ok(Some(format!("this user may not create a topic: {code}")))
        }
        code => bail!("{code}{said}"),
    }
}

/// Writes a record to every partition; where each of them lies.
async fn produce(
    client: Client,
    topic: &str,
    partitions: usize,
) -> Result<(Client, BTreeMap<(String, i32), i64>)> {
    let mut producer = Producer::new(client, topic).await?;
    let mut starts = BTreeMap::new();
    for _ in 0..partitions {
        let record = Outgoing { value: Some(topic.as_bytes().to_vec()), ..Outgoing::default() };
        for delivery in producer.send(&[record]).await? {
            starts.insert((topic.to_owned(), delivery.partition), delivery.base_offset);
        }
    }
    Ok((producer.into_client(), starts))
}

/// Reads every record back.
async fn consume(
    client: &mut Client,
    topic: &str,
    mut positions: BTreeMap<(String, i32), i64>,
) -> Result<()> {
    let mut missing = positions.len();
    while missing > 0 {
        let mut handle = |_: &str, _: i32, record: &Record<'_>| {
            if record.value == Some(topic.as_bytes()) {
                missing -= 1;
            }
            Ok(true)
        };
        fetch_round(client, &mut positions, FETCH_WAIT, &mut handle).await?;
    }
    Ok(())
}

async fn delete(client: &mut Client, topic: &str) -> Result<()> {
    let answer = client
        .any()
        .call(DELETE_VERSION, |version| {
            let names = vec![name(topic)];
            let request = DeleteTopicsRequest::default().with_timeout_ms(30_000);
            if version < 6 {
                request.with_topic_names(names)
            } else {
                let topics = names.into_iter();
                let topics = topics.map(|it| DeleteTopicState::default().with_name(Some(it)));
                request.with_topics(topics.collect())
            }
        })
        .await?;
    let result = answer.responses.first().context("no answer for the topic")?;
    match error_code(result.error_code) {
        ErrorCode::None => Ok(()),
        code => bail!("{code}; the topic {topic} is left behind"),
    }
}

fn name(topic: &str) -> TopicName {
    TopicName(StrBytes::from_string(topic.to_owned()))
}

/// Random, so that two doctors do not meet.
fn suffix() -> String {
    format!("{:08x}", getrandom::u32().unwrap_or_else(|_| std::process::id()))
}
