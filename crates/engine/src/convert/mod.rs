//! A published file to a table, if it keeps the contract of its dataset: columns found by name,
//! values of their types and within their ranges, keys unique, no area unknown, no more or fewer
//! rows than can be.
//!
//! A row that breaks it goes to `rejected.csv` with the reason. The table is made only when none
//! does: figures are never silently left out.

mod cell;
mod layout;
mod table;

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    io::BufWriter,
    path::Path,
};

use csv::StringRecord;
use dfg_evidence::{
    hash,
    job::{ConvertJob, Converted, Profile, Reject},
};
use dfg_plan::{
    evidence::register::same_kind,
    record::{Column, ColumnType, Dataset},
};
use rust_decimal::prelude::ToPrimitive as _;

use self::{
    cell::Worth,
    layout::{HEAD, Layout, Origin},
    table::Table,
};
use crate::read;

/// Rejected rows that are written down; a file with more is wrong as a whole.
const MOST_REJECTED: u64 = 100_000;
/// By how many per cent the number of rows may change where the dataset does not say.
const ROWS_MAY_CHANGE: u64 = 20;
/// The longest value that a message repeats, in characters.
const LONGEST_SHOWN: usize = 80;

/// Turns a published file into a table.
pub(crate) fn run(job: &ConvertJob) -> Result<Converted, String> {
    let mut reading = Reading::new(job);
    // The file is hashed while it is read.
    let (hashed, read) = std::thread::scope(|scope| {
        let hashed = scope.spawn(|| hash_file(&job.file));
        let read = read::read(job, &mut |number, row| reading.take(number, row));
        (hashed.join(), read)
    });
    let (source_hash, source_bytes) = match hashed {
        Ok(hashed) => hashed?,
        Err(_) => return Err("the file could not be hashed".to_owned()),
    };
    if reading.faults.is_empty() {
        read?;
    }
    let mut converted = reading.finish()?;
    converted.source_hash = source_hash;
    converted.source_bytes = source_bytes;
    Ok(converted)
}

fn hash_file(path: &Path) -> Result<(String, u64), String> {
    let hash = hash::of_file(path).map_err(|cause| read::cannot_read(&cause))?;
    let data = path.metadata().map_err(|cause| read::cannot_read(&cause))?;
    Ok((hash, data.len()))
}

/// A file that is being read.
struct Reading<'a> {
    job: &'a ConvertJob,
    /// The first rows, until the row of headings is found among them.
    head: Vec<(u64, StringRecord)>,
    layout: Option<Layout>,
    table: Option<Table>,
    checks: Checks<'a>,
    worths: Vec<Worth>,
    rows: u64,
    rejected: Rejected<'a>,
    faults: Vec<String>,
}

/// What a row is checked against.
struct Checks<'a> {
    columns: &'a [Column],
    /// The least and greatest value of each column.
    ranges: Vec<(Option<f64>, Option<f64>)>,
    /// For each column the values of which a row must have one to be kept.
    keep: Vec<(usize, &'a [String])>,
    key: Vec<usize>,
    /// The keys seen, by their hash, with the row.
    seen: HashMap<u64, u64>,
    hashing: RandomState,
    areas: Option<HashSet<&'a str>>,
    /// Periods and codes that were read before: they come again and again.
    known: Vec<HashSet<String>>,
    profiles: Vec<Kept>,
}

/// The least and greatest value so far.
#[derive(Clone, Default)]
struct Kept {
    empty: u64,
    numbers: Option<(f64, f64)>,
    texts: Option<(String, String)>,
}

impl<'a> Reading<'a> {
    fn new(job: &'a ConvertJob) -> Self {
        let dataset = &job.dataset;
        let columns = dataset.columns.as_slice();
        let place = |name: &String| columns.iter().position(|column| column.name == *name);
        let range = |column: &Column| {
            let number = |figure: Option<dfg_plan::Figure>| figure?.0.to_f64();
            (number(column.least), number(column.most))
        };
        Self {
            job,
            head: Vec::new(),
            layout: None,
            table: None,
            checks: Checks {
                columns,
                ranges: columns.iter().map(range).collect(),
                keep: dataset
                    .keep
                    .iter()
                    .filter_map(|keep| Some((place(&keep.column)?, keep.values.as_slice())))
                    .collect(),
                key: dataset.key.iter().filter_map(place).collect(),
                seen: HashMap::new(),
                hashing: RandomState::new(),
                areas: job
                    .areas
                    .as_ref()
                    .map(|areas| areas.iter().map(String::as_str).collect()),
                known: vec![HashSet::new(); columns.len()],
                profiles: vec![Kept::default(); columns.len()],
            },
            worths: Vec::with_capacity(columns.len()),
            rows: 0,
            rejected: Rejected {
                folder: &job.out,
                writer: None,
                count: 0,
                first: Vec::new(),
                most: job.limits.rows,
            },
            faults: Vec::new(),
        }
    }

    fn take(&mut self, number: u64, row: &StringRecord) -> Result<(), String> {
        if self.layout.is_some() {
            return self.take_row(number, row);
        }
        self.head.push((number, row.clone()));
        if self.head.len() == HEAD {
            self.begin()?;
        }
        Ok(())
    }

    /// Finds the headings and reads the rows that came until now.
    fn begin(&mut self) -> Result<(), String> {
        let head = std::mem::take(&mut self.head);
        match layout::find(&self.job.dataset, &head) {
            Ok((place, layout)) => {
                self.layout = Some(layout);
                self.table = Some(Table::begin(self.checks.columns, &self.job.out)?);
                for (number, row) in head.iter().skip(place + 1) {
                    self.take_row(*number, row)?;
                }
                Ok(())
            }
            Err(faults) => {
                self.faults = faults;
                Err("the headings are not those wanted".to_owned())
            }
        }
    }

    fn take_row(&mut self, number: u64, row: &StringRecord) -> Result<(), String> {
        let Some(layout) = &self.layout else {
            return Ok(());
        };
        let lone = [(usize::MAX, String::new())];
        let parts = if self.job.dataset.unpivot.is_some() {
            layout.beside.as_slice()
        } else {
            &lone
        };
        for (place, heading) in parts {
            let words = |column: usize| match layout.origins[column] {
                Origin::Cell(place) => row.get(place).unwrap_or_default().trim(),
                Origin::Heading => heading.as_str(),
                Origin::Value => row.get(*place).unwrap_or_default().trim(),
                Origin::Missing => "",
            };
            let is_cell =
                |column: &usize| matches!(layout.origins[*column], Origin::Cell(_) | Origin::Value);
            let mut cells = (0..self.checks.columns.len()).filter(is_cell);
            // A line without any value is no row: a space between notes, an empty line at the end.
            if cells.all(|column| words(column).is_empty()) || !self.checks.wants(&words) {
                continue;
            }
            self.rows += 1;
            let before = self.rejected.count;
            self.checks
                .judge(number, &words, &mut self.worths, &mut self.rejected)?;
            if self.rejected.count > before {
                continue;
            }
            if let Some(table) = &mut self.table {
                table.add(self.checks.columns, &self.worths, words)?;
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Converted, String> {
        if self.layout.is_none() && self.faults.is_empty() {
            // A file shorter than where headings are looked for.
            let begun = self.begin();
            if self.faults.is_empty() {
                begun?;
            }
        }
        let dataset = &self.job.dataset;
        if self.faults.is_empty() {
            self.faults = self.count_faults(dataset);
        }
        let rejected = self.rejected.end()?;
        let sound = rejected == 0 && self.faults.is_empty();
        let written = match self.table {
            Some(table) if sound => Some(table.finish(&self.job.out)?),
            _ => None,
        };
        let headings = self
            .layout
            .map(|layout| layout.headings)
            .unwrap_or_default();
        let profiles = self
            .checks
            .profiles
            .iter()
            .zip(self.checks.columns)
            .zip(headings.into_iter().chain(std::iter::repeat(None)));
        let columns = profiles.map(|((kept, column), heading)| kept.profile(column, heading));
        Ok(Converted {
            table: written,
            rows: self.rows,
            rejected,
            columns: columns.collect(),
            rejects: self.rejected.first,
            faults: self.faults,
            ..Converted::default()
        })
    }

    /// What the number of rows says.
    fn count_faults(&self, dataset: &Dataset) -> Vec<String> {
        let mut faults = Vec::new();
        let rows = self.rows;
        match dataset.fewest_rows {
            Some(fewest) if rows < fewest => faults.push(format!(
                "the file has {rows} rows; a sound one has at least {fewest}"
            )),
            None if rows == 0 => faults.push("the file has no rows that are wanted".to_owned()),
            _ => {}
        }
        if let Some(before) = self.job.rows_before.filter(|before| *before > 0) {
            let may = dataset.rows_may_change.map_or(ROWS_MAY_CHANGE, u64::from);
            if rows.abs_diff(before).saturating_mul(100) > before.saturating_mul(may) {
                faults.push(format!(
                    "the file has {rows} rows and the vintage before had {before}: \
                     they may change by {may}%"
                ));
            }
        }
        faults
    }
}

impl Checks<'_> {
    /// Whether a row is one of those to keep.
    fn wants<'r>(&self, words: &impl Fn(usize) -> &'r str) -> bool {
        self.keep
            .iter()
            .all(|(column, values)| values.iter().any(|value| value == words(*column)))
    }

    /// Reads the cells of a row; tells what is wrong with it.
    fn judge<'r>(
        &mut self,
        number: u64,
        words: &impl Fn(usize) -> &'r str,
        worths: &mut Vec<Worth>,
        rejected: &mut Rejected<'_>,
    ) -> Result<(), String> {
        worths.clear();
        for (place, column) in self.columns.iter().enumerate() {
            let text = words(place);
            let read = if self.known[place].contains(text) {
                Ok(Worth::Text)
            } else {
                cell::read(text, column)
            };
            let read = read.and_then(|worth| match self.fault(place, column, text, worth) {
                Some(fault) => Err(fault),
                None => Ok(worth),
            });
            match read {
                Ok(worth) => worths.push(worth),
                Err(reason) => {
                    rejected.add(number, &column.name, text, &reason)?;
                    worths.push(Worth::Nothing);
                }
            }
        }
        if !self.key.is_empty() {
            let mut hash = self.hashing.build_hasher();
            for column in &self.key {
                hash.write(words(*column).as_bytes());
                hash.write_u8(0xff);
            }
            if let Some(before) = self.seen.insert(hash.finish(), number) {
                let names: Vec<&str> = self
                    .key
                    .iter()
                    .map(|column| self.columns[*column].name.as_str())
                    .collect();
                let values: Vec<&str> = self.key.iter().map(|column| words(*column)).collect();
                let reason = format!("stands in row {before} already");
                rejected.add(number, &names.join(", "), &values.join(", "), &reason)?;
            }
        }
        for (kept, (worth, place)) in self.profiles.iter_mut().zip(worths.iter().zip(0..)) {
            kept.add(*worth, words(place));
        }
        Ok(())
    }

    /// What is wrong with a cell that can be read.
    fn fault(&mut self, place: usize, column: &Column, text: &str, worth: Worth) -> Option<String> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a limit is compared, not a sum kept"
        )]
        let number = match worth {
            Worth::Nothing if column.required => return Some("has no value".to_owned()),
            Worth::Marked if column.required && !column.markers => {
                return Some("stands for a missing value".to_owned());
            }
            Worth::Decimal(number) => Some(number),
            Worth::Integer(number) => Some(number as f64),
            _ => None,
        };
        if let Some(number) = number {
            let (least, most) = self.ranges[place];
            if let Some(least) = least.filter(|least| number < *least) {
                return Some(format!("is below the least that can be, {least}"));
            }
            if let Some(most) = most.filter(|most| number > *most) {
                return Some(format!("is above the most that can be, {most}"));
            }
        }
        let has_value = !matches!(worth, Worth::Nothing | Worth::Marked);
        if has_value && !column.values.is_empty() && !column.values.iter().any(|one| one == text) {
            return Some(format!("is none of {}", column.values.join(", ")));
        }
        let again = matches!(column.holds, ColumnType::Period | ColumnType::Area);
        if again && worth == Worth::Text && !self.known[place].contains(text) {
            // A kind of area of which no code is given is not judged.
            let is_unknown = |areas: &HashSet<&str>| {
                !areas.contains(text) && areas.iter().any(|area| same_kind(area, text))
            };
            if column.holds == ColumnType::Area && self.areas.as_ref().is_some_and(is_unknown) {
                return Some("is the code of no area that is known".to_owned());
            }
            self.known[place].insert(text.to_owned());
        }
        None
    }
}

impl Kept {
    fn add(&mut self, worth: Worth, words: &str) {
        #[expect(clippy::cast_precision_loss, reason = "shown to people, not kept")]
        let number = match worth {
            Worth::Nothing | Worth::Marked => {
                self.empty += 1;
                return;
            }
            Worth::Integer(number) => number as f64,
            Worth::Decimal(number) => number,
            Worth::Day(day) => f64::from(day),
            Worth::Boolean(_) => return,
            Worth::Text => {
                match &mut self.texts {
                    None => self.texts = Some((words.to_owned(), words.to_owned())),
                    Some((least, most)) => {
                        if words < least.as_str() {
                            words.clone_into(least);
                        } else if words > most.as_str() {
                            words.clone_into(most);
                        }
                    }
                }
                return;
            }
        };
        self.numbers = Some(self.numbers.map_or((number, number), |(least, most)| {
            (least.min(number), most.max(number))
        }));
    }

    fn profile(&self, column: &Column, heading: Option<String>) -> Profile {
        let spell = |number: f64| match column.holds {
            #[expect(clippy::cast_possible_truncation, reason = "it was a day before")]
            ColumnType::Date => cell::spell_day(number as i32),
            _ => number.to_string(),
        };
        let ends = match (&self.texts, self.numbers) {
            (Some((least, most)), _) => Some((shorten(least), shorten(most))),
            (None, Some((least, most))) => Some((spell(least), spell(most))),
            (None, None) => None,
        };
        let (least, most) = ends.unzip();
        Profile {
            name: column.name.clone(),
            heading,
            empty: self.empty,
            least,
            most,
        }
    }
}

/// The rows that break the contract.
struct Rejected<'a> {
    folder: &'a Path,
    writer: Option<csv::Writer<BufWriter<File>>>,
    count: u64,
    first: Vec<Reject>,
    most: usize,
}

impl Rejected<'_> {
    fn add(&mut self, row: u64, column: &str, value: &str, reason: &str) -> Result<(), String> {
        let cannot =
            |cause: &dyn std::fmt::Display| format!("rejected rows cannot be kept: {cause}");
        self.count += 1;
        if self.count > MOST_REJECTED {
            return Err(format!(
                "more than {MOST_REJECTED} values break the contract"
            ));
        }
        let value = shorten(value);
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                let file = File::create(self.folder.join("rejected.csv"))
                    .map_err(|cause| cannot(&cause))?;
                let mut writer = csv::Writer::from_writer(BufWriter::new(file));
                writer
                    .write_record(["row", "column", "value", "reason"])
                    .map_err(|cause| cannot(&cause))?;
                self.writer.insert(writer)
            }
        };
        writer
            .write_record([&row.to_string(), column, &value, reason])
            .map_err(|cause| cannot(&cause))?;
        if self.first.len() < self.most {
            self.first.push(Reject {
                row,
                column: column.to_owned(),
                value,
                reason: reason.to_owned(),
            });
        }
        Ok(())
    }

    fn end(&mut self) -> Result<u64, String> {
        if let Some(mut writer) = self.writer.take() {
            writer
                .flush()
                .map_err(|cause| format!("rejected rows cannot be kept: {cause}"))?;
        }
        Ok(self.count)
    }
}

fn shorten(value: &str) -> String {
    match value.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}
