//! Reads the text of a CSV file into rows of cells that know where they stand.
//!
//! Strict where most readers are lenient (RFC 4180): a quote inside an unquoted cell, a text after
//! a closing quote and a quote that is never closed are faults, because each of them silently moves
//! cells. A test compares it with the `csv` crate on tables without such faults.

use std::{borrow::Cow, ops::Range};

use crate::diagnostic::{Diagnostic, MAX_FAULTS, Text};

/// One cell.
#[derive(Clone, Debug)]
pub(crate) struct Cell<'a> {
    /// What it holds: without quotes; trimmed where it is not quoted.
    pub text: Cow<'a, str>,
    /// Bytes of the cell as written, with quotes and the spaces around it.
    pub span: Range<usize>,
    /// Where what it holds begins.
    pub start: usize,
}

/// One row that is not blank.
#[derive(Clone, Debug)]
pub(crate) struct Row<'a> {
    pub cells: Vec<Cell<'a>>,
    /// Bytes of the row without its line end.
    pub span: Range<usize>,
}

/// The rows of a table, the header first.
#[derive(Debug, Default)]
pub(crate) struct Grid<'a> {
    pub rows: Vec<Row<'a>>,
    pub faults: Vec<Diagnostic>,
    /// Whether the rows below the last fault are not known.
    pub cut_off: bool,
}

/// Reads a table. A byte-order mark before it is passed over.
pub(crate) fn read<'a>(text: &'a Text<'_>) -> Grid<'a> {
    let source = text.source.as_ref();
    let mut reader = Reader {
        text,
        source,
        at: if source.starts_with('\u{feff}') { 3 } else { 0 },
        grid: Grid::default(),
    };
    while reader.at < source.len() {
        reader.read_row();
        if reader.grid.faults.len() > MAX_FAULTS {
            reader.grid.cut_off = true;
            break;
        }
    }
    reader.grid
}

struct Reader<'a, 't> {
    text: &'a Text<'t>,
    source: &'a str,
    at: usize,
    grid: Grid<'a>,
}

impl<'a> Reader<'a, '_> {
    fn read_row(&mut self) {
        let start = self.at;
        let mut cells = Vec::new();
        loop {
            cells.push(self.read_cell());
            match self.peek() {
                Some(b',') => self.at += 1,
                _ => break,
            }
        }
        let span = start..self.at;
        self.skip_line_end();
        let blank = cells.len() == 1
            && cells
                .iter()
                .all(|cell| cell.span.is_empty() || is_blank(cell));
        if !blank {
            self.grid.rows.push(Row { cells, span });
        }
    }

    fn peek(&self) -> Option<u8> {
        self.source.as_bytes().get(self.at).copied()
    }

    fn skip_line_end(&mut self) {
        if self.peek() == Some(b'\r') {
            self.at += 1;
        }
        if self.peek() == Some(b'\n') {
            self.at += 1;
        }
    }

    /// How many bytes there are up to the end of an unquoted stretch.
    fn stretch(&self) -> usize {
        let rest = &self.source[self.at..];
        let ends = |(at, byte): (usize, u8)| {
            let line_end = byte == b'\n' || (byte == b'\r' && rest[at + 1..].starts_with('\n'));
            (byte == b',' || line_end).then_some(at)
        };
        let found = rest.bytes().enumerate().find_map(ends);
        found.unwrap_or(rest.len())
    }

    fn read_cell(&mut self) -> Cell<'a> {
        let start = self.at;
        let source = self.source;
        let end = start + self.stretch();
        let written = &source[start..end];
        let indent = written.len() - written.trim_start_matches([' ', '\t']).len();
        if source[start + indent..].starts_with('"') {
            self.at = start + indent;
            return self.read_quoted(start);
        }
        self.at = end;
        if let Some(quote) = written.find('"') {
            let fault = self.text.fault(
                start + quote,
                "a quote stands inside a cell that does not begin with one",
            );
            let cell = written.trim().replace('"', "\"\"");
            self.grid
                .faults
                .push(fault.with_hint(format!("\"{cell}\"")));
        }
        Cell {
            text: written.trim().into(),
            span: start..end,
            start: start + indent,
        }
    }

    /// Reads a quoted cell; the reader stands at its opening quote.
    fn read_quoted(&mut self, start: usize) -> Cell<'a> {
        let source = self.source;
        let open = self.at;
        let mut from = open + 1;
        let mut text = Cow::Borrowed("");
        loop {
            let Some(length) = source[from..].find('"') else {
                let fault = self
                    .text
                    .fault(open, "a quote that opens here is never closed");
                self.grid.faults.push(fault);
                self.grid.cut_off = true;
                text += &source[from..];
                self.at = source.len();
                break;
            };
            text += &source[from..from + length];
            from += length + 1;
            if source[from..].starts_with('"') {
                text += "\"";
                from += 1;
                continue;
            }
            self.at = from;
            let rest = self.stretch();
            let after = &source[from..from + rest];
            if !after.trim().is_empty() {
                let indent = after.len() - after.trim_start().len();
                let fault = self.text.fault(
                    from + indent,
                    "a text follows the closing quote of its cell",
                );
                self.grid
                    .faults
                    .push(fault.with_hint("a quote inside a quoted cell twice: \"\""));
            }
            self.at = from + rest;
            break;
        }
        Cell {
            text,
            span: start..self.at,
            start: open + 1,
        }
    }
}

fn is_blank(cell: &Cell<'_>) -> bool {
    cell.text.is_empty()
}

/// A text as a cell: quoted where it would not read back otherwise.
pub(crate) fn write_cell(text: &str) -> String {
    let plain = !text.contains([',', '"', '\n', '\r', '\u{feff}']) && text.trim() == text;
    if plain {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('"', "\"\""))
    }
}

/// Splits a list cell at semicolons. A backslash takes the next character as it is.
pub(crate) fn split_list(text: &str) -> Vec<(String, Range<usize>)> {
    let mut items = Vec::new();
    let mut start = 0;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ';' => {
                items.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    items.push(start..text.len());
    let items = items.into_iter().map(|range| {
        let written = &text[range.clone()];
        let indent = written.len() - written.trim_start().len();
        (read_item(written), range.start + indent..range.end)
    });
    items.filter(|(item, _)| !item.is_empty()).collect()
}

fn read_item(written: &str) -> String {
    let mut item = String::new();
    // How much of the item must stay when spaces at its end go.
    let mut kept = 0;
    let mut characters = written.trim_start().chars();
    while let Some(character) = characters.next() {
        if character == '\\' {
            item.extend(characters.next());
            kept = item.len();
        } else {
            item.push(character);
            if !character.is_whitespace() {
                kept = item.len();
            }
        }
    }
    item.truncate(kept);
    item
}

/// Joins items into a list cell: what [`split_list`] reads back.
pub(crate) fn join_list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    let items: Vec<String> = items.map(write_item).collect();
    items.join(";")
}

fn write_item(item: &str) -> String {
    let outer_start = item.len() - item.trim_start().len();
    let outer_end = item.trim_end().len();
    let mut written = String::new();
    for (at, character) in item.char_indices() {
        let outer = at < outer_start || at >= outer_end;
        if matches!(character, ';' | '\\') || outer {
            written.push('\\');
        }
        written.push(character);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(source: &str) -> Vec<Vec<String>> {
        let text = Text::new("a.csv", source);
        let grid = read(&text);
        assert_eq!(grid.faults, [], "{source:?}");
        let rows = grid.rows.iter();
        rows.map(|row| row.cells.iter().map(|cell| cell.text.to_string()).collect())
            .collect()
    }

    #[test]
    fn reads_what_spreadsheets_write() {
        for (source, expected) in [
            ("a,b\n1,2\n", vec![vec!["a", "b"], vec!["1", "2"]]),
            (
                "\u{feff}a\r\n\"x\r\ny\"\r\n",
                vec![vec!["a"], vec!["x\r\ny"]],
            ),
            (" a , \" b \" \n,", vec![vec!["a", " b "], vec!["", ""]]),
            ("\"a\"\"b\",\"\"", vec![vec!["a\"b", ""]]),
            ("a\n\n  \nb", vec![vec!["a"], vec!["b"]]),
            ("", vec![]),
        ] {
            assert_eq!(cells(source), expected, "{source:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn tables_read_as_the_csv_crate_reads_them(
            rows in proptest::collection::vec(
                proptest::collection::vec("[a-z ,;\"\n\r\u{e9}]{0,6}", 2..5), 1..6,
            ),
        ) {
            let lines: Vec<String> = rows
                .iter()
                .map(|row| row.iter().map(|cell| write_cell(cell)).collect::<Vec<_>>().join(","))
                .collect();
            let source = lines.join("\r\n");
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(source.as_bytes());
            let theirs: Vec<Vec<String>> = reader
                .records()
                .map(|row| row.unwrap().iter().map(str::to_owned).collect())
                .collect();
            proptest::prop_assert_eq!(&theirs, &rows);
            proptest::prop_assert_eq!(cells(&source), rows);
        }
    }

    #[test]
    fn stray_quotes_are_told() {
        for (source, place, message) in [
            ("a,b\n5\" pipe,2\n", (2, 2), "inside a cell"),
            ("a,b\n\"x\"y,2\n", (2, 4), "follows the closing quote"),
            ("a,b\n1,\"x\n2,3\n", (2, 3), "never closed"),
        ] {
            let text = Text::new("a.csv", source);
            let grid = read(&text);
            let fault = &grid.faults[0];
            assert_eq!((fault.line, fault.column), place, "{source:?}");
            assert!(fault.message.contains(message), "{fault}");
        }
    }

    #[test]
    fn lists_split_and_join() {
        let split = |text: &str| -> Vec<String> {
            split_list(text).into_iter().map(|(item, _)| item).collect()
        };
        assert_eq!(split("a; b ;;c"), ["a", "b", "c"]);
        assert_eq!(split(""), Vec::<String>::new());
        assert_eq!(split(r"a\;b;\ c\ "), ["a;b", " c "]);
        for items in [vec!["a"], vec!["a;b", "\\", " c ", "d\ne"]] {
            assert_eq!(split(&join_list(items.iter().copied())), items);
        }
        assert_eq!(split_list("a; b")[1].1, 3..4);
    }
}
