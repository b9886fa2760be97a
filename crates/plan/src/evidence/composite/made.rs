//! An index of a region, made from its record and the figures of its indicators.

use std::collections::BTreeMap;

use rust_decimal::prelude::ToPrimitive as _;
use serde::Serialize;

use super::{
    Aggregation, IndexData, IndexDefinition, IndexFault, MOST_LEVELS, Missing, Normalisation, Part,
    Scores, Sensitivity, Unit, score, sensitivity,
};
use crate::{
    amount::Figure,
    evidence::{Period, Series},
    plan::Plan,
    record::{Composite, Scaling, Timing},
    review::draw::Draws,
    slug::Slug,
};

/// The figures of each indicator, by the code of the area.
pub type Figures<'a> = BTreeMap<Slug, BTreeMap<String, &'a Series>>;

/// What an index is made of: how, and the values of each area.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gathered {
    /// How it is made.
    pub definition: IndexDefinition,
    /// The areas and their values.
    pub data: IndexData,
    /// Each indicator with its period and figures, in the record's order.
    pub inputs: Vec<Input>,
}

/// An indicator of an index.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Input {
    /// The indicator.
    pub indicator: Slug,
    /// The period whose figures are taken.
    pub period: Period,
    /// The figure of each area, in the areas' order; none where it is missing.
    pub figures: Vec<Option<Figure>>,
}

/// An index with its scores, ranks and how sure they are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Made {
    /// What it is made of.
    pub of: Gathered,
    /// The scores at each level.
    pub scores: Scores,
    /// How sure the ranks are.
    pub sensitivity: Sensitivity,
    /// How the weights were drawn for that.
    pub draws: Draws,
}

/// Why an index has no scores.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unmade {
    /// An indicator without figures.
    #[error("There are no figures for single areas of “{0}” yet.")]
    NoFigures(String),
    /// Indicators whose periods never meet.
    #[error("Its indicators have no period in common.")]
    NoCommonPeriod,
    /// Nothing to compare.
    #[error("Only {0} of its areas has enough figures: ranks need at least two.")]
    TooFew(usize),
    /// A definition that cannot be worked out with these values.
    #[error("It cannot be worked out: {0}.")]
    Fault(String),
}

/// Takes the values of an index out of its indicators' figures.
///
/// Of an indicator a period counts where at least half as many of the areas have a figure as in its
/// fullest one. `codes` are the areas compared, in the order in which they are told; where the record
/// names its areas by the beginnings of their codes, those without any figure are left out.
pub fn gather(
    plan: &Plan,
    slug: &Slug,
    index: &Composite,
    codes: &[String],
    figures: &Figures<'_>,
) -> Result<Gathered, Unmade> {
    let title = |slug: &Slug| {
        let indicator = plan.indicators.get(slug);
        indicator.map_or_else(|| slug.to_string(), |one| one.title.clone())
    };
    let none = BTreeMap::new();
    let of = |slug: &Slug| figures.get(slug).unwrap_or(&none);
    let mut periods = Vec::with_capacity(index.parts.len());
    for part in &index.parts {
        let full = full_periods(of(&part.indicator), codes);
        if full.is_empty() {
            return Err(Unmade::NoFigures(title(&part.indicator)));
        }
        periods.push(full);
    }
    let chosen: Vec<Period> = match index.period {
        Timing::LatestOfEach => periods
            .iter()
            .filter_map(|all| all.last().cloned())
            .collect(),
        Timing::LatestCommon => {
            let first = periods.first().into_iter().flatten();
            let common = first
                .rev()
                .find(|one| periods.iter().all(|all| all.contains(one)));
            let common = common.ok_or(Unmade::NoCommonPeriod)?;
            vec![common.clone(); periods.len()]
        }
    };
    let value = |slug: &Slug, code: &str, period: &Period| {
        of(slug).get(code)?.at(period).and_then(|one| one.value)
    };
    let has_any = |code: &&String| {
        let mut parts = index.parts.iter().zip(&chosen);
        parts.any(|(part, period)| value(&part.indicator, code, period).is_some())
    };
    let codes: Vec<&String> = codes
        .iter()
        .filter(|code| index.areas.is_empty() || has_any(code))
        .collect();
    let inputs: Vec<Input> = index
        .parts
        .iter()
        .zip(chosen)
        .map(|(part, period)| Input {
            figures: codes
                .iter()
                .map(|code| value(&part.indicator, code, &period))
                .collect(),
            indicator: part.indicator.clone(),
            period,
        })
        .collect();
    let values = inputs.iter().map(|input| {
        let values = input.figures.iter();
        let values = values.map(|figure| figure.and_then(number));
        (input.indicator.clone(), values.collect())
    });
    let unit = |code: &&String| Unit {
        code: (*code).clone(),
        group: None,
    };
    Ok(Gathered {
        definition: define(plan, slug, index),
        data: IndexData {
            units: codes.iter().map(unit).collect(),
            values: values.collect(),
        },
        inputs,
    })
}

impl Gathered {
    /// Works out the scores, the ranks and how sure they are.
    pub fn work_out(self, draws: Draws) -> Result<Made, Unmade> {
        let fault = |fault: IndexFault| Unmade::Fault(self.titled(&fault.to_string()));
        let scores = score(&self.definition, &self.data).map_err(fault)?;
        let top = scores.parts.first();
        let ranked = top.map_or(0, |part| part.scores.iter().flatten().count());
        if ranked < 2 {
            return Err(Unmade::TooFew(ranked));
        }
        let mut sensitivity = sensitivity(&self.definition, &self.data, draws).map_err(fault)?;
        for line in &mut sensitivity.untried {
            *line = self.titled(line);
        }
        Ok(Made {
            of: self,
            scores,
            sensitivity,
            draws,
        })
    }

    /// A text with the titles of parts where it names their slugs.
    fn titled(&self, text: &str) -> String {
        fn walk(part: &Part, text: String) -> String {
            let text = text.replace(&format!("“{}”", part.slug), &format!("“{}”", part.title));
            part.parts.iter().fold(text, |text, part| walk(part, text))
        }
        walk(&self.definition.index, text.to_owned())
    }
}

/// The periods of an indicator that count, the earliest first.
fn full_periods(series: &BTreeMap<String, &Series>, codes: &[String]) -> Vec<Period> {
    let mut counts: BTreeMap<&Period, usize> = BTreeMap::new();
    for series in codes.iter().filter_map(|code| series.get(code)) {
        for (reading, _) in series.valued() {
            *counts.entry(&reading.period).or_default() += 1;
        }
    }
    let most = counts.values().copied().max().unwrap_or_default();
    let full = counts.into_iter().filter(|(_, count)| count * 2 >= most);
    full.map(|(period, _)| period.clone()).collect()
}

fn number(figure: Figure) -> Option<f64> {
    figure.0.to_f64()
}

fn weight(weight: Option<Figure>) -> f64 {
    weight.and_then(number).unwrap_or(1.0)
}

/// How the index is made, as [`super::score`] takes it.
pub fn define(plan: &Plan, slug: &Slug, index: &Composite) -> IndexDefinition {
    let title = |slug: &Slug| {
        let indicator = plan.indicators.get(slug);
        indicator.map_or_else(|| slug.to_string(), |one| one.title.clone())
    };
    let end = |end: Option<Figure>, otherwise: f64| end.and_then(number).unwrap_or(otherwise);
    IndexDefinition {
        index: Part {
            slug: slug.clone(),
            title: title(slug),
            weight: 1.0,
            direction: None,
            floor: None,
            target: None,
            parts: members(plan, index, None, 1),
        },
        normalisation: match index.normalisation {
            Scaling::MinMax => Normalisation::MinMax {
                from: end(index.from, 0.0),
                to: end(index.to, 100.0),
            },
            Scaling::ZScore => Normalisation::ZScore,
            Scaling::Rank => Normalisation::Rank,
            Scaling::DistanceToTarget => Normalisation::DistanceToTarget,
        },
        aggregation: if index.aggregation.is_empty() {
            vec![Aggregation::Arithmetic]
        } else {
            index.aggregation.clone()
        },
        missing: Missing {
            fill: index.missing,
            fewest: end(index.fewest, 0.0) / 100.0,
        },
        outliers: None,
    }
}

/// The groups and then the indicators of a group, or of the index itself.
fn members(plan: &Plan, index: &Composite, group: Option<&Slug>, level: usize) -> Vec<Part> {
    // A record that breaks the rules may have groups within themselves.
    if level > MOST_LEVELS {
        return Vec::new();
    }
    let groups = index
        .groups
        .iter()
        .filter(|one| one.group.as_ref() == group);
    let groups = groups.map(|one| Part {
        slug: one.slug.clone(),
        title: one.title.clone(),
        weight: weight(one.weight),
        direction: None,
        floor: None,
        target: None,
        parts: members(plan, index, Some(&one.slug), level + 1),
    });
    let parts = index.parts.iter().filter(|one| one.group.as_ref() == group);
    let parts = parts.map(|one| {
        let indicator = plan.indicators.get(&one.indicator);
        let target = indicator.and_then(|indicator| indicator.target.as_ref()?.value);
        Part {
            slug: one.indicator.clone(),
            title: indicator.map_or_else(|| one.indicator.to_string(), |one| one.title.clone()),
            weight: weight(one.weight),
            direction: indicator.and_then(|indicator| indicator.direction),
            floor: one.worst.and_then(number),
            target: one.best.or(target).and_then(number),
            parts: Vec::new(),
        }
    });
    groups.chain(parts).collect()
}
