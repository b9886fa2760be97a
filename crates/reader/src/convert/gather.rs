//! The parts of a file, put together in their order: one table, one list of what is wrong.

use std::{collections::HashMap, path::Path, sync::Arc};

use dfg_evidence::job::{Converted, Reject};

use super::{
    judge::{Contract, Kept, Part},
    rejected::Rejected,
    table::Table,
};

/// What came of the parts so far.
pub(super) struct Gathering<'a> {
    contract: Arc<Contract<'a>>,
    folder: &'a Path,
    table: Table,
    rows: u64,
    profiles: Vec<Kept>,
    /// The keys seen, by their hash, with the row.
    seen: HashMap<u64, u64>,
    rejected: Rejected<'a>,
}

impl<'a> Gathering<'a> {
    /// Begins in a folder; so many of the rejected rows are told.
    pub(super) fn begin(
        contract: Arc<Contract<'a>>,
        folder: &'a Path,
        told: usize,
    ) -> Result<Self, String> {
        Ok(Self {
            folder,
            table: Table::begin(contract.columns, folder)?,
            rows: 0,
            profiles: vec![Kept::default(); contract.columns.len()],
            seen: HashMap::new(),
            rejected: Rejected::begin(folder, told),
            contract,
        })
    }

    /// What the rows must keep.
    pub(super) fn contract(&self) -> Arc<Contract<'a>> {
        Arc::clone(&self.contract)
    }

    /// Takes in the next part.
    pub(super) fn add(&mut self, part: Part) -> Result<(), String> {
        self.rows += part.rows;
        for (kept, other) in self.profiles.iter_mut().zip(&part.profiles) {
            kept.join(other);
        }
        let mut rejects = part.rejects;
        for (place, (hash, row)) in part.keys.rows.iter().enumerate() {
            if let Some(before) = self.seen.insert(*hash, *row) {
                rejects.push(Reject {
                    row: *row,
                    column: self.contract.key(),
                    value: part.keys.words(place),
                    reason: format!("stands in row {before} already"),
                });
            }
        }
        rejects.sort_by_key(|reject| reject.row);
        for reject in rejects {
            self.rejected.add(reject)?;
        }
        // There is no table of a file that breaks the contract.
        if self.rejected.count == 0 {
            self.table.write(part.columns)?;
        }
        Ok(())
    }

    /// Ends it; the table is made when no row was rejected and `faults` of the whole finds nothing.
    pub(super) fn finish(
        mut self,
        faults: impl FnOnce(u64) -> Vec<String>,
    ) -> Result<Converted, String> {
        self.rejected.end()?;
        let faults = faults(self.rows);
        let table = if self.rejected.count == 0 && faults.is_empty() {
            Some(self.table.finish(self.folder)?)
        } else {
            None
        };
        let headings = self.contract.layout.headings.iter().cloned();
        let columns = self
            .profiles
            .iter()
            .zip(self.contract.columns)
            .zip(headings)
            .map(|((kept, column), heading)| kept.profile(column, heading));
        Ok(Converted {
            table,
            rows: self.rows,
            rejected: u64::try_from(self.rejected.count).unwrap_or(u64::MAX),
            columns: columns.collect(),
            rejects: self.rejected.first,
            faults,
            ..Converted::default()
        })
    }
}
