//! Every published figure as a row, and the figures that do not agree.

use std::collections::BTreeMap;

use dfg_plan::{
    Figure, Kind,
    record::{Indicator, Observation},
    spell_date,
    story::{capitalise, join_and},
};

use crate::{
    chart,
    cx::{Cx, Link},
};

/// An observation in the table.
pub(super) struct Row {
    pub period: String,
    pub datetime: String,
    pub measure: String,
    /// The value with its unit; empty where the source gives only words.
    pub value: String,
    pub words: String,
    pub share: String,
    pub published: String,
    pub source: Option<Link>,
    pub note: String,
}

impl Row {
    pub fn new(cx: &Cx, indicator: &Indicator, observation: &Observation) -> Self {
        let unit = observation.unit.as_deref().unwrap_or(&indicator.unit);
        let mut value = observation
            .value
            .map(|value| chart::with_unit(value, unit))
            .unwrap_or_default();
        if let (Some(lower), Some(upper)) = (observation.lower, observation.upper) {
            value = format!("{value} ({lower} to {upper})");
        }
        let area = observation
            .area
            .as_ref()
            .map(|slug| cx.view.title(Kind::Area, slug));
        let measure: Vec<String> = observation
            .measure
            .clone()
            .into_iter()
            .chain(area)
            .collect();
        Self {
            period: spell_date(observation.period),
            datetime: observation.period.to_string(),
            measure: measure.join(", "),
            value,
            words: observation
                .status
                .as_deref()
                .map(capitalise)
                .unwrap_or_default(),
            share: share(indicator, observation).unwrap_or_default(),
            published: observation.published.map(spell_date).unwrap_or_default(),
            source: observation.sources.first().map(|source| {
                let title = source.title.as_deref().unwrap_or(source.name());
                Link::new(source.url.clone().unwrap_or_default(), title)
            }),
            note: observation.note.clone().unwrap_or_default(),
        }
    }
}

/// The share of the target that a figure of the main measure is, where counting starts at zero.
fn share(indicator: &Indicator, observation: &Observation) -> Option<String> {
    chart::comparable(indicator, &[observation]).pop()?;
    let target = indicator.target.as_ref()?.value?.0;
    let base = indicator.baseline.as_ref().and_then(|base| base.value);
    let value = observation.value?.0;
    let counted = target > rust_decimal::Decimal::ZERO
        && value >= rust_decimal::Decimal::ZERO
        && base.is_none_or(|base| base.0.is_zero())
        && indicator.direction != Some(dfg_plan::record::Direction::Down);
    if !counted {
        return None;
    }
    let share = value
        .checked_mul(rust_decimal::Decimal::ONE_HUNDRED)?
        .checked_div(target)?;
    Some(format!("{}%", Figure(share.round_dp(1).normalize())))
}

/// Figures of one measure for one period that differ, a sentence each.
pub(super) fn conflicts(indicator: &Indicator, observations: &[&Observation]) -> Vec<String> {
    let mut by_period: BTreeMap<_, Vec<&Observation>> = BTreeMap::new();
    for observation in observations.iter().copied().filter(|o| o.value.is_some()) {
        let what = (
            observation.period,
            &observation.area,
            &observation.measure,
            &observation.unit,
        );
        by_period.entry(what).or_default().push(observation);
    }
    by_period
        .into_values()
        .filter(|group| group.iter().any(|one| one.value != group[0].value))
        .map(|group| {
            let said: Vec<String> = group
                .iter()
                .filter_map(|one| {
                    let unit = one.unit.as_deref().unwrap_or(&indicator.unit);
                    let by = one.sources.first().map(|source| source.name().to_owned());
                    let when = one.published.map(spell_date);
                    let origin: Vec<String> = by.into_iter().chain(when).collect();
                    let origin = if origin.is_empty() {
                        String::new()
                    } else {
                        format!(" ({})", origin.join(", "))
                    };
                    Some(format!("{}{origin}", chart::with_unit(one.value?, unit)))
                })
                .collect();
            let measure = group[0]
                .measure
                .as_ref()
                .filter(|measure| indicator.measure.as_ref() != Some(measure))
                .map(|measure| format!(", {measure},"))
                .unwrap_or_default();
            format!(
                "{}{measure} was published as {}.",
                spell_date(group[0].period),
                join_and(&said)
            )
        })
        .collect()
}
