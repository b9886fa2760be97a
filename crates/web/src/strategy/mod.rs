//! The strategy to read: its vision, its text with an anchor on every paragraph, and its targets.

use askama::Template;
use axum::{Router, response::Response};
use dfg_plan::{Key, Kind, spell_date, spell_day};

use crate::{
    cx::{Cx, Link},
    fault::Fault,
    indicator::{self, Progress},
    markdown::{self, Text},
    part::{SourceItem, count},
    record,
    route::{html, page},
    shell::{Shell, theme_class},
    site::Site,
};

#[derive(Template)]
#[template(path = "strategy/page.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    vision: String,
    standing: Vec<String>,
    edition: Option<Link>,
    edition_date: String,
    changes_href: String,
    text: Text,
    themes: Vec<ThemeItem>,
    targets: Vec<TargetItem>,
    indicators_href: String,
    sources: Vec<SourceItem>,
    history_href: String,
}

struct ThemeItem {
    link: Link,
    class: String,
    promise: String,
    about: String,
}

struct TargetItem {
    link: Link,
    finding: String,
    target: String,
    latest: String,
    progress: Option<Progress>,
}

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    Router::new().route("/strategy", page(show))
}

/// `GET /strategy`.
pub(crate) fn show(cx: &Cx) -> Result<Response, Fault> {
    let plan = &cx.view.plan;
    let Some(strategy) = plan.strategy() else {
        return Err(Fault::missing("strategy", "strategy"));
    };
    let lead = strategy
        .lead
        .as_ref()
        .map(|slug| cx.view.title(Kind::Organisation, slug));
    let mut standing = Vec::new();
    match (strategy.adopted, lead) {
        (Some(adopted), Some(lead)) => {
            standing.push(format!("Adopted in {}, led by {lead}", spell_date(adopted)));
        }
        (Some(adopted), None) => standing.push(format!("Adopted in {}", spell_date(adopted))),
        (None, Some(lead)) => standing.push(format!("Led by {lead}")),
        (None, None) => {}
    }
    match (strategy.start, strategy.end) {
        (Some(start), Some(end)) => standing.push(format!(
            "Runs from {} to {}",
            spell_date(start),
            spell_date(end)
        )),
        (Some(start), None) => standing.push(format!("Runs from {}", spell_date(start))),
        (None, Some(end)) => standing.push(format!("Runs to {}", spell_date(end))),
        (None, None) => {}
    }
    let edition = cx.snapshot.edition.as_ref().map(|shown| &shown.edition);
    html(&Page {
        shell: cx
            .shell(strategy.title.clone())
            .described(strategy.vision.clone()),
        trail: record::trail(cx, []),
        vision: strategy.vision.clone(),
        standing,
        edition: edition.map(|edition| {
            Link::new(
                cx.moment.href(&format!("/editions/{}", edition.id)),
                format!("Edition {}", edition.id),
            )
        }),
        edition_date: edition
            .map(|edition| spell_day(edition.as_of))
            .unwrap_or_default(),
        changes_href: cx.moment.href("/editions"),
        text: markdown::render_cited(&strategy.body, |path| cx.href_within(path)),
        themes: themes(cx),
        targets: targets(cx),
        indicators_href: cx.moment.href("/indicators"),
        sources: SourceItem::list(&strategy.sources),
        history_href: cx.moment.href("/strategy/history"),
    })
}

fn themes(cx: &Cx) -> Vec<ThemeItem> {
    let themes = cx.view.plan.themes_in_order().into_iter();
    themes
        .map(|(slug, theme)| {
            let key = Key::new(Kind::Theme, slug.clone());
            let number = |kind: Kind| cx.view.backlinks.to(&key, kind, "theme").len();
            ThemeItem {
                link: Link::new(cx.href(Kind::Theme, slug), cx.view.theme_title(slug)),
                class: theme_class(slug),
                promise: theme.promise.clone(),
                about: format!(
                    "{} · {} · {}",
                    count(number(Kind::Objective), "objective", "objectives"),
                    count(number(Kind::Activity), "activity", "activities"),
                    count(number(Kind::Signal), "signal", "signals")
                ),
            }
        })
        .collect()
}

fn targets(cx: &Cx) -> Vec<TargetItem> {
    indicator::in_order(cx)
        .into_iter()
        .map(|(slug, indicator)| {
            let observations = indicator::observations(cx, slug);
            TargetItem {
                link: cx.link(Kind::Indicator, slug),
                finding: indicator.finding.clone().unwrap_or_default(),
                target: indicator::spell_target(indicator)
                    .unwrap_or_else(|| "No source gives a value".to_owned()),
                latest: indicator::spell_latest(indicator, &observations)
                    .unwrap_or_else(|| "No figure, only words".to_owned()),
                progress: Progress::of(indicator, &observations),
            }
        })
        .collect()
}
