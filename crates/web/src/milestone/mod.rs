//! What happened to the region, in order.

use askama::Template;
use axum::{Router, response::Response};
use dfg_plan::{Kind, spell_date};

use crate::{
    cx::{Cx, Link},
    fault::Fault,
    part::{SourceItem, count},
    route::{html, page},
    shell::{Shell, theme_class},
    site::Site,
};

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    Router::new().route("/milestones", page(list))
}

#[derive(Template)]
#[template(path = "milestone/list.html")]
struct List {
    shell: Shell,
    lede: String,
    years: Vec<Year>,
    download_href: String,
}

struct Year {
    year: i16,
    items: Vec<Item>,
}

struct Item {
    slug: String,
    date: String,
    datetime: String,
    what: String,
    who: Option<String>,
    theme: Option<(Link, String)>,
    activities: Vec<Link>,
    sources: Vec<SourceItem>,
}

/// `GET /milestones`.
fn list(cx: &Cx) -> Result<Response, Fault> {
    let mut milestones: Vec<_> = cx.view.plan.milestones.iter().collect();
    milestones.sort_by(|(one, first), (two, second)| {
        second.date.cmp(&first.date).then_with(|| one.cmp(two))
    });
    let span = milestones.last().zip(milestones.first());
    let lede = span.map_or_else(String::new, |((_, first), (_, last))| {
        format!(
            "From {} to {}, the newest first.",
            spell_date(first.date),
            spell_date(last.date)
        )
    });
    let mut years: Vec<Year> = Vec::new();
    for (slug, milestone) in &milestones {
        let item = Item {
            slug: slug.to_string(),
            date: spell_date(milestone.date),
            datetime: milestone.date.to_string(),
            what: milestone.what.clone(),
            who: milestone.who.clone(),
            theme: milestone.theme.as_ref().map(|theme| {
                (
                    Link::new(cx.href(Kind::Theme, theme), cx.view.theme_title(theme)),
                    theme_class(theme),
                )
            }),
            activities: cx.links(Kind::Activity, &milestone.activities),
            sources: SourceItem::list(&milestone.sources),
        };
        match years
            .last_mut()
            .filter(|last| last.year == milestone.date.year())
        {
            Some(year) => year.items.push(item),
            None => years.push(Year {
                year: milestone.date.year(),
                items: vec![item],
            }),
        }
    }
    html(&List {
        shell: cx.shell(format!(
            "{} on the way here",
            count(milestones.len(), "milestone", "milestones")
        )),
        lede,
        years,
        download_href: cx.moment.href("/milestones.csv"),
    })
}
