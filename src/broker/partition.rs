//! One partition at run time: its replica behind a lock, and the fetches that wait at it.
//!
//! The lock is held for plan, write and commit, never across an await. Lock order:
//! nothing else is locked while a partition is.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::mpsc::UnboundedSender;

use super::fetch_wait::{Waiter, Waiters};
use crate::base::{ErrorCode, LeaderEpoch, Now, Offset, TopicId, TopicPartition};
use crate::cluster::LogConfig;
use crate::record::validate::Validated;
use crate::storage::{
    AppendError, AppendOrigin, Appended, Error, FlushDue, LogDirectory, Offsets, ReadError,
    ReadLimits, ReadResult, Replica,
};

/// The code for a failing disk, which is logged here: the client cannot do anything about it.
#[must_use]
pub fn error_code_of(error: &Error) -> ErrorCode {
    if error.is_deleted() {
        return ErrorCode::UnknownTopicOrPartition;
    }
    tracing::error!(%error, "storage failed");
    ErrorCode::KafkaStorageError
}

/// A partition that this broker leads.
#[derive(Debug)]
pub struct Partition {
    name: TopicPartition,
    topic_id: TopicId,
    leader_epoch: LeaderEpoch,
    home: Arc<Home>,
    state: Mutex<State>,
}

/// What all partitions share: where they live, and who flushes their full segments.
#[derive(Debug)]
pub struct Home {
    /// The data directory.
    pub directory: Arc<LogDirectory>,
    /// Takes partitions with a full segment to flush; see `maintenance`.
    pub sealed: UnboundedSender<Weak<Partition>>,
}

#[derive(Debug)]
struct State {
    /// Opened by the first request that needs it: most partitions of a big topic rest.
    replica: Option<Box<Replica>>,
    config: Arc<LogConfig>,
    waiters: Waiters,
    /// Set when the topic is deleted: whoever still holds the partition must not write.
    deleted: bool,
}

impl Partition {
    /// A partition that lives in `home`; touches nothing on disk.
    #[must_use]
    pub fn new(
        name: TopicPartition,
        topic_id: TopicId,
        leader_epoch: LeaderEpoch,
        config: Arc<LogConfig>,
        home: Arc<Home>,
    ) -> Arc<Self> {
        let state = State { replica: None, config, waiters: Waiters::default(), deleted: false };
        Arc::new(Partition { name, topic_id, leader_epoch, home, state: Mutex::new(state) })
    }

    /// Topic and number.
    #[must_use]
    pub fn name(&self) -> &TopicPartition {
        &self.name
    }

    /// The id of its topic.
    #[must_use]
    pub fn topic_id(&self) -> TopicId {
        self.topic_id
    }

    /// How often its leadership has changed.
    #[must_use]
    pub fn leader_epoch(&self) -> LeaderEpoch {
        self.leader_epoch
    }

    /// Compares the leader epoch that a client believes in with the partition's; -1 means
    /// that the client does not care (KIP-320).
    ///
    /// # Errors
    /// FENCED_LEADER_EPOCH for an older one, UNKNOWN_LEADER_EPOCH for a newer one.
    pub fn check_leader_epoch(&self, believed: i32) -> Result<(), ErrorCode> {
        let actual = self.leader_epoch.0;
        if believed == -1 || believed == actual {
            Ok(())
        } else if believed < actual {
            Err(ErrorCode::FencedLeaderEpoch)
        } else {
            Err(ErrorCode::UnknownLeaderEpoch)
        }
    }

    /// Appends a validated batch and wakes the fetches that wait for it. With
    /// `flush.messages` it returns when the disk has the batch.
    ///
    /// # Errors
    /// A refusal with the code that the producer gets, or a failing disk; the log is as
    /// it was before.
    pub fn append(
        self: &Arc<Self>,
        batch: &Validated<'_>,
        origin: AppendOrigin,
        now: Now,
    ) -> Result<Appended, AppendError> {
        let mut state = self.lock();
        let replica = self.open(&mut state, now)?;
        let appended = replica.append(batch, origin, self.leader_epoch, now)?;
        let woken = state.waiters.take();
        drop(state);
        // Wake after the lock is free, or the woken fetch blocks on it at once.
        for waiter in woken {
            waiter.wake();
        }
        match appended.flush_due {
            FlushDue::Nothing => {}
            FlushDue::Sealed => {
                // Nobody listens any more when the broker stops; the stop flushes.
                let _ = self.home.sealed.send(Arc::downgrade(self));
            }
            FlushDue::Everything => self.flush(FlushDue::Everything, now)?,
        }
        Ok(appended)
    }

    /// Flushes what `due` asks for. The lock is free while the disk works.
    ///
    /// # Errors
    /// A failing disk.
    pub fn flush(&self, due: FlushDue, now: Now) -> Result<(), Error> {
        let planned = self.with_open(|replica| replica.plan_flush(due));
        if let Some(flush) = planned.transpose()?.flatten() {
            flush.run()?;
            self.with_open(|replica| replica.flushed(&flush, now));
        }
        Ok(())
    }

    /// Where the log starts and ends.
    ///
    /// # Errors
    /// When the partition cannot be opened.
    pub fn offsets(&self, now: Now) -> Result<Offsets, Error> {
        self.with(now, |replica| replica.offsets())
    }

    /// Finds the bytes from `offset` on, up to `upper_bound`.
    ///
    /// # Errors
    /// An offset that is not in the log, or a failing disk.
    pub fn read(
        &self,
        offset: Offset,
        limits: ReadLimits,
        now: Now,
    ) -> Result<ReadResult, ReadError> {
        let mut state = self.lock();
        self.open(&mut state, now)?.read(offset, limits)
    }

    /// Calls `work` on the replica, which is opened first if need be.
    ///
    /// # Errors
    /// When the partition cannot be opened.
    pub fn with<T>(&self, now: Now, work: impl FnOnce(&mut Replica) -> T) -> Result<T, Error> {
        let mut state = self.lock();
        Ok(work(self.open(&mut state, now)?))
    }

    /// Calls `work` on the replica if some request has opened it before.
    pub fn with_open<T>(&self, work: impl FnOnce(&mut Replica) -> T) -> Option<T> {
        self.lock().replica.as_deref_mut().map(work)
    }

    /// Lets `waiter` know when the log grows beyond `known_end`; at once if it has already.
    pub fn wait(&self, waiter: &Arc<Waiter>, known_end: Offset) {
        let mut state = self.lock();
        let grown = match &state.replica {
            Some(replica) => replica.offsets().high_watermark > known_end,
            None => false,
        };
        if grown || state.deleted {
            drop(state);
            waiter.wake();
        } else {
            state.waiters.add(waiter);
        }
    }

    /// Forgets `waiter`, whose fetch has been answered.
    pub fn stop_waiting(&self, waiter: &Arc<Waiter>) {
        self.lock().waiters.remove(waiter);
    }

    /// Applies changed topic settings.
    pub fn set_config(&self, config: &Arc<LogConfig>) {
        let mut state = self.lock();
        state.config = config.clone();
        if let Some(replica) = &mut state.replica {
            replica.set_config(config.clone());
        }
    }

    /// Removes the partition's files and wakes who waits, so that they see it is gone.
    ///
    /// # Errors
    /// When the files cannot be moved out of the way.
    pub fn delete(&self, now: Now) -> Result<(), Error> {
        let mut state = self.lock();
        let replica = match state.replica.take() {
            Some(replica) => Ok(*replica),
            None => self.load(&state.config, now),
        };
        state.deleted = true;
        let woken = state.waiters.take();
        let result = replica.and_then(|replica| replica.delete(now));
        drop(state);
        for waiter in woken {
            waiter.wake();
        }
        result
    }

    /// Closes the files so that the next start has nothing to scan.
    ///
    /// # Errors
    /// When something cannot be written.
    pub fn close(&self, now: Now) -> Result<(), Error> {
        match self.lock().replica.take() {
            Some(replica) => replica.close(now),
            None => Ok(()),
        }
    }

    fn open<'s>(&self, state: &'s mut State, now: Now) -> Result<&'s mut Replica, Error> {
        if state.deleted {
            return Err(Error::deleted(&self.name));
        }
        if state.replica.is_none() {
            state.replica = Some(Box::new(self.load(&state.config, now)?));
        }
        Ok(state.replica.as_mut().expect("the replica was opened just now"))
    }

    fn load(&self, config: &Arc<LogConfig>, now: Now) -> Result<Replica, Error> {
        self.home.directory.replica(self.name.clone(), self.topic_id, config.clone(), now)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
