//! The figures of one area, across all indicators.

use dfg_evidence::{
    State,
    standing::{Place, Standing},
};
use dfg_plan::{
    Kind, Slug,
    evidence::{Verdict, spell_change, spell_value},
    record::{Area, Indicator},
    story::{capitalise, join_and},
};

use super::has_evidence;
use crate::{
    cx::{Cx, Link},
    indicator::in_order,
};

/// An indicator's figure for an area.
pub(crate) struct AreaFigure {
    pub link: Link,
    pub value: String,
    pub period: String,
    pub change: String,
    pub since: String,
    /// `2 of 7, the best first`; or the verdict, for the region.
    pub rank: String,
    /// The middle one of its statistical neighbours.
    pub beside: Option<Middling>,
}

/// The middle one of an area's statistical neighbours, in words.
pub(crate) struct Middling {
    pub value: String,
    /// `the middle of 9 of its 10`
    pub of: String,
}

/// Whether any of the figures stands beside its statistical neighbours.
pub(crate) fn has_neighbours(list: &[AreaFigure]) -> bool {
    list.iter().any(|one| one.beside.is_some())
}

/// The middle one of a place's statistical neighbours, where enough of them have a figure.
pub(super) fn middling(indicator: &Indicator, place: &Place) -> Option<Middling> {
    let middle = place.neighbours?;
    let of = if middle.valued == middle.of {
        format!("the middle of its {}", middle.of)
    } else {
        format!("the middle of {} of its {}", middle.valued, middle.of)
    };
    Some(Middling {
        value: spell_value(indicator, middle.value),
        of,
    })
}

/// Who says which places are alike, where any part of the region stands beside its neighbours.
pub(super) fn neighbours_source(cx: &Cx, state: &State, standing: &Standing) -> Option<Link> {
    standing.parts.iter().find_map(|part| part.neighbours)?;
    let dataset = state.neighbours.dataset.as_ref()?;
    Some(cx.link(Kind::Dataset, dataset))
}

/// Who an area's statistical neighbours are, and who says so; none where nobody does.
pub(crate) fn neighbours(cx: &Cx, area: &Area) -> Option<(String, Link)> {
    let state = cx.site.evidence();
    let codes = state.neighbours.of(area.code.as_deref()?);
    let dataset = state.neighbours.dataset.as_ref()?;
    if codes.is_empty() || cx.moment.past.is_some() {
        return None;
    }
    let name = |code: &String| {
        let known = state.register.get(code);
        known.map_or_else(|| code.clone(), |known| known.name.clone())
    };
    let names: Vec<String> = codes.iter().map(name).collect();
    Some((join_and(&names), cx.link(Kind::Dataset, dataset)))
}

/// Since when a code has been in use, and which codes it replaced; empty where nothing is known.
pub(crate) fn validity(cx: &Cx, area: &Area) -> String {
    let state = cx.site.evidence();
    let register = &state.register;
    let Some((code, known)) = area
        .code
        .as_deref()
        .and_then(|code| Some((code, register.get(code)?)))
    else {
        return String::new();
    };
    let spell = |codes: Vec<&str>| {
        let words: Vec<String> = codes.into_iter().map(|one| register.spell(one)).collect();
        join_and(&words)
    };
    let mut sentences = Vec::new();
    match (known.start, known.end) {
        (Some(start), None) => sentences.push(format!("In use since {start}.")),
        (None, Some(end)) => sentences.push(format!("In use until the end of {end}.")),
        (Some(start), Some(end)) => sentences.push(format!("In use from {start} to {end}.")),
        (None, None) => {}
    }
    let before: Vec<&str> = register.predecessors(code).collect();
    if !before.is_empty() {
        sentences.push(format!("It took the place of {}.", spell(before)));
    }
    let after: Vec<&str> = register.successors(code).collect();
    if !after.is_empty() {
        sentences.push(format!("Its place was taken by {}.", spell(after)));
    }
    sentences.join(" ")
}

/// The latest figure of each indicator for an area, in the indicators' order, then its scores in
/// indices; none in the past.
pub(crate) fn area_figures(cx: &Cx, area: &Slug) -> Vec<AreaFigure> {
    let mut found = figures(cx, Some(area), |_| true);
    found.extend(super::index::area_figures(cx, area));
    found
}

/// The latest figure of each of the indicators of a theme, or of those without one, for the region.
pub(crate) fn theme_figures(cx: &Cx, theme: Option<&Slug>) -> Vec<AreaFigure> {
    figures(cx, None, |indicator| indicator.theme.as_ref() == theme)
}

/// The figures of an area, or of the region where none is named.
fn figures(
    cx: &Cx,
    area: Option<&Slug>,
    is_wanted: impl Fn(&Indicator) -> bool,
) -> Vec<AreaFigure> {
    let state = cx.site.evidence();
    in_order(cx)
        .into_iter()
        .filter(|(slug, indicator)| is_wanted(indicator) && has_evidence(cx, slug))
        .filter_map(|(slug, indicator)| {
            let standing = state.standings.get(slug)?;
            let link = cx.link(Kind::Indicator, slug);
            if area.is_none() && standing.region.is_none() {
                return across(link, indicator, standing);
            }
            let mut places = standing.region.iter().chain(&standing.parts);
            let place = match area {
                Some(area) => places.find(|place| place.slug == *area)?,
                None => places.next()?,
            };
            let (latest, value) = place.series.latest()?;
            let found = &place.assessment;
            let ranking = standing.ranking.as_ref();
            let rank = ranking.and_then(|ranking| {
                let own = |one: &&dfg_plan::evidence::place::Place| one.reading.area == place.code;
                let rank = ranking.places.iter().find(own)?.rank;
                Some(format!("{rank} of {}", ranking.places.len()))
            });
            let verdict = match found.verdict {
                Verdict::NotEnoughData => String::new(),
                verdict => capitalise(verdict.words()),
            };
            let change = found.since_last.as_ref();
            Some(AreaFigure {
                link,
                value: spell_value(indicator, value),
                period: latest.period.words(),
                change: change.map_or_else(String::new, |change| {
                    capitalise(&spell_change(indicator, change))
                }),
                since: change.map_or_else(String::new, |change| {
                    format!("since {}", change.from.words())
                }),
                rank: rank.unwrap_or(verdict),
                beside: middling(indicator, place),
            })
        })
        .collect()
}

/// An indicator that has no figure for the region as a whole: from its least part to its greatest.
fn across(link: Link, indicator: &Indicator, standing: &Standing) -> Option<AreaFigure> {
    let ranking = standing.ranking.as_ref()?;
    let (first, last) = (ranking.places.first()?, ranking.places.last()?);
    let (low, high) = if first.value <= last.value {
        (first.value, last.value)
    } else {
        (last.value, first.value)
    };
    Some(AreaFigure {
        link,
        value: format!(
            "{} to {}",
            spell_value(indicator, low),
            spell_value(indicator, high)
        ),
        period: ranking.period.words(),
        change: String::new(),
        since: String::new(),
        rank: "Across its places".to_owned(),
        beside: None,
    })
}
