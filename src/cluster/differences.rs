//! Where klamm's defaults differ from Apache Kafka's on purpose: one table, from which the
//! README's is checked. `klamm.profile=kafka` turns all of them off.

use std::collections::BTreeMap;

use super::broker_keys::broker_key;

/// Which defaults hold where nothing is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Profile {
    /// Defaults for one developer and one machine.
    #[default]
    Dev,
    /// Apache Kafka's defaults.
    Kafka,
}

impl Profile {
    /// The profile that a set of settings asks for; a misspelt one reads as the default and is
    /// reported by the check of the setting itself.
    #[must_use]
    pub fn of(values: &BTreeMap<String, String>) -> Profile {
        let kafka = |text: &String| text.trim().eq_ignore_ascii_case("kafka");
        if values.get("klamm.profile").is_some_and(kafka) { Profile::Kafka } else { Profile::Dev }
    }
}

/// A default that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// The setting.
    pub name: &'static str,
    /// What Apache Kafka does.
    pub kafka: &'static str,
    /// What klamm does without `klamm.profile=kafka`.
    pub klamm: &'static str,
    /// Why, in a sentence.
    pub why: &'static str,
    /// Whether `klamm` is a value that the setting has as its default; otherwise the default
    /// depends on other settings and the text says how.
    pub is_default: bool,
}

const fn difference(
    name: &'static str,
    kafka: &'static str,
    klamm: &'static str,
    why: &'static str,
) -> Difference {
    Difference { name, kafka, klamm, why, is_default: true }
}

/// Every default that differs.
pub const DIFFERENCES: &[Difference] = &[
    difference(
        "group.initial.rebalance.delay.ms",
        "3000",
        "0",
        "A test's first consumer starts at once instead of after three seconds.",
    ),
    difference(
        "offsets.topic.replication.factor",
        "3",
        "1",
        "With three, a single broker never gets a group coordinator.",
    ),
    difference(
        "transaction.state.log.replication.factor",
        "3",
        "1",
        "With three, a single broker never gets a transaction coordinator.",
    ),
    difference(
        "transaction.state.log.min.isr",
        "2",
        "1",
        "With two, a single broker never commits a transaction.",
    ),
    difference(
        "share.coordinator.state.topic.replication.factor",
        "3",
        "1",
        "With three, a single broker never gets a share coordinator.",
    ),
    difference(
        "share.coordinator.state.topic.min.isr",
        "2",
        "1",
        "With two, a single broker never stores a share group's state.",
    ),
    difference(
        "klamm.internal.topics.at.start",
        "false",
        "true",
        "The first group need not wait until `__consumer_offsets` exists.",
    ),
    difference(
        "klamm.topic.creation.wait",
        "false",
        "true",
        "A topic is usable as soon as its creation is answered; no retry, no flaky test.",
    ),
    difference(
        "klamm.retention.at.load",
        "true",
        "false",
        "Old fixtures are still there after a start; the periodic check deletes them as in Kafka.",
    ),
    difference(
        "node.id",
        "none: must be set",
        "1",
        "So that klamm starts without a file. The profile keeps it.",
    ),
    Difference {
        name: "advertised.listeners",
        kafka: "what listeners says, a missing host being this machine's name",
        klamm: "PLAINTEXT://localhost:9092 if listeners is not set either",
        why: "A laptop's name often resolves nowhere, or to an address of yesterday.",
        is_default: false,
    },
    Difference {
        name: "log.dirs",
        kafka: "/tmp/kafka-logs",
        klamm: "the folder kafka in klamm.data.dir",
        why: "Everything klamm keeps lies in one place, beside the S3 buckets.",
        is_default: false,
    },
    Difference {
        name: "listeners",
        kafka: "a comma too many in a list of listeners is refused",
        klamm: "it is ignored, as Kafka did before 4.1",
        why: "Testcontainers for .NET writes one.",
        is_default: false,
    },
];

/// The text that a setting has where nothing is set.
#[must_use]
pub fn default_of(profile: Profile, name: &str) -> Option<&'static str> {
    let difference = DIFFERENCES.iter().find(|it| it.name == name && it.is_default);
    match (profile, difference) {
        (Profile::Dev, Some(difference)) => Some(difference.klamm),
        (Profile::Kafka, Some(difference)) if name.starts_with("klamm.") => Some(difference.kafka),
        (Profile::Kafka, _) if name == "node.id" => Some("1"),
        _ => broker_key(name)?.key.default,
    }
}
