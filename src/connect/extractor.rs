//! Which moment a record belongs to: `timestamp.extractor`.

use super::convert::{RecordError, Value};
use super::json::{Node, find_path, unescape};
use super::schema::{Kind, Logical, Schema, struct_field};
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
                Value::Typed { schema, envelope, .. } if matches!(schema.kind, Kind::Struct(_)) => {
                    from_struct(schema, &envelope.payload, path)
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

fn from_struct(schema: &Schema, payload: &Node, path: &[String]) -> Result<i64, RecordError> {
    let (schema, node) = struct_field(schema, payload, path).ok_or_else(|| missing(path))?;
    let node = node.ok_or_else(|| wrong_type(path))?;
    match (&schema.kind, schema.logical) {
        (Kind::Int64, Logical::Timestamp | Logical::None) | (Kind::Int32, Logical::None) => {
            Ok(node.long_value())
        }
        (Kind::String, _) => match node {
            Node::Text(content) => from_text(&unescape(content)),
            _ => Err(wrong_type(path)),
        },
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
