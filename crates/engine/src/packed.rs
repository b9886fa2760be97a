//! Rows packed for keeping: of a column with few different texts, each row holds a number of two
//! bytes instead of a view of sixteen, and no column holds on to pages in which nothing of it lies.

use std::sync::{Arc, OnceLock};

use datafusion::arrow::{
    array::{Array as _, ArrayRef, AsArray as _, RecordBatch},
    compute::cast,
    datatypes::{DataType, Schema, UInt16Type},
    error::ArrowError,
};

/// How many rows there must be for each different text.
const ROWS_OF_ONE: usize = 4;

/// Packs the batches of one table, all in the same way.
#[derive(Default)]
pub(crate) struct Packing {
    /// The schema of packed batches, found with the first of them.
    schema: OnceLock<Arc<Schema>>,
}

impl Packing {
    /// Packs a batch that is not empty.
    pub(crate) fn pack(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let schema = self.schema.get_or_init(|| packed_like(batch));
        let columns = batch.columns().iter().zip(schema.fields());
        let columns =
            columns.map(
                |(column, field)| match (column.data_type(), field.data_type()) {
                    (DataType::Utf8View, DataType::Utf8View) => {
                        Ok(Arc::new(column.as_string_view().gc()) as ArrayRef)
                    }
                    (_, packed) => cast(column, packed),
                },
            );
        RecordBatch::try_new(Arc::clone(schema), columns.collect::<Result<_, _>>()?)
    }

    /// The schema of what was packed, if anything was.
    pub(crate) fn schema(&self) -> Option<Arc<Schema>> {
        self.schema.get().cloned()
    }
}

/// The schema of batches like one, packed.
fn packed_like(batch: &RecordBatch) -> Arc<Schema> {
    let number = || Box::new(DataType::UInt16);
    let fields = batch.schema_ref().fields().iter().zip(batch.columns());
    let fields = fields.map(|(field, column)| {
        let packed = DataType::Dictionary(number(), Box::new(field.data_type().clone()));
        let is_text = *field.data_type() == DataType::Utf8View;
        let has_few = is_text
            && cast(column, &packed).is_ok_and(|tried| {
                tried.as_dictionary::<UInt16Type>().values().len() * ROWS_OF_ONE <= column.len()
            });
        let field = field.as_ref().clone();
        if has_few {
            field.with_data_type(packed)
        } else {
            field
        }
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Int64Array, StringViewArray};

    use super::*;

    #[test]
    fn rows_are_packed_and_come_out_as_they_were() {
        let long = "a text of more than twelve bytes";
        let few = (0..1_000).map(|row| [Some("short"), None, Some(long)][row % 3]);
        let many = (0..1_000).map(|row| Some(format!("{row}")));
        let numbers = Arc::new((0..1_000).collect::<Int64Array>());
        let batch = RecordBatch::try_from_iter_with_nullable([
            (
                "few",
                Arc::new(few.collect::<StringViewArray>()) as ArrayRef,
                true,
            ),
            ("many", Arc::new(many.collect::<StringViewArray>()), true),
            ("number", numbers, true),
        ])
        .unwrap();
        let packing = Packing::default();
        for batch in [batch.clone(), batch.slice(500, 1)] {
            let packed = packing.pack(&batch).unwrap();
            let kinds = packed.columns().iter().map(|column| column.data_type());
            let kinds: Vec<bool> = kinds
                .map(|kind| matches!(kind, DataType::Dictionary(..)))
                .collect();
            assert_eq!(kinds, [true, false, false]);
            for (packed, column) in packed.columns().iter().zip(batch.columns()) {
                assert_eq!(&cast(packed, column.data_type()).unwrap(), column);
            }
        }
    }
}
