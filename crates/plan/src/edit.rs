//! A record on its way into a proposal: the texts that somebody typed, and two versions merged.
//!
//! Owns what is kept while somebody writes, and how lists that two people changed come together.
//! Which fields a form has, and how a text is read, belongs to the web.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    record::{Key, Kind},
    slug::Slug,
};

/// A change to one record while it is written. As JSON it keeps every text as it was typed, so that
/// nothing is lost that could not be read yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// The record's kind.
    pub kind: Kind,
    /// Its slug; none while a new record has no name.
    pub slug: Option<Slug>,
    /// What is to happen to the record.
    pub deed: Deed,
    /// The end of the ledger that the author had seen.
    pub made_from: u64,
    /// The fields that were saved: each stands whole in `typed`, or is empty.
    pub saved: BTreeSet<String>,
    /// The texts by their place in the record, with dots: `owners.0.part`.
    pub typed: BTreeMap<String, String>,
}

/// What is to happen to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Deed {
    /// It comes into the plan.
    Add,
    /// Some of its fields change.
    Change,
    /// It leaves the plan.
    Withdraw,
}

impl Edit {
    /// An edit with nothing typed yet.
    pub fn new(kind: Kind, slug: Option<Slug>, deed: Deed, made_from: u64) -> Self {
        Self {
            kind,
            slug,
            deed,
            made_from,
            saved: BTreeSet::new(),
            typed: BTreeMap::new(),
        }
    }

    /// The record's key, once it has a slug.
    pub fn key(&self) -> Option<Key> {
        let slug = self.slug.clone()?;
        Some(Key::new(self.kind, slug))
    }

    /// The texts of one field, by their whole place.
    pub fn texts_of<'a>(&'a self, field: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.typed
            .iter()
            .filter(move |(place, _)| is_within(place, field))
            .map(|(place, text)| (place.as_str(), text.as_str()))
    }

    /// Replaces the texts of one field by those among `texts` that belong to it.
    pub fn save(&mut self, field: &str, texts: &BTreeMap<String, String>) {
        self.forget(field);
        self.saved.insert(field.to_owned());
        for (place, text) in texts {
            if is_within(place, field) {
                self.typed.insert(place.clone(), text.clone());
            }
        }
    }

    /// Takes back what was typed for a field: the record's own value counts again.
    pub fn forget(&mut self, field: &str) {
        self.saved.remove(field);
        self.typed.retain(|place, _| !is_within(place, field));
    }
}

/// Whether a place is a field or stands within it.
pub fn is_within(place: &str, field: &str) -> bool {
    place
        .strip_prefix(field)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Two versions of a list that both began as `base`: what either added, without what either took
/// out, in the order of `theirs`. None where one of them is no list.
pub fn merge_lists(base: &Value, theirs: &Value, mine: &Value) -> Option<Value> {
    let items = |value: &Value| match value {
        Value::Null => Some(Vec::new()),
        Value::Array(items) => Some(items.clone()),
        _ => None,
    };
    let (base, theirs, mine) = (items(base)?, items(theirs)?, items(mine)?);
    let kept = |item: &Value| !base.contains(item) || mine.contains(item);
    let mut merged: Vec<Value> = theirs.into_iter().filter(kept).collect();
    for item in mine {
        if !base.contains(&item) && !merged.contains(&item) {
            merged.push(item);
        }
    }
    Some(Value::Array(merged))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_saved_field_replaces_all_of_its_texts_and_no_others() {
        let mut edit = Edit::new(Kind::Activity, None, Deed::Add, 3);
        let texts = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(place, text)| ((*place).to_owned(), (*text).to_owned()))
                .collect::<BTreeMap<_, _>>()
        };
        let rows = texts(&[("owners.0.part", "leads"), ("owners.1.part", "funds")]);
        edit.save("owners", &rows);
        edit.save("end", &texts(&[("end", "2027"), ("ended", "no")]));
        edit.save("owners", &texts(&[("owners.0.part", "delivers")]));
        let all: Vec<_> = edit.typed.clone().into_iter().collect();
        let expected = [("end", "2027"), ("owners.0.part", "delivers")];
        assert_eq!(all, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
        edit.save("owners", &BTreeMap::new());
        assert!(edit.saved.contains("owners"));
        assert_eq!(edit.texts_of("owners").count(), 0);
        let text = serde_json::to_string(&edit).unwrap();
        assert_eq!(serde_json::from_str::<Edit>(&text).unwrap(), edit);
    }

    #[test]
    fn merged_lists_keep_what_both_did() {
        let base = json!(["a", "b", "c"]);
        // theirs, mine, both
        let table = [
            (
                json!(["a", "b", "c", "d"]),
                json!(["a", "b", "c", "e"]),
                json!(["a", "b", "c", "d", "e"]),
            ),
            (json!(["a", "c"]), json!(["a", "b"]), json!(["a"])),
            (
                json!(["c", "b", "a"]),
                json!(["a", "b", "c", "d"]),
                json!(["c", "b", "a", "d"]),
            ),
            (Value::Null, json!(["a", "b", "c", "d"]), json!(["d"])),
            (
                json!(["a", "b", "c", "d"]),
                json!(["a", "b", "c", "d"]),
                json!(["a", "b", "c", "d"]),
            ),
        ];
        for (theirs, mine, both) in table {
            assert_eq!(
                merge_lists(&base, &theirs, &mine),
                Some(both),
                "{theirs} {mine}"
            );
        }
        assert_eq!(merge_lists(&base, &json!("text"), &base), None);
    }
}
