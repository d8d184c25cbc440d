//! The first records of a metadata log, as a Kafka 4.3 node in both roles writes them: who leads
//! the quorum, the features of a freshly formatted directory, the registrations.

use std::borrow::Cow;

use super::log::{Batch, MetadataLog};
use super::records::{encode, encode_record};
use crate::base::{NodeId, Now, Uuid};
use crate::broker::entropy::random_uuid;
use crate::cluster::{Change, ConfigResource};
use crate::listener::{Advertised, Listeners};
use crate::storage::Error;
use crate::wire::Message;
use crate::wire::records::leader_change_message::Voter;
use crate::wire::records::register_broker_record::{BrokerEndpoint, BrokerFeature};
use crate::wire::records::register_controller_record::ControllerFeature;
use crate::wire::records::{
    BeginTransactionRecord, BrokerRegistrationChangeRecord, EndTransactionRecord,
    LeaderChangeMessage, RegisterBrokerRecord, RegisterControllerRecord,
};

/// A feature: its name, the levels that this release supports, and the level of a new cluster;
/// 0 for one that is not turned on there.
pub type Feature = (&'static str, i16, i16, i16);

/// The features of Kafka 4.3, as its controller lists them.
pub const FEATURES: &[Feature] = &[
    ("metadata.version", 7, 30, 30),
    ("eligible.leader.replicas.version", 0, 1, 1),
    ("group.version", 0, 1, 1),
    ("share.version", 0, 1, 1),
    ("streams.version", 0, 1, 1),
    ("transaction.version", 0, 2, 2),
    ("kraft.version", 0, 1, 0),
];

/// Where a broker is found, as it registers itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredEndpoint {
    /// The listener's name.
    pub name: String,
    /// The advertised host.
    pub host: String,
    /// The advertised port.
    pub port: u16,
}

/// Where the broker is found, for its registration.
#[must_use]
pub fn endpoints(listeners: &Listeners, advertised: &Advertised) -> Vec<RegisteredEndpoint> {
    let told = listeners.all.iter().zip(advertised.endpoints());
    told.filter_map(|(listener, endpoint)| {
        let endpoint = endpoint?;
        let name = listener.name.to_string();
        Some(RegisteredEndpoint { name, host: endpoint.host.clone(), port: endpoint.port })
    })
    .collect()
}

/// Writes the first records; the broker's epoch is the offset of its registration, as in Kafka.
pub(super) fn write(
    log: &mut MetadataLog,
    node: NodeId,
    endpoints: &[RegisteredEndpoint],
    rack: Option<&str>,
    now: Now,
) -> Result<Vec<Change>, Error> {
    let voter = Voter { voter_id: node.0, voter_directory_id: Uuid::ZERO };
    let leader = LeaderChangeMessage {
        leader_id: node.0,
        voters: vec![voter.clone()],
        granting_voters: vec![voter],
        ..LeaderChangeMessage::default()
    };
    let leader = leader.encode_to_vec(0).expect("a quorum of one fits its version");
    log.append(Batch::LeaderChange(&leader), now)?;

    let changes = first_changes();
    let begin = BeginTransactionRecord { name: Some(Cow::Borrowed("Bootstrap records")) };
    let mut records = vec![encode_record(&begin, 0)];
    records.extend(changes.iter().map(|change| encode(change, log.writer())));
    records.push(encode_record(&EndTransactionRecord::default(), 0));
    log.append(Batch::Records(&records), now)?;

    log.append(Batch::Records(&[encode_record(&controller(node), 0)]), now)?;
    let broker_epoch = log.end().0;
    log.set_broker_epoch(broker_epoch);
    let broker = broker(node, broker_epoch, endpoints, rack, log.writer().directory);
    let unfenced = BrokerRegistrationChangeRecord {
        broker_id: node.0,
        broker_epoch,
        fenced: -1,
        ..BrokerRegistrationChangeRecord::default()
    };
    let records = [encode_record(&broker, 4), encode_record(&unfenced, 0)];
    log.append(Batch::Records(&records), now)?;
    Ok(changes)
}

/// What a new cluster has set: its features, and what `eligible.leader.replicas.version` needs.
fn first_changes() -> Vec<Change> {
    let on = FEATURES.iter().filter(|(_, _, _, level)| *level > 0);
    let mut changes: Vec<Change> = on
        .map(|(name, _, _, level)| Change::SetFeature { name: (*name).to_owned(), level: *level })
        .collect();
    changes.push(Change::SetConfig {
        resource: ConfigResource::DefaultBroker,
        name: "min.insync.replicas".to_owned(),
        value: Some("1".to_owned()),
    });
    changes
}

fn controller(node: NodeId) -> RegisterControllerRecord<'static> {
    let feature = |(name, min, max, _): &Feature| ControllerFeature {
        name: Cow::Borrowed(*name),
        min_supported_version: *min,
        max_supported_version: *max,
    };
    RegisterControllerRecord {
        controller_id: node.0,
        incarnation_id: random_uuid(),
        features: FEATURES.iter().map(feature).collect(),
        ..RegisterControllerRecord::default()
    }
}

fn broker<'a>(
    node: NodeId,
    broker_epoch: i64,
    endpoints: &'a [RegisteredEndpoint],
    rack: Option<&'a str>,
    directory: Uuid,
) -> RegisterBrokerRecord<'a> {
    let endpoint = |endpoint: &'a RegisteredEndpoint| BrokerEndpoint {
        name: Cow::Borrowed(endpoint.name.as_str()),
        host: Cow::Borrowed(endpoint.host.as_str()),
        port: endpoint.port,
        security_protocol: 0,
    };
    let feature = |(name, min, max, _): &Feature| BrokerFeature {
        name: Cow::Borrowed(*name),
        min_supported_version: *min,
        max_supported_version: *max,
    };
    RegisterBrokerRecord {
        broker_id: node.0,
        incarnation_id: random_uuid(),
        broker_epoch,
        end_points: endpoints.iter().map(endpoint).collect(),
        features: FEATURES.iter().map(feature).collect(),
        rack: rack.map(Cow::Borrowed),
        fenced: true,
        log_dirs: vec![directory],
        ..RegisterBrokerRecord::default()
    }
}
