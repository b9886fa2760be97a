//! Values and the texts that stand for them in a form: taken from a form, read, and written.
//!
//! A text is kept by its place in the record, with dots: `owners.0.part`. Rows are numbered from 0
//! without gaps.

use std::collections::BTreeMap;

use dfg_plan::{Figure, PartialDate, amount::group_thousands, edit::is_within, spell_date};
use serde_json::{Map, Value};

use super::field::{Field, Input};

/// The texts of a form or of an edit, by place.
pub(crate) type Texts = BTreeMap<String, String>;

/// The most rows of one sort.
const MOST_ROWS: usize = 200;
/// The answer that says yes.
pub(crate) const YES: &str = "yes";
/// The name, within a row, of the box that takes the row out.
pub(crate) const TAKE_OUT: &str = "take-out";

/// Something that a text cannot mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misread {
    /// The place of the text.
    pub place: String,
    pub message: String,
}

/// Takes the texts of a field out of what a form sent: rows that are blank or taken out are left
/// out, and the others numbered anew.
pub(crate) fn collect(field: &Field, place: &str, sent: &[(String, String)]) -> Texts {
    let mut texts = Texts::new();
    match field.input {
        Input::Many(_) => {
            let chosen = sent
                .iter()
                .filter(|(name, text)| name == place && !text.is_empty());
            let mut seen: Vec<&str> = Vec::new();
            for (_, text) in chosen.take(MOST_ROWS) {
                if !seen.contains(&text.as_str()) {
                    texts.insert(format!("{place}.{}", seen.len()), text.clone());
                    seen.push(text);
                }
            }
        }
        Input::Group(fields) => {
            for part in fields {
                texts.extend(collect(part, &format!("{place}.{}", part.name), sent));
            }
        }
        Input::Rows(_, fields) => {
            let mut next = 0;
            for row in rows_of(sent.iter().map(|(name, _)| name.as_str()), place) {
                let from = format!("{place}.{row}");
                let out = format!("{from}.{TAKE_OUT}");
                if sent.iter().any(|(name, _)| *name == out) {
                    continue;
                }
                let mut of_row = Texts::new();
                for part in fields {
                    of_row.extend(collect(part, &format!("{from}.{}", part.name), sent));
                }
                if of_row.is_empty() {
                    continue;
                }
                for (at, text) in of_row {
                    let rest = at.strip_prefix(&from).unwrap_or_default();
                    texts.insert(format!("{place}.{next}{rest}"), text);
                }
                next += 1;
            }
        }
        _ => {
            let found = sent.iter().find(|(name, _)| name == place);
            let text = found.map(|(_, text)| text.replace("\r\n", "\n"));
            let text = match field.input {
                Input::Text | Input::Lines => text.map(|text| text.trim_end().to_owned()),
                _ => text.map(|text| text.trim().to_owned()),
            };
            if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
                texts.insert(place.to_owned(), text);
            }
        }
    }
    texts
}

/// The numbers of the rows that stand at a place, in order.
fn rows_of<'a>(places: impl Iterator<Item = &'a str>, place: &str) -> Vec<usize> {
    let mut rows: Vec<usize> = places
        .filter_map(|at| at.strip_prefix(place)?.strip_prefix('.'))
        .filter_map(|rest| rest.split('.').next()?.parse().ok())
        .filter(|row| *row < MOST_ROWS)
        .collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// How many rows stand at a place.
pub(crate) fn count_rows(texts: &Texts, place: &str) -> usize {
    rows_of(texts.keys().map(String::as_str), place)
        .last()
        .map_or(0, |last| last + 1)
}

/// What the texts of a field mean; none where it is empty. What cannot be read is told.
pub(crate) fn read(
    field: &Field,
    place: &str,
    texts: &Texts,
    misread: &mut Vec<Misread>,
) -> Option<Value> {
    let mut wrong = |message: String| {
        misread.push(Misread {
            place: place.to_owned(),
            message,
        });
    };
    match field.input {
        Input::Group(fields) => {
            if !texts.keys().any(|at| is_within(at, place)) {
                return None;
            }
            Some(Value::Object(read_all(fields, place, texts, misread)))
        }
        Input::Rows(_, fields) => {
            let rows = rows_of(texts.keys().map(String::as_str), place);
            let rows: Vec<Value> = rows
                .into_iter()
                .map(|row| {
                    let at = format!("{place}.{row}");
                    Value::Object(read_all(fields, &at, texts, misread))
                })
                .collect();
            (!rows.is_empty()).then_some(Value::Array(rows))
        }
        Input::Many(_) => {
            let chosen: Vec<Value> = rows_of(texts.keys().map(String::as_str), place)
                .into_iter()
                .filter_map(|row| texts.get(&format!("{place}.{row}")))
                .map(|text| Value::from(text.as_str()))
                .collect();
            (!chosen.is_empty()).then_some(Value::Array(chosen))
        }
        Input::Line | Input::Text => texts.get(place).map(|text| Value::from(text.as_str())),
        Input::Lines => {
            let lines = texts.get(place)?.lines().map(str::trim);
            let lines: Vec<Value> = lines
                .filter(|line| !line.is_empty())
                .map(Value::from)
                .collect();
            (!lines.is_empty()).then_some(Value::Array(lines))
        }
        Input::Choice(choices) => {
            let text = texts.get(place)?;
            if choices().iter().any(|(word, _)| word == text) {
                return Some(Value::from(text.as_str()));
            }
            wrong(format!(
                "“{}” is not one of the answers: choose one",
                clip(text)
            ));
            None
        }
        Input::Yes => (texts.get(place)? == YES).then_some(Value::Bool(true)),
        Input::One(_) => {
            let text = texts.get(place)?;
            if dfg_plan::Slug::parse(text).is_ok() {
                return Some(Value::from(text.as_str()));
            }
            wrong("Choose one from the list".to_owned());
            None
        }
        Input::Date => {
            let text = texts.get(place)?;
            let date = read_date(text);
            if date.is_none() {
                wrong(format!(
                    "“{}” is not a date: write 2026, March 2026 or 14 March 2026",
                    clip(text)
                ));
            }
            date.map(|date| Value::from(date.to_string()))
        }
        Input::Money => {
            let text = texts.get(place)?;
            let pence = read_money(text);
            if pence.is_none() {
                wrong(format!(
                    "“{}” is not an amount: write pounds, like 1,500,000 or 1.5 million",
                    clip(text)
                ));
            }
            pence.map(Value::from)
        }
        Input::Number => {
            let text = texts.get(place)?;
            let number = text.parse::<u32>().ok();
            if number.is_none() {
                wrong(format!("“{}” is not a whole number", clip(text)));
            }
            number.map(Value::from)
        }
        Input::Figure => {
            let text = texts.get(place)?;
            let plain = text.replace(',', "").replace('−', "-");
            if Figure::parse(&plain).is_none() {
                wrong(format!(
                    "“{}” is not a number: write 62500 or 77.8",
                    clip(text)
                ));
                return None;
            }
            Some(Value::from(plain))
        }
    }
}

fn read_all(
    fields: &[Field],
    place: &str,
    texts: &Texts,
    misread: &mut Vec<Misread>,
) -> Map<String, Value> {
    let mut value = Map::new();
    for part in fields {
        let at = format!("{place}.{}", part.name);
        let before = misread.len();
        match read(part, &at, texts, misread) {
            Some(found) => {
                value.insert(part.name.to_owned(), found);
            }
            None if part.required && misread.len() == before => misread.push(Misread {
                place: at,
                message: missing(part),
            }),
            None => {}
        }
    }
    value
}

/// What is said of a question that must be answered.
pub(crate) fn missing(field: &Field) -> String {
    let ask = field.ask.trim_end_matches('?');
    match field.input {
        Input::Choice(_) | Input::One(_) | Input::Many(_) => format!("Choose an answer: {ask}"),
        Input::Date => format!("Enter a date: {ask}"),
        _ => format!("Enter an answer: {ask}"),
    }
}

fn clip(text: &str) -> String {
    text.chars().take(40).collect()
}

/// The texts that stand for a value in a form.
pub(crate) fn write(field: &Field, place: &str, value: &Value, texts: &mut Texts) {
    match (field.input, value) {
        (Input::Group(fields), Value::Object(parts)) => {
            for part in fields {
                if let Some(value) = parts.get(part.name) {
                    write(part, &format!("{place}.{}", part.name), value, texts);
                }
            }
        }
        (Input::Rows(_, fields), Value::Array(rows)) => {
            for (row, value) in rows.iter().enumerate() {
                let group = Field {
                    input: Input::Group(fields),
                    ..*field
                };
                write(&group, &format!("{place}.{row}"), value, texts);
            }
        }
        (Input::Many(_), Value::Array(items)) => {
            for (row, item) in items.iter().enumerate() {
                let text = item.as_str().unwrap_or_default();
                texts.insert(format!("{place}.{row}"), text.to_owned());
            }
        }
        (Input::Lines, Value::Array(items)) => {
            let lines: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            texts.insert(place.to_owned(), lines.join("\n"));
        }
        (Input::Money, Value::Number(pence)) => {
            let text = write_money(pence.as_u64().unwrap_or_default());
            texts.insert(place.to_owned(), text);
        }
        (Input::Date, Value::String(text)) => {
            let shown = PartialDate::parse(text).map_or_else(|_| text.clone(), spell_date);
            texts.insert(place.to_owned(), shown);
        }
        (Input::Yes, Value::Bool(true)) => {
            texts.insert(place.to_owned(), YES.to_owned());
        }
        (_, Value::String(text)) => {
            texts.insert(place.to_owned(), text.clone());
        }
        (_, Value::Number(number)) => {
            texts.insert(place.to_owned(), number.to_string());
        }
        _ => {}
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A date as people write it: `2026`, `March 2026`, `14 March 2026`, `14/3/2026` or `2026-03-14`.
fn read_date(text: &str) -> Option<PartialDate> {
    if let Ok(date) = PartialDate::parse(text) {
        return Some(date);
    }
    let parts: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || matches!(c, '/' | '.' | ','))
        .filter(|part| !part.is_empty())
        .collect();
    let month = |part: &str| {
        let part = part.to_lowercase();
        if let Ok(number @ 1..=12) = part.parse::<usize>() {
            return Some(number);
        }
        let at = MONTHS.iter().position(|name| {
            part.len() >= 3
                && part.is_ascii()
                && (name.starts_with(&part) || part == "sept" && name.starts_with("sept"))
        })?;
        Some(at + 1)
    };
    let day = |part: &str| {
        let digits = part.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        digits.parse::<u8>().ok()
    };
    let written = match parts.as_slice() {
        [in_month, year] => format!("{year}-{:02}", month(in_month)?),
        [on, in_month, year] => format!("{year}-{:02}-{:02}", month(in_month)?, day(on)?),
        _ => return None,
    };
    PartialDate::parse(&written).ok()
}

/// Pence from `£1,500,000`, `1500000.50`, `1.5 million` or `1.5m`.
fn read_money(text: &str) -> Option<u64> {
    let plain = text.to_lowercase().replace(['£', ',', ' '], "");
    let (digits, unit) = [
        ("billion", 1_000_000_000),
        ("bn", 1_000_000_000),
        ("million", 1_000_000),
        ("m", 1_000_000),
        ("k", 1_000),
    ]
    .into_iter()
    .find_map(|(word, unit)| Some((plain.strip_suffix(word)?, unit)))
    .unwrap_or((&plain, 1));
    let pounds = Figure::parse(digits)?.0;
    let pence = pounds.checked_mul((unit * 100_u64).into())?;
    if !pence.fract().is_zero() || pence.is_sign_negative() {
        return None;
    }
    // What a database and a browser still count exactly.
    u64::try_from(pence).ok().filter(|pence| *pence < 1 << 53)
}

fn write_money(pence: u64) -> String {
    let pounds = group_thousands(&(pence / 100).to_string());
    match pence % 100 {
        0 => pounds,
        rest => format!("{pounds}.{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use dfg_plan::Kind;
    use serde_json::json;

    use super::{
        super::table::{find, sections},
        *,
    };

    #[test]
    fn dates_are_read_as_people_write_them() {
        for (text, expected) in [
            ("2026", Some("2026")),
            ("2026-03", Some("2026-03")),
            ("March 2026", Some("2026-03")),
            ("mar 2026", Some("2026-03")),
            ("Sept 2026", Some("2026-09")),
            ("14 March 2026", Some("2026-03-14")),
            ("1st May 2026", Some("2026-05-01")),
            ("14/3/2026", Some("2026-03-14")),
            ("3/2026", Some("2026-03")),
            ("31 February 2026", None),
            ("soon", None),
            ("Q3 2026", None),
            ("14 March 26", None),
            ("März 2026", None),
            ("", None),
        ] {
            let found = read_date(text).map(|date| date.to_string());
            assert_eq!(found.as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn money_is_read_in_pounds_and_kept_in_pence() {
        for (text, expected) in [
            ("1500000", Some(150_000_000)),
            ("£1,500,000", Some(150_000_000)),
            ("1.5 million", Some(150_000_000)),
            ("2.4bn", Some(240_000_000_000)),
            ("10.05", Some(1_005)),
            ("0", Some(0)),
            ("10.005", None),
            ("-5", None),
            ("about 5", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(read_money(text), expected, "{text:?}");
            if let Some(pence) = expected {
                assert_eq!(read_money(&write_money(pence)), Some(pence));
            }
        }
    }

    fn sent(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        pairs.iter().map(own).collect()
    }

    #[test]
    fn blank_rows_and_those_taken_out_leave_no_gap() {
        let field = find(Kind::Activity, "owners").unwrap();
        let form = sent(&[
            ("owners.0.organisation", "hub"),
            ("owners.0.part", "leads"),
            ("owners.0.take-out", "1"),
            ("owners.1.organisation", ""),
            ("owners.2.name", " The \"others\" "),
            ("owners.2.part", "funds"),
            ("owners.2.pence", "1.5 million"),
            ("owners.2.secret", "no such field"),
            ("owners.4.part", "everything"),
            ("owners.9999.part", "leads"),
        ]);
        let texts = collect(field, "owners", &form);
        let mut misread = Vec::new();
        let value = read(field, "owners", &texts, &mut misread).unwrap();
        assert_eq!(
            value,
            json!([
                { "name": "The \"others\"", "part": "funds", "pence": 150_000_000 },
                {},
            ])
        );
        assert_eq!(misread.len(), 1);
        assert_eq!(misread[0].place, "owners.1.part");
    }

    #[test]
    fn every_record_of_a_region_goes_through_its_form_unchanged() {
        let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../regions/north-east");
        let folder = dfg_region::Folder::read(&dir).unwrap();
        let today = jiff::civil::date(2026, 11, 22);
        let plan = dfg_region::read(&folder, today).unwrap();
        let mut seen = 0;
        for (key, record) in plan.iter() {
            let value = record.to_value();
            for field in sections(key.kind).iter().flat_map(|section| section.fields) {
                let Some(before) = value.get(field.name) else {
                    continue;
                };
                let mut texts = Texts::new();
                write(field, field.name, before, &mut texts);
                let pairs: Vec<(String, String)> = texts
                    .into_iter()
                    .map(|(place, text)| match field.input {
                        Input::Many(_) => (field.name.to_owned(), text),
                        _ => (place, text.replace('\n', "\r\n")),
                    })
                    .collect();
                let texts = collect(field, field.name, &pairs);
                let mut misread = Vec::new();
                let after = read(field, field.name, &texts, &mut misread);
                assert_eq!(misread, [], "{key} {}", field.name);
                let trimmed = |value: &Value| match value {
                    Value::String(text) => Value::from(text.trim_end()),
                    other => other.clone(),
                };
                assert_eq!(
                    after.as_ref().map(trimmed),
                    Some(trimmed(before)),
                    "{key} {}",
                    field.name
                );
                seen += 1;
            }
        }
        assert!(seen > 3_000, "{seen} fields");
    }
}
