//! The process itself, under the names that every Prometheus client library has.

use std::fs;

use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};

use super::exposition::{Exposition, Kind};

pub(super) fn write(page: &mut Exposition, started_at_ms: i64) {
    let cpu = clock_gettime(ClockId::ProcessCPUTime);
    page.family(
        "process_cpu_seconds_total",
        Kind::Counter,
        "User and system CPU time spent, in seconds.",
    )
    .sample(&[], format_args!("{}.{:09}", cpu.tv_sec, cpu.tv_nsec));
    page.family(
        "process_start_time_seconds",
        Kind::Gauge,
        "Start of the process, in seconds since 1970.",
    )
    .sample(&[], format_args!("{}.{:03}", started_at_ms / 1000, started_at_ms % 1000));
    if let Some(most) = getrlimit(Resource::Nofile).current {
        page.family("process_max_fds", Kind::Gauge, "Most files that may be open.")
            .sample(&[], most);
    }
    // Linux only, as in the client libraries.
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        page.family("process_open_fds", Kind::Gauge, "Files that are open.")
            .sample(&[], open.count());
    }
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    for (name, field, help) in [
        ("process_resident_memory_bytes", "VmRSS:", "Resident memory, in bytes."),
        ("process_virtual_memory_bytes", "VmSize:", "Virtual memory, in bytes."),
    ] {
        if let Some(kib) = kib(&status, field) {
            page.family(name, Kind::Gauge, help).sample(&[], kib * 1024);
        }
    }
}

/// `VmRSS:     1234 kB`
fn kib(status: &str, field: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}
