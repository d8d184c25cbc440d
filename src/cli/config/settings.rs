//! All settings with where each came from, the strongest source winning.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use crate::cluster::{Profile, broker_key, default_of};
use crate::listener::Syntax;

/// Where a value came from, the weakest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Nothing was set; the default is Kafka's.
    KafkaDefault,
    /// Nothing was set; the default is klamm's own or differs from Kafka's on purpose.
    KlammDefault,
    /// It follows from another setting, for the reason given.
    Derived(String),
    /// The file given by `--config`.
    File {
        /// Its path as given.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// An environment variable of this name.
    Environment(String),
    /// A flag as it is written.
    Flag(String),
}

impl Origin {
    /// How the user spells settings where this one came from.
    #[must_use]
    pub fn syntax(&self) -> Option<Syntax> {
        match self {
            Origin::File { .. } => Some(Syntax::Properties),
            Origin::Environment(_) => Some(Syntax::Environment),
            Origin::Flag(_) => Some(Syntax::Flags),
            Origin::KafkaDefault | Origin::KlammDefault | Origin::Derived(_) => None,
        }
    }

    /// A word for machines: `file`, `environment`, `flag`, `derived`, `default`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Origin::KafkaDefault | Origin::KlammDefault => "default",
            Origin::Derived(_) => "derived",
            Origin::File { .. } => "file",
            Origin::Environment(_) => "environment",
            Origin::Flag(_) => "flag",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::KafkaDefault => f.write_str("default"),
            Origin::KlammDefault => f.write_str("default of klamm"),
            Origin::Derived(from) => f.write_str(from),
            Origin::File { path, line } => write!(f, "{}:{line}", path.display()),
            Origin::Environment(name) => f.write_str(name),
            Origin::Flag(flag) => f.write_str(flag),
        }
    }
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The text as it was written, without the blanks around it.
    pub value: String,
    /// Its source.
    pub origin: Origin,
}

/// What was set, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    set: BTreeMap<String, Setting>,
}

impl Settings {
    /// Sets a value; an earlier one of a weaker or equal source is replaced.
    pub fn set(&mut self, name: &str, value: &str, origin: Origin) {
        let value = value.trim().to_owned();
        self.set.insert(name.to_owned(), Setting { value, origin });
    }

    /// Takes a setting out.
    pub fn remove(&mut self, name: &str) -> Option<Setting> {
        self.set.remove(name)
    }

    /// What was set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.set.get(name)
    }

    /// The text that was set.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).map(|setting| setting.value.as_str())
    }

    /// Everything that was set, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Setting)> {
        self.set.iter().map(|(name, setting)| (name.as_str(), setting))
    }

    /// The texts of the settings that the broker knows.
    #[must_use]
    pub fn broker_values(&self) -> BTreeMap<String, String> {
        let known = self.iter().filter(|(name, _)| broker_key(name).is_some());
        known.map(|(name, setting)| (name.to_owned(), setting.value.clone())).collect()
    }

    /// The value in effect and its source; `None` for a setting without value and default.
    #[must_use]
    pub fn effective(&self, profile: Profile, name: &str) -> Option<Setting> {
        if let Some(setting) = self.get(name) {
            return Some(setting.clone());
        }
        let value = default_of(profile, name)?;
        let kafkas = broker_key(name)?.key.default;
        let is_kafkas = kafkas == Some(value) && !name.starts_with("klamm.");
        let origin = if is_kafkas { Origin::KafkaDefault } else { Origin::KlammDefault };
        Some(Setting { value: value.to_owned(), origin })
    }

    /// How the user spells settings in general: as most of those that were set.
    #[must_use]
    pub fn syntax(&self) -> Syntax {
        let mut counts: BTreeMap<Syntax, usize> = BTreeMap::new();
        for syntax in self.set.values().filter_map(|setting| setting.origin.syntax()) {
            *counts.entry(syntax).or_default() += 1;
        }
        let most = counts.into_iter().max_by_key(|(_, count)| *count);
        most.map_or(Syntax::Flags, |(syntax, _)| syntax)
    }
}
