//! Rows packed for keeping: of a column with few different texts, each row holds a number of two
//! bytes instead of a view of sixteen, and no column holds on to pages in which nothing of it lies.

use std::sync::{Arc, OnceLock};

use datafusion::{
    arrow::{
        array::{
            Array as _, ArrayRef, AsArray as _, DictionaryArray, RecordBatch, StringViewArray,
            UInt16Array,
        },
        datatypes::{DataType, Schema, UInt16Type},
        error::ArrowError,
    },
    common::HashMap,
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
        let columns = columns.map(|(column, field)| {
            Ok(match (column.as_string_view_opt(), field.data_type()) {
                (Some(texts), DataType::Dictionary(..)) => Arc::new(numbered(texts)?) as ArrayRef,
                (Some(texts), _) => Arc::new(texts.gc()),
                (None, _) => Arc::clone(column),
            })
        });
        let columns = columns.collect::<Result<_, ArrowError>>()?;
        RecordBatch::try_new(Arc::clone(schema), columns)
    }

    /// The schema of what was packed, if anything was.
    pub(crate) fn schema(&self) -> Option<Arc<Schema>> {
        self.schema.get().cloned()
    }
}

/// The schema of batches like one, packed.
fn packed_like(batch: &RecordBatch) -> Arc<Schema> {
    let fields = batch.schema_ref().fields().iter().zip(batch.columns());
    let fields = fields.map(|(field, column)| {
        let packed = column.as_string_view_opt().map(numbered);
        let field = field.as_ref().clone();
        match packed {
            Some(Ok(packed)) if packed.values().len() * ROWS_OF_ONE <= packed.len() => {
                field.with_data_type(packed.data_type().clone())
            }
            _ => field,
        }
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Texts as numbers of their views. The view of a short text is the text; that of a long one says where
/// it lies, so that one which lies in several places has several numbers.
fn numbered(texts: &StringViewArray) -> Result<DictionaryArray<UInt16Type>, ArrowError> {
    let mut numbers: HashMap<u128, u16> = HashMap::new();
    let mut different = Vec::new();
    let mut rows = Vec::with_capacity(texts.len());
    for (row, view) in texts.views().iter().enumerate() {
        // Where there is no text, its view may be anything.
        let view = if texts.is_null(row) { 0 } else { *view };
        let number = match numbers.get(&view) {
            Some(number) => *number,
            None => {
                let number = u16::try_from(different.len())
                    .map_err(|_| ArrowError::DictionaryKeyOverflowError)?;
                numbers.insert(view, number);
                different.push(view);
                number
            }
        };
        rows.push(number);
    }
    let words = StringViewArray::try_new(different.into(), texts.data_buffers().to_vec(), None)?;
    let rows = UInt16Array::new(rows.into(), texts.nulls().cloned());
    DictionaryArray::try_new(rows, Arc::new(words))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::{array::Int64Array, compute::cast};

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
