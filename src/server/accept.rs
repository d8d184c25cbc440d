//! Accepts connections and sees them to their end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tracing::{debug, info, warn};

use super::buffer::BufferPool;
use super::connection::{self, Ended};
use super::limits::{ConnectionLimits, Counted};
use super::threads::Turns;
use crate::api::ConnectionContext;
use crate::broker::Broker;

/// How long to wait when the process is out of descriptors, before accepting again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What all connections of a server share.
pub(super) struct Shared {
    pub(super) broker: Arc<Broker>,
    pub(super) threads: Turns,
    pub(super) pool: BufferPool,
    pub(super) frame_bytes_max: usize,
    pub(super) limits: ConnectionLimits,
    /// Becomes true when the server stops.
    pub(super) stopping: watch::Receiver<bool>,
}

/// Accepts on `socket` until the server stops. `alive` is dropped by the last task that ends.
pub(super) async fn accept(
    socket: TcpListener,
    listener: usize,
    shared: Arc<Shared>,
    alive: mpsc::Sender<()>,
) {
    let mut stopping = shared.stopping.clone();
    loop {
        let accepted = tokio::select! {
            accepted = accept_one(&socket, &shared.limits) => accepted,
            _ = stopping.wait_for(|stopping| *stopping) => return,
        };
        match accepted {
            Ok((_, peer, None)) => {
                info!(%peer, "refused: max.connections.per.ip is reached");
            }
            Ok((stream, peer, Some(counted))) => {
                let alive = Alive { _counted: counted, _alive: alive.clone() };
                let task = serve(stream, peer, listener, shared.clone(), alive);
                shared.threads.next().spawn(task);
            }
            Err(error) => {
                // Out of descriptors: the connection stays in the backlog.
                warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// What a connection holds for as long as it lives.
struct Alive {
    _counted: Counted,
    _alive: mpsc::Sender<()>,
}

async fn accept_one(
    socket: &TcpListener,
    limits: &ConnectionLimits,
) -> io::Result<(TcpStream, SocketAddr, Option<Counted>)> {
    let place = limits.place().await;
    let (stream, peer) = socket.accept().await?;
    let counted = limits.count(peer.ip(), place);
    Ok((stream, peer, counted))
}

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    listener: usize,
    shared: Arc<Shared>,
    alive: Alive,
) {
    let stream = match adopt(stream) {
        Ok(stream) => stream,
        Err(error) => {
            debug!(%peer, %error, "the connection was gone before it was served");
            return;
        }
    };
    let context = ConnectionContext::new(shared.broker.clone(), listener, peer);
    let mut stopping = shared.stopping.clone();
    let ended = tokio::select! {
        ended = connection::serve(stream, &context, &shared) => ended,
        _ = stopping.wait_for(|stopping| *stopping) => Ok(()),
    };
    context.on_closed();
    match ended {
        Ok(()) => {}
        Err(Ended::Io(error)) if is_goodbye(&error) => {}
        Err(error) => debug!(%peer, %error, "connection closed"),
    }
    drop(alive);
}

/// Makes the socket one of the network thread that this runs on.
fn adopt(stream: TcpStream) -> io::Result<TcpStream> {
    let stream = TcpStream::from_std(stream.into_std()?)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn is_goodbye(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof
    )
}
