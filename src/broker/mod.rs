//! The runtime: owns topics, partitions, groups and waiting fetches, and real time.
//!
//! The state machines below it decide; here they get their records persisted, their
//! timers called and their replies delivered. Knows nothing of protocol versions and
//! nothing of sockets.
//!
//! Lock order: metadata log, topic table (for changes), then a group coordinator, then one partition.
//! No lock is held across an await.

mod clock;
pub mod configs;
mod doorkeeper;
pub mod entropy;
mod fatal;
pub mod fetch;
pub mod fetch_session;
mod fetch_wait;
mod groups;
mod maintenance;
pub mod metadata;
mod partition;
mod refusal;
mod topic_table;
pub mod topics;

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::base::{NodeId, Now};
use crate::cluster::BrokerConfig;
use crate::listener::{Advertised, Listeners};
use crate::storage::{self, LogDirectory};

pub use self::clock::Clock;
pub use self::doorkeeper::{Doorkeeper, House};
pub use self::fetch_session::SessionCache;
pub use self::fetch_wait::Waiter;
pub use self::groups::{Groups, OFFSETS_TOPIC};
pub use self::metadata::{Metadata, RegisteredEndpoint};
pub use self::partition::{Home, Partition, error_code_of};
pub use self::refusal::Refusal;
pub use self::topic_table::{INTERNAL_TOPICS, Topic, TopicTable, Topics};

/// One broker: what every edge shares.
#[derive(Debug)]
pub struct Broker {
    config: BrokerConfig,
    advertised: Advertised,
    clock: Clock,
    doorkeeper: Doorkeeper,
    home: Arc<Home>,
    topics: TopicTable,
    metadata: Metadata,
    fetch_sessions: Arc<SessionCache>,
    groups: Groups,
}

impl Broker {
    /// Takes over a data directory: reads the metadata log, or begins one that says where
    /// this broker is found.
    ///
    /// # Errors
    /// A metadata log that cannot be read or written.
    pub fn open(
        config: BrokerConfig,
        listeners: &Listeners,
        advertised: Advertised,
        directory: LogDirectory,
    ) -> Result<Arc<Self>, storage::Error> {
        let clock = Clock::start();
        let endpoints = metadata::endpoints(listeners, &advertised);
        let metadata = Metadata::open(&directory, &config, &endpoints, clock.now())?;
        let (sealed, full_segments) = mpsc::unbounded_channel();
        let doorkeeper = Doorkeeper::new(
            listeners.clone(),
            advertised.clone(),
            config.node_id,
            directory.meta().cluster_id.clone(),
            clock,
        );
        let home = Arc::new(Home { directory: Arc::new(directory), sealed });
        let sessions = usize::try_from(config.max_incremental_fetch_session_cache_slots);
        let broker = Arc::new(Broker {
            fetch_sessions: SessionCache::new(sessions.unwrap_or(0)),
            groups: Groups::new(&config),
            config,
            advertised,
            clock,
            doorkeeper,
            home,
            topics: TopicTable::default(),
            metadata,
        });
        broker.load_topics();
        if broker.config.internal_topics_at_start {
            broker.make_internal_topics();
        }
        maintenance::start(&broker, full_segments);
        Ok(broker)
    }

    /// Closes every partition and leaves the mark of a clean stop. Nothing may be served any more.
    ///
    /// # Errors
    /// The first thing that could not be written; the next start then looks at the tails.
    pub fn close(&self) -> Result<(), storage::Error> {
        let now = self.now();
        let mut result = Ok(());
        for topic in self.topics.load().iter() {
            for partition in &topic.partitions {
                let closed = partition.close(now);
                result = result.and(closed);
            }
        }
        let closed = self.metadata.close(now);
        result.and(closed)?;
        self.home.directory.close(now)
    }

    /// The settings it was started with.
    #[must_use]
    pub fn config(&self) -> &BrokerConfig {
        &self.config
    }

    /// Its number.
    #[must_use]
    pub fn node_id(&self) -> NodeId {
        self.config.node_id
    }

    /// The id of the cluster, as the data directory has it.
    #[must_use]
    pub fn cluster_id(&self) -> &str {
        &self.home.directory.meta().cluster_id
    }

    /// Who is told which address.
    #[must_use]
    pub fn advertised(&self) -> &Advertised {
        &self.advertised
    }

    /// Who came to which listener, and whether they came back.
    #[must_use]
    pub fn doorkeeper(&self) -> &Doorkeeper {
        &self.doorkeeper
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Now {
        self.clock.now()
    }

    /// The topics.
    #[must_use]
    pub fn topics(&self) -> &TopicTable {
        &self.topics
    }

    /// The metadata log and what it amounts to.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// What all partitions share.
    pub(crate) fn home(&self) -> &Arc<Home> {
        &self.home
    }

    /// Where the partitions live.
    #[must_use]
    pub fn directory(&self) -> &LogDirectory {
        &self.home.directory
    }

    /// The fetch sessions of all clients.
    #[must_use]
    pub fn fetch_sessions(&self) -> &Arc<SessionCache> {
        &self.fetch_sessions
    }

    /// The group coordinators.
    #[must_use]
    pub fn groups(&self) -> &Groups {
        &self.groups
    }
}
