//! Reads a whole folder into a plan, or tells every fault at once.

use std::collections::{BTreeMap, BTreeSet};

use dfg_plan::{Key, Kind, Plan, Record, link::references, record::ResponseKind, rule};
use jiff::civil::Date;

use crate::{
    diagnostic::{Diagnostic, MAX_FAULTS, Text},
    folder::Folder,
    layout::{Place, is_hidden, place_of},
    record::{self, Found, Gaps},
    spot::Spot,
};

/// Reads a folder: the plan, or every fault in order of file and line.
///
/// `today` bounds the dates of what has happened.
pub fn read(folder: &Folder, today: Date) -> Result<Plan, Vec<Diagnostic>> {
    let mut reading = Reading::default();
    for (path, bytes) in &folder.files {
        reading.read_file(path, bytes);
    }
    for path in ["region.toml", "strategy.md"] {
        if !folder.files.contains_key(path) {
            let message = "a region needs this file";
            reading.faults.push(Diagnostic::of_file(path, message));
            if let Ok(place) = place_of(path) {
                record::note_gap(&place, &mut reading.gaps);
            }
        }
    }
    reading.check_rules(today);
    let Reading {
        plan, mut faults, ..
    } = reading;
    if faults.is_empty() {
        return Ok(plan);
    }
    faults.sort();
    faults.dedup();
    Err(shorten(faults))
}

/// Leaves out what goes beyond the most faults of a file, and says so.
fn shorten(faults: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut shortened: Vec<Diagnostic> = Vec::new();
    let mut count = 0;
    for fault in faults {
        let same_file = shortened.last().is_some_and(|last| last.path == fault.path);
        count = if same_file { count + 1 } else { 1 };
        if count <= MAX_FAULTS {
            shortened.push(fault);
        } else if count == MAX_FAULTS + 1 {
            let message = format!("the file has more than {MAX_FAULTS} faults: no more are told");
            shortened.push(Diagnostic {
                message,
                hint: None,
                ..fault
            });
        }
    }
    shortened
}

/// Where a record stands.
struct Origin {
    /// The number of its file.
    file: usize,
    spot: Spot,
}

#[derive(Default)]
struct Reading<'a> {
    plan: Plan,
    files: Vec<Text<'a>>,
    origins: BTreeMap<Key, Origin>,
    gaps: Gaps,
    faults: Vec<Diagnostic>,
}

impl<'a> Reading<'a> {
    fn read_file(&mut self, path: &'a str, bytes: &'a [u8]) {
        if is_hidden(path) {
            return;
        }
        let place = match place_of(path) {
            Ok(place) => place,
            Err(fault) => return self.faults.push(fault),
        };
        let source = match std::str::from_utf8(bytes) {
            Ok(source) => source,
            Err(cause) => {
                self.faults
                    .push(encoding_fault(path, bytes, cause.valid_up_to()));
                return record::note_gap(&place, &mut self.gaps);
            }
        };
        if let Some(at) = source.find('\0') {
            let text = Text::new(path, source);
            let message = "the file holds a NUL byte: is it a text?";
            self.faults.push(text.fault(at, message));
            return record::note_gap(&place, &mut self.gaps);
        }
        let text = match place {
            Place::Ignored => return,
            // A table's cells may hold line ends of their own.
            Place::Table(..) => Text::new(path, source),
            Place::Toml(..) | Place::Markdown(..) => {
                let rest = source.strip_prefix('\u{feff}');
                if rest.is_some() {
                    let message = "the file begins with a byte-order mark";
                    let fault = Diagnostic::of_file(path, message);
                    self.faults
                        .push(fault.with_hint("the same file, saved as “UTF-8 without BOM”"));
                }
                Text::with_unix_lines(path, rest.unwrap_or(source))
            }
        };
        let found = record::read(&place, &text, &mut self.faults, &mut self.gaps);
        self.files.push(text);
        for record in found {
            self.take(record);
        }
    }

    /// Puts a record of the last file into the plan.
    fn take(&mut self, found: Found) {
        let Found { key, record, spot } = found;
        let file = self.files.len() - 1;
        let Some(text) = self.files.last() else {
            return;
        };
        if let Some(first) = self.origins.get(&key) {
            let other = &self.files[first.file];
            let (line, _) = other.place_of(first.spot.value.start);
            let at = spot
                .part("slug")
                .map_or(spot.value.start, |slug| slug.value.start);
            let message = format!(
                "the slug “{}” is taken by another {} ({}, line {line})",
                key.slug, key.kind, other.path
            );
            self.faults.push(text.fault(at, message));
            // Some slug is wrong, and what names the right one is not.
            self.gaps.kinds.insert(key.kind);
            return;
        }
        self.plan.insert(key.slug.clone(), record);
        self.origins.insert(key, Origin { file, spot });
    }

    fn check_rules(&mut self, today: Date) {
        let mut told = Vec::new();
        let mut last: Option<(Key, BTreeSet<String>)> = None;
        for fault in rule::check(&self.plan, today) {
            // A region or strategy that is missing or unreadable has been told as such.
            let Some(origin) = self.origins.get(&fault.key) else {
                continue;
            };
            // Faults come by record, so that each record is asked once for what it names.
            if last.as_ref().is_none_or(|(key, _)| *key != fault.key) {
                last = Some((fault.key.clone(), self.paths_from_gaps(&fault.key)));
            }
            let from_gap = last
                .as_ref()
                .is_some_and(|(_, paths)| paths.contains(&fault.path));
            if !from_gap {
                // A table's name says whose figures it holds: that is one fault, not one a row.
                let of_file = fault.key.kind == Kind::Observation && fault.path == "indicator";
                let at = if of_file {
                    0
                } else {
                    origin.spot.nearest(&fault.path).value.start
                };
                told.push((origin.file, at, fault));
            }
        }
        // In order of place, which spares counting a long line's columns anew for each fault.
        told.sort();
        for (file, at, fault) in told {
            let mut found = self.files[file].fault(at, fault.message);
            found.hint = fault.hint.as_deref().map(as_remedy);
            self.faults.push(found);
        }
    }

    /// The parts of a record in which a rule may be broken only because another record could not be
    /// read.
    fn paths_from_gaps(&self, key: &Key) -> BTreeSet<String> {
        let Some(record) = self.plan.get(key) else {
            return BTreeSet::new();
        };
        let mut paths: BTreeSet<String> = references(&record)
            .into_iter()
            .filter(|reference| {
                let Key { kind, slug } = &reference.key;
                !self.plan.contains(*kind, slug.as_str()) && self.gaps.may_hold(&reference.key)
            })
            .map(|reference| reference.path)
            .collect();
        if let Record::Signal(signal) = &record
            && self.gaps.touch(Kind::Activity)
            && let Some(response) = &signal.response
            && response.kind == ResponseKind::Answered
        {
            paths.insert("response".to_owned());
        }
        paths
    }
}

/// A rule's hint as what to write instead.
fn as_remedy(hint: &str) -> String {
    let meant = hint
        .strip_prefix("did you mean ")
        .and_then(|name| name.strip_suffix('?'));
    let remedy = meant.or_else(|| hint.strip_prefix("write "));
    remedy.unwrap_or(hint).to_owned()
}

fn encoding_fault(path: &str, bytes: &[u8], at: usize) -> Diagnostic {
    let before = std::str::from_utf8(&bytes[..at]).unwrap_or_default();
    let message = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "the file is UTF-16, not UTF-8".to_owned(),
        _ => match bytes.get(at) {
            Some(byte) => format!("the byte {byte:#04x} is not UTF-8"),
            None => "the file is not UTF-8".to_owned(),
        },
    };
    Text::new(path, before)
        .fault(at, message)
        .with_hint("the same file, saved as UTF-8")
}
