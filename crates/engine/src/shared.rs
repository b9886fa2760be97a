//! Tables that several queries of a job read are read once, and kept in memory with the columns that
//! are wanted, where they are small enough.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    path::Path,
};

use datafusion::{
    common::{DataFusionError, tree_node::TreeNodeRecursion},
    logical_expr::{LogicalPlan, ident},
    prelude::SessionContext,
};
use dfg_evidence::job::QueryJob;
use parquet::file::reader::{FileReader as _, SerializedFileReader};

/// What a value takes beside what it is worth: where it lies, how long it is, whether it is there.
const BESIDE: u64 = 17;

/// Columns by the tables that have them, and how many queries read each table.
type Read = BTreeMap<String, (usize, BTreeSet<String>)>;

/// Reads the tables that more than one query needs, while they fit into so many bytes.
pub(crate) async fn read_once(
    context: &SessionContext,
    job: &QueryJob,
    mut room: u64,
) -> Result<(), DataFusionError> {
    let mut read = Read::new();
    for query in &job.queries {
        // What is wrong with a query is told when it is answered.
        if let Ok(plan) = context.state().create_logical_plan(&query.sql).await
            && let Ok(plan) = context.state().optimize(&plan)
        {
            look(&plan, &mut read)?;
        }
    }
    for (table, (queries, columns)) in read {
        let Some([file]) = job.tables.get(&table).map(|table| table.files.as_slice()) else {
            continue;
        };
        let Some(size) = size(file, &columns) else {
            continue;
        };
        if queries < 2 || columns.is_empty() || size > room {
            continue;
        }
        room -= size;
        let whole = context.table(&table).await?;
        let kept = whole.select(columns.iter().map(ident))?.cache().await?;
        context.deregister_table(&table)?;
        context.register_table(&table, kept.into_view())?;
    }
    Ok(())
}

/// Which tables and columns a query reads.
fn look(plan: &LogicalPlan, read: &mut Read) -> Result<(), DataFusionError> {
    let mut seen = BTreeSet::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let table = scan.table_name.table();
            let (queries, columns) = read.entry(table.to_owned()).or_default();
            *queries += usize::from(seen.insert(table.to_owned()));
            let fields = scan.projected_schema.fields().iter();
            columns.extend(fields.map(|field| field.name().clone()));
            let filters = scan.filters.iter().flat_map(|filter| filter.column_refs());
            columns.extend(filters.map(|column| column.name.clone()));
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}

/// How many bytes some columns of a file take in memory, at most.
fn size(file: &Path, columns: &BTreeSet<String>) -> Option<u64> {
    let reader = SerializedFileReader::new(File::open(file).ok()?).ok()?;
    let mut size = 0;
    for group in reader.metadata().row_groups() {
        let rows = u64::try_from(group.num_rows()).ok()?;
        for column in group.columns() {
            if columns.contains(column.column_descr().name()) {
                size += rows * BESIDE + u64::try_from(column.uncompressed_size()).ok()?;
            }
        }
    }
    Some(size)
}
