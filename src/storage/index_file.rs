//! Looking things up in index files without loading them.

use std::fs::File;
use std::path::Path;

use super::error::{Error, IoContext};
use super::file_io::read_at;
use crate::log::IndexEntry;

/// Entries read at once at the end of a search.
const PAGE_ENTRIES: u32 = 256;

/// Number of real entries in a file of `bytes` bytes: Kafka sets room aside in advance, filled
/// with zeros, and leaves it there when it is killed.
pub(super) fn entry_count<E: IndexEntry>(
    file: &File,
    path: &Path,
    bytes: u64,
) -> Result<u32, Error> {
    let places = u32::try_from(bytes / E::BYTES as u64).unwrap_or(u32::MAX);
    if places == 0 || !entry_at::<E>(file, path, places - 1)?.is_padding() {
        return Ok(places);
    }
    partition_point::<E>(file, path, places, |entry| !entry.is_padding())
}

/// The last of the first `count` entries for which `holds` is true, with its number. `holds` must
/// be true for some entries and then false for all the others.
pub(super) fn last_where<E: IndexEntry>(
    file: &File,
    path: &Path,
    count: u32,
    holds: impl Fn(&E) -> bool,
) -> Result<Option<(u32, E)>, Error> {
    match partition_point(file, path, count, holds)?.checked_sub(1) {
        Some(number) => Ok(Some((number, entry_at(file, path, number)?))),
        None => Ok(None),
    }
}

/// One entry.
pub(super) fn entry_at<E: IndexEntry>(file: &File, path: &Path, number: u32) -> Result<E, Error> {
    let mut bytes = [0; 16];
    let position = u64::from(number) * E::BYTES as u64;
    let read = read_at(file, &mut bytes[..E::BYTES], position).at_byte("read", path, position)?;
    E::decode(&bytes[..read]).ok_or_else(|| truncated(path, position))
}

fn partition_point<E: IndexEntry>(
    file: &File,
    path: &Path,
    count: u32,
    holds: impl Fn(&E) -> bool,
) -> Result<u32, Error> {
    let (mut low, mut high) = (0, count);
    while high - low > PAGE_ENTRIES {
        let middle = low + (high - low) / 2;
        if holds(&entry_at(file, path, middle)?) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let mut page = [0; PAGE_ENTRIES as usize * 12];
    let page = &mut page[..(high - low) as usize * E::BYTES];
    let position = u64::from(low) * E::BYTES as u64;
    let read = read_at(file, page, position).at_byte("read", path, position)?;
    if read < page.len() {
        return Err(truncated(path, position));
    }
    let entries = page.chunks_exact(E::BYTES).map_while(E::decode);
    Ok(low + entries.take_while(|entry| holds(entry)).count() as u32)
}

fn truncated(path: &Path, position: u64) -> Error {
    Error::Corrupt {
        path: path.to_path_buf(),
        position: Some(position),
        problem: "the index is shorter than it was".to_owned(),
    }
}
