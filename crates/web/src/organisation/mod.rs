//! Who takes part: what each organisation leads, delivers, funds and advises, and its ties.

mod list;
mod network;
mod tie;

use askama::Template;
use axum::{Router, response::Response};
use dfg_plan::{
    Key, Kind, Record, Slug,
    record::{Organisation, Part},
    story::{capitalise, join_and},
};

use self::tie::{Parts, Ties};
use crate::{
    cx::{Cx, Link},
    fault::Fault,
    part::{ActivityItem, SourceItem, count},
    record::{self, Dated, Fact},
    route::{html, page},
    shell::Shell,
    site::Site,
};

#[derive(Template)]
#[template(path = "organisation/page.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    kind: String,
    lede: String,
    numbers: Vec<Number>,
    parts: Vec<PartGroup>,
    ties: Vec<TieItem>,
    partners: Vec<Partner>,
    picture_href: String,
    decisions: Vec<Dated>,
    specialisms: Vec<String>,
    facts: Vec<Fact>,
    sources: Vec<SourceItem>,
    history_href: String,
    data_href: String,
}

struct Number {
    words: String,
    link: Link,
}

/// The activities in which the organisation has one part.
struct PartGroup {
    id: &'static str,
    heading: String,
    items: Vec<ActivityItem>,
}

/// A tie in a sentence: either end may be this organisation, which is not linked.
struct TieItem {
    from: Link,
    words: &'static str,
    to: Link,
    about: String,
    source: Option<Link>,
}

/// Another organisation in the same activities.
struct Partner {
    link: Link,
    about: String,
}

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
        .route("/organisations", page(list::show))
        .route("/organisations/{slug}", page(show))
}

/// `GET /organisations/{slug}`.
fn show(cx: &Cx) -> Result<Response, Fault> {
    let (slug, record) = cx.record(Kind::Organisation)?;
    let Record::Organisation(organisation) = record else {
        return Err(Fault::missing("organisation", slug));
    };
    let plan = &cx.view.plan;
    let key = Key::new(Kind::Organisation, slug.clone());
    let ties = Ties::of(plan);
    let parts = Parts::of(plan);
    let number = ties.number(&slug);
    let groups: Vec<Link> = cx.links(
        Kind::Group,
        cx.view.backlinks.to(&key, Kind::Group, "roles"),
    );
    let mut standing = groups;
    if let Some(strategy) = plan.strategy()
        && strategy.lead.as_ref() == Some(&slug)
    {
        standing.insert(
            0,
            Link::new(cx.moment.href("/strategy"), "Leads the strategy"),
        );
    }
    let lede = lede(cx, &organisation, &slug, &parts, number);
    html(&Page {
        shell: cx.shell(organisation.name.clone()).described(lede.clone()),
        trail: record::trail(
            cx,
            [Link::new(
                cx.moment.href("/organisations"),
                "Who takes part",
            )],
        ),
        kind: organisation
            .kind
            .map(|kind| capitalise(kind.words()))
            .unwrap_or_default(),
        lede,
        numbers: numbers(&slug, &parts, number),
        parts: part_groups(cx, &slug),
        ties: tie_items(cx, &slug),
        partners: partners(cx, &ties, &slug),
        picture_href: cx
            .moment
            .href(&format!("/organisations?organisation={slug}#picture")),
        decisions: record::decisions_naming(cx, &key, "organisation"),
        specialisms: organisation.specialisms.clone(),
        facts: facts(cx, &organisation, standing),
        sources: SourceItem::list(&organisation.sources),
        history_href: record::history_href(cx, Kind::Organisation, &slug),
        data_href: record::data_href(cx, Kind::Organisation, &slug),
    })
}

/// What the organisation is and does, in two sentences.
fn lede(cx: &Cx, organisation: &Organisation, slug: &Slug, parts: &Parts, ties: usize) -> String {
    let place = organisation
        .area
        .as_ref()
        .map(|area| format!(" based in {}", cx.view.title(Kind::Area, area)));
    let place = place.unwrap_or_default();
    let first = match organisation.kind {
        Some(kind) => {
            let words = kind.words();
            let article = if words.starts_with(['a', 'e', 'i', 'o']) {
                "An"
            } else {
                "A"
            };
            format!("{article} {words}{place}. ")
        }
        None if place.is_empty() => String::new(),
        None => format!("It is{place}. "),
    };
    let does: Vec<String> = Part::ALL
        .iter()
        .map(|part| (parts.number(slug, *part), part.words()))
        .filter(|(number, _)| *number > 0)
        .enumerate()
        .map(|(index, (number, words))| match index {
            0 => format!("{words} {}", count(number, "activity", "activities")),
            _ => format!("{words} {number}"),
        })
        .collect();
    let beside = match ties {
        0 => String::new(),
        ties => format!(
            " It works with {}.",
            count(ties, "other organisation", "other organisations")
        ),
    };
    if does.is_empty() {
        format!("{first}No activity in the pipeline names it yet.{beside}")
    } else {
        format!("{first}It {}.{beside}", join_and(&does))
    }
}

fn numbers(slug: &Slug, parts: &Parts, ties: usize) -> Vec<Number> {
    let mut numbers: Vec<Number> = Part::ALL
        .iter()
        .map(|part| (parts.number(slug, *part), *part))
        .filter(|(number, _)| *number > 0)
        .map(|(number, part)| Number {
            words: match number {
                1 => format!("activity that it {}", part.words()),
                _ => format!("activities that it {}", part.words()),
            },
            link: Link::new(format!("#{}", part.word()), number.to_string()),
        })
        .collect();
    if ties > 0 {
        numbers.push(Number {
            words: if ties == 1 {
                "organisation beside it".to_owned()
            } else {
                "organisations beside it".to_owned()
            },
            link: Link::new("#ties", ties.to_string()),
        });
    }
    numbers
}

fn part_groups(cx: &Cx, slug: &Slug) -> Vec<PartGroup> {
    Part::ALL
        .iter()
        .filter_map(|part| {
            let items: Vec<ActivityItem> = cx
                .view
                .plan
                .activities
                .iter()
                .filter_map(|(activity_slug, activity)| {
                    let owner = activity.owners.iter().find(|owner| {
                        owner.part == *part && owner.organisation.as_ref() == Some(slug)
                    })?;
                    let mut item = ActivityItem::new(cx, activity_slug, activity);
                    if let Some(pence) = owner.pence {
                        item.facts.push(format!("pays {pence}"));
                    }
                    item.facts.extend(owner.note.clone());
                    Some(item)
                })
                .collect();
            (!items.is_empty()).then(|| PartGroup {
                id: part.word(),
                heading: match part {
                    Part::Leads => "What it leads".to_owned(),
                    Part::Delivers => "What it helps to deliver".to_owned(),
                    Part::Funds => "What it funds".to_owned(),
                    Part::Advises => "What it advises".to_owned(),
                },
                items,
            })
        })
        .collect()
}

fn tie_items(cx: &Cx, slug: &Slug) -> Vec<TieItem> {
    let name = |other: &Slug| {
        if other == slug {
            Link::new("", cx.view.title(Kind::Organisation, other))
        } else {
            cx.link(Kind::Organisation, other)
        }
    };
    let mut found: Vec<_> = cx
        .view
        .plan
        .relationships
        .values()
        .filter(|relationship| relationship.from == *slug || relationship.to == *slug)
        .collect();
    found.sort_by_key(|relationship| {
        (
            relationship.from != *slug,
            relationship.kind,
            relationship.to.clone(),
            relationship.from.clone(),
        )
    });
    found
        .into_iter()
        .map(|relationship| TieItem {
            from: name(&relationship.from),
            words: relationship.kind.words(),
            to: name(&relationship.to),
            about: relationship
                .about
                .as_deref()
                .map(capitalise)
                .unwrap_or_default(),
            source: relationship
                .sources
                .first()
                .map(|source| Link::new(source.url.clone().unwrap_or_default(), source.name())),
        })
        .collect()
}

/// Who has a part in the same activities, those with the most first.
fn partners(cx: &Cx, ties: &Ties, slug: &Slug) -> Vec<Partner> {
    let mut found: Vec<(&Slug, usize)> = ties
        .partners(slug)
        .map(|(other, tie)| (other, tie.activities.len()))
        .filter(|(_, number)| *number > 0)
        .collect();
    found.sort_by_key(|(other, number)| (std::cmp::Reverse(*number), (*other).clone()));
    found
        .into_iter()
        .map(|(other, number)| Partner {
            link: cx.link(Kind::Organisation, other),
            about: if number > 1 {
                count(number, "activity", "activities")
            } else {
                String::new()
            },
        })
        .collect()
}

fn facts(cx: &Cx, organisation: &Organisation, standing: Vec<Link>) -> Vec<Fact> {
    let themes = organisation.themes.iter();
    let themes = themes
        .map(|slug| Link::new(cx.link(Kind::Theme, slug).href, cx.view.theme_title(slug)))
        .collect();
    let area = cx.links(Kind::Area, &organisation.area);
    let mut facts = vec![
        Fact::words(
            "Kind",
            organisation.kind.map(|kind| capitalise(kind.words())),
        ),
        Fact::links("Where", area),
        Fact::links("Themes", themes),
        Fact::links(
            "Website",
            organisation.website.iter().map(|w| website(w)).collect(),
        ),
    ];
    if let Some(size) = &organisation.size {
        facts.insert(1, Fact::words("Size", Some(capitalise(size))));
    }
    if !standing.is_empty() {
        facts.push(Fact::links("In the strategy", standing));
    }
    facts
}

/// A website as a link, where it is an address that can be followed safely.
fn website(text: &str) -> Link {
    let shown = text
        .trim_start_matches("https://")
        .trim_start_matches("http://")
        .trim_start_matches("www.")
        .trim_end_matches('/');
    let full = text.starts_with("https://") || text.starts_with("http://");
    let bare = text.contains('.') && !text.contains([':', '\\', ' ', '/']);
    if full {
        Link::new(text, shown)
    } else if bare {
        Link::new(format!("https://{text}"), shown)
    } else {
        Link::new("", text)
    }
}
