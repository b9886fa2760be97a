//! Ranks from means and weights: once for the given weights, and again for every draw.
//!
//! Ranks are as in sport (1, 2, 2, 4): those who tie share the better rank. Totals are compared on a
//! grid of a billionth of a point, so that rounding never parts what is equal.

use serde::Serialize;

use super::{
    MOST,
    draw::{Dice, Draws},
};

/// Steps of the grid in one point: the highest total, 4, just fits into 32 bits.
const GRID: f64 = 1e9;

/// The means of the activities that can be ranked: a row an activity, a column a criterion.
#[derive(Clone, Debug)]
pub(super) struct Means {
    values: Vec<f64>,
    criteria: usize,
}

/// Where an activity's rank lies over all draws of the weights.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The least rank that at least 5% of draws do not exceed.
    pub low: u32,
    /// The least rank that at least 95% of draws do not exceed.
    pub high: u32,
    /// The share of draws in each quarter of the ranks, the first quarter first; sums to 1.
    pub quarters: [f64; 4],
    /// How sure the rank is.
    pub hold: Hold,
}

/// How sure a rank is, by the width of its interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Hold {
    /// The interval is one rank.
    Fixed,
    /// The interval is two neighbouring ranks.
    Firm,
    /// The interval is wider: the rank hangs on the weights.
    Open,
}

impl Means {
    /// `values` has a row of `criteria` means, from 0 to [`MOST`], for each activity.
    pub(super) fn new(values: Vec<f64>, criteria: usize) -> Self {
        debug_assert!(criteria > 0 && values.len().is_multiple_of(criteria));
        Self { values, criteria }
    }

    fn len(&self) -> usize {
        self.values.len() / self.criteria
    }

    /// Every activity's total, for weights that sum to 1.
    pub(super) fn totals<'a>(&'a self, weights: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        self.values.chunks_exact(self.criteria).map(move |row| {
            row.iter()
                .zip(weights)
                .map(|(mean, weight)| mean * weight)
                .sum()
        })
    }

    /// Every activity's rank, for weights that sum to 1.
    pub(super) fn ranks(&self, weights: &[f64]) -> Vec<u32> {
        let mut ranks = vec![0; self.len()];
        let mut order = Vec::with_capacity(self.len());
        self.each_rank(weights, &mut order, |index, rank| ranks[index] = rank);
        ranks
    }

    /// Tells every activity's rank. `order` is room to work in.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "totals are from 0 to 4 and fit into 32 bits; activities are few"
    )]
    fn each_rank(&self, weights: &[f64], order: &mut Vec<u64>, mut tell: impl FnMut(usize, u32)) {
        const INDEX: u64 = u32::MAX as u64;
        let highest = f64::from(MOST) * GRID;
        order.clear();
        order.extend(self.totals(weights).zip(0_u64..).map(|(total, index)| {
            // The greatest total comes first; what ties stays in the activities' order.
            let behind = (highest - total * GRID).round().clamp(0.0, highest) as u64;
            behind << 32 | index
        }));
        order.sort_unstable();
        let mut rank = 1;
        let mut last = None;
        for (place, item) in (1..).zip(order.iter()) {
            let behind = item >> 32;
            if last != Some(behind) {
                rank = place;
                last = Some(behind);
            }
            tell((item & INDEX) as usize, rank);
        }
    }

    /// Every activity's interval over the draws of the weights around `shares`, which sum to 1.
    pub(super) fn intervals(&self, shares: &[f64], draws: Draws) -> Vec<Interval> {
        let count = self.len();
        // A row an activity, a column a rank: how many draws gave it.
        let mut given = vec![0_u32; count * count];
        let mut drawn = vec![0.0; self.criteria];
        let mut order = Vec::with_capacity(count);
        let mut dice = Dice::new(draws.seed);
        for _ in 0..draws.count {
            dice.weights(shares, draws.concentration, &mut drawn);
            self.each_rank(&drawn, &mut order, |index, rank| {
                given[index * count + rank as usize - 1] += 1;
            });
        }
        given
            .chunks_exact(count.max(1))
            .map(|row| interval(row, draws.count))
            .collect()
    }
}

/// The interval of one activity, from how many draws gave it each rank.
fn interval(row: &[u32], draws: u32) -> Interval {
    let quantile = |percent: u64| {
        let mut sum = 0_u64;
        let reached = (1..).zip(row).find(|(_, count)| {
            sum += u64::from(**count);
            sum * 100 >= u64::from(draws) * percent
        });
        reached.map_or(1, |(rank, _)| rank)
    };
    let mut quarters = [0.0; 4];
    for (place, count) in row.iter().enumerate() {
        quarters[place * 4 / row.len()] += f64::from(*count) / f64::from(draws);
    }
    let (low, high) = (quantile(5), quantile(95));
    let hold = match high - low {
        0 => Hold::Fixed,
        1 => Hold::Firm,
        _ => Hold::Open,
    };
    Interval {
        low,
        high,
        quarters,
        hold,
    }
}
