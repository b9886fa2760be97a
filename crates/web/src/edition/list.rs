//! `GET /editions`: the strategy at the moments it was published.

use askama::Template;
use axum::response::Response;
use dfg_plan::{Kind, spell_day};

use super::{CompareForm, Comparison, Shown, Spot, name_of, past_editions};
use crate::{
    cx::{Cx, Link},
    fault::Fault,
    markdown,
    moment::Moment,
    part::count,
    route::html,
    shell::Shell,
};

#[derive(Template)]
#[template(path = "edition/list.html")]
struct Page {
    shell: Shell,
    home_href: String,
    lede: String,
    editions: Vec<EditionItem>,
    form: CompareForm,
    data_href: String,
}

struct EditionItem {
    id: String,
    reconstructed: bool,
    link: Link,
    date: String,
    datetime: String,
    foreword: String,
    summary: String,
    counts: String,
    changes: Link,
    read: Link,
    hash: String,
}

/// `GET /editions`.
pub(crate) fn show(cx: &Cx) -> Result<Response, Fault> {
    let editions = past_editions(cx);
    let title = "Editions: the strategy at the moments it was published";
    html(&Page {
        shell: cx.shell(title).described(lede(&editions)),
        home_href: cx.moment.href("/"),
        lede: lede(&editions),
        editions: editions.iter().map(|shown| item(cx, shown)).collect(),
        form: CompareForm::with_defaults(cx),
        data_href: cx.moment.href("/api/v1/editions"),
    })
}

/// What there is, in a sentence or two.
fn lede(editions: &[Shown<'_>]) -> String {
    let Some((latest, _)) = editions.first() else {
        return "No edition shows the strategy as it was by then.".to_owned();
    };
    let past = editions
        .iter()
        .filter(|(edition, _)| edition.id.is_reconstructed())
        .count();
    let own = match editions.len() - past {
        0 => String::new(),
        1 => "One edition has been published here. ".to_owned(),
        number => format!("{number} editions have been published here. "),
    };
    let past = match past {
        0 => String::new(),
        1 => "An earlier one is reconstructed from dated public sources. ".to_owned(),
        number => {
            format!("{number} earlier ones are reconstructed from dated public sources. ")
        }
    };
    format!(
        "{own}{past}The latest, {}, shows {}.",
        name_of(latest.id),
        spell_day(latest.as_of)
    )
}

fn item(cx: &Cx, (edition, note): &Shown<'_>) -> EditionItem {
    let to = Spot::of_edition(edition);
    let from = Spot::before(cx, &to);
    let name = from.name.clone();
    let comparison = Comparison::of(cx, from, to, Vec::new());
    let (_, plan) = comparison.plans();
    let counts = [
        (Kind::Activity, "activity", "activities"),
        (Kind::Organisation, "organisation", "organisations"),
        (Kind::Signal, "signal", "signals"),
        (Kind::Decision, "decision", "decisions"),
    ];
    let counts = counts.map(|(kind, one, many)| count(plan.count(kind), one, many));
    let read = Moment::of_edition(&cx.snapshot, edition.id).map(|moment| moment.href("/"));
    EditionItem {
        id: edition.id.to_string(),
        reconstructed: edition.id.is_reconstructed(),
        link: Link::new(
            cx.moment.href(&format!("/editions/{}", edition.id)),
            format!("Edition {}: {}", edition.id, edition.title),
        ),
        date: spell_day(edition.as_of),
        datetime: edition.as_of.to_string(),
        foreword: markdown::render_html(&edition.foreword),
        summary: comparison.story(cx).summary(),
        counts: dfg_plan::story::join_and(&counts),
        changes: Link::new(
            cx.moment.href(&format!("/changes?{}", comparison.query())),
            format!("What changed since {name}"),
        ),
        read: Link::new(
            read.unwrap_or_else(|_| "/".to_owned()),
            format!("Read the site as of {}", name_of(edition.id)),
        ),
        hash: note.hash.short(),
    }
}
