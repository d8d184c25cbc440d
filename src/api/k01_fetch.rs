//! Fetch (1), versions 4 to 18.
//!
//! Behaviour: records of several partitions, byte for byte as they were produced, save
//! base offset and leader epoch; waits up to `MaxWaitMs` for `MinBytes`.
//! - v4: isolation level; aborted transactions are null for read_uncommitted and a list
//!   for read_committed.
//! - v7 (KIP-227): incremental fetch sessions, see [`fetch_session`].
//! - v9 (KIP-320): the client's leader epoch is checked.
//! - v11 (KIP-392): the client's rack; with one replica there is no nearer one.
//! - v12 (KIP-595): flexible; where the client's log parts from ours.
//! - v13 (KIP-516): topic ids instead of names.
//! - v15 to v18: fields of followers and controllers; nobody follows here.
//! - v16 (KIP-951): the new leader's address, never needed: this broker leads everything.
//!
//! Limits and errors are those of `KafkaApis.handleFetchRequest`. Records are not copied:
//! the response carries file ranges, which the connection sends by `sendfile`.
//!
//! [`fetch_session`]: crate::broker::fetch_session

use std::borrow::Cow;
use std::time::Duration;

use super::ctx::Ctx;
use crate::base::ErrorCode;
use crate::broker::fetch::{Limits, PartitionRead, fetch};
use crate::broker::fetch_session::{
    EPOCH_FINAL, EPOCH_INITIAL, InUse, Session, Told, TopicKey, Wanted,
};
use crate::wire::Records;
use crate::wire::messages::FetchRequest;
use crate::wire::messages::fetch_request::{FetchPartition, FetchTopic, ForgottenTopic};
use crate::wire::messages::fetch_response::{
    EpochEndOffset, FetchResponse, FetchableTopicResponse, PartitionData,
};

const READ_COMMITTED: i8 = 1;
/// From this version on topics are named by id.
const TOPIC_ID_VERSION: i16 = 13;

/// Answers Fetch.
pub(super) async fn handle(ctx: &Ctx<'_>, request: FetchRequest<'_>) -> FetchResponse<'static> {
    let broker = ctx.broker();
    let limits = Limits {
        bytes_max: positive(request.max_bytes.min(broker.config().fetch_max_bytes)),
        bytes_min: positive(request.min_bytes),
        wait_max: Duration::from_millis(u64::from(positive(request.max_wait_ms))),
        committed_only: request.isolation_level == READ_COMMITTED,
    };
    match request.session_epoch {
        EPOCH_INITIAL | EPOCH_FINAL => full(ctx, &request, limits).await,
        _ => match resume(ctx, &request) {
            Ok(session) if session.is_empty() => empty(ErrorCode::None),
            Ok(session) => incremental(ctx, session, limits).await,
            Err(error) => empty(error),
        },
    }
}

/// A negative number of bytes or milliseconds means none.
fn positive(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

/// Everything that is asked for, and a session for the requests to come.
async fn full(ctx: &Ctx<'_>, request: &FetchRequest<'_>, limits: Limits) -> FetchResponse<'static> {
    let sessions = ctx.broker().fetch_sessions();
    if request.session_id != 0 {
        sessions.close(request.session_id);
    }
    let by_id = ctx.version() >= TOPIC_ID_VERSION;
    let wanted: Vec<Wanted> = wanted(&request.topics, by_id).collect();
    let reads = fetch(ctx.broker(), &wanted, limits).await;
    let mut session_id = 0;
    if request.session_epoch == EPOCH_INITIAL
        && let Some(mut session) = sessions.create(by_id, ctx.broker().now())
    {
        session_id = session.id();
        for wanted in &wanted {
            session.want(wanted.clone());
        }
        remember(&mut session, &reads);
    }
    response(session_id, wanted.into_iter().zip(reads), limits)
}

/// Only what changed since the last response of this session.
async fn incremental(ctx: &Ctx<'_>, mut session: InUse, limits: Limits) -> FetchResponse<'static> {
    let (places, wanted): (Vec<u64>, Vec<Wanted>) =
        session.partitions().map(|(place, wanted)| (place, wanted.clone())).unzip();
    let reads = fetch(ctx.broker(), &wanted, limits).await;
    let mut told = Vec::new();
    for ((place, wanted), read) in places.into_iter().zip(wanted).zip(reads) {
        if session.must_tell(place, told_by(&read), read.records.is_some())
            || read.diverging.is_some()
        {
            told.push((wanted, read));
        }
    }
    response(session.id(), told.into_iter(), limits)
}

fn resume(ctx: &Ctx<'_>, request: &FetchRequest<'_>) -> Result<InUse, ErrorCode> {
    let by_id = ctx.version() >= TOPIC_ID_VERSION;
    let sessions = ctx.broker().fetch_sessions();
    let mut session =
        sessions.resume(request.session_id, request.session_epoch, by_id, ctx.broker().now())?;
    for wanted in wanted(&request.topics, by_id) {
        session.want(wanted);
    }
    for topic in &request.forgotten_topics_data {
        for partition in &topic.partitions {
            session.forget(forgotten_key(topic, by_id), *partition);
        }
    }
    Ok(session)
}

fn remember(session: &mut Session, reads: &[PartitionRead]) {
    let places: Vec<u64> = session.partitions().map(|(place, _)| place).collect();
    for (place, read) in places.into_iter().zip(reads) {
        session.must_tell(place, told_by(read), read.records.is_some());
    }
}

fn told_by(read: &PartitionRead) -> Option<Told> {
    let told = Told { high_watermark: read.high_watermark, log_start: read.log_start };
    (!read.error.is_error()).then_some(told)
}

fn wanted<'a>(topics: &'a [FetchTopic<'a>], by_id: bool) -> impl Iterator<Item = Wanted> + 'a {
    topics.iter().flat_map(move |topic| {
        let key = if by_id {
            TopicKey::Id(topic.topic_id)
        } else {
            TopicKey::Name((&*topic.topic).into())
        };
        topic.partitions.iter().map(move |partition| wanted_of(key.clone(), partition))
    })
}

fn wanted_of(topic: TopicKey, partition: &FetchPartition) -> Wanted {
    Wanted {
        topic,
        partition: partition.partition,
        fetch_offset: crate::base::Offset(partition.fetch_offset),
        bytes_max: partition.partition_max_bytes,
        current_leader_epoch: partition.current_leader_epoch,
        last_fetched_epoch: partition.last_fetched_epoch,
    }
}

fn forgotten_key(topic: &ForgottenTopic<'_>, by_id: bool) -> TopicKey {
    if by_id { TopicKey::Id(topic.topic_id) } else { TopicKey::Name((&*topic.topic).into()) }
}

fn empty(error: ErrorCode) -> FetchResponse<'static> {
    FetchResponse { error_code: error.code(), ..FetchResponse::default() }
}

/// Groups neighbours of one topic; the order of the partitions is kept.
fn response(
    session_id: i32,
    reads: impl Iterator<Item = (Wanted, PartitionRead)>,
    limits: Limits,
) -> FetchResponse<'static> {
    let mut responses: Vec<FetchableTopicResponse<'static>> = Vec::new();
    let mut last_topic = None;
    for (wanted, read) in reads {
        let data = partition_data(wanted.partition, read, limits);
        if last_topic.as_ref() != Some(&wanted.topic) {
            responses.push(topic_response(&wanted.topic));
            last_topic = Some(wanted.topic);
        }
        if let Some(topic) = responses.last_mut() {
            topic.partitions.push(data);
        }
    }
    FetchResponse { session_id, responses, ..FetchResponse::default() }
}

fn topic_response(topic: &TopicKey) -> FetchableTopicResponse<'static> {
    match topic {
        TopicKey::Id(id) => {
            FetchableTopicResponse { topic_id: *id, ..FetchableTopicResponse::default() }
        }
        TopicKey::Name(name) => FetchableTopicResponse {
            topic: Cow::Owned(name.to_string()),
            ..FetchableTopicResponse::default()
        },
    }
}

fn partition_data(partition: i32, read: PartitionRead, limits: Limits) -> PartitionData<'static> {
    let aborted = match read.error {
        ErrorCode::None => limits.committed_only,
        // Kafka's answers for what it does not find are made elsewhere, with an empty list.
        ErrorCode::UnknownTopicOrPartition | ErrorCode::UnknownTopicId => true,
        _ => false,
    };
    PartitionData {
        partition_index: partition,
        error_code: read.error.code(),
        high_watermark: read.high_watermark.0,
        last_stable_offset: read.last_stable.0,
        log_start_offset: read.log_start.0,
        diverging_epoch: read.diverging.map_or_else(EpochEndOffset::default, |(epoch, end)| {
            EpochEndOffset { epoch: epoch.0, end_offset: end.0 }
        }),
        aborted_transactions: aborted.then(Vec::new),
        preferred_read_replica: -1,
        records: Some(read.records.map_or(Records::Slice(&[]), Records::File)),
        ..PartitionData::default()
    }
}
