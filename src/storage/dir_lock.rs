//! One process per data directory, Kafka included.
//!
//! The lock is the kind that Java's `FileChannel.tryLock` takes (`fcntl`), so that klamm and
//! Kafka exclude each other. Such locks belong to the process, not to the open file: a second
//! attempt within the process would succeed, and closing its file would drop the first lock.
//! Therefore the process also keeps a list of the files it has locked.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rustix::fs::FlockOperation;
use rustix::process::{Flock, FlockType};

use super::error::{Error, IoContext};
use super::layout;

static LOCKED_HERE: Mutex<BTreeSet<(u64, u64)>> = Mutex::new(BTreeSet::new());

/// Held as long as it lives.
#[derive(Debug)]
pub(super) struct DirLock {
    identity: (u64, u64),
    file: Option<File>,
}

impl DirLock {
    pub(super) fn acquire(directory: &Path) -> Result<DirLock, Error> {
        let path = directory.join(layout::LOCK);
        let mut locked = LOCKED_HERE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(known) = std::fs::metadata(&path)
            && locked.contains(&(known.dev(), known.ino()))
        {
            return Err(Error::Locked { path, pid: Some(std::process::id()) });
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .at("open", &path)?;
        match rustix::fs::fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => {
                return Err(Error::Locked { pid: holder(&file), path });
            }
            Err(error) => return Err(error).at("lock", &path),
        }
        note_pid(&file, &path)?;
        let metadata = file.metadata().at("look at", &path)?;
        let identity = (metadata.dev(), metadata.ino());
        locked.insert(identity);
        Ok(DirLock { identity, file: Some(file) })
    }
}

impl Drop for DirLock {
    fn drop(&mut self) {
        let mut locked = LOCKED_HERE.lock().unwrap_or_else(PoisonError::into_inner);
        // Closing the file drops the lock; only then may this process lock it again.
        drop(self.file.take());
        locked.remove(&self.identity);
    }
}

/// For people who look at a lock that is held; nobody reads it back.
fn note_pid(file: &File, path: &Path) -> Result<(), Error> {
    let text = format!("{}\n", std::process::id());
    file.write_all_at(text.as_bytes(), 0).at("write", path)?;
    file.set_len(text.len() as u64).at("write", path)
}

fn holder(file: &File) -> Option<u32> {
    let asked = Flock::from(FlockType::WriteLock);
    let held = rustix::process::fcntl_getlk(file, &asked).ok().flatten()?;
    held.pid.and_then(|pid| u32::try_from(pid.as_raw_nonzero().get()).ok())
}
