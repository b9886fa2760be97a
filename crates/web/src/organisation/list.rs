//! Who takes part: the picture of ties, and a table of every organisation that fits the filter.

use askama::Template;
use axum::response::Response;
use dfg_plan::{
    Kind, Slug,
    record::{Organisation, OrganisationKind, Part},
    story::capitalise,
};

use super::{
    network::{KindGrid, Network},
    tie::{KINDS, Parts, Ties},
};
use crate::{
    cx::{Cx, Link},
    fault::Fault,
    filter::{Chip, Choice, Choices, area_choices, theme_choices},
    part::count,
    record,
    route::html,
    shell::Shell,
};

#[derive(Template)]
#[template(path = "organisation/list.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    lede: String,
    q: String,
    choices: Vec<Choices>,
    pairs: Vec<(String, String)>,
    chips: Vec<Chip>,
    network: Option<Network>,
    picture_heading: String,
    chosen: Option<Link>,
    kinds: Option<KindGrid>,
    tally: String,
    rows: Vec<Row>,
    all_href: String,
    groups_href: String,
    download_href: String,
}

struct Row {
    link: Link,
    kind: String,
    area: Option<Link>,
    leads: usize,
    delivers: usize,
    funds: usize,
    ties: usize,
}

/// `GET /organisations`.
pub(super) fn show(cx: &Cx) -> Result<Response, Fault> {
    let plan = &cx.view.plan;
    let ties = Ties::of(plan);
    let parts = Parts::of(plan);
    let chosen = cx
        .query
        .get("organisation")
        .and_then(|text| plan.organisations.get_key_value(text))
        .map(|(slug, _)| slug);
    let choices = choices(cx);
    let mut found: Vec<(&Slug, &Organisation)> = plan
        .organisations
        .iter()
        .map(|(slug, organisation)| (slug, organisation.as_ref()))
        .filter(|(_, organisation)| fits(cx, organisation))
        .collect();
    found.sort_by_key(|(slug, organisation)| {
        (
            std::cmp::Reverse(ties.number(slug)),
            organisation.name.to_lowercase(),
        )
    });
    let all = plan.organisations.len();
    let filtered = found.len() < all;
    let among: Vec<&Slug> = found.iter().map(|(slug, _)| *slug).collect();
    let network = Network::new(cx, &ties, &among, chosen);
    let tally = count(all, "organisation", "organisations");
    html(&Page {
        shell: cx
            .shell(finding(cx, &ties))
            .described("Who takes part in the strategy, and who works with whom."),
        trail: record::trail(cx, []),
        lede: lede(all, ties.tied()),
        q: cx
            .query
            .get("q")
            .unwrap_or_default()
            .chars()
            .take(200)
            .collect(),
        chips: Chip::list(cx, "/organisations", &choices),
        choices,
        pairs: cx.shell("").pairs,
        picture_heading: match chosen {
            Some(slug) => format!(
                "{} works with {}",
                cx.view.title(Kind::Organisation, slug),
                count(ties.number(slug), "other", "others")
            ),
            None => "Who works with whom".to_owned(),
        },
        network,
        chosen: chosen.map(|slug| cx.link(Kind::Organisation, slug)),
        kinds: (!filtered && chosen.is_none() && ties.tied() > 0).then(|| KindGrid::new(cx, &ties)),
        tally: if filtered {
            format!("{} of {tally}", found.len())
        } else {
            tally
        },
        rows: found
            .into_iter()
            .map(|(slug, organisation)| Row {
                link: cx.link(Kind::Organisation, slug),
                kind: organisation
                    .kind
                    .map(|kind| capitalise(kind.words()))
                    .unwrap_or_default(),
                area: organisation
                    .area
                    .as_ref()
                    .map(|slug| cx.link(Kind::Area, slug)),
                leads: parts.number(slug, Part::Leads),
                delivers: parts.number(slug, Part::Delivers),
                funds: parts.number(slug, Part::Funds),
                ties: ties.number(slug),
            })
            .collect(),
        all_href: cx.moment.href("/organisations"),
        groups_href: cx.moment.href("/groups"),
        download_href: cx.moment.href("/organisations.csv"),
    })
}

fn choices(cx: &Cx) -> Vec<Choices> {
    let organisations = &cx.view.plan.organisations;
    let kinds: Vec<OrganisationKind> = KINDS
        .iter()
        .flatten()
        .copied()
        .filter(|kind| organisations.values().any(|o| o.kind == Some(*kind)))
        .collect();
    let kinds = kinds
        .into_iter()
        .map(|kind| Choice::new(kind.word(), capitalise(kind.words()), cx.query.get("kind")));
    vec![
        Choices::new("kind", "Kind", kinds.collect()),
        theme_choices(cx),
        area_choices(cx, |area| {
            organisations
                .values()
                .any(|o| o.area.as_ref() == Some(area))
        }),
    ]
}

/// Whether an organisation fits the filters in the address.
fn fits(cx: &Cx, organisation: &Organisation) -> bool {
    let wanted = |name: &str| cx.query.get(name).filter(|value| !value.is_empty());
    let kind = organisation.kind.map(OrganisationKind::word);
    let area = organisation.area.as_ref().map(Slug::as_str);
    let text = format!(
        "{} {}",
        organisation.name,
        organisation.specialisms.join(" ")
    )
    .to_lowercase();
    wanted("kind").is_none_or(|wanted| kind == Some(wanted))
        && wanted("area").is_none_or(|wanted| area == Some(wanted))
        && wanted("theme").is_none_or(|wanted| {
            organisation
                .themes
                .iter()
                .any(|theme| theme.as_str() == wanted)
        })
        && wanted("q").is_none_or(|q| {
            q.split_whitespace()
                .all(|word| text.contains(&word.to_lowercase()))
        })
}

/// A true sentence about who works with whom.
fn finding(cx: &Cx, ties: &Ties) -> String {
    let organisations = &cx.view.plan.organisations;
    let top = organisations
        .keys()
        .max_by_key(|slug| (ties.number(slug), std::cmp::Reverse((*slug).clone())));
    match top {
        None => "Nobody takes part yet".to_owned(),
        Some(top) if ties.number(top) > 0 => {
            let number = ties.number(top);
            let alone = organisations
                .keys()
                .filter(|slug| ties.number(slug) == number)
                .count()
                == 1;
            let name = cx.view.title(Kind::Organisation, top);
            let others = count(number, "other", "others");
            if alone {
                format!("{name} works with {others}, more than anyone else")
            } else {
                format!("{name} works with {others}; nobody works with more")
            }
        }
        Some(_) => format!(
            "{} part",
            match organisations.len() {
                1 => "One organisation takes".to_owned(),
                number => format!("{number} organisations take"),
            }
        ),
    }
}

fn lede(all: usize, tied: usize) -> String {
    let taking = match all {
        1 => "One organisation takes part".to_owned(),
        all => format!("{all} organisations take part"),
    };
    match tied {
        0 => format!("{taking}. No source names a tie between two of them yet."),
        tied => format!(
            "{taking}. {tied} of them share an activity, a partnership, a membership or a grant \
             with another."
        ),
    }
}
