//! Signals: what was seen, since when, and what the region does about it.

mod list;

use askama::Template;
use axum::{Router, response::Response};
use dfg_plan::{
    Key, Kind, Record,
    record::{ResponseKind, Signal},
    spell_date,
    story::capitalise,
};

use crate::{
    cx::{Cx, Link},
    fault::Fault,
    markdown,
    part::{ActivityItem, SignalItem, SourceItem, count},
    record::{self, Dated, Fact},
    route::{html, page},
    shell::{Shell, theme_class},
    site::Site,
};

#[derive(Template)]
#[template(path = "signal/page.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    kind: String,
    theme: Link,
    class: String,
    summary: String,
    body: String,
    response: String,
    reason: String,
    activities: Vec<ActivityItem>,
    indicators: Vec<Link>,
    decisions: Vec<Dated>,
    facts: Vec<Fact>,
    nearby: Vec<SignalItem>,
    sources: Vec<SourceItem>,
    history_href: String,
    data_href: String,
}

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
        .route("/signals", page(list::show))
        .route("/signals/{slug}", page(show))
}

/// What the region does about a signal: one word, for filters.
fn response_word(signal: &Signal, answers: usize) -> &'static str {
    match &signal.response {
        Some(response) => response.kind.word(),
        None if answers > 0 => ResponseKind::Answered.word(),
        None => "none",
    }
}

/// `GET /signals/{slug}`.
fn show(cx: &Cx) -> Result<Response, Fault> {
    let (slug, record) = cx.record(Kind::Signal)?;
    let Record::Signal(signal) = record else {
        return Err(Fault::missing("signal", slug));
    };
    let plan = &cx.view.plan;
    let key = Key::new(Kind::Signal, slug.clone());
    let answers = cx.view.activities_naming(&key, "answers");
    let theme = Link::new(
        cx.link(Kind::Theme, &signal.theme).href,
        cx.view.theme_title(&signal.theme),
    );
    let nearby = plan
        .signals
        .iter()
        .filter(|(other, candidate)| {
            **other != slug
                && candidate.theme == signal.theme
                && candidate.kind == signal.kind
                && candidate
                    .areas
                    .iter()
                    .any(|area| signal.areas.contains(area))
        })
        .take(3)
        .map(|(slug, signal)| SignalItem::new(cx, slug, signal))
        .collect();
    let reason = signal
        .response
        .as_ref()
        .and_then(|response| response.reason.clone());
    html(&Page {
        shell: cx
            .shell(signal.title.clone())
            .described(signal.summary.clone()),
        trail: record::trail(
            cx,
            [
                Link::new(cx.moment.href("/indicators"), "Evidence"),
                Link::new(cx.moment.href("/signals"), "Signals"),
            ],
        ),
        kind: capitalise(signal.kind.words()),
        class: theme_class(&signal.theme),
        summary: signal.summary.clone(),
        body: markdown::render_linked(&signal.body, |path| cx.href_within(path)),
        response: respond(&signal, answers.len()),
        reason: reason.unwrap_or_default(),
        activities: answers
            .into_iter()
            .map(|(slug, activity)| ActivityItem::new(cx, slug, activity))
            .collect(),
        indicators: cx.links(Kind::Indicator, &signal.indicators),
        decisions: record::decisions_naming(cx, &key, "signals"),
        facts: vec![
            Fact::words("Kind", Some(capitalise(signal.kind.words()))),
            Fact::links("Theme", vec![theme.clone()]),
            Fact::words("Seen", signal.seen.map(spell_date)),
            Fact::links("Where", cx.links(Kind::Area, &signal.areas)),
            Fact::words(
                "Response",
                Some(capitalise(match response_word(&signal, 0) {
                    "none" => "no response yet",
                    word => word,
                })),
            ),
        ],
        nearby,
        theme,
        sources: SourceItem::list(&signal.sources),
        history_href: record::history_href(cx, Kind::Signal, &slug),
        data_href: record::data_href(cx, Kind::Signal, &slug),
    })
}

/// The response in a sentence.
fn respond(signal: &Signal, answers: usize) -> String {
    let activities = count(answers, "activity", "activities");
    let verb = if answers == 1 { "answers" } else { "answer" };
    let proposal = signal.response.as_ref().and_then(|one| one.proposal);
    if proposal.is_some() && answers == 0 {
        return "A proposal takes up this signal, and waits for a decision.".to_owned();
    }
    match signal.response.as_ref().map(|r| (r.kind, r.until)) {
        Some((ResponseKind::Answered, _)) | None if answers > 0 => {
            format!("{activities} {verb} this signal.")
        }
        Some((ResponseKind::Answered, _)) => "This signal has been answered.".to_owned(),
        Some((ResponseKind::Watched, Some(until))) => {
            format!("This signal is watched until {}.", spell_date(until))
        }
        Some((ResponseKind::Watched, None)) => "This signal is watched.".to_owned(),
        Some((ResponseKind::Closed, _)) => "This signal is closed.".to_owned(),
        None => "Nobody has responded to this signal yet.".to_owned(),
    }
}
