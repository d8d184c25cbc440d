//! The Kafka port: sockets, frames, order. Knows bytes and connections; what a
//! request means is the business of [`crate::api`].

mod accept;
mod bind;
mod buffer;
mod connection;
mod limits;
mod send;
mod threads;

use std::io;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use self::accept::Shared;
pub use self::bind::{BindError, Bound, bind};
use self::buffer::BufferPool;
use self::limits::ConnectionLimits;
use self::threads::NetworkThreads;
use crate::broker::Broker;

/// More threads than this serve no laptop better.
const NETWORK_THREADS_MAX: usize = 8;

/// A running server; dropping it does not stop it, [`Server::stop`] does.
#[derive(Debug)]
pub struct Server {
    stop: watch::Sender<bool>,
    all_ended: mpsc::Receiver<()>,
    /// Ended last, when no connection is left on them.
    _threads: NetworkThreads,
}

/// Serves `broker` on all of `bound`, on a thread per core. Must be called inside a tokio runtime, which accepts.
///
/// # Errors
/// When there is no thread to be had, or a socket cannot be handed to the runtime.
pub fn serve(bound: Vec<Bound>, broker: Arc<Broker>) -> io::Result<Server> {
    let (stop, stopping) = watch::channel(false);
    let (alive, all_ended) = mpsc::channel(1);
    let frame_bytes_max = broker.config().socket_request_max_bytes as usize;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = NetworkThreads::start(cores.min(NETWORK_THREADS_MAX))?;
    let pool = BufferPool::default();
    let limits = ConnectionLimits::new(broker.config());
    let shared = Arc::new(Shared {
        broker,
        threads: threads.turns(),
        pool,
        frame_bytes_max,
        limits,
        stopping,
    });
    for listener in bound {
        let socket = TcpListener::from_std(listener.socket)?;
        let task = accept::accept(socket, listener.listener, shared.clone(), alive.clone());
        tokio::spawn(task);
    }
    Ok(Server { stop, all_ended, _threads: threads })
}

impl Server {
    /// Stops accepting, closes every connection between two requests, and returns when all are closed.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        // Nobody sends: the channel closes when the last connection has ended.
        while self.all_ended.recv().await.is_some() {}
    }
}
