//! What is wrong with a region folder: file, line, column, and what to write instead.

use std::{
    borrow::Cow,
    cell::{Cell, OnceCell},
    fmt,
};

use serde::Serialize;

/// One fault of a region folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Diagnostic {
    /// The file, relative to the folder, with `/`.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// A fault of a file as a whole.
    pub(crate) fn of_file(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            line: 1,
            column: 1,
            message: message.into(),
            hint: None,
        }
    }

    /// The same fault with what to write instead.
    #[must_use]
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            column,
            message,
            hint,
        } = self;
        write!(f, "{path}:{line}:{column}: {message}")?;
        match hint {
            Some(hint) => write!(f, "\n  write instead: {hint}"),
            None => Ok(()),
        }
    }
}

/// The most faults that are told of one file: whoever made more has one cause, not thousands.
pub(crate) const MAX_FAULTS: usize = 1_000;

/// A file's text, which can tell the line and column of a byte.
pub(crate) struct Text<'a> {
    /// The file, relative to the folder.
    pub path: &'a str,
    /// What is read; in files that end their lines with CR LF, with LF alone.
    pub source: Cow<'a, str>,
    starts: OnceCell<Vec<usize>>,
    /// The last place told: its byte and its column. Places mostly come in order, and a line may be
    /// as long as its file.
    last: Cell<(usize, usize)>,
}

impl<'a> Text<'a> {
    /// The text of a file as it is.
    pub fn new(path: &'a str, source: impl Into<Cow<'a, str>>) -> Self {
        Self {
            path,
            source: source.into(),
            starts: OnceCell::new(),
            last: Cell::new((0, 1)),
        }
    }

    /// The text with LF line ends. Lines and columns stay where they were.
    ///
    /// The first line decides, so that a lone CR LF inside a Markdown text stays as it is.
    pub fn with_unix_lines(path: &'a str, text: &'a str) -> Self {
        if has_windows_lines(text) {
            Self::new(path, text.replace("\r\n", "\n"))
        } else {
            Self::new(path, text)
        }
    }

    /// Line and column of a byte, both from 1, the column in characters.
    pub fn place_of(&self, offset: usize) -> (usize, usize) {
        let starts = self.starts.get_or_init(|| {
            let line_ends = self.source.bytes().enumerate();
            std::iter::once(0)
                .chain(line_ends.filter_map(|(at, byte)| (byte == b'\n').then_some(at + 1)))
                .collect()
        });
        let offset = offset.min(self.source.len());
        let line = starts.partition_point(|start| *start <= offset).max(1);
        let start = starts.get(line - 1).copied().unwrap_or_default();
        let (known, column) = match self.last.get() {
            last if (start..=offset).contains(&last.0) => last,
            _ => (start, 1),
        };
        let between = self.source.as_bytes().get(known..offset);
        // A character's first byte is any but a continuation byte.
        let is_first = |byte: &&u8| **byte & 0xc0 != 0x80;
        let column = column + between.unwrap_or_default().iter().filter(is_first).count();
        self.last.set((offset, column));
        // Editors do not show a byte-order mark.
        let mark = line == 1 && column > 1 && self.source.starts_with('\u{feff}');
        (line, column - usize::from(mark))
    }

    /// A fault at a byte.
    pub fn fault(&self, offset: usize, message: impl Into<String>) -> Diagnostic {
        let (line, column) = self.place_of(offset);
        Diagnostic {
            path: self.path.to_owned(),
            line,
            column,
            message: message.into(),
            hint: None,
        }
    }
}

/// Whether a text's first line ends with CR LF.
pub(crate) fn has_windows_lines(text: &str) -> bool {
    text.find('\n')
        .is_some_and(|end| text[..end].ends_with('\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let text = Text::new("a", "é=1\nab");
        assert_eq!(text.place_of(0), (1, 1));
        assert_eq!(text.place_of(2), (1, 2));
        assert_eq!(text.place_of(5), (2, 1));
        assert_eq!(text.place_of(7), (2, 3));
        assert_eq!(text.place_of(99), (2, 3));
        assert_eq!(text.place_of(2), (1, 2), "also when asked again");
        assert_eq!(Text::new("a", "\u{feff}ab").place_of(4), (1, 2));
    }

    #[test]
    fn shows_place_and_remedy() {
        let fault = Text::new("themes/a.md", "x\ny").fault(2, "wrong");
        assert_eq!(
            fault.clone().with_hint("z").to_string(),
            "themes/a.md:2:1: wrong\n  write instead: z"
        );
        assert_eq!(fault.to_string(), "themes/a.md:2:1: wrong");
    }
}
