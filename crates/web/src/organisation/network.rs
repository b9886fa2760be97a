//! The picture of who works with whom: names by kind, and an arc for each pair.
//!
//! It shows at most [`MOST`] organisations, those with the most ties: the table has all of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use dfg_plan::{Kind, Slug, record::OrganisationKind};

use super::tie::{KINDS, Tie, Ties, kind_plural};
use crate::{
    chart::escape,
    cx::{Cx, Link},
};

/// The most organisations in the picture.
const MOST: usize = 70;
/// The most arcs: the strongest ties are drawn first.
const MOST_ARCS: usize = 220;

/// The picture.
pub(super) struct Network {
    pub rows: Vec<Row>,
    pub arcs: String,
    pub caption: String,
}

/// A line of the picture: a kind, or an organisation of it.
pub(super) struct Row {
    /// The kind's name; empty for an organisation.
    pub kind: &'static str,
    pub link: Link,
    pub class: String,
    pub number: usize,
}

impl Network {
    /// The ties among some organisations; or those of one, with all who are tied to it.
    pub fn new(cx: &Cx, ties: &Ties, among: &[&Slug], chosen: Option<&Slug>) -> Option<Self> {
        let mut shown: Vec<&Slug> = match chosen {
            Some(chosen) => ties.partners(chosen).map(|(slug, _)| slug).collect(),
            None => among.to_vec(),
        };
        shown.retain(|slug| ties.number(slug) > 0);
        shown.sort_by_key(|slug| (std::cmp::Reverse(ties.number(slug)), (*slug).clone()));
        let of = shown.len();
        shown.truncate(MOST);
        shown.extend(chosen);
        let shown: BTreeSet<&Slug> = shown.into_iter().collect();
        let mut pairs: Vec<(&Slug, &Slug, &Tie)> = ties
            .pairs()
            .filter(|(one, other, _)| shown.contains(one) && shown.contains(other))
            .collect();
        pairs.sort_by_key(|(one, other, tie)| {
            let own = chosen.is_some_and(|chosen| *one == chosen || *other == chosen);
            let weight = tie.relationships.len() * 2 + tie.activities.len();
            (!own, std::cmp::Reverse(weight), *one, *other)
        });
        let all_pairs = pairs.len();
        pairs.truncate(MOST_ARCS);
        if pairs.is_empty() {
            return None;
        }
        let (rows, places) = rows(cx, ties, &shown, chosen);
        let title = match chosen {
            Some(chosen) => format!(
                "Curves join {} and those it works with.",
                cx.view.title(Kind::Organisation, chosen)
            ),
            None => "Curves join organisations that work together.".to_owned(),
        };
        let mut caption = format!(
            "{} of {of} organisations with a tie, grouped by kind.",
            shown.len().min(of)
        );
        if shown.len() >= of {
            caption = format!("{} organisations, grouped by kind.", shown.len());
        }
        if all_pairs > pairs.len() {
            let _ = write!(
                caption,
                " The {} strongest of {all_pairs} ties are drawn.",
                pairs.len()
            );
        }
        caption.push_str(" The square grows with the number of ties. The table has everyone.");
        Some(Self {
            arcs: draw(&title, rows.len(), &pairs, &places, chosen),
            rows,
            caption,
        })
    }
}

fn rows<'a>(
    cx: &Cx,
    ties: &Ties,
    shown: &BTreeSet<&'a Slug>,
    chosen: Option<&Slug>,
) -> (Vec<Row>, BTreeMap<&'a Slug, usize>) {
    let organisations = &cx.view.plan.organisations;
    let mut rows = Vec::new();
    let mut places = BTreeMap::new();
    let most = shown
        .iter()
        .map(|slug| ties.number(slug))
        .max()
        .unwrap_or(1);
    for kind in KINDS {
        let mut of_kind: Vec<&Slug> = shown
            .iter()
            .copied()
            .filter(|slug| {
                let organisation = organisations.get(*slug);
                organisation.is_some_and(|organisation| organisation.kind == kind)
            })
            .collect();
        if of_kind.is_empty() {
            continue;
        }
        of_kind.sort_by_key(|slug| (std::cmp::Reverse(ties.number(slug)), (*slug).clone()));
        rows.push(Row {
            kind: kind_plural(kind),
            link: Link::new("", ""),
            class: String::new(),
            number: 0,
        });
        for slug in of_kind {
            places.insert(slug, rows.len());
            let number = ties.number(slug);
            let lit = chosen == Some(slug);
            let href = if lit {
                cx.href(Kind::Organisation, slug)
            } else {
                cx.moment
                    .href(&format!("/organisations?organisation={slug}#picture"))
            };
            rows.push(Row {
                kind: "",
                link: Link::new(href, cx.view.title(Kind::Organisation, slug)),
                class: format!(
                    "size-{}{}",
                    size(number, most),
                    if lit { " is-lit" } else { "" }
                ),
                number,
            });
        }
    }
    (rows, places)
}

/// From 1 to 5 by number of ties.
fn size(number: usize, most: usize) -> usize {
    (number * 5).div_ceil(most.max(1)).clamp(1, 5)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "rows of a picture are far fewer than a float can count"
)]
fn draw(
    title: &str,
    height: usize,
    pairs: &[(&Slug, &Slug, &Tie)],
    places: &BTreeMap<&Slug, usize>,
    chosen: Option<&Slug>,
) -> String {
    let mut svg = format!(
        "<svg class=\"net__arcs\" viewBox=\"0 0 100 {height}\" preserveAspectRatio=\"none\" \
         role=\"img\" aria-labelledby=\"net-t\"><title id=\"net-t\">{}</title>",
        escape(title)
    );
    // What is lit is drawn last, so that it lies on top.
    for (one, other, _) in pairs.iter().rev() {
        let (Some(one_row), Some(other_row)) = (places.get(one), places.get(other)) else {
            continue;
        };
        let (from, to) = (one_row.min(other_row), one_row.max(other_row));
        let reach = 133.0 * ((to - from) as f64 / height.max(1) as f64).sqrt();
        let class = match chosen {
            Some(chosen) if *one == chosen || *other == chosen => " class=\"lit\"",
            Some(_) => " class=\"dim\"",
            None => "",
        };
        let _ = write!(
            svg,
            "<path{class} d=\"M0 {from}.5C{reach:.0} {from}.5 {reach:.0} {to}.5 0 {to}.5\"/>"
        );
    }
    svg.push_str("</svg>");
    svg
}

/// How many ties lie between each two kinds.
pub(super) struct KindGrid {
    pub heads: Vec<&'static str>,
    pub rows: Vec<KindRow>,
}

/// A kind against all that stand before it.
pub(super) struct KindRow {
    pub kind: &'static str,
    /// The number and its shade; none beyond the diagonal.
    pub cells: Vec<Option<(usize, String)>>,
}

impl KindGrid {
    pub fn new(cx: &Cx, ties: &Ties) -> Self {
        let organisations = &cx.view.plan.organisations;
        let kind_of = |slug: &Slug| organisations.get(slug).and_then(|o| o.kind);
        let mut numbers: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let place = |kind: Option<OrganisationKind>| KINDS.iter().position(|one| *one == kind);
        for (one, other, _) in ties.pairs() {
            if let (Some(one), Some(other)) = (place(kind_of(one)), place(kind_of(other))) {
                *numbers.entry((one.max(other), one.min(other))).or_default() += 1;
            }
        }
        let used: Vec<usize> = (0..KINDS.len())
            .filter(|kind| organisations.values().any(|o| o.kind == KINDS[*kind]))
            .collect();
        let most = numbers.values().max().copied().unwrap_or(1).max(1);
        let shade = |number: usize| match number {
            0 => "heat-none".to_owned(),
            number => format!("heat-{}", (number * 6).div_ceil(most)),
        };
        let rows = used.iter().map(|row| KindRow {
            kind: kind_plural(KINDS[*row]),
            cells: used
                .iter()
                .map(|column| {
                    (column <= row).then(|| {
                        let number = numbers.get(&(*row, *column)).copied().unwrap_or_default();
                        (number, shade(number))
                    })
                })
                .collect(),
        });
        Self {
            heads: used.iter().map(|kind| kind_plural(KINDS[*kind])).collect(),
            rows: rows.collect(),
        }
    }
}
