//! The network threads: each runs its own connections and nothing else.
//!
//! A connection stays on the thread that it was given, so a request is read, worked and
//! answered without waking anybody else. A runtime that moves tasks between threads pays
//! a futex call and a context switch for nearly every request of a lonely client.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use tokio::runtime::{Builder, Handle};
use tokio::sync::Notify;

/// Some threads, each with a runtime of its own. They end when this is dropped, which
/// must not happen on one of them.
#[derive(Debug)]
pub(super) struct NetworkThreads {
    threads: Vec<NetworkThread>,
}

/// Deals connections out to the threads in turn.
#[derive(Debug)]
pub(super) struct Turns {
    handles: Vec<Handle>,
    next: AtomicUsize,
}

impl Turns {
    /// The thread for the next connection.
    pub(super) fn next(&self) -> &Handle {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        &self.handles[turn % self.handles.len()]
    }
}

#[derive(Debug)]
struct NetworkThread {
    handle: Handle,
    stop: Arc<Notify>,
    thread: Option<JoinHandle<()>>,
}

impl NetworkThreads {
    /// Starts `count` threads, at least one.
    ///
    /// # Errors
    /// When the operating system gives no thread or no event queue.
    pub(super) fn start(count: usize) -> io::Result<Self> {
        let threads = (0..count.max(1)).map(NetworkThread::start).collect::<io::Result<_>>()?;
        Ok(NetworkThreads { threads })
    }

    /// A dealer that starts with the first thread.
    pub(super) fn turns(&self) -> Turns {
        let handles = self.threads.iter().map(|thread| thread.handle.clone()).collect();
        Turns { handles, next: AtomicUsize::new(0) }
    }
}

impl NetworkThread {
    fn start(number: usize) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let handle = runtime.handle().clone();
        let stop = Arc::new(Notify::new());
        let stopped = stop.clone();
        let thread = std::thread::Builder::new()
            .name(format!("network-{number}"))
            .spawn(move || runtime.block_on(stopped.notified()))?;
        Ok(NetworkThread { handle, stop, thread: Some(thread) })
    }
}

impl Drop for NetworkThread {
    fn drop(&mut self) {
        self.stop.notify_one();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so; there is nothing left to save.
            let _ = thread.join();
        }
    }
}
