//! The keys of a bucket's folder in order, read directory by directory and only where
//! something wanted can lie.
//!
//! A directory's names are sorted as the keys they begin: a directory `a` sorts as `a/`,
//! so `a-` comes before everything in `a`, in the byte order that S3 lists in.

use std::io;
use std::os::fd::OwnedFd;

use super::keys::KEY_BYTES_MAX;
use super::{ListQuery, dir};

/// Walks over keys that begin with a prefix and lie after a key.
pub(super) struct Walk<'a> {
    bucket: &'a OwnedFd,
    query: &'a ListQuery,
    /// Keys that begin so are passed over.
    skip: Option<String>,
    /// From the root to where we are.
    frames: Vec<Frame>,
    directories_read: usize,
}

struct Frame {
    /// Empty or ends with a slash.
    path: String,
    /// Last first; a directory ends with a slash.
    names: Vec<String>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(bucket: &'a OwnedFd, query: &'a ListQuery) -> io::Result<Self> {
        let mut walk = Self { bucket, query, skip: None, frames: Vec::new(), directories_read: 0 };
        walk.enter(String::new())?;
        Ok(walk)
    }

    /// Passes over all further keys that begin with `prefix`.
    pub(super) fn skip(&mut self, prefix: &str) {
        self.skip = Some(prefix.to_owned());
    }

    /// The next key, or `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<String>> {
        while let Some(frame) = self.frames.last_mut() {
            let Some(name) = frame.names.pop() else {
                self.frames.pop();
                continue;
            };
            let path = format!("{}{name}", frame.path);
            if self.is_skipped(&path) {
                continue;
            }
            if path.ends_with('/') {
                self.enter(path)?;
            } else if path.len() <= KEY_BYTES_MAX {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    #[cfg(test)]
    pub(super) fn directories_read(&self) -> usize {
        self.directories_read
    }

    fn is_skipped(&self, path: &str) -> bool {
        self.skip.as_ref().is_some_and(|skip| path.starts_with(skip.as_str()))
    }

    fn enter(&mut self, path: String) -> io::Result<()> {
        self.directories_read += 1;
        let segments: Vec<&str> = path.split_terminator('/').collect();
        let entries = match dir::open_directory(self.bucket, &segments) {
            Ok(directory) => dir::read(&directory)?,
            // Deleted meanwhile.
            Err(error) if dir::is_absent(&error) => return Ok(()),
            Err(error) => return Err(error),
        };
        let mut names: Vec<String> = entries
            .into_iter()
            .filter_map(|entry| {
                let mut full = format!("{path}{}", entry.name);
                if entry.is_directory {
                    full.push('/');
                    self.query.reaches_into(&full).then(|| format!("{}/", entry.name))
                } else {
                    self.query.wants(&full).then_some(entry.name)
                }
            })
            .collect();
        names.sort_unstable_by(|a, b| b.cmp(a));
        self.frames.push(Frame { path, names });
        Ok(())
    }
}

impl ListQuery {
    /// Whether a key is in the listing's range.
    pub(super) fn wants(&self, key: &str) -> bool {
        key.starts_with(&self.prefix) && self.after.as_deref().is_none_or(|after| key > after)
    }

    /// Whether a key in the range may begin with `directory`.
    fn reaches_into(&self, directory: &str) -> bool {
        let in_prefix = directory.starts_with(&self.prefix) || self.prefix.starts_with(directory);
        let after = |after: &str| directory > after || after.starts_with(directory);
        in_prefix && self.after.as_deref().is_none_or(after)
    }
}
