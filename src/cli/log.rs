//! What the program says while it runs: on stderr, in colour only on a terminal. How much can be
//! changed while it runs, over Connect's `/admin/loggers`.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::reload;

use super::config::LogLevel;
use crate::connect::herder::{LogLevels, LoggerLevel, ROOT_LOGGER};

/// Changes the filter, whatever the subscriber's type.
type Change = Box<dyn Fn(Targets) + Send + Sync>;

static CHANGE: OnceLock<Change> = OnceLock::new();
/// The loggers that have a level of their own.
static LOGGERS: Mutex<BTreeMap<String, LoggerLevel>> = Mutex::new(BTreeMap::new());
/// Kafka's loggers, and which part of klamm does what they report of.
const PARTS: [(&str, &str); 3] = [
    ("io.confluent.connect", "klamm::connect"),
    ("org.apache.kafka.connect", "klamm::connect"),
    ("org.apache.kafka.clients", "librdkafka"),
];

/// Starts logging; a second call changes nothing.
pub(super) fn start(level: LogLevel) {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let mut loggers = loggers();
    loggers.insert(ROOT_LOGGER.to_owned(), LoggerLevel { level: text(level), last_modified: None });
    let (filter, handle) = reload::Layer::new(wanted(&loggers));
    let format = tracing_subscriber::fmt::layer()
        .with_target(level >= LevelFilter::DEBUG)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    let subscriber = {
        use tracing_subscriber::layer::SubscriberExt;
        tracing_subscriber::registry().with(filter).with(format)
    };
    // Somebody who embeds klamm may have a subscriber of their own.
    if tracing::subscriber::set_global_default(subscriber).is_ok() {
        let _ = CHANGE.set(Box::new(move |targets| {
            // Fails only when the subscriber is gone, at the end of the process.
            let _ = handle.reload(targets);
        }));
    }
}

fn loggers() -> MutexGuard<'static, BTreeMap<String, LoggerLevel>> {
    // A map of texts is whole whenever somebody panicked.
    LOGGERS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn text(level: LevelFilter) -> String {
    level.to_string().to_uppercase()
}

/// What is said. The S3 library says every refusal of a client's request as an error of ours:
/// that is for debugging.
fn wanted(loggers: &BTreeMap<String, LoggerLevel>) -> Targets {
    let root = loggers.get(ROOT_LOGGER).map_or(LevelFilter::INFO, |root| filter(&root.level));
    let s3s = if root >= LevelFilter::DEBUG { root } else { LevelFilter::OFF };
    let mut targets = Targets::new().with_default(root).with_target("s3s", s3s);
    // The longest name of a part comes last, and wins.
    for (name, logger) in loggers {
        for (_, target) in PARTS.iter().filter(|(part, _)| name.starts_with(part)) {
            targets = targets.with_target(*target, filter(&logger.level));
        }
        if name.starts_with("klamm") {
            targets = targets.with_target(name.replace('.', "::"), filter(&logger.level));
        }
    }
    targets
}

/// log4j's levels.
fn filter(level: &str) -> LevelFilter {
    match level {
        "OFF" => LevelFilter::OFF,
        "FATAL" | "ERROR" => LevelFilter::ERROR,
        "WARN" => LevelFilter::WARN,
        "DEBUG" => LevelFilter::DEBUG,
        "TRACE" | "ALL" => LevelFilter::TRACE,
        _ => LevelFilter::INFO,
    }
}

/// The levels of this process.
#[derive(Debug)]
pub(super) struct Levels;

impl LogLevels for Levels {
    fn all(&self) -> BTreeMap<String, LoggerLevel> {
        loggers().clone()
    }

    fn set(&self, logger: &str, level: &str, now_ms: i64) -> Vec<String> {
        let mut loggers = loggers();
        let is_root = logger == ROOT_LOGGER;
        let below = loggers.keys().filter(|name| is_root || name.starts_with(logger));
        let mut affected: Vec<String> = below.cloned().chain([logger.to_owned()]).collect();
        affected.sort_unstable();
        affected.dedup();
        for name in &affected {
            let known = loggers
                .entry(name.clone())
                .or_insert_with(|| LoggerLevel { level: String::new(), last_modified: None });
            if known.level != level {
                level.clone_into(&mut known.level);
                known.last_modified = Some(now_ms);
            }
        }
        if let Some(change) = CHANGE.get() {
            change(wanted(&loggers));
        }
        affected
    }
}
