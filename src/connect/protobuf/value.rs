//! Messages to Connect's values (`ProtobufData.toConnectData`).

use std::borrow::Cow;

use chrono::{NaiveDate, NaiveTime, Timelike as _};
use prost_reflect::{DynamicMessage, EnumDescriptor, FieldDescriptor, MapKey, Syntax, Value};

use crate::connect::schema::{Data, DataError, Decimal, Kind, truncate_integer};

const MILLIS_PER_DAY: i64 = 24 * 60 * 60 * 1000;
/// The first and the last second of a timestamp: years 1 to 9999.
const SECONDS_MIN: i64 = -62_135_596_800;
const SECONDS_MAX: i64 = 253_402_300_799;
const NANOS_MAX: i64 = 999_999_999;

/// How a value is read.
#[derive(Debug)]
pub(super) enum ValueReader {
    /// As it stands; an integer becomes one of this kind.
    Scalar(Kind),
    /// By its name, or its number.
    Enum { descriptor: EnumDescriptor, as_number: bool },
    /// The field `value` of a wrapper.
    Wrapped(Box<ValueReader>),
    /// `confluent.type.Decimal`
    Decimal,
    /// `google.type.Date`
    Date,
    /// `google.type.TimeOfDay`
    Time,
    /// `google.protobuf.Timestamp`
    Timestamp,
    /// A list.
    List(Box<ValueReader>),
    /// A map, or a list of messages with a key and a value.
    Map(Box<ValueReader>, Box<ValueReader>),
    /// Any other message: the fields of its struct.
    Struct(Vec<Member>),
}

/// A field of a struct.
#[derive(Debug)]
pub(super) enum Member {
    /// A field of the message.
    Field(Source),
    /// A oneof: a struct of which one field is set.
    Union(Vec<Source>),
}

/// A field of a message.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) field: FieldDescriptor,
    pub(super) value: ValueReader,
    /// Its default stands for a value that is not there; else null.
    pub(super) is_always_set: bool,
}

impl Source {
    fn read(&self, message: &DynamicMessage) -> Result<Data, DataError> {
        if message.has_field(&self.field) {
            let value = message.get_field(&self.field);
            if !self.value.is_unknown(&value) {
                return self.value.read(&value);
            }
        } else if self.field.is_required() {
            let name = self.field.name();
            return Err(DataError(format!("Message missing required fields: {name}")));
        }
        match self.is_always_set {
            true => self.value.read(&self.field.default_value()),
            false => Ok(Data::Null),
        }
    }
}

impl ValueReader {
    /// Reads a whole message.
    pub(super) fn message(&self, message: &DynamicMessage) -> Result<Data, DataError> {
        match self {
            ValueReader::Struct(members) => structure(members, message),
            ValueReader::Wrapped(value) => value.read(&named(message, "value")),
            ValueReader::Decimal => decimal(message),
            ValueReader::Date => date(message),
            ValueReader::Time => time(message),
            ValueReader::Timestamp => timestamp(message),
            _ => Err(DataError::new("Invalid type: a message")),
        }
    }

    fn read(&self, value: &Value) -> Result<Data, DataError> {
        Ok(match (self, value) {
            (_, Value::Message(message)) => self.message(message)?,
            (ValueReader::Scalar(kind), value) => scalar(kind, value),
            (ValueReader::Enum { descriptor, as_number }, Value::EnumNumber(number)) => {
                match descriptor.get_value(*number) {
                    _ if *as_number => Data::Integer(i64::from(*number)),
                    Some(value) => Data::String(value.name().to_owned()),
                    None => {
                        Data::String(format!("UNKNOWN_ENUM_VALUE_{}_{number}", descriptor.name()))
                    }
                }
            }
            (ValueReader::List(element), Value::List(values)) => {
                let known = values.iter().filter(|value| !element.is_unknown(value));
                Data::Array(known.map(|value| element.read(value)).collect::<Result<_, _>>()?)
            }
            (ValueReader::Map(key, value), Value::Map(entries)) => {
                // The crate's map has no order of its own: one that stays the same.
                let mut ordered: Vec<(&MapKey, &Value)> =
                    entries.iter().filter(|(_, entry)| !value.is_unknown(entry)).collect();
                ordered.sort_unstable_by_key(|(key, _)| *key);
                let entries = ordered.into_iter().map(|(name, entry)| {
                    Ok((key.read(&Value::from(name.clone()))?, value.read(entry)?))
                });
                Data::Map(entries.collect::<Result<_, _>>()?)
            }
            (ValueReader::Map(key, value), Value::List(entries)) => {
                let mut map = Data::Map(Vec::new());
                for entry in entries.iter().filter_map(Value::as_message) {
                    map.insert(
                        key.read(&named(entry, "key"))?,
                        value.read(&named(entry, "value"))?,
                    );
                }
                map
            }
            _ => return Err(DataError(format!("Invalid type: {value}"))),
        })
    }

    /// Whether this is a number that an enum of proto2 does not have: such a value counts as
    /// not set.
    fn is_unknown(&self, value: &Value) -> bool {
        match (self, value) {
            (ValueReader::Enum { descriptor, .. }, Value::EnumNumber(number)) => {
                descriptor.parent_file().syntax() == Syntax::Proto2
                    && descriptor.get_value(*number).is_none()
            }
            _ => false,
        }
    }
}

fn structure(members: &[Member], message: &DynamicMessage) -> Result<Data, DataError> {
    let read = |member: &Member| match member {
        Member::Field(source) => source.read(message),
        Member::Union(sources) => {
            let values = sources.iter().map(|source| source.read(message));
            let values: Vec<Data> = values.collect::<Result<_, _>>()?;
            let is_set = values.iter().any(|value| !value.is_null());
            Ok(if is_set { Data::Struct(values) } else { Data::Null })
        }
    };
    members.iter().map(read).collect::<Result<_, _>>().map(Data::Struct)
}

/// 32 bits without a sign fit into 64; of 64 without a sign the highest becomes one, as in Java.
fn scalar(kind: &Kind, value: &Value) -> Data {
    match value {
        Value::Bool(value) => Data::Boolean(*value),
        Value::I32(value) => Data::Integer(truncate_integer(kind, i64::from(*value))),
        Value::I64(value) => Data::Integer(*value),
        Value::U32(value) => Data::Integer(i64::from(*value)),
        Value::U64(value) => Data::Integer(value.cast_signed()),
        Value::F32(value) => Data::Float(*value),
        Value::F64(value) => Data::Double(*value),
        Value::String(text) => Data::String(text.clone()),
        Value::Bytes(bytes) => Data::Bytes(bytes.to_vec()),
        Value::EnumNumber(_) | Value::Message(_) | Value::List(_) | Value::Map(_) => Data::Null,
    }
}

/// The field of this name; of a message without one nothing is read.
fn named<'a>(message: &'a DynamicMessage, name: &str) -> Cow<'a, Value> {
    message.get_field_by_name(name).unwrap_or(Cow::Owned(Value::Bool(false)))
}

fn number(message: &DynamicMessage, name: &str) -> i64 {
    match &*named(message, name) {
        Value::I32(value) => i64::from(*value),
        Value::U32(value) => i64::from(*value),
        Value::I64(value) => *value,
        _ => 0,
    }
}

fn unsigned(message: &DynamicMessage, name: &str) -> u32 {
    // What is negative is too large for anything.
    u32::try_from(number(message, name)).unwrap_or(u32::MAX)
}

fn decimal(message: &DynamicMessage) -> Result<Data, DataError> {
    let value = named(message, "value");
    let bytes = value.as_bytes().map_or(&[][..], |bytes| &bytes[..]);
    let decimal = Decimal::from_unscaled(bytes, number(message, "scale"))?;
    let precision = usize::try_from(number(message, "precision")).unwrap_or(0);
    Ok(Data::Decimal(decimal.rounded(precision)))
}

fn date(message: &DynamicMessage) -> Result<Data, DataError> {
    let year = i32::try_from(number(message, "year")).unwrap_or(0);
    let (month, day) = (unsigned(message, "month"), unsigned(message, "day"));
    let date = NaiveDate::from_ymd_opt(year, month, day).filter(|_| year > 0);
    let Some(date) = date else {
        return Err(DataError(format!("Invalid date: year {year}, month {month}, day {day}")));
    };
    let days = date.signed_duration_since(NaiveDate::default()).num_days();
    Ok(Data::Date(days * MILLIS_PER_DAY))
}

fn time(message: &DynamicMessage) -> Result<Data, DataError> {
    let [hours, minutes, seconds, nanos] =
        ["hours", "minutes", "seconds", "nanos"].map(|name| unsigned(message, name));
    let time = NaiveTime::from_hms_nano_opt(hours, minutes, seconds, nanos);
    // No leap seconds.
    let Some(time) = time.filter(|_| i64::from(nanos) <= NANOS_MAX) else {
        return Err(DataError(format!(
            "Invalid time: hours {hours}, minutes {minutes}, seconds {seconds}, nanos {nanos}"
        )));
    };
    let seconds = i64::from(time.num_seconds_from_midnight());
    Ok(Data::Date(seconds * 1000 + i64::from(nanos / 1_000_000)))
}

fn timestamp(message: &DynamicMessage) -> Result<Data, DataError> {
    let (seconds, nanos) = (number(message, "seconds"), number(message, "nanos"));
    if !(SECONDS_MIN..=SECONDS_MAX).contains(&seconds) || !(0..=NANOS_MAX).contains(&nanos) {
        return Err(DataError(format!("Timestamp is not valid: seconds {seconds}, nanos {nanos}")));
    }
    Ok(Data::Date(seconds * 1000 + nanos / 1_000_000))
}
