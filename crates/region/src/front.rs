//! Splits a Markdown file into its TOML front matter and its text.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, Text};

/// The line that opens and closes front matter.
pub(crate) const FENCE: &str = "+++";

/// The two parts of a Markdown file.
pub(crate) struct Front {
    /// Bytes of the TOML.
    pub matter: Range<usize>,
    /// Bytes of the text: without one blank line before it and without the last line end.
    pub body: Range<usize>,
}

/// Finds the front matter: between a first line `+++` and the next such line.
pub(crate) fn split(text: &Text<'_>) -> Result<Front, Diagnostic> {
    let source = text.source.as_ref();
    let mut lines = source.split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    if !is_fence(first) {
        let message = "the file does not begin with front matter between two lines +++";
        let fault = text.fault(0, message);
        return Err(match first.trim_end() {
            "---" => fault.with_hint("+++ above and below, and TOML between: title = \"…\""),
            _ => fault.with_hint("+++"),
        });
    }
    let mut at = first.len();
    for line in lines {
        if is_fence(line) {
            let end = at + line.len();
            return Ok(Front {
                matter: first.len()..at,
                body: trim_body(source, end),
            });
        }
        at += line.len();
    }
    let message = "the front matter that begins here has no closing line +++";
    Err(text
        .fault(0, message)
        .with_hint("+++ on a line of its own after the last field"))
}

fn is_fence(line: &str) -> bool {
    line.trim_end() == FENCE
}

fn trim_body(source: &str, start: usize) -> Range<usize> {
    let rest = &source[start..];
    let start = start + usize::from(rest.starts_with('\n'));
    let end = source.len() - usize::from(source[start..].ends_with('\n'));
    start..end
}

/// Joins front matter and text into a file: what [`split`] reads back.
pub(crate) fn join(matter: &str, body: &str) -> String {
    let mut file = format!("{FENCE}\n{matter}{FENCE}\n");
    if !body.is_empty() {
        file.push('\n');
        file.push_str(body);
        file.push('\n');
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_joined_splits_again() {
        for body in ["", "a", "a\n", "\na", "\n", "+++", "\n+++\n\n", "a\r\nb"] {
            let file = join("x = 1\n", body);
            let text = Text::with_unix_lines("a.md", &file);
            let front = split(&text).unwrap();
            assert_eq!(&text.source[front.matter], "x = 1\n", "{body:?}");
            assert_eq!(&text.source[front.body], body, "{body:?}");
        }
    }

    #[test]
    fn the_text_begins_after_one_blank_line() {
        for (file, body) in [
            ("+++\n+++", ""),
            ("+++\n+++\n\n", ""),
            ("+++\n+++ \ntext\n", "text"),
            ("+++\r\n+++\r\n\r\ntext\r\n", "text"),
        ] {
            let text = Text::with_unix_lines("a.md", file);
            assert_eq!(&text.source[split(&text).unwrap().body], body, "{file:?}");
        }
    }
}
