//! The four codecs, as Kafka frames them. Reading is lenient where Java is, or where other
//! clients write what Java does not; writing is what Java writes.

use std::borrow::Cow;
use std::io::{self, Read, Write};

use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::{Compression, Error, lz4, snappy};

/// Zstandard's level unless a topic says otherwise (`compression.zstd.level`).
const ZSTD_LEVEL_DEFAULT: i32 = 3;
/// Largest window that Java's decoder accepts: 128 MiB.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;

impl Compression {
    /// Compresses `input`. `level` is `compression.<codec>.level`; snappy has none and LZ4 has one
    /// speed here.
    ///
    /// # Errors
    /// [`Error::Compression`] for input that the codec cannot take.
    pub fn compress(self, level: Option<i32>, input: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
        let compressed = match self {
            Compression::None => return Ok(Cow::Borrowed(input)),
            Compression::Gzip => compress_gzip(level, input),
            Compression::Snappy => snappy::compress(input),
            Compression::Lz4 => lz4::compress(input),
            Compression::Zstd => zstd::bulk::compress(input, level.unwrap_or(ZSTD_LEVEL_DEFAULT)),
        };
        match compressed {
            Ok(bytes) => Ok(Cow::Owned(bytes)),
            Err(error) => Err(Error::Compression { codec: self, reason: error.to_string() }),
        }
    }

    /// Decompresses `input`, up to `limit` bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond the limit, [`Error::Decompression`] for a damaged block.
    pub fn decompress(self, input: &[u8], limit: usize) -> Result<Cow<'_, [u8]>, Error> {
        if self == Compression::None {
            if input.len() > limit {
                return Err(Error::TooLarge { limit });
            }
            return Ok(Cow::Borrowed(input));
        }
        let mut bytes = Vec::new();
        let stop = (limit as u64).saturating_add(1);
        reader(self, input)?
            .take(stop)
            .read_to_end(&mut bytes)
            .map_err(|error| read_error(self, &error))?;
        if bytes.len() > limit {
            return Err(Error::TooLarge { limit });
        }
        Ok(Cow::Owned(bytes))
    }
}

/// A decoder over `payload`.
pub(super) fn reader(codec: Compression, payload: &[u8]) -> Result<Box<dyn Read + '_>, Error> {
    Ok(match codec {
        Compression::None => Box::new(payload),
        Compression::Gzip => Box::new(MultiGzDecoder::new(payload)),
        Compression::Snappy => Box::new(snappy::Reader::new(payload)),
        Compression::Lz4 => {
            Box::new(lz4::reader(payload).map_err(|error| read_error(codec, &error))?)
        }
        Compression::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(payload)
                .map_err(|error| read_error(codec, &error))?;
            decoder
                .window_log_max(ZSTD_WINDOW_LOG_MAX)
                .map_err(|error| read_error(codec, &error))?;
            Box::new(decoder)
        }
    })
}

/// A damaged block, also one that ends too early.
pub(super) fn read_error(codec: Compression, error: &io::Error) -> Error {
    Error::Decompression { codec, reason: error.to_string() }
}

fn compress_gzip(level: Option<i32>, input: &[u8]) -> io::Result<Vec<u8>> {
    let level = match level {
        Some(level @ 0..=9) => flate2::Compression::new(level as u32),
        _ => flate2::Compression::default(),
    };
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(input)?;
    encoder.finish()
}
