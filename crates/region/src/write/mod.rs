//! Writes a plan into the files of a region folder.
//!
//! What people wrote is theirs: a file whose records are those of the plan stays byte for byte, and
//! in another one only what differs is rewritten. Each edited file is read again; where it does not
//! say what the plan says, it is rendered anew, so that no trick of layout can change a record.

mod document;
mod edit;
mod render;
mod table;

use std::collections::BTreeMap;

use dfg_plan::{Key, Kind, Plan, Record};

use crate::{
    column::table_of,
    diagnostic::Text,
    layout::{Place, path_of, path_of_key, place_of},
    record::{self, Found, Gaps},
};

/// The records of one file.
type Records = BTreeMap<Key, Record>;

/// The files that say a plan, in the layout of the files that it was last read from.
///
/// `layout` holds those files' texts by path, and may be empty. Files for people, such as
/// `README.md`, are kept.
pub fn write(plan: &Plan, layout: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut wanted: BTreeMap<String, Records> = BTreeMap::new();
    for (key, record) in plan.iter() {
        let records = wanted.entry(path_of(&key.slug, &record)).or_default();
        records.insert(key, record);
    }
    let mut files = BTreeMap::new();
    for (path, text) in layout {
        match place_of(path) {
            Ok(Place::Ignored) => {
                files.insert(path.clone(), text.clone());
            }
            Ok(Place::Table(Kind::Observation, Some(indicator)))
                if !plan.contains(Kind::Indicator, indicator.as_str()) => {}
            // A table without rows still says which columns it is to have.
            Ok(Place::Table(..)) => {
                wanted.entry(path.clone()).or_default();
            }
            Ok(_) | Err(_) => {}
        }
    }
    for (path, records) in wanted {
        let Ok(place) = place_of(&path) else { continue };
        let text = match layout.get(&path) {
            Some(old) => write_file(&path, &place, &records, old, &place),
            None => match earlier_place(plan, &place, &records, layout) {
                Some((old, from)) => write_file(&path, &place, &records, old, &from),
                None => render_file(&place, &records),
            },
        };
        files.insert(path, text);
    }
    files
}

/// Where a renamed record's file stood, while no other record stands there.
fn earlier_place<'a>(
    plan: &Plan,
    place: &Place,
    records: &Records,
    layout: &'a BTreeMap<String, String>,
) -> Option<(&'a String, Place)> {
    let (Place::Toml(kind, slug) | Place::Markdown(kind, slug)) = place else {
        return None;
    };
    let record = records.get(&Key::new(*kind, slug.clone()))?;
    record.was().iter().find_map(|was| {
        let path = path_of_key(*kind, was);
        let gone = !plan.contains(*kind, was.as_str());
        let old = layout.get(&path).filter(|_| gone)?;
        Some((old, place_of(&path).ok()?))
    })
}

/// Writes a file on the ground of an earlier text, which was read at the place `from`.
fn write_file(path: &str, place: &Place, records: &Records, old: &str, from: &Place) -> String {
    let Some(found) = read_back(path, from, old) else {
        return render_file(place, records);
    };
    if from == place && says(&found, records) {
        return old.to_owned();
    }
    let edited = match place {
        Place::Table(kind, _) => {
            table_of(*kind).map(|kind| table::edit(kind, records, &found, old))
        }
        Place::Toml(..) | Place::Markdown(..) => document::edit(place, records, &found, old),
        Place::Ignored => None,
    };
    let sound = edited
        .filter(|text| read_back(path, place, text).is_some_and(|found| says(&found, records)));
    sound.unwrap_or_else(|| render_file(place, records))
}

fn render_file(place: &Place, records: &Records) -> String {
    match place {
        Place::Table(kind, _) => table_of(*kind)
            .map(|kind| table::render(kind, records))
            .unwrap_or_default(),
        place => document::render(place, records),
    }
}

/// The records of a text, where it can be read without fault.
fn read_back(path: &str, place: &Place, source: &str) -> Option<Vec<Found>> {
    let text = match place {
        Place::Table(..) => Text::new(path, source),
        _ => Text::with_unix_lines(path, source),
    };
    let mut faults = Vec::new();
    let found = record::read(place, &text, &mut faults, &mut Gaps::default());
    faults.is_empty().then_some(found)
}

fn says(found: &[Found], records: &Records) -> bool {
    found.len() == records.len()
        && found
            .iter()
            .all(|found| records.get(&found.key) == Some(&found.record))
}
