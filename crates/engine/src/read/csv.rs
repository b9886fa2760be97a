//! Text with a separator: its encoding and separator are found out.

use std::{
    borrow::Cow,
    fs::File,
    io::{BufReader, Read, Seek as _, SeekFrom},
    path::Path,
};

use ::csv::{ByteRecord, ReaderBuilder, StringRecord};
use encoding_rs::WINDOWS_1252;

use super::{Sink, cannot_read, matches};

/// How much of a file is looked at to find its separator.
const LOOK: u64 = 64 << 10;
/// How many rows of it.
const ROWS: usize = 40;
/// The longest row, in bytes; a file without ends of lines is no table.
const LONGEST: usize = 16 << 20;

/// What is known of a file beforehand.
#[derive(Clone, Copy, Default)]
pub(super) struct Dialect {
    /// The separator; found out where it is not known.
    pub separator: Option<u8>,
    /// Rows before the headings.
    pub skip: usize,
}

/// Reads a file row by row. A row that is not UTF-8 is read as Windows-1252, of which Latin-1 is a
/// part: files in either have no valid UTF-8 beyond ASCII.
pub(super) fn read(
    path: &Path,
    wanted: &[Vec<String>],
    dialect: Dialect,
    sink: &mut Sink<'_>,
) -> Result<(), String> {
    let mut file = File::open(path).map_err(|cause| cannot_read(&cause))?;
    let mut start = Vec::new();
    file.by_ref()
        .take(LOOK)
        .read_to_end(&mut start)
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
    let mark = if start.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    file.seek(SeekFrom::Start(mark))
        .map_err(|cause| cannot_read(&cause))?;
    let mut reader = ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(Bounded {
            inner: BufReader::with_capacity(1 << 18, file),
            since_line: 0,
        });
    let mut record = ByteRecord::new();
    let two_signs = start.windows(2).any(|pair| pair == b"\r\n");
    let mut number = 0;
    let skip = u64::try_from(dialect.skip).unwrap_or_default();
    while reader
        .read_byte_record(&mut record)
        .map_err(|cause| cannot_read(&cause))?
    {
        number = match record.position() {
            // The reader counts the end of a line with two signs only when the next row begins.
            Some(at) => at.line() + u64::from(two_signs && at.byte() > 0),
            None => number + 1,
        };
        if number > skip {
            // A row that is UTF-8 is handed over without being copied.
            match StringRecord::from_byte_record(std::mem::take(&mut record)) {
                Ok(row) => {
                    sink(number, &row)?;
                    record = row.into_byte_record();
                }
                Err(not) => {
                    record = not.into_byte_record();
                    sink(number, &decode(&record))?;
                }
            }
        }
    }
    Ok(())
}

/// Ends the reading of a row that does not end.
struct Bounded<R> {
    inner: R,
    since_line: usize,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match buffer[..read].iter().rposition(|byte| *byte == b'\n') {
            Some(last) => self.since_line = read - last,
            None => self.since_line += read,
        }
        if self.since_line > LONGEST {
            return Err(std::io::Error::other(format!(
                "a line has more than {} MB",
                LONGEST >> 20
            )));
        }
        Ok(read)
    }
}

/// A row, read as Windows-1252 where it is no UTF-8.
fn decode(record: &ByteRecord) -> StringRecord {
    record
        .iter()
        .map(|cell| match std::str::from_utf8(cell) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => WINDOWS_1252.decode_without_bom_handling(cell).0,
        })
        .collect::<Vec<_>>()
        .into()
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
            .map(|record| (matches(&decode(&record), wanted), record.len()))
            .max()
            .unwrap_or_default()
    };
    // The first of several that are alike wins.
    [b'|', b'\t', b';', b',']
        .into_iter()
        .max_by_key(|separator| score(*separator))
        .unwrap_or(b',')
}
