//! The whole way of a client, step by step: bootstrap, what is told, every broker on every
//! address, the coordinator, a record there and back.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use futures_util::future::join_all;
use kafka_protocol::messages::metadata_response::MetadataResponseTopic;
use kafka_protocol::messages::{DescribeClusterRequest, FindCoordinatorRequest, MetadataResponse};
use kafka_protocol::protocol::StrBytes;
use tokio::time::sleep;

use super::knock::Open;
use super::round_trip::round_trip;
use super::visit::Visit;
use crate::base::ErrorCode;
use crate::cli::client::{Client, Endpoint, Security, error_code};
use crate::cli::facts;
use crate::listener::probe::{BrokerSettings, Coordinator, RoundTrip, Survey, Told};

/// Newest FindCoordinator version with one key.
const FIND_COORDINATOR_VERSION: i16 = 3;
/// Newest DescribeCluster version: with brokers that are fenced (KIP-1073).
const DESCRIBE_CLUSTER_VERSION: i16 = 2;
/// The key of DescribeCluster.
const DESCRIBE_CLUSTER: i16 = 60;
/// Between two questions that were answered "not yet".
const RETRY_EVERY: Duration = Duration::from_millis(20);
/// Where groups keep their offsets.
const OFFSETS_TOPIC: &str = "__consumer_offsets";

/// What to do, and how patiently.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) bootstrap: Vec<Endpoint>,
    pub(super) security: Security,
    pub(super) patience: Duration,
    /// Whether a temporary topic may be made.
    pub(super) may_write: bool,
}

/// Something that took time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) took: Duration,
}

/// The facts, and what else is worth showing.
#[derive(Debug)]
pub(super) struct Examination {
    pub(super) survey: Survey,
    /// After the doors: metadata, coordinator, round trip.
    pub(super) steps: Vec<Step>,
    /// Topics that this user may see, internal ones too.
    pub(super) topics: Option<usize>,
    /// Brokers that are registered and not in service.
    pub(super) fenced: Vec<i32>,
    pub(super) took: Duration,
}

/// Goes the whole way.
pub(super) async fn examine(plan: &Plan) -> Examination {
    let start = Instant::now();
    let visit = |endpoint| Visit::to(endpoint, &plan.security, plan.patience);
    let mut doors = join_all(plan.bootstrap.iter().map(visit)).await;
    let seed = doors.iter_mut().find_map(Visit::take);
    let mut examination = Examination {
        survey: Survey {
            asked: plan.security.protocol,
            bootstrap: doors.into_iter().map(|visit| visit.door).collect(),
            cluster_id: None,
            told: Vec::new(),
            settings: BTreeMap::new(),
            unserved: Vec::new(),
            coordinator: Coordinator::NotAsked("no broker is reached".to_owned()),
            round_trip: RoundTrip::NotTried("no broker is reached".to_owned()),
            inside_container: facts::is_in_container(),
        },
        steps: Vec::new(),
        topics: None,
        fenced: Vec::new(),
        took: Duration::ZERO,
    };
    if let Some(seed) = seed {
        examination.within(plan, seed).await;
    }
    examination.took = start.elapsed();
    examination
}

impl Examination {
    /// From the first broker that let us in.
    async fn within(&mut self, plan: &Plan, seed: Open) {
        self.survey.cluster_id = seed.metadata.cluster_id.as_ref().map(ToString::to_string);
        let told = told_endpoints(&seed.metadata);
        let visits = join_all(told.iter().map(async |(node, endpoint)| {
            let mut visit = Visit::to(endpoint, &plan.security, plan.patience).await;
            let settings = visit.identify(*node).await;
            (*node, endpoint.clone(), visit, settings)
        }));
        let mut brokers = BTreeMap::new();
        for (node, endpoint, mut visit, settings) in visits.await {
            if let Some(open) = visit.take() {
                brokers.insert(node, (endpoint, open.connection));
            }
            self.survey.settings.extend(settings.map(|settings| (node, settings)));
            self.survey.told.push(Told { node, door: visit.door });
        }
        let mut client = Client::over(seed.connection, brokers, plan.security.clone());
        self.ask_for_settings(&mut client).await;
        let has_offsets_topic = self.ask_for_topics(&mut client).await;
        self.ask_for_fenced(&mut client).await;
        let start = Instant::now();
        self.survey.coordinator = if self.survey.told.is_empty() {
            Coordinator::NotAsked("no broker is told".to_owned())
        } else if has_offsets_topic || plan.may_write {
            self.find_coordinator(&mut client, plan.patience).await
        } else {
            let reason = format!("asking would create {OFFSETS_TOPIC} (--no-write)");
            Coordinator::NotAsked(reason)
        };
        self.steps.push(Step { name: "coordinator", took: start.elapsed() });
        self.survey.round_trip = if !plan.may_write {
            RoundTrip::NotTried("--no-write".to_owned())
        } else if !self.survey.told.iter().all(|told| self.survey.is_itself(told)) {
            RoundTrip::NotTried("not every broker is reached".to_owned())
        } else if self.survey.told.is_empty() {
            RoundTrip::NotTried("no broker is told".to_owned())
        } else {
            round_trip(client, plan.patience, &mut self.steps).await
        };
    }

    /// A broker that is not reached where it says it is may be the one that let us in.
    async fn ask_for_settings(&mut self, client: &mut Client) {
        if !self.survey.settings.is_empty() {
            return;
        }
        for told in &self.survey.told {
            let (_, settings) = super::visit::identify(client.any(), told.node).await;
            if let Some(settings) = settings {
                self.survey.settings.insert(told.node, settings);
                return;
            }
        }
    }

    /// Whether there are offsets of groups already.
    async fn ask_for_topics(&mut self, client: &mut Client) -> bool {
        let start = Instant::now();
        let answer = client.metadata(None, false).await;
        self.steps.push(Step { name: "metadata", took: start.elapsed() });
        let Ok(answer) = answer else { return false };
        self.topics = Some(answer.topics.len());
        self.survey.unserved = unserved(&answer);
        answer.topics.iter().any(|topic| topic_name(topic) == OFFSETS_TOPIC)
    }

    async fn ask_for_fenced(&mut self, client: &mut Client) {
        let connection = client.any();
        if !connection.speaks(DESCRIBE_CLUSTER) {
            return;
        }
        let answer = connection
            .call(DESCRIBE_CLUSTER_VERSION, |version| {
                DescribeClusterRequest::default()
                    .with_endpoint_type(1)
                    .with_include_fenced_brokers(version >= 2)
            })
            .await;
        if let Ok(answer) = answer {
            let fenced = answer.brokers.iter().filter(|broker| broker.is_fenced);
            self.fenced = fenced.map(|broker| broker.broker_id.0).collect();
        }
    }

    async fn find_coordinator(&self, client: &mut Client, patience: Duration) -> Coordinator {
        let brokers = self.survey.told.len();
        let is_too_much = |settings: &BrokerSettings| {
            let wanted = settings.offsets_replication_factor;
            wanted.is_some_and(|wanted| usize::try_from(wanted).is_ok_and(|it| it > brokers))
        };
        let is_hopeless = self.survey.settings.values().any(is_too_much);
        let give_up = Instant::now() + patience;
        loop {
            let asked: Result<_> = client
                .any()
                .call(FIND_COORDINATOR_VERSION, |_| {
                    let key = StrBytes::from_static_str("klamm-doctor");
                    FindCoordinatorRequest::default().with_key(key)
                })
                .await;
            let answer = match asked {
                Ok(answer) => answer,
                Err(error) => return Coordinator::Missing(format!("{error:#}")),
            };
            match error_code(answer.error_code) {
                ErrorCode::None => return Coordinator::Node(answer.node_id.0),
                ErrorCode::GroupAuthorizationFailed => {
                    return Coordinator::NotAsked(
                        "this user may not: GROUP_AUTHORIZATION_FAILED".to_owned(),
                    );
                }
                code if code.is_retriable() && !is_hopeless && Instant::now() < give_up => {
                    sleep(RETRY_EVERY).await;
                }
                code => return Coordinator::Missing(code.to_string()),
            }
        }
    }
}

fn told_endpoints(metadata: &MetadataResponse) -> Vec<(i32, Endpoint)> {
    let mut told: Vec<(i32, Endpoint)> = metadata
        .brokers
        .iter()
        .map(|broker| {
            let port = u16::try_from(broker.port).unwrap_or_default();
            (broker.node_id.0, Endpoint { host: broker.host.to_string(), port })
        })
        .collect();
    told.sort_by_key(|(node, _)| *node);
    told
}

fn topic_name(topic: &MetadataResponseTopic) -> &str {
    topic.name.as_ref().map_or("", |name| name.0.as_str())
}

/// Partitions with a leader that has no such listener.
fn unserved(metadata: &MetadataResponse) -> Vec<String> {
    let mut found = Vec::new();
    for topic in &metadata.topics {
        let name = topic_name(topic);
        for partition in &topic.partitions {
            if error_code(partition.error_code) == ErrorCode::ListenerNotFound {
                found.push(format!("{name}-{}", partition.partition_index));
            }
        }
    }
    found
}
