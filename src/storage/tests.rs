//! One directory, a few partitions, as a broker uses them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;
use crate::base::{
    ErrorCode, LeaderEpoch, NodeId, Now, Offset, ProducerEpoch, ProducerId, TopicId,
    TopicPartition, Uuid,
};
use crate::cluster::LogConfig;
use crate::record::{Batch, BatchBuilder, Batches, Compression};

mod appending;
mod deleting;
mod directories;
mod indexes;
mod kafka;
mod lookups;
mod many;
mod producers;
mod reading;
mod recovery;
mod verify;
mod world;

use world::*;
