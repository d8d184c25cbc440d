//! One coordinator: its core, its partition, and who waits for a reply.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::load;
use crate::base::{Core, Deadline, ErrorCode, Now, Output, Token};
use crate::broker::fatal::stop_process;
use crate::broker::{Partition, error_code_of};
use crate::group::{Command, GroupConfig, GroupCore, Record, Reply};
use crate::record::BatchBuilder;
use crate::record::validate::Validated;
use crate::storage::{AppendError, AppendOrigin};

/// Records are appended in batches of about this size; one record may be larger.
const BATCH_BYTES: usize = 512 * 1024;

/// What came of a call.
#[derive(Debug)]
pub(super) enum Called {
    /// The answer.
    Answered(Reply),
    /// The answer will come.
    Parked(oneshot::Receiver<Reply>),
}

/// One partition of `__consumer_offsets` with its coordinator.
///
/// Lock order: the coordinator, then its partition.
#[derive(Debug)]
pub(super) struct Shard {
    partition: Arc<Partition>,
    config: GroupConfig,
    loaded: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    core: GroupCore,
    waiting: BTreeMap<Token, oneshot::Sender<Reply>>,
    last_token: Token,
}

impl Shard {
    pub(super) fn new(partition: Arc<Partition>, config: GroupConfig) -> Shard {
        let core = GroupCore::new(config.clone());
        let state = State { core, waiting: BTreeMap::new(), last_token: Token(0) };
        Shard { partition, config, loaded: AtomicBool::new(false), state: Mutex::new(state) }
    }

    /// Whether the partition has been replayed.
    pub(super) fn is_loaded(&self) -> bool {
        self.loaded.load(Ordering::Acquire)
    }

    /// Whether there is nothing to replay.
    pub(super) fn is_partition_empty(&self, now: Now) -> Result<bool, ErrorCode> {
        let offsets = self.partition.offsets(now).map_err(|error| error_code_of(&error))?;
        Ok(offsets.log_start == offsets.high_watermark)
    }

    /// Replays the partition, unless somebody else has.
    pub(super) fn load(&self, now: Now) -> Result<(), ErrorCode> {
        let mut state = self.lock();
        if self.is_loaded() {
            return Ok(());
        }
        let mut core = GroupCore::new(self.config.clone());
        load::replay(&self.partition, now, |record| core.apply(&record))?;
        let mut output = Output::default();
        core.loaded(now, &mut output);
        state.core = core;
        self.perform(&mut state, now, output)?;
        self.loaded.store(true, Ordering::Release);
        Ok(())
    }

    /// Lets the core handle a command; also tells when it wants to be called again.
    pub(super) fn call(
        &self,
        now: Now,
        command: Command,
    ) -> Result<(Called, Option<Deadline>), ErrorCode> {
        let mut state = self.lock();
        state.last_token.0 += 1;
        let token = state.last_token;
        let mut output = Output::default();
        state.core.handle(now, token, command, &mut output);
        let own = output.replies.iter().position(|(to, _)| *to == token);
        let own = own.map(|index| output.replies.remove(index).1);
        self.perform(&mut state, now, output)?;
        let called = match own {
            Some(reply) => Called::Answered(reply),
            None => {
                let (sender, receiver) = oneshot::channel();
                state.waiting.insert(token, sender);
                Called::Parked(receiver)
            }
        };
        Ok((called, state.core.next_deadline()))
    }

    /// Does what is due; tells when something is due again.
    pub(super) fn on_deadline(&self, now: Now) -> Option<Deadline> {
        let mut state = self.lock();
        let mut output = Output::default();
        state.core.on_deadline(now, &mut output);
        match self.perform(&mut state, now, output) {
            Ok(()) => state.core.next_deadline(),
            // The topic is gone, and its groups with it.
            Err(_) => None,
        }
    }

    /// Persists the records, then releases the replies.
    fn perform(
        &self,
        state: &mut State,
        now: Now,
        output: Output<Record, Reply>,
    ) -> Result<(), ErrorCode> {
        self.append(now, &output.records)?;
        for (token, reply) in output.replies {
            if let Some(sender) = state.waiting.remove(&token) {
                // Whoever has gone away does not want it any more.
                let _ = sender.send(reply);
            }
        }
        Ok(())
    }

    fn append(&self, now: Now, records: &[Record]) -> Result<(), ErrorCode> {
        let mut batch = BatchBuilder::new();
        for record in records {
            if batch.record_count() > 0 && batch.size_bytes() > BATCH_BYTES {
                self.append_batch(now, std::mem::take(&mut batch))?;
            }
            let value = record.encode_value();
            batch.append(now.wall_ms, Some(&record.encode_key()), value.as_deref(), &[]);
        }
        if batch.record_count() > 0 {
            self.append_batch(now, batch)?;
        }
        Ok(())
    }

    fn append_batch(&self, now: Now, batch: BatchBuilder) -> Result<(), ErrorCode> {
        let (header, payload) = batch.build_parts().expect("a batch is not compressed and small");
        let batch = Validated {
            header,
            payload: payload.into(),
            max_timestamp_offset_delta: 0,
            log_append_time_ms: None,
        };
        match self.partition.append(&batch, AppendOrigin::Coordinator, now) {
            Ok(_) => Ok(()),
            Err(AppendError::Storage(error)) if error.is_deleted() => {
                Err(ErrorCode::NotCoordinator)
            }
            Err(error) => stop_process(&format!(
                "the group coordinator could not write to {}: {error}. \
                 Nothing that was acknowledged is lost; start again when the disk is well.",
                self.partition.name()
            )),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
