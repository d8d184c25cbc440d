//! Which process listens on a port, as far as this user may see it (Linux's /proc).

use std::fmt;
use std::fs;
use std::path::Path;

/// A process that has a port open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PortOwner {
    pid: u32,
    command: String,
}

impl fmt::Display for PortOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid {})", self.command, self.pid)
    }
}

/// The state "listening" in `/proc/net/tcp`.
const LISTEN: &str = "0A";

/// The process that listens on `port`; `None` where it cannot be seen.
#[must_use]
pub(super) fn find(port: u16) -> Option<PortOwner> {
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|path| fs::read_to_string(path).ok())
        .flat_map(|table| listening_inodes(&table, port))
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        has_any(&entry.path().join("fd"), &inodes).then(|| PortOwner {
            pid,
            command: fs::read_to_string(entry.path().join("comm"))
                .map_or_else(|_| "a process".to_owned(), |name| name.trim().to_owned()),
        })
    })
}

/// Columns: number, local address (hexadecimal, with port), remote, state, ..., inode at 9.
fn listening_inodes(table: &str, port: u16) -> Vec<String> {
    let suffix = format!(":{port:04X}");
    let inode = |line: &str| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let listens = columns.get(1)?.ends_with(&suffix) && columns.get(3) == Some(&LISTEN);
        listens.then(|| columns.get(9).map(ToString::to_string)).flatten()
    };
    table.lines().skip(1).filter_map(inode).collect()
}

fn has_any(descriptors: &Path, sockets: &[String]) -> bool {
    let Ok(entries) = fs::read_dir(descriptors) else { return false };
    entries.flatten().any(|entry| {
        fs::read_link(entry.path())
            .is_ok_and(|target| sockets.iter().any(|socket| target.as_os_str() == socket.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::find;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_owner_of_a_port_of_ours_is_this_process() {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        assert_eq!(find(port).map(|owner| owner.pid), Some(std::process::id()));
    }
}
