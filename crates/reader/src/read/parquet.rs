//! Parquet, as text: the contract gives the types.

use std::{fs::File, path::Path};

use arrow::{
    array::Array as _,
    util::display::{ArrayFormatter, FormatOptions},
};
use csv::StringRecord;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{Sink, cannot_read};

/// Rows at a time.
const BATCH: usize = 4_096;

pub(super) fn read(path: &Path, sink: &mut dyn Sink) -> Result<(), String> {
    let file = File::open(path).map_err(|cause| cannot_read(&cause))?;
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(file).map_err(|cause| cannot_read(&cause))?;
    let schema = builder.schema().clone();
    let headings: StringRecord = schema.fields().iter().map(|field| field.name()).collect();
    sink.row(1, &headings)?;
    let batches = builder
        .with_batch_size(BATCH)
        .build()
        .map_err(|cause| cannot_read(&cause))?;
    let options = FormatOptions::default();
    let mut number = 1;
    let mut row = StringRecord::new();
    for batch in batches {
        let batch = batch.map_err(|cause| cannot_read(&cause))?;
        let columns: Vec<ArrayFormatter<'_>> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &options))
            .collect::<Result<_, _>>()
            .map_err(|cause| cannot_read(&cause))?;
        for place in 0..batch.num_rows() {
            row.clear();
            for (column, shown) in batch.columns().iter().zip(&columns) {
                if column.is_null(place) {
                    row.push_field("");
                } else {
                    row.push_field(&shown.value(place).to_string());
                }
            }
            number += 1;
            sink.row(number, &row)?;
        }
    }
    Ok(())
}
