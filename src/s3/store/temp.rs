//! Files being written, invisible until they are renamed into place.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::sync::atomic::Ordering;

use rustix::fs::{AtFlags, Mode, OFlags};

use super::{Error, Store};

/// A file under `.klamm/tmp`, removed when dropped before it found its place.
pub(in crate::s3) struct TempFile {
    directory: OwnedFd,
    name: String,
    pub(in crate::s3) file: File,
    placed: bool,
}

impl Store {
    /// A new empty file.
    pub(in crate::s3) fn temp_file(&self) -> Result<TempFile, Error> {
        let directory = self.temp_directory()?;
        let name = self.temp_name();
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::TRUNC | OFlags::CLOEXEC;
        let descriptor = rustix::fs::openat(&directory, &name, flags, Mode::from_raw_mode(0o666))
            .map_err(|error| {
            Error::io("make", self.root.join(".klamm/tmp").join(&name), error.into())
        })?;
        Ok(TempFile { directory, name, file: File::from(descriptor), placed: false })
    }

    /// The folder of what is under way; the first call sweeps away what an earlier process
    /// left.
    pub(super) fn temp_directory(&self) -> Result<OwnedFd, Error> {
        let directory = self.private(&["tmp"])?;
        self.swept.get_or_init(|| self.sweep(&directory));
        Ok(directory)
    }

    /// A name that nothing in that folder has.
    pub(super) fn temp_name(&self) -> String {
        let count = self.temp_count.fetch_add(1, Ordering::Relaxed);
        format!("{}-{count}", std::process::id())
    }

    /// Replaces the file `name` in `directory` by one of these bytes, at once.
    pub(super) fn replace_file(
        &self,
        directory: &OwnedFd,
        name: &str,
        bytes: &[u8],
    ) -> Result<(), Error> {
        let mut temp = self.temp_file()?;
        temp.file
            .write_all(bytes)
            .and_then(|()| if self.sync { temp.file.sync_all() } else { Ok(()) })
            .and_then(|()| temp.place(directory, name))
            .map_err(|error| Error::io("write", name, error))
    }
}

impl TempFile {
    /// Renames the file to `name` in `directory`, replacing what is there. On an error it
    /// stays where it was and can be placed elsewhere.
    pub(super) fn place(&mut self, directory: &OwnedFd, name: &str) -> io::Result<()> {
        rustix::fs::renameat(&self.directory, &self.name, directory, name)?;
        self.placed = true;
        Ok(())
    }

    /// Makes this name a second one of the file `name` in `directory`, so that its bytes
    /// need not be copied.
    pub(super) fn become_link_of(&mut self, directory: &OwnedFd, name: &str) -> io::Result<()> {
        rustix::fs::unlinkat(&self.directory, &self.name, AtFlags::empty())?;
        rustix::fs::linkat(directory, name, &self.directory, &self.name, AtFlags::empty())?;
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let descriptor = rustix::fs::openat(&self.directory, &self.name, flags, Mode::empty())?;
        self.file = File::from(descriptor);
        Ok(())
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        if !self.placed {
            // Left behind at worst: the next process sweeps it away.
            let _ = rustix::fs::unlinkat(&self.directory, &self.name, AtFlags::empty());
        }
    }
}
