//! One door: resolve the name, knock at every address that it has.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::{DescribeConfigsRequest, DescribeConfigsResponse};
use kafka_protocol::protocol::StrBytes;
use tokio::net::lookup_host;
use tokio::time::timeout;

use super::knock::{Knock, Open, plain};
use crate::base::ErrorCode;
use crate::cli::client::{Connection, Endpoint, Security, error_code};
use crate::listener;
use crate::listener::probe::{Answer, BrokerSettings, Door};

/// Newest DescribeConfigs version.
const DESCRIBE_CONFIGS_VERSION: i16 = 4;
/// The resource type of brokers.
const BROKER: i8 = 4;

/// A door and the connections through it, one for each address.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) door: Door,
    pub(super) opens: Vec<Option<Open>>,
}

impl Visit {
    /// Goes there.
    pub(super) async fn to(endpoint: &Endpoint, security: &Security, patience: Duration) -> Visit {
        let start = Instant::now();
        let found = timeout(patience, lookup_host((endpoint.host.as_str(), endpoint.port))).await;
        let resolving = start.elapsed();
        let (addresses, unresolved) = match found {
            Ok(Ok(found)) => (found.collect::<Vec<_>>(), None),
            Ok(Err(error)) => (Vec::new(), Some(plain(&error))),
            Err(_) => (Vec::new(), Some("the resolver does not answer".to_owned())),
        };
        let mut seen = BTreeSet::new();
        let addresses = addresses.into_iter().filter(|address| seen.insert(*address));
        let knocks =
            addresses.map(|address| Knock { endpoint, address, security, patience }.knock());
        let (attempts, opens) = join_all(knocks).await.into_iter().unzip();
        let endpoint =
            listener::Endpoint { host: Some(endpoint.host.clone()), port: endpoint.port };
        Visit { door: Door { endpoint, unresolved, attempts, resolving }, opens }
    }

    /// Asks each address which broker it is, by asking for the settings of `node`: Kafka says
    /// whom it takes itself for. Returns the settings if it is that one.
    pub(super) async fn identify(&mut self, node: i32) -> Option<BrokerSettings> {
        let mut settings = None;
        for (attempt, open) in self.door.attempts.iter_mut().zip(&mut self.opens) {
            let Some(open) = open else { continue };
            let (who, said) = identify(&mut open.connection, node).await;
            if let Answer::Kafka { node, .. } = &mut attempt.answer {
                *node = who;
            }
            settings = settings.or(said);
        }
        settings
    }

    /// The first connection, taken out.
    pub(super) fn take(&mut self) -> Option<Open> {
        self.opens.iter_mut().find_map(Option::take)
    }
}

/// Which broker it is, as far as it tells, and its settings if it is `node`. Brokers that do not
/// answer, or not to this user, stay strangers without a fault.
pub(super) async fn identify(
    connection: &mut Connection,
    node: i32,
) -> (Option<i32>, Option<BrokerSettings>) {
    let keys = [
        "listeners",
        "advertised.listeners",
        "listener.security.protocol.map",
        "offsets.topic.replication.factor",
    ];
    let resource = DescribeConfigsResource::default()
        .with_resource_type(BROKER)
        .with_resource_name(StrBytes::from_string(node.to_string()))
        .with_configuration_keys(Some(keys.map(StrBytes::from_static_str).to_vec()));
    let request = DescribeConfigsRequest::default().with_resources(vec![resource]);
    match connection.call(DESCRIBE_CONFIGS_VERSION, |_| request).await {
        Ok(answer) => read(&answer, node),
        Err(_) => (None, None),
    }
}

fn read(answer: &DescribeConfigsResponse, node: i32) -> (Option<i32>, Option<BrokerSettings>) {
    let Some(result) = answer.results.first() else { return (None, None) };
    if error_code(result.error_code) != ErrorCode::None {
        // "Unexpected broker id, expected 2 or empty string, but received 1"
        let message = result.error_message.as_deref().unwrap_or_default();
        let expected = message.split(", expected ").nth(1).and_then(|rest| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        });
        return (expected, None);
    }
    let value = |name: &str| {
        let entry = result.configs.iter().find(|entry| &*entry.name == name);
        entry.and_then(|entry| entry.value.as_ref()).map(ToString::to_string)
    };
    let settings = BrokerSettings {
        listeners: value("listeners").unwrap_or_default(),
        advertised: value("advertised.listeners").unwrap_or_default(),
        protocol_map: value("listener.security.protocol.map").unwrap_or_default(),
        offsets_replication_factor: value("offsets.topic.replication.factor")
            .and_then(|text| text.parse().ok()),
    };
    let is_told = !settings.listeners.is_empty();
    (Some(node), is_told.then_some(settings))
}
