//! The columns of each kind's table. Fields keep the names that they have in files; a name of
//! another record stands beside its slug.

use dfg_plan::{
    Key, Kind, Record, Slug, Source,
    record::{Activity, Ownership, Part, field_names},
};
use serde_json::Value;

use super::safe::neutralise;
use crate::view::View;

/// What separates the values in one cell.
const BETWEEN: &str = "; ";

/// A kind's records as CSV with a heading, lines ended as RFC 4180 says.
pub(super) fn table(view: &View, kind: Kind, records: &[(Slug, Record)]) -> Vec<u8> {
    let names = headings(kind);
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    // Writing to memory cannot fail; what could not be written is left out.
    let _ = writer.write_record(&names);
    for (slug, record) in records {
        let value = record.to_value();
        let row = names
            .iter()
            .map(|name| cell(view, slug, record, &value, name));
        let row = row.map(|text| neutralise(&text).into_owned());
        let _ = writer.write_record(row);
    }
    writer.into_inner().unwrap_or_default()
}

/// The names of the columns.
fn headings(kind: Kind) -> Vec<&'static str> {
    let mut names = vec!["slug"];
    for field in field_names(kind) {
        match (kind, *field) {
            // Long texts, and earlier slugs, are in the JSON.
            (_, "body" | "was" | "events" | "updates") => {}
            (_, "theme") => names.extend(["theme", "theme_title"]),
            (Kind::Activity, "owners") => {
                names.extend(["led_by", "delivered_by", "funded_by", "advised_by"]);
            }
            (Kind::Activity, "funding_pence") => names.push("funding_pounds"),
            (Kind::Relationship, "from") => names.extend(["from", "from_name"]),
            (Kind::Relationship, "to") => names.extend(["to", "to_name"]),
            (Kind::Observation, "indicator") => names.extend(["indicator", "indicator_title"]),
            (Kind::Indicator, "baseline") => names.extend(["baseline_period", "baseline_value"]),
            (Kind::Indicator, "target") => names.extend(["target_period", "target_value"]),
            (Kind::Signal, "response") => names.extend(["response", "answered_by"]),
            (_, "sources") => names.extend(["source_titles", "source_addresses"]),
            (_, other) => names.push(other),
        }
    }
    names
}

fn cell(view: &View, slug: &Slug, record: &Record, value: &Value, name: &str) -> String {
    let title = |kind: Kind, field: &str| {
        let slug = value.get(field).and_then(Value::as_str);
        let slug = slug.and_then(|slug| Slug::parse(slug).ok());
        slug.map(|slug| view.title(kind, &slug)).unwrap_or_default()
    };
    match (record, name) {
        (_, "slug") => slug.to_string(),
        (_, "theme_title") => title(Kind::Theme, "theme"),
        (_, "from_name") => title(Kind::Organisation, "from"),
        (_, "to_name") => title(Kind::Organisation, "to"),
        (_, "indicator_title") => title(Kind::Indicator, "indicator"),
        (_, "source_titles") => sources(record, |source| Some(source.name())),
        (_, "source_addresses") => sources(record, |source| source.url.as_deref()),
        (Record::Activity(activity), "led_by") => owners(view, activity, Part::Leads),
        (Record::Activity(activity), "delivered_by") => owners(view, activity, Part::Delivers),
        (Record::Activity(activity), "funded_by") => owners(view, activity, Part::Funds),
        (Record::Activity(activity), "advised_by") => owners(view, activity, Part::Advises),
        (Record::Activity(activity), "funding_pounds") => activity
            .funding_pence
            .map(|pence| format!("{}.{:02}", pence.pounds(), pence.0 % 100))
            .unwrap_or_default(),
        (Record::Signal(signal), "response") => signal
            .response
            .as_ref()
            .map(|response| response.kind.words().to_owned())
            .unwrap_or_default(),
        (Record::Signal(_), "answered_by") => {
            let key = Key::new(Kind::Signal, slug.clone());
            let answers = view.backlinks.to(&key, Kind::Activity, "answers");
            join(answers.into_iter().map(Slug::as_str))
        }
        (_, "baseline_period") => spell(&value["baseline"]["period"]),
        (_, "baseline_value") => spell(&value["baseline"]["value"]),
        (_, "target_period") => spell(&value["target"]["period"]),
        (_, "target_value") => spell(&value["target"]["value"]),
        (_, field) => spell(value.get(field).unwrap_or(&Value::Null)),
    }
}

fn owners(view: &View, activity: &Activity, part: Part) -> String {
    let owners = activity.owners.iter().filter(|owner| owner.part == part);
    let names: Vec<String> = owners.map(|owner| owner_name(view, owner)).collect();
    names.join(BETWEEN)
}

fn owner_name(view: &View, owner: &Ownership) -> String {
    match (&owner.name, &owner.organisation) {
        (Some(name), _) => name.clone(),
        (None, Some(slug)) => view.title(Kind::Organisation, slug),
        (None, None) => String::new(),
    }
}

fn sources(record: &Record, part: impl Fn(&Source) -> Option<&str>) -> String {
    join(record.sources().iter().filter_map(part))
}

fn join<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    parts.collect::<Vec<_>>().join(BETWEEN)
}

/// A field's value in one cell.
fn spell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(spell).collect::<Vec<_>>().join(BETWEEN),
        Value::Object(fields) => {
            // A seat in a group, a tile on the map: its parts in words.
            let parts = fields.iter().map(|(name, value)| match name.as_str() {
                "title" => spell(value),
                _ => format!("{name} {}", spell(value)),
            });
            parts.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}
