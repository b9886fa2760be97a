//! Editions, changes and the public part of the ledger as data.

use std::collections::BTreeMap;

use dfg_plan::{
    EditionId, Key, Kind,
    diff::{RecordDiff, diff_plans},
    history::EntryNote,
    story::{Item, Piece, Reason},
};
use serde_json::{Value, json};

use super::{Answer, moment, record::page};
use crate::{
    cx::Cx,
    edition::{Comparison, Shown, Spot, past_editions, public_editions},
    fault::Fault,
};

/// `GET /api/v1/editions`.
pub(super) fn list(cx: &Cx) -> Result<Answer, Fault> {
    page(cx, &past_editions(cx), |shown| item(cx, shown))
}

/// `GET /api/v1/editions/{id}`.
pub(super) fn one(cx: &Cx) -> Result<Answer, Fault> {
    let text = cx.param("id");
    let missing = || Fault::missing("edition", text);
    let id: EditionId = text.parse().map_err(|_| missing())?;
    let editions = public_editions(&cx.snapshot);
    let shown = editions.iter().find(|(edition, _)| edition.id == id);
    let shown = shown.ok_or_else(missing)?;
    let mut body = item(cx, shown);
    body["moment"] = moment(cx);
    Ok(body.into())
}

fn item(cx: &Cx, (edition, note): &Shown<'_>) -> Value {
    let view = cx
        .site
        .view(&cx.snapshot, crate::edition::point_of(edition));
    let counts: BTreeMap<&str, usize> = Kind::ALL
        .iter()
        .map(|kind| (kind.plural(), view.plan.count(*kind)))
        .collect();
    let id = edition.id;
    json!({
        "id": id,
        "title": edition.title,
        "foreword": edition.foreword,
        "as_of": edition.as_of,
        "through": edition.through,
        "reconstructed": id.is_reconstructed(),
        "entry": note.seq,
        "hash": note.hash,
        "recorded_at": note.recorded_at,
        "counts": counts,
        "links": {
            "self": cx.moment.href(&format!("/api/v1/editions/{id}")),
            "records": format!("/api/v1?edition={id}"),
            "page": cx.moment.href(&format!("/editions/{id}")),
        },
    })
}

/// `GET /api/v1/changes`.
pub(super) fn changes(cx: &Cx) -> Result<Answer, Fault> {
    let comparison = Comparison::read(cx).map_err(|faults| {
        let first = faults.into_iter().next();
        first.map_or_else(
            || Fault::BadRequest("The two points cannot be compared.".to_owned()),
            crate::edition::SpotFault::into_fault,
        )
    })?;
    let story = comparison.story(cx);
    let (before, after) = comparison.plans();
    let diffs = diff_plans(before, after);
    let by_key: BTreeMap<&Key, &RecordDiff> = diffs.iter().map(|diff| (&diff.key, diff)).collect();
    let items: Vec<Value> = story
        .chapters
        .iter()
        .flat_map(|chapter| {
            let by_key = &by_key;
            chapter.items.iter().map(move |item| {
                let mut told = change(cx, item, by_key.get(&item.key).copied());
                told["chapter"] = json!(chapter.title);
                told["theme"] = json!(chapter.theme);
                told
            })
        })
        .collect();
    let query = comparison.query();
    Ok(json!({
        "moment": moment(cx),
        "from": spot(&comparison.from),
        "to": spot(&comparison.to),
        "notices": comparison.notices,
        "summary": story.summary(),
        "counts": story.counts,
        "total": items.len(),
        "items": items,
        "links": {
            "self": cx.moment.href(&format!("/api/v1/changes?{query}")),
            "page": cx.moment.href(&format!("/changes?{query}")),
        },
    })
    .into())
}

fn spot(spot: &Spot) -> Value {
    json!({
        "edition": spot.edition,
        "as_of": spot.point.as_of,
        "through": spot.point.through,
        "words": spot.name,
    })
}

fn change(cx: &Cx, item: &Item<'_>, diff: Option<&RecordDiff>) -> Value {
    let details: Vec<Vec<Value>> = item.details.iter().map(|line| pieces(line)).collect();
    let fields = diff.map(RecordDiff::fields).unwrap_or_default();
    let Key { kind, slug } = &item.key;
    let there = cx.view.plan.contains(*kind, slug.as_str());
    json!({
        "kind": kind,
        "slug": slug,
        "label": item.label,
        "what": diff.map_or("changed", RecordDiff::word),
        "sentence": pieces(&item.sentence),
        "text": text(&item.sentence),
        "details": details,
        "fields": fields,
        "reasons": item.reasons.iter().map(reason).collect::<Vec<_>>(),
        "source": item.evidence,
        "page": there.then(|| cx.href(*kind, slug)),
    })
}

/// A sentence as people would read it: without what went.
fn text(pieces: &[Piece]) -> String {
    let told = pieces.iter().filter_map(|piece| match piece {
        Piece::Text(text) | Piece::Link(_, text) | Piece::Inserted(text) => Some(text.as_str()),
        Piece::Removed(_) => None,
    });
    told.collect()
}

fn pieces(pieces: &[Piece]) -> Vec<Value> {
    let told = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => json!({ "type": "text", "text": text }),
        Piece::Link(key, text) => {
            json!({ "type": "record", "text": text, "kind": key.kind, "slug": key.slug })
        }
        Piece::Removed(text) => json!({ "type": "removed", "text": text }),
        Piece::Inserted(text) => json!({ "type": "inserted", "text": text }),
    });
    told.collect()
}

fn reason(reason: &Reason<'_>) -> Value {
    json!({
        "text": reason.text,
        "by": reason.by,
        "decision": reason.decision,
        "entry": reason.entry,
        "recorded_at": reason.recorded_at,
    })
}

/// `GET /api/v1/entries`: those that the moment includes, and those that published its editions.
pub(super) fn entries(cx: &Cx) -> Result<Answer, Fault> {
    let point = cx.moment.point;
    let published: Vec<u64> = past_editions(cx).iter().map(|(_, note)| note.seq).collect();
    let is_included = |note: &EntryNote| note.seq <= point.through && note.true_on <= point.as_of;
    let notes: Vec<(&EntryNote, bool)> = cx
        .snapshot
        .history
        .notes()
        .iter()
        .rev()
        .map(|note| (note.as_ref(), is_included(note)))
        .filter(|(note, included)| *included || published.contains(&note.seq))
        .collect();
    page(cx, &notes, |(note, included)| {
        // An entry that publishes may carry changes which its own edition does not yet include.
        let keys: &[Key] = if *included { &note.keys } else { &[] };
        json!({
            "seq": note.seq,
            "hash": note.hash,
            "true_on": note.true_on,
            "recorded_at": note.recorded_at,
            "reason": note.reason,
            "decision": note.decision,
            "edition": note.edition.as_ref().map(|edition| edition.id),
            "keys": keys,
        })
    })
}
