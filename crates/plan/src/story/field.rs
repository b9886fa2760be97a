//! One changed field in words.

use serde_json::Value;

use super::{Piece, diff_words};
use crate::{
    amount::{Figure, Pence},
    date::{PartialDate, spell_date},
    plan::Plan,
    record::{
        AnswerKind, Decision, EventKind, FieldChange, Key, Kind, Observation, Part, Record,
        Relationship, ResponseKind, Stage,
    },
    slug::Slug,
};

/// Fields whose texts are compared word by word.
const TEXTS: [&str; 17] = [
    "title", "name", "summary", "vision", "body", "promise", "about", "why", "text", "meaning",
    "purpose", "finding", "offer", "headline", "reason", "effect", "what",
];

/// Whether a change is one of wording.
pub fn is_text(change: &FieldChange) -> bool {
    TEXTS.contains(&change.field) && change.old.is_string() && change.new.is_string()
}

/// A field's name in words: `funding_pence` as `funding`.
pub fn spell_field(field: &str) -> String {
    match field {
        "funding_pence" => "funding".to_owned(),
        "updates" => "update".to_owned(),
        "moves" => "indicators it should move".to_owned(),
        "answers" => "signals it answers".to_owned(),
        "body" => "text".to_owned(),
        other => other.replace('_', " "),
    }
}

/// The line that tells one changed field; the plans before and after give names to slugs.
pub fn tell((before, after): (&Plan, &Plan), kind: Kind, change: &FieldChange) -> Vec<Piece> {
    let name = super::capitalise(&spell_field(change.field));
    let mut line = vec![Piece::text(format!("{name}: "))];
    if is_text(change) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        line.extend(diff_words(&text(&change.old), &text(&change.new)));
        return line;
    }
    let items = |value: &Value| value.as_array().cloned().unwrap_or_default();
    if change.old.is_array() || change.new.is_array() {
        let (old, new) = (items(&change.old), items(&change.new));
        let gone = old.iter().filter(|item| !new.contains(item));
        let come = new.iter().filter(|item| !old.contains(item));
        let gone = gone.map(|item| Piece::Removed(describe(before, kind, change.field, item)));
        let come = come.map(|item| Piece::Inserted(describe(after, kind, change.field, item)));
        let mut pieces: Vec<Piece> = Vec::new();
        for piece in gone.chain(come) {
            if !pieces.is_empty() {
                pieces.push(Piece::text("; "));
            }
            pieces.push(piece);
        }
        if pieces.is_empty() {
            pieces.push(Piece::text("in another order"));
        }
        line.extend(pieces);
        return line;
    }
    if !change.old.is_null() {
        line.push(Piece::Removed(describe(
            before,
            kind,
            change.field,
            &change.old,
        )));
        line.push(Piece::text(" "));
    }
    line.push(if change.new.is_null() {
        Piece::text("now left out")
    } else {
        Piece::Inserted(describe(after, kind, change.field, &change.new))
    });
    line
}

/// A field's value, or one item of a list, in words.
pub fn describe(plan: &Plan, kind: Kind, field: &str, value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(truth) => if *truth { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => match (field, number.as_u64()) {
            ("funding_pence", Some(pence)) => Pence(pence).to_string(),
            _ => number.to_string(),
        },
        Value::Array(items) => items
            .iter()
            .map(|item| describe(plan, kind, field, item))
            .collect::<Vec<_>>()
            .join("; "),
        Value::String(text) => describe_text(plan, kind, field, text),
        Value::Object(fields) => {
            let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
            let date = |name: &str| {
                PartialDate::parse(text(name))
                    .map(spell_date)
                    .unwrap_or_default()
            };
            match field {
                "owners" => {
                    let who = match text("organisation") {
                        "" => text("name").to_owned(),
                        slug => name_of(plan, Kind::Organisation, slug),
                    };
                    let part = Part::from_word(text("part")).map_or("", |part| part.words());
                    let money = fields.get("pence").and_then(Value::as_u64);
                    let money = money.map(|pence| format!(" with {}", Pence(pence)));
                    let answer = fields.get("answer").and_then(|answer| answer.get("kind"));
                    let answer = answer
                        .and_then(Value::as_str)
                        .and_then(AnswerKind::from_word)
                        .map(|kind| format!(", {kind}"));
                    format!(
                        "{who} {part}{}{}",
                        money.unwrap_or_default(),
                        answer.unwrap_or_default()
                    )
                }
                "updates" => {
                    let trend = Some(text("trend")).filter(|trend| !trend.is_empty());
                    let trend = trend.map(|trend| format!(", {trend}"));
                    let said = Some(text("text")).filter(|said| !said.is_empty());
                    let said = said.map(|said| format!(": {said}"));
                    format!(
                        "{}, {}{}{}",
                        date("date"),
                        text("confidence"),
                        trend.unwrap_or_default(),
                        said.unwrap_or_default()
                    )
                }
                "events" => {
                    let what = EventKind::from_word(text("what"));
                    let stage = Stage::from_word(text("stage"));
                    let what = match (what, stage) {
                        (Some(EventKind::Stated), Some(stage)) => {
                            format!("stage stated as {stage}")
                        }
                        (what, _) => what.map_or(text("what"), |what| what.words()).to_owned(),
                    };
                    let note = Some(text("note")).filter(|note| !note.is_empty());
                    let note = note.map(|note| format!(" ({note})"));
                    format!("{what}, {}{}", date("date"), note.unwrap_or_default())
                }
                "sources" => [text("publisher"), text("title"), text("url")]
                    .into_iter()
                    .find(|name| !name.is_empty())
                    .unwrap_or_default()
                    .to_owned(),
                "response" => {
                    let kind =
                        ResponseKind::from_word(text("kind")).map_or("", |kind| kind.words());
                    let reason = Some(text("reason")).filter(|reason| !reason.is_empty());
                    reason.map_or_else(|| kind.to_owned(), |reason| format!("{kind}: {reason}"))
                }
                "baseline" | "target" => {
                    let value = Figure::parse(text("value")).map(|value| value.to_string());
                    format!(
                        "{} ({})",
                        value.as_deref().unwrap_or(text("note")),
                        date("period")
                    )
                }
                _ => fields
                    .iter()
                    .filter(|(_, value)| !value.is_null())
                    .map(|(name, value)| describe(plan, kind, name, value))
                    .collect::<Vec<_>>()
                    .join(", "),
            }
        }
    }
}

fn describe_text(plan: &Plan, kind: Kind, field: &str, text: &str) -> String {
    let named = match field {
        "theme" | "themes" => Some(Kind::Theme),
        "area" | "areas" | "parent" => Some(Kind::Area),
        "objectives" | "contributes_to" => Some(Kind::Objective),
        "answers" | "signals" => Some(Kind::Signal),
        "moves" | "indicators" | "indicator" => Some(Kind::Indicator),
        "depends_on" | "activities" => Some(Kind::Activity),
        "organisation" | "lead" | "from" | "to" => Some(Kind::Organisation),
        "group" => Some(Kind::Group),
        _ => None,
    };
    if let Some(named) = named {
        return name_of(plan, named, text);
    }
    match field {
        "start" | "end" | "date" | "seen" | "adopted" | "period" | "published" | "until" => {
            PartialDate::parse(text).map_or_else(|_| text.to_owned(), spell_date)
        }
        "value" | "lower" | "upper" => {
            Figure::parse(text).map_or_else(|| text.to_owned(), |figure| figure.to_string())
        }
        "stage" if kind == Kind::Activity => {
            Stage::from_word(text).map_or_else(|| text.to_owned(), |stage| stage.words().to_owned())
        }
        _ => text.to_owned(),
    }
}

/// A record's title by kind and slug, or the slug where there is no such record.
pub(super) fn name_of(plan: &Plan, kind: Kind, slug: &str) -> String {
    Slug::parse(slug)
        .ok()
        .and_then(|slug| plan.get(&Key::new(kind, slug)))
        .map_or_else(|| slug.to_owned(), |record| title(plan, &record))
}

/// A record's title, with names in place of slugs.
pub(super) fn title(plan: &Plan, record: &Record) -> String {
    match record {
        Record::Relationship(relationship) => spell_relationship(plan, relationship),
        other => other.title(),
    }
}

fn spell_relationship(plan: &Plan, relationship: &Relationship) -> String {
    let name = |slug: &Slug| name_of(plan, Kind::Organisation, slug.as_str());
    format!(
        "{} {} {}",
        name(&relationship.from),
        relationship.kind.words(),
        name(&relationship.to)
    )
}

/// What an observation found: `62,500 jobs in June 2018`.
pub(super) fn spell_observation(plan: &Plan, observation: &Observation) -> String {
    let indicator = plan.indicators.get(&observation.indicator);
    let unit = observation
        .unit
        .as_deref()
        .or(indicator.map(|indicator| indicator.unit.as_str()));
    let found = match (&observation.value, unit) {
        (Some(value), Some("%")) => format!("{value}%"),
        (Some(value), Some(unit)) if unit.starts_with('%') => format!("{value}{unit}"),
        (Some(value), Some(unit)) => format!("{value} {unit}"),
        (Some(value), None) => value.to_string(),
        (None, _) => observation
            .status
            .clone()
            .or_else(|| observation.note.clone())
            .unwrap_or_default(),
    };
    format!("{found}, {}", spell_date(observation.period))
}

/// Who took a decision, in words.
pub(super) fn decided_by(plan: &Plan, decision: &Decision) -> Option<String> {
    let group = decision
        .group
        .as_ref()
        .map(|slug| name_of(plan, Kind::Group, slug.as_str()));
    let organisation = decision.organisation.as_ref();
    let organisation = organisation.map(|slug| name_of(plan, Kind::Organisation, slug.as_str()));
    decision.by.clone().or(group).or(organisation)
}
