//! JSON Schemas of the files of a region folder, made from the record types.
//!
//! [`schemas`] is what is published; the checks of this crate run on the same documents, so that an
//! editor which knows the schema says what the import says.

use std::{collections::BTreeMap, sync::OnceLock};

use dfg_plan::{Figure, Kind, PartialDate, Slug, record};
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::column;

/// A schema ready to check values with.
pub(crate) struct Checker {
    /// The schema, with every reference and alternative written out.
    pub schema: Value,
    /// The compiled schema; none where it could not be compiled, which a test rules out.
    pub validator: Option<Validator>,
}

/// The schema of a kind's record as its file writes it. Compiled once.
///
/// Records inside another's file have a checker of their own: a fault in one of them leaves the
/// others readable.
pub(crate) fn checker(kind: Kind) -> &'static Checker {
    static CHECKERS: OnceLock<BTreeMap<Kind, OnceLock<Checker>>> = OnceLock::new();
    static NONE: OnceLock<Checker> = OnceLock::new();
    let checkers = CHECKERS.get_or_init(|| {
        Kind::ALL
            .iter()
            .map(|kind| (*kind, OnceLock::new()))
            .collect()
    });
    checkers.get(&kind).unwrap_or(&NONE).get_or_init(|| {
        let schema = entry_schema(kind);
        let validator = jsonschema::options()
            .with_format("slug", |text: &str| Slug::parse(text).is_ok())
            .with_format("partial-date", |text: &str| {
                PartialDate::parse(text).is_ok()
            })
            .with_format("figure", |text: &str| Figure::parse(text).is_some())
            .with_pattern_options(jsonschema::PatternOptions::regex())
            .should_validate_formats(true)
            .build(&schema)
            .ok();
        Checker { schema, validator }
    })
}

/// The published schemas: one document for each kind of file and each kind of table row, by name.
pub fn schemas() -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for kind in Kind::ALL {
        let schema = match kind {
            Kind::Area | Kind::Objective => continue,
            kind => match column::table_of(*kind) {
                Some(table) => column::row_schema(table, &file_schema(*kind)),
                None => accept_numbers(file_schema(*kind)),
            },
        };
        let (file, title) = describe(*kind);
        let mut document = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": format!("urn:dfg:region:{}", kind.word()),
            "title": title,
        });
        if let (Some(document), Value::Object(schema)) = (document.as_object_mut(), schema) {
            let about = schema.get("description").and_then(Value::as_str);
            let about = format!("{file}. {}", about.unwrap_or_default());
            document.extend(schema);
            document.insert("title".to_owned(), title.into());
            document.insert("description".to_owned(), about.trim().into());
        }
        found.insert(kind.word().to_owned(), document);
    }
    found
}

/// Lets a figure also be a bare number, as TOML may write it.
fn accept_numbers(mut schema: Value) -> Value {
    if let Some(fields) = schema.as_object_mut() {
        if fields.get("format").and_then(Value::as_str) == Some("figure") {
            fields.insert("type".to_owned(), json!(["string", "number"]));
        }
        for part in fields.values_mut() {
            *part = accept_numbers(part.take());
        }
    }
    schema
}

fn describe(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Region | Kind::Area => ("`region.toml`", "Region and its areas"),
        Kind::Strategy => ("Front matter of `strategy.md`", "Strategy"),
        Kind::Theme | Kind::Objective => (
            "Front matter of a file in `themes/`",
            "Theme and its objectives",
        ),
        Kind::Signal => ("Front matter of a file in `signals/`", "Signal"),
        Kind::Activity => ("Front matter of a file in `activities/`", "Activity"),
        Kind::Decision => ("Front matter of a file in `decisions/`", "Decision"),
        Kind::Group => ("A file in `groups/`", "Group"),
        Kind::Indicator => ("A file in `indicators/`", "Indicator"),
        Kind::Dataset => ("A file in `datasets/`", "Dataset"),
        Kind::Organisation => ("A row of `organisations.csv`", "Organisation"),
        Kind::Relationship => ("A row of `relationships.csv`", "Relationship"),
        Kind::Milestone => ("A row of `milestones.csv`", "Milestone"),
        Kind::Observation => ("A row of a file in `observations/`", "Observation"),
    }
}

/// The kind of the records inside a kind's file, and the key that holds them.
pub(crate) fn inner_kind(kind: Kind) -> Option<(Kind, &'static str)> {
    match kind {
        Kind::Region => Some((Kind::Area, "area")),
        Kind::Theme => Some((Kind::Objective, "objective")),
        _ => None,
    }
}

/// The schema of a kind's whole file, with the records inside it.
fn file_schema(kind: Kind) -> Value {
    let mut schema = entry_schema(kind);
    if let Some((inner, name)) = inner_kind(kind) {
        let record = entry_schema(inner);
        let about = record.get("description").cloned().unwrap_or_default();
        let list = json!({ "type": "array", "description": about, "items": record });
        put_property(&mut schema, name, list);
    }
    schema
}

/// A kind's schema as a file writes it: with the slug where the file's name does not tell it, and
/// without what stands elsewhere.
fn entry_schema(kind: Kind) -> Value {
    let mut schema = record_schema(kind);
    if is_markdown(kind) {
        drop_property(&mut schema, "body");
    }
    if let Some((_, name)) = inner_kind(kind) {
        let tables = json!({ "type": "array", "items": { "type": "object" } });
        put_property(&mut schema, name, tables);
    }
    if matches!(kind, Kind::Area | Kind::Objective) {
        drop_property(&mut schema, "theme");
        let slug = json!({
            "type": "string", "format": "slug", "maxLength": Slug::MAX,
            "description": "Its slug: the permanent name by which other records name it.",
        });
        put_property(&mut schema, "slug", slug);
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.insert(0, "slug".into());
        }
    }
    schema
}

/// Whether a kind's file is Markdown, with the `body` below its front matter.
pub(crate) fn is_markdown(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Strategy | Kind::Theme | Kind::Activity | Kind::Signal | Kind::Decision
    )
}

fn record_schema(kind: Kind) -> Value {
    let schema = record::schema(kind);
    let definitions = schema.get("$defs").cloned().unwrap_or_default();
    let mut plain = write_out(&schema, &definitions);
    if let Some(fields) = plain.as_object_mut() {
        fields.remove("$defs");
        fields.remove("$schema");
    }
    plain
}

fn properties_mut(schema: &mut Value) -> Option<&mut Map<String, Value>> {
    schema.get_mut("properties")?.as_object_mut()
}

fn put_property(schema: &mut Value, name: &str, property: Value) {
    if let Some(properties) = properties_mut(schema) {
        properties.insert(name.to_owned(), property);
    }
}

fn drop_property(schema: &mut Value, name: &str) {
    if let Some(properties) = properties_mut(schema) {
        properties.remove(name);
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|required| required != name);
    }
}

/// Writes references out, drops the alternative “null” (files leave an empty field out), and turns
/// alternatives of single words into a list of words.
fn write_out(schema: &Value, definitions: &Value) -> Value {
    let Value::Object(fields) = schema else {
        return schema.clone();
    };
    let mut plain = Map::new();
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("$ref", Value::String(reference)) => {
                let target = reference.strip_prefix("#/$defs/").unwrap_or(reference);
                let target = definitions.get(target).unwrap_or(&Value::Null);
                merge(&mut plain, write_out(target, definitions));
            }
            ("anyOf", Value::Array(options)) => {
                for option in options {
                    if option.get("type") != Some(&json!("null")) {
                        merge(&mut plain, write_out(option, definitions));
                    }
                }
            }
            ("oneOf", Value::Array(options)) => {
                let words = options
                    .iter()
                    .filter_map(|option| option.get("const").cloned());
                plain.insert("enum".to_owned(), words.collect());
                plain.insert("type".to_owned(), "string".into());
                let about = options
                    .iter()
                    .map(|option| option.get("description").cloned());
                let about = about.map(Option::unwrap_or_default);
                plain.insert("enumDescriptions".to_owned(), about.collect());
            }
            ("type", Value::Array(types)) => {
                let first = types.iter().find(|kind| *kind != "null");
                plain.insert(name.clone(), first.cloned().unwrap_or_default());
            }
            // A field's own words stand above those of its type.
            ("description", Value::String(text)) => {
                plain.insert(name.clone(), for_people(text).into());
            }
            ("properties", Value::Object(properties)) => {
                let properties = properties
                    .iter()
                    .map(|(name, schema)| (name.clone(), write_out(schema, definitions)));
                plain.insert(name.clone(), Value::Object(properties.collect()));
            }
            ("items", items) => {
                plain.insert(name.clone(), write_out(items, definitions));
            }
            ("format", Value::String(format)) => {
                let most = match format.as_str() {
                    "uint8" => Some(u64::from(u8::MAX)),
                    "uint32" => Some(u64::from(u32::MAX)),
                    _ => None,
                };
                match most {
                    Some(most) => {
                        plain.entry("maximum").or_insert(most.into());
                    }
                    None if format == "uint64" => {}
                    None => {
                        plain.insert(name.clone(), value.clone());
                    }
                }
            }
            _ => {
                plain.insert(name.clone(), value.clone());
            }
        }
    }
    Value::Object(plain)
}

fn merge(into: &mut Map<String, Value>, from: Value) {
    if let Value::Object(fields) = from {
        for (name, value) in fields {
            into.entry(name).or_insert(value);
        }
    }
}

/// The first paragraph of a type's documentation, which is the one for people.
fn for_people(text: &str) -> String {
    let first = text.split("\n\n").next().unwrap_or(text);
    first.replace('\n', " ")
}

/// The schema that tells how a kind's file is read: that of the whole file. Made once.
pub(crate) fn reading_schema(kind: Kind) -> &'static Value {
    static SCHEMAS: OnceLock<BTreeMap<Kind, Value>> = OnceLock::new();
    let schemas = SCHEMAS.get_or_init(|| {
        let kinds = Kind::ALL.iter();
        kinds.map(|kind| (*kind, file_schema(*kind))).collect()
    });
    schemas.get(&kind).unwrap_or(&Value::Null)
}

/// The part of a schema that describes the value at a path such as `owners.2.part`.
pub(crate) fn schema_at<'a>(schema: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.')
        .filter(|name| !name.is_empty())
        .try_fold(schema, part_schema)
}

/// The schema of one part of a value, by key or index.
pub(crate) fn part_schema<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    match schema.get("properties") {
        Some(properties) => properties.get(name),
        None => schema.get("items"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_compiles() {
        for kind in Kind::ALL {
            assert!(checker(*kind).validator.is_some(), "{kind}");
            let text = checker(*kind).schema.to_string();
            for leftover in ["$ref", "anyOf", "oneOf", "null", "[`"] {
                assert!(!text.contains(leftover), "{kind}: {leftover} in {text}");
            }
        }
    }

    #[test]
    fn published_schemas_are_schemas() {
        let schemas = schemas();
        assert_eq!(schemas.len(), 13);
        for (name, schema) in &schemas {
            assert_eq!(schema["$id"], format!("urn:dfg:region:{name}"));
            assert!(schema["title"].is_string(), "{name}");
            assert!(jsonschema::meta::is_valid(schema), "{name}");
        }
    }
}
