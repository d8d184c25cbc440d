//! What a process leaves behind that dies, and how the next one clears it away.
//!
//! Everything that is under way has a name in `.klamm/tmp`: bodies being written, folders
//! being removed, and for every object being changed a mark `<bucket>+<hash of the key>`.
//! So the first write of the next process finds all there is to tidy up without looking
//! at every object.

use std::fs;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use super::meta::Identity;
use super::{Error, PRIVATE, Store, dir};

/// Stands between the bucket and the key's hash; in no bucket's name and in no other
/// temporary file's.
const MARK: char = '+';

/// Tells the next process which object was being changed, should this one die. Dropped
/// when the object and its metadata fit together again.
pub(super) struct Mark {
    directory: OwnedFd,
    name: String,
}

impl Drop for Mark {
    fn drop(&mut self) {
        // One that stays makes the next process look where nothing is to be done.
        let _ = rustix::fs::unlinkat(&self.directory, &self.name, AtFlags::empty());
    }
}

impl Store {
    /// Marks the object of a key as being changed; the bucket's lock is held.
    pub(super) fn mark(&self, bucket: &str, key: &str) -> Result<Mark, Error> {
        let directory = self.temp_directory()?;
        let name = format!("{bucket}{MARK}{}", Identity::key_hash(key));
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::CLOEXEC;
        rustix::fs::openat(&directory, &name, flags, Mode::from_raw_mode(0o666))
            .map_err(|error| Error::io("mark", key, error.into()))?;
        Ok(Mark { directory, name })
    }

    /// Takes a folder out of sight at once; the path is where it waits to be removed.
    /// `None` if it is not there.
    pub(super) fn take_away(
        &self,
        parent: &OwnedFd,
        name: &str,
        temporary: &OwnedFd,
    ) -> Result<Option<PathBuf>, Error> {
        let away = self.temp_name();
        match rustix::fs::renameat(parent, name, temporary, &away) {
            Ok(()) => Ok(Some(self.root.join(PRIVATE).join("tmp").join(away))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(Error::io("remove", name, error.into())),
        }
    }

    /// Clears away what an earlier process left. What cannot be removed stays: it is in
    /// nobody's way.
    pub(super) fn sweep(&self, temporary: &OwnedFd) {
        if let Err(error) = self.sweep_uploads(temporary) {
            tracing::debug!(%error, "left-over uploads stay");
        }
        for entry in dir::read(temporary).unwrap_or_default() {
            if let Some((bucket, hash)) = entry.name.split_once(MARK)
                && let Err(error) = self.remove_stale_meta(bucket, hash)
            {
                tracing::debug!(%error, "stale object metadata stays");
            }
            let removed = if entry.is_directory {
                fs::remove_dir_all(self.root.join(PRIVATE).join("tmp").join(&entry.name))
            } else {
                rustix::fs::unlinkat(temporary, &entry.name, AtFlags::empty()).map_err(Into::into)
            };
            if let Err(error) = removed {
                tracing::debug!(%error, name = entry.name, "a temporary file stays");
            }
        }
    }

    /// Takes away uploads that had not quite begun, and those whose object is in place.
    fn sweep_uploads(&self, temporary: &OwnedFd) -> Result<(), Error> {
        let failed = |error| Error::io("list", "the uploads", error);
        let Ok(uploads) = dir::open_directory(self.root()?, &[PRIVATE, "uploads"]) else {
            return Ok(());
        };
        for bucket in dir::read(&uploads).map_err(failed)? {
            let Ok(directory) = dir::open_directory(&uploads, &[&bucket.name]) else { continue };
            for upload in dir::read(&directory).map_err(failed)? {
                if self.is_over(&bucket.name, &upload.name, &directory)? {
                    self.take_away(&directory, &upload.name, temporary)?;
                }
            }
        }
        Ok(())
    }

    fn is_over(&self, bucket: &str, id: &str, directory: &OwnedFd) -> Result<bool, Error> {
        let Ok(directory) = dir::open_directory(directory, &[id]) else { return Ok(false) };
        let Some(upload) = Self::read_upload(&directory)? else { return Ok(true) };
        match self.open(bucket, &upload.key) {
            Ok(object) => Ok(object.meta.upload_id.as_deref() == Some(id)),
            Err(Error::NoSuchKey | Error::NoSuchBucket) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
