//! The figures of one area, across all indicators.

use dfg_evidence::standing::Standing;
use dfg_plan::{
    Kind, Slug,
    evidence::{Verdict, spell_change, spell_value},
    record::Indicator,
    story::capitalise,
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
    })
}
