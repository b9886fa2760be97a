//! From what somebody typed to a change of the plan, with everything that stands in its way.

use dfg_plan::{
    Change, History, Key, Kind, PartialDate, Plan, Record, Slug,
    edit::{Deed, Edit},
    plan::{REGION, STRATEGY},
    record::{Activity, Event, EventKind, Stage},
    rule,
    slug::derive_slug,
    story::capitalise,
};
use jiff::civil::Date;
use serde_json::{Map, Value};

use super::{
    field::{Field, Input},
    table::{STAGE_SINCE, find, sections},
    value::{Misread, Texts, missing, read, write},
};

/// What an edit comes to.
pub(crate) struct Built {
    /// The change; none where it cannot be made yet, or changes nothing.
    pub change: Option<Change>,
    /// The record as it would be.
    pub record: Option<Record>,
    /// What cannot be read, or is missing.
    pub misread: Vec<Misread>,
}

/// The record as the author of an edit saw it.
pub(crate) fn base_of(history: &History, edit: &Edit) -> Option<Record> {
    if edit.deed == Deed::Add {
        return None;
    }
    history.record_at(&edit.key()?, edit.made_from, Date::MAX)
}

/// Whether the record of an edit has changed since its author saw it.
pub(crate) fn is_stale(history: &History, edit: &Edit) -> bool {
    edit.deed != Deed::Add
        && edit.key().is_some_and(|key| {
            history
                .track(&key)
                .is_none_or(|track| track.last_seq() > edit.made_from)
        })
}

/// The texts of a field as the form shows them: what was typed, or else the record's own value.
pub(crate) fn texts_of(edit: &Edit, base: Option<&Record>, field: &Field) -> Texts {
    if edit.saved.contains(field.name) {
        let typed = edit.texts_of(field.name);
        return typed
            .map(|(at, text)| (at.to_owned(), text.to_owned()))
            .collect();
    }
    let mut texts = Texts::new();
    if let Some(value) = base
        .map(Record::to_value)
        .as_ref()
        .and_then(|value| value.get(field.name))
    {
        write(field, field.name, value, &mut texts);
    }
    texts
}

/// A field's value as an edit has it, null where it is empty.
pub(crate) fn value_of(
    edit: &Edit,
    base: Option<&Map<String, Value>>,
    field: &Field,
    misread: &mut Vec<Misread>,
) -> Value {
    let before = base.and_then(|base| base.get(field.name)).cloned();
    if !edit.saved.contains(field.name) {
        return before.unwrap_or_default();
    }
    let after = read(field, field.name, &edit.typed, misread).unwrap_or_default();
    match before {
        Some(before) => keep_what_was(field, &edit.typed, before, after),
        None => after,
    }
}

/// What a form cannot show stays: space at a text's end, and parts of a row that no question asks
/// for, where the row is as it was.
fn keep_what_was(field: &Field, typed: &Texts, before: Value, after: Value) -> Value {
    let shown = |value: &Value| {
        let mut texts = Texts::new();
        write(field, field.name, value, &mut texts);
        for text in texts.values_mut() {
            text.truncate(text.trim_end().len());
        }
        texts
    };
    let as_before: Texts = shown(&before);
    let now: Texts = typed
        .iter()
        .filter(|(at, _)| dfg_plan::edit::is_within(at, field.name))
        .map(|(at, text)| (at.clone(), text.trim_end().to_owned()))
        .collect();
    if as_before == now {
        return before;
    }
    match (before, after) {
        // Boxes stand in the order of the page, which says nothing of the record's.
        (Value::Array(old), Value::Array(new)) if matches!(field.input, Input::Many(_)) => {
            let kept = old.iter().filter(|item| new.contains(item));
            let come = new.iter().filter(|item| !old.contains(item));
            Value::Array(kept.chain(come).cloned().collect())
        }
        (Value::Array(old), Value::Array(new)) => {
            let whole = |row: Value| {
                let alone = |row: &Value| shown(&Value::Array(vec![row.clone()]));
                let same = old.iter().find(|old| alone(old) == alone(&row));
                same.cloned().unwrap_or(row)
            };
            Value::Array(new.into_iter().map(whole).collect())
        }
        (_, after) => after,
    }
}

/// Makes the change that an edit means.
pub(crate) fn build(history: &History, edit: &Edit, today: Date) -> Built {
    let mut misread = Vec::new();
    let gone = |message: &str| Built {
        change: None,
        record: None,
        misread: vec![Misread {
            place: String::new(),
            message: message.to_owned(),
        }],
    };
    let base = base_of(history, edit);
    match (edit.deed, edit.key(), &base) {
        (Deed::Add, ..) | (Deed::Change, _, Some(_)) => {}
        (Deed::Withdraw, Some(key), Some(record)) => {
            return Built {
                change: Some(Change::withdraw(key)),
                record: Some(record.clone()),
                misread,
            };
        }
        _ => return gone("The record is not in the plan"),
    }
    let before = base.as_ref().map(Record::to_value);
    let before = before.as_ref().and_then(Value::as_object);
    let mut fields = before.cloned().unwrap_or_default();
    for field in sections(edit.kind)
        .iter()
        .flat_map(|section| section.fields)
    {
        if field.name == STAGE_SINCE {
            continue;
        }
        let count = misread.len();
        match value_of(edit, before, field, &mut misread) {
            Value::Null => {
                fields.remove(field.name);
                if field.required && misread.len() == count {
                    misread.push(Misread {
                        place: field.name.to_owned(),
                        message: missing(field),
                    });
                }
            }
            value => {
                fields.insert(field.name.to_owned(), value);
            }
        }
    }
    let since = since(edit, &mut misread);
    if !misread.is_empty() {
        return Built {
            change: None,
            record: None,
            misread,
        };
    }
    let record = match Record::from_value(edit.kind, Value::Object(fields)) {
        Ok(record) => with_stage_event(record, base.as_ref(), since.unwrap_or(today.into())),
        Err(cause) => return gone(&format!("The answers do not fit together: {cause}")),
    };
    let change = match (edit.key(), &base) {
        (Some(key), None) => Some(Change::add(key.slug, record.clone())),
        (Some(key), Some(base)) => Change::set_difference(key, base, &record),
        (None, _) => None,
    };
    Built {
        change,
        record: Some(record),
        misread,
    }
}

fn since(edit: &Edit, misread: &mut Vec<Misread>) -> Option<PartialDate> {
    let field = find(edit.kind, STAGE_SINCE)?;
    let value = read(field, STAGE_SINCE, &edit.typed, misread)?;
    PartialDate::parse(value.as_str()?).ok()
}

/// An activity whose stage changes, and which tells what happened when, tells of the change too.
fn with_stage_event(record: Record, base: Option<&Record>, since: PartialDate) -> Record {
    let Record::Activity(activity) = &record else {
        return record;
    };
    let was = match base {
        Some(Record::Activity(base)) => base.stage,
        _ => None,
    };
    let implied = activity.stage_from_events();
    let Some(stage) = activity.stage.filter(|stage| Some(*stage) != was) else {
        return record;
    };
    if implied.is_none() || implied == Some(stage) {
        return record;
    }
    let what = match stage {
        Stage::Approved => EventKind::Approved,
        Stage::Delivering => EventKind::Started,
        Stage::Completed => EventKind::Completed,
        Stage::Paused => EventKind::Paused,
        Stage::Stopped => EventKind::Stopped,
        Stage::Idea | Stage::Developing => EventKind::Stated,
    };
    let mut activity = Activity::clone(activity);
    activity.events.push(Event {
        date: since,
        what,
        stage: (what == EventKind::Stated).then_some(stage),
        note: None,
        source: None,
    });
    activity.into()
}

/// Gives a new record its slug, once enough is typed. A name stays once it is given; what is named
/// after its own fields follows them.
pub(crate) fn name(history: &History, edit: &mut Edit, taken: &[Key]) {
    let is_derived = matches!(edit.kind, Kind::Relationship | Kind::Observation);
    if edit.deed != Deed::Add || (edit.slug.is_some() && !is_derived) {
        return;
    }
    let mut misread = Vec::new();
    let mut fields = Map::new();
    for field in sections(edit.kind)
        .iter()
        .flat_map(|section| section.fields)
    {
        let value = value_of(edit, None, field, &mut misread);
        if !value.is_null() {
            fields.insert(field.name.to_owned(), value);
        }
    }
    if is_derived {
        let derived = derive_slug(edit.kind, &fields);
        edit.slug = derived.and_then(|slug| Slug::parse(&slug).ok());
        return;
    }
    let fixed = match edit.kind {
        Kind::Region => Some(REGION),
        Kind::Strategy => Some(STRATEGY),
        _ => None,
    };
    let title = fixed.or_else(|| {
        let title = ["title", "name", "what"]
            .into_iter()
            .find_map(|name| fields.get(name));
        title.and_then(Value::as_str)
    });
    // Long enough to tell records apart, short enough for an address.
    let title: String = title.unwrap_or_default().chars().take(60).collect();
    let is_free = |slug: &Slug| {
        let key = Key::new(edit.kind, slug.clone());
        history.track(&key).is_none() && !taken.contains(&key)
    };
    let Some(first) = Slug::from_text(&title) else {
        return;
    };
    let numbered = (2..1_000).filter_map(|number| Slug::parse(&format!("{first}-{number}")).ok());
    edit.slug = std::iter::once(first.clone()).chain(numbered).find(is_free);
}

/// What the rules say of one record in a plan, with its place in the form.
pub(crate) fn rule_faults(plan: &Plan, key: &Key, today: Date) -> Vec<Misread> {
    rule::check(plan, today)
        .into_iter()
        .filter(|fault| fault.key == *key)
        .map(|fault| Misread {
            message: capitalise(&fault.message),
            place: fault.path,
        })
        .collect()
}
