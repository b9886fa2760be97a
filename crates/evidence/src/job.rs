//! What the engine is asked and what it answers: one JSON job in, one JSON answer out.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use dfg_plan::record::Dataset;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a job may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Wall time in milliseconds, for the whole job.
    pub wall_ms: u64,
    /// Memory of the process in MiB.
    pub memory_mib: u64,
    /// Rows of one answer; more are cut off, and the answer says so.
    pub rows: usize,
    /// Bytes of the whole answer.
    pub bytes: usize,
}

impl Limits {
    /// For queries that anybody may ask.
    pub const OPEN: Self = Self {
        wall_ms: 10_000,
        memory_mib: 512,
        rows: 5_000,
        bytes: 8 << 20,
    };
    /// For the region's own indicators.
    pub const OWN: Self = Self {
        wall_ms: 300_000,
        memory_mib: 2_048,
        rows: 1_000_000,
        bytes: 256 << 20,
    };
    /// For reading a published file.
    pub const READ: Self = Self {
        wall_ms: 900_000,
        memory_mib: 512,
        rows: 100,
        bytes: 64 << 20,
    };
}

/// A job for the engine.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "kebab-case")]
pub enum Job {
    /// Run queries.
    Query(QueryJob),
    /// Turn a published file into a table.
    Convert(Box<ConvertJob>),
}

impl Job {
    /// What it may cost.
    pub fn limits(&self) -> Limits {
        match self {
            Job::Query(job) => job.limits,
            Job::Convert(job) => job.limits,
        }
    }
}

/// Queries over tables.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QueryJob {
    /// The tables by the names that queries use.
    pub tables: BTreeMap<String, TableFiles>,
    /// The queries; a fault of one leaves the others alone.
    pub queries: Vec<Query>,
    /// What the job may cost.
    pub limits: Limits,
}

/// The Parquet files of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFiles {
    /// The files, the earliest first. Several stand one upon the other.
    pub files: Vec<PathBuf>,
    /// The columns by which a row of a later file takes the place of an earlier one.
    #[serde(default)]
    pub key: Vec<String>,
}

/// One query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// The name under which the answer comes.
    pub name: String,
    /// One statement that reads.
    pub sql: String,
}

/// A published file to be turned into a table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConvertJob {
    /// How it is read and what it must hold.
    pub dataset: Dataset,
    /// The file.
    pub file: PathBuf,
    /// A folder for what comes of it.
    pub out: PathBuf,
    /// The codes that an area may have, of the kinds that are among them; any where left out.
    #[serde(default)]
    pub areas: Option<BTreeSet<String>>,
    /// How many rows the vintage before had.
    #[serde(default)]
    pub rows_before: Option<u64>,
    /// What the job may cost.
    pub limits: Limits,
}

/// What the engine answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    /// To queries, in their order.
    Query {
        /// One for each query.
        answers: Vec<QueryAnswer>,
        /// How the process had shut itself in.
        confined: Confinement,
    },
    /// To a file.
    Convert {
        /// What came of it.
        converted: Box<Converted>,
        /// How the process had shut itself in.
        confined: Confinement,
    },
    /// Other machines that the job needs cannot be reached.
    Away {
        /// Which, and why not.
        message: String,
    },
    /// The job could not be done at all.
    Failed {
        /// Why.
        message: String,
    },
}

/// How far a process had shut itself in before it touched what it was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// It could reach the files of the job only (Landlock).
    pub files: bool,
    /// It could open no connection (Landlock).
    pub network: bool,
    /// Its memory had a limit.
    pub memory: bool,
}

/// The answer to one query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueryAnswer {
    /// The query's name.
    pub name: String,
    /// What came of it.
    pub outcome: Result<Table, SqlFault>,
}

/// Rows with named columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The columns.
    pub columns: Vec<TableColumn>,
    /// The rows: numbers, texts, booleans and nulls; dates as text.
    pub rows: Vec<Vec<Value>>,
    /// Whether rows were cut off.
    pub more: bool,
}

/// A value of an answer as text; nothing where there is none.
pub fn spell_cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableColumn {
    /// Its name.
    pub name: String,
    /// Its type in words: `text`, `number`, `date`.
    pub holds: String,
}

/// What is wrong with a query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlFault {
    /// What is wrong.
    pub message: String,
    /// The line, from 1, where it is known.
    pub line: Option<u64>,
    /// The column, from 1, where it is known.
    pub column: Option<u64>,
    /// What to write instead.
    pub remedy: Option<String>,
}

impl std::fmt::Display for SqlFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}")?;
            if let Some(column) = self.column {
                write!(f, ", column {column}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.message)?;
        match &self.remedy {
            Some(remedy) => write!(f, " (write {remedy})"),
            None => Ok(()),
        }
    }
}

/// What came of a published file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Converted {
    /// The content hash of the file, as [`crate::hash`] spells it.
    pub source_hash: String,
    /// Its size in bytes.
    pub source_bytes: u64,
    /// The table, where the contract is kept: `<hash>.parquet` in the folder for it.
    pub table: Option<Written>,
    /// Rows that the file had, after those that are not wanted.
    pub rows: u64,
    /// Rows that break the contract.
    pub rejected: u64,
    /// The first of them.
    pub rejects: Vec<Reject>,
    /// What else breaks it.
    pub faults: Vec<String>,
    /// What the columns hold.
    pub columns: Vec<Profile>,
}

impl Converted {
    /// Whether the contract is kept.
    pub fn is_sound(&self) -> bool {
        self.table.is_some() && self.rejected == 0 && self.faults.is_empty()
    }
}

/// A table as Parquet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The content hash of the Parquet file.
    pub hash: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// A value that breaks the contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// The row of the file, from 1, its headings included.
    pub row: u64,
    /// The column of the table.
    pub column: String,
    /// The value.
    pub value: String,
    /// Why it cannot be.
    pub reason: String,
}

/// What a column holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Its name in the table.
    pub name: String,
    /// The heading under which it was found; none where the file lacks it.
    pub heading: Option<String>,
    /// Rows without a value.
    pub empty: u64,
    /// The least value, as text.
    pub least: Option<String>,
    /// The greatest value, as text.
    pub most: Option<String>,
}
