//! Buckets: folders in the root whose names S3 allows, ours or made by hand.

use std::collections::BTreeSet;
use std::fs;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::SystemTime;

use rustix::fs::AtFlags;
use rustix::io::Errno;

use super::{BucketSettings, Error, ListQuery, PRIVATE, Store, dir, keys, lock};

/// What is remembered of a bucket between calls.
#[derive(Default)]
pub(super) struct BucketState {
    /// The keys that lie aside, once a listing has read them.
    aside: Option<BTreeSet<String>>,
    /// What is set on the bucket, once somebody asked.
    pub(super) settings: Option<Arc<BucketSettings>>,
}

/// One bucket of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::s3) struct BucketInfo {
    pub(in crate::s3) name: String,
    pub(in crate::s3) created: SystemTime,
}

impl Store {
    /// Makes a bucket.
    pub(in crate::s3) fn create_bucket(&self, bucket: &str) -> Result<(), Error> {
        fs::create_dir_all(&self.root).map_err(|error| Error::io("make", &self.root, error))?;
        let state = self.bucket_state(bucket);
        let mut state = lock(&state);
        let path = self.root.join(bucket);
        if fs::symlink_metadata(&path).is_err() {
            // Of an earlier bucket of that name, whose folder went by hand or whose deletion
            // was cut short.
            self.remove_remains(bucket);
        }
        match fs::create_dir(&path) {
            Ok(()) => {
                self.remove_settings(bucket);
                *state = BucketState::default();
                Ok(())
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                Err(Error::BucketExists)
            }
            Err(error) => Err(Error::io("make", path, error)),
        }
    }

    /// Whether a bucket exists.
    pub(in crate::s3) fn head_bucket(&self, bucket: &str) -> Result<(), Error> {
        self.bucket(bucket).map(drop)
    }

    /// All buckets, by name.
    pub(in crate::s3) fn buckets(&self) -> Result<Vec<BucketInfo>, Error> {
        let root = match dir::open_root(&self.root) {
            Ok(root) => root,
            Err(error) if dir::is_absent(&error) => return Ok(Vec::new()),
            Err(error) => return Err(Error::io("open", &self.root, error)),
        };
        let entries = dir::read(&root).map_err(|error| Error::io("list", &self.root, error))?;
        let mut buckets: Vec<BucketInfo> = entries
            .into_iter()
            .filter(|entry| entry.is_directory && s3s::path::check_bucket_name(&entry.name))
            .filter_map(|entry| {
                let metadata = fs::metadata(self.root.join(&entry.name)).ok()?;
                let created = metadata.created().or_else(|_| metadata.modified()).ok()?;
                Some(BucketInfo { name: entry.name, created })
            })
            .collect();
        buckets.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(buckets)
    }

    /// Deletes an empty bucket; uploads in progress go with it.
    pub(in crate::s3) fn delete_bucket(&self, bucket: &str) -> Result<(), Error> {
        let state = self.bucket_state(bucket);
        let directory = self.bucket(bucket)?;
        let query = ListQuery { max: 1, ..ListQuery::default() };
        if let Some(entry) = self.list(bucket, &query)?.entries.into_iter().next() {
            return Err(Error::BucketNotEmpty(entry.into_name()));
        }
        let mut state = lock(&state);
        let path = self.root.join(bucket);
        if !self.read_aside(bucket)?.is_empty() {
            return Err(Error::BucketNotEmpty("an object".to_owned()));
        }
        dir::remove_empty_below(&directory).map_err(|error| Error::io("empty", &path, error))?;
        match rustix::fs::unlinkat(self.root()?, bucket, AtFlags::REMOVEDIR) {
            Ok(()) => {}
            Err(Errno::NOTEMPTY | Errno::EXIST) => {
                let left = "files that are no objects (links, pipes or names that are no UTF-8)";
                return Err(Error::BucketNotEmpty(left.to_owned()));
            }
            Err(error) => return Err(Error::io("remove", path, error.into())),
        }
        self.remove_remains(bucket);
        self.remove_settings(bucket);
        *state = BucketState::default();
        Ok(())
    }

    /// Removes what lies outside of a bucket's folder that is gone.
    fn remove_remains(&self, bucket: &str) {
        for kind in ["keys", "uploads", "meta"] {
            // Stale metadata is never mistaken for that of a later object.
            let _ = fs::remove_dir_all(self.root.join(PRIVATE).join(kind).join(bucket));
        }
    }

    /// Opens a bucket's folder.
    pub(super) fn bucket(&self, bucket: &str) -> Result<OwnedFd, Error> {
        let opened =
            dir::open_root(&self.root).and_then(|root| dir::open_directory(root, &[bucket]));
        opened.map_err(|error| {
            if dir::is_absent(&error) {
                Error::NoSuchBucket
            } else {
                Error::io("open", self.root.join(bucket), error)
            }
        })
    }

    /// The folder of the keys of a bucket that lie aside; `None` if there are none.
    pub(super) fn aside(&self, bucket: &str) -> Result<Option<OwnedFd>, Error> {
        let opened = dir::open_root(&self.root)
            .and_then(|root| dir::open_directory(root, &[PRIVATE, "keys", bucket]));
        match opened {
            Ok(directory) => Ok(Some(directory)),
            Err(error) if dir::is_absent(&error) => Ok(None),
            Err(error) => Err(Error::io("open", self.root.join(PRIVATE).join("keys"), error)),
        }
    }

    /// The keys of a bucket that lie aside and that `wanted` picks, in order.
    pub(super) fn aside_keys(
        &self,
        bucket: &str,
        from: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<String>, Error> {
        let state = self.bucket_state(bucket);
        let mut state = lock(&state);
        if state.aside.is_none() {
            state.aside = Some(self.read_aside(bucket)?);
        }
        let keys = state.aside.iter().flat_map(|keys| keys.range(from.to_owned()..));
        Ok(keys.filter(|key| wanted(key)).cloned().collect())
    }

    fn read_aside(&self, bucket: &str) -> Result<BTreeSet<String>, Error> {
        let mut found = BTreeSet::new();
        if let Some(directory) = self.aside(bucket)? {
            collect_aside(&directory, "", &mut found)
                .map_err(|error| Error::io("list", self.root.join(PRIVATE).join("keys"), error))?;
        }
        Ok(found)
    }
}

impl BucketState {
    /// Notes that a key now lies aside, or no longer does.
    pub(super) fn note_aside(&mut self, key: &str, lies_aside: bool) {
        if let Some(aside) = &mut self.aside {
            if lies_aside {
                aside.insert(key.to_owned());
            } else {
                aside.remove(key);
            }
        }
    }
}

fn collect_aside(
    directory: &OwnedFd,
    piece: &str,
    found: &mut BTreeSet<String>,
) -> std::io::Result<()> {
    for entry in dir::read(directory)? {
        match keys::parse_aside_name(&entry.name) {
            Some(keys::AsideName::Directory(more)) if entry.is_directory => {
                let child = dir::open_directory(directory, &[&entry.name])?;
                collect_aside(&child, &format!("{piece}{more}"), found)?;
            }
            Some(keys::AsideName::File(more)) if !entry.is_directory => {
                found.extend(keys::unescape(&format!("{piece}{more}")));
            }
            _ => {}
        }
    }
    Ok(())
}
