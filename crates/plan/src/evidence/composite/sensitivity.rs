//! How sure the ranks of an index are: rank intervals from drawn weights, and which assumption
//! moves ranks most (Handbook, step 7).

use serde::{Deserialize, Serialize};

use super::{
    Aggregation, IndexData, IndexDefinition, IndexFault, Tree,
    normalise::Normalisation,
    score::{Prepared, aggregate, ranks},
};
use crate::review::draw::{Dice, Draws};

/// The fewest draws that make an interval.
pub const FEWEST_DRAWS: u32 = 1_000;

/// How sure the ranks are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// Each unit's interval, in the order of the data; none for a unit without score.
    pub intervals: Vec<Option<RankInterval>>,
    /// The assumptions, the one that moves ranks most first.
    pub shifts: Vec<Shift>,
    /// Alternatives that could not be tried, and why.
    pub untried: Vec<String>,
}

/// Where a unit's rank lies over all draws of the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankInterval {
    /// The rank with the weights as set.
    pub rank: u32,
    /// The least rank that at least 5% of draws do not exceed.
    pub low: u32,
    /// The least rank that at least 50% of draws do not exceed.
    pub middle: u32,
    /// The least rank that at least 95% of draws do not exceed.
    pub high: u32,
}

/// What another assumption would do to the ranks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// What was assumed otherwise, in words.
    pub assumption: String,
    /// The mean absolute change of rank over all units.
    pub mean: f64,
    /// The code of the unit that moves most; the first in the data where several do.
    pub unit: String,
    /// By how many ranks it moves.
    pub most: u32,
}

/// Draws weights around those set, level by level, and tries each assumption otherwise.
///
/// Tried are the other normalisations, the other aggregation on all levels, and each weight half as
/// much again and half as much. The same seed gives the same intervals.
pub fn sensitivity(
    definition: &IndexDefinition,
    data: &IndexData,
    draws: Draws,
) -> Result<Sensitivity, IndexFault> {
    if draws.count < FEWEST_DRAWS || !(draws.concentration.is_finite() && draws.concentration > 0.0)
    {
        return Err(IndexFault::Draws);
    }
    let tree = Tree::read(definition)?;
    let prepared = Prepared::new(definition, data, &tree)?;
    let leaves = prepared.normalised(&tree, definition.normalisation)?;
    let weights = tree.weights();
    let ranked = |leaves: &[Vec<Option<f64>>], weights: &[f64], rules: &[Aggregation]| {
        let all = aggregate(&tree, leaves, weights, rules)?;
        Ok::<_, IndexFault>(all.last().map(|scores| ranks(scores)).unwrap_or_default())
    };
    let base = ranked(&leaves, &weights, &definition.aggregation)?;
    let mut intervals = Counts::new(base.len());
    let mut dice = Dice::new(draws.seed);
    let mut drawn = weights.clone();
    for _ in 0..draws.count {
        redraw(&tree, &weights, draws.concentration, &mut dice, &mut drawn);
        intervals.add(&ranked(&leaves, &drawn, &definition.aggregation)?);
    }
    let mut shifts = Vec::new();
    let mut untried = Vec::new();
    let mut note = |assumption: String, other: Result<Vec<Option<u32>>, IndexFault>| match other {
        Ok(other) => shifts.extend(shift(assumption, data, &base, &other)),
        Err(fault) => untried.push(format!("{assumption}: {fault}.")),
    };
    for (name, other) in normalisations(definition.normalisation) {
        let other = prepared
            .normalised(&tree, other)
            .and_then(|leaves| ranked(&leaves, &weights, &definition.aggregation));
        note(format!("Normalisation: {name}"), other);
    }
    for (name, other) in [
        ("arithmetic", Aggregation::Arithmetic),
        ("geometric", Aggregation::Geometric),
    ] {
        if definition.aggregation.iter().any(|rule| *rule != other) {
            let other = ranked(&leaves, &weights, &[other]);
            note(format!("Aggregation: {name} on all levels"), other);
        }
    }
    for node in &tree.nodes {
        if node.children.len() < 2 {
            continue;
        }
        for child in &node.children {
            for (name, factor) in [("half as much again", 1.5), ("half as much", 0.5)] {
                let mut other = weights.clone();
                other[*child] *= factor;
                let title = &tree.nodes[*child].part.title;
                let other = ranked(&leaves, &other, &definition.aggregation);
                note(format!("Weight of {title}: {name}"), other);
            }
        }
    }
    // A stable sort: what moves ranks alike stays in the order tried.
    shifts.sort_by(|a, b| b.mean.total_cmp(&a.mean));
    Ok(Sensitivity {
        intervals: intervals.read(&base, draws.count),
        shifts,
        untried,
    })
}

fn normalisations(set: Normalisation) -> Vec<(&'static str, Normalisation)> {
    let all = [
        (
            "from the worst to the best value, 0 to 100",
            Normalisation::MinMax {
                from: 0.0,
                to: 100.0,
            },
        ),
        ("standard deviations from the mean", Normalisation::ZScore),
        ("ranks", Normalisation::Rank),
        ("distance to target", Normalisation::DistanceToTarget),
    ];
    let kind = std::mem::discriminant(&set);
    let others = all
        .into_iter()
        .filter(|(_, one)| std::mem::discriminant(one) != kind);
    others.collect()
}

/// Draws new weights for the children of each part, around the shares as set.
fn redraw(
    tree: &Tree<'_>,
    weights: &[f64],
    concentration: f64,
    dice: &mut Dice,
    drawn: &mut [f64],
) {
    for node in &tree.nodes {
        let given: Vec<_> = node.children.iter().map(|child| weights[*child]).collect();
        if given.len() < 2 {
            continue;
        }
        let sum: f64 = given.iter().sum();
        let shares: Vec<_> = given.iter().map(|weight| weight / sum).collect();
        let mut new = vec![0.0; shares.len()];
        dice.weights(&shares, concentration, &mut new);
        for (child, weight) in node.children.iter().zip(new) {
            // A weight so small that it vanishes still keeps its part in being.
            drawn[*child] = weight.max(f64::MIN_POSITIVE);
        }
    }
}

/// How many draws gave each unit each rank.
struct Counts {
    units: usize,
    given: Vec<u32>,
}

impl Counts {
    fn new(units: usize) -> Self {
        Self {
            units,
            given: vec![0; units * units],
        }
    }

    fn add(&mut self, ranks: &[Option<u32>]) {
        for (row, rank) in self.given.chunks_exact_mut(self.units.max(1)).zip(ranks) {
            if let Some(count) = rank.and_then(|rank| row.get_mut(rank as usize - 1)) {
                *count += 1;
            }
        }
    }

    fn read(&self, base: &[Option<u32>], draws: u32) -> Vec<Option<RankInterval>> {
        let rows = self.given.chunks_exact(self.units.max(1));
        let each = rows.zip(base).map(|(row, rank)| {
            let quantile = |percent: u64| {
                let mut sum = 0;
                let reached = (1..).zip(row).find(|(_, count)| {
                    sum += u64::from(**count);
                    sum * 100 >= u64::from(draws) * percent
                });
                reached.map_or(1, |(rank, _)| rank)
            };
            rank.map(|rank| RankInterval {
                rank,
                low: quantile(5),
                middle: quantile(50),
                high: quantile(95),
            })
        });
        each.collect()
    }
}

fn shift(
    assumption: String,
    data: &IndexData,
    base: &[Option<u32>],
    other: &[Option<u32>],
) -> Option<Shift> {
    let moved: Vec<_> = data
        .units
        .iter()
        .zip(base.iter().zip(other))
        .filter_map(|(unit, (base, other))| Some((unit, (*base)?.abs_diff((*other)?))))
        .collect();
    let sum: f64 = moved.iter().map(|(_, by)| f64::from(*by)).sum();
    let (unit, most) = moved
        .iter()
        .fold(None, |most: Option<&(_, u32)>, one| match most {
            Some(most) if most.1 >= one.1 => Some(most),
            _ => Some(one),
        })?;
    #[expect(clippy::cast_precision_loss, reason = "units are few")]
    let mean = sum / moved.len() as f64;
    Some(Shift {
        assumption,
        mean,
        unit: unit.code.clone(),
        most: *most,
    })
}
