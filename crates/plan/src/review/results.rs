//! The results of a closed round: means and spread, totals, ranks with their intervals, and all
//! that did not count.
//!
//! Rules, so that nobody has to guess:
//! - a score counts if a member gave it between opening and closing, without an interest;
//! - an abstention is no score: it neither raises nor lowers a mean, and is counted by itself;
//! - a mean is taken over the scores that count; its spread is the sample standard deviation
//!   (n − 1), which one score alone does not have;
//! - the total is the sum of mean × share of the weight; an activity without any score against a
//!   criterion that weighs something has no total and no rank, and is not in the draws;
//! - activities whose totals are equal share the better rank.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use serde::Serialize;

use super::{
    Interest, MOST, Member, Phase, Round, Score,
    draw::Draws,
    rank::{Interval, Means},
};
use crate::slug::Slug;

/// From this standard deviation on members disagree: as if half of them gave two points more than
/// the other half.
pub const DISAGREEMENT: f64 = 1.0;

/// What a round came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Results {
    /// Each criterion's share of the weight, in the round's order; they sum to 1.
    pub shares: Vec<f64>,
    /// How the weights were drawn: with the scores, enough to draw them again.
    pub draws: Draws,
    /// Every activity, in the round's order.
    pub outcomes: Vec<Outcome>,
    /// Scores that do not count, in the order in which they were handed in.
    pub set_aside: Vec<SetAside>,
    /// What members have neither scored nor abstained from, though they could.
    pub missing: Vec<Missing>,
}

/// What the scores of one activity come to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// The activity.
    pub activity: Slug,
    /// A cell for each criterion, in the round's order.
    pub cells: Vec<Cell>,
    /// Whether any criterion's deviation reaches [`DISAGREEMENT`].
    pub disagreement: bool,
    /// Its total and rank; none where a criterion has no score.
    pub standing: Option<Standing>,
}

/// The scores of one activity against one criterion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Cell {
    /// How many scores count.
    pub scores: u32,
    /// How many members abstained.
    pub abstained: u32,
    /// The mean in points; none without a score.
    pub mean: Option<f64>,
    /// The sample standard deviation in points; none with fewer than two scores.
    pub deviation: Option<f64>,
    /// The lowest and the highest score.
    pub range: Option<(u8, u8)>,
}

/// Where an activity stands among the ranked ones.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// The weighted mean, 0 to 4 points.
    pub total: f64,
    /// The rank by the given weights, from 1. It may lie outside the interval: the interval tells
    /// of all the weights that might as well have been given, and the given ones may be unusual
    /// for an activity that is close to many others.
    pub rank: u32,
    /// Where the rank lies over the draws.
    pub interval: Interval,
    /// What the rank becomes as each criterion's weight changes, in the round's order.
    pub shifts: Vec<Shift>,
    /// The place in the round's order of the criterion that moves the rank furthest, the first of
    /// those that tie; none where none moves it.
    pub mover: Option<usize>,
}

/// An activity's rank as one criterion's weight changes and the others keep theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Shift {
    /// With half the weight.
    pub halved: u32,
    /// With twice the weight.
    pub doubled: u32,
    /// With no weight; none where no other criterion weighs anything.
    pub left_out: Option<u32>,
    /// The greatest distance of these from the rank by the given weights.
    pub furthest: u32,
}

/// A score that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetAside {
    /// The score.
    pub score: Score,
    /// Why.
    pub why: Why,
}

/// Why a score does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// It came after closing.
    Late,
    /// The member has an interest in the activity; in words.
    Interest(String),
    /// It is by someone who is not, or no longer, a member.
    NotAMember,
    /// The activity or the criterion is not in the round, or the points are out of range.
    NotInRound,
}

/// Criteria that a member has left open for an activity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The member's id.
    pub member: String,
    /// The activity.
    pub activity: Slug,
    /// The criteria.
    pub criteria: Vec<Slug>,
}

/// Why there are no results.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResultsError {
    /// Nobody sees others' scores before closing.
    #[error("the results are shown once the review has closed, after {closes}")]
    NotClosed {
        /// The round's last day.
        closes: Date,
    },
    /// No criterion weighs anything.
    #[error("no criterion has a weight")]
    NoWeight,
    /// No draws were asked for, or with a concentration that is not a positive number.
    #[error("at least one draw is needed, with a concentration above 0")]
    Draws,
}

/// What a member says of one activity against one criterion.
#[derive(Clone, Copy)]
enum Given {
    Nothing,
    Abstention,
    Points(u8),
}

/// What is kept of the scores that count for one activity and criterion. Whole numbers: means and
/// deviations do not depend on the order of scores.
#[derive(Clone, Copy, Default)]
struct Sums {
    scores: u32,
    abstained: u32,
    points: u32,
    squares: u32,
    lowest: u8,
    highest: u8,
}

impl Sums {
    fn take(&mut self, points: u8) {
        self.lowest = if self.scores == 0 {
            points
        } else {
            self.lowest.min(points)
        };
        self.highest = self.highest.max(points);
        self.scores += 1;
        self.points += u32::from(points);
        self.squares += u32::from(points) * u32::from(points);
    }

    fn cell(self) -> Cell {
        let count = f64::from(self.scores);
        let deviation = (self.scores > 1).then(|| {
            let (scores, points) = (u64::from(self.scores), u64::from(self.points));
            let above = scores * u64::from(self.squares) - points * points;
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            let variance = above as f64 / (scores * (scores - 1)) as f64;
            variance.sqrt()
        });
        Cell {
            scores: self.scores,
            abstained: self.abstained,
            mean: (self.scores > 0).then(|| f64::from(self.points) / count),
            deviation,
            range: (self.scores > 0).then_some((self.lowest, self.highest)),
        }
    }
}

impl Round {
    /// What the round came to. `interests` are the declared and the plain ones; where a member has
    /// scored the same twice, the later in `scores` stands.
    pub fn results(
        &self,
        members: &[Member],
        interests: &[Interest],
        scores: &[Score],
        draws: Draws,
        today: Date,
    ) -> Result<Results, ResultsError> {
        if self.phase(today) != Phase::Closed {
            return Err(ResultsError::NotClosed {
                closes: self.closes,
            });
        }
        if draws.count == 0 || !(draws.concentration.is_finite() && draws.concentration > 0.0) {
            return Err(ResultsError::Draws);
        }
        let given: Vec<f64> = self
            .criteria
            .iter()
            .map(|one| f64::from(one.weight))
            .collect();
        let shares = shares_of(&given).ok_or(ResultsError::NoWeight)?;
        let (grid, set_aside) = self.sort_scores(members, interests, scores);
        let width = self.criteria.len();
        let (cells, missing) = self.sum_up(members, interests, &grid);
        let mut outcomes: Vec<Outcome> = self
            .activities
            .iter()
            .zip(cells.chunks_exact(width))
            .map(|(activity, cells)| Outcome {
                activity: activity.clone(),
                disagreement: cells
                    .iter()
                    .any(|cell| cell.deviation.is_some_and(|found| found >= DISAGREEMENT)),
                cells: cells.to_vec(),
                standing: None,
            })
            .collect();
        rank(&mut outcomes, &given, &shares, draws);
        Ok(Results {
            shares,
            draws,
            outcomes,
            set_aside,
            missing,
        })
    }

    /// Where each score goes: a row a member and activity, a column a criterion.
    fn sort_scores(
        &self,
        members: &[Member],
        interests: &[Interest],
        scores: &[Score],
    ) -> (Vec<Given>, Vec<SetAside>) {
        let (deep, width) = (self.activities.len(), self.criteria.len());
        let member_at = places(members.iter().map(|member| member.id.as_str()));
        let activity_at = places(self.activities.iter().map(Slug::as_str));
        let criterion_at = places(self.criteria.iter().map(|criterion| criterion.id.as_str()));
        let tied = ties(interests);
        let mut grid = vec![Given::Nothing; members.len() * deep * width];
        let mut set_aside = Vec::new();
        for score in scores {
            let tie = tied.get(&(score.member.as_str(), score.activity.as_str()));
            let place = (
                activity_at.get(score.activity.as_str()),
                criterion_at.get(score.criterion.as_str()),
            );
            let sound = score.points.is_none_or(|points| points <= MOST);
            let why = match (member_at.get(score.member.as_str()), place) {
                (None, _) => Why::NotAMember,
                _ if tie.is_some() => Why::Interest(tie.copied().unwrap_or_default().to_owned()),
                _ if score.on > self.closes => Why::Late,
                (Some(member), (Some(activity), Some(criterion)))
                    if sound && score.on >= self.opens =>
                {
                    grid[(member * deep + activity) * width + criterion] =
                        score.points.map_or(Given::Abstention, Given::Points);
                    continue;
                }
                _ => Why::NotInRound,
            };
            set_aside.push(SetAside {
                score: score.clone(),
                why,
            });
        }
        (grid, set_aside)
    }

    /// The cells of every activity and criterion, and what is missing, by member.
    fn sum_up(
        &self,
        members: &[Member],
        interests: &[Interest],
        grid: &[Given],
    ) -> (Vec<Cell>, Vec<Missing>) {
        let width = self.criteria.len();
        let tied = ties(interests);
        let mut sums = vec![Sums::default(); self.activities.len() * width];
        let mut missing = Vec::new();
        let rows = members.iter().flat_map(|member| {
            self.activities
                .iter()
                .enumerate()
                .map(move |one| (member, one))
        });
        for ((member, (place, activity)), row) in rows.zip(grid.chunks_exact(width)) {
            let mut open = Vec::new();
            for (index, given) in row.iter().enumerate() {
                let sum = &mut sums[place * width + index];
                match given {
                    Given::Points(points) => sum.take(*points),
                    Given::Abstention => sum.abstained += 1,
                    Given::Nothing => open.push(self.criteria[index].id.clone()),
                }
            }
            if !open.is_empty() && !tied.contains_key(&(member.id.as_str(), activity.as_str())) {
                missing.push(Missing {
                    member: member.id.clone(),
                    activity: activity.clone(),
                    criteria: open,
                });
            }
        }
        (sums.into_iter().map(Sums::cell).collect(), missing)
    }
}

fn places<'a>(names: impl Iterator<Item = &'a str>) -> HashMap<&'a str, usize> {
    names.zip(0..).collect()
}

/// The reason for each member's tie to an activity.
fn ties(interests: &[Interest]) -> BTreeMap<(&str, &str), &str> {
    let named = interests.iter().map(|interest| {
        let tie = (interest.member.as_str(), interest.activity.as_str());
        (tie, interest.reason.as_str())
    });
    named.collect()
}

/// Weights as shares of their sum; none where they sum to nothing.
fn shares_of(weights: &[f64]) -> Option<Vec<f64>> {
    let sum: f64 = weights.iter().sum();
    (sum > 0.0).then(|| weights.iter().map(|weight| weight / sum).collect())
}

/// Gives every activity that has a mean for all that weighs something its standing.
fn rank(outcomes: &mut [Outcome], given: &[f64], shares: &[f64], draws: Draws) {
    let mut ranked: Vec<&mut Outcome> = outcomes
        .iter_mut()
        .filter(|outcome| {
            let mut cells = outcome.cells.iter().zip(shares);
            cells.all(|(cell, share)| *share == 0.0 || cell.scores > 0)
        })
        .collect();
    if ranked.is_empty() {
        return;
    }
    // A criterion without weight and scores stands as 0 points, which weigh nothing.
    let values = ranked
        .iter()
        .flat_map(|outcome| {
            outcome
                .cells
                .iter()
                .map(|cell| cell.mean.unwrap_or_default())
        })
        .collect();
    let means = Means::new(values, shares.len());
    let totals: Vec<f64> = means.totals(shares).collect();
    let ranks = means.ranks(shares);
    let varied: Vec<[Option<Vec<u32>>; 3]> = (0..shares.len())
        .map(|criterion| {
            [0.5, 2.0, 0.0].map(|factor| {
                let mut weights = given.to_vec();
                weights[criterion] *= factor;
                shares_of(&weights).map(|shares| means.ranks(&shares))
            })
        })
        .collect();
    let intervals = means.intervals(shares, draws);
    for (index, (outcome, interval)) in ranked.iter_mut().zip(intervals).enumerate() {
        let rank = ranks[index];
        let shifts: Vec<Shift> = varied
            .iter()
            .map(|[halved, doubled, left_out]| {
                let at = |ranks: &Option<Vec<u32>>| ranks.as_ref().map(|ranks| ranks[index]);
                let found = [at(halved), at(doubled), at(left_out)];
                let distances = found.iter().flatten().map(|other| other.abs_diff(rank));
                Shift {
                    halved: found[0].unwrap_or(rank),
                    doubled: found[1].unwrap_or(rank),
                    left_out: found[2],
                    furthest: distances.max().unwrap_or_default(),
                }
            })
            .collect();
        let furthest = shifts
            .iter()
            .map(|shift| shift.furthest)
            .max()
            .unwrap_or_default();
        outcome.standing = Some(Standing {
            total: totals[index],
            rank,
            interval,
            mover: (furthest > 0)
                .then(|| shifts.iter().position(|shift| shift.furthest == furthest))
                .flatten(),
            shifts,
        });
    }
}
