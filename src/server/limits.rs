//! How many connections there may be, and how long one may rest
//! (`max.connections`, `max.connections.per.ip`, `connections.max.idle.ms`).

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use dashmap::DashMap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::cluster::BrokerConfig;

/// The limits, and who is connected.
#[derive(Debug)]
pub(super) struct ConnectionLimits {
    /// A connection that says nothing for so long is closed; `None`: it may rest for ever.
    pub(super) idle_max: Option<Duration>,
    per_address_max: usize,
    places: Arc<Semaphore>,
    by_address: Arc<DashMap<IpAddr, usize>>,
}

/// A connection that counts; it stops counting when this is dropped.
#[derive(Debug)]
pub(super) struct Counted {
    address: IpAddr,
    by_address: Arc<DashMap<IpAddr, usize>>,
    _place: OwnedSemaphorePermit,
}

impl ConnectionLimits {
    pub(super) fn new(config: &BrokerConfig) -> Self {
        let places = usize::try_from(config.max_connections).unwrap_or(0);
        let idle_ms = u64::try_from(config.connections_max_idle_ms).unwrap_or(0);
        ConnectionLimits {
            idle_max: (idle_ms > 0).then(|| Duration::from_millis(idle_ms)),
            per_address_max: usize::try_from(config.max_connections_per_ip).unwrap_or(0),
            places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
            by_address: Arc::default(),
        }
    }

    /// Waits until another connection may be accepted, as Kafka's acceptor does.
    pub(super) async fn place(&self) -> OwnedSemaphorePermit {
        let place = self.places.clone().acquire_owned().await;
        place.expect("the semaphore is never closed")
    }

    /// Counts a connection; `None` when its address has too many already.
    pub(super) fn count(&self, address: IpAddr, place: OwnedSemaphorePermit) -> Option<Counted> {
        let mut count = self.by_address.entry(address).or_default();
        if *count >= self.per_address_max {
            return None;
        }
        *count += 1;
        Some(Counted { address, by_address: self.by_address.clone(), _place: place })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(mut count) = self.by_address.get_mut(&self.address) {
            *count -= 1;
        }
        self.by_address.remove_if(&self.address, |_, count| *count == 0);
    }
}
