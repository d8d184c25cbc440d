//! The objects of a bucket as they lie on disk: plain files under their keys.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// An object that the sink has written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Object {
    pub(in crate::cli) key: String,
    pub(in crate::cli) bytes: u64,
    /// JSON objects, one a line.
    pub(in crate::cli) records: u64,
}

/// Notices objects that were not there before.
#[derive(Debug)]
pub(in crate::cli) struct Watch {
    bucket: PathBuf,
    seen: BTreeSet<String>,
}

impl Watch {
    pub(in crate::cli) fn new(bucket: &Path) -> Self {
        Watch { bucket: bucket.to_owned(), seen: BTreeSet::new() }
    }

    /// What has come since the last look, in the order of the keys.
    ///
    /// # Errors
    /// What the operating system says; a bucket that does not exist yet is empty.
    pub(in crate::cli) fn look(&mut self) -> io::Result<Vec<Object>> {
        let mut found = Vec::new();
        let mut folders = vec![self.bucket.clone()];
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            for entry in entries {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    folders.push(entry.path());
                } else if let Some(object) = self.describe(&entry.path())? {
                    found.push(object);
                }
            }
        }
        found.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(found)
    }

    fn describe(&mut self, path: &Path) -> io::Result<Option<Object>> {
        let Some(key) = path.strip_prefix(&self.bucket).ok().and_then(Path::to_str) else {
            return Ok(None);
        };
        if !self.seen.insert(key.to_owned()) {
            return Ok(None);
        }
        let content = fs::read(path)?;
        let records = content.iter().filter(|byte| **byte == b'\n').count() as u64;
        Ok(Some(Object { key: key.to_owned(), bytes: content.len() as u64, records }))
    }
}

#[cfg(test)]
mod tests {
    use super::{Object, Watch};

    #[test]
    fn each_object_is_seen_once() {
        let directory = tempfile::tempdir().unwrap();
        let bucket = directory.path().join("bucket");
        let mut watch = Watch::new(&bucket);
        assert_eq!(watch.look().unwrap(), []);
        std::fs::create_dir_all(bucket.join("topics/t")).unwrap();
        std::fs::write(bucket.join("topics/t/a.json"), "{}\n{}\n").unwrap();
        let object = Object { key: "topics/t/a.json".to_owned(), bytes: 6, records: 2 };
        assert_eq!(watch.look().unwrap(), [object]);
        assert_eq!(watch.look().unwrap(), []);
    }
}
