//! Which folder a record belongs to: `partitioner.class`.

use std::sync::Arc;

use super::convert::{RecordError, Value};
use super::extractor::Extractor;
use super::schema::{Data, Schema, field_at};
use super::time::{LocaleNames, PathPattern, TimeZone};

/// How records find their folder.
#[derive(Debug, Clone)]
pub struct PartitionerSettings {
    /// The class.
    pub kind: PartitionerKind,
    /// `directory.delim`
    pub delim: String,
    /// `s3.schema.partition.affix.type`
    pub schema_affix: SchemaAffix,
}

/// `s3.schema.partition.affix.type`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaAffix {
    /// No level for the schema.
    None,
    /// `schema_name=…` before the rest.
    Prefix,
    /// `schema_name=…` after the rest.
    Suffix,
}

/// The classes of Confluent's storage package.
#[derive(Debug, Clone)]
pub enum PartitionerKind {
    /// `partition=<Kafka partition>`
    Default,
    /// `<field>=<value>` for each of these paths.
    Field(Vec<Vec<String>>),
    /// The start of the bucket of time that the record falls in. Also Daily and Hourly.
    Time(Arc<TimeSettings>),
}

/// Settings of the time based classes.
#[derive(Debug)]
pub struct TimeSettings {
    /// `partition.duration.ms`
    pub duration_ms: i64,
    /// `path.format`
    pub pattern: PathPattern,
    /// `timezone`
    pub zone: TimeZone,
    /// `locale`
    pub names: LocaleNames,
    /// `timestamp.extractor`
    pub extractor: Extractor,
}

impl PartitionerSettings {
    /// Whether the same record finds the same folder whenever it is read.
    #[must_use]
    pub fn is_deterministic(&self) -> bool {
        match &self.kind {
            PartitionerKind::Time(time) => time.extractor.is_deterministic(),
            _ => true,
        }
    }
}

/// Finds folders for the records of one Kafka partition.
#[derive(Debug)]
pub struct Partitioner {
    settings: PartitionerSettings,
    /// `partition=<n>`
    default_folder: String,
    /// The folder of the last record, as long as its stretch of time lasts.
    remembered: Option<(i64, String)>,
}

/// A record's folder, and its moment where the class looks at one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place<'a> {
    /// The encoded partition: the levels between topic and file.
    pub folder: std::borrow::Cow<'a, str>,
    /// Milliseconds since 1970.
    pub timestamp_ms: Option<i64>,
}

impl TimeSettings {
    fn folder(&self, timestamp_ms: i64) -> String {
        let start_ms = self.zone.bucket_start_ms(timestamp_ms, self.duration_ms);
        self.pattern.format(start_ms, &self.zone, self.names)
    }

    /// A stretch of time in which all instants share a bucket: a number for it, if one is
    /// easily had. Since 1980 zones change at, and by, whole quarters of an hour.
    fn stretch(&self, timestamp_ms: i64) -> Option<i64> {
        const QUARTER_MS: i64 = 900_000;
        const YEAR_1980_MS: i64 = 315_532_800_000;
        let length_ms = greatest_common_divisor(self.duration_ms, QUARTER_MS);
        (timestamp_ms >= YEAR_1980_MS).then(|| timestamp_ms / length_ms)
    }
}

fn greatest_common_divisor(mut one: i64, mut other: i64) -> i64 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

impl Partitioner {
    /// A partitioner for one Kafka partition.
    #[must_use]
    pub fn new(settings: PartitionerSettings, kafka_partition: i32) -> Partitioner {
        let default_folder = format!("partition={kafka_partition}");
        Partitioner { settings, default_folder, remembered: None }
    }

    /// The moment of a tombstone, which has no fields to look at.
    #[must_use]
    pub fn tombstone_moment(&self, record_timestamp_ms: Option<i64>, now_ms: i64) -> Option<i64> {
        match &self.settings.kind {
            PartitionerKind::Time(time) => match time.extractor {
                Extractor::Wallclock => Some(now_ms),
                Extractor::Record => record_timestamp_ms,
                Extractor::RecordField(_) => None,
            },
            _ => None,
        }
    }

    /// The folder of a record.
    ///
    /// # Errors
    /// If the connector would throw.
    pub fn place(
        &mut self,
        value: &Value<'_>,
        record_timestamp_ms: i64,
        now_ms: i64,
    ) -> Result<Place<'_>, RecordError> {
        let mut timestamp_ms = None;
        let folder: &str = match &self.settings.kind {
            PartitionerKind::Default => &self.default_folder,
            PartitionerKind::Field(paths) => {
                let folder = fields_folder(value, paths, &self.settings.delim)?;
                &self.remembered.insert((0, folder)).1
            }
            PartitionerKind::Time(time) => {
                let moment_ms = time.extractor.extract(value, record_timestamp_ms, now_ms)?;
                timestamp_ms = Some(moment_ms);
                let stretch = time.stretch(moment_ms).unwrap_or(i64::MIN);
                let is_known = matches!(&self.remembered, Some((known, _)) if *known == stretch);
                if !is_known || stretch == i64::MIN {
                    self.remembered = None;
                }
                &self.remembered.get_or_insert_with(|| (stretch, time.folder(moment_ms))).1
            }
        };
        let delim = &self.settings.delim;
        let folder = match self.settings.schema_affix {
            SchemaAffix::None => std::borrow::Cow::Borrowed(folder),
            SchemaAffix::Prefix => {
                format!("schema_name={}{delim}{folder}", schema_name(value)).into()
            }
            SchemaAffix::Suffix => {
                format!("{folder}{delim}schema_name={}", schema_name(value)).into()
            }
        };
        Ok(Place { folder, timestamp_ms })
    }
}

fn schema_name<'a>(value: &'a Value<'_>) -> &'a str {
    value.schema().and_then(|schema| schema.name.as_deref()).unwrap_or("null")
}

/// Only structs have fields to the connector: schemaless JSON is refused, as there.
fn fields_folder(
    value: &Value<'_>,
    paths: &[Vec<String>],
    delim: &str,
) -> Result<String, RecordError> {
    let Some((schema, data)) = value.as_struct() else {
        return Err(RecordError::report("Error encoding partition."));
    };
    let mut levels = Vec::with_capacity(paths.len());
    for path in paths {
        let text = field_text(schema, data, path)?;
        levels.push(format!("{}={text}", path.join(".")));
    }
    Ok(levels.join(delim))
}

fn field_text(schema: &Schema, data: &Data, path: &[String]) -> Result<String, RecordError> {
    let Some((_, data)) = field_at(schema, data, path) else {
        if path.len() > 1 {
            return Ok("null".to_owned());
        }
        let name = path.join(".");
        return Err(RecordError::report(format!("Field '{name}' is not present in the schema.")));
    };
    match data {
        Data::Null => Ok("null".to_owned()),
        Data::Integer(value) => Ok(value.to_string()),
        Data::String(text) => Ok(text.clone()),
        Data::Boolean(value) => Ok(value.to_string()),
        _ => Err(RecordError::report("Error encoding partition.")),
    }
}
