//! Reading and writing at positions, atomic replacement, flushing.

use std::fs::File;
use std::io::{self, IoSlice};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::error::{Error, IoContext};

/// Writes `first` and `second` back to back at `position`, with one system call unless the disk
/// takes less. On failure the file may hold a part of it.
pub(super) fn write_two_at(
    file: &File,
    first: &[u8],
    second: &[u8],
    position: u64,
) -> io::Result<()> {
    let total = first.len() + second.len();
    let slices = [IoSlice::new(first), IoSlice::new(second)];
    let written = match rustix::io::pwritev(file, &slices, position) {
        Ok(written) if written == total => return Ok(()),
        Ok(written) => written,
        Err(rustix::io::Errno::INTR) => 0,
        Err(error) => return Err(error.into()),
    };
    let from_first = written.min(first.len());
    file.write_all_at(&first[from_first..], position + from_first as u64)?;
    let from_second = written - from_first;
    file.write_all_at(&second[from_second..], position + (first.len() + from_second) as u64)
}

/// Reads up to `buffer.len()` bytes at `position`; fewer only at the end of the file.
pub(super) fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], position + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Whether the new content of a replaced file must survive a power loss before we go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// Yes: the file and its directory are flushed.
    Flushed,
    /// No: it can be rebuilt.
    Cached,
}

/// Puts `content` in place of the file at `path`: readers see the old or the new one, whole.
pub(super) fn replace(path: &Path, content: &[u8], durability: Durability) -> Result<(), Error> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".tmp");
    let temporary = Path::new(&temporary);
    let file = File::create(temporary).at("create", temporary)?;
    file.write_all_at(content, 0).at("write", temporary)?;
    if durability == Durability::Flushed {
        file.sync_data().at("flush", temporary)?;
    }
    std::fs::rename(temporary, path).at("put in place", path)?;
    if durability == Durability::Flushed
        && let Some(directory) = path.parent()
    {
        sync_directory(directory)?;
    }
    Ok(())
}

/// Makes names in a directory survive a power loss.
pub(super) fn sync_directory(directory: &Path) -> Result<(), Error> {
    let opened = File::open(directory).at("open", directory)?;
    opened.sync_all().at("flush", directory)
}

/// The content of a file; `None` when it does not exist.
pub(super) fn read_optional(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match std::fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).at("read", path),
    }
}

/// Removes a file that may be gone already.
pub(super) fn remove_optional(path: &Path) -> Result<(), Error> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).at("remove", path),
        _ => Ok(()),
    }
}
