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
use dfg_evidence::{hash, job::Written};
use dfg_plan::record::{Column, ColumnType};
use parquet::{
    arrow::ArrowWriter,
    basic::Compression,
    file::properties::{WriterProperties, WriterVersion},
};
use sha2::{Digest as _, Sha256};
use tempfile::{NamedTempFile, TempPath};

use super::cell::Worth;

/// Rows that are put together before they are written.
const BATCH: usize = 16_384;
/// Rows of a group.
const GROUP: usize = 262_144;

/// A table that is being written.
pub(super) struct Table {
    schema: Arc<Schema>,
    columns: Vec<Building>,
    rows: usize,
    writer: ArrowWriter<Hashing>,
    path: TempPath,
}

enum Building {
    Text(StringBuilder),
    Integer(Int64Builder),
    Decimal(Float64Builder),
    Day(Date32Builder),
    Boolean(BooleanBuilder),
}

impl Table {
    /// Begins a table in a folder. Columns with markers are followed by one for them.
    pub(super) fn begin(columns: &[Column], folder: &Path) -> Result<Self, String> {
        let mut fields = Vec::new();
        let mut building = Vec::new();
        for column in columns {
            let (holds, builder) = match column.holds {
                ColumnType::Text | ColumnType::Period | ColumnType::Area => {
                    (DataType::Utf8, Building::Text(StringBuilder::new()))
                }
                ColumnType::Integer => (DataType::Int64, Building::Integer(Int64Builder::new())),
                ColumnType::Decimal => {
                    (DataType::Float64, Building::Decimal(Float64Builder::new()))
                }
                ColumnType::Date => (DataType::Date32, Building::Day(Date32Builder::new())),
                ColumnType::Boolean => {
                    (DataType::Boolean, Building::Boolean(BooleanBuilder::new()))
                }
            };
            fields.push(Field::new(&column.name, holds, true));
            building.push(builder);
            if column.markers {
                let name = format!("{}_marker", column.name);
                fields.push(Field::new(name, DataType::Utf8, true));
                building.push(Building::Text(StringBuilder::new()));
            }
        }
        let schema = Arc::new(Schema::new(fields));
        let properties = WriterProperties::builder()
            // The same input gives the same bytes, whichever version of the library wrote them.
            .set_created_by("dfg".to_owned())
            .set_writer_version(WriterVersion::PARQUET_1_0)
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(GROUP))
            .build();
        let (file, path) = NamedTempFile::new_in(folder)
            .map_err(|cause| cannot_write(&cause))?
            .into_parts();
        let writer = ArrowWriter::try_new(Hashing::new(file), schema.clone(), Some(properties))
            .map_err(|cause| cannot_write(&cause))?;
        Ok(Self {
            schema,
            columns: building,
            rows: 0,
            writer,
            path,
        })
    }

    /// Adds a row: for each column of the dataset its worth and its words.
    pub(super) fn add<'a>(
        &mut self,
        columns: &[Column],
        worths: &[Worth],
        words: impl Fn(usize) -> &'a str,
    ) -> Result<(), String> {
        let mut building = self.columns.iter_mut();
        for (place, (column, worth)) in columns.iter().zip(worths).enumerate() {
            match (building.next(), worth) {
                (Some(Building::Text(texts)), Worth::Text) => texts.append_value(words(place)),
                (Some(Building::Text(texts)), _) => texts.append_null(),
                (Some(Building::Integer(numbers)), Worth::Integer(number)) => {
                    numbers.append_value(*number);
                }
                (Some(Building::Integer(numbers)), _) => numbers.append_null(),
                (Some(Building::Decimal(numbers)), Worth::Decimal(number)) => {
                    numbers.append_value(*number);
                }
                (Some(Building::Decimal(numbers)), _) => numbers.append_null(),
                (Some(Building::Day(days)), Worth::Day(day)) => days.append_value(*day),
                (Some(Building::Day(days)), _) => days.append_null(),
                (Some(Building::Boolean(truths)), Worth::Boolean(truth)) => {
                    truths.append_value(*truth);
                }
                (Some(Building::Boolean(truths)), _) => truths.append_null(),
                (None, _) => {}
            }
            if column.markers
                && let Some(Building::Text(markers)) = building.next()
            {
                match worth {
                    Worth::Marked => markers.append_value(words(place)),
                    _ => markers.append_null(),
                }
            }
        }
        self.rows += 1;
        if self.rows == BATCH {
            self.write()?;
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), String> {
        let columns = self.columns.iter_mut().map(|column| match column {
            Building::Text(texts) => Arc::new(texts.finish()) as ArrayRef,
            Building::Integer(numbers) => Arc::new(numbers.finish()),
            Building::Decimal(numbers) => Arc::new(numbers.finish()),
            Building::Day(days) => Arc::new(days.finish()),
            Building::Boolean(truths) => Arc::new(truths.finish()),
        });
        let batch = RecordBatch::try_new(self.schema.clone(), columns.collect())
            .map_err(|cause| cannot_write(&cause))?;
        self.rows = 0;
        self.writer
            .write(&batch)
            .map_err(|cause| cannot_write(&cause))
    }

    /// Ends the table and gives it the name of its content: `<sha256>.parquet`.
    pub(super) fn finish(mut self, folder: &Path) -> Result<Written, String> {
        if self.rows > 0 {
            self.write()?;
        }
        let hashing = self
            .writer
            .into_inner()
            .map_err(|cause| cannot_write(&cause))?;
        let (file, written) = hashing.finish().map_err(|cause| cannot_write(&cause))?;
        file.sync_all().map_err(|cause| cannot_write(&cause))?;
        self.path
            .persist(folder.join(format!("{}.parquet", written.hash)))
            .map_err(|cause| cannot_write(&cause))?;
        Ok(written)
    }
}

/// Writes to a file and hashes what is written.
struct Hashing {
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Hashing {
    fn new(file: File) -> Self {
        Self {
            file: BufWriter::with_capacity(1 << 18, file),
            hash: Sha256::new(),
            bytes: 0,
        }
    }

    fn finish(self) -> io::Result<(File, Written)> {
        let file = self.file.into_inner().map_err(io::Error::from)?;
        let written = Written {
            hash: hash::spell(&self.hash.finalize()),
            bytes: self.bytes,
        };
        Ok((file, written))
    }
}

impl Write for Hashing {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.file.write(buffer)?;
        self.hash.update(&buffer[..written]);
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
