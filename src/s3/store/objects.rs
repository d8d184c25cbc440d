//! Opening, replacing and deleting objects.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::time::SystemTime;

use rustix::fs::AtFlags;

use super::keys::{KEY_BYTES_MAX, aside_components, plain_segments};
use super::meta::Identity;
use super::{Error, ObjectMeta, Store, TempFile, dir, lock};

/// An object open for reading: stays whole whatever happens to its key.
#[derive(Debug)]
pub(in crate::s3) struct Object {
    pub(in crate::s3) file: File,
    pub(in crate::s3) size: u64,
    pub(in crate::s3) modified: SystemTime,
    pub(in crate::s3) meta: ObjectMeta,
}

/// An object that is in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::s3) struct Committed {
    pub(in crate::s3) modified: SystemTime,
}

/// What must hold of the object now in place for a change to happen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::s3) struct Condition {
    /// `If-Match`: this ETag, or any object for `*`.
    pub(in crate::s3) if_match: Option<String>,
    /// `If-None-Match`: another ETag, or no object for `*`.
    pub(in crate::s3) if_none_match: Option<String>,
}

/// Where a key's file was found.
pub(super) struct Found {
    file: File,
    pub(super) identity: Identity,
    modified: SystemTime,
    lies_aside: bool,
}

/// How often a reader looks again when a writer replaces what it just opened.
const REPLACED_MAX: u32 = 16;

impl Store {
    /// Opens an object.
    pub(in crate::s3) fn open(&self, bucket: &str, key: &str) -> Result<Object, Error> {
        let root = self.root().map_err(|_| Error::NoSuchBucket)?;
        let mut last = None;
        for _ in 0..REPLACED_MAX {
            let directory = self.bucket(bucket)?;
            let found = self.find(&directory, bucket, key)?.ok_or(Error::NoSuchKey)?;
            let meta = match self.read_meta(&root, bucket, key, found.identity)? {
                Some(meta) => meta,
                // Seen twice without metadata: it is not ours. Otherwise it may have been
                // replaced between our two looks.
                None if last == Some(found.identity) => {
                    ObjectMeta::of_a_stranger(key, found.identity)
                }
                None => {
                    last = Some(found.identity);
                    continue;
                }
            };
            let Found { file, identity, modified, .. } = found;
            return Ok(Object { file, size: identity.size, modified, meta });
        }
        Err(Error::NoSuchKey)
    }

    /// Puts a written file in the place of `key`, with its metadata, at once.
    pub(in crate::s3) fn commit(
        &self,
        bucket: &str,
        key: &str,
        mut temp: TempFile,
        meta: &ObjectMeta,
        condition: &Condition,
    ) -> Result<Committed, Error> {
        if key.is_empty() || key.len() > KEY_BYTES_MAX {
            return Err(Error::KeyTooLong);
        }
        let failed = |action| move |error| Error::io(action, key, error);
        let state = self.bucket_state(bucket);
        let mut state = lock(&state);
        let directory = self.bucket(bucket)?;
        let before = self.find(&directory, bucket, key)?;
        if *condition != Condition::default() {
            let root = self.root()?;
            let etag = self.etag_of(&root, bucket, key, before.as_ref())?;
            condition.check(etag.as_deref())?;
        }
        temp.file.set_modified(self.tick()).map_err(failed("set the time of"))?;
        if self.sync {
            temp.file.sync_all().map_err(failed("sync"))?;
        }
        let metadata = temp.file.metadata().map_err(failed("examine"))?;
        let identity = Identity::of(&metadata);
        let _mark = self.mark(bucket, key)?;
        self.write_meta(bucket, key, identity, meta)?;
        let lies_aside = match self.place(&directory, bucket, key, &mut temp) {
            Ok(lies_aside) => lies_aside,
            Err(error) => {
                self.remove_meta(bucket, key, identity);
                return Err(error);
            }
        };
        if !lies_aside {
            self.remove_aside(bucket, key)?;
        }
        state.note_aside(key, lies_aside);
        if let Some(before) = before.filter(|before| before.identity != identity) {
            self.remove_meta(bucket, key, before.identity);
        }
        Ok(Committed { modified: metadata.modified().map_err(failed("examine"))? })
    }

    /// Deletes an object. One that is not there is no error, as in S3.
    pub(in crate::s3) fn delete(
        &self,
        bucket: &str,
        key: &str,
        condition: &Condition,
    ) -> Result<(), Error> {
        let state = self.bucket_state(bucket);
        let mut state = lock(&state);
        let directory = self.bucket(bucket)?;
        let Some(before) = self.find(&directory, bucket, key)? else {
            return condition.check(None);
        };
        if *condition != Condition::default() {
            let root = self.root()?;
            let etag = self.etag_of(&root, bucket, key, Some(&before))?;
            condition.check(etag.as_deref())?;
        }
        let _mark = self.mark(bucket, key)?;
        if !before.lies_aside
            && let Some(segments) = plain_segments(key)
        {
            dir::remove_file(&directory, &segments)
                .map_err(|error| Error::io("remove", key, error))?;
            dir::remove_empty(&directory, &segments[..segments.len() - 1]);
        }
        self.remove_aside(bucket, key)?;
        state.note_aside(key, false);
        self.remove_meta(bucket, key, before.identity);
        Ok(())
    }

    /// Changes the metadata of the object in place, not its bytes or modification time.
    pub(in crate::s3) fn update_meta(
        &self,
        bucket: &str,
        key: &str,
        change: impl FnOnce(&mut ObjectMeta),
    ) -> Result<(), Error> {
        let state = self.bucket_state(bucket);
        let _guard = lock(&state);
        let root = self.root().map_err(|_| Error::NoSuchBucket)?;
        let directory = self.bucket(bucket)?;
        let found = self.find(&directory, bucket, key)?.ok_or(Error::NoSuchKey)?;
        let mut meta = self
            .read_meta(&root, bucket, key, found.identity)?
            .unwrap_or_else(|| ObjectMeta::of_a_stranger(key, found.identity));
        change(&mut meta);
        self.replace_meta(bucket, key, found.identity, &meta)
    }

    /// The plain place counts before the one aside: a file put there by hand, or the newer
    /// one of two after a crash between placing and tidying up.
    pub(super) fn find(
        &self,
        directory: &OwnedFd,
        bucket: &str,
        key: &str,
    ) -> Result<Option<Found>, Error> {
        let failed = |error| Error::io("open", key, error);
        let mut found = match plain_segments(key) {
            Some(segments) => dir::open_file(directory, &segments).map_err(failed)?,
            None => None,
        };
        let lies_aside = found.is_none();
        if found.is_none()
            && let Some(aside) = self.aside(bucket)?
        {
            found = dir::open_file(aside, &aside_components(key)).map_err(failed)?;
        }
        let Some(file) = found else { return Ok(None) };
        let metadata = file.metadata().map_err(failed)?;
        let modified = metadata.modified().map_err(failed)?;
        Ok(Some(Found { file, identity: Identity::of(&metadata), modified, lies_aside }))
    }

    fn etag_of(
        &self,
        root: &OwnedFd,
        bucket: &str,
        key: &str,
        found: Option<&Found>,
    ) -> Result<Option<String>, Error> {
        let Some(found) = found else { return Ok(None) };
        let meta = self
            .read_meta(root, bucket, key, found.identity)?
            .unwrap_or_else(|| ObjectMeta::of_a_stranger(key, found.identity));
        Ok(Some(meta.etag))
    }

    /// Renames the file into the key's plain place, or aside if that is blocked. Says
    /// whether it lies aside.
    fn place(
        &self,
        directory: &OwnedFd,
        bucket: &str,
        key: &str,
        temp: &mut TempFile,
    ) -> Result<bool, Error> {
        if let Some(segments) = plain_segments(key) {
            match self.place_plainly(directory, &segments, temp) {
                Ok(()) => return Ok(false),
                Err(error) if dir::is_blocked(&error) => {
                    dir::remove_empty(directory, &segments[..segments.len() - 1]);
                }
                Err(error) => return Err(Error::io("place", key, error)),
            }
        }
        let components = aside_components(key);
        let mut path = vec!["keys", bucket];
        let (name, parents) = components.split_last().expect("a key has at least one component");
        path.extend(parents.iter().map(String::as_str));
        let parent = self.private(&path)?;
        temp.place(&parent, name).map_err(|error| Error::io("place", key, error))?;
        self.sync_directory(&parent, key)?;
        Ok(true)
    }

    fn place_plainly(
        &self,
        directory: &OwnedFd,
        segments: &[&str],
        temp: &mut TempFile,
    ) -> io::Result<()> {
        let (name, parents) = segments.split_last().expect("a key has at least one segment");
        let parent = dir::make_directory(directory, parents)?;
        match temp.place(&parent, name) {
            Err(error) if dir::is_blocked(&error) => {
                // An empty directory holds no keys and may go.
                rustix::fs::unlinkat(&parent, *name, AtFlags::REMOVEDIR)?;
                temp.place(&parent, name)?;
            }
            other => other?,
        }
        if self.sync { File::from(parent).sync_all() } else { Ok(()) }
    }

    fn remove_aside(&self, bucket: &str, key: &str) -> Result<(), Error> {
        let Some(aside) = self.aside(bucket)? else { return Ok(()) };
        let components = aside_components(key);
        let removed = dir::remove_file(&aside, &components)
            .map_err(|error| Error::io("remove", key, error))?;
        if removed {
            dir::remove_empty(&aside, &components[..components.len() - 1]);
        }
        Ok(())
    }

    fn sync_directory(&self, directory: &OwnedFd, key: &str) -> Result<(), Error> {
        if !self.sync {
            return Ok(());
        }
        rustix::fs::fsync(directory)
            .map_err(|error| Error::io("sync the folder of", key, error.into()))
    }
}

impl Condition {
    /// Checks against the ETag of the object in place, `None` if there is none.
    fn check(&self, etag: Option<&str>) -> Result<(), Error> {
        if let Some(wanted) = &self.if_match {
            match etag {
                None => return Err(Error::NoSuchKey),
                Some(etag) if wanted != "*" && wanted != etag => {
                    return Err(Error::ConditionFailed("If-Match"));
                }
                Some(_) => {}
            }
        }
        match (&self.if_none_match, etag) {
            (Some(unwanted), Some(etag)) if unwanted == "*" || unwanted == etag => {
                Err(Error::ConditionFailed("If-None-Match"))
            }
            _ => Ok(()),
        }
    }
}
