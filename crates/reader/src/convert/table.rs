//! The table as Parquet: typed columns, written while the file is read.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
    sync::Arc,
};

use arrow::{
    array::{
        ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, RecordBatch,
        StringBuilder,
    },
    datatypes::{DataType, Field, Schema},
};
use dfg_evidence::{hash::Hashing, job::Written};
use dfg_plan::record::{Column, ColumnType};
use parquet::{
    arrow::ArrowWriter,
    basic::Compression,
    file::properties::{WriterProperties, WriterVersion},
};
use tempfile::{NamedTempFile, TempPath};

use super::cell::Worth;

/// Rows of a group.
const GROUP: usize = 262_144;

/// Bytes of different values after which a column is no longer kept as a list of them: names and
/// numbers of one thing each would be looked up in vain.
const WORDS: usize = 256 << 10;

/// A table that is being written.
pub(super) struct Table {
    schema: Arc<Schema>,
    writer: ArrowWriter<Hashed>,
    path: TempPath,
}

/// The values of a column while they are read.
pub(super) enum Building {
    Text(StringBuilder),
    Integer(Int64Builder),
    Decimal(Float64Builder),
    Day(Date32Builder),
    Boolean(BooleanBuilder),
}

/// The columns of a table, still without rows. Those with markers are followed by one for them.
pub(super) fn building(columns: &[Column]) -> Vec<Building> {
    let text = || Building::Text(StringBuilder::new());
    let mut building = Vec::new();
    for column in columns {
        building.push(match column.holds {
            ColumnType::Text | ColumnType::Period | ColumnType::Area => text(),
            ColumnType::Integer => Building::Integer(Int64Builder::new()),
            ColumnType::Decimal => Building::Decimal(Float64Builder::new()),
            ColumnType::Date => Building::Day(Date32Builder::new()),
            ColumnType::Boolean => Building::Boolean(BooleanBuilder::new()),
        });
        if column.markers {
            building.push(text());
        }
    }
    building
}

/// Adds a value to the next column.
pub(super) fn add<'a>(
    building: &mut impl Iterator<Item = &'a mut Building>,
    column: &Column,
    worth: Worth,
    words: &str,
) {
    match (building.next(), worth) {
        (Some(Building::Text(texts)), Worth::Text) => texts.append_value(words),
        (Some(Building::Text(texts)), _) => texts.append_null(),
        (Some(Building::Integer(numbers)), Worth::Integer(number)) => numbers.append_value(number),
        (Some(Building::Integer(numbers)), _) => numbers.append_null(),
        (Some(Building::Decimal(numbers)), Worth::Decimal(number)) => numbers.append_value(number),
        (Some(Building::Decimal(numbers)), _) => numbers.append_null(),
        (Some(Building::Day(days)), Worth::Day(day)) => days.append_value(day),
        (Some(Building::Day(days)), _) => days.append_null(),
        (Some(Building::Boolean(truths)), Worth::Boolean(truth)) => truths.append_value(truth),
        (Some(Building::Boolean(truths)), _) => truths.append_null(),
        (None, _) => {}
    }
    if column.markers
        && let Some(Building::Text(markers)) = building.next()
    {
        match worth {
            Worth::Marked => markers.append_value(words),
            _ => markers.append_null(),
        }
    }
}

impl Building {
    fn finish(mut self) -> ArrayRef {
        match &mut self {
            Self::Text(texts) => Arc::new(texts.finish()),
            Self::Integer(numbers) => Arc::new(numbers.finish()),
            Self::Decimal(numbers) => Arc::new(numbers.finish()),
            Self::Day(days) => Arc::new(days.finish()),
            Self::Boolean(truths) => Arc::new(truths.finish()),
        }
    }
}

impl Table {
    /// Begins a table in a folder.
    pub(super) fn begin(columns: &[Column], folder: &Path) -> Result<Self, String> {
        let mut fields = Vec::new();
        for column in columns {
            let holds = match column.holds {
                ColumnType::Text | ColumnType::Period | ColumnType::Area => DataType::Utf8,
                ColumnType::Integer => DataType::Int64,
                ColumnType::Decimal => DataType::Float64,
                ColumnType::Date => DataType::Date32,
                ColumnType::Boolean => DataType::Boolean,
            };
            fields.push(Field::new(&column.name, holds, true));
            if column.markers {
                let name = format!("{}_marker", column.name);
                fields.push(Field::new(name, DataType::Utf8, true));
            }
        }
        let schema = Arc::new(Schema::new(fields));
        let properties = WriterProperties::builder()
            // The same input gives the same bytes, whichever version of the library wrote them.
            .set_created_by("dfg".to_owned())
            .set_writer_version(WriterVersion::PARQUET_1_0)
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(GROUP))
            .set_dictionary_page_size_limit(WORDS)
            .build();
        let (file, path) = NamedTempFile::new_in(folder)
            .map_err(|cause| cannot_write(&cause))?
            .into_parts();
        let writer = ArrowWriter::try_new(Hashed::new(file), schema.clone(), Some(properties))
            .map_err(|cause| cannot_write(&cause))?;
        Ok(Self {
            schema,
            writer,
            path,
        })
    }

    /// Writes rows.
    pub(super) fn write(&mut self, columns: Vec<Building>) -> Result<(), String> {
        let columns = columns.into_iter().map(Building::finish).collect();
        let batch = RecordBatch::try_new(self.schema.clone(), columns)
            .map_err(|cause| cannot_write(&cause))?;
        self.writer
            .write(&batch)
            .map_err(|cause| cannot_write(&cause))
    }

    /// Ends the table and gives it the name of its content: `<hash>.parquet`.
    pub(super) fn finish(self, folder: &Path) -> Result<Written, String> {
        let hashed = self
            .writer
            .into_inner()
            .map_err(|cause| cannot_write(&cause))?;
        let (file, written) = hashed.finish().map_err(|cause| cannot_write(&cause))?;
        file.sync_all().map_err(|cause| cannot_write(&cause))?;
        self.path
            .persist(folder.join(format!("{}.parquet", written.hash)))
            .map_err(|cause| cannot_write(&cause))?;
        Ok(written)
    }
}

/// Writes to a file and hashes what is written.
struct Hashed {
    file: BufWriter<File>,
    hashing: Hashing,
    bytes: u64,
}

impl Hashed {
    fn new(file: File) -> Self {
        Self {
            file: BufWriter::with_capacity(1 << 18, file),
            hashing: Hashing::default(),
            bytes: 0,
        }
    }

    fn finish(self) -> io::Result<(File, Written)> {
        let file = self.file.into_inner().map_err(io::Error::from)?;
        let written = Written {
            hash: self.hashing.finish(),
            bytes: self.bytes,
        };
        Ok((file, written))
    }
}

impl Write for Hashed {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.file.write(buffer)?;
        self.hashing.update(&buffer[..written]);
        self.bytes += u64::try_from(written).unwrap_or_default();
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn cannot_write(cause: &impl std::fmt::Display) -> String {
    format!("the table cannot be written: {cause}")
}
