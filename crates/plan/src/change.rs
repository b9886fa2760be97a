//! Changes to the plan, and drafts of entries that carry them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Value, value::RawValue};

use crate::{
    edition::Edition,
    entry::Hash,
    plan::Plan,
    record::{Key, Kind, Record},
    slug::Slug,
};

/// One change to one record.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The record.
    pub key: Key,
    /// Since when it is true, where that differs from its entry's date.
    pub on: Option<Date>,
    /// What happens to the record.
    pub action: Action,
}

/// What a change does to its record.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// The record comes into the plan.
    Add(Record),
    /// Some fields get new values; null empties one.
    Set(BTreeMap<String, Value>),
    /// The record leaves the plan.
    Withdraw,
}

impl Change {
    /// Adds a record.
    pub fn add(slug: Slug, record: Record) -> Self {
        Self {
            key: Key::new(record.kind(), slug),
            on: None,
            action: Action::Add(record),
        }
    }

    /// Withdraws a record.
    pub fn withdraw(key: Key) -> Self {
        Self {
            key,
            on: None,
            action: Action::Withdraw,
        }
    }

    /// Sets what differs between two versions of a record, or nothing where they are equal.
    pub fn set_difference(key: Key, old: &Record, new: &Record) -> Option<Self> {
        let fields: BTreeMap<String, Value> = new
            .changes_since(old)
            .into_iter()
            .map(|change| (change.field.to_owned(), change.new))
            .collect();
        (!fields.is_empty()).then_some(Self {
            key,
            on: None,
            action: Action::Set(fields),
        })
    }

    /// The same change, true since a date.
    #[must_use]
    pub fn since(mut self, date: Date) -> Self {
        self.on = Some(date);
        self
    }
}

/// The changes that turn one plan into another, in order of kind and slug.
pub fn changes_between(from: &Plan, to: &Plan) -> Vec<Change> {
    let mut changes = Vec::new();
    for (key, record) in to.iter() {
        match from.get(&key) {
            None => changes.push(Change::add(key.slug, record)),
            Some(old) => changes.extend(Change::set_difference(key, &old, &record)),
        }
    }
    for (key, _) in from.iter() {
        if !to.contains(key.kind, key.slug.as_str()) {
            changes.push(Change::withdraw(key));
        }
    }
    changes
}

/// What is to become an entry: everything but its place in the chain.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// Since when the changes are true.
    pub true_on: Option<Date>,
    /// Who makes the entry: a role or a person's id, never a name.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// The decision that it rests on.
    pub decision: Option<Slug>,
    /// Whether the changes are a folder's report of what happened: what it tells may have been
    /// decided elsewhere, so a stage in it needs no decision of this region's groups.
    pub reported: bool,
    /// The changes.
    pub changes: Vec<Change>,
    /// Files of the region folder whose text changed: the hash of the new text, or none where the
    /// file went.
    pub files: BTreeMap<String, Option<Hash>>,
    /// The edition that the entry publishes.
    pub edition: Option<Edition>,
}

#[derive(Serialize)]
struct Written<'a> {
    r#do: &'a str,
    kind: Kind,
    slug: &'a Slug,
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<&'a BTreeMap<String, Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read<'a> {
    r#do: &'a str,
    kind: Kind,
    slug: Slug,
    #[serde(default)]
    on: Option<Date>,
    #[serde(default, borrow)]
    record: Option<&'a RawValue>,
    #[serde(default)]
    fields: Option<BTreeMap<String, Value>>,
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (word, record, fields) = match &self.action {
            Action::Add(record) => ("add", Some(record.to_value()), None),
            Action::Set(fields) => ("set", None, Some(fields)),
            Action::Withdraw => ("withdraw", None, None),
        };
        Written {
            r#do: word,
            kind: self.key.kind,
            slug: &self.key.slug,
            on: self.on,
            record,
            fields,
        }
        .serialize(serializer)
    }
}

/// Reads from text only: a record is read once its kind is known, without an intermediate value.
impl<'de> Deserialize<'de> for Change {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = Read::deserialize(deserializer)?;
        let action = match (read.r#do, read.record, read.fields) {
            ("add", Some(record), None) => {
                Action::Add(Record::from_json(read.kind, record.get()).map_err(D::Error::custom)?)
            }
            ("set", None, Some(fields)) => Action::Set(fields),
            ("withdraw", None, None) => Action::Withdraw,
            (other, _, _) => {
                return Err(D::Error::custom(format!(
                    "a change cannot “{other}” like this"
                )));
            }
        };
        Ok(Self {
            key: Key::new(read.kind, read.slug),
            on: read.on,
            action,
        })
    }
}
