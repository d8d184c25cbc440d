//! `Expect: 100-continue`: a large body waits until the endpoint says that it will take it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// A smaller body is sent at once: refusing it early would save nothing. The threshold of AWS's
/// SDKs.
pub(super) const WAITING_BYTES_MIN: usize = 1024 * 1024;

/// An endpoint that does not know the header says nothing; then the body is sent anyway.
const PATIENCE: Duration = Duration::from_secs(1);

/// A body that may wait for "100 Continue".
pub(super) struct ExpectingBody {
    bytes: Option<Bytes>,
    waits: Option<Waiting>,
}

struct Waiting {
    gate: Gate,
    at_most: Pin<Box<Sleep>>,
}

/// Opened by the informational answer.
#[derive(Clone, Default)]
struct Gate(Arc<Mutex<GateState>>);

#[derive(Default)]
struct GateState {
    is_open: bool,
    waker: Option<Waker>,
}

impl Gate {
    fn open(&self) {
        let waker = {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            state.is_open = true;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_open {
            return Poll::Ready(());
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

/// The request with its body; one whose head has `Expect` waits.
pub(super) fn prepare(request: Request<Bytes>) -> Request<ExpectingBody> {
    let is_expecting = request.headers().contains_key(http::header::EXPECT);
    let mut request = request.map(|bytes| ExpectingBody {
        bytes: Some(bytes).filter(|bytes| !bytes.is_empty()),
        waits: None,
    });
    if is_expecting {
        let gate = Gate::default();
        let opened = gate.clone();
        hyper::ext::on_informational(&mut request, move |answer| {
            if answer.status() == StatusCode::CONTINUE {
                opened.open();
            }
        });
        let at_most = Box::pin(sleep(PATIENCE));
        request.body_mut().waits = Some(Waiting { gate, at_most });
    }
    request
}

impl Body for ExpectingBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(waiting) = &mut self.waits {
            let is_open = waiting.gate.poll(context).is_ready();
            if !is_open && waiting.at_most.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.waits = None;
        }
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
