//! One client: frames in, responses out, strictly in the order of the requests.
//!
//! A request is worked to its end before the next one is looked at, as Kafka mutes
//! a connection until it has answered; a waiting fetch holds back what follows it.
//! Responses of requests that arrived together leave together.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::task::Poll;

use tokio::net::TcpStream;
use tokio::task::coop;
use tokio::time::timeout;

use super::accept::Shared;
use super::buffer::FrameBuffer;
use super::send::send;
use crate::api::{self, Call, ConnectionContext, Outcome};
use crate::wire::{self, Rope};

/// Responses are sent once this much of them has piled up, even if more requests wait.
const RESPONSES_BYTES_MAX: usize = 64 * 1024;

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Protocol(#[from] wire::Error),
    #[error("a request without response failed")]
    Refused,
}

/// Serves `stream` until the client goes, rests for too long, or sends something that is
/// no request.
pub(super) async fn serve(
    stream: TcpStream,
    context: &ConnectionContext,
    shared: &Shared,
) -> Result<(), Ended> {
    loop {
        match shared.limits.idle_max {
            None => stream.readable().await?,
            Some(idle_max) => match timeout(idle_max, stream.readable()).await {
                Ok(readable) => readable?,
                Err(_) => return Ok(()),
            },
        }
        let mut buffer = shared.pool.take();
        let burst = serve_burst(&stream, context, &mut buffer, shared.frame_bytes_max).await;
        if let Err(Ended::Protocol(_)) = burst {
            context.on_unreadable(buffer.waiting());
        }
        shared.pool.give(buffer);
        if burst? == Burst::ClientGone {
            return Ok(());
        }
    }
}

#[derive(PartialEq, Eq)]
enum Burst {
    Idle,
    ClientGone,
}

/// Works until the client has nothing more to say for the moment.
async fn serve_burst(
    stream: &TcpStream,
    context: &ConnectionContext,
    buffer: &mut FrameBuffer,
    frame_bytes_max: usize,
) -> Result<Burst, Ended> {
    let mut responses = Rope::new();
    loop {
        // Others on this thread get their turn, however much this client has to say.
        coop::consume_budget().await;
        match read_some(stream, buffer, frame_bytes_max).await? {
            Some(0) => return Ok(Burst::ClientGone),
            Some(_) => {}
            None => return Ok(Burst::Idle),
        }
        while let Some(frame) = buffer.next_frame(frame_bytes_max)? {
            handle(stream, context, frame, &mut responses).await?;
            if responses.len() >= RESPONSES_BYTES_MAX {
                flush(stream, &mut responses).await?;
            }
        }
        flush(stream, &mut responses).await?;
    }
}

/// Reads what is there. `None`: nothing is there and nothing is pending either, so
/// the buffer can be given up; with half a frame pending it waits for the rest.
///
/// It asks the socket itself rather than tokio's `AsyncRead`, which also says "nothing is there"
/// when a task has worked long enough: a client that always has more to say would look idle.
async fn read_some(
    stream: &TcpStream,
    buffer: &mut FrameBuffer,
    frame_bytes_max: usize,
) -> io::Result<Option<usize>> {
    let may_wait = !buffer.is_empty();
    loop {
        match stream.try_read(buffer.space(frame_bytes_max)) {
            Ok(count) => {
                buffer.filled(count);
                return Ok(Some(count));
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if !may_wait {
                    return Ok(None);
                }
                stream.readable().await?;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

async fn handle(
    stream: &TcpStream,
    context: &ConnectionContext,
    frame: &[u8],
    responses: &mut Rope,
) -> Result<(), Ended> {
    let request = api::open(context, frame).inspect_err(|_| context.on_unreadable(frame))?;
    let outcome = match request.call() {
        Call::Sync(call) => call(&request, responses)?,
        Call::Async(call) => {
            let mut response = Rope::new();
            let mut future = call(&request, &mut response);
            let first = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await;
            let outcome = match first {
                Poll::Ready(outcome) => outcome?,
                Poll::Pending => {
                    // Who waits must not keep back what others are waiting for.
                    flush(stream, responses).await?;
                    future.as_mut().await?
                }
            };
            drop(future);
            flush(stream, responses).await?;
            *responses = response;
            outcome
        }
    };
    match outcome {
        Outcome::Respond | Outcome::Silent => Ok(()),
        Outcome::Close => {
            flush(stream, responses).await?;
            Err(Ended::Refused)
        }
    }
}

async fn flush(stream: &TcpStream, responses: &mut Rope) -> io::Result<()> {
    if !responses.is_empty() {
        send(stream, responses).await?;
        *responses = Rope::with_buffer(std::mem::take(responses).into_buffer());
    }
    Ok(())
}
