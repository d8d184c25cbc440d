//! What is allowed and probably not meant.

use std::collections::BTreeMap;

use super::read::Reader;
use super::{NullValues, OffsetReset, SinkConfig};
use crate::connect::extractor::Extractor;
use crate::connect::partitioner::PartitionerKind;
use crate::connect::time::LocaleNames;

/// The loud one: `!{timestamp:…}` is another product's language.
pub(super) fn firehose(read: &mut Reader<'_>, format: &str, expanded_to: Option<&str>) {
    if !format.contains("!{") {
        return;
    }
    let is_quoted = format.starts_with('\'');
    let real = if is_quoted {
        "Confluent's connector takes it literally: every object would go to one folder of \
         exactly that name, without any time in it"
    } else {
        "Confluent's connector refuses it: Illegal pattern component: r"
    };
    read.warn(match expanded_to {
        Some(joda) => format!(
            "path.format={format} is the prefix language of Amazon Data Firehose, not of Kafka \
             Connect. klamm expands it, as if it were path.format={joda}; write that instead. \
             {real}. klamm.path.format=strict does as the connector does"
        ),
        None => format!(
            "path.format={format} is the prefix language of Amazon Data Firehose, not of Kafka \
             Connect, and is taken literally: every object goes to one folder of exactly that \
             name. Correct is path.format='year'=YYYY/'month'=MM/'day'=dd/'hour'=HH"
        ),
    });
}

pub(super) fn lint(
    properties: &BTreeMap<String, String>,
    config: &SinkConfig,
    warnings: &mut Vec<String>,
) {
    let text = |key: &str| properties.get(key).map_or("", |value| value.trim());
    if let PartitionerKind::Time(time) = &config.partitioner.kind {
        for (letter, count) in time.pattern.letters() {
            let advice = match (letter, count) {
                ('D', _) => "D is the day of the year; the day of the month is dd",
                ('h', _) => "hh is the hour of a half day; the hour of the day is HH",
                ('m', 2) if !time.pattern.letters().any(|(letter, _)| letter == 'M') => {
                    "mm is the minute; the month is MM"
                }
                ('x', _) => "x is the year of the week; the calendar year is yyyy",
                _ => continue,
            };
            warnings.push(format!("path.format={}: {advice}", text("path.format")));
        }
        let locale = text("locale");
        let uses_names = time
            .pattern
            .letters()
            .any(|(letter, count)| letter == 'E' || (letter == 'M' && count > 2) || letter == 'a');
        if uses_names && !LocaleNames::is_known(locale) {
            let language = locale.split(['_', '-']).next().unwrap_or(locale);
            warnings.push(format!(
                "locale={locale} is no language to the connector, so that names of months and days are English; write locale={language}"
            ));
        }
        if time.extractor == Extractor::Wallclock {
            warnings.push(
                "timestamp.extractor is Wallclock: folders follow the time at which the sink \
                 takes records up, not the time of the events, and records that are read again \
                 after a crash may go to another folder. Record or RecordField make it exact"
                    .to_owned(),
            );
        }
    }
    if config.rotation.schedule.is_some() {
        warnings.push(
            "rotate.schedule.interval.ms closes files by the clock: after a crash records may be \
             written twice (at least once)"
                .to_owned(),
        );
    } else {
        warnings.push(format!(
            "a file is closed after flush.size={} records of a partition{}; what remains stays \
             unwritten until more arrive, or until `klamm sink flush`. \
             rotate.schedule.interval.ms closes files by the clock",
            config.rotation.flush_size,
            if config.rotation.interval_ms.is_some() {
                " or by a record that is rotate.interval.ms later"
            } else {
                ""
            }
        ));
    }
    if let NullValues::Write { folder } = &config.null_values {
        warnings.push(format!(
            "behavior.on.null.values=write: keys of tombstones go to the folder {folder}, whatever the partitioner says"
        ));
    }
    if config.consumer.offset_reset == OffsetReset::Latest {
        warnings.push(
            "consumer.override.auto.offset.reset=latest: what is in the topics already is not written"
                .to_owned(),
        );
    }
}
