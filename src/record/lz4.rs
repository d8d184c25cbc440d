//! LZ4 frames: what the decoder does not tell, and frames as Java writes them.

use std::io::{self, ErrorKind, Read, Write};

use lz4_flex::frame::{BlockMode, BlockSize, FrameDecoder, FrameEncoder, FrameInfo};

/// Magic number, flags, block descriptor.
const HEADER_BYTES: usize = 6;
const FLAGS_AT: usize = 4;
const DICTIONARY_ID: u8 = 1 << 0;
const CONTENT_SIZE: u8 = 1 << 3;
const BLOCK_CHECKSUM: u8 = 1 << 4;
const BLOCK_INDEPENDENCE: u8 = 1 << 5;
/// Bit of a block's size: the block is stored as it is.
const STORED: u32 = 1 << 31;

/// Compresses as Java does: blocks of 64 KiB that stand alone, no checksums.
pub(super) fn compress(input: &[u8]) -> io::Result<Vec<u8>> {
    let info = FrameInfo::new().block_size(BlockSize::Max64KB).block_mode(BlockMode::Independent);
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(input)?;
    encoder.finish().map_err(io::Error::other)
}

/// A decoder over a whole frame. Without its end mark a frame is cut short, which the decoder
/// would take for its end.
pub(super) fn reader(payload: &[u8]) -> io::Result<impl Read + '_> {
    if has_end_mark(payload) {
        Ok(FrameDecoder::new(payload))
    } else {
        Err(io::Error::new(ErrorKind::UnexpectedEof, "the frame has no end mark"))
    }
}

/// Whether blocks refer to earlier ones. Java's reader refuses such frames.
pub(super) fn has_linked_blocks(payload: &[u8]) -> bool {
    payload.get(FLAGS_AT).is_some_and(|flags| flags & BLOCK_INDEPENDENCE == 0)
}

/// Follows the sizes of the blocks.
fn has_end_mark(payload: &[u8]) -> bool {
    let Some(flags) = payload.get(FLAGS_AT) else { return false };
    let optional = |flag, bytes| if flags & flag == 0 { 0 } else { bytes };
    let header_checksum = 1;
    let mut at =
        HEADER_BYTES + optional(CONTENT_SIZE, 8) + optional(DICTIONARY_ID, 4) + header_checksum;
    while let Some(size) = payload.get(at..).and_then(|rest| rest.first_chunk::<4>()) {
        let size = u32::from_le_bytes(*size) & !STORED;
        if size == 0 {
            return true;
        }
        at = at.saturating_add(4 + size as usize + optional(BLOCK_CHECKSUM, 4));
    }
    false
}
