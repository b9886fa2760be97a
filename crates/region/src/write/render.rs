//! Renders values as TOML in the manner of this format: one line where it fits, a line an item
//! where it does not, and figures as bare numbers.

use serde_json::{Map, Value};
use toml_edit::{Array, InlineTable, Item, Table};

use crate::{front::FENCE, schema::part_schema};

/// The longest line that a list is kept on, in characters.
const WIDTH: usize = 96;

/// The order of the keys inside a field, for those who read the file.
const ORDER: [&str; 24] = [
    "slug",
    "title",
    "organisation",
    "name",
    "part",
    "pence",
    "publisher",
    "url",
    "date",
    "what",
    "stage",
    "text",
    "indicator",
    "sentence",
    "period",
    "value",
    "kind",
    "until",
    "reason",
    "column",
    "row",
    "width",
    "height",
    "foreword",
];

/// The names of an object's keys, in the order in which they are written.
pub(super) fn ordered<'a>(fields: &'a Map<String, Value>, first: &[&str]) -> Vec<&'a str> {
    let mut names: Vec<&str> = fields.keys().map(String::as_str).collect();
    names.sort_by_key(|name| {
        let own = first.iter().position(|known| known == name);
        let common = ORDER.iter().position(|known| known == name);
        (own.or(common).unwrap_or(usize::MAX), own.is_none(), *name)
    });
    names
}

/// A record as a table with a line a field.
pub(super) fn table(fields: &Map<String, Value>, schema: &Value, first: &[&str]) -> Table {
    let mut table = Table::new();
    for name in ordered(fields, first) {
        let schema = part_schema(schema, name).unwrap_or(&Value::Null);
        if let Some(value) = field(&fields[name], schema) {
            table.insert(name, Item::Value(value));
        }
    }
    table
}

/// A field's value. Nothing for null, which TOML has no word for.
pub(super) fn field(value: &Value, schema: &Value) -> Option<toml_edit::Value> {
    match value {
        Value::Array(items) => {
            let mut list = list(items, schema);
            let objects = items.iter().any(Value::is_object);
            if objects || list.to_string().chars().count() > WIDTH {
                spread(&mut list);
            }
            Some(list.into())
        }
        Value::String(text) if text.contains('\n') => Some(long_text(text)),
        other => inline(other, schema),
    }
}

/// A value on one line.
pub(super) fn inline(value: &Value, schema: &Value) -> Option<toml_edit::Value> {
    let format = schema.get("format").and_then(Value::as_str);
    Some(match value {
        Value::Null => return None,
        Value::Bool(switch) => (*switch).into(),
        Value::Number(number) => number.to_string().parse().ok()?,
        Value::String(figure) if format == Some("figure") => match figure.parse() {
            Ok(number @ (toml_edit::Value::Integer(_) | toml_edit::Value::Float(_))) => number,
            _ => short_text(figure),
        },
        Value::String(text) => short_text(text),
        Value::Array(items) => list(items, schema).into(),
        Value::Object(fields) => {
            let mut table = InlineTable::new();
            for name in ordered(fields, &[]) {
                let schema = part_schema(schema, name).unwrap_or(&Value::Null);
                if let Some(value) = inline(&fields[name], schema) {
                    table.insert(name, value);
                }
            }
            table.into()
        }
    })
}

fn list(items: &[Value], schema: &Value) -> Array {
    let schema = schema.get("items").unwrap_or(&Value::Null);
    items
        .iter()
        .filter_map(|item| inline(item, schema))
        .collect()
}

/// Puts each item of a list on a line of its own.
fn spread(list: &mut Array) {
    for item in list.iter_mut() {
        item.decor_mut().set_prefix("\n  ");
    }
    list.set_trailing_comma(true);
    list.set_trailing("\n");
}

/// A text between quotes on one line. The escapes of JSON are those of TOML but for one.
fn short_text(text: &str) -> toml_edit::Value {
    let quoted = Value::from(text).to_string().replace('\u{7f}', "\\u007f");
    quoted.parse().unwrap_or_else(|_| text.into())
}

/// A text of several lines.
fn long_text(text: &str) -> toml_edit::Value {
    // Such a line would end the front matter that the text stands in.
    let fenced = text.lines().any(|line| line.trim_end() == FENCE);
    if fenced {
        short_text(text)
    } else {
        text.into()
    }
}
