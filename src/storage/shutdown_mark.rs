//! How the last run ended: in order, killed, or with the machine.

use std::path::Path;

use super::error::Error;
use super::file_io::{Durability, read_optional, remove_optional, replace};
use super::layout;

const BOOT_ID_OF_THE_MACHINE: &str = "/proc/sys/kernel/random/boot_id";

/// What the files in the directory can be trusted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastStop {
    /// Stopped in order: everything is as written.
    Clean,
    /// Killed, but the machine has been up since: what was written is there, possibly with a
    /// torn end.
    Killed,
    /// The machine went down, or nobody knows: only what was flushed is certain.
    PowerLoss,
}

/// Finds out how the last run ended and takes down its mark.
pub(super) fn take(directory: &Path) -> Result<LastStop, Error> {
    let mark = directory.join(layout::CLEAN_SHUTDOWN);
    let boot_file = directory.join(layout::BOOT_ID);
    let boot_id = read_optional(Path::new(BOOT_ID_OF_THE_MACHINE)).ok().flatten();
    let last_stop = if read_optional(&mark)?.is_some() {
        remove_optional(&mark)?;
        LastStop::Clean
    } else if boot_id.is_some() && read_optional(&boot_file)? == boot_id {
        return Ok(LastStop::Killed);
    } else {
        LastStop::PowerLoss
    };
    if let Some(boot_id) = boot_id {
        replace(&boot_file, &boot_id, Durability::Cached)?;
    }
    Ok(last_stop)
}

/// Leaves the mark that both we and Kafka look for.
pub(super) fn leave(directory: &Path, durability: Durability) -> Result<(), Error> {
    let mark = directory.join(layout::CLEAN_SHUTDOWN);
    replace(&mark, br#"{"version":0,"brokerEpoch":-1}"#, durability)
}
