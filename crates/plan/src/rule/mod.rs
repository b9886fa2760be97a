//! The rules between records: what a plan must satisfy, told as faults with a place and a remedy.
//!
//! Import, commands and pages all ask here; none has rules of its own.

mod composite;
mod cycle;
mod dataset;
mod indicator;
mod record;
mod stage;

pub use stage::{DECIDED, Move, decided_moves};

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Serialize;

use crate::{
    link::references,
    plan::{Plan, REGION, STRATEGY},
    record::{Key, Kind, Record, ResponseKind},
    slug::Slug,
};

/// A rule that a record breaks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fault {
    /// The record.
    pub key: Key,
    /// Where in the record, with dots: `owners.2.organisation`; empty for the whole record.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.key)?;
        if !self.path.is_empty() {
            write!(f, ", {}", self.path)?;
        }
        write!(f, ": {}", self.message)?;
        self.hint
            .as_ref()
            .map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}

/// Collects the faults of one record.
struct Faults<'a> {
    key: &'a Key,
    found: &'a mut Vec<Fault>,
}

impl Faults<'_> {
    fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.found.push(Fault {
            key: self.key.clone(),
            path: path.into(),
            message: message.into(),
            hint: None,
        });
    }

    fn add_with_hint(
        &mut self,
        path: impl Into<String>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.add(path, message);
        if let Some(fault) = self.found.last_mut() {
            fault.hint = Some(hint.into());
        }
    }
}

/// Every rule that a plan breaks, by record. `today` bounds dates of what has happened.
pub fn check(plan: &Plan, today: Date) -> Vec<Fault> {
    check_after(&Plan::default(), plan, today)
}

/// Like [`check`], for a plan that came from another one: the rules that a record must satisfy on
/// its own are asked only of records that are not in `before` as they are. What bounds a date of
/// such a record is true on every later day.
pub fn check_after(before: &Plan, plan: &Plan, today: Date) -> Vec<Fault> {
    let mut found = Vec::new();
    check_presence(plan, &mut found);
    let answered: BTreeSet<&Slug> = plan
        .activities
        .values()
        .flat_map(|activity| &activity.answers)
        .collect();
    for (key, record) in plan.iter() {
        let mut faults = Faults {
            key: &key,
            found: &mut found,
        };
        check_references(plan, &record, &mut faults);
        if !before.get(&key).is_some_and(|old| old.is_same(&record)) {
            record::check(&key.slug, &record, today, &mut faults);
        }
        if let Record::Indicator(indicator) = &record
            && let Some(index) = &indicator.index
        {
            composite::check(plan, &key.slug, index, &mut faults);
        }
        if let Record::Signal(signal) = &record {
            let says_answered = signal.response.as_ref().is_some_and(|response| {
                response.kind == ResponseKind::Answered && response.proposal.is_none()
            });
            if says_answered && !answered.contains(&key.slug) {
                faults.add_with_hint(
                    "response",
                    "the signal is said to be answered, but no activity names it",
                    format!("add \"{}\" to the `answers` of an activity", key.slug),
                );
            }
        }
    }
    check_renames(plan, &mut found);
    check_tiles(plan, &mut found);
    cycle::check(plan, &mut found);
    found.sort();
    found
}

fn check_presence(plan: &Plan, found: &mut Vec<Fault>) {
    for (kind, slug) in [(Kind::Region, REGION), (Kind::Strategy, STRATEGY)] {
        let slugs = plan.slugs(kind);
        let wrong = slugs.is_empty() || slugs.iter().any(|other| other.as_str() != slug);
        if let (true, Ok(slug)) = (wrong, Slug::parse(slug)) {
            found.push(Fault {
                key: Key::new(kind, slug),
                path: String::new(),
                message: format!("a region has exactly one {kind} record"),
                hint: None,
            });
        }
    }
}

fn check_references(plan: &Plan, record: &Record, faults: &mut Faults<'_>) {
    let mut seen = BTreeSet::new();
    for reference in references(record) {
        let Key { kind, slug } = &reference.key;
        if !plan.contains(*kind, slug.as_str()) {
            let message = format!("there is no {kind} “{slug}”");
            match nearest(
                slug.as_str(),
                plan.slugs(*kind).into_iter().map(Slug::as_str),
            ) {
                Some(near) => faults.add_with_hint(
                    &reference.path,
                    message,
                    format!("did you mean \"{near}\"?"),
                ),
                None => faults.add(&reference.path, message),
            }
        }
        let list = reference
            .path
            .rsplit_once('.')
            .filter(|(_, last)| last.parse::<usize>().is_ok());
        if let Some((list, _)) = list
            && !seen.insert((list.to_owned(), slug.clone()))
        {
            faults.add(&reference.path, format!("“{slug}” is named twice"));
        }
    }
}

fn check_renames(plan: &Plan, found: &mut Vec<Fault>) {
    let mut claimed: BTreeMap<Key, Key> = BTreeMap::new();
    for (key, record) in plan.iter() {
        for (index, was) in record.was().iter().enumerate() {
            let earlier = Key::new(key.kind, was.clone());
            let path = format!("was.{index}");
            let mut faults = Faults { key: &key, found };
            if plan.contains(key.kind, was.as_str()) {
                faults.add(
                    path,
                    format!("“{was}” is still the slug of another {}", key.kind),
                );
            } else if let Some(other) = claimed.insert(earlier, key.clone()) {
                faults.add(
                    path,
                    format!("“{was}” is claimed by {} as well", other.slug),
                );
            }
        }
    }
}

fn check_tiles(plan: &Plan, found: &mut Vec<Fault>) {
    let mut taken: BTreeMap<(u8, u8), &Slug> = BTreeMap::new();
    for (slug, area) in &plan.areas {
        let Some(tile) = area.tile else { continue };
        let cells = (0..tile.height)
            .flat_map(|down| (0..tile.width).map(move |right| (right, down)))
            .map(|(right, down)| {
                (
                    tile.column.saturating_add(right),
                    tile.row.saturating_add(down),
                )
            });
        let clash = { cells }.find_map(|cell| taken.insert(cell, slug));
        if let Some(other) = clash {
            let key = Key::new(Kind::Area, slug.clone());
            Faults { key: &key, found }.add(
                "tile",
                format!("the tile overlaps the one of “{other}” on the map"),
            );
        }
    }
}

/// The name nearest to a mistyped one, where one is near enough to be meant.
pub fn nearest<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (typed.chars().count() / 3).clamp(1, 6);
    names
        .into_iter()
        .filter(|name| name.len().abs_diff(typed.len()) <= limit)
        .map(|name| (strsim::damerau_levenshtein(typed, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests;
