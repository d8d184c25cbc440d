//! A bounded number of open files for any number of partitions.

use std::collections::HashMap;
use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::Error;
use super::layout::FileKind;
use crate::base::Offset;

/// Open files kept at most, over all partitions. More may be open for a moment: those that
/// responses on their way out still read from.
pub(super) const OPEN_FILES_MAX: usize = 480;

/// Which file: replica, segment, kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct FileKey {
    pub(super) replica: u64,
    pub(super) segment: Offset,
    pub(super) kind: FileKind,
}

/// Files that were used lately stay open; the others are closed when there are too many.
#[derive(Debug, Default)]
pub(super) struct FilePool {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    files: HashMap<FileKey, Entry>,
    tick: u64,
}

#[derive(Debug)]
struct Entry {
    file: Arc<File>,
    used: u64,
}

impl FilePool {
    /// The file, opened by `open` unless it is open already.
    pub(super) fn get(
        &self,
        key: FileKey,
        open: impl FnOnce() -> Result<File, Error>,
    ) -> Result<Arc<File>, Error> {
        {
            let mut state = self.lock();
            state.tick += 1;
            let tick = state.tick;
            if let Some(entry) = state.files.get_mut(&key) {
                entry.used = tick;
                return Ok(Arc::clone(&entry.file));
            }
        }
        let file = Arc::new(open()?);
        let mut state = self.lock();
        if state.files.len() >= OPEN_FILES_MAX {
            state.close_oldest();
        }
        state.tick += 1;
        let used = state.tick;
        state.files.insert(key, Entry { file: Arc::clone(&file), used });
        Ok(file)
    }

    /// Closes one file, once nobody reads from it any more.
    pub(super) fn close(&self, key: FileKey) {
        self.lock().files.remove(&key);
    }

    /// Closes all files of a replica.
    pub(super) fn close_replica(&self, replica: u64) {
        self.lock().files.retain(|key, _| key.replica != replica);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Closes the quarter that has not been used for the longest time.
    fn close_oldest(&mut self) {
        let mut uses: Vec<u64> = self.files.values().map(|entry| entry.used).collect();
        let quarter = uses.len() / 4;
        let (_, oldest_kept, _) = uses.select_nth_unstable(quarter);
        let oldest_kept = *oldest_kept;
        self.files.retain(|_, entry| entry.used >= oldest_kept);
    }
}
