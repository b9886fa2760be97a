//! Checks a value against its schema, and tells each fault in words with its place.

use std::collections::BTreeSet;

use dfg_plan::{Slug, rule::nearest};
use jsonschema::{ValidationError, error::ValidationErrorKind};
use serde_json::Value;

use crate::{
    diagnostic::{Diagnostic, MAX_FAULTS, Text},
    schema::{Checker, schema_at},
    spot::{Spot, Written},
};

/// What is checked, and where it stands.
pub(crate) struct Checked<'a> {
    pub checker: &'a Checker,
    pub value: &'a Value,
    pub spot: &'a Spot,
    pub text: &'a Text<'a>,
    /// What the whole value is, for words: `activity`.
    pub noun: &'a str,
    /// Whether it is a row of a table, where examples are not TOML.
    pub is_row: bool,
}

impl Checked<'_> {
    /// Every fault of the value; of one place only the first.
    pub fn faults(&self) -> Vec<Diagnostic> {
        let Some(validator) = &self.checker.validator else {
            return Vec::new();
        };
        if validator.is_valid(self.value) {
            return Vec::new();
        }
        let mut told = BTreeSet::new();
        let mut meant = BTreeSet::new();
        let mut missing = Vec::new();
        let mut faults = Vec::new();
        for error in validator.iter_errors(self.value).take(MAX_FAULTS + 1) {
            let path = dotted(error.instance_path().as_str());
            match error.kind() {
                ValidationErrorKind::AdditionalProperties { unexpected } => {
                    for name in unexpected {
                        let near = self.nearest_field(&path, name);
                        faults.push(self.unknown_field(&path, name, near));
                        meant.extend(near.map(|near| (path.clone(), near)));
                    }
                }
                ValidationErrorKind::Required { property } => {
                    missing.push((path, property.as_str().unwrap_or_default().to_owned()));
                }
                _ if told.insert(path.clone()) => faults.push(self.wrong_value(&path, &error)),
                _ => {}
            }
        }
        // A mistyped name is told once, and not as missing as well.
        missing.retain(|(path, name)| !meant.contains(&(path.clone(), name.as_str())));
        let missing = missing.iter();
        faults.extend(missing.map(|(path, name)| self.missing_field(path, name)));
        faults
    }

    fn field_names(&self, path: &str) -> Vec<&str> {
        schema_at(&self.checker.schema, path)
            .and_then(|schema| schema.get("properties")?.as_object())
            .map(|properties| properties.keys().map(String::as_str).collect())
            .unwrap_or_default()
    }

    /// The field that a mistyped name means.
    fn nearest_field(&self, path: &str, name: &str) -> Option<&str> {
        nearest(&name.to_lowercase(), self.field_names(path))
    }

    fn unknown_field(&self, path: &str, name: &str, near: Option<&str>) -> Diagnostic {
        let at = self.spot.at(path).and_then(|spot| spot.part(name));
        let at = at.map_or(self.spot.nearest(path).value.start, |spot| spot.key.start);
        let whole = path.is_empty();
        if whole && name == "body" {
            let message = "the text does not stand in the front matter, but below it";
            return self
                .text
                .fault(at, message)
                .with_hint("the text, after the closing +++");
        }
        if whole && name == "slug" && !self.is_row {
            let message = "there is no field `slug`: the file's name is the slug";
            return self.text.fault(at, message);
        }
        let message = if whole {
            format!("`{name}` is not a field of {}", with_article(self.noun))
        } else {
            format!("`{name}` is not a field of `{}`", field_name(path))
        };
        let list = || format!("one of {}", self.field_names(path).join(", "));
        let hint = near.map_or_else(list, str::to_owned);
        self.text.fault(at, message).with_hint(hint)
    }

    fn missing_field(&self, path: &str, name: &str) -> Diagnostic {
        let spot = self.spot.nearest(path);
        // A table row has a cell for the field, though an empty one.
        let at = spot.part(name).unwrap_or(spot).value.start;
        let schema = schema_at(&self.checker.schema, path)
            .and_then(|schema| schema.get("properties")?.get(name));
        let about = schema
            .and_then(|schema| schema.get("description")?.as_str())
            .map(|about| format!(" ({})", about.trim_end_matches('.')))
            .unwrap_or_default();
        let fault = self.text.fault(at, format!("`{name}` is missing{about}"));
        if self.is_row {
            return fault;
        }
        fault.with_hint(format!("{name} = {}", example(schema)))
    }

    fn wrong_value(&self, path: &str, error: &ValidationError<'_>) -> Diagnostic {
        let spot = self.spot.nearest(path);
        let name = field_name(path);
        let schema = schema_at(&self.checker.schema, path);
        let raw = self.text.source.get(spot.value.clone()).unwrap_or_default();
        let shown = match error.instance().as_ref() {
            Value::String(text) => format!("“{}”", shorten(text)),
            Value::Null => shorten(raw),
            other => shorten(&other.to_string()),
        };
        let (message, hint) = match error.kind() {
            ValidationErrorKind::Type { .. } => {
                let wanted = wanted_type(schema);
                let message = format!(
                    "`{name}` is {}, not {}",
                    wanted.words(),
                    spot.written.words()
                );
                (message, convert(error.instance(), raw, wanted))
            }
            ValidationErrorKind::Enum { options } => {
                let words: Vec<&str> = options
                    .as_array()
                    .map(|words| words.iter().filter_map(Value::as_str).collect())
                    .unwrap_or_default();
                let typed = error.instance().as_str().unwrap_or_default().to_lowercase();
                let hint = match nearest(&typed, words.iter().copied()) {
                    Some(near) => near.to_owned(),
                    None => format!("one of {}", words.join(", ")),
                };
                (format!("`{name}` cannot be {shown}"), Some(hint))
            }
            ValidationErrorKind::Pattern { .. } | ValidationErrorKind::Format { .. } => {
                let typed = error.instance().as_str().unwrap_or_default();
                misfit(name, &shown, typed, schema)
            }
            ValidationErrorKind::Minimum { limit } => (
                format!("`{name}` is {shown}, but cannot be less than {limit}"),
                None,
            ),
            ValidationErrorKind::Maximum { limit } => (
                format!("`{name}` is {shown}, but cannot be more than {limit}"),
                None,
            ),
            ValidationErrorKind::MaxLength { limit } => {
                (format!("`{name}` is longer than {limit} characters"), None)
            }
            _ => (format!("`{name}` does not fit: {error}"), None),
        };
        let fault = self.text.fault(spot.value.start, message);
        match hint {
            Some(hint) => fault.with_hint(hint),
            None => fault,
        }
    }
}

/// What is wrong with a text that must have a form, and what to write instead.
fn misfit(
    name: &str,
    shown: &str,
    typed: &str,
    schema: Option<&Value>,
) -> (String, Option<String>) {
    let keyword = |word| schema.and_then(|schema| schema.get(word)?.as_str());
    match (keyword("format"), keyword("pattern")) {
        (Some("slug"), _) => (
            format!("{shown} is not a slug: lower-case letters, digits and single hyphens"),
            Slug::from_text(typed).map(|slug| slug.to_string()),
        ),
        (Some("partial-date"), _) => (
            format!("{shown} is not a date"),
            Some("2019, 2019-10 or 2019-10-04".to_owned()),
        ),
        (Some("figure"), _) => (
            format!("{shown} is not a plain number"),
            Some("62500, 77.8 or -14".to_owned()),
        ),
        (_, Some(pattern)) if pattern.contains("https?") => (
            format!("{shown} is not a web address"),
            Some(
                if typed.contains("://") || typed.contains(char::is_whitespace) {
                    "an address that begins with https:// and has no spaces".to_owned()
                } else {
                    format!("https://{typed}")
                },
            ),
        ),
        (_, Some(pattern)) if pattern.starts_with("^#") => (
            format!("{shown} is not a colour"),
            Some(colour_meant(typed)),
        ),
        _ => (format!("`{name}` cannot be {shown}"), None),
    }
}

/// The colour that a text means but for its capitals or its missing sign.
fn colour_meant(typed: &str) -> String {
    let digits = typed.trim().trim_start_matches('#').to_lowercase();
    if digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        format!("#{digits}")
    } else {
        "six hexadecimal digits in lower case, such as #1a2b3c".to_owned()
    }
}

fn wanted_type(schema: Option<&Value>) -> Written {
    let word = schema.and_then(|schema| schema.get("type")?.as_str());
    match word {
        Some("integer") => Written::Whole,
        Some("array") => Written::List,
        Some("object") => Written::Table,
        Some("boolean") => Written::Switch,
        _ => match schema.and_then(|schema| schema.get("format")?.as_str()) {
            Some("partial-date") => Written::Date,
            _ => Written::Text,
        },
    }
}

/// A wrongly typed value as the type that is wanted, where that is plain.
fn convert(value: &Value, raw: &str, wanted: Written) -> Option<String> {
    let short = raw.len() <= 80 && !raw.contains('\n');
    match (wanted, value) {
        (Written::Text, Value::Number(_) | Value::Null | Value::Bool(_)) if short => {
            Some(format!("\"{raw}\""))
        }
        (Written::List, Value::String(_) | Value::Object(_)) if short => Some(format!("[{raw}]")),
        (Written::Whole, Value::String(text)) => {
            let digits = text.replace([',', '_', '£', ' '], "");
            let whole = digits.parse::<u64>().ok()?;
            Some(whole.to_string())
        }
        (Written::Date, Value::Number(_)) => Some(format!("\"{raw}\"")),
        (Written::Date, _) => Some("\"2019\", \"2019-10\" or \"2019-10-04\"".to_owned()),
        _ => None,
    }
}

/// How a missing field may be written.
fn example(schema: Option<&Value>) -> &'static str {
    let keyword = |word| schema.and_then(|schema| schema.get(word)?.as_str());
    match (wanted_type(schema), keyword("format"), keyword("pattern")) {
        (Written::Whole, ..) => "1",
        (Written::List, ..) => "[…]",
        (Written::Table, ..) => "{ … }",
        (Written::Date, ..) => "\"2019-10\"",
        (_, Some("slug"), _) => "\"a-slug\"",
        (_, _, Some(pattern)) if pattern.starts_with("^#") => "\"#1a2b3c\"",
        _ => "\"…\"",
    }
}

/// `/owners/2/part` as `owners.2.part`.
fn dotted(pointer: &str) -> String {
    let names = pointer.split('/').skip(1);
    let names: Vec<String> = names
        .map(|name| name.replace("~1", "/").replace("~0", "~"))
        .collect();
    names.join(".")
}

/// The name of the field that a path leads to: of a list's item, the list's.
fn field_name(path: &str) -> &str {
    path.rsplit('.')
        .find(|name| name.parse::<usize>().is_err())
        .unwrap_or(path)
}

fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {noun}")
}

fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
