//! Milestones: what happened, in order of date, with an anchor for each.

use std::collections::BTreeMap;

use askama::Template;
use axum::{Router, response::Response};
use dfg_plan::{Kind, Slug, record::Milestone, spell_date};

use crate::{
    cx::{Cx, Link},
    fault::Fault,
    part::SourceItem,
    record,
    route::{html, page},
    shell::{Shell, theme_class},
    site::Site,
};

#[derive(Template)]
#[template(path = "milestone/list.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    lede: String,
    years: Vec<Year>,
    decisions_href: String,
}

struct Year {
    year: i16,
    items: Vec<Item>,
}

struct Item {
    anchor: String,
    date: String,
    datetime: String,
    what: String,
    who: String,
    theme: Option<Link>,
    class: String,
    activities: Vec<Link>,
    source: Option<SourceItem>,
}

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    Router::new().route("/milestones", page(show))
}

/// `GET /milestones`.
fn show(cx: &Cx) -> Result<Response, Fault> {
    let mut milestones: Vec<_> = cx.view.plan.milestones.iter().collect();
    milestones.sort_by_key(|(slug, milestone)| (milestone.date, (*slug).clone()));
    let ends = milestones
        .first()
        .zip(milestones.last())
        .map(|((_, first), (_, last))| (first.date.year(), last.date.year()));
    let title = match (milestones.len(), ends) {
        (_, None) => "Nothing dated is recorded yet".to_owned(),
        (1, Some((first, _))) => format!("What happened in {first}"),
        (number, Some((first, last))) if first == last => {
            format!("{number} steps in {first}")
        }
        (number, Some((first, last))) => format!("{number} steps from {first} to {last}"),
    };
    let lede = milestones.last().map(|(_, last)| {
        format!(
            "The plan did not begin or end on one day. The latest step is of {}: {}.",
            spell_date(last.date),
            last.what
        )
    });
    let mut years: BTreeMap<i16, Vec<Item>> = BTreeMap::new();
    for (slug, milestone) in milestones {
        let item = item(cx, slug, milestone);
        years.entry(milestone.date.year()).or_default().push(item);
    }
    html(&Page {
        shell: cx
            .shell(title)
            .described("What happened in the strategy's story, in order of date."),
        trail: record::trail(cx, []),
        lede: lede.unwrap_or_default(),
        years: years
            .into_iter()
            .map(|(year, items)| Year { year, items })
            .collect(),
        decisions_href: cx.moment.href("/decisions"),
    })
}

fn item(cx: &Cx, slug: &Slug, milestone: &Milestone) -> Item {
    Item {
        anchor: slug.to_string(),
        date: spell_date(milestone.date),
        datetime: milestone.date.to_string(),
        what: milestone.what.trim_end_matches('.').to_owned(),
        who: milestone.who.clone().unwrap_or_default(),
        theme: milestone
            .theme
            .as_ref()
            .map(|slug| Link::new(cx.link(Kind::Theme, slug).href, cx.view.theme_title(slug))),
        class: milestone.theme.as_ref().map(theme_class).unwrap_or_default(),
        activities: cx.links(Kind::Activity, &milestone.activities),
        source: milestone.sources.first().map(SourceItem::new),
    }
}
