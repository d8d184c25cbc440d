//! How full the disk is.

use super::directory::LogDirectory;

/// The file system that the data directory is on, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Its size.
    pub total_bytes: i64,
    /// What can still be written to it.
    pub usable_bytes: i64,
}

impl LogDirectory {
    /// Size and free space of the file system, where it tells.
    #[must_use]
    pub fn space(&self) -> Option<Space> {
        let facts = rustix::fs::statvfs(self.path()).ok()?;
        let bytes = |blocks: u64| i64::try_from(blocks.saturating_mul(facts.f_frsize)).ok();
        Some(Space { total_bytes: bytes(facts.f_blocks)?, usable_bytes: bytes(facts.f_bavail)? })
    }
}
