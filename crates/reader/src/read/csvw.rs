//! CSV on the Web: a CSV file beside the metadata that describe it.

use std::{fs, path::Path};

use serde_json::Value;

use super::{
    cannot_read,
    csv::{Dialect, Text},
};

/// Opens the table that metadata name; a file that is no metadata is the table itself.
pub(super) fn open(path: &Path, wanted: &[Vec<String>]) -> Result<Text, String> {
    let is_json = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    if !is_json {
        return Text::open(path, wanted, Dialect::default());
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
        .unwrap_or_default();
    let columns = table
        .pointer("/tableSchema/columns")
        .and_then(Value::as_array)
        .ok_or("the metadata describe no columns: `tableSchema.columns` is missing")?;
    let dialect = Dialect {
        separator,
        skip,
        titles: columns.iter().map(names_of).collect(),
    };
    Text::open(&path.with_file_name(name), wanted, dialect)
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
