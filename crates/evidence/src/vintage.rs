//! Vintages: retrieved copies of a published source, each known by its content hash, and the journal
//! that a dataset keeps of them.

use dfg_plan::record::Dataset;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    hash,
    job::{Converted, Profile, Reject, Written},
};

/// One retrieved copy of a dataset's file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vintage {
    /// The content hash of the file as published.
    pub source: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Where it came from: an address or a file's name.
    pub from: String,
    /// When it was retrieved.
    pub retrieved: Timestamp,
    /// What the publisher's server said of it, so that it is not fetched again unchanged.
    #[serde(default)]
    pub tag: Tag,
    /// The table made of it.
    pub table: Written,
    /// Its rows.
    pub rows: u64,
    /// What its columns hold.
    pub columns: Vec<Profile>,
    /// The last period that it speaks of, as published.
    pub through: Option<String>,
    /// The hash of the contract under which it was read.
    pub contract: String,
}

/// By what a copy is known without reading it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// The server's `ETag`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The server's `Last-Modified`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// Of a file in a folder: when it was last written, in nanoseconds since 1970, and its size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<(i128, u64)>,
}

/// A copy that did not keep the contract; the vintage before stays current.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// When it was tried.
    pub when: Timestamp,
    /// Where it came from.
    pub from: String,
    /// What is wrong, a sentence each.
    pub faults: Vec<String>,
    /// How many values break the contract.
    pub rejected: u64,
    /// The first of them.
    pub rejects: Vec<Reject>,
}

/// What is known of a dataset's copies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Journal {
    /// The vintages, the earliest first; the last is current.
    pub vintages: Vec<Vintage>,
    /// The last copy that failed, where none was sound since.
    #[serde(default)]
    pub failure: Option<Failure>,
    /// When somebody last looked for a new one.
    #[serde(default)]
    pub looked: Option<Timestamp>,
}

impl Journal {
    /// The vintage in use.
    pub fn current(&self) -> Option<&Vintage> {
        self.vintages.last()
    }

    /// The vintages that make the dataset's table: the last, or all of them.
    pub fn in_use(&self, dataset: &Dataset) -> &[Vintage] {
        if dataset.accumulates {
            &self.vintages
        } else {
            let last = self.vintages.len().saturating_sub(1);
            &self.vintages[last..]
        }
    }

    /// Takes a vintage in: in order of the last period that it speaks of, then of its coming. The
    /// same file read again takes the place of its first reading.
    pub fn take_in(&mut self, vintage: Vintage) {
        self.vintages.retain(|one| one.source != vintage.source);
        let period = |one: &Vintage| {
            let text = one.through.as_deref()?;
            dfg_plan::evidence::Period::parse(text).ok()
        };
        let own = period(&vintage);
        let later = |one: &Vintage| match (period(one), &own) {
            (Some(period), Some(own)) => period > *own,
            _ => false,
        };
        let place = self.vintages.iter().position(later);
        let place = place.unwrap_or(self.vintages.len());
        self.vintages.insert(place, vintage);
        self.failure = None;
    }
}

/// The hash of what decides how a file is read: of two datasets that differ in words only it is the
/// same.
pub fn contract(dataset: &Dataset) -> String {
    let mut reading = dataset.clone();
    reading.title.clear();
    reading.publisher.clear();
    reading.licence.clear();
    reading.description = None;
    reading.theme = None;
    reading.attribution = None;
    reading.address = None;
    reading.file = None;
    reading.cadence = None;
    reading.next_release = None;
    reading.accumulates = false;
    reading.boundaries = None;
    reading.serves = None;
    reading.caveats.clear();
    reading.was.clear();
    reading.sources.clear();
    for column in &mut reading.columns {
        column.meaning = None;
        column.unit = None;
    }
    hash::of_value(&reading)
}

/// The vintage that a conversion makes, or the failure that it is.
pub fn judge(
    dataset: &Dataset,
    converted: Converted,
    from: &str,
    tag: Tag,
    when: Timestamp,
) -> Result<Vintage, Failure> {
    let sound = converted.is_sound();
    match converted.table {
        Some(table) if sound => {
            let of_period = |profile: &&Profile| dataset.period.as_ref() == Some(&profile.name);
            let through = converted.columns.iter().find(of_period);
            Ok(Vintage {
                source: converted.source_hash,
                bytes: converted.source_bytes,
                from: from.to_owned(),
                retrieved: when,
                tag,
                table,
                rows: converted.rows,
                through: through.and_then(|profile| profile.most.clone()),
                columns: converted.columns,
                contract: contract(dataset),
            })
        }
        _ => Err(Failure {
            when,
            from: from.to_owned(),
            faults: converted.faults,
            rejected: converted.rejected,
            rejects: converted.rejects,
        }),
    }
}

impl Failure {
    /// What is wrong, a line each: what the whole file lacks, then the first values.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = self.faults.clone();
        for reject in &self.rejects {
            lines.push(format!(
                "row {}, {}: “{}” {}",
                reject.row, reject.column, reject.value, reject.reason
            ));
        }
        let shown = u64::try_from(self.rejects.len()).unwrap_or(u64::MAX);
        if self.rejected > shown {
            lines.push(format!("and {} more", self.rejected - shown));
        }
        lines
    }
}
