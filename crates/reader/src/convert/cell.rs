//! One cell of a published file: what it is worth in a column of a given type.

use std::borrow::Cow;

use dfg_plan::{
    evidence::Period,
    record::{Column, ColumnType},
};
use jiff::civil::{Date, date};

/// What a cell is worth. A text's words are those of the cell, without spaces around them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Worth {
    /// No value.
    Nothing,
    /// No value, and a sign that says why: `[x]`.
    Marked,
    /// Text, a period or an area's code.
    Text,
    /// A whole number.
    Integer(i64),
    /// A number.
    Decimal(f64),
    /// A day, counted from 1 January 1970.
    Day(i32),
    /// Yes or no.
    Boolean(bool),
}

/// Reads a cell, already without spaces around it, as its column wants it; else says why it cannot.
pub(super) fn read(text: &str, column: &Column) -> Result<Worth, String> {
    if text.is_empty() {
        return Ok(Worth::Nothing);
    }
    let is_word = column.holds == ColumnType::Text;
    if (!is_word || column.markers) && is_marker(text) {
        return Ok(Worth::Marked);
    }
    let worth = match column.holds {
        ColumnType::Text => Some(Worth::Text),
        ColumnType::Integer => read_integer(text).map(Worth::Integer),
        ColumnType::Decimal => read_decimal(text).map(Worth::Decimal),
        ColumnType::Date => read_day(text).map(Worth::Day),
        ColumnType::Boolean => read_boolean(text).map(Worth::Boolean),
        ColumnType::Period => match Period::parse(text) {
            Ok(_) => Some(Worth::Text),
            Err(not) => return Err(not.to_string()),
        },
        ColumnType::Area => is_code(text).then_some(Worth::Text),
    };
    worth.ok_or_else(|| {
        match column.holds {
            ColumnType::Integer => "is not a whole number",
            ColumnType::Decimal => "is not a number",
            ColumnType::Date => "is not a date, such as 2026-11-22 or 22/11/2026",
            ColumnType::Boolean => "is neither yes nor no",
            ColumnType::Area => "is not an area’s code, a letter and eight digits",
            ColumnType::Text | ColumnType::Period => "cannot be read",
        }
        .to_owned()
    })
}

/// Whether a text is one of the signs by which publishers say that there is no value.
///
/// Signs in brackets are those of the Government Analysis Function's guidance on symbols.
fn is_marker(text: &str) -> bool {
    if let Some(inside) = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
    {
        return (1..=8).contains(&inside.len())
            && inside.bytes().all(|b| b.is_ascii_alphanumeric());
    }
    let few = text.len() <= 4;
    few && (matches!(
        text,
        ".." | "." | "-" | "–" | "—" | ":" | "*" | "~" | "!" | "x" | "c" | "z"
    ) || ["n/a", "na", "nan", "null", "none"]
        .iter()
        .any(|sign| text.eq_ignore_ascii_case(sign)))
}

fn is_code(text: &str) -> bool {
    (2..=12).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn read_decimal(text: &str) -> Option<f64> {
    let number = plain_number(text)?;
    number
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())
}

/// A whole number; `8.0` is one.
fn read_integer(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let number = plain_number(text)?;
    let (before, after) = number.split_once('.').unwrap_or((&number, ""));
    let is_whole = after.bytes().all(|digit| digit == b'0');
    if is_whole { before.parse().ok() } else { None }
}

/// A number without signs of currency and per cent and without separators of thousands, which must
/// stand where thousands are: `1,23` is no number.
fn plain_number(text: &str) -> Option<Cow<'_, str>> {
    let first = text.as_bytes().first()?;
    let is_plain = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    if is_plain(first) && text.bytes().all(|byte| is_plain(&byte)) {
        return Some(Cow::Borrowed(text));
    }
    let text = text.trim_end_matches('%').trim_end();
    let (sign, text) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let text = text.trim_start_matches(['£', '€', '$']).trim_start();
    let starts = |first: char| first.is_ascii_digit() || first == '.';
    if !text.starts_with(starts) {
        return None;
    }
    if !text.contains(',') {
        return Some(Cow::Owned(format!("{sign}{text}")));
    }
    let (whole, rest) = match text.find('.') {
        Some(point) => text.split_at(point),
        None => (text, ""),
    };
    let mut groups = whole.split(',');
    let first = groups
        .next()
        .is_some_and(|group| (1..=3).contains(&group.len()));
    if !first || !groups.all(|group| group.len() == 3) {
        return None;
    }
    Some(Cow::Owned(format!(
        "{sign}{}{rest}",
        whole.replace(',', "")
    )))
}

/// A day as `2026-11-22`, also with a time behind, or as `22/11/2026`, in days from 1970.
fn read_day(text: &str) -> Option<i32> {
    let text = text.split(['T', ' ']).next()?;
    let mut parts = text.split(['-', '/', '.']);
    let mut next = || parts.next()?.parse::<i16>().ok();
    let (first, month, last) = (next()?, next()?, next()?);
    if parts.next().is_some() {
        return None;
    }
    let (year, day) = if first > 31 {
        (first, last)
    } else {
        (last, first)
    };
    if !(1000..=9999).contains(&year) {
        return None;
    }
    let day = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    Some(date(1970, 1, 1).until(day).ok()?.get_days())
}

/// A day as ISO 8601.
pub(super) fn spell_day(days: i32) -> String {
    let day = date(1970, 1, 1).checked_add(jiff::Span::new().days(days));
    day.map_or_else(|_| days.to_string(), |day| day.to_string())
}

fn read_boolean(text: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&["true", "yes", "y", "1"]) {
        Some(true)
    } else if is(&["false", "no", "n", "0"]) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(holds: ColumnType) -> Column {
        serde_json::from_value(serde_json::json!({"name": "a", "type": holds})).unwrap()
    }

    #[test]
    fn cells_are_read_as_publishers_write_them() {
        use ColumnType::{Area, Boolean, Date, Decimal, Integer, Period, Text};
        for (holds, text, worth) in [
            (Decimal, "95.6", Some(Worth::Decimal(95.6))),
            (Decimal, "1,234.5", Some(Worth::Decimal(1234.5))),
            (Decimal, "£1,234", Some(Worth::Decimal(1234.0))),
            (Decimal, "-£3", Some(Worth::Decimal(-3.0))),
            (Decimal, "−0.4%", Some(Worth::Decimal(-0.4))),
            (Decimal, "1e-5", Some(Worth::Decimal(1e-5))),
            (Decimal, "1,23", None),
            (Decimal, "12,34,567", None),
            (Decimal, "1.2.3", None),
            (Decimal, "--4", None),
            (Decimal, "inf", None),
            (Decimal, "[x]", Some(Worth::Marked)),
            (Decimal, "..", Some(Worth::Marked)),
            (Decimal, "N/A", Some(Worth::Marked)),
            (Decimal, "", Some(Worth::Nothing)),
            (Integer, "2939675.0", Some(Worth::Integer(2_939_675))),
            (
                Integer,
                "9007199254740993",
                Some(Worth::Integer(9_007_199_254_740_993)),
            ),
            (Integer, "1.5", None),
            (Date, "22/11/2026", Some(Worth::Day(20_779))),
            (Date, "2026-11-22T00:00:00", Some(Worth::Day(20_779))),
            (Date, "31/02/2026", None),
            (Date, "22/11/26", None),
            (Period, "2023/24", Some(Worth::Text)),
            (Period, "last year", None),
            (Area, "E06000047", Some(Worth::Text)),
            (Area, "County Durham", None),
            (Boolean, "Y", Some(Worth::Boolean(true))),
            (Boolean, "maybe", None),
            (Text, "[x]", Some(Worth::Text)),
            (Text, "-", Some(Worth::Text)),
        ] {
            assert_eq!(read(text, &column(holds)).ok(), worth, "{holds:?} {text}");
        }
    }
}
