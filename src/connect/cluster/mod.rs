//! What the sink needs of a Kafka cluster: records, the offsets of a connector's group, and a
//! place where connectors are remembered. This process's own broker, or any cluster.

mod config_log;
mod local;
mod remote;

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;

use super::config::SinkConfig;
use super::source::Source;
use crate::base::{Offset, TopicPartition};

pub use self::config_log::{CONFIG_TOPIC, ConfigLog};
pub use self::local::LocalCluster;
pub use self::remote::{RemoteCluster, user_and_password};

/// Offsets of a group; `None` stands for one that is to be forgotten.
pub type Offsets<T> = BTreeMap<TopicPartition, T>;

/// A Kafka cluster.
pub trait Cluster: Send + Sync {
    /// Its id.
    fn id(&self) -> String;

    /// The source of one of a connector's tasks.
    fn source(&self, config: &SinkConfig, task: usize) -> Box<dyn Source>;

    /// The offsets that a group has committed.
    fn committed<'a>(&'a self, group: &'a str) -> BoxFuture<'a, Result<Offsets<Offset>, String>>;

    /// Commits and forgets offsets of a group without members.
    fn alter<'a>(
        &'a self,
        group: &'a str,
        offsets: &'a Offsets<Option<Offset>>,
    ) -> BoxFuture<'a, Result<(), String>>;

    /// Forgets a group without members; it may not exist.
    fn delete_group<'a>(&'a self, group: &'a str) -> BoxFuture<'a, Result<(), String>>;

    /// Where connectors are remembered; `None` where they live as long as the process
    /// (connect-standalone).
    fn config_log(&self) -> Option<&dyn ConfigLog>;
}
