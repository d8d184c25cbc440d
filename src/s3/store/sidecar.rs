//! Reading and writing the metadata files (what they hold: see `meta`).

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, Mode, OFlags};

use super::meta::Identity;
use super::{Error, ObjectMeta, PRIVATE, Store, dir};

impl Store {
    /// The metadata of one version of an object; `None` for a file that is not ours.
    pub(super) fn read_meta(
        &self,
        root: &OwnedFd,
        bucket: &str,
        key: &str,
        identity: Identity,
    ) -> Result<Option<ObjectMeta>, Error> {
        let (shard, name) = identity.sidecar(key);
        let path = [PRIVATE, "meta", bucket, shard.as_str(), name.as_str()];
        let read = || -> io::Result<Option<Vec<u8>>> {
            let Some(mut file) = dir::open_file(root, &path)? else { return Ok(None) };
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(Some(bytes))
        };
        let bytes =
            read().map_err(|error| Error::io("read", self.root.join(path.join("/")), error))?;
        // Half a sidecar is what a power loss leaves; the object itself is whole.
        Ok(bytes.and_then(|bytes| ObjectMeta::decode(&bytes).ok()))
    }

    /// Writes the metadata of a version that is not in place yet.
    pub(super) fn write_meta(
        &self,
        bucket: &str,
        key: &str,
        identity: Identity,
        meta: &ObjectMeta,
    ) -> Result<(), Error> {
        let (shard, name) = identity.sidecar(key);
        let directory = self.private(&["meta", bucket, &shard])?;
        let write = || -> io::Result<()> {
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::CLOEXEC;
            let descriptor =
                rustix::fs::openat(&directory, &name, flags, Mode::from_raw_mode(0o666))?;
            let mut file = std::fs::File::from(descriptor);
            file.write_all(&meta.encode()?)?;
            if self.sync { file.sync_all() } else { Ok(()) }
        };
        write().map_err(|error| Error::io("write", self.meta_path(bucket, &shard, &name), error))
    }

    /// Replaces the metadata of the version in place.
    pub(super) fn replace_meta(
        &self,
        bucket: &str,
        key: &str,
        identity: Identity,
        meta: &ObjectMeta,
    ) -> Result<(), Error> {
        let (shard, name) = identity.sidecar(key);
        let directory = self.private(&["meta", bucket, &shard])?;
        let bytes = meta.encode().map_err(|error| Error::io("encode", &name, error))?;
        self.replace_file(&directory, &name, &bytes)
    }

    /// Removes the metadata of a version that is gone. What stays behind is harmless: it
    /// describes a version that never comes back.
    pub(super) fn remove_meta(&self, bucket: &str, key: &str, identity: Identity) {
        let (shard, name) = identity.sidecar(key);
        let removed = self.root().and_then(|root| {
            let path = [PRIVATE, "meta", bucket, shard.as_str()];
            dir::open_directory(root, &path)
                .and_then(|directory| {
                    Ok(rustix::fs::unlinkat(&directory, &name, AtFlags::empty())?)
                })
                .map_err(|error| Error::io("remove", self.meta_path(bucket, &shard, &name), error))
        });
        if let Err(error) = removed {
            tracing::debug!(%error, "stale object metadata stays");
        }
    }

    /// Removes the metadata of all versions of a key but the one in place. `hash` is the
    /// key's.
    pub(super) fn remove_stale_meta(&self, bucket: &str, hash: &str) -> Result<(), Error> {
        let shard = hash.get(..2).unwrap_or_default();
        let opened = dir::open_directory(self.root()?, &[PRIVATE, "meta", bucket, shard]);
        let Ok(directory) = opened else { return Ok(()) };
        let entries = dir::read(&directory).map_err(|error| Error::io("list", shard, error))?;
        for entry in entries.iter().filter(|entry| entry.name.starts_with(hash)) {
            let read = || -> io::Result<Vec<u8>> {
                let mut bytes = Vec::new();
                if let Some(mut file) = dir::open_file(&directory, &[&entry.name])? {
                    file.read_to_end(&mut bytes)?;
                }
                Ok(bytes)
            };
            let bytes = read().map_err(|error| Error::io("read", &entry.name, error))?;
            let is_of_object_in_place = match ObjectMeta::decode(&bytes) {
                Ok(meta) => {
                    let place = self.bucket(bucket)?;
                    let found = self.find(&place, bucket, &meta.key)?;
                    found.is_some_and(|found| found.identity.sidecar(&meta.key).1 == entry.name)
                }
                // Cut short: nobody reads it.
                Err(_) => false,
            };
            if !is_of_object_in_place {
                let _ = rustix::fs::unlinkat(&directory, &entry.name, AtFlags::empty());
            }
        }
        Ok(())
    }

    fn meta_path(&self, bucket: &str, shard: &str, name: &str) -> std::path::PathBuf {
        self.root.join(PRIVATE).join("meta").join(bucket).join(shard).join(name)
    }
}
