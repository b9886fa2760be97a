//! Changes in words: what differs, record by record and field by field, word by word in texts.

use dfg_plan::{
    Change, History, Key, Kind, Plan, Record,
    change::Action,
    diff::{RecordDiff, What, diff_plans},
    record::FieldChange,
    story::{Piece, capitalise, describe, spell_field, tell_field},
};
use jiff::civil::Date;

/// One record's changes.
pub(crate) struct Told {
    /// What sort of record.
    pub kind: &'static str,
    pub title: String,
    /// One word for what happens to it.
    pub label: &'static str,
    pub lines: Vec<Vec<Piece>>,
}

/// What changes do to their records as these stood after an entry.
pub(crate) fn tell_changes(history: &History, changes: &[Change], through: u64) -> Vec<Told> {
    let (mut before, mut after) = (Plan::default(), Plan::default());
    for change in changes {
        let Key { slug, .. } = &change.key;
        let old = history.record_at(&change.key, through, Date::MAX);
        if let Some(old) = &old {
            before.insert(slug.clone(), old.clone());
        }
        let earlier = after.get(&change.key).or(old);
        match (&change.action, earlier) {
            (Action::Add(record), _) => {
                after.insert(slug.clone(), record.clone());
            }
            (Action::Set(fields), Some(mut record)) => {
                for (field, value) in fields {
                    // What does not fit is told by the rules when it is applied.
                    let _ = record.set(field, value.clone());
                }
                after.insert(slug.clone(), record);
            }
            _ => {}
        }
    }
    let names = history.current();
    let mut later = Plan::clone(&names);
    for (key, record) in after.iter() {
        later.insert(key.slug, record);
    }
    diff_plans(&before, &after)
        .iter()
        .map(|diff| tell(&names, &later, diff))
        .collect()
}

/// A difference in words; the plans give names to slugs.
pub(crate) fn tell(before: &Plan, after: &Plan, diff: &RecordDiff) -> Told {
    let kind = diff.key.kind;
    let lines = match &diff.what {
        What::Added(record) => whole(after, record),
        What::Withdrawn(_) => Vec::new(),
        What::Renamed { fields, .. } | What::Changed { fields, .. } => fields
            .iter()
            .map(|field| tell_field((before, after), kind, field))
            .collect(),
    };
    Told {
        kind: kind.spoken(),
        title: title_of(after, diff.record()),
        label: match diff.what {
            What::Added(_) => "New",
            What::Withdrawn(_) => "Withdrawn",
            What::Renamed { .. } => "Renamed",
            What::Changed { .. } => "Changed",
        },
        lines,
    }
}

/// What people call a record, with names in place of slugs.
pub(crate) fn title_of(plan: &Plan, record: &Record) -> String {
    let name = |kind, slug: &dfg_plan::Slug| {
        let record = plan.get(&Key::new(kind, slug.clone()));
        record.map_or(slug.to_string(), |record| record.title())
    };
    match record {
        Record::Relationship(tie) => {
            let (from, to) = (
                name(Kind::Organisation, &tie.from),
                name(Kind::Organisation, &tie.to),
            );
            format!("{from} {} {to}", tie.kind.words())
        }
        Record::Observation(one) => {
            let indicator = name(Kind::Indicator, &one.indicator);
            format!("{indicator}, {}", dfg_plan::spell_date(one.period))
        }
        other => other.title(),
    }
}

/// Every field of a record.
fn whole(plan: &Plan, record: &Record) -> Vec<Vec<Piece>> {
    let value = record.to_value();
    let names = dfg_plan::record::field_names(record.kind());
    names
        .iter()
        .filter_map(|name| {
            let told = describe(plan, record.kind(), name, value.get(*name)?);
            let name = capitalise(&spell_field(name));
            Some(vec![Piece::Text(format!("{name}: {told}"))])
        })
        .collect()
}

/// One field's change in words.
pub(crate) fn tell_one(
    plan: &Plan,
    kind: Kind,
    field: &'static str,
    old: &serde_json::Value,
    new: &serde_json::Value,
) -> Vec<Piece> {
    let change = FieldChange {
        field,
        old: old.clone(),
        new: new.clone(),
    };
    tell_field((plan, plan), kind, &change)
}
