//! Where the bytes of a connection wait until they are a frame.
//!
//! A connection that waits for its client holds no buffer; one that works takes
//! one from the [`BufferPool`] and gives it back when it has nothing left to do.
//! A buffer grows only as bytes arrive: what a frame's length field claims sets
//! no memory aside.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::wire::{Error, frame_length};

/// Bytes of the length in front of every frame.
const LENGTH_BYTES: usize = 4;
/// The size of a fresh buffer.
const BUFFER_BYTES_MIN: usize = 64 * 1024;
/// A buffer that has grown beyond this is not kept.
const BUFFER_BYTES_KEPT: usize = 1280 * 1024;
/// How much the pool keeps in all.
const POOL_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Bytes received and not yet handled: `bytes[start..end]`.
#[derive(Debug)]
pub(super) struct FrameBuffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl FrameBuffer {
    fn new() -> Self {
        FrameBuffer { bytes: vec![0; BUFFER_BYTES_MIN], start: 0, end: 0 }
    }

    /// Whether no byte waits in it.
    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// What waits in it.
    pub(super) fn waiting(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// The next whole frame, without its length prefix, taken out of the buffer.
    ///
    /// # Errors
    /// When the length is negative or above `frame_bytes_max`.
    pub(super) fn next_frame(&mut self, frame_bytes_max: usize) -> Result<Option<&[u8]>, Error> {
        let Some(length) = frame_length(&self.bytes[self.start..self.end], frame_bytes_max)? else {
            return Ok(None);
        };
        let begin = self.start + LENGTH_BYTES;
        if self.end - begin < length {
            return Ok(None);
        }
        self.start = begin + length;
        Ok(Some(&self.bytes[begin..begin + length]))
    }

    /// Room to read into. A large frame is read to its end and no further, so that
    /// what follows it need not be moved afterwards.
    pub(super) fn space(&mut self, frame_bytes_max: usize) -> &mut [u8] {
        if self.is_empty() {
            self.start = 0;
            self.end = 0;
        }
        let pending = self.end - self.start;
        let wanted = match frame_length(&self.bytes[self.start..self.end], frame_bytes_max) {
            Ok(Some(length)) => length + LENGTH_BYTES,
            _ => BUFFER_BYTES_MIN,
        };
        let room = self.bytes.len() - self.start;
        if room < wanted || room == pending {
            self.bytes.copy_within(self.start..self.end, 0);
            self.start = 0;
            self.end = pending;
        }
        if self.bytes.len() < wanted && pending * 2 >= self.bytes.len() {
            // Double what has arrived, so that a claim alone never sets memory aside.
            let grown = (self.bytes.len() * 2).min(wanted.next_multiple_of(4096));
            self.bytes.resize(grown, 0);
        }
        let limit = if wanted > BUFFER_BYTES_MIN {
            self.bytes.len().min(self.start + wanted)
        } else {
            self.bytes.len()
        };
        &mut self.bytes[self.end..limit]
    }

    /// Notes that `count` bytes were read into [`FrameBuffer::space`].
    pub(super) fn filled(&mut self, count: usize) {
        self.end += count;
        assert!(self.end <= self.bytes.len(), "more was read than there was room for");
    }
}

/// Buffers that no connection needs right now.
#[derive(Debug, Default)]
pub(super) struct BufferPool {
    idle: Mutex<Idle>,
}

#[derive(Debug, Default)]
struct Idle {
    buffers: Vec<FrameBuffer>,
    bytes: usize,
}

impl BufferPool {
    /// A buffer with nothing in it: the one used last, or a fresh one.
    pub(super) fn take(&self) -> FrameBuffer {
        let mut idle = self.lock();
        match idle.buffers.pop() {
            Some(buffer) => {
                idle.bytes -= buffer.bytes.len();
                buffer
            }
            None => {
                drop(idle);
                FrameBuffer::new()
            }
        }
    }

    /// Takes a buffer back; what is in it is forgotten.
    pub(super) fn give(&self, mut buffer: FrameBuffer) {
        buffer.start = 0;
        buffer.end = 0;
        let mut idle = self.lock();
        let bytes = buffer.bytes.len();
        if bytes <= BUFFER_BYTES_KEPT && idle.bytes + bytes <= POOL_BYTES_MAX {
            idle.bytes += bytes;
            idle.buffers.push(buffer);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
