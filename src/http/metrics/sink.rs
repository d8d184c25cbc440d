//! The S3 sinks' counters.

use serde_json::Value;

use super::exposition::{Exposition, Kind};

/// The counter's place in `/api/sink`, its name here, what it is.
const COUNTERS: [(&str, &str, Kind, &str); 11] = [
    (
        "records_written",
        "klamm_sink_records_written_total",
        Kind::Counter,
        "Records in objects that are in the bucket.",
    ),
    (
        "objects_written",
        "klamm_sink_objects_written_total",
        Kind::Counter,
        "Objects that are in the bucket.",
    ),
    ("bytes_written", "klamm_sink_bytes_written_total", Kind::Counter, "Bytes of these objects."),
    (
        "records_skipped",
        "klamm_sink_records_skipped_total",
        Kind::Counter,
        "Records left out because of errors.tolerance=all.",
    ),
    (
        "dead_letters",
        "klamm_sink_dead_letters_total",
        Kind::Counter,
        "Records sent to the dead letter queue.",
    ),
    (
        "records_left_out",
        "klamm_sink_records_left_out_total",
        Kind::Counter,
        "Records dropped by transforms, and null values that are ignored.",
    ),
    (
        "failures",
        "klamm_sink_failures_total",
        Kind::Counter,
        "Failures of the bucket or the source, each followed by another attempt.",
    ),
    ("tasks_failed", "klamm_sink_tasks_failed", Kind::Gauge, "Tasks that wait for a restart."),
    ("open_files", "klamm_sink_open_files", Kind::Gauge, "Files that are open."),
    ("buffered_records", "klamm_sink_buffered_records", Kind::Gauge, "Records in open files."),
    ("buffered_bytes", "klamm_sink_buffered_bytes", Kind::Gauge, "Bytes of them in memory."),
];

/// Writes what `status` says of every connector; it is what `/api/sink` answers.
pub(super) fn write(page: &mut Exposition, status: &Value) {
    let connectors = status.as_array().map_or(&[][..], Vec::as_slice);
    for (field, name, kind, help) in COUNTERS {
        let mut family = page.family(name, kind, help);
        for connector in connectors {
            let name = connector["name"].as_str().unwrap_or_default();
            if let Some(value) = connector["metrics"][field].as_u64() {
                family.sample(&[("connector", name)], value);
            }
        }
    }
}
