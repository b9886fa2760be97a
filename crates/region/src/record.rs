//! Reads the records of one file, whatever its form.

use std::collections::BTreeSet;

use dfg_plan::{Key, Kind, Record, Slug};
use serde_json::Value;

use crate::{
    check::Checked,
    column::table_of,
    diagnostic::{Diagnostic, MAX_FAULTS, Text},
    front,
    layout::Place,
    markdown,
    schema::{checker, inner_kind, reading_schema},
    spot::Spot,
    table, toml,
};

/// A record, and where its parts stand in its file.
pub(crate) struct Found {
    pub key: Key,
    pub record: Record,
    pub spot: Spot,
}

/// What stands in the folder but could not be read, so that a reference to it is no fault.
#[derive(Debug, Default)]
pub(crate) struct Gaps {
    /// Records that could not be read.
    pub keys: BTreeSet<Key>,
    /// Kinds of which an unknown number of records could not be read.
    pub kinds: BTreeSet<Kind>,
}

impl Gaps {
    /// Whether a record may be there, unread.
    pub fn may_hold(&self, key: &Key) -> bool {
        self.kinds.contains(&key.kind) || self.keys.contains(key)
    }

    /// Whether any record of a kind could not be read.
    pub fn touch(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind) || self.keys.iter().any(|key| key.kind == kind)
    }
}

/// Notes that nothing of a file could be read.
pub(crate) fn note_gap(place: &Place, gaps: &mut Gaps) {
    match place {
        Place::Toml(kind, slug) | Place::Markdown(kind, slug) => {
            gaps.keys.insert(Key::new(*kind, slug.clone()));
            gaps.kinds.extend(inner_kind(*kind).map(|(inner, _)| inner));
        }
        Place::Table(kind, _) => {
            gaps.kinds.insert(*kind);
        }
        Place::Ignored => {}
    }
}

/// Reads the records of a file.
pub(crate) fn read(
    place: &Place,
    text: &Text<'_>,
    faults: &mut Vec<Diagnostic>,
    gaps: &mut Gaps,
) -> Vec<Found> {
    let (kind, slug) = match place {
        Place::Ignored => return Vec::new(),
        Place::Table(kind, indicator) => {
            let Some(table) = table_of(*kind) else {
                return Vec::new();
            };
            return table::read(table, indicator.as_ref(), text, faults, gaps);
        }
        Place::Toml(kind, slug) | Place::Markdown(kind, slug) => (*kind, slug),
    };
    let (matter, body) = match place {
        Place::Markdown(..) => match front::split(text) {
            Ok(front) => (front.matter, Some(front.body)),
            Err(fault) => {
                faults.push(fault);
                note_gap(place, gaps);
                return Vec::new();
            }
        },
        _ => (0..text.source.len(), None),
    };
    let mut reader = Reader { text, faults, gaps };
    if let Some(body) = &body {
        markdown::check(text, body.clone(), kind == Kind::Strategy, reader.faults);
    }
    let read = match toml::read(text, matter, reading_schema(kind)) {
        Ok(read) => read,
        Err(fault) => {
            reader.faults.push(fault);
            note_gap(place, reader.gaps);
            return Vec::new();
        }
    };
    let toml::Read {
        mut value,
        mut spot,
    } = read;
    let fits = reader.fits(kind, &value, &spot);
    if !fits {
        // The records inside may stand under a mistyped name.
        reader
            .gaps
            .kinds
            .extend(inner_kind(kind).map(|(inner, _)| inner));
    }
    let mut found = reader.read_inner(kind, slug, &mut value, &mut spot);
    if let (Some(body), Some(fields)) = (body, value.as_object_mut()) {
        let body = text.source.get(body).unwrap_or_default();
        fields.insert("body".to_owned(), body.into());
    }
    let key = Key::new(kind, slug.clone());
    if fits {
        found.extend(reader.read_value(key, value, spot));
    } else {
        reader.gaps.keys.insert(key);
    }
    found
}

struct Reader<'a> {
    text: &'a Text<'a>,
    faults: &'a mut Vec<Diagnostic>,
    gaps: &'a mut Gaps,
}

impl Reader<'_> {
    fn fits(&mut self, kind: Kind, value: &Value, spot: &Spot) -> bool {
        let faults = Checked {
            checker: checker(kind),
            value,
            spot,
            text: self.text,
            noun: kind.word(),
            is_row: false,
        }
        .faults();
        let fits = faults.is_empty();
        self.faults.extend(faults);
        if fits {
            markdown::check_fields(kind, value, spot, self.text, self.faults);
        }
        fits
    }

    /// Takes the records inside a file's own record out of it, and reads them.
    fn read_inner(
        &mut self,
        kind: Kind,
        slug: &Slug,
        value: &mut Value,
        spot: &mut Spot,
    ) -> Vec<Found> {
        let Some((inner, name)) = inner_kind(kind) else {
            return Vec::new();
        };
        let list = value.as_object_mut().and_then(|fields| fields.remove(name));
        let spots = spot.take(name).map(Spot::into_parts).unwrap_or_default();
        let items = match list {
            None => return Vec::new(),
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.gaps.kinds.insert(inner);
                return Vec::new();
            }
        };
        let mut found = Vec::new();
        for (mut item, spot) in items.into_iter().zip(spots) {
            if self.faults.len() > MAX_FAULTS {
                self.gaps.kinds.insert(inner);
                break;
            }
            let fits = item.is_object() && self.fits(inner, &item, &spot);
            let item_slug = item.get("slug").and_then(Value::as_str);
            let Some(item_slug) = item_slug.and_then(|slug| Slug::parse(slug).ok()) else {
                self.gaps.kinds.insert(inner);
                continue;
            };
            let key = Key::new(inner, item_slug);
            if !fits {
                self.gaps.keys.insert(key);
                continue;
            }
            if let Some(fields) = item.as_object_mut() {
                fields.remove("slug");
                if inner == Kind::Objective {
                    fields.insert("theme".to_owned(), slug.as_str().into());
                }
            }
            found.extend(self.read_value(key, item, spot));
        }
        found
    }

    fn read_value(&mut self, key: Key, value: Value, spot: Spot) -> Option<Found> {
        match Record::from_value(key.kind, value) {
            Ok(record) => Some(Found { key, record, spot }),
            // The schema has said all that this would say, in better words.
            Err(cause) => {
                let message = format!("the {} cannot be read: {cause}", key.kind);
                self.faults.push(self.text.fault(spot.value.start, message));
                self.gaps.keys.insert(key);
                None
            }
        }
    }
}
