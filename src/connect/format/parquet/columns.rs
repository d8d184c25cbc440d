//! The columns of a row group that is being gathered.

use bytes::Bytes;
use parquet::basic::Type as PhysicalType;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{ByteArray, FixedLenByteArray};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::SchemaDescriptor;

/// Where a value stands in its record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Levels {
    pub(super) repetition: i16,
    pub(super) definition: i16,
}

impl Levels {
    /// One level further down: something is there.
    pub(super) fn defined(self) -> Levels {
        Levels { definition: self.definition + 1, ..self }
    }
}

#[derive(Debug)]
enum Values {
    Boolean(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    /// All bytes one after another, and where each value ends; `fixed` is their length if all
    /// have one.
    Bytes {
        bytes: Vec<u8>,
        ends: Vec<usize>,
        fixed: Option<usize>,
    },
}

#[derive(Debug)]
struct Column {
    values: Values,
    /// Empty if values can be neither null nor repeated.
    definitions: Option<Vec<i16>>,
    repetitions: Option<Vec<i16>>,
    /// Values and levels at the beginning of the record that is being put in.
    mark: (usize, usize),
}

/// All columns.
#[derive(Debug)]
pub(super) struct Columns {
    columns: Vec<Column>,
    bytes: usize,
    bytes_at_mark: usize,
}

/// What a value costs beside itself: levels, and where it ends.
const OVERHEAD_BYTES: usize = 8;

impl Columns {
    pub(super) fn of(schema: &SchemaDescriptor) -> Columns {
        let columns = schema.columns().iter().map(|column| Column {
            values: match column.physical_type() {
                PhysicalType::BOOLEAN => Values::Boolean(Vec::new()),
                PhysicalType::INT32 => Values::Int32(Vec::new()),
                PhysicalType::INT64 | PhysicalType::INT96 => Values::Int64(Vec::new()),
                PhysicalType::FLOAT => Values::Float(Vec::new()),
                PhysicalType::DOUBLE => Values::Double(Vec::new()),
                PhysicalType::BYTE_ARRAY => {
                    Values::Bytes { bytes: Vec::new(), ends: Vec::new(), fixed: None }
                }
                PhysicalType::FIXED_LEN_BYTE_ARRAY => {
                    let length = usize::try_from(column.type_length()).unwrap_or(0);
                    Values::Bytes { bytes: Vec::new(), ends: Vec::new(), fixed: Some(length) }
                }
            },
            definitions: (column.max_def_level() > 0).then(Vec::new),
            repetitions: (column.max_rep_level() > 0).then(Vec::new),
            mark: (0, 0),
        });
        Columns { columns: columns.collect(), bytes: 0, bytes_at_mark: 0 }
    }

    /// Bytes in memory, nearly.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn begin_record(&mut self) {
        self.bytes_at_mark = self.bytes;
        for column in &mut self.columns {
            let levels = column.definitions.as_ref().map_or(0, Vec::len);
            column.mark = (column.values.count(), levels);
        }
    }

    pub(super) fn take_record_back(&mut self) {
        self.bytes = self.bytes_at_mark;
        for column in &mut self.columns {
            let (values, levels) = column.mark;
            column.values.truncate(values);
            for vector in [&mut column.definitions, &mut column.repetitions].into_iter().flatten() {
                vector.truncate(levels);
            }
        }
    }

    /// How long all values of a column are, if they are all as long.
    pub(super) fn fixed_length(&self, column: usize) -> Option<usize> {
        match &self.columns[column].values {
            Values::Bytes { fixed, .. } => *fixed,
            _ => None,
        }
    }

    pub(super) fn null(&mut self, column: usize, levels: Levels) {
        self.bytes += OVERHEAD_BYTES;
        self.columns[column].put_levels(levels);
    }

    pub(super) fn boolean(&mut self, column: usize, value: bool, levels: Levels) -> bool {
        let Values::Boolean(values) = &mut self.columns[column].values else { return false };
        values.push(value);
        self.counted(column, 1, levels)
    }

    pub(super) fn integer(&mut self, column: usize, value: i64, levels: Levels) -> bool {
        match &mut self.columns[column].values {
            Values::Int32(values) => {
                let Ok(value) = i32::try_from(value) else { return false };
                values.push(value);
            }
            Values::Int64(values) => values.push(value),
            _ => return false,
        }
        self.counted(column, 8, levels)
    }

    pub(super) fn float(&mut self, column: usize, value: f32, levels: Levels) -> bool {
        let Values::Float(values) = &mut self.columns[column].values else { return false };
        values.push(value);
        self.counted(column, 4, levels)
    }

    pub(super) fn double(&mut self, column: usize, value: f64, levels: Levels) -> bool {
        let Values::Double(values) = &mut self.columns[column].values else { return false };
        values.push(value);
        self.counted(column, 8, levels)
    }

    pub(super) fn bytes_value(&mut self, column: usize, value: &[u8], levels: Levels) -> bool {
        let Values::Bytes { bytes, ends, fixed } = &mut self.columns[column].values else {
            return false;
        };
        if fixed.is_some_and(|length| length != value.len()) {
            return false;
        }
        bytes.extend_from_slice(value);
        ends.push(bytes.len());
        self.counted(column, value.len(), levels)
    }

    fn counted(&mut self, column: usize, bytes: usize, levels: Levels) -> bool {
        self.bytes += bytes + OVERHEAD_BYTES;
        self.columns[column].put_levels(levels);
        true
    }

    /// Writes everything as one row group and forgets it.
    pub(super) fn write(
        &mut self,
        writer: &mut SerializedFileWriter<Vec<u8>>,
    ) -> Result<(), ParquetError> {
        let mut group = writer.next_row_group()?;
        let mut columns = self.columns.iter_mut();
        while let (Some(mut writer), Some(column)) = (group.next_column()?, columns.next()) {
            column.write(writer.untyped())?;
            writer.close()?;
        }
        group.close()?;
        self.bytes = 0;
        Ok(())
    }
}

impl Column {
    fn put_levels(&mut self, levels: Levels) {
        if let Some(definitions) = &mut self.definitions {
            definitions.push(levels.definition);
        }
        if let Some(repetitions) = &mut self.repetitions {
            repetitions.push(levels.repetition);
        }
    }

    fn write(&mut self, writer: &mut ColumnWriter<'_>) -> Result<(), ParquetError> {
        let (definitions, repetitions) = (self.definitions.as_deref(), self.repetitions.as_deref());
        match (&mut self.values, writer) {
            (Values::Boolean(values), ColumnWriter::BoolColumnWriter(writer)) => {
                writer.write_batch(values, definitions, repetitions)?;
            }
            (Values::Int32(values), ColumnWriter::Int32ColumnWriter(writer)) => {
                writer.write_batch(values, definitions, repetitions)?;
            }
            (Values::Int64(values), ColumnWriter::Int64ColumnWriter(writer)) => {
                writer.write_batch(values, definitions, repetitions)?;
            }
            (Values::Float(values), ColumnWriter::FloatColumnWriter(writer)) => {
                writer.write_batch(values, definitions, repetitions)?;
            }
            (Values::Double(values), ColumnWriter::DoubleColumnWriter(writer)) => {
                writer.write_batch(values, definitions, repetitions)?;
            }
            (Values::Bytes { bytes, ends, .. }, ColumnWriter::ByteArrayColumnWriter(writer)) => {
                let values: Vec<ByteArray> = slices(bytes, ends).map(ByteArray::from).collect();
                writer.write_batch(&values, definitions, repetitions)?;
            }
            (
                Values::Bytes { bytes, ends, .. },
                ColumnWriter::FixedLenByteArrayColumnWriter(writer),
            ) => {
                let values: Vec<FixedLenByteArray> =
                    slices(bytes, ends).map(|slice| ByteArray::from(slice).into()).collect();
                writer.write_batch(&values, definitions, repetitions)?;
            }
            _ => return Err(ParquetError::General("a column of another type".to_owned())),
        }
        self.values.truncate(0);
        for vector in [&mut self.definitions, &mut self.repetitions].into_iter().flatten() {
            vector.clear();
        }
        Ok(())
    }
}

/// The values of a column of bytes, which it gives away.
fn slices<'a>(bytes: &mut Vec<u8>, ends: &'a [usize]) -> impl Iterator<Item = Bytes> + 'a {
    let bytes = Bytes::from(std::mem::take(bytes));
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(ends).map(move |(start, &end)| bytes.slice(start..end))
}

impl Values {
    fn count(&self) -> usize {
        match self {
            Values::Boolean(values) => values.len(),
            Values::Int32(values) => values.len(),
            Values::Int64(values) => values.len(),
            Values::Float(values) => values.len(),
            Values::Double(values) => values.len(),
            Values::Bytes { ends, .. } => ends.len(),
        }
    }

    fn truncate(&mut self, count: usize) {
        match self {
            Values::Boolean(values) => values.truncate(count),
            Values::Int32(values) => values.truncate(count),
            Values::Int64(values) => values.truncate(count),
            Values::Float(values) => values.truncate(count),
            Values::Double(values) => values.truncate(count),
            Values::Bytes { bytes, ends, .. } => {
                ends.truncate(count);
                bytes.truncate(ends.last().copied().unwrap_or(0));
            }
        }
    }
}
