//! The history of one record: every version that may be seen, when it was true and when recorded.

use askama::Template;
use axum::{Router, response::Response};
use dfg_plan::{
    Key, Kind, Slug, spell_day,
    story::{Piece, tell_field},
};
use jiff::tz::TimeZone;

use crate::{
    cx::{Cx, Link},
    fault::Fault,
    part::count,
    route::{html, page},
    shell::Shell,
    site::Site,
};

/// The kinds whose records have a page, and so a history.
const KINDS: [Kind; 9] = [
    Kind::Activity,
    Kind::Organisation,
    Kind::Theme,
    Kind::Objective,
    Kind::Group,
    Kind::Decision,
    Kind::Signal,
    Kind::Indicator,
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
    let (slug, _) = cx.record(kind)?;
    history(cx, Key::new(kind, slug))
}

/// `GET /strategy/history`.
fn show_strategy(cx: &Cx) -> Result<Response, Fault> {
    let slug =
        Slug::parse(dfg_plan::plan::STRATEGY).map_err(|_| Fault::missing("page", "strategy"))?;
    history(cx, Key::new(Kind::Strategy, slug))
}

fn history(cx: &Cx, key: Key) -> Result<Response, Fault> {
    let record = cx
        .view
        .plan
        .get(&key)
        .ok_or_else(|| Fault::missing(key.kind.word(), &key.slug))?;
    let point = cx.moment.point;
    let history = &cx.snapshot.history;
    let states = history
        .track(&key)
        .map(|track| track.states(point.through, point.as_of))
        .unwrap_or_default();
    let plan = &cx.view.plan;
    let mut before = None;
    let mut versions = Vec::with_capacity(states.len());
    for (on, seq, after) in states {
        let (what, lines) = match (&before, &after) {
            (None, Some(_)) => ("Recorded", Vec::new()),
            (Some(_), None) => ("Withdrawn", Vec::new()),
            (Some(old), Some(new)) => {
                let changes = dfg_plan::Record::changes_since(new, old);
                let lines = changes
                    .iter()
                    .map(|change| tell_field((plan, plan), key.kind, change));
                ("Changed", lines.collect())
            }
            (None, None) => ("Changed", Vec::new()),
        };
        let note = history.note(seq);
        versions.push(VersionItem {
            true_since: spell_day(on),
            datetime: on.to_string(),
            recorded: note
                .map(|note| spell_day(note.recorded_at.to_zoned(TimeZone::UTC).date()))
                .unwrap_or_default(),
            entry: seq,
            what,
            lines,
            reason: note.map(|note| note.reason.clone()).unwrap_or_default(),
            decision: note
                .and_then(|note| note.decision.as_ref())
                .map(|decision| cx.link(Kind::Decision, decision)),
        });
        before = after;
    }
    versions.reverse();
    let title = format!("History: {}", record.title());
    let there = Link::new(cx.href(key.kind, &key.slug), record.title());
    html(&Page {
        shell: cx.shell(title),
        trail: vec![there.clone()],
        record: there,
        lede: format!(
            "{}, the newest first.",
            count(versions.len(), "version", "versions")
        ),
        versions,
    })
}
