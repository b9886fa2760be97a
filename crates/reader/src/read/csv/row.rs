//! Rows of text as RFC 4180 has them, found in a block that lies in memory.
//!
//! A quote opens a cell only where the cell begins; elsewhere it is a sign like any other, as in
//! `3.5" disk`. Lines may end with either sign or both.

use memchr::{memchr, memchr_iter, memchr3};

/// How many words of eight bytes a cell is looked through by before leaps are worth it.
const NEAR: usize = 2;

/// The cells of a row.
#[derive(Default)]
pub(crate) struct Cells {
    spans: Vec<Span>,
    /// What stands in cells that have quotes within.
    own: String,
}

#[derive(Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    /// Whether it lies in `own` instead of in the block.
    own: bool,
}

impl Cells {
    /// The cell at a place, nothing where the row is shorter.
    pub(crate) fn get<'a>(&'a self, block: &'a str, place: usize) -> &'a str {
        match self.spans.get(place) {
            Some(span) if span.own => &self.own[span.start..span.end],
            Some(span) => &block[span.start..span.end],
            None => "",
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }
}

/// A row that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where it begins in the block.
    pub(crate) start: usize,
    /// How it ended.
    pub(crate) end: End,
}

/// How a row ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With its line.
    Line,
    /// With the block.
    Block,
    /// With the block, within quotes.
    Within,
}

/// Walks through the rows of a block.
pub(crate) struct Rows<'a> {
    block: &'a str,
    separator: u8,
    at: usize,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(block: &'a str, separator: u8) -> Self {
        Self {
            block,
            separator,
            at: 0,
        }
    }

    /// Where the next row begins.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Finds the next row that is not an empty line.
    pub(crate) fn next(&mut self, cells: &mut Cells) -> Option<Found> {
        let bytes = self.block.as_bytes();
        while let Some(b'\n' | b'\r') = bytes.get(self.at) {
            self.at += 1;
        }
        if self.at >= bytes.len() {
            return None;
        }
        cells.spans.clear();
        cells.own.clear();
        let start = self.at;
        loop {
            let within = match bytes.get(self.at) {
                Some(b'"') => self.quoted(bytes, cells),
                _ => {
                    let from = self.at;
                    self.at = self.end_of_cell(bytes, from);
                    cells.spans.push(Span {
                        start: from,
                        end: self.at,
                        own: false,
                    });
                    false
                }
            };
            let end = match bytes.get(self.at) {
                _ if within => End::Within,
                None => End::Block,
                Some(byte) if *byte == self.separator => {
                    self.at += 1;
                    continue;
                }
                Some(_) => {
                    self.at += 1;
                    End::Line
                }
            };
            return Some(Found { start, end });
        }
    }

    /// Reads a cell in quotes; whether the block ends within it.
    #[inline]
    fn quoted(&mut self, bytes: &[u8], cells: &mut Cells) -> bool {
        let start = self.at + 1;
        let mut span = Span {
            start,
            end: start,
            own: false,
        };
        let mut from = start;
        let within = loop {
            let Some(quote) = find(bytes, from, [b'"'], |rest| memchr(b'"', rest)) else {
                self.at = bytes.len();
                break true;
            };
            if bytes.get(quote + 1) != Some(&b'"') {
                self.at = quote;
                break false;
            }
            // Two quotes stand for one.
            span = cells.keep(span, &self.block[from..=quote]);
            from = quote + 2;
        };
        if span.own {
            span = cells.keep(span, &self.block[from..self.at]);
        } else {
            span.end = self.at;
        }
        if !within {
            self.at += 1;
            let is_end = |byte: &u8| [self.separator, b'\n', b'\r'].contains(byte);
            if !bytes.get(self.at).is_none_or(is_end) {
                // What stands behind the closing quote belongs to the cell.
                let end = self.end_of_cell(bytes, self.at);
                if !span.own {
                    span = cells.keep(span, &self.block[span.start..span.end]);
                }
                span = cells.keep(span, &self.block[self.at..end]);
                self.at = end;
            }
        }
        cells.spans.push(span);
        within
    }

    #[inline]
    fn end_of_cell(&self, bytes: &[u8], from: usize) -> usize {
        let separator = self.separator;
        find(bytes, from, [separator, b'\n', b'\r'], |rest| {
            memchr3(separator, b'\n', b'\r', rest)
        })
        .unwrap_or(bytes.len())
    }
}

impl Cells {
    /// Puts a part of a cell behind what is kept of it.
    fn keep(&mut self, span: Span, part: &str) -> Span {
        let start = if span.own { span.start } else { self.own.len() };
        self.own.push_str(part);
        Span {
            start,
            end: self.own.len(),
            own: true,
        }
    }
}

/// The first of some bytes: near by in words, further on by leaps, which pay for long cells only.
#[inline]
fn find<const N: usize>(
    bytes: &[u8],
    from: usize,
    wanted: [u8; N],
    leap: impl Fn(&[u8]) -> Option<usize>,
) -> Option<usize> {
    let mut at = from;
    for _ in 0..NEAR {
        let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk) else {
            break;
        };
        let found = wanted.iter().fold(0, |found, byte| {
            found | holds(u64::from_le_bytes(*word), *byte)
        });
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    leap(&bytes[at..]).map(|found| at + found)
}

/// The highest bit of the first byte of a word that is the one wanted; bits above it mean nothing.
#[inline]
fn holds(word: u64, byte: u8) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let same = word ^ (ONES * u64::from(byte));
    same.wrapping_sub(ONES) & !same & HIGH
}

/// How many lines end in a text.
pub(crate) fn lines(text: &[u8]) -> u64 {
    u64::try_from(memchr_iter(b'\n', text).count()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, separator: u8) -> Vec<Vec<String>> {
        let mut rows = Rows::new(text, separator);
        let mut cells = Cells::default();
        let mut all = Vec::new();
        while rows.next(&mut cells).is_some() {
            let cell = |place| cells.get(text, place).to_owned();
            all.push((0..cells.len()).map(cell).collect());
        }
        all
    }

    fn as_the_library(text: &str, separator: u8) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let rows = reader.records();
        rows.map(|row| row.unwrap().iter().map(str::to_owned).collect())
            .collect()
    }

    /// The same rows as the `csv` crate finds, whatever stands in a file.
    #[test]
    fn rows_are_those_that_the_csv_crate_finds() {
        let words = [
            "a",
            "b c",
            "é",
            ",",
            ",",
            ";",
            "\"",
            "\"",
            "\n",
            "\r",
            "\r\n",
            "\",\"",
            "longer than near",
        ];
        let mut state = 20_261_124_u64;
        let mut dice = |sides: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % 1_000_003).unwrap() % sides
        };
        for _ in 0..20_000 {
            let text: String = (0..dice(24)).map(|_| words[dice(words.len())]).collect();
            for separator in [b',', b';'] {
                assert_eq!(
                    rows(&text, separator),
                    as_the_library(&text, separator),
                    "{text:?}"
                );
            }
        }
    }

    #[test]
    fn it_is_told_how_a_row_ended() {
        let ends = |text: &str| {
            let mut rows = Rows::new(text, b',');
            let mut cells = Cells::default();
            let mut ends = Vec::new();
            while let Some(found) = rows.next(&mut cells) {
                ends.push((found.start, found.end));
            }
            ends
        };
        assert_eq!(ends("a,b\n\nc"), [(0, End::Line), (5, End::Block)]);
        assert_eq!(ends("\"a\nb\"\r\n\"c"), [(0, End::Line), (7, End::Within)]);
        assert_eq!(ends("5\" pipe,\"x\"\n"), [(0, End::Line)]);
    }
}
