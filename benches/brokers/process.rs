//! What the kernel says of a process: CPU time, memory, wake-ups.

use std::fs;
use std::time::Duration;

/// Clock ticks a second, the unit of /proc/PID/stat on Linux.
const TICKS: f64 = 100.0;

/// CPU seconds that the process has used, user and system.
pub fn cpu_seconds(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process lives");
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |index: usize| fields[index].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / TICKS
}

/// A line of /proc/PID/status in MB (10^6 bytes): `VmRSS`, `VmHWM`.
pub fn memory_mb(pid: u32, name: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process lives");
    let line = status.lines().find(|line| line.starts_with(name)).expect("Linux's status");
    let kb: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kb * 1024.0 / 1e6
}

/// How often threads of the process went to sleep and were woken during `span`.
pub fn wakeups(pid: u32, span: Duration) -> f64 {
    let before = switches(pid);
    std::thread::park_timeout(span);
    switches(pid) - before
}

fn switches(pid: u32) -> f64 {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("the process lives");
    let count = |path: std::path::PathBuf| -> Option<f64> {
        let status = fs::read_to_string(path.join("status")).ok()?;
        let line = status.lines().find(|line| line.starts_with("voluntary_ctxt_switches"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    tasks.flatten().filter_map(|task| count(task.path())).sum()
}
