//! Text with a separator: its encoding and separator are found out.

mod block;
mod row;

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use ::csv::{ReaderBuilder, StringRecord};

pub(crate) use self::{
    block::{Block, Blocks, Cut, Lines, Stop},
    row::{Cells, End, Rows},
};
use super::{cannot_read, matches, plain};

/// How much of a file is looked at to find its separator.
const LOOK: u64 = 64 << 10;
/// How many rows of it.
const ROWS: usize = 40;
/// The mark of UTF-8 with which some files begin.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// What is known of a file beforehand.
#[derive(Clone, Default)]
pub(crate) struct Dialect {
    /// The separator; found out where it is not known.
    pub(crate) separator: Option<u8>,
    /// Rows before the headings.
    pub(crate) skip: u64,
    /// Other names for the columns, in their order.
    pub(crate) titles: Vec<Vec<String>>,
}

/// A file of text, looked at and ready to be read.
pub(crate) struct Text {
    pub(crate) path: PathBuf,
    pub(crate) separator: u8,
    wanted: Vec<Vec<String>>,
    dialect: Dialect,
    mark: usize,
    /// Whether lines end with carriage returns alone.
    returns: bool,
}

impl Text {
    /// Looks at the start of a file.
    pub(super) fn open(
        path: &Path,
        wanted: &[Vec<String>],
        dialect: Dialect,
    ) -> Result<Self, String> {
        let mut start = Vec::new();
        File::open(path)
            .and_then(|file| file.take(LOOK).read_to_end(&mut start))
            .map_err(|cause| cannot_read(&cause))?;
        if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
            return Err("the file is UTF-16 text: save it as UTF-8".to_owned());
        }
        if start.iter().take(4096).any(|byte| *byte == 0) {
            return Err("the file is not text".to_owned());
        }
        let separator = dialect
            .separator
            .unwrap_or_else(|| find_separator(&start, wanted));
        let mark = if start.starts_with(MARK) {
            MARK.len()
        } else {
            0
        };
        Ok(Self {
            path: path.to_owned(),
            separator,
            wanted: wanted.to_vec(),
            dialect,
            mark,
            returns: start.contains(&b'\r') && !start.contains(&b'\n'),
        })
    }

    /// Begins to read it.
    pub(crate) fn blocks(&self, cut: Cut) -> Result<Blocks, String> {
        Blocks::open(&self.path, cut, self.separator, self.returns, self.mark)
    }

    /// The first rows with their numbers, as far as they lie in the first block, and where in it
    /// each ends.
    pub(crate) fn head(
        &self,
        block: &Block,
        most: usize,
    ) -> (Vec<(u64, StringRecord)>, Vec<usize>) {
        let mut rows = Rows::new(&block.text, self.separator);
        let lines = Lines::of(block);
        let mut cells = Cells::default();
        let (mut head, mut ends) = (Vec::new(), Vec::new());
        let mut titles = Some(self.dialect.titles.as_slice()).filter(|titles| !titles.is_empty());
        while head.len() < most
            && let Some(found) = rows.next(&mut cells)
        {
            let number = lines.number(found.start);
            if number <= self.dialect.skip {
                continue;
            }
            let row = (0..cells.len()).map(|place| cells.get(&block.text, place));
            let row: StringRecord = row.collect();
            let row = match titles.take() {
                // The first row bears titles; a column goes by any of its names.
                Some(titles) => by_wanted(&row, titles, &self.wanted),
                None => row,
            };
            head.push((number, row));
            ends.push(rows.position());
        }
        (head, ends)
    }
}

/// The separator with which a row has most of the headings wanted, else most cells.
fn find_separator(start: &[u8], wanted: &[Vec<String>]) -> u8 {
    let score = |separator: u8| {
        let reader = ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .flexible(true)
            .from_reader(start);
        reader
            .into_byte_records()
            .take(ROWS)
            .map_while(Result::ok)
            .map(|record| {
                let row = StringRecord::from_byte_record_lossy(record);
                (matches(&row, wanted), row.len())
            })
            .max()
            .unwrap_or_default()
    };
    // The last of several that are alike wins.
    [b'|', b'\t', b';', b',']
        .into_iter()
        .max_by_key(|separator| score(*separator))
        .unwrap_or(b',')
}

/// The headings, each as the one that is wanted where one of its names is.
fn by_wanted(row: &StringRecord, names: &[Vec<String>], wanted: &[Vec<String>]) -> StringRecord {
    let named = row.iter().enumerate().map(|(place, heading)| {
        let known = names.get(place).into_iter().flatten().map(String::as_str);
        let mut known = std::iter::once(heading).chain(known);
        let is_wanted = |name: &&str| {
            let name = plain(name);
            wanted.iter().flatten().any(|one| plain(one) == name)
        };
        known.find(is_wanted).unwrap_or(heading).to_owned()
    });
    named.collect::<Vec<_>>().into()
}
