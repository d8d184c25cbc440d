//! Objects as plain files.
//!
//! ```text
//! <data>/s3/<bucket>/<key>                 the bytes, where the key allows it
//! <data>/s3/.klamm/keys/<bucket>/…=        the bytes of other keys (see `keys`)
//! <data>/s3/.klamm/meta/<bucket>/xx/….json metadata, one file per version (see `meta`)
//! <data>/s3/.klamm/buckets/<bucket>.json    policy, CORS and what else is set on a bucket
//! <data>/s3/.klamm/uploads/<bucket>/<id>/  multipart uploads in progress
//! <data>/s3/.klamm/tmp/                    what is under way; tidied up by the next process
//! ```
//!
//! Owns everything under `<data>/s3`; nothing of ours lies inside a bucket's folder, so no
//! key collides with it (a bucket's name cannot begin with a dot). Files that somebody puts
//! into a bucket's folder by hand are objects too.
//!
//! Invariants: an object appears whole, with its metadata, or not at all; of several
//! writers of a key the last to finish wins, whole; conditions are checked in the same
//! critical section as the change. No symbolic link is followed below the root.
//!
//! All calls block on the disk: from async code they belong on the blocking pool. Knows
//! nothing of HTTP, XML or signatures. Nothing is touched before the first call.
//! One lock per bucket, held for a few system calls, never while bytes move; the lock of
//! the bucket table is taken before it and released at once.

mod buckets;
mod dir;
mod error;
mod keys;
mod list;
mod meta;
mod objects;
mod recover;
mod settings;
mod sidecar;
mod temp;
mod uploads;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use buckets::BucketState;

pub(super) use error::Error;
pub(super) use list::{ListEntry, ListPage, ListQuery};
pub(super) use meta::{Checksums, ObjectMeta, PartMeta, hex};
pub(super) use objects::{Committed, Condition, Object};
pub(super) use settings::{BucketSettings, CorsRule, PublicAccessBlock};
pub(super) use temp::TempFile;
pub(super) use uploads::{ChosenPart, Upload, UploadSummary};

/// Our own folder beside the buckets.
const PRIVATE: &str = ".klamm";

/// The objects under one directory. One process at a time.
pub(super) struct Store {
    root: PathBuf,
    /// Whether a write is on the disk, not only with the kernel, before it is acknowledged.
    sync: bool,
    buckets: Mutex<BTreeMap<String, Arc<Mutex<BucketState>>>>,
    /// Set once what an earlier process left under way is tidied up.
    swept: OnceLock<()>,
    temp_count: AtomicU64,
    /// The last modification time given out, in nanoseconds since 1970.
    last_ns: AtomicU64,
}

impl Store {
    /// A store in `root`, which is made when the first bucket is.
    pub(super) fn new(root: PathBuf, sync: bool) -> Self {
        Self {
            root,
            sync,
            buckets: Mutex::default(),
            swept: OnceLock::new(),
            temp_count: AtomicU64::new(0),
            last_ns: AtomicU64::new(0),
        }
    }

    fn root(&self) -> Result<OwnedFd, Error> {
        dir::open_root(&self.root).map_err(|error| Error::io("open", &self.root, error))
    }

    /// A folder of ours, made if missing.
    fn private(&self, segments: &[&str]) -> Result<OwnedFd, Error> {
        let mut path = vec![PRIVATE];
        path.extend_from_slice(segments);
        dir::make_directory(self.root()?, &path)
            .map_err(|error| Error::io("make", self.root.join(path.join("/")), error))
    }

    fn bucket_state(&self, bucket: &str) -> Arc<Mutex<BucketState>> {
        let mut buckets = lock(&self.buckets);
        Arc::clone(buckets.entry(bucket.to_owned()).or_default())
    }

    /// The wall clock, always later than at the last call: two versions of a file never
    /// share their modification time.
    fn tick(&self) -> SystemTime {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let mut given = now;
        let _ = self.last_ns.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
            given = now.max(last + 1);
            Some(given)
        });
        UNIX_EPOCH + std::time::Duration::from_nanos(given)
    }
}

/// A poisoned lock guards nothing that a panic leaves half done: the truth is on disk.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
