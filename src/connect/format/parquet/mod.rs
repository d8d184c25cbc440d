//! `ParquetFormat`: files as parquet-avro's `AvroParquetWriter` lays them out.
//!
//! A record is taken apart into columns as it comes (`shred`); once enough of them are there
//! they become a row group, which is compressed and ready to be sent. So memory is bounded by
//! [`ROW_GROUP_BYTES`] per open file, where the connector keeps 128 MiB.

mod columns;
mod layout;
mod shred;

use std::sync::Arc;

use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;

use crate::connect::avro::{AvroOptions, from_connect};
use crate::connect::convert::{RecordError, Value};
use crate::connect::schema::{DataError, Schema};
use columns::Columns;
use layout::{Layout, Plan};

/// Values of a row group in memory. Where one ends depends on nothing but the records.
const ROW_GROUP_BYTES: usize = 8 << 20;
/// The connector's.
const PAGE_BYTES: usize = 64 << 10;

/// `parquet.codec`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ParquetCodec {
    /// `none`
    None,
    /// `snappy`
    #[default]
    Snappy,
    /// `gzip`
    Gzip,
    /// `lz4`: Hadoop's frames.
    Lz4,
    /// `lz4_raw`
    Lz4Raw,
    /// `zstd`
    Zstd,
    /// `brotli`
    Brotli,
}

impl ParquetCodec {
    /// The codec of this name; `lzo` is not built in.
    #[must_use]
    pub fn of_name(name: &str) -> Option<ParquetCodec> {
        Some(match name {
            "none" => ParquetCodec::None,
            "snappy" => ParquetCodec::Snappy,
            "gzip" => ParquetCodec::Gzip,
            "lz4" => ParquetCodec::Lz4,
            "lz4_raw" => ParquetCodec::Lz4Raw,
            "zstd" => ParquetCodec::Zstd,
            "brotli" => ParquetCodec::Brotli,
            _ => return None,
        })
    }

    /// What stands before `.parquet` in an object's key.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            ParquetCodec::None => "",
            ParquetCodec::Snappy => ".snappy",
            ParquetCodec::Gzip => ".gz",
            ParquetCodec::Lz4 => ".lz4",
            ParquetCodec::Lz4Raw => ".lz4raw",
            ParquetCodec::Zstd => ".zstd",
            ParquetCodec::Brotli => ".br",
        }
    }

    fn compression(self) -> Compression {
        match self {
            ParquetCodec::None => Compression::UNCOMPRESSED,
            ParquetCodec::Snappy => Compression::SNAPPY,
            ParquetCodec::Gzip => Compression::GZIP(parquet::basic::GzipLevel::default()),
            ParquetCodec::Lz4 => Compression::LZ4,
            ParquetCodec::Lz4Raw => Compression::LZ4_RAW,
            // parquet-mr's level.
            ParquetCodec::Zstd => Compression::ZSTD(
                parquet::basic::ZstdLevel::try_new(3).expect("zstd has a level 3"),
            ),
            ParquetCodec::Brotli => Compression::BROTLI(parquet::basic::BrotliLevel::default()),
        }
    }
}

/// The growing bytes of one object.
pub(super) struct ParquetEncoder {
    codec: ParquetCodec,
    options: AvroOptions,
    file: Option<File>,
}

impl std::fmt::Debug for ParquetEncoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetEncoder").field("codec", &self.codec).finish_non_exhaustive()
    }
}

/// What is known once the first record is there.
struct File {
    schema: Arc<Schema>,
    plan: Plan,
    columns: Columns,
    writer: SerializedFileWriter<Vec<u8>>,
}

impl ParquetEncoder {
    pub(super) fn new(codec: ParquetCodec, options: AvroOptions) -> ParquetEncoder {
        ParquetEncoder { codec, options, file: None }
    }

    /// Appends a record; what was appended is taken back if it is refused.
    pub(super) fn append(&mut self, value: &Value<'_>) -> Result<(), RecordError> {
        let Some((schema, data)) = value.as_data() else { return Err(schemaless()) };
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let file = begin(self.codec, &self.options, schema)?;
                self.file.insert(file)
            }
        };
        file.columns.begin_record();
        if let Err(error) = shred::record(&file.plan, &file.schema, &data, &mut file.columns) {
            file.columns.take_record_back();
            return Err(RecordError::report(error.0));
        }
        if file.columns.bytes() >= ROW_GROUP_BYTES {
            file.end_row_group().map_err(|error| RecordError::fatal(error.to_string()))?;
        }
        Ok(())
    }

    pub(super) fn ready_bytes(&self) -> usize {
        self.file.as_ref().map_or(0, |file| file.writer.inner().len())
    }

    pub(super) fn ready_mut(&mut self) -> Option<&mut Vec<u8>> {
        self.file.as_mut().map(|file| file.writer.inner_mut())
    }

    pub(super) fn held_bytes(&self) -> usize {
        self.file.as_ref().map_or(0, |file| file.columns.bytes() + file.writer.inner().len())
    }

    pub(super) fn finish(self) -> Vec<u8> {
        let Some(mut file) = self.file else { return Vec::new() };
        file.end_row_group()
            .and_then(|()| file.writer.into_inner())
            .expect("columns that fit their schema are written to memory")
    }
}

impl File {
    fn end_row_group(&mut self) -> Result<(), ParquetError> {
        if self.columns.bytes() > 0 {
            self.columns.write(&mut self.writer)?;
            self.writer.flush()?;
        }
        Ok(())
    }
}

fn begin(
    codec: ParquetCodec,
    options: &AvroOptions,
    schema: Arc<Schema>,
) -> Result<File, RecordError> {
    let report = |error: DataError| RecordError::report(error.0);
    let fatal = |error: ParquetError| RecordError::fatal(error.to_string());
    // A struct that may be null is one that is not: there are no files of nulls.
    let schema = match schema.is_optional && schema.is_struct() {
        true => Arc::new(Schema { is_optional: false, ..(*schema).clone() }),
        false => schema,
    };
    let avro = from_connect(options, &schema).map_err(report)?;
    let text = avro.print().map_err(report)?;
    if !schema.is_struct() || avro.name().is_none() {
        return Err(RecordError::fatal("Avro schema must be a record."));
    }
    let Layout { root, plan } = layout::layout(&avro, &schema).map_err(report)?;
    let metadata = [("parquet.avro.schema", text.as_str()), ("writer.model.name", "avro")]
        .map(|(key, value)| KeyValue::new(key.to_owned(), value.to_owned()));
    let properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(codec.compression())
        .set_data_page_size_limit(PAGE_BYTES)
        .set_key_value_metadata(Some(metadata.to_vec()))
        .build();
    let writer =
        SerializedFileWriter::new(Vec::new(), root, Arc::new(properties)).map_err(fatal)?;
    let columns = Columns::of(writer.schema_descr());
    Ok(File { schema, plan, columns, writer })
}

/// Confluent's connector dies of a `NullPointerException` here.
fn schemaless() -> RecordError {
    RecordError::fatal(
        "java.lang.NullPointerException: records without schema cannot be written as Parquet; \
         their converter has to give them one (JsonConverter with schemas.enable=true, \
         AvroConverter)",
    )
}
