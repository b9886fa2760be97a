//! Decisions: who decided what, when and why.

use askama::Template;
use axum::{Router, response::Response};
use dfg_plan::{Kind, Record, record::Decision, spell_date};

use crate::{
    cx::{Cx, Link},
    fault::Fault,
    markdown,
    part::{ActivityItem, SignalItem, SourceItem, count},
    route::{html, page},
    shell::{Shell, theme_class},
    site::Site,
};

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
        .route("/decisions", page(list))
        .route("/decisions/{slug}", page(show))
}

#[derive(Template)]
#[template(path = "decision/list.html")]
struct List {
    shell: Shell,
    lede: String,
    years: Vec<Year>,
    milestones_href: String,
    download_href: String,
}

struct Year {
    year: i16,
    items: Vec<Item>,
}

struct Item {
    link: Link,
    date: String,
    datetime: String,
    by: String,
    about: String,
}

/// Who took a decision, in words.
fn taken_by(cx: &Cx, decision: &Decision) -> String {
    let group = decision
        .group
        .as_ref()
        .map(|slug| cx.view.title(Kind::Group, slug));
    let organisation = decision
        .organisation
        .as_ref()
        .map(|slug| cx.view.title(Kind::Organisation, slug));
    decision
        .by
        .clone()
        .or(group)
        .or(organisation)
        .unwrap_or_default()
}

/// `GET /decisions`.
fn list(cx: &Cx) -> Result<Response, Fault> {
    let mut decisions: Vec<_> = cx.view.plan.decisions.iter().collect();
    decisions.sort_by(|(one, first), (two, second)| {
        second.date.cmp(&first.date).then_with(|| one.cmp(two))
    });
    let mut years: Vec<Year> = Vec::new();
    for (slug, decision) in &decisions {
        let item = Item {
            link: cx.link(Kind::Decision, slug),
            date: spell_date(decision.date),
            datetime: decision.date.to_string(),
            by: taken_by(cx, decision),
            about: decision
                .effect
                .clone()
                .or(decision.reason.clone())
                .unwrap_or_default(),
        };
        match years
            .last_mut()
            .filter(|last| last.year == decision.date.year())
        {
            Some(year) => year.items.push(item),
            None => years.push(Year {
                year: decision.date.year(),
                items: vec![item],
            }),
        }
    }
    let lede = decisions.first().map_or_else(String::new, |(_, last)| {
        format!("The latest, of {}: {}.", spell_date(last.date), last.title)
    });
    html(&List {
        shell: cx.shell(format!(
            "{} shaped the plan",
            count(decisions.len(), "decision", "decisions")
        )),
        lede,
        years,
        milestones_href: cx.moment.href("/milestones"),
        download_href: cx.moment.href("/decisions.csv"),
    })
}

#[derive(Template)]
#[template(path = "decision/page.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    date: String,
    datetime: String,
    by: String,
    by_links: Vec<Link>,
    theme: Option<(Link, String)>,
    reason: Option<String>,
    effect: Option<String>,
    body: String,
    activities: Vec<ActivityItem>,
    signals: Vec<SignalItem>,
    sources: Vec<SourceItem>,
    history_href: String,
    data_href: String,
}

/// `GET /decisions/{slug}`.
fn show(cx: &Cx) -> Result<Response, Fault> {
    let (slug, record) = cx.record(Kind::Decision)?;
    let Record::Decision(decision) = record else {
        return Err(Fault::missing("decision", slug));
    };
    let plan = &cx.view.plan;
    let activities = decision.activities.iter();
    let signals = decision.signals.iter();
    let groups = decision.group.iter().map(|slug| cx.link(Kind::Group, slug));
    let organisations = decision
        .organisation
        .iter()
        .map(|slug| cx.link(Kind::Organisation, slug));
    html(&Page {
        shell: cx.shell(decision.title.clone()),
        trail: vec![Link::new(cx.moment.href("/decisions"), "Decisions")],
        date: spell_date(decision.date),
        datetime: decision.date.to_string(),
        by: taken_by(cx, &decision),
        by_links: groups.chain(organisations).collect(),
        theme: decision.theme.as_ref().map(|theme| {
            (
                Link::new(cx.href(Kind::Theme, theme), cx.view.theme_title(theme)),
                theme_class(theme),
            )
        }),
        reason: decision.reason.clone(),
        effect: decision.effect.clone(),
        body: markdown::render_html(&decision.body),
        activities: activities
            .filter_map(|slug| Some(ActivityItem::new(cx, slug, plan.activities.get(slug)?)))
            .collect(),
        signals: signals
            .filter_map(|slug| Some(SignalItem::new(cx, slug, plan.signals.get(slug)?)))
            .collect(),
        sources: SourceItem::list(&decision.sources),
        history_href: cx.moment.href(&format!("/decisions/{slug}/history")),
        data_href: cx.moment.href(&format!("/api/v1/decisions/{slug}")),
    })
}
