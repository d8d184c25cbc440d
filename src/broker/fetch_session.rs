//! Incremental fetch sessions (KIP-227): a client names its partitions once, and
//! afterwards only what changed travels, both ways.
//!
//! A session is taken out of the cache while a request works on it and put back when
//! the request is over, so that nothing is locked while a fetch waits. Behaviour is
//! that of Kafka's `FetchSession`, with its limits.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::entropy;
use crate::base::{ErrorCode, Now, Offset, TopicId, TopicName};

/// A session that rested this long may be dropped for a new one
/// (`min.incremental.fetch.session.eviction.ms`).
const EVICTION_AFTER: Duration = Duration::from_secs(120);

/// The epoch of a request that asks for a new session.
pub const EPOCH_INITIAL: i32 = 0;
/// The epoch of a request that wants no session, or ends one.
pub const EPOCH_FINAL: i32 = -1;

/// How a request names a topic: by id since version 13, by name before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TopicKey {
    /// Version 13 and later.
    Id(TopicId),
    /// Version 12 and earlier.
    Name(TopicName),
}

/// What a client wants of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The topic.
    pub topic: TopicKey,
    /// The partition's number.
    pub partition: i32,
    /// The first offset to return.
    pub fetch_offset: Offset,
    /// At most so many bytes of this partition.
    pub bytes_max: i32,
    /// The leader epoch that the client believes in, -1 for none.
    pub current_leader_epoch: i32,
    /// The epoch of the last record it has, -1 for none.
    pub last_fetched_epoch: i32,
}

/// What was last said about a partition; a later response repeats it only if it changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The high watermark.
    pub high_watermark: Offset,
    /// The first offset there is.
    pub log_start: Offset,
}

/// A partition of a session.
#[derive(Debug)]
pub struct Cached {
    /// What is wanted of it.
    pub wanted: Wanted,
    told: Option<Told>,
}

/// The partitions that one client fetches.
#[derive(Debug)]
pub struct Session {
    id: i32,
    epoch: i32,
    by_id: bool,
    last_used: Duration,
    next_place: u64,
    places: HashMap<(TopicKey, i32), u64>,
    partitions: BTreeMap<u64, Cached>,
}

impl Session {
    fn new(id: i32, by_id: bool, now: Now) -> Self {
        Session {
            id,
            epoch: 1,
            by_id,
            last_used: now.monotonic,
            next_place: 0,
            places: HashMap::new(),
            partitions: BTreeMap::new(),
        }
    }

    /// The number that the client knows it by.
    #[must_use]
    pub fn id(&self) -> i32 {
        self.id
    }

    /// Whether no partition is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.partitions.is_empty()
    }

    /// The partitions in the order in which they are to be served, with their places.
    pub fn partitions(&self) -> impl Iterator<Item = (u64, &Wanted)> {
        self.partitions.iter().map(|(place, cached)| (*place, &cached.wanted))
    }

    /// Adds a partition, or changes what is wanted of it.
    pub fn want(&mut self, wanted: Wanted) {
        let key = (wanted.topic.clone(), wanted.partition);
        if let Some(place) = self.places.get(&key)
            && let Some(cached) = self.partitions.get_mut(place)
        {
            cached.wanted = wanted;
            return;
        }
        self.places.insert(key, self.next_place);
        self.partitions.insert(self.next_place, Cached { wanted, told: None });
        self.next_place += 1;
    }

    /// Removes a partition.
    pub fn forget(&mut self, topic: TopicKey, partition: i32) {
        if let Some(place) = self.places.remove(&(topic, partition)) {
            self.partitions.remove(&place);
        }
    }

    /// Whether the response must name the partition at `place`: it has records or an
    /// error, or something changed since it was named last. One with records goes to the
    /// back of the queue, so that a full response starves nobody.
    pub fn must_tell(&mut self, place: u64, told: Option<Told>, has_records: bool) -> bool {
        let Some(cached) = self.partitions.get_mut(&place) else { return false };
        let changed = cached.told != told || told.is_none();
        cached.told = told;
        if has_records && let Some(cached) = self.partitions.remove(&place) {
            let key = (cached.wanted.topic.clone(), cached.wanted.partition);
            self.places.insert(key, self.next_place);
            self.partitions.insert(self.next_place, cached);
            self.next_place += 1;
        }
        changed || has_records
    }
}

/// All sessions, up to `max.incremental.fetch.session.cache.slots`.
#[derive(Debug)]
pub struct SessionCache {
    slots: usize,
    sessions: Mutex<HashMap<i32, Slot>>,
}

#[derive(Debug)]
enum Slot {
    Resting(Session),
    /// A request works on it; the epoch is the one that comes next.
    InUse {
        epoch: i32,
    },
}

/// A session that a request works on; goes back to its cache when dropped.
#[derive(Debug)]
pub struct InUse {
    session: Option<Session>,
    cache: Arc<SessionCache>,
}

impl std::ops::Deref for InUse {
    type Target = Session;

    fn deref(&self) -> &Session {
        self.session.as_ref().expect("a session is there until it is dropped")
    }
}

impl std::ops::DerefMut for InUse {
    fn deref_mut(&mut self) -> &mut Session {
        self.session.as_mut().expect("a session is there until it is dropped")
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            let mut sessions = self.cache.lock();
            if session.is_empty() {
                sessions.remove(&session.id);
            } else if let Some(slot) = sessions.get_mut(&session.id) {
                *slot = Slot::Resting(session);
            }
        }
    }
}

impl SessionCache {
    /// A cache for so many sessions.
    #[must_use]
    pub fn new(slots: usize) -> Arc<Self> {
        Arc::new(SessionCache { slots, sessions: Mutex::default() })
    }

    /// Starts a session, if there is room for one.
    pub fn create(self: &Arc<Self>, by_id: bool, now: Now) -> Option<InUse> {
        let mut sessions = self.lock();
        if sessions.len() >= self.slots && !evict_one(&mut sessions, now) {
            return None;
        }
        let id = loop {
            let bytes = entropy::random_uuid().0;
            let id = i32::from_be_bytes([bytes[0] & 0x7f, bytes[1], bytes[2], bytes[3]]);
            if id != 0 && !sessions.contains_key(&id) {
                break id;
            }
        };
        let session = Session::new(id, by_id, now);
        sessions.insert(id, Slot::InUse { epoch: session.epoch });
        Some(InUse { session: Some(session), cache: self.clone() })
    }

    /// Takes a session for its next request.
    ///
    /// # Errors
    /// The code that Kafka answers: no such session, a wrong epoch, or names where the
    /// session uses ids.
    pub fn resume(
        self: &Arc<Self>,
        id: i32,
        epoch: i32,
        by_id: bool,
        now: Now,
    ) -> Result<InUse, ErrorCode> {
        let mut sessions = self.lock();
        let slot = sessions.get_mut(&id).ok_or(ErrorCode::FetchSessionIdNotFound)?;
        let Slot::Resting(session) = slot else {
            return Err(ErrorCode::InvalidFetchSessionEpoch);
        };
        if session.epoch != epoch {
            return Err(ErrorCode::InvalidFetchSessionEpoch);
        }
        if session.by_id != by_id {
            return Err(ErrorCode::FetchSessionTopicIdError);
        }
        session.epoch = if epoch == i32::MAX { 1 } else { epoch + 1 };
        session.last_used = now.monotonic;
        let in_use = Slot::InUse { epoch: session.epoch };
        match std::mem::replace(slot, in_use) {
            Slot::Resting(session) => Ok(InUse { session: Some(session), cache: self.clone() }),
            Slot::InUse { epoch } => {
                unreachable!("a session in use at epoch {epoch} was seen at rest")
            }
        }
    }

    /// Ends a session.
    pub fn close(&self, id: i32) {
        self.lock().remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i32, Slot>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops the session that has rested longest, if that is long enough.
fn evict_one(sessions: &mut HashMap<i32, Slot>, now: Now) -> bool {
    let oldest = sessions
        .iter()
        .filter_map(|(id, slot)| match slot {
            Slot::Resting(session) => Some((session.last_used, *id)),
            Slot::InUse { .. } => None,
        })
        .min();
    match oldest {
        Some((last_used, id)) if now.monotonic.saturating_sub(last_used) > EVICTION_AFTER => {
            sessions.remove(&id);
            true
        }
        _ => false,
    }
}
