//! Reads TOML into the value that a record type reads, and the place of each of its parts.

use std::ops::Range;

use serde_json::{Map, Value};
use toml_edit::{Document, Item, Table, TableLike};

use crate::{
    diagnostic::{Diagnostic, Text},
    schema::part_schema,
    spot::{Spot, Written},
};

/// A TOML text as a value.
pub(crate) struct Read {
    /// The value; null stands where a value cannot be what its field wants.
    pub value: Value,
    /// Where everything stands, in the whole file.
    pub spot: Spot,
}

/// Reads a stretch of a file. The schema tells where a date or a bare number means a text.
pub(crate) fn read(
    text: &Text<'_>,
    range: Range<usize>,
    schema: &Value,
) -> Result<Read, Diagnostic> {
    let base = range.start;
    let source = text.source.get(range.clone()).unwrap_or_default();
    let document = Document::parse(source).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        // An error at the end of a text is told at its last line, not below it.
        let at = at.min(source.trim_end().len());
        let message = in_plain_words(source, at, error.message());
        let fault = text.fault(base + at, format!("this is not TOML: {message}"));
        match remedy(source, at, error.message()) {
            Some(hint) => fault.with_hint(hint),
            None => fault,
        }
    })?;
    let reader = Reader { source, base };
    let mut spot = Spot::new(base..base, Written::Table);
    let value = reader.read_table(document.as_table(), Some(schema), &mut spot);
    Ok(Read { value, spot })
}

/// What the TOML reader says, in the words of people who do not know its grammar.
fn in_plain_words<'a>(source: &str, at: usize, message: &'a str) -> &'a str {
    let rest = source.get(at..).unwrap_or_default();
    let ends_line = rest
        .lines()
        .next()
        .is_none_or(|rest| rest.trim().is_empty());
    for (said, plain) in [
        (
            "string values must be quoted",
            "a text stands between quotes",
        ),
        ("invalid basic string", "the text is not closed with \""),
        ("invalid literal string", "the text is not closed with '"),
        ("unclosed array", "the list is not closed with ]"),
        ("unclosed inline table", "the table is not closed with }"),
        ("duplicate key", "this key stands here twice"),
        ("key with no value", "a key needs = and a value"),
        (
            "missing comma between array elements",
            "a comma is missing between two items",
        ),
    ] {
        if message.starts_with(said) {
            let no_value = ends_line && said.starts_with("string values");
            return if no_value {
                "the value is missing"
            } else {
                plain
            };
        }
    }
    message
}

/// What to write instead at a syntax error, where the cause is plain.
fn remedy(source: &str, at: usize, message: &str) -> Option<String> {
    let start = source.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    let line = source.get(start..)?.lines().next()?.trim();
    let (key, value) = line.split_once('=')?;
    let (key, value) = (key.trim(), value.trim());
    let bare_word = value.starts_with(char::is_alphabetic);
    if bare_word && message.starts_with("string values") {
        return Some(format!("{key} = {}", Value::from(value)));
    }
    let unclosed =
        value.starts_with('"') && !value.starts_with("\"\"\"") && !value[1..].contains('"');
    unclosed.then(|| format!("{key} = {value}\""))
}

struct Reader<'a> {
    source: &'a str,
    base: usize,
}

impl Reader<'_> {
    fn read_table(&self, table: &dyn TableLike, schema: Option<&Value>, spot: &mut Spot) -> Value {
        let mut fields = Map::new();
        for (name, item) in table.iter() {
            let key = table.key(name).and_then(toml_edit::Key::span);
            let key = key.unwrap_or_default();
            let schema = schema.and_then(|schema| part_schema(schema, name));
            let (value, mut part) = self.read_item(item, schema, &key);
            part.key = self.shift(&key);
            spot.add(name, part);
            fields.insert(name.to_owned(), value);
        }
        Value::Object(fields)
    }

    /// Reads a value; `key` stands in for the place of what has none of its own.
    fn read_item(&self, item: &Item, schema: Option<&Value>, key: &Range<usize>) -> (Value, Spot) {
        match item {
            Item::None => (Value::Null, Spot::default()),
            Item::Value(value) => self.read_value(value, schema, key),
            Item::Table(table) => self.read_section(table, schema, key),
            Item::ArrayOfTables(tables) => {
                let schema = schema.and_then(|schema| schema.get("items"));
                let mut spot = Spot::new(self.shift(key), Written::List);
                let items = tables.iter().enumerate().map(|(index, table)| {
                    let (value, part) = self.read_section(table, schema, key);
                    spot.add(index.to_string(), part);
                    value
                });
                (items.collect(), spot)
            }
        }
    }

    fn read_section(
        &self,
        table: &Table,
        schema: Option<&Value>,
        key: &Range<usize>,
    ) -> (Value, Spot) {
        let span = table.span().filter(|span| !span.is_empty());
        let mut spot = Spot::new(self.shift(&span.unwrap_or(key.clone())), Written::Table);
        let value = self.read_table(table, schema, &mut spot);
        (value, spot)
    }

    fn read_value(
        &self,
        value: &toml_edit::Value,
        schema: Option<&Value>,
        key: &Range<usize>,
    ) -> (Value, Spot) {
        let span = value.span().unwrap_or(key.clone());
        let raw = self.source.get(span.clone()).unwrap_or_default();
        let format = schema
            .and_then(|schema| schema.get("format"))
            .and_then(Value::as_str)
            .unwrap_or_default();
        let spot = |written| Spot::new(self.shift(&span), written);
        match value {
            toml_edit::Value::String(text) => (text.value().as_str().into(), spot(Written::Text)),
            toml_edit::Value::Integer(_) if format == "figure" => {
                (plain(raw), spot(Written::Whole))
            }
            toml_edit::Value::Integer(number) => ((*number.value()).into(), spot(Written::Whole)),
            toml_edit::Value::Float(_) if format == "figure" => {
                (plain(raw), spot(Written::Decimal))
            }
            toml_edit::Value::Float(_) => (Value::Null, spot(Written::Decimal)),
            toml_edit::Value::Boolean(switch) => ((*switch.value()).into(), spot(Written::Switch)),
            toml_edit::Value::Datetime(_) if format == "partial-date" => {
                (raw.into(), spot(Written::Date))
            }
            toml_edit::Value::Datetime(_) => (Value::Null, spot(Written::Date)),
            toml_edit::Value::Array(items) => {
                let schema = schema.and_then(|schema| schema.get("items"));
                let mut spot = spot(Written::List);
                let items = items.iter().enumerate().map(|(index, item)| {
                    let (value, part) = self.read_value(item, schema, &span);
                    spot.add(index.to_string(), part);
                    value
                });
                (items.collect(), spot)
            }
            toml_edit::Value::InlineTable(table) => {
                let mut spot = spot(Written::Table);
                (self.read_table(table, schema, &mut spot), spot)
            }
        }
    }

    fn shift(&self, range: &Range<usize>) -> Range<usize> {
        self.base + range.start..self.base + range.end
    }
}

/// A bare number as the text of a figure: exactly as written, without a float in between.
fn plain(raw: &str) -> Value {
    raw.replace('_', "").trim_start_matches('+').into()
}
