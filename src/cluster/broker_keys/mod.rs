//! Every broker setting of Kafka 4.3, with its type, its default and what klamm does with it.
//! The facts are those of Kafka's own definition; `fixtures/config/kafka-4.3.1-keys.tsv` holds
//! them and a test compares.

use std::fmt;

use super::config_key::Check::{
    self, Any, AtLeast, Between, Fraction, GzipLevel, NotEmpty, OneOf, OneOfAnyCase,
};
use super::config_key::ConfigKey;
use super::config_key::ConfigType::{
    self, Boolean, Class, Double, Int, List, Long, Password, Short, String,
};
use Treatment::{Honoured, NoEffect};
use UpdateMode::{ClusterWide, PerBroker, ReadOnly};
use Why::{
    ClassicGroups, NoCleaner, NoJava, NoQuorum, NoQuotas, NoThreadPools, NoTieredStorage,
    NoTransactions, OneProcess, PlaintextOnly,
};

/// A table of settings, a row each: name, type, default, check, update mode, treatment.
macro_rules! broker_keys {
    ($($name:literal $kind:ident $default:tt, $check:expr, $update:expr, $treatment:expr
        $(, $internal:ident)?;)*) => {
        pub(super) const KEYS: &[BrokerKey] = &[$(
            key($name, $kind, broker_keys!(@default $default), $check, $update, $treatment)
                $(.$internal())?,
        )*];
    };
    (@default none) => { None };
    (@default $text:literal) => { Some($text) };
}

mod cluster;
mod groups;
mod klamm;
mod network;
mod remote;
mod security;
mod share_streams;
mod topics;

/// Whether and where a broker setting can be changed while the broker runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateMode {
    /// Only at start.
    ReadOnly,
    /// For one broker.
    PerBroker,
    /// For one broker or as the default of all.
    ClusterWide,
}

/// Why a setting that Kafka has does nothing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "Display says it in a sentence")]
pub enum Why {
    OneProcess,
    NoQuorum,
    NoThreadPools,
    NoTransactions,
    ClassicGroups,
    PlaintextOnly,
    NoTieredStorage,
    NoQuotas,
    NoJava,
    NoCleaner,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OneProcess => "klamm is one process: nothing is replicated, handed over or buffered",
            NoQuorum => "klamm keeps the metadata log itself: there is no controller quorum",
            NoThreadPools => "klamm has no thread pools to size",
            NoTransactions => "this version serves no transactions",
            ClassicGroups => "this version serves classic consumer groups only",
            PlaintextOnly => "this version serves PLAINTEXT listeners only",
            NoTieredStorage => "klamm has no tiered storage",
            NoQuotas => "this version has no quotas",
            NoJava => "klamm is not Java: no class is loaded, no JMX is served",
            NoCleaner => "this version does not compact logs",
        })
    }
}

/// What klamm does with a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// It does what it does in Kafka.
    Honoured,
    /// It is accepted, checked, shown, and does nothing.
    NoEffect(Why),
}

/// A broker setting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BrokerKey {
    /// Name, type, default, check.
    pub key: ConfigKey,
    /// Whether it can be changed while the broker runs.
    pub update: UpdateMode,
    /// What klamm does with it.
    pub treatment: Treatment,
    /// Kafka does not document it and hides it from DescribeConfigs.
    pub is_internal: bool,
    /// What it does, in a sentence; of klamm's own settings only.
    pub documentation: &'static str,
}

impl BrokerKey {
    const fn internal(mut self) -> Self {
        self.is_internal = true;
        self
    }

    const fn documented(mut self, documentation: &'static str) -> Self {
        self.documentation = documentation;
        self
    }
}

const fn key(
    name: &'static str,
    kind: ConfigType,
    default: Option<&'static str>,
    check: Check,
    update: UpdateMode,
    treatment: Treatment,
) -> BrokerKey {
    let key = ConfigKey { name, kind, default, check };
    BrokerKey { key, update, treatment, is_internal: false, documentation: "" }
}

const THEMES: [&[BrokerKey]; 8] = [
    klamm::KEYS,
    cluster::KEYS,
    network::KEYS,
    topics::KEYS,
    groups::KEYS,
    share_streams::KEYS,
    security::KEYS,
    remote::KEYS,
];

/// All settings: klamm's own, then Kafka's by theme.
pub fn broker_keys() -> impl Iterator<Item = &'static BrokerKey> {
    THEMES.into_iter().flatten()
}

/// Kafka's own themes, each with its settings.
pub fn broker_keys_by_theme() -> impl Iterator<Item = (&'static str, &'static [BrokerKey])> {
    let names = [
        "The node and its peers",
        "Sockets, requests, metrics",
        "Topics and their logs",
        "Groups, offsets, producers, transactions",
        "Share groups and streams groups",
        "TLS, SASL, authorisation",
        "Tiered storage",
    ];
    names.into_iter().zip(THEMES.into_iter().skip(1))
}

/// Klamm's own settings, `klamm.*`.
pub fn klamm_keys() -> impl Iterator<Item = &'static BrokerKey> {
    klamm::KEYS.iter()
}

/// The setting of this name.
#[must_use]
pub fn broker_key(name: &str) -> Option<&'static BrokerKey> {
    broker_keys().find(|broker_key| broker_key.key.name == name)
}
