//! Bringing indicators to one scale: missing values, outliers and normalisation, indicator by
//! indicator. A higher score is always better.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Fill, IndexData, IndexFault, Part, Unit};
use crate::record::Direction;

/// How indicators are brought to one scale (Handbook, step 5).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by", deny_unknown_fields)]
pub enum Normalisation {
    /// The worst value gets `from`, the best `to`, the others in proportion: 0 to 100, or 1 to 100
    /// where a geometric mean follows.
    MinMax {
        /// The score of the worst value; at least 0.
        from: f64,
        /// The score of the best value.
        to: f64,
    },
    /// How many standard deviations (of a sample) above the mean.
    ZScore,
    /// The number of units that do worse, plus 1; units that tie share the mean of their places.
    Rank,
    /// The share of the way from the floor, or else the worst value, to the target, in per cent; at
    /// least 0 and at most 100.
    DistanceToTarget,
}

/// When values are drawn in (Handbook, step 4): where both limits are passed, the outermost values
/// take the next one's place, one after the other; where that does not help, logarithms are taken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outliers {
    /// The limit of skewness, either way.
    pub skewness: f64,
    /// The limit of excess kurtosis.
    pub kurtosis: f64,
    /// How many values may be drawn in.
    pub most: usize,
}

/// The limits of the Handbook's practice: skewness beyond 2 and kurtosis above 3.5; five values.
impl Default for Outliers {
    fn default() -> Self {
        Self {
            skewness: 2.0,
            kurtosis: 3.5,
            most: 5,
        }
    }
}

/// An indicator's values, checked, filled and freed of outliers.
pub(super) fn prepare(
    part: &Part,
    data: &IndexData,
    fill: Fill,
    outliers: Option<Outliers>,
) -> Result<Vec<Option<f64>>, IndexFault> {
    let slug = || part.slug.clone();
    let values = data
        .values
        .get(&part.slug)
        .ok_or_else(|| IndexFault::NoValues(slug()))?;
    if values.len() != data.units.len() {
        return Err(IndexFault::Count {
            slug: slug(),
            found: values.len(),
            units: data.units.len(),
        });
    }
    if values.iter().flatten().any(|value| !value.is_finite()) {
        return Err(IndexFault::NotFinite(slug()));
    }
    let mut values = values.clone();
    if fill == Fill::Mean {
        fill_means(&data.units, &mut values);
    }
    if let Some(limits) = outliers {
        draw_in(&mut values, limits);
    }
    Ok(values)
}

fn fill_means(units: &[Unit], values: &mut [Option<f64>]) {
    let mut groups: BTreeMap<Option<&str>, (f64, u32)> = BTreeMap::new();
    for (unit, value) in units.iter().zip(values.iter()) {
        if let Some(value) = value {
            let group = groups.entry(unit.group.as_deref()).or_default();
            *group = (group.0 + value, group.1 + 1);
        }
    }
    for (unit, value) in units.iter().zip(values) {
        if value.is_none() {
            let group = groups.get(&unit.group.as_deref());
            *value = group.map(|(sum, count)| sum / f64::from(*count));
        }
    }
}

/// Draws outliers in, or takes logarithms; nothing where the limits are kept.
pub(super) fn draw_in(values: &mut [Option<f64>], limits: Outliers) {
    let before = values.to_vec();
    for _ in 0..=limits.most {
        let Some((skewness, kurtosis)) = shape(values) else {
            return;
        };
        if skewness.abs() <= limits.skewness || kurtosis <= limits.kurtosis {
            return;
        }
        // The end of the longer tail takes the value of the next one in.
        let sign = skewness.signum();
        let present = || values.iter().flatten().map(|value| value * sign);
        let end = present().fold(f64::NEG_INFINITY, f64::max);
        let next = present()
            .filter(|value| *value < end)
            .fold(f64::NEG_INFINITY, f64::max);
        if !next.is_finite() {
            return;
        }
        for value in values.iter_mut().flatten() {
            if *value * sign > next {
                *value = next * sign;
            }
        }
    }
    // Drawing in did not help: take logarithms of the values as they were, the least of them moved to
    // a hundredth of the range.
    let (least, greatest) = ends(&before);
    let range = greatest - least;
    for (value, old) in values.iter_mut().zip(before) {
        *value = old.map(|old| (old - least + 0.01 * range).ln());
    }
}

/// Skewness and excess kurtosis of a sample, without bias for a normal distribution.
fn shape(values: &[Option<f64>]) -> Option<(f64, f64)> {
    let n = count(values);
    let mean = values.iter().flatten().sum::<f64>() / n;
    let moment = |power: i32| {
        values
            .iter()
            .flatten()
            .map(|x| (x - mean).powi(power))
            .sum::<f64>()
            / n
    };
    let second = moment(2);
    if n < 4.0 || second <= 0.0 {
        return None;
    }
    let skewness = moment(3) / second.powf(1.5) * (n * (n - 1.0)).sqrt() / (n - 2.0);
    let kurtosis = moment(4) / second.powi(2) - 3.0;
    let kurtosis = ((n + 1.0) * kurtosis + 6.0) * (n - 1.0) / ((n - 2.0) * (n - 3.0));
    (skewness.is_finite() && kurtosis.is_finite()).then_some((skewness, kurtosis))
}

#[expect(clippy::cast_precision_loss, reason = "units are few")]
fn count(values: &[Option<f64>]) -> f64 {
    values.iter().flatten().count() as f64
}

fn ends(values: &[Option<f64>]) -> (f64, f64) {
    values.iter().flatten().fold(
        (f64::INFINITY, f64::NEG_INFINITY),
        |(least, most), value| (least.min(*value), most.max(*value)),
    )
}

/// Brings an indicator's prepared values to the common scale.
pub(super) fn normalise(
    part: &Part,
    values: &[Option<f64>],
    by: Normalisation,
) -> Result<Vec<Option<f64>>, IndexFault> {
    let sign = match part.direction {
        Some(Direction::Down) => -1.0,
        _ => 1.0,
    };
    let values: Vec<_> = values.iter().map(|value| value.map(|x| x * sign)).collect();
    let (worst, best) = ends(&values);
    // With ends that are set, a value that all share still says how far they have come.
    let has_ends = by == Normalisation::DistanceToTarget && part.floor.is_some() && best >= worst;
    // Also where there is no value at all.
    if (best <= worst && !has_ends) || !(best - worst).is_finite() {
        return Err(IndexFault::Flat(part.slug.clone()));
    }
    let each = |score: &dyn Fn(f64) -> f64| values.iter().map(|value| value.map(score)).collect();
    Ok(match by {
        Normalisation::MinMax { from, to } => {
            if !(from >= 0.0 && to > from && to.is_finite()) {
                return Err(IndexFault::Scale);
            }
            each(&|x| from + (x - worst) / (best - worst) * (to - from))
        }
        Normalisation::ZScore => {
            let n = count(&values);
            let mean = values.iter().flatten().sum::<f64>() / n;
            let squares = values.iter().flatten().map(|x| (x - mean).powi(2));
            let deviation = (squares.sum::<f64>() / (n - 1.0)).sqrt();
            each(&|x| (x - mean) / deviation)
        }
        Normalisation::Rank => each(&|x| {
            let (mut below, mut same) = (0.0, 0.0);
            for other in values.iter().flatten() {
                match other.total_cmp(&x) {
                    std::cmp::Ordering::Less => below += 1.0,
                    std::cmp::Ordering::Equal => same += 1.0,
                    std::cmp::Ordering::Greater => {}
                }
            }
            below + f64::midpoint(same, 1.0)
        }),
        Normalisation::DistanceToTarget => {
            let floor = part.floor.map_or(worst, |floor| floor * sign);
            let target = part
                .target
                .map(|target| target * sign)
                .filter(|target| target.is_finite() && *target > floor)
                .ok_or_else(|| IndexFault::NoTarget(part.slug.clone()))?;
            each(&|x| ((x - floor) / (target - floor) * 100.0).clamp(0.0, 100.0))
        }
    })
}
