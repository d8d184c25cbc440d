//! An object's bytes into a response's body, in constant memory.
//!
//! Each piece is read on the blocking pool, one ahead of what the client has taken; no
//! thread waits for a slow client.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::Stream;
use s3s::StdError;
use s3s::stream::{ByteStream, RemainingLength};
use tokio::task::JoinHandle;

/// So much is read at a time.
pub(super) const PIECE_BYTES: u64 = 256 * 1024;

/// A range of a file as a stream.
pub(super) struct FileStream {
    file: Arc<File>,
    /// Read, not given out yet.
    first: Option<Bytes>,
    /// Where the next read begins.
    position: u64,
    end: u64,
    /// Not given out yet.
    remaining: u64,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
}

impl FileStream {
    /// Streams `range`; its first piece is read here and now, so that a small object needs
    /// no second turn on the blocking pool.
    pub(super) fn open(file: File, range: std::ops::Range<u64>) -> io::Result<Self> {
        let remaining = range.end - range.start;
        let length = remaining.min(PIECE_BYTES);
        let first = read(&file, range.start, length)?;
        Ok(Self {
            file: Arc::new(file),
            first: Some(first).filter(|bytes| !bytes.is_empty()),
            position: range.start + length,
            end: range.end,
            remaining,
            reading: None,
        })
    }

    fn read_ahead(&mut self) {
        if self.reading.is_none() && self.position < self.end {
            let (file, position) = (Arc::clone(&self.file), self.position);
            let length = (self.end - position).min(PIECE_BYTES);
            self.position += length;
            let task = tokio::task::spawn_blocking(move || read(&file, position, length));
            self.reading = Some(task);
        }
    }

    fn give(&mut self, bytes: Bytes) -> Poll<Option<Result<Bytes, StdError>>> {
        self.remaining -= bytes.len() as u64;
        Poll::Ready(Some(Ok(bytes)))
    }
}

fn read(file: &File, position: u64, length: u64) -> io::Result<Bytes> {
    let length = usize::try_from(length).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, position)?;
    Ok(Bytes::from(bytes))
}

impl Stream for FileStream {
    type Item = Result<Bytes, StdError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.read_ahead();
        if let Some(first) = self.first.take() {
            return self.give(first);
        }
        let Some(reading) = &mut self.reading else { return Poll::Ready(None) };
        let read = ready!(Pin::new(reading).poll(context));
        self.reading = None;
        match read.map_err(io::Error::other).flatten() {
            Ok(bytes) => {
                self.read_ahead();
                self.give(bytes)
            }
            Err(error) => {
                self.position = self.end;
                Poll::Ready(Some(Err(Box::new(error))))
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let pieces = usize::try_from(self.remaining.div_ceil(PIECE_BYTES)).unwrap_or(usize::MAX);
        (pieces, Some(pieces))
    }
}

impl ByteStream for FileStream {
    fn remaining_length(&self) -> RemainingLength {
        RemainingLength::new_exact(usize::try_from(self.remaining).unwrap_or(usize::MAX))
    }
}
