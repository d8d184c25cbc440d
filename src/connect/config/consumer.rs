//! `consumer.override.*`: what a connector's file says about the consumer under the sink.

use std::collections::BTreeMap;

use super::read::Reader;

const PREFIX: &str = "consumer.override.";

/// The consumer under the sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerSettings {
    /// `auto.offset.reset`: where a partition without committed offset begins.
    pub offset_reset: OffsetReset,
    /// `isolation.level=read_committed`
    pub committed_only: bool,
    /// `max.poll.records`, if it is set: records of one poll share one reading of the clock.
    pub poll_records_max: Option<usize>,
    /// Everything after `consumer.override.`, for a consumer of another cluster.
    pub overrides: BTreeMap<String, String>,
}

/// `auto.offset.reset`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetReset {
    /// From the first record that is still there.
    Earliest,
    /// Only what comes from now on.
    Latest,
    /// The task fails.
    None,
    /// `by_duration:PT1H` (KIP-1106): from so many milliseconds before now on.
    ByDuration(i64),
}

/// What has an effect on klamm's own log, too.
const EFFECTIVE: &[&str] =
    &["auto.offset.reset", "group.id", "isolation.level", "max.poll.records"];

/// Every other setting of Kafka's consumer; they are for a cluster behind a network.
const OTHERS: &[&str] = &[
    "allow.auto.create.topics",
    "auto.commit.interval.ms",
    "auto.include.jmx.reporter",
    "bootstrap.servers",
    "check.crcs",
    "client.dns.lookup",
    "client.id",
    "client.rack",
    "config.providers",
    "connections.max.idle.ms",
    "default.api.timeout.ms",
    "enable.auto.commit",
    "enable.metrics.push",
    "exclude.internal.topics",
    "fetch.max.bytes",
    "fetch.max.wait.ms",
    "fetch.min.bytes",
    "group.instance.id",
    "group.protocol",
    "group.remote.assignor",
    "heartbeat.interval.ms",
    "interceptor.classes",
    "internal.throw.on.fetch.stable.offset.unsupported",
    "key.deserializer",
    "max.partition.fetch.bytes",
    "max.poll.interval.ms",
    "metadata.max.age.ms",
    "metadata.recovery.rebootstrap.trigger.ms",
    "metadata.recovery.strategy",
    "metric.reporters",
    "metrics.num.samples",
    "metrics.recording.level",
    "metrics.sample.window.ms",
    "partition.assignment.strategy",
    "receive.buffer.bytes",
    "reconnect.backoff.max.ms",
    "reconnect.backoff.ms",
    "request.timeout.ms",
    "retry.backoff.max.ms",
    "retry.backoff.ms",
    "security.protocol",
    "security.providers",
    "send.buffer.bytes",
    "session.timeout.ms",
    "share.acknowledgement.mode",
    "socket.connection.setup.timeout.max.ms",
    "socket.connection.setup.timeout.ms",
    "value.deserializer",
];

/// Reads `consumer.override.*`.
pub(super) fn consumer(read: &mut Reader<'_>) -> ConsumerSettings {
    let overrides: BTreeMap<String, String> = read
        .with_prefix(PREFIX)
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    for name in overrides.keys() {
        tell(read, name);
    }
    let text = |name: &str| overrides.get(name).map(String::as_str);
    ConsumerSettings {
        offset_reset: offset_reset(read, text("auto.offset.reset").unwrap_or("earliest")),
        committed_only: isolation(read, text("isolation.level").unwrap_or("read_uncommitted")),
        poll_records_max: text("max.poll.records").and_then(|value| poll_records(read, value)),
        overrides,
    }
}

/// Warns about a setting that changes nothing, or that nobody knows.
fn tell(read: &mut Reader<'_>, name: &str) {
    let is_family = ["ssl.", "sasl.", "metrics.context."].iter().any(|one| name.starts_with(one));
    if EFFECTIVE.contains(&name) {
        return;
    }
    if is_family || OTHERS.contains(&name) {
        if !read.has_cluster() {
            read.warn(format!(
                "{PREFIX}{name} has no effect: klamm's sink reads klamm's own log, without a network"
            ));
        }
        return;
    }
    let known = EFFECTIVE.iter().chain(OTHERS).copied();
    let hint = super::nearest::of(name, known)
        .map_or_else(String::new, |known| format!("; did you mean {PREFIX}{known}?"));
    read.warn(format!("{PREFIX}{name} is no setting of Kafka's consumer and is ignored{hint}"));
}

fn offset_reset(read: &mut Reader<'_>, value: &str) -> OffsetReset {
    const KEY: &str = "consumer.override.auto.offset.reset";
    match value.to_ascii_lowercase().as_str() {
        "earliest" => OffsetReset::Earliest,
        "latest" => OffsetReset::Latest,
        "none" => OffsetReset::None,
        other => {
            let duration = other.strip_prefix("by_duration:").and_then(duration_ms);
            duration.map_or_else(
                || {
                    read.refuse(KEY, format!("Invalid value {value} for configuration auto.offset.reset: Invalid value `{value}` for configuration auto.offset.reset. The value must be either 'earliest', 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'."));
                    OffsetReset::Earliest
                },
                OffsetReset::ByDuration,
            )
        }
    }
}

/// `PT1H30M`, `P2DT3S`: ISO 8601 in days, hours, minutes and seconds; not negative.
fn duration_ms(text: &str) -> Option<i64> {
    let rest = text.strip_prefix('p')?;
    let (days, time) = rest.split_once('t').map_or((rest, ""), |(days, time)| (days, time));
    let mut total_ms = 0.0_f64;
    let mut number = String::new();
    for (part, units) in [
        (days, &[('d', 86_400_000.0)][..]),
        (time, &[('h', 3_600_000.0), ('m', 60_000.0), ('s', 1000.0)][..]),
    ] {
        for character in part.chars() {
            match units.iter().find(|(unit, _)| *unit == character) {
                Some((_, unit_ms)) => {
                    total_ms += number.parse::<f64>().ok()? * unit_ms;
                    number.clear();
                }
                None if character.is_ascii_digit() || character == '.' => number.push(character),
                None => return None,
            }
        }
    }
    #[allow(clippy::cast_possible_truncation, reason = "a duration of 292 million years is enough")]
    (number.is_empty() && rest.len() > 1).then_some(total_ms as i64)
}

fn isolation(read: &mut Reader<'_>, value: &str) -> bool {
    let is_known = value.eq_ignore_ascii_case("read_committed")
        || value.eq_ignore_ascii_case("read_uncommitted");
    if !is_known {
        read.refuse("consumer.override.isolation.level", format!("Invalid value {value} for configuration isolation.level: String must be one of (case insensitive): READ_UNCOMMITTED, READ_COMMITTED"));
    }
    value.eq_ignore_ascii_case("read_committed")
}

fn poll_records(read: &mut Reader<'_>, value: &str) -> Option<usize> {
    const KEY: &str = "consumer.override.max.poll.records";
    let refusal = match value.parse::<i32>() {
        Ok(number) if number >= 1 => return usize::try_from(number).ok(),
        Ok(_) => "Value must be at least 1",
        Err(_) => "Not a number of type INT",
    };
    read.refuse(
        KEY,
        format!("Invalid value {value} for configuration max.poll.records: {refusal}"),
    );
    None
}
