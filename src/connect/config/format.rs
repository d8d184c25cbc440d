//! `format.class` and the settings of the formats.

use super::assemble::class_not_found;
use super::read::Reader;
use crate::connect::avro::AvroOptions;
use crate::connect::format::{AvroCodec, FormatKind, FormatSettings, ParquetCodec};
use crate::connect::json::KeyOrder;
use crate::connect::schema::DecimalFormat;

/// The format that `key` names, for the files of values (`data`), keys or headers.
pub(super) fn format(read: &mut Reader<'_>, key: &str, whose: &str) -> Option<FormatSettings> {
    let class = read.text(key).to_owned();
    let gzip = read.text("s3.compression.type") == "gzip";
    let kind = match read.simple_class(key) {
        "JsonFormat" => Some(FormatKind::Json),
        "ByteArrayFormat" => {
            Some(FormatKind::Bytes(read.raw("format.bytearray.separator").as_bytes().to_vec()))
        }
        "AvroFormat" => AvroCodec::of_name(read.text("avro.codec")).map(FormatKind::Avro),
        "ParquetFormat" => parquet(read),
        _ => {
            if read.has(key) {
                read.refuse(key, class_not_found(key, &class));
            }
            None
        }
    };
    if gzip && matches!(kind, Some(FormatKind::Avro(_) | FormatKind::Parquet(_))) {
        read.refuse(
            "s3.compression.type",
            format!("Compression Type gzip not valid for {whose} format class: ( {class} )."),
        );
    }
    let numeric = read.text("json.decimal.format").eq_ignore_ascii_case("numeric");
    let input_order = read.text("klamm.json.key.order") == "input";
    Some(FormatSettings {
        kind: kind?,
        gzip_level: gzip.then(|| read.number("s3.compression.level")),
        decimals: if numeric { DecimalFormat::Numeric } else { DecimalFormat::Base64 },
        key_order: if input_order { KeyOrder::Input } else { KeyOrder::JavaHashMap },
        avro: avro_options(read),
    })
}

fn parquet(read: &mut Reader<'_>) -> Option<FormatKind> {
    let name = read.text("parquet.codec").to_owned();
    let codec = ParquetCodec::of_name(&name);
    if codec.is_none() && name == "lzo" {
        read.refuse_with(
            "parquet.codec",
            "parquet.codec=lzo is not built into klamm".to_owned(),
            "built: none, snappy, gzip, brotli, zstd, lz4, lz4_raw",
        );
    }
    codec.map(FormatKind::Parquet)
}

fn avro_options(read: &Reader<'_>) -> AvroOptions {
    AvroOptions {
        connect_meta_data: read.bool("connect.meta.data"),
        enhanced_avro_schema_support: read.bool("enhanced.avro.schema.support"),
        allow_optional_map_keys: read.bool("allow.optional.map.keys"),
    }
}

/// `.json.gz`
pub(super) fn extension(read: &Reader<'_>, format: &FormatSettings) -> String {
    let base = format.kind.extension(read.text("format.bytearray.extension"));
    let gzip = if format.gzip_level.is_some() { ".gz" } else { "" };
    format!("{base}{gzip}")
}
