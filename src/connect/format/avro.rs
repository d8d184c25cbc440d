//! `AvroFormat`: object container files, as Avro for Java's `DataFileWriter` lays them out.

use std::io::Write;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use md5::{Digest, Md5};

use crate::connect::avro::{
    AvroOptions, AvroSchema, encode, from_connect, write_bytes, write_long,
};
use crate::connect::convert::{RecordError, Value};
use crate::connect::schema::{DataError, Schema};

/// `avro.codec`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AvroCodec {
    /// `null`: as they are.
    #[default]
    Null,
    /// `deflate`
    Deflate,
    /// `snappy`
    Snappy,
    /// `bzip2`
    Bzip2,
}

impl AvroCodec {
    /// The codec of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<AvroCodec> {
        [AvroCodec::Null, AvroCodec::Deflate, AvroCodec::Snappy, AvroCodec::Bzip2]
            .into_iter()
            .find(|codec| codec.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            AvroCodec::Null => "null",
            AvroCodec::Deflate => "deflate",
            AvroCodec::Snappy => "snappy",
            AvroCodec::Bzip2 => "bzip2",
        }
    }

    fn compress(self, plain: &[u8]) -> Vec<u8> {
        const FINE: &str = "writing to memory cannot fail";
        match self {
            AvroCodec::Null => plain.to_vec(),
            AvroCodec::Deflate => {
                let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(plain).expect(FINE);
                encoder.finish().expect(FINE)
            }
            AvroCodec::Snappy => {
                let mut bytes = snap::raw::Encoder::new()
                    .compress_vec(plain)
                    .expect("a block is far below 4 GiB");
                let checksum = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32IsoHdlc, plain);
                // Its low 32 bits are the checksum.
                bytes.extend_from_slice(&checksum.to_be_bytes()[4..]);
                bytes
            }
            AvroCodec::Bzip2 => {
                let level = bzip2::Compression::best();
                let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), level);
                encoder.write_all(plain).expect(FINE);
                encoder.finish().expect(FINE)
            }
        }
    }
}

/// A block is written once it has so many bytes (`DataFileConstants.DEFAULT_SYNC_INTERVAL`).
const BLOCK_BYTES: usize = 64_000;

/// The growing bytes of one object.
#[derive(Debug)]
pub(super) struct AvroEncoder {
    codec: AvroCodec,
    options: AvroOptions,
    file: Option<File>,
    block: Vec<u8>,
    block_records: i64,
    pub(super) ready: Vec<u8>,
}

/// What is known once the first record is there.
#[derive(Debug)]
struct File {
    schema: Arc<Schema>,
    avro: Arc<AvroSchema>,
    sync: [u8; 16],
}

impl AvroEncoder {
    pub(super) fn new(codec: AvroCodec, options: AvroOptions) -> AvroEncoder {
        AvroEncoder {
            codec,
            options,
            file: None,
            block: Vec::new(),
            block_records: 0,
            ready: Vec::new(),
        }
    }

    /// Appends a record; what was appended is taken back if it is refused.
    pub(super) fn append(&mut self, value: &Value<'_>) -> Result<(), RecordError> {
        let Some((schema, data)) = value.as_data() else { return Err(schemaless()) };
        if self.file.is_none() {
            self.file = Some(self.begin(schema)?);
        }
        let Some(file) = &self.file else { return Ok(()) };
        let before = self.block.len();
        if let Err(error) = encode(&file.avro, &file.schema, &data, &mut self.block) {
            self.block.truncate(before);
            return Err(RecordError::report(error.0));
        }
        self.block_records += 1;
        if self.block.len() >= BLOCK_BYTES {
            self.end_block();
        }
        Ok(())
    }

    /// The head of the file. Its sync marker is made of what stands before it, where Java
    /// draws lots: the same records have to make the same bytes.
    fn begin(&mut self, schema: Arc<Schema>) -> Result<File, RecordError> {
        let report = |error: DataError| RecordError::report(error.0);
        let avro = from_connect(&self.options, &schema).map_err(report)?;
        let text = avro.print().map_err(report)?;
        let head = &mut self.ready;
        head.extend_from_slice(b"Obj\x01");
        write_long(2, head);
        for (key, value) in [("avro.schema", text.as_str()), ("avro.codec", self.codec.name())] {
            write_bytes(key.as_bytes(), head);
            write_bytes(value.as_bytes(), head);
        }
        write_long(0, head);
        let sync: [u8; 16] = Md5::digest(&*head).into();
        head.extend_from_slice(&sync);
        Ok(File { schema, avro, sync })
    }

    fn end_block(&mut self) {
        let Some(file) = self.file.as_ref().filter(|_| self.block_records > 0) else { return };
        write_long(self.block_records, &mut self.ready);
        write_bytes(&self.codec.compress(&self.block), &mut self.ready);
        self.ready.extend_from_slice(&file.sync);
        self.block.clear();
        self.block_records = 0;
    }

    pub(super) fn held_bytes(&self) -> usize {
        self.block.len() + self.ready.len()
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.end_block();
        self.ready
    }
}

/// Confluent's connector writes one such record, of a catch-all schema, and dies of the next.
fn schemaless() -> RecordError {
    RecordError::fatal(
        "already open: records without schema cannot be written as Avro; their converter has to \
         give them one (JsonConverter with schemas.enable=true, AvroConverter)",
    )
}
