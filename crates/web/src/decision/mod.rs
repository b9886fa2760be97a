//! Decisions: who decided what, when, why and with what effect.

use std::collections::BTreeMap;

use askama::Template;
use axum::{Router, response::Response};
use dfg_plan::{Kind, Record, spell_date};

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
#[template(path = "decision/list.html")]
struct ListPage {
    shell: Shell,
    trail: Vec<Link>,
    lede: String,
    years: Vec<Year>,
    milestones_href: String,
}

struct Year {
    year: i16,
    items: Vec<Dated>,
}

#[derive(Template)]
#[template(path = "decision/page.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    date: String,
    datetime: String,
    by: String,
    theme: Option<Link>,
    class: String,
    effect: String,
    reason: String,
    body: String,
    activities: Vec<ActivityItem>,
    signals: Vec<SignalItem>,
    facts: Vec<Fact>,
    sources: Vec<SourceItem>,
    history_href: String,
}

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
        .route("/decisions", page(list))
        .route("/decisions/{slug}", page(show))
}

/// `GET /decisions`.
fn list(cx: &Cx) -> Result<Response, Fault> {
    let plan = &cx.view.plan;
    let mut years: BTreeMap<i16, Vec<&dfg_plan::Slug>> = BTreeMap::new();
    for (slug, decision) in &plan.decisions {
        years.entry(decision.date.year()).or_default().push(slug);
    }
    let latest = record::decisions(cx, plan.decisions.keys());
    let all = latest.len();
    let title = match all {
        0 => "No decision is recorded yet".to_owned(),
        1 => "One decision has moved the plan".to_owned(),
        all => format!("{all} decisions have moved the plan"),
    };
    html(&ListPage {
        shell: cx
            .shell(title)
            .described("Dated decisions behind the strategy, with who took them."),
        trail: record::trail(cx, []),
        lede: latest
            .first()
            .map(|last| {
                let by = if last.about.is_empty() {
                    String::new()
                } else {
                    format!(", by {}", last.about)
                };
                format!("The latest is of {}: {}{by}.", last.date, last.link.text)
            })
            .unwrap_or_default(),
        years: years
            .into_iter()
            .rev()
            .map(|(year, slugs)| Year {
                year,
                items: record::decisions(cx, slugs),
            })
            .collect(),
        milestones_href: cx.moment.href("/milestones"),
    })
}

/// `GET /decisions/{slug}`.
fn show(cx: &Cx) -> Result<Response, Fault> {
    let (slug, record) = cx.record(Kind::Decision)?;
    let Record::Decision(decision) = record else {
        return Err(Fault::missing("decision", slug));
    };
    let plan = &cx.view.plan;
    let by = match (&decision.by, &decision.group, &decision.organisation) {
        (Some(words), None, None) => vec![Link::new("", words.clone())],
        (_, group, organisation) => group
            .iter()
            .map(|slug| cx.link(Kind::Group, slug))
            .chain(
                organisation
                    .iter()
                    .map(|slug| cx.link(Kind::Organisation, slug)),
            )
            .collect(),
    };
    let theme = decision
        .theme
        .as_ref()
        .map(|slug| Link::new(cx.link(Kind::Theme, slug).href, cx.view.theme_title(slug)));
    let effect = decision.effect.clone().unwrap_or_default();
    html(&Page {
        shell: cx.shell(decision.title.clone()).described(effect.clone()),
        trail: record::trail(
            cx,
            [Link::new(cx.moment.href("/decisions"), "Decisions")],
        ),
        date: spell_date(decision.date),
        datetime: decision.date.to_string(),
        by: record::decided_by(cx, &decision).unwrap_or_default(),
        class: decision.theme.as_ref().map(theme_class).unwrap_or_default(),
        effect,
        reason: decision.reason.clone().unwrap_or_default(),
        body: markdown::render_linked(&decision.body, |path| cx.moment.href(path)),
        activities: decision
            .activities
            .iter()
            .filter_map(|slug| {
                let activity = plan.activities.get(slug)?;
                Some(ActivityItem::new(cx, slug, activity))
            })
            .collect(),
        signals: decision
            .signals
            .iter()
            .filter_map(|slug| Some(SignalItem::new(cx, slug, plan.signals.get(slug)?)))
            .collect(),
        facts: vec![
            Fact::words("Date", Some(spell_date(decision.date))),
            Fact::links("Decided by", by),
            Fact::links(
                "Theme",
                theme
                    .clone()
                    .map_or_else(|| vec![Link::new("", "Governance")], |theme| vec![theme]),
            ),
            Fact::words(
                "Concerns",
                Some(count(decision.activities.len(), "activity", "activities")),
            ),
        ],
        theme,
        sources: SourceItem::list(&decision.sources),
        history_href: record::history_href(cx, Kind::Decision, &slug),
    })
}
