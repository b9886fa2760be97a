//! Writes a file that is one record: TOML, or Markdown with TOML front matter.

use std::collections::BTreeMap;

use dfg_plan::{Key, Kind, Record, Slug, record::field_names};
use serde_json::{Map, Value};
use toml_edit::{ArrayOfTables, DocumentMut, Item};

use super::{Records, edit::edit_table, render};
use crate::{
    diagnostic::{Text, has_windows_lines},
    front,
    layout::Place,
    record::Found,
    schema::{inner_kind, reading_schema},
};

/// Renders a file anew.
pub(super) fn render(place: &Place, records: &Records) -> String {
    let (Place::Toml(kind, slug) | Place::Markdown(kind, slug)) = place else {
        return String::new();
    };
    let (fields, body) = file_value(*kind, slug, records, &[]);
    let mut document = DocumentMut::new();
    let mut plain = fields;
    let inner = inner_kind(*kind).and_then(|(_, name)| Some((name, plain.remove(name)?)));
    let schema = reading_schema(*kind);
    *document.as_table_mut() = render::table(&plain, schema, field_names(*kind));
    if let Some((name, Value::Array(items))) = inner {
        let schema = schema["properties"][name]["items"].clone();
        let mut tables = ArrayOfTables::new();
        for item in items.iter().filter_map(Value::as_object) {
            tables.push(render::table(item, &schema, &inner_order(*kind)));
        }
        document.insert(name, Item::ArrayOfTables(tables));
    }
    match place {
        Place::Markdown(..) => front::join(&document.to_string(), &body),
        _ => document.to_string(),
    }
}

/// Edits a file that says `found` to say `records`. Nothing where its text cannot be edited.
pub(super) fn edit(place: &Place, records: &Records, found: &[Found], old: &str) -> Option<String> {
    let (Place::Toml(kind, slug) | Place::Markdown(kind, slug)) = place else {
        return None;
    };
    let text = Text::with_unix_lines("", old);
    let source = text.source.as_ref();
    let (matter, body) = match place {
        Place::Markdown(..) => {
            let front = front::split(&text).ok()?;
            (front.matter, Some(front.body))
        }
        _ => (0..source.len(), None),
    };
    let inner_slugs: Vec<Slug> = found
        .iter()
        .filter(|found| found.key.kind != *kind)
        .map(|found| found.key.slug.clone())
        .collect();
    // The record may have gone by another slug in the old text.
    let before = found
        .iter()
        .map(|found| {
            let mut key = found.key.clone();
            if key.kind == *kind {
                key.slug = slug.clone();
            }
            (key, found.record.clone())
        })
        .collect();
    let (old_fields, old_body) = file_value(*kind, slug, &before, &inner_slugs);
    let (mut new_fields, new_body) = file_value(*kind, slug, records, &inner_slugs);

    let mut document: DocumentMut = source.get(matter.clone())?.parse().ok()?;
    let schema = reading_schema(*kind);
    if let Some((_, name)) = inner_kind(*kind)
        && !document.contains_key(name)
        && let Some(Value::Array(items)) = new_fields.remove(name)
    {
        let schema = schema["properties"][name]["items"].clone();
        let mut tables = ArrayOfTables::new();
        for item in items.iter().filter_map(Value::as_object) {
            tables.push(render::table(item, &schema, &inner_order(*kind)));
        }
        document.insert(name, Item::ArrayOfTables(tables));
    }
    edit_table(
        document.as_table_mut(),
        &old_fields,
        &new_fields,
        schema,
        field_names(*kind),
    );
    let mut edited = document.to_string();
    if let Some(body) = body {
        edited = if old_body == new_body || !(old_body.is_empty() || new_body.is_empty()) {
            [
                &source[..matter.start],
                &edited,
                &source[matter.end..body.start],
                &new_body,
                &source[body.end..],
            ]
            .concat()
        } else {
            front::join(&edited, &new_body)
        };
    }
    Some(if has_windows_lines(old) {
        edited.replace('\n', "\r\n")
    } else {
        edited
    })
}

/// A file's fields, with the records inside it, and its text.
///
/// The records inside stand in the order of `known`; new ones follow by their own order.
fn file_value(
    kind: Kind,
    slug: &Slug,
    records: &Records,
    known: &[Slug],
) -> (Map<String, Value>, String) {
    let own = records.get(&Key::new(kind, slug.clone()));
    let mut fields = own.map(fields_of).unwrap_or_default();
    let body = match fields.remove("body") {
        Some(Value::String(body)) => body,
        _ => String::new(),
    };
    if let Some((inner, name)) = inner_kind(kind) {
        let place: BTreeMap<&Slug, usize> = known.iter().zip(0..).collect();
        let mut inside: Vec<(&Key, &Record)> = records
            .iter()
            .filter(|(key, _)| key.kind == inner)
            .collect();
        inside.sort_by_key(|(key, record)| {
            let order = match record {
                Record::Objective(objective) => objective.order,
                _ => 0,
            };
            (
                place.get(&key.slug).copied().unwrap_or(usize::MAX),
                order,
                &key.slug,
            )
        });
        let items: Vec<Value> = inside
            .into_iter()
            .map(|(key, record)| {
                let mut fields = fields_of(record);
                if inner == Kind::Objective {
                    fields.remove("theme");
                }
                fields.insert("slug".to_owned(), key.slug.as_str().into());
                Value::Object(fields)
            })
            .collect();
        if !items.is_empty() {
            fields.insert(name.to_owned(), items.into());
        }
    }
    (fields, body)
}

fn fields_of(record: &Record) -> Map<String, Value> {
    match record.to_value() {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The order of the fields of a record inside another's file.
fn inner_order(kind: Kind) -> Vec<&'static str> {
    let fields = inner_kind(kind).map(|(inner, _)| field_names(inner));
    std::iter::once("slug")
        .chain(fields.unwrap_or_default().iter().copied())
        .collect()
}
