//! Folders and rotation: the settings of Confluent's partitioners.

use std::sync::Arc;

use super::read::Reader;
use super::{lint, path_format};
use crate::connect::extractor::Extractor;
use crate::connect::partitioner::{
    PartitionerKind, PartitionerSettings, SchemaAffix, TimeSettings,
};
use crate::connect::rotation::{RotationSettings, Schedule};
use crate::connect::time::{LocaleNames, PathPattern, TimeZone};

const HOUR_MS: i64 = 3_600_000;
const HOURLY_FORMAT: &str = "'year'=YYYY/'month'=MM/'day'=dd/'hour'=HH";
const DAILY_FORMAT: &str = "'year'=YYYY/'month'=MM/'day'=dd";

pub(super) fn partitioner(read: &mut Reader<'_>) -> Option<PartitionerSettings> {
    let class = read.text("partitioner.class").to_owned();
    let kind = match read.simple_class("partitioner.class") {
        "DefaultPartitioner" => Some(PartitionerKind::Default),
        "FieldPartitioner" => fields(read).map(PartitionerKind::Field),
        "TimeBasedPartitioner" => {
            let duration_ms = read.number("partition.duration.ms");
            if duration_ms <= 0 {
                read.refuse("partition.duration.ms", format!("Invalid value {duration_ms} for configuration partition.duration.ms: Partition duration needs to be a positive."));
            }
            let format = read.text("path.format").to_owned();
            time(read, duration_ms, &format)
        }
        "HourlyPartitioner" => time(read, HOUR_MS, HOURLY_FORMAT),
        "DailyPartitioner" => time(read, 24 * HOUR_MS, DAILY_FORMAT),
        _ => {
            read.refuse(
                "partitioner.class",
                super::assemble::class_not_found("partitioner.class", &class),
            );
            None
        }
    };
    Some(PartitionerSettings {
        kind: kind?,
        delim: read.text("directory.delim").to_owned(),
        schema_affix: match read.text("s3.schema.partition.affix.type") {
            "PREFIX" => SchemaAffix::Prefix,
            "SUFFIX" => SchemaAffix::Suffix,
            _ => SchemaAffix::None,
        },
    })
}

fn fields(read: &mut Reader<'_>) -> Option<Vec<Vec<String>>> {
    let names = read.list("partition.field.name");
    if names.is_empty() {
        read.refuse(
            "partition.field.name",
            "Partition field name cannot be null or empty when using FieldPartitioner.",
        );
        return None;
    }
    let paths: Vec<Vec<String>> =
        names.iter().map(|name| name.split('.').map(str::to_owned).collect()).collect();
    if paths.iter().flatten().any(|segment| segment.trim().is_empty()) {
        read.refuse("partition.field.name", format!("Invalid value {} for configuration partition.field.name: Field name cannot contain an empty or whitespace-only path segment", names.join(",")));
        return None;
    }
    Some(paths)
}

/// What the connector checks when its task starts.
fn time(read: &mut Reader<'_>, duration_ms: i64, format: &str) -> Option<PartitionerKind> {
    let invalid = |key: &str, value: &str, reason: &str| {
        format!("Invalid value {value} for configuration {key}: {reason}")
    };
    let locale = read.text("locale").to_owned();
    if locale.is_empty() {
        read.refuse("locale", invalid("locale", "", "Locale cannot be empty."));
    }
    let zone = zone(read);
    let delim = read.text("directory.delim").to_owned();
    let format = format.strip_suffix(&delim).filter(|_| !delim.is_empty()).unwrap_or(format);
    let mut pattern: Option<PathPattern> = None;
    if format.trim().is_empty() {
        read.refuse("path.format", invalid("path.format", format, "Path format cannot be empty."));
    } else {
        let is_strict = read.text("klamm.path.format") == "strict";
        match path_format::compile(format, is_strict) {
            Ok(compiled) => {
                lint::firehose(read, format, compiled.expanded_to.as_deref());
                pattern = Some(compiled.pattern);
            }
            Err(error) => read.refuse_with(
                "path.format",
                invalid("path.format", format, &error.to_string()),
                "put literal text in single quotes: 'year'=YYYY/'month'=MM/'day'=dd/'hour'=HH",
            ),
        }
    }
    let extractor = extractor(read);
    Some(PartitionerKind::Time(Arc::new(TimeSettings {
        duration_ms: duration_ms.max(1),
        pattern: pattern?,
        zone: zone?,
        names: LocaleNames::for_setting(&locale),
        extractor: extractor?,
    })))
}

fn zone(read: &mut Reader<'_>) -> Option<TimeZone> {
    let id = read.text("timezone").to_owned();
    if id.is_empty() {
        read.refuse(
            "timezone",
            "Invalid value  for configuration timezone: Timezone cannot be empty.",
        );
        return None;
    }
    match TimeZone::parse(&id) {
        Ok(zone) => Some(zone),
        Err(error) => {
            let message = format!("Invalid value {id} for configuration timezone: {error}");
            read.refuse_with("timezone", message, "for example Asia/Seoul, UTC or +09:00");
            None
        }
    }
}

fn extractor(read: &mut Reader<'_>) -> Option<Extractor> {
    let name = read.text("timestamp.extractor").to_owned();
    let simple = read.simple_class("timestamp.extractor");
    match simple.trim_end_matches("TimestampExtractor") {
        "Wallclock" => Some(Extractor::Wallclock),
        "Record" => Some(Extractor::Record),
        "RecordField" => {
            let field = read.text("timestamp.field");
            Some(Extractor::RecordField(field.split('.').map(str::to_owned).collect()))
        }
        _ => {
            read.refuse("timestamp.extractor", format!("Invalid timestamp extractor: {name}"));
            None
        }
    }
}

pub(super) fn rotation(
    read: &mut Reader<'_>,
    partitioner: Option<&PartitionerSettings>,
) -> RotationSettings {
    let is_time =
        partitioner.is_some_and(|partitioner| matches!(partitioner.kind, PartitionerKind::Time(_)));
    let interval_ms = Some(read.number("rotate.interval.ms")).filter(|&interval| interval > 0);
    if interval_ms.is_some() && partitioner.is_some() && !is_time {
        read.warn("rotate.interval.ms has no effect: it works with a TimeBasedPartitioner only");
    }
    let schedule_ms = read.number("rotate.schedule.interval.ms");
    let mut schedule = None;
    if schedule_ms > 0 {
        if read.text("timezone").is_empty() {
            read.refuse("rotate.schedule.interval.ms", format!("Invalid value {schedule_ms} for configuration rotate.schedule.interval.ms: timezone configuration must be set when using rotate.schedule.interval.ms"));
        } else if let Ok(zone) = TimeZone::parse(read.text("timezone")) {
            schedule = Some(Schedule { interval_ms: schedule_ms, zone });
        } else if !is_time && partitioner.is_some() {
            // A time partitioner has refused the zone already.
            zone(read);
        }
    }
    RotationSettings {
        flush_size: read.number("flush.size"),
        interval_ms: interval_ms.filter(|_| is_time),
        on_partition_change: read.bool("rotate.file.on.partition.change"),
        schedule,
        open_files_max: usize::try_from(read.number("partitioner.max.open.files"))
            .ok()
            .filter(|&open_files_max| open_files_max > 0),
    }
}
