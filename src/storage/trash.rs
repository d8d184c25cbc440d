//! What has been deleted and waits for `file.delete.delay.ms` before its bytes go.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::base::{Deadline, Now};

/// Files and directories to be removed later. What a stop leaves is removed at the next start.
#[derive(Debug, Default)]
pub(super) struct Trash {
    waiting: Mutex<Vec<(Deadline, PathBuf)>>,
}

impl Trash {
    /// Adds files or directories, which have their final names already.
    pub(super) fn add(&self, paths: Vec<PathBuf>, deadline: Deadline) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend(paths.into_iter().map(|path| (deadline, path)));
    }

    /// Removes what is due. Says when the next is.
    pub(super) fn remove_due(&self, now: Now) -> Option<Deadline> {
        let due: Vec<PathBuf> = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting
                .extract_if(.., |(deadline, _)| now.has_reached(*deadline))
                .map(|(_, path)| path)
                .collect()
        };
        for path in due {
            let removed = match path.is_dir() {
                true => std::fs::remove_dir_all(&path),
                false => std::fs::remove_file(&path),
            };
            // It may have gone together with its directory.
            if let Err(error) = removed
                && error.kind() != std::io::ErrorKind::NotFound
            {
                tracing::warn!(path = %path.display(), %error, "cannot remove a deleted file");
            }
        }
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.iter().map(|(deadline, _)| *deadline).min()
    }
}
