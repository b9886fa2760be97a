//! `GET /editions/{id}`: one edition, what it holds, and how to check it.

use askama::Template;
use axum::response::Response;
use dfg_plan::{EditionId, Kind, Plan, spell_day, story::capitalise};
use jiff::tz::TimeZone;

use super::{Comparison, Spot, name_of, public_editions};
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
#[template(path = "edition/one.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    name: String,
    lede: String,
    date: String,
    datetime: String,
    reconstructed: bool,
    foreword: String,
    numbers: Vec<Number>,
    read: Vec<Link>,
    changes: Link,
    since: String,
    summary: String,
    entry: u64,
    through: u64,
    recorded: String,
    recorded_datetime: String,
    hash: String,
    data_href: String,
    other: Vec<Link>,
}

struct Number {
    words: &'static str,
    count: String,
    href: String,
}

/// `GET /editions/{id}`.
pub(crate) fn show(cx: &Cx) -> Result<Response, Fault> {
    let text = cx.param("id");
    let missing = || Fault::missing("edition", text);
    let id: EditionId = text.parse().map_err(|_| missing())?;
    let editions = public_editions(&cx.snapshot);
    let place = editions.iter().position(|(edition, _)| edition.id == id);
    let place = place.ok_or_else(missing)?;
    let (edition, note) = editions[place];
    let to = Spot::of_edition(edition);
    let from = match editions.get(place + 1) {
        Some((earlier, _)) => Spot::of_edition(earlier),
        None => Spot::before(cx, &to),
    };
    let since = from.name.clone();
    let comparison = Comparison::of(cx, from, to, Vec::new());
    let (_, plan) = comparison.plans();
    let moment = Moment::of_edition(&cx.snapshot, id)?;
    let day = spell_day(edition.as_of);
    let lede = format!(
        "It holds {} and {} as they stood on {day}.",
        count(plan.activities.len(), "activity", "activities"),
        count(plan.organisations.len(), "organisation", "organisations"),
    );
    let other = [
        place
            .checked_sub(1)
            .and_then(|place| editions.get(place))
            .map(|(next, _)| (*next, "The next: ")),
        editions
            .get(place + 1)
            .map(|(earlier, _)| (*earlier, "The one before: ")),
    ];
    let recorded = note.recorded_at.to_zoned(TimeZone::UTC).date();
    html(&Page {
        shell: cx
            .shell(format!("Edition {id}: {}", edition.title))
            .described(lede.clone()),
        trail: vec![
            Link::new(cx.moment.href("/"), "Home"),
            Link::new(cx.moment.href("/editions"), "Editions"),
        ],
        name: capitalise(&name_of(id)),
        lede,
        date: day,
        datetime: edition.as_of.to_string(),
        reconstructed: id.is_reconstructed(),
        foreword: markdown::render_html(&edition.foreword),
        numbers: numbers(plan, &moment),
        read: [
            ("/", "Home page"),
            ("/strategy", "The strategy"),
            ("/pipeline", "The pipeline"),
        ]
        .map(|(path, words)| Link::new(moment.href(path), words))
        .into(),
        changes: Link::new(
            cx.moment.href(&format!("/changes?{}", comparison.query())),
            format!("What changed since {since}, and why"),
        ),
        since,
        summary: comparison.story(cx).summary(),
        entry: note.seq,
        through: edition.through,
        recorded: spell_day(recorded),
        recorded_datetime: recorded.to_string(),
        hash: note.hash.to_string(),
        data_href: cx.moment.href(&format!("/api/v1/editions/{id}")),
        other: other
            .into_iter()
            .flatten()
            .map(|(edition, words)| {
                Link::new(
                    cx.moment.href(&format!("/editions/{}", edition.id)),
                    format!("{words}{}, {}", name_of(edition.id), edition.title),
                )
            })
            .collect(),
    })
}

/// How many records of the kinds that have a page of their own.
fn numbers(plan: &Plan, moment: &Moment) -> Vec<Number> {
    [
        (Kind::Activity, "activities", "/pipeline"),
        (Kind::Organisation, "organisations", "/organisations"),
        (Kind::Signal, "signals", "/signals"),
        (Kind::Decision, "decisions", "/decisions"),
        (Kind::Objective, "objectives", "/strategy"),
        (Kind::Indicator, "indicators", "/indicators"),
    ]
    .into_iter()
    .map(|(kind, words, path)| Number {
        words,
        count: plan.count(kind).to_string(),
        href: moment.href(path),
    })
    .collect()
}
