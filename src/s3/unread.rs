//! Request bodies that nobody read to the end.
//!
//! A request may be refused before its body was read. What the client still sends must then
//! not be taken for its next request, and must not be answered with a reset that makes
//! it lose the refusal: a body that is under way is read and thrown away up to a limit;
//! one that waits for "100 Continue" never comes, and the connection ends.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONNECTION, EXPECT, HeaderMap, HeaderValue};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

/// More than this is not read only to be thrown away.
const DRAIN_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Where a body goes that was dropped before its end.
#[derive(Clone, Default)]
pub(super) struct Unread {
    /// With whether the client still waits for "100 Continue".
    left: Arc<Mutex<Option<(Incoming, bool)>>>,
}

/// A request's body that reports when it is dropped early.
pub(super) struct TrackedBody {
    inner: Option<Incoming>,
    /// The client sends the body only after "100 Continue", which the first poll sends.
    waits: bool,
    unread: Unread,
}

impl Unread {
    /// Takes the body under observation.
    pub(super) fn track(headers: &HeaderMap, body: Incoming) -> (Self, TrackedBody) {
        let unread = Self::default();
        let waits = headers.contains_key(EXPECT);
        let tracked = TrackedBody { inner: Some(body), waits, unread: unread.clone() };
        (unread, tracked)
    }

    /// After the answer is known and before it is sent: reads what is left, or has the
    /// connection closed.
    pub(super) async fn settle(self, headers: &mut HeaderMap) {
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((mut body, waits)) = left else { return };
        let mut drained = 0;
        while !waits && drained <= DRAIN_BYTES_MAX {
            match body.frame().await {
                None => return,
                Some(Ok(frame)) => drained += frame.data_ref().map_or(0, Bytes::len) as u64,
                Some(Err(_)) => break,
            }
        }
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
}

impl Body for TrackedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.waits = false;
        match &mut self.inner {
            Some(inner) => Pin::new(inner).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for TrackedBody {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.take().filter(|inner| !inner.is_end_stream()) {
            let mut left = self.unread.left.lock().unwrap_or_else(PoisonError::into_inner);
            *left = Some((inner, self.waits));
        }
    }
}
