//! Which moment a record belongs to: `timestamp.extractor`.

use super::convert::{RecordError, Value};
use super::json::{Node, find_path, unescape};
use super::schema::{Data, Kind, Schema, SchemaAndData, field_at};
use super::time::{TimeZone, parse_iso_millis};

/// Where the time of a record comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extractor {
    /// The moment at which the sink takes the record up.
    Wallclock,
    /// The record's own timestamp, set by its producer or the broker.
    Record,
    /// A field of the value, at this path.
    RecordField(Vec<String>),
}

impl Extractor {
    /// Whether the same record gets the same moment whenever it is read.
    #[must_use]
    pub fn is_deterministic(&self) -> bool {
        *self != Extractor::Wallclock
    }

    /// Milliseconds since 1970. `now_ms` is one moment for all records taken up together.
    ///
    /// # Errors
    /// If the connector would throw.
    pub fn extract(
        &self,
        value: &Value<'_>,
        record_timestamp_ms: i64,
        now_ms: i64,
    ) -> Result<i64, RecordError> {
        match self {
            Extractor::Wallclock => Ok(now_ms),
            Extractor::Record if record_timestamp_ms >= 0 => Ok(record_timestamp_ms),
            Extractor::Record => Err(RecordError::fatal(
                "Unable to determine timestamp using timestamp.extractor RecordTimestampExtractor \
                 for record: it has no timestamp",
            )),
            Extractor::RecordField(path) => match value {
                Value::Json(json) if json.first() == Some(&b'{') => from_map(json, path),
                Value::Data(SchemaAndData { schema: Some(schema), data }) if schema.is_struct() => {
                    from_struct(schema, data, path)
                }
                Value::Data(SchemaAndData { schema: None, data: map @ Data::Map(_) }) => {
                    from_built_map(map, path)
                }
                _ => Err(RecordError::report("Error encoding partition.")),
            },
        }
    }
}

fn missing(path: &[String]) -> RecordError {
    RecordError::report(format!("The field '{}' does not exist.", path.join(".")))
}

fn wrong_type(path: &[String]) -> RecordError {
    let field = path.join(".");
    RecordError::report(format!("Error extracting timestamp from record field: {field}"))
}

fn from_map(json: &[u8], path: &[String]) -> Result<i64, RecordError> {
    let text = find_path(json, path).ok_or_else(|| missing(path))?;
    match text {
        [b'"', content @ .., b'"'] => from_text(&unescape(content)),
        [b'-' | b'0'..=b'9', ..] => {
            let text = String::from_utf8_lossy(text);
            let number = Node::Decimal(text.as_ref().into());
            Ok(text.parse().unwrap_or_else(|_| number.long_value()))
        }
        _ => Err(wrong_type(path)),
    }
}

/// A schemaless value that a transform has made.
#[allow(clippy::cast_possible_truncation, reason = "`Number.longValue` cuts, too")]
fn from_built_map(map: &Data, path: &[String]) -> Result<i64, RecordError> {
    let mut data = map;
    for name in path {
        data = data.get(name).ok_or_else(|| missing(path))?;
    }
    match data {
        Data::Integer(value) | Data::Date(value) => Ok(*value),
        Data::Float(value) => Ok(*value as i64),
        Data::Double(value) => Ok(*value as i64),
        Data::String(text) => from_text(text),
        _ => Err(wrong_type(path)),
    }
}

fn from_struct(schema: &Schema, data: &Data, path: &[String]) -> Result<i64, RecordError> {
    let (schema, data) = field_at(schema, data, path).ok_or_else(|| missing(path))?;
    match (&schema.kind, data) {
        (Kind::Int64, Data::Date(value)) | (Kind::Int64 | Kind::Int32, Data::Integer(value)) => {
            Ok(*value)
        }
        (_, Data::String(text)) => from_text(text),
        _ => Err(wrong_type(path)),
    }
}

/// Milliseconds in digits, or ISO 8601. Without a zone the text is in UTC, the zone that
/// the connector's JVM has in its container.
fn from_text(text: &str) -> Result<i64, RecordError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if (1..=19).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text
            .parse()
            .map_err(|_| RecordError::fatal(format!("For input string: \"{text}\"")));
    }
    parse_iso_millis(text, &TimeZone::Fixed(0))
        .ok_or_else(|| RecordError::fatal(format!("Invalid format: \"{text}\"")))
}
