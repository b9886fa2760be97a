//! Records as data: lists with filters, one record, its history.

use dfg_plan::{
    Key, Kind, Record, Slug,
    record::{Activity, FieldChange, Signal, Stage},
};
use serde_json::{Value, json};

use super::{
    Answer, moment,
    parameter::{self, NO_STAGE, Parameter},
    slug_of,
};
use crate::{
    cx::{Cx, record_path},
    fault::Fault,
};

/// The parameters that choose among the records of a kind.
pub(super) fn filters(kind: Kind) -> &'static [Parameter] {
    match kind {
        Kind::Activity => &[
            Parameter::Theme,
            Parameter::Stage,
            Parameter::Area,
            Parameter::Organisation,
            Parameter::Words,
        ],
        Kind::Signal => &[Parameter::Theme, Parameter::SignalKind],
        _ => &[],
    }
}

/// The kind that the path names.
fn kind_of(cx: &Cx) -> Result<Kind, Fault> {
    let plural = cx.path.split('/').nth(3).unwrap_or_default();
    Kind::from_plural(plural).ok_or_else(|| Fault::missing("page", &cx.path))
}

/// What the site is called.
pub(super) fn region_title(cx: &Cx) -> String {
    let region = cx.view.plan.region();
    region.map_or_else(String::new, |region| {
        format!("{}: {}", region.title, region.name)
    })
}

/// `GET /api/v1/{plural}`.
pub(super) fn list(cx: &Cx) -> Result<Answer, Fault> {
    let kind = kind_of(cx)?;
    let chosen: Vec<(Slug, Record)> = cx
        .view
        .plan
        .of_kind(kind)
        .into_iter()
        .filter(|(slug, record)| fits(cx, slug, record))
        .collect();
    page(cx, &chosen, |(slug, record)| item(cx, slug, record))
}

/// `GET /api/v1/search`: what holds all the words, the best first.
pub(super) fn search(cx: &Cx) -> Result<Answer, Fault> {
    let words = cx.query.get(Parameter::Search.name()).unwrap_or_default();
    let mut hits = cx.view.search().find(words, None);
    hits.retain(|hit| {
        let word = hit.text.key.kind.word();
        any(cx, Parameter::RecordKind, |kind| kind == word)
    });
    page(cx, &hits, |hit| {
        let Key { kind, slug } = &hit.text.key;
        let mut there = record_path(&cx.view, &hit.text.key);
        if let Some(anchor) = &hit.text.anchor {
            there = format!("{there}#{anchor}");
        }
        json!({
            "kind": kind,
            "slug": slug,
            "title": hit.text.title,
            "summary": hit.text.summary,
            "links": {
                "record": address(cx, &hit.text.key, ""),
                "page": cx.moment.href(&there),
            },
        })
    })
}

/// The part of a list that `limit` and `offset` name, with the ways on and back.
pub(super) fn page<T>(cx: &Cx, all: &[T], write: impl Fn(&T) -> Value) -> Result<Answer, Fault> {
    let (limit, offset) = parameter::page(&cx.query)?;
    let items: Vec<Value> = all.iter().skip(offset).take(limit).map(write).collect();
    let at = |offset: usize| {
        let query = cx.query.with(&[("offset", &offset.to_string())]);
        format!("{}?{query}", cx.path)
    };
    let next = (offset + limit < all.len()).then(|| at(offset + limit));
    let previous = (offset > 0).then(|| at(offset.saturating_sub(limit)));
    let mut links = serde_json::Map::new();
    links.insert("self".to_owned(), json!(here(cx)));
    let mut answer = Answer::from(json!({
        "moment": moment(cx),
        "total": all.len(),
        "limit": limit,
        "offset": offset,
        "items": items,
    }));
    for (rel, href) in [("next", next), ("prev", previous)] {
        if let Some(href) = href {
            links.insert(rel.to_owned(), json!(href));
            answer.links.push((rel, href));
        }
    }
    answer.body["links"] = Value::Object(links);
    Ok(answer)
}

/// The request's own address.
fn here(cx: &Cx) -> String {
    let query = cx.query.with(&[]);
    if query.is_empty() {
        cx.path.clone()
    } else {
        format!("{}?{query}", cx.path)
    }
}

/// The address of a record in the API.
fn address(cx: &Cx, key: &Key, rest: &str) -> String {
    let Key { kind, slug } = key;
    let path = if super::is_single(*kind) {
        format!("/api/v1/{}{rest}", kind.plural())
    } else {
        format!("/api/v1/{}/{slug}{rest}", kind.plural())
    };
    cx.moment.href(&path)
}

fn item(cx: &Cx, slug: &Slug, record: &Record) -> Value {
    let key = Key::new(record.kind(), slug.clone());
    json!({
        "kind": record.kind(),
        "slug": slug,
        "title": record.title(),
        "record": record.to_value(),
        "links": {
            "self": address(cx, &key, ""),
            "history": address(cx, &key, "/history"),
            "page": cx.href(record.kind(), slug),
        },
    })
}

/// `GET /api/v1/{plural}/{slug}`.
pub(super) fn one(cx: &Cx) -> Result<Answer, Fault> {
    let kind = kind_of(cx)?;
    let slug = slug_of(cx, kind)?;
    let key = Key::new(kind, slug);
    let Some(record) = cx.view.plan.get(&key) else {
        return Err(gone(cx, &key, ""));
    };
    let mut body = item(cx, &key.slug, &record);
    body["moment"] = moment(cx);
    Ok(body.into())
}

/// Where a record went that is not in the plan.
fn gone(cx: &Cx, key: &Key, rest: &str) -> Fault {
    match cx.view.plan.renamed(key.kind, key.slug.as_str()) {
        Some(slug) => Fault::Renamed(address(cx, &Key::new(key.kind, slug), rest)),
        None => Fault::missing(key.kind.word(), &key.slug),
    }
}

/// `GET /api/v1/{plural}/{slug}/history`.
pub(super) fn history(cx: &Cx) -> Result<Answer, Fault> {
    let kind = kind_of(cx)?;
    let key = Key::new(kind, slug_of(cx, kind)?);
    let versions = versions(cx, &key);
    if versions.is_empty() {
        return Err(gone(cx, &key, "/history"));
    }
    Ok(json!({
        "kind": kind,
        "slug": key.slug,
        "moment": moment(cx),
        "versions": versions,
        "links": {
            "self": address(cx, &key, "/history"),
            "record": address(cx, &key, ""),
        },
    })
    .into())
}

/// The states of a record that the moment includes, newest first, each with what led to it.
fn versions(cx: &Cx, key: &Key) -> Vec<Value> {
    let history = &cx.snapshot.history;
    let point = cx.moment.point;
    let states = history.track(key).map(|track| {
        // Folded anew: what the ledger keeps of a version takes in entries that are not public.
        track.states(point.through, point.as_of)
    });
    let mut before: Option<Record> = None;
    let mut versions = Vec::new();
    for (on, seq, after) in states.unwrap_or_default() {
        let (what, fields) = step(before.as_ref(), after.as_ref());
        let note = history.note(seq);
        versions.push(json!({
            "entry": seq,
            "true_on": on,
            "recorded_at": note.map(|note| note.recorded_at),
            "reason": note.map(|note| &note.reason),
            "decision": note.and_then(|note| note.decision.as_ref()),
            "what": what,
            "fields": fields,
            "record": after.as_ref().map(Record::to_value),
        }));
        before = after;
    }
    versions.reverse();
    versions
}

/// One word for a step, and the fields that differ.
fn step(before: Option<&Record>, after: Option<&Record>) -> (&'static str, Vec<FieldChange>) {
    match (before, after) {
        (None, Some(_)) => ("added", Vec::new()),
        (Some(before), Some(after)) => ("changed", after.changes_since(before)),
        (_, None) => ("withdrawn", Vec::new()),
    }
}

/// Whether a record fits the request's filters.
fn fits(cx: &Cx, slug: &Slug, record: &Record) -> bool {
    match record {
        Record::Activity(activity) => fits_activity(cx, slug, activity),
        Record::Signal(signal) => fits_signal(cx, signal),
        _ => true,
    }
}

/// Whether one of the values of a parameter fits; none given fits all.
fn any(cx: &Cx, parameter: Parameter, fits: impl Fn(&str) -> bool) -> bool {
    let mut values = cx.query.all(parameter.name()).peekable();
    values.peek().is_none() || values.any(fits)
}

fn fits_activity(cx: &Cx, slug: &Slug, activity: &Activity) -> bool {
    let stage = activity.stage.map_or(NO_STAGE, Stage::word);
    any(cx, Parameter::Theme, |theme| {
        activity.theme.as_str() == theme
    }) && any(cx, Parameter::Stage, |wanted| stage == wanted)
        && any(cx, Parameter::Area, |area| {
            activity.areas.iter().any(|one| one.as_str() == area)
        })
        && any(cx, Parameter::Organisation, |organisation| {
            let owners = activity.owners.iter();
            owners
                .filter_map(|owner| owner.organisation.as_ref())
                .any(|one| one.as_str() == organisation)
        })
        && any(cx, Parameter::Words, |words| {
            let texts = [
                slug.as_str(),
                &activity.title,
                &activity.summary,
                &activity.body,
            ];
            let text = texts.join(" ").to_lowercase();
            words
                .to_lowercase()
                .split_whitespace()
                .all(|word| text.contains(word))
        })
}

fn fits_signal(cx: &Cx, signal: &Signal) -> bool {
    any(cx, Parameter::Theme, |theme| signal.theme.as_str() == theme)
        && any(cx, Parameter::SignalKind, |kind| signal.kind.word() == kind)
}
