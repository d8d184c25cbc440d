//! The first bytes that came back, kept: they tell languages apart.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::listener::probe::Answer;

/// As many as a line of HTTP or of another protocol's greeting needs.
const BYTES_MAX: usize = 64;

/// The first bytes, shared with the stream that hears them.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard(Arc<Mutex<Vec<u8>>>);

impl Heard {
    /// What they are; `nothing` if there are none.
    pub(super) fn answer(&self, nothing: Answer) -> Answer {
        let bytes = self.0.lock().map_or_else(|_| Vec::new(), |bytes| bytes.clone());
        language(&bytes).unwrap_or(nothing)
    }
}

/// The language of some first bytes.
pub(super) fn language(bytes: &[u8]) -> Option<Answer> {
    match bytes {
        [] => None,
        // An alert or a handshake, of SSL 3 or later.
        [0x15 | 0x16, 0x03, ..] => Some(Answer::Tls),
        _ if bytes.starts_with(b"HTTP/") => Some(Answer::Http(first_line(bytes))),
        _ => Some(Answer::Stranger(first_line(bytes))),
    }
}

/// Up to the end of the line; what cannot be printed in hexadecimal.
fn first_line(bytes: &[u8]) -> String {
    let line = bytes.split(|byte| *byte == b'\r' || *byte == b'\n').next().unwrap_or_default();
    let is_text = !line.is_empty() && line.iter().all(|byte| matches!(byte, b' '..=b'~'));
    if is_text {
        return String::from_utf8_lossy(line).into_owned();
    }
    let shown = bytes.iter().take(16).map(|byte| format!("{byte:02x}"));
    format!("first bytes {}", shown.collect::<Vec<_>>().join(" "))
}

/// A stream that keeps the first bytes which come out of it.
pub(super) struct Hearing<S> {
    stream: S,
    heard: Heard,
    /// Read, and not yet asked for.
    ahead: Vec<u8>,
    has_heard: bool,
}

impl<S> Hearing<S> {
    pub(super) fn new(stream: S, heard: Heard) -> Self {
        Hearing { stream, heard, ahead: Vec::new(), has_heard: false }
    }
}

impl<S> fmt::Debug for Hearing<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hearing").field("heard", &self.heard).finish_non_exhaustive()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Hearing<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.has_heard {
            let mut bytes = [0; BYTES_MAX];
            let mut first = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut this.stream).poll_read(context, &mut first))?;
            this.has_heard = true;
            this.ahead = first.filled().to_vec();
            if let Ok(mut heard) = this.heard.0.lock() {
                heard.clone_from(&this.ahead);
            }
            if this.ahead.is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
        if this.ahead.is_empty() {
            return Pin::new(&mut this.stream).poll_read(context, buffer);
        }
        let count = this.ahead.len().min(buffer.remaining());
        buffer.put_slice(&this.ahead[..count]);
        this.ahead.drain(..count);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Hearing<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, language};

    #[test]
    fn languages_show_in_their_first_bytes() {
        let of = |bytes: &[u8]| language(bytes);
        assert_eq!(of(b""), None);
        assert_eq!(of(&[0x15, 3, 3, 0, 2, 2, 80]), Some(Answer::Tls));
        assert_eq!(of(&[0x16, 3, 1]), Some(Answer::Tls));
        assert_eq!(
            of(b"HTTP/1.1 400 Bad Request\r\nServer: x"),
            Some(Answer::Http("HTTP/1.1 400 Bad Request".to_owned()))
        );
        assert_eq!(
            of(b"SSH-2.0-OpenSSH_9.6\r\n"),
            Some(Answer::Stranger("SSH-2.0-OpenSSH_9.6".to_owned()))
        );
        assert_eq!(of(&[0, 255]), Some(Answer::Stranger("first bytes 00 ff".to_owned())));
    }
}
