//! A file of text, cut into blocks of whole rows, so that several can be read at once.
//!
//! Where a row ends is found by counting quotes: a line that ends after an even number of them ends
//! a row. That is wrong only for files with lone quotes outside of quoted cells. Whoever reads a
//! block sees that it ends within quotes, and the file is read again, row by row.

use std::{borrow::Cow, cell::Cell, fs::File, io::Read as _, path::Path};

use dfg_evidence::hash::Hashing;
use encoding_rs::WINDOWS_1252;
use memchr::{memchr_iter, memrchr};

use super::row::{Cells, End, Rows, lines};
use crate::read::cannot_read;

/// Bytes that are read at once.
const BLOCK: usize = 4 << 20;
/// The longest row, in bytes; a file without ends of lines is no table.
const LONGEST: usize = 16 << 20;

/// How a file is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// By counting quotes.
    Quick,
    /// By reading each row.
    Exact,
}

/// Why a block could not be had or read.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The file is to be cut exactly.
    Torn,
    /// What is wrong.
    Failed(String),
}

impl From<String> for Stop {
    fn from(message: String) -> Self {
        Self::Failed(message)
    }
}

/// Whole rows.
pub(crate) struct Block {
    pub(crate) text: String,
    /// The number of its first line in the file, from 1.
    pub(crate) line: u64,
    /// Whether it is the last.
    pub(crate) last: bool,
}

/// Counts the lines of a block up to places that follow upon each other.
pub(crate) struct Lines<'a> {
    block: &'a Block,
    /// The place counted to, and the number of its line.
    counted: Cell<(usize, u64)>,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(block: &'a Block) -> Self {
        Self {
            block,
            counted: Cell::new((0, block.line)),
        }
    }

    /// The number of the line in which a place lies.
    pub(crate) fn number(&self, place: usize) -> u64 {
        let (from, line) = self.counted.get();
        let number = line + lines(&self.block.text.as_bytes()[from..place]);
        self.counted.set((place, number));
        number
    }
}

/// Cuts a file.
pub(crate) struct Blocks {
    file: File,
    cut: Cut,
    separator: u8,
    /// Whether lines end with carriage returns alone.
    returns: bool,
    /// What was read and not yet given out.
    rest: Vec<u8>,
    line: u64,
    ended: bool,
    hashing: Hashing,
    bytes: u64,
}

impl Blocks {
    /// Opens a file that begins with a mark of so many bytes.
    pub(crate) fn open(
        path: &Path,
        cut: Cut,
        separator: u8,
        returns: bool,
        mark: usize,
    ) -> Result<Self, String> {
        let mut file = File::open(path).map_err(|cause| cannot_read(&cause))?;
        let mut start = vec![0; mark];
        file.read_exact(&mut start)
            .map_err(|cause| cannot_read(&cause))?;
        let mut hashing = Hashing::default();
        hashing.update(&start);
        Ok(Self {
            file,
            cut,
            separator,
            returns,
            rest: Vec::new(),
            line: 1,
            ended: false,
            hashing,
            bytes: u64::try_from(mark).unwrap_or_default(),
        })
    }

    /// The next block, until the file ends.
    pub(crate) fn next(&mut self) -> Option<Result<Block, Stop>> {
        if self.ended {
            return None;
        }
        let block = self.read();
        self.ended |= block.is_err();
        Some(block)
    }

    fn read(&mut self) -> Result<Block, Stop> {
        let mut bytes = std::mem::take(&mut self.rest);
        let end = loop {
            self.fill(&mut bytes)?;
            if self.ended {
                break bytes.len();
            }
            match self.end_of_rows(&bytes) {
                Some(end) => break end,
                None if bytes.len() <= LONGEST => {}
                None if self.cut == Cut::Quick => return Err(Stop::Torn),
                None => {
                    return Err(Stop::Failed(format!(
                        "the file cannot be read: a row has more than {} MB",
                        LONGEST >> 20
                    )));
                }
            }
        };
        self.rest = bytes.split_off(end);
        let line = self.line;
        self.line += lines(&bytes);
        Ok(Block {
            text: decode(bytes),
            line,
            last: self.ended,
        })
    }

    /// Reads on behind what there is.
    fn fill(&mut self, bytes: &mut Vec<u8>) -> Result<(), String> {
        let from = bytes.len();
        bytes.reserve(BLOCK);
        let mut part = (&mut self.file).take(BLOCK as u64);
        let read = part
            .read_to_end(bytes)
            .map_err(|cause| cannot_read(&cause))?;
        self.ended = read < BLOCK;
        let new = &mut bytes[from..];
        self.hashing.update(new);
        self.bytes += u64::try_from(read).unwrap_or_default();
        if self.returns {
            for byte in new.iter_mut().filter(|byte| **byte == b'\r') {
                *byte = b'\n';
            }
        }
        Ok(())
    }

    /// Where the last whole row ends.
    fn end_of_rows(&self, bytes: &[u8]) -> Option<usize> {
        match self.cut {
            Cut::Quick => {
                let mut even = quotes(bytes).is_multiple_of(2);
                let mut end = bytes.len();
                while let Some(found) = memrchr(b'\n', &bytes[..end]) {
                    even ^= !quotes(&bytes[found..end]).is_multiple_of(2);
                    if even {
                        return Some(found + 1);
                    }
                    end = found;
                }
                None
            }
            Cut::Exact => {
                let text = match std::str::from_utf8(bytes) {
                    Ok(text) => Cow::Borrowed(text),
                    // Only the places of signs that every encoding has are looked at.
                    Err(_) => Cow::Owned(
                        bytes
                            .iter()
                            .map(|byte| {
                                if byte.is_ascii() {
                                    char::from(*byte)
                                } else {
                                    '?'
                                }
                            })
                            .collect(),
                    ),
                };
                let mut rows = Rows::new(&text, self.separator);
                let mut cells = Cells::default();
                let mut end = None;
                while let Some(found) = rows.next(&mut cells) {
                    if found.end == End::Line {
                        end = Some(rows.position());
                    }
                }
                end
            }
        }
    }

    /// The hash of the file and its size, once it has ended.
    pub(crate) fn source(self) -> Option<(String, u64)> {
        let is_whole = self.ended && self.rest.is_empty();
        is_whole.then(|| (self.hashing.finish(), self.bytes))
    }
}

fn quotes(bytes: &[u8]) -> usize {
    memchr_iter(b'"', bytes).count()
}

/// Text as UTF-8. A line that is none is read as Windows-1252, of which Latin-1 is a part: files in
/// either have no valid UTF-8 beyond ASCII.
fn decode(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|not| {
        let mut text = String::with_capacity(not.as_bytes().len() * 5 / 4);
        for line in not.as_bytes().split_inclusive(|byte| *byte == b'\n') {
            match std::str::from_utf8(line) {
                Ok(line) => text.push_str(line),
                Err(_) => text.push_str(&WINDOWS_1252.decode_without_bom_handling(line).0),
            }
        }
        text
    })
}
