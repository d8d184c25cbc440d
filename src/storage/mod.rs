//! The data directory: the only code that touches it.
//!
//! It is laid out as Apache Kafka 4.x does it, file by file, and both can take it over from each
//! other. A partition is a [`Replica`]: the pure [`crate::log::PartitionLog`] and its files.
//!
//! ```text
//! let directory = LogDirectory::open(path, LogDirectoryOptions::default(), now)?;
//! let mut replica = directory.replica(partition, topic_id, LogConfig::default(), now)?;
//! let appended = replica.append(&validated, AppendOrigin::Client, leader_epoch, now)?;
//! if let Some(flush) = replica.plan_flush(appended.flush_due) {   // appended.flush_due tells
//!     flush.run()?;                                               // may run without the lock
//!     replica.flushed(&flush);
//! }
//! let read = replica.read(offset, ReadLimits { bytes_max, one_batch_at_least, committed_only })?;
//! replica.close(now)?;                                            // each replica, then
//! directory.close(now)?;                                          // the mark of a clean stop
//! ```
//!
//! Invariants:
//! - an append that fails leaves the log as it was;
//! - nothing is on disk of a partition that has never been written;
//! - at most some hundreds of files are open, whatever the number of partitions;
//! - index files, snapshots and checkpoints can always be rebuilt from the `.log` files.
//!
//! A replica is not thread safe: whoever shares it puts it behind a lock. Knows nothing of
//! requests, waiting consumers or real time.

mod checkpoint;
mod deletion;
mod dir_lock;
mod directory;
mod error;
mod file_io;
mod file_pool;
mod flush;
mod index_file;
mod layout;
mod lookup;
mod meta_properties;
mod open;
mod partition_files;
mod read;
mod replica;
mod scan;
mod shutdown_mark;
mod space;
mod trash;

pub use self::directory::{LogDirectory, LogDirectoryOptions};
pub use self::error::{AppendError, Error, ReadError};
pub use self::flush::{Flush, FlushDue};
pub use self::lookup::TimestampOffset;
pub use self::meta_properties::MetaProperties;
pub use self::open::Recovery;
pub use self::read::{ReadLimits, ReadResult};
pub use self::replica::{Appended, Offsets, Replica};
pub use self::shutdown_mark::LastStop;
pub use self::space::Space;
pub use crate::log::AppendOrigin;
pub use crate::wire::FileRange;

#[cfg(test)]
mod tests;
