//! The history of one record: every version that may be seen, when it was true and when recorded.

use askama::Template;
use axum::{Router, response::Response};
use dfg_plan::{
    Key, Kind, Record, Slug, spell_day,
    story::{Piece, tell_field},
};
use jiff::{civil::Date, tz::TimeZone};

use crate::{
    cx::{Cx, Link},
    fault::Fault,
    part::count,
    record,
    route::{html, page},
    shell::Shell,
    site::Site,
};

/// The kinds whose records have a page, and so a history.
const KINDS: [Kind; 10] = [
    Kind::Activity,
    Kind::Organisation,
    Kind::Theme,
    Kind::Objective,
    Kind::Group,
    Kind::Decision,
    Kind::Signal,
    Kind::Indicator,
    Kind::Dataset,
    Kind::Area,
];

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    KINDS
        .iter()
        .fold(Router::new(), |router, kind| {
            router.route(&format!("/{}/{{slug}}/history", kind.plural()), page(show))
        })
        .route("/strategy/history", page(show_strategy))
}

#[derive(Template)]
#[template(path = "history/page.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    record: Link,
    lede: String,
    versions: Vec<VersionItem>,
}

struct VersionItem {
    true_since: String,
    datetime: String,
    recorded: String,
    entry: u64,
    what: &'static str,
    lines: Vec<Vec<Piece>>,
    reason: String,
    decision: Option<Link>,
}

/// `GET /{plural}/{slug}/history`.
fn show(cx: &Cx) -> Result<Response, Fault> {
    let plural = cx.path.split('/').nth(1).unwrap_or_default();
    let kind = Kind::from_plural(plural).ok_or_else(|| Fault::missing("page", plural))?;
    let slug = cx.slug()?;
    let plan = &cx.view.plan;
    if !plan.contains(kind, slug.as_str())
        && let Some(new) = plan.renamed(kind, slug.as_str())
    {
        let path = format!("/{plural}/{new}/history");
        return Err(Fault::Renamed(cx.moment.href(&path)));
    }
    history(cx, Key::new(kind, slug))
}

/// `GET /strategy/history`.
fn show_strategy(cx: &Cx) -> Result<Response, Fault> {
    let slug =
        Slug::parse(dfg_plan::plan::STRATEGY).map_err(|_| Fault::missing("page", "strategy"))?;
    history(cx, Key::new(Kind::Strategy, slug))
}

/// A state of the record: since when, the entry that made it, and the record.
type State = (Date, u64, Option<Record>);

/// The states that may be seen, oldest truth first: under earlier slugs, then under its own.
fn states(cx: &Cx, key: &Key) -> Vec<State> {
    let point = cx.moment.point;
    let of = |key: &Key| {
        let track = cx.snapshot.history.track(key);
        track
            .map(|track| track.states(point.through, point.as_of))
            .unwrap_or_default()
    };
    let own = of(key);
    let was = own
        .iter()
        .rev()
        .find_map(|(_, _, record)| record.as_ref())
        .map(|record| record.was().to_vec())
        .unwrap_or_default();
    let mut states: Vec<State> = was
        .into_iter()
        .flat_map(|slug| of(&Key::new(key.kind, slug)))
        // Under its old slug it was withdrawn when it took the new one: nothing ended.
        .filter(|(_, _, record)| record.is_some())
        .chain(own)
        .collect();
    states.sort_by_key(|(on, seq, _)| (*on, *seq));
    states
}

fn history(cx: &Cx, key: Key) -> Result<Response, Fault> {
    let states = states(cx, &key);
    let last = states
        .iter()
        .rev()
        .find_map(|(_, _, record)| record.clone());
    let Some(record) = last else {
        return Err(Fault::missing(key.kind.word(), &key.slug));
    };
    let mut before: Option<Record> = None;
    let mut versions = Vec::with_capacity(states.len());
    for (on, seq, after) in states {
        versions.push(version(
            cx,
            key.kind,
            (on, seq),
            before.as_ref(),
            after.as_ref(),
        ));
        before = after;
    }
    versions.reverse();
    let there = cx.view.plan.contains(key.kind, key.slug.as_str());
    let way = Link::new(
        if there {
            cx.href(key.kind, &key.slug)
        } else {
            String::new()
        },
        record.title(),
    );
    let gone = if there {
        ""
    } else {
        " It is no longer part of the plan."
    };
    html(&Page {
        shell: cx.shell(format!("History: {}", record.title())),
        trail: record::trail(cx, there.then(|| way.clone())),
        record: way,
        lede: format!(
            "{}, the newest first.{gone}",
            count(versions.len(), "version", "versions")
        ),
        versions,
    })
}

fn version(
    cx: &Cx,
    kind: Kind,
    (on, seq): (Date, u64),
    before: Option<&Record>,
    after: Option<&Record>,
) -> VersionItem {
    let plan = &cx.view.plan;
    let (what, lines) = match (before, after) {
        (None, Some(_)) => ("Recorded", Vec::new()),
        (Some(_), None) => ("Withdrawn", Vec::new()),
        (Some(old), Some(new)) => {
            let changes = new.changes_since(old);
            let renamed = changes.iter().any(|change| change.field == "was");
            let told = changes.iter().filter(|change| change.field != "was");
            let lines = told.map(|change| tell_field((plan, plan), kind, change));
            let what = if renamed { "Renamed" } else { "Changed" };
            (what, lines.collect())
        }
        (None, None) => ("Changed", Vec::new()),
    };
    let note = cx.snapshot.history.note(seq);
    VersionItem {
        true_since: spell_day(on),
        datetime: on.to_string(),
        recorded: note
            .map(|note| spell_day(note.recorded_at.to_zoned(TimeZone::UTC).date()))
            .unwrap_or_default(),
        entry: seq,
        what,
        lines,
        reason: note
            .map(|note| note.reason.trim_end_matches('.').to_owned())
            .unwrap_or_default(),
        decision: note
            .and_then(|note| note.decision.as_ref())
            .map(|decision| cx.link(Kind::Decision, decision)),
    }
}
