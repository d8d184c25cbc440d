//! A cluster as a client sees it: some broker to start from, metadata, a connection per broker.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::MetadataResponseTopic;
use kafka_protocol::messages::{
    BrokerId, FindCoordinatorRequest, MetadataRequest, MetadataResponse, TopicName,
};
use kafka_protocol::protocol::StrBytes;
use tokio::time::{Instant, sleep};

use super::security::Security;
use super::{Connection, Endpoint};
use crate::base::ErrorCode;

/// How long to wait for a leader or a coordinator that is being chosen.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two questions that were answered "not yet".
const RETRY_EVERY: Duration = Duration::from_millis(100);
/// How long a reader trusts what it knows of leaders.
const LEADERS_FRESH: Duration = Duration::from_secs(5);
/// Newest Metadata version that names topics only.
const METADATA_VERSION: i16 = 12;
/// Newest FindCoordinator version with one key.
const FIND_COORDINATOR_VERSION: i16 = 3;

/// A partition and the broker that leads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leader {
    /// The partition's number.
    pub partition: i32,
    /// The broker's node id.
    pub node: i32,
}

/// Connections to the brokers of one cluster.
#[derive(Debug)]
pub struct Client {
    security: Security,
    seed: Connection,
    endpoints: BTreeMap<i32, Endpoint>,
    connections: BTreeMap<i32, Connection>,
    known: BTreeMap<String, (Instant, Vec<Leader>)>,
}

impl Client {
    /// Connects to the first broker of the list that answers.
    ///
    /// # Errors
    /// Why the last of them did not.
    pub async fn connect(bootstrap_servers: &str) -> Result<Client> {
        let security = Security::plaintext();
        let mut failed = anyhow!("no broker is named");
        for text in bootstrap_servers.split(',').filter(|text| !text.trim().is_empty()) {
            match Connection::open(&Endpoint::parse(text)?, &security).await {
                Ok(seed) => {
                    let mut client = Client::over(seed, BTreeMap::new(), security);
                    client.metadata(Some(&[]), false).await?;
                    return Ok(client);
                }
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    /// A client of connections that are open already, the brokers' by node id.
    #[must_use]
    pub fn over(
        seed: Connection,
        brokers: BTreeMap<i32, (Endpoint, Connection)>,
        security: Security,
    ) -> Client {
        let mut client = Client {
            security,
            seed,
            endpoints: BTreeMap::new(),
            connections: BTreeMap::new(),
            known: BTreeMap::new(),
        };
        for (node, (endpoint, connection)) in brokers {
            client.endpoints.insert(node, endpoint);
            client.connections.insert(node, connection);
        }
        client
    }

    /// The broker that was connected to first.
    pub fn any(&mut self) -> &mut Connection {
        &mut self.seed
    }

    /// The node ids of all brokers.
    #[must_use]
    pub fn nodes(&self) -> Vec<i32> {
        self.endpoints.keys().copied().collect()
    }

    /// A connection to one broker, at the address it told.
    ///
    /// # Errors
    /// The broker is unknown or cannot be reached.
    pub async fn broker(&mut self, node: i32) -> Result<&mut Connection> {
        if !self.connections.contains_key(&node) {
            let endpoint =
                self.endpoints.get(&node).with_context(|| format!("no broker {node}"))?;
            let connection =
                Connection::open(endpoint, &self.security).await.with_context(|| {
                    format!(
                        "the cluster says that broker {node} is at {endpoint} \
                     (advertised.listeners), which cannot be reached from here"
                    )
                })?;
            self.connections.insert(node, connection);
        }
        self.connections.get_mut(&node).context("just inserted")
    }

    /// Forgets a connection that failed; the next use opens another.
    pub fn forget(&mut self, node: i32) {
        self.connections.remove(&node);
    }

    /// Metadata of some topics, or of all. Remembers the brokers' addresses.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub async fn metadata(
        &mut self,
        topics: Option<&[String]>,
        create: bool,
    ) -> Result<MetadataResponse> {
        let answer = self
            .seed
            .call(METADATA_VERSION, |version| {
                let named = topics.map(|topics| {
                    topics
                        .iter()
                        .map(|name| {
                            MetadataRequestTopic::default().with_name(Some(topic_name(name)))
                        })
                        .collect()
                });
                MetadataRequest::default()
                    .with_topics(if version == 0 { named.or(Some(Vec::new())) } else { named })
                    .with_allow_auto_topic_creation(create)
            })
            .await?;
        for broker in &answer.brokers {
            let port = u16::try_from(broker.port).unwrap_or_default();
            let endpoint = Endpoint { host: broker.host.to_string(), port };
            if self.endpoints.insert(broker.node_id.0, endpoint.clone()) != Some(endpoint) {
                self.connections.remove(&broker.node_id.0);
            }
        }
        Ok(answer)
    }

    /// The partitions of a topic with their leaders, in order; waits for elections to end and,
    /// with `create`, for the topic to come into being.
    ///
    /// # Errors
    /// The topic does not exist, or stays without a leader.
    pub async fn leaders(&mut self, topic: &str, create: bool) -> Result<Vec<Leader>> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            let answer = self.metadata(Some(&[topic.to_owned()]), create).await?;
            let found = answer.topics.first().with_context(|| format!("no answer for {topic}"))?;
            let (code, leaders) = leaders_of(found);
            match code {
                ErrorCode::None => return Ok(leaders),
                ErrorCode::UnknownTopicOrPartition if !create => {
                    bail!("there is no topic `{topic}`")
                }
                code if code.is_retriable() && Instant::now() < give_up => {
                    sleep(RETRY_EVERY).await;
                }
                code => bail!("topic `{topic}`: {code}"),
            }
        }
    }

    /// As [`Client::leaders`] of an existing topic, but up to some seconds old unless forgotten.
    ///
    /// # Errors
    /// As [`Client::leaders`].
    pub async fn recent_leaders(&mut self, topic: &str) -> Result<Vec<Leader>> {
        if let Some((asked, leaders)) = self.known.get(topic)
            && asked.elapsed() < LEADERS_FRESH
        {
            return Ok(leaders.clone());
        }
        let leaders = self.leaders(topic, false).await?;
        self.known.insert(topic.to_owned(), (Instant::now(), leaders.clone()));
        Ok(leaders)
    }

    /// Forgets who leads what, after a broker said that it is another.
    pub fn forget_leaders(&mut self) {
        self.known.clear();
    }

    /// The coordinator of a group; waits while it loads or is created.
    ///
    /// # Errors
    /// There is none.
    pub async fn coordinator(&mut self, group: &str) -> Result<i32> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            let answer = self
                .seed
                .call(FIND_COORDINATOR_VERSION, |_| {
                    FindCoordinatorRequest::default().with_key(text(group))
                })
                .await?;
            match error_code(answer.error_code) {
                ErrorCode::None => {
                    let port = u16::try_from(answer.port).unwrap_or_default();
                    let endpoint = Endpoint { host: answer.host.to_string(), port };
                    self.endpoints.insert(answer.node_id.0, endpoint);
                    return Ok(answer.node_id.0);
                }
                code if code.is_retriable() && Instant::now() < give_up => {
                    sleep(RETRY_EVERY).await;
                }
                code => bail!("no coordinator for group `{group}`: {code}"),
            }
        }
    }
}

fn leaders_of(topic: &MetadataResponseTopic) -> (ErrorCode, Vec<Leader>) {
    let mut code = error_code(topic.error_code);
    let mut leaders = Vec::new();
    for partition in &topic.partitions {
        if partition.leader_id == BrokerId(-1) && code == ErrorCode::None {
            code = ErrorCode::LeaderNotAvailable;
        }
        let (partition, node) = (partition.partition_index, partition.leader_id.0);
        leaders.push(Leader { partition, node });
    }
    if leaders.is_empty() && code == ErrorCode::None {
        code = ErrorCode::LeaderNotAvailable;
    }
    leaders.sort_by_key(|leader| leader.partition);
    (code, leaders)
}

/// The code of a response; numbers from newer Kafkas read as an unknown server error.
pub(in crate::cli) fn error_code(code: i16) -> ErrorCode {
    ErrorCode::from_code(code).unwrap_or(ErrorCode::UnknownServerError)
}

/// Text as the crate wants it.
pub(super) fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

/// A topic's name as the crate wants it.
pub(super) fn topic_name(name: &str) -> TopicName {
    TopicName(text(name))
}
