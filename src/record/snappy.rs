//! Snappy in the framing of the xerial library, which Java clients write, and raw, which some
//! others do.
//!
//! Framing: `82 "SNAPPY" 00`, int32 version 1, int32 oldest compatible version 1, then blocks of
//! int32 compressed size and the raw snappy block. Concatenated streams repeat the 16 bytes.

use std::io::{self, ErrorKind, Read};

const MAGIC: [u8; 8] = *b"\x82SNAPPY\0";
const HEADER_BYTES: usize = 16;
/// Bytes of input per block, as Java writes them.
const BLOCK_BYTES: usize = 32 * 1024;
/// No sequence of snappy elements grows more: 3 bytes copy at most 64.
const GROWTH_MAX: usize = 22;

/// Compresses as Java does.
pub(super) fn compress(input: &[u8]) -> io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(HEADER_BYTES + input.len() / 2);
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&1_i32.to_be_bytes());
    out.extend_from_slice(&1_i32.to_be_bytes());
    let mut encoder = snap::raw::Encoder::new();
    let mut block = vec![0; snap::raw::max_compress_len(input.len().min(BLOCK_BYTES))];
    for chunk in input.chunks(BLOCK_BYTES) {
        let bytes = encoder.compress(chunk, &mut block)?;
        out.extend_from_slice(&(bytes as i32).to_be_bytes());
        out.extend_from_slice(&block[..bytes]);
    }
    Ok(out)
}

/// Decompresses either form, a block at a time.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    framed: bool,
    block: Vec<u8>,
    position: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(payload: &'a [u8]) -> Self {
        let framed = payload.starts_with(&MAGIC);
        Reader { rest: payload, framed, block: Vec::new(), position: 0 }
    }

    /// The next raw block; `None` at the end.
    fn next_block(&mut self) -> io::Result<Option<&'a [u8]>> {
        if !self.framed {
            let raw = std::mem::take(&mut self.rest);
            return Ok((!raw.is_empty()).then_some(raw));
        }
        while self.rest.starts_with(&MAGIC) {
            self.rest = self.rest.get(HEADER_BYTES..).ok_or(ErrorKind::UnexpectedEof)?;
        }
        if self.rest.is_empty() {
            return Ok(None);
        }
        let size = self.rest.first_chunk::<4>().ok_or(ErrorKind::UnexpectedEof)?;
        let size = usize::try_from(i32::from_be_bytes(*size))
            .map_err(|_| io::Error::new(ErrorKind::InvalidData, "negative block size"))?;
        let end = size.checked_add(4).ok_or(ErrorKind::InvalidData)?;
        let block = self.rest.get(4..end).ok_or(ErrorKind::UnexpectedEof)?;
        self.rest = &self.rest[end..];
        Ok(Some(block))
    }

    fn decode(&mut self, raw: &[u8]) -> io::Result<()> {
        let declared = snap::raw::decompress_len(raw)?;
        if declared > raw.len().saturating_mul(GROWTH_MAX) {
            return Err(io::Error::new(ErrorKind::InvalidData, "a block declares too many bytes"));
        }
        self.block.resize(declared, 0);
        let bytes = snap::raw::Decoder::new().decompress(raw, &mut self.block)?;
        self.block.truncate(bytes);
        self.position = 0;
        Ok(())
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.position == self.block.len() {
            match self.next_block()? {
                Some(raw) => self.decode(raw)?,
                None => return Ok(0),
            }
        }
        let bytes = out.len().min(self.block.len() - self.position);
        out[..bytes].copy_from_slice(&self.block[self.position..self.position + bytes]);
        self.position += bytes;
        Ok(bytes)
    }
}
