//! The rows that break the contract, in a file of their own.

use std::{fs::File, io::BufWriter, path::Path};

use dfg_evidence::job::Reject;

/// Rejected values that are written down; a file with more is wrong as a whole.
pub(super) const MOST_REJECTED: usize = 100_000;

/// Writes them to `rejected.csv`, which is there only when there are any.
pub(super) struct Rejected<'a> {
    folder: &'a Path,
    writer: Option<csv::Writer<BufWriter<File>>>,
    pub(super) count: usize,
    /// The first of them.
    pub(super) first: Vec<Reject>,
    /// How many of the first are kept.
    most: usize,
}

impl<'a> Rejected<'a> {
    pub(super) fn begin(folder: &'a Path, most: usize) -> Self {
        Self {
            folder,
            writer: None,
            count: 0,
            first: Vec::new(),
            most,
        }
    }

    pub(super) fn add(&mut self, reject: Reject) -> Result<(), String> {
        self.count += 1;
        if self.count > MOST_REJECTED {
            return Err(format!(
                "more than {MOST_REJECTED} values break the contract"
            ));
        }
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                let file = File::create(self.folder.join("rejected.csv"))
                    .map_err(|cause| cannot_keep(&cause))?;
                let mut writer = csv::Writer::from_writer(BufWriter::new(file));
                writer
                    .write_record(["row", "column", "value", "reason"])
                    .map_err(|cause| cannot_keep(&cause))?;
                self.writer.insert(writer)
            }
        };
        let Reject {
            row,
            column,
            value,
            reason,
        } = &reject;
        writer
            .write_record([&row.to_string(), column, value, reason])
            .map_err(|cause| cannot_keep(&cause))?;
        if self.first.len() < self.most {
            self.first.push(reject);
        }
        Ok(())
    }

    pub(super) fn end(&mut self) -> Result<(), String> {
        match self.writer.take() {
            Some(mut writer) => writer.flush().map_err(|cause| cannot_keep(&cause)),
            None => Ok(()),
        }
    }
}

fn cannot_keep(cause: &dyn std::fmt::Display) -> String {
    format!("rejected rows cannot be kept: {cause}")
}
