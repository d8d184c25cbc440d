//! A client's way, step by step: the bootstrap address, what it is told there, and whether it gets
//! to where it was told to go.

use std::io;
use std::time::Duration;

use anyhow::Result;
use tokio::time::{Instant, sleep};

use crate::base::ErrorCode;
use crate::cli::client::{Client, Endpoint, Outgoing, Producer};

/// How long a topic may take to come into being.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why an address did not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nobody listens there, or nobody would in the world that the lab plays.
    Refused,
    /// The name has no address.
    Unresolved,
    /// Somebody accepted the connection and hung up.
    Closed,
    /// Nobody answers.
    Silent,
}

/// How the way ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// A record went where it was told to go, and was acknowledged.
    Works,
    /// Not even the first address worked.
    Bootstrap(Fault),
    /// The address that it was told did not work.
    Told { node: i32, at: Endpoint, fault: Fault },
    /// It was told no broker that leads the topic's partitions.
    NoLeader,
    /// Everything was there, and then something failed.
    Failed(String),
}

/// A client's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Visit {
    pub(super) bootstrap: Endpoint,
    /// Every broker that it was told of.
    pub(super) told: Vec<(i32, Endpoint)>,
    /// Partition and leader of the topic.
    pub(super) leaders: Vec<(i32, i32)>,
    pub(super) end: End,
}

/// Goes the way of a producer to `topic`. `leads` says whether an address leads anywhere for a
/// client who stands where the lab's client stands.
pub(super) async fn visit(
    bootstrap: Endpoint,
    topic: &str,
    leads: &dyn Fn(&Endpoint) -> bool,
) -> Visit {
    let (told, leaders) = (Vec::new(), Vec::new());
    let mut visit = Visit { bootstrap, told, leaders, end: End::Works };
    visit.end = match visit.go(topic, leads).await {
        Ok(end) => end,
        Err(error) => End::Failed(format!("{error:#}")),
    };
    visit
}

impl Visit {
    async fn go(&mut self, topic: &str, leads: &dyn Fn(&Endpoint) -> bool) -> Result<End> {
        if !leads(&self.bootstrap) {
            return Ok(End::Bootstrap(Fault::Refused));
        }
        let mut client = match Client::connect(&self.bootstrap.to_string()).await {
            Ok(client) => client,
            Err(error) => return Ok(End::Bootstrap(fault_of(&error))),
        };
        if !self.ask(&mut client, topic).await? {
            return Ok(End::NoLeader);
        }
        for (node, at) in self.told.clone() {
            let fault = match leads(&at) {
                false => Some(Fault::Refused),
                true => client.broker(node).await.err().map(|error| fault_of(&error)),
            };
            if let Some(fault) = fault {
                return Ok(End::Told { node, at, fault });
            }
        }
        let mut producer = Producer::new(client, topic).await?;
        let record = Outgoing { value: Some(b"hello".to_vec()), ..Outgoing::default() };
        producer.send(&[record]).await?;
        Ok(End::Works)
    }

    /// Asks who leads the topic; false if nobody does whom this client could reach.
    async fn ask(&mut self, client: &mut Client, topic: &str) -> Result<bool> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            let answer = client.metadata(Some(&[topic.to_owned()]), true).await?;
            let broker =
                |broker: &kafka_protocol::messages::metadata_response::MetadataResponseBroker| {
                    let port = u16::try_from(broker.port).unwrap_or_default();
                    (broker.node_id.0, Endpoint { host: broker.host.to_string(), port })
                };
            self.told = answer.brokers.iter().map(broker).collect();
            let partitions = answer.topics.iter().flat_map(|topic| &topic.partitions);
            self.leaders = partitions.map(|it| (it.partition_index, it.leader_id.0)).collect();
            self.leaders.sort_unstable();
            let code = answer.topics.first().map_or(0, |topic| topic.error_code);
            let is_settled = code == ErrorCode::None.code() && !self.leaders.is_empty();
            if is_settled || self.told.is_empty() || Instant::now() > give_up {
                let is_led = self.leaders.iter().all(|(_, leader)| *leader >= 0);
                return Ok(is_settled && is_led && !self.told.is_empty());
            }
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// What kind of failure it was that the operating system reported.
fn fault_of(error: &anyhow::Error) -> Fault {
    let kinds = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    match kinds.last().map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => Fault::Refused,
        Some(
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe,
        ) => Fault::Closed,
        Some(io::ErrorKind::TimedOut) | None => Fault::Silent,
        // Resolvers report what they do not know as an error of a kind of its own.
        Some(_) if format!("{error:#}").contains("lookup") => Fault::Unresolved,
        Some(_) => Fault::Silent,
    }
}
