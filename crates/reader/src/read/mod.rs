//! Readers: any published format as rows of text.
//!
//! A reader hands over rows with their number in the file, the row of headings among them where the
//! format has one; what the rows mean is the contract's ([`crate::convert`]). Text is handed over as
//! it is, since its rows can be found in several places at once.

pub(crate) mod csv;
mod csvw;
mod geo;
mod json_stat;
mod parquet;
mod workbook;
mod zip;

use std::{fs::File, io::Read as _, path::Path};

use ::csv::StringRecord;
use dfg_evidence::job::ConvertJob;
pub(crate) use dfg_evidence::refresh::fits;
use dfg_plan::record::{Dataset, Format};

use self::csv::{Dialect, Text};

/// Takes what is read. An error ends the reading.
pub(crate) trait Sink {
    /// Takes a row; its number counts from 1.
    fn row(&mut self, number: u64, row: &StringRecord) -> Result<(), String>;

    /// Takes a file of text, whole.
    fn text(&mut self, text: &Text) -> Result<(), String>;
}

/// Reads a job's file.
pub(crate) fn read(job: &ConvertJob, sink: &mut dyn Sink) -> Result<(), String> {
    let dataset = &job.dataset;
    let is_book = matches!(dataset.format, Format::Xlsx | Format::Ods);
    let packed = begins_with(&job.file, b"PK\x03\x04")? && (!is_book || dataset.inside.is_some());
    if packed {
        let unpacked = zip::unpack(&job.file, dataset, &job.out)?;
        return read_file(unpacked.path(), dataset, sink);
    }
    read_file(&job.file, dataset, sink)
}

fn read_file(path: &Path, dataset: &Dataset, sink: &mut dyn Sink) -> Result<(), String> {
    match dataset.format {
        Format::Csv => {
            let text = Text::open(path, &wanted(dataset), Dialect::default())?;
            sink.text(&text)
        }
        Format::Csvw => sink.text(&csvw::open(path, &wanted(dataset))?),
        Format::Xlsx => workbook::read_xlsx(path, dataset.sheet.as_deref(), sink),
        Format::Ods => workbook::read_ods(path, dataset.sheet.as_deref(), sink),
        Format::JsonStat => json_stat::read(path, sink),
        Format::GeoJson => geo::read_geojson(path, sink),
        Format::TopoJson => geo::read_topojson(path, dataset.sheet.as_deref(), sink),
        Format::Parquet => parquet::read(path, sink),
    }
}

/// The headings by which each column may go.
pub(crate) fn wanted(dataset: &Dataset) -> Vec<Vec<String>> {
    let headings = |column: &dfg_plan::record::Column| {
        let mut known = column.headings.clone();
        known.push(column.name.clone());
        known
    };
    dataset.columns.iter().map(headings).collect()
}

/// A heading as it is compared: without spaces around it, byte-order mark and case.
pub(crate) fn plain(heading: &str) -> String {
    let text = heading.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// How many of the columns wanted a row of headings has.
pub(crate) fn matches(row: &StringRecord, wanted: &[Vec<String>]) -> usize {
    let found: std::collections::BTreeSet<String> = row.iter().map(plain).collect();
    let has = |known: &&Vec<String>| known.iter().any(|heading| found.contains(&plain(heading)));
    wanted.iter().filter(has).count()
}

fn begins_with(path: &Path, sign: &[u8]) -> Result<bool, String> {
    let mut start = Vec::new();
    let length = u64::try_from(sign.len()).unwrap_or_default();
    File::open(path)
        .and_then(|file| file.take(length).read_to_end(&mut start))
        .map_err(|cause| cannot_read(&cause))?;
    Ok(start == sign)
}

pub(crate) fn cannot_read(cause: &impl std::fmt::Display) -> String {
    format!("the file cannot be read: {cause}")
}
