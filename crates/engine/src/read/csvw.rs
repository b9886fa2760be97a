//! CSV on the Web: a CSV file beside the metadata that describe it.

use std::{fs, path::Path};

use ::csv::StringRecord;
use serde_json::Value;

use super::{Sink, cannot_read, csv, plain};

/// Reads the table that metadata name; a file that is no metadata is the table itself.
pub(super) fn read(path: &Path, wanted: &[Vec<String>], sink: &mut Sink<'_>) -> Result<(), String> {
    let is_json = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    if !is_json {
        return csv::read(path, wanted, csv::Dialect::default(), sink);
    }
    let text = fs::read(path).map_err(|cause| cannot_read(&cause))?;
    let metadata: Value = serde_json::from_slice(&text)
        .map_err(|cause| format!("the metadata are not JSON: {cause}"))?;
    let table = metadata
        .get("tables")
        .and_then(|tables| tables.get(0))
        .unwrap_or(&metadata);
    let name = table
        .get("url")
        .and_then(Value::as_str)
        .ok_or("the metadata name no table: `url` is missing")?;
    if name.contains(['/', '\\']) || name.starts_with('.') {
        return Err(format!("the table “{name}” is not beside its metadata"));
    }
    let dialect = table.get("dialect").or_else(|| metadata.get("dialect"));
    let separator = dialect.and_then(|dialect| dialect.get("delimiter")?.as_str()?.bytes().next());
    let skip = dialect
        .and_then(|dialect| dialect.get("skipRows")?.as_u64())
        .and_then(|rows| usize::try_from(rows).ok())
        .unwrap_or_default();
    let columns = table
        .pointer("/tableSchema/columns")
        .and_then(Value::as_array)
        .ok_or("the metadata describe no columns: `tableSchema.columns` is missing")?;
    let names: Vec<Vec<String>> = columns.iter().map(names_of).collect();
    let mut headings = Some(names);
    csv::read(
        &path.with_file_name(name),
        wanted,
        csv::Dialect { separator, skip },
        &mut |number, row| match headings.take() {
            // The first row bears titles; a column goes by any of its names.
            Some(names) => sink(number, &by_wanted(row, &names, wanted)),
            None => sink(number, row),
        },
    )
}

fn names_of(column: &Value) -> Vec<String> {
    let mut names = Vec::new();
    let mut add = |value: &Value| match value {
        Value::String(text) => names.push(text.clone()),
        Value::Array(texts) => {
            names.extend(texts.iter().filter_map(Value::as_str).map(str::to_owned));
        }
        Value::Object(languages) => {
            let texts = languages.values().filter_map(Value::as_str);
            names.extend(texts.map(str::to_owned));
        }
        _ => {}
    };
    for field in ["name", "titles"] {
        if let Some(value) = column.get(field) {
            add(value);
        }
    }
    names
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
