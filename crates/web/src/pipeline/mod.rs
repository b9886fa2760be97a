//! The pipeline: every activity, chosen by filters in the address, as a list, a timeline or a
//! board.

mod board;
mod duty;
pub(crate) mod filter;
mod finding;
mod timeline;

use std::cmp::Reverse;

use askama::Template;
use axum::{Router, response::Response};
use dfg_plan::{Slug, record::Activity};

use self::{
    board::Column,
    filter::{Choice, Facet, Filter, has_lead, shown},
    timeline::Timeline,
};
use crate::{
    cx::{Cx, Link},
    fault::Fault,
    page::{Pages, paged},
    part::{ActivityItem, count},
    route::{html, page},
    shell::Shell,
    site::Site,
};

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    Router::new().route("/pipeline", page(show))
}

/// How many activities a page of the list shows.
const PAGE: usize = 200;

#[derive(Template)]
#[template(path = "pipeline/page.html")]
struct Page {
    shell: Shell,
    lede: String,
    /// Who has accepted to lead, and whether updates come in time.
    duty: Vec<String>,
    views: Vec<ViewLink>,
    /// The view's name where it is not the list, to be carried by the form.
    view: &'static str,
    words: String,
    organisations: Vec<Choice>,
    orders: Vec<Choice>,
    sets: Vec<Set>,
    sets_chosen: usize,
    chips: Vec<Link>,
    unknown: Vec<String>,
    clear_href: String,
    tally: String,
    csv_href: String,
    json_href: String,
    items: Vec<ActivityItem>,
    pages: Option<Pages>,
    timeline: Option<Timeline>,
    columns: Vec<Column>,
}

struct ViewLink {
    link: Link,
    current: bool,
}

/// One filter as checkboxes.
struct Set {
    name: &'static str,
    words: &'static str,
    choices: Vec<Choice>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    List,
    Timeline,
    Board,
}

impl Look {
    const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::List, "list", "List"),
        (Self::Timeline, "timeline", "Timeline"),
        (Self::Board, "board", "Board"),
    ];

    /// What is no view is the list.
    fn read(word: Option<&str>) -> Self {
        let found = Self::ALL.iter().find(|(_, name, _)| Some(*name) == word);
        found.map_or(Self::List, |(look, ..)| *look)
    }

    /// The word that addresses carry; none for the list.
    fn word(self) -> &'static str {
        let found = Self::ALL.iter().find(|(look, ..)| *look == self);
        found.map_or(
            "",
            |(look, name, _)| {
                if *look == Self::List { "" } else { *name }
            },
        )
    }
}

/// The orders of the list: the word in addresses, and the words that people read.
const ORDERS: [(&str, &str); 5] = [
    ("", "Theme"),
    ("name", "Name"),
    ("start", "Latest start"),
    ("end", "Soonest end"),
    ("funding", "Most funding"),
];

/// `GET /pipeline`.
fn show(cx: &Cx) -> Result<Response, Fault> {
    let filter = Filter::read(&cx.query);
    let look = Look::read(cx.query.get("view"));
    let order = cx.query.get("sort").unwrap_or_default();
    let order = ORDERS
        .iter()
        .find(|(word, _)| *word == order)
        .map_or("", |(word, _)| *word);
    let mut found = filter.found(&cx.view);
    sort(cx, &mut found, order);
    let all = cx.view.plan.activities.len();
    let address = |path: &str, pairs: &[(&str, &str)], look: Look, order: &str| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs);
        for (name, value) in [("view", look.word()), ("sort", order)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        let query = query.finish();
        cx.moment.href(&if query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{query}")
        })
    };
    let pairs = filter.pairs_but(None);
    let (range, pages) = paged(found.len(), PAGE, &cx.query, |number| {
        let mut pairs = pairs.clone();
        pairs.push(("page", number));
        address("/pipeline", &pairs, look, order)
    });
    let in_view = if look == Look::List {
        &found[range]
    } else {
        &found[..]
    };
    let title = finding::headline(&cx.view, &filter, cx.moment.past.is_some());
    html(&Page {
        shell: cx.shell(title).described(
            "Every activity in the strategy, with its owners, its stage and its sources.",
        ),
        lede: lede(&found, all),
        duty: duty::sentences(&cx.view.plan, &found, cx.moment.point.as_of),
        views: Look::ALL
            .iter()
            .map(|(one, _, words)| ViewLink {
                link: Link::new(address("/pipeline", &pairs, *one, order), *words),
                current: *one == look,
            })
            .collect(),
        view: look.word(),
        words: filter.words.clone(),
        organisations: filter.choices(&cx.view, Facet::Organisation),
        orders: ORDERS
            .iter()
            .map(|(word, words)| Choice {
                value: (*word).to_owned(),
                text: (*words).to_owned(),
                count: 0,
                chosen: *word == order,
            })
            .collect(),
        sets: sets(cx, &filter),
        sets_chosen: filter
            .in_use()
            .iter()
            .filter(|(facet, _)| facet.is_some_and(|facet| facet != Facet::Organisation))
            .count(),
        chips: chips(cx, &filter, |but| {
            address("/pipeline", &filter.pairs_but(Some(but)), look, order)
        }),
        unknown: unknown(cx, &filter),
        clear_href: address("/pipeline", &[], look, order),
        tally: if filter.is_empty() {
            count(all, "activity", "activities")
        } else {
            format!(
                "{} of {}",
                found.len(),
                count(all, "activity", "activities")
            )
        },
        csv_href: address("/activities.csv", &pairs, Look::List, ""),
        json_href: cx.moment.href("/api/v1/activities"),
        items: if look == Look::List {
            in_view
                .iter()
                .map(|(slug, activity)| ActivityItem::new(cx, slug, activity))
                .collect()
        } else {
            Vec::new()
        },
        pages: pages.filter(|_| look == Look::List),
        timeline: (look == Look::Timeline && !found.is_empty()).then(|| Timeline::new(cx, in_view)),
        columns: if look == Look::Board && !found.is_empty() {
            board::columns(cx, in_view)
        } else {
            Vec::new()
        },
    })
}

/// What is stated and what is not, of the activities in view.
fn lede(found: &[(&Slug, &Activity)], all: usize) -> String {
    if found.is_empty() {
        return if all == 0 {
            "No activity is recorded at this date.".to_owned()
        } else {
            "Take a filter off, or use fewer words.".to_owned()
        };
    }
    let funded = found
        .iter()
        .filter(|(_, activity)| activity.funding_pence.is_some())
        .count();
    let leaderless = found
        .iter()
        .filter(|(_, activity)| !has_lead(activity))
        .count();
    let number = found.len();
    let of = |part: usize| match part {
        0 => format!("None of the {number}"),
        part if part == number => format!("All {number}"),
        part => format!("{part} of the {number}"),
    };
    let share = (leaderless * 100 + number / 2) / number;
    let leads = match (leaderless, number) {
        (0, 1) => "A source says who leads it.".to_owned(),
        (0, _) => "Every one has a stated lead.".to_owned(),
        (_, 1) => "No source says who leads it.".to_owned(),
        (part, _) => format!("For {part} of them ({share}%), no source says who leads."),
    };
    let funding = match (funded, number) {
        (0, 1) => "No source states its funding.".to_owned(),
        (_, 1) => "A source states its funding.".to_owned(),
        _ => format!("{} state their funding.", of(funded)),
    };
    format!("{funding} {leads}")
}

fn sort(cx: &Cx, found: &mut [(&Slug, &Activity)], order: &str) {
    let by_name = |activity: &Activity| activity.title.to_lowercase();
    match order {
        "name" => found.sort_by_cached_key(|(_, one)| by_name(one)),
        "start" => found.sort_by_cached_key(|(_, one)| (Reverse(one.start), by_name(one))),
        "end" => found.sort_by_cached_key(|(_, one)| (one.end.is_none(), one.end, by_name(one))),
        "funding" => {
            found.sort_by_cached_key(|(_, one)| (Reverse(one.funding_pence), by_name(one)));
        }
        _ => {
            let themes = themes_of(cx, found);
            found.sort_by_cached_key(|(_, one)| {
                let theme = themes.iter().position(|theme| *theme == one.theme);
                (theme, one.stage.is_none(), one.stage, by_name(one))
            });
        }
    }
}

/// The themes of some activities in the plan's order, then any that the plan does not know.
fn themes_of(cx: &Cx, found: &[(&Slug, &Activity)]) -> Vec<Slug> {
    let mut themes: Vec<Slug> = cx
        .view
        .plan
        .themes_in_order()
        .into_iter()
        .map(|(slug, _)| slug.clone())
        .collect();
    for (_, activity) in found {
        if !themes.contains(&activity.theme) {
            themes.push(activity.theme.clone());
        }
    }
    themes.retain(|theme| found.iter().any(|(_, activity)| activity.theme == *theme));
    themes
}

fn sets(cx: &Cx, filter: &Filter) -> Vec<Set> {
    [
        Facet::Theme,
        Facet::Stage,
        Facet::Area,
        Facet::Confidence,
        Facet::Funding,
    ]
    .into_iter()
    .map(|facet| Set {
        name: facet.name(),
        words: facet.words(),
        choices: filter.choices(&cx.view, facet),
    })
    .collect()
}

/// The filters in use, each with the address without it.
fn chips(cx: &Cx, filter: &Filter, without: impl Fn((Option<Facet>, &str)) -> String) -> Vec<Link> {
    filter
        .in_use()
        .into_iter()
        .map(|(facet, value)| {
            let text = match facet {
                None => format!("Words: {}", shown(value)),
                Some(facet) => {
                    let label = facet.label(&cx.view, value);
                    let label = label.unwrap_or_else(|| format!("“{}”", shown(value)));
                    format!("{}: {label}", facet.words())
                }
            };
            Link::new(without((facet, value)), text)
        })
        .collect()
}

/// What is said of values that mean nothing here.
fn unknown(cx: &Cx, filter: &Filter) -> Vec<String> {
    filter
        .in_use()
        .into_iter()
        .filter_map(|(facet, value)| {
            let facet = facet?;
            facet.label(&cx.view, value).is_none().then(|| {
                format!(
                    "“{}” is no {} here, so nothing matches it.",
                    shown(value),
                    match facet {
                        Facet::Area => "area",
                        other => other.name(),
                    }
                )
            })
        })
        .collect()
}
