//! An index in words: its finding, how it is made, and one area's arithmetic step by step.

use rust_decimal::{Decimal, prelude::FromPrimitive as _};

use super::{
    Aggregation, Fill, IndexDefinition, Made, Node, Normalisation, Part, RankInterval, Tree,
    made::Input, score::Prepared,
};
use crate::{
    amount::Figure,
    evidence::{
        Period,
        finding::spell_value,
        number::{in_unit, round},
    },
    plan::Plan,
    record::Direction,
    slug::Slug,
    story::join_and,
};

/// Digits after the point of a score in the arithmetic.
const WORKING: u32 = 2;

/// Gives an area's code the name that people read.
pub type Names<'a> = &'a dyn Fn(&str) -> String;

/// A score with so many digits after the point, none of them left out: `98.0`, `−0.3`.
pub fn spell_score(score: f64, digits: u32) -> String {
    let Some(exact) = Decimal::from_f64(score) else {
        return String::new();
    };
    let mut rounded = round(exact, digits);
    if rounded.is_zero() {
        rounded = Decimal::ZERO;
    }
    rounded.rescale(digits);
    Figure(rounded).to_string()
}

/// Where a rank lies with other weights: `keeps rank 1`, `ranks from 2 to 4`.
pub fn spell_hold(interval: RankInterval) -> String {
    if interval.low == interval.high && interval.low == interval.rank {
        format!("keeps rank {}", interval.rank)
    } else if interval.low == interval.high {
        format!("has rank {}", interval.low)
    } else {
        format!("ranks from {} to {}", interval.low, interval.high)
    }
}

/// A rank with its interval: `2 (1–3)`; the rank alone where it is sure.
pub fn spell_rank(interval: RankInterval) -> String {
    let RankInterval {
        rank, low, high, ..
    } = interval;
    if low == high && low == rank {
        rank.to_string()
    } else if low == high {
        format!("{rank} ({low})")
    } else {
        format!("{rank} ({low}–{high})")
    }
}

/// An area that has a rank.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked<'a> {
    /// Its place in the data.
    pub unit: usize,
    /// Its code.
    pub code: &'a str,
    /// Its score.
    pub score: f64,
    /// Its rank and where it lies with other weights.
    pub interval: RankInterval,
}

impl Made {
    /// The areas that have a rank, the first in front.
    pub fn ranked(&self) -> Vec<Ranked<'_>> {
        let scores = self.scores.parts.first().map(|part| part.scores.as_slice());
        let each = self
            .scores
            .units
            .iter()
            .zip(scores.unwrap_or_default())
            .zip(&self.sensitivity.intervals)
            .enumerate();
        let mut ranked: Vec<Ranked<'_>> = each
            .filter_map(|(unit, ((code, score), interval))| {
                Some(Ranked {
                    unit,
                    code,
                    score: (*score)?,
                    interval: (*interval)?,
                })
            })
            .collect();
        // A stable sort: areas that tie stay in their own order.
        ranked.sort_by_key(|one| one.interval.rank);
        ranked
    }

    /// The period of the figures, where all are of the same one.
    pub fn period(&self) -> Option<&Period> {
        let mut periods = self.of.inputs.iter().map(|input| &input.period);
        let first = periods.next()?;
        periods.all(|other| other == first).then_some(first)
    }

    /// The area whose arithmetic is shown: of those of `home`, or else of all, the one in the middle.
    pub fn example(&self, home: &[String]) -> Option<Ranked<'_>> {
        let ranked = self.ranked();
        let at_home = ranked
            .iter()
            .filter(|one| home.iter().any(|code| code == one.code));
        let mut of: Vec<_> = at_home.copied().collect();
        if of.is_empty() {
            of = ranked;
        }
        of.get(of.len() / 2).copied()
    }

    /// Who leads, where the areas of `home` stand, and how sure that is.
    pub fn finding(&self, home: &[String], name: Names<'_>, digits: u32) -> String {
        let ranked = self.ranked();
        let at_home: Vec<_> = ranked
            .iter()
            .filter(|one| home.iter().any(|code| code == one.code))
            .collect();
        let (Some(first), Some(last)) = (ranked.first(), ranked.last()) else {
            return String::new();
        };
        let leads = together(&ranked, first.interval.rank, name);
        let verb = if leads.len() == 1 { "scores" } else { "score" };
        let top = format!(
            "{} {verb} highest of {} areas{}, {}",
            join_and(&leads),
            ranked.len(),
            self.period()
                .map_or_else(String::new, |period| format!(" {}", period.in_words())),
            spell_score(first.score, digits)
        );
        let (Some(best), Some(worst)) = (at_home.first(), at_home.last()) else {
            return format!("{top}.");
        };
        let (best_name, worst_name) = (name(best.code), name(worst.code));
        let (best_holds, worst_holds) = (spell_hold(best.interval), spell_hold(worst.interval));
        let sure = format!(
            "With weights drawn at random, nine times in ten {best_name} {best_holds} and {worst_name} {worst_holds}."
        );
        if at_home.len() == ranked.len() {
            let lowest = join_and(&together(&ranked, last.interval.rank, name));
            let low = spell_score(last.score, digits);
            return format!("{top}, and {lowest} lowest, {low}. {sure}");
        }
        if best.code == worst.code {
            return format!(
                "{top}. {best_name} has rank {}; with weights drawn at random, nine times in ten it {best_holds}.",
                best.interval.rank
            );
        }
        format!(
            "{top}. Of the region’s areas {best_name} stands highest, on rank {}, and {worst_name} lowest, on rank {}. {sure}",
            best.interval.rank, worst.interval.rank
        )
    }

    /// Which assumption moves ranks most, in a sentence.
    pub fn moved_most(&self, name: Names<'_>) -> String {
        match self.sensitivity.shifts.first() {
            Some(shift) if shift.most > 0 => format!(
                "What would move ranks most is “{}”, by {} on average; {} would move most, by {}.",
                shift.assumption,
                spell_score(shift.mean, 1),
                name(&shift.unit),
                shift.most
            ),
            Some(_) => "No other assumption that was tried would move any rank.".to_owned(),
            None => "No other assumption could be tried.".to_owned(),
        }
    }

    /// What is missing, a sentence for each figure, and the areas without a score.
    pub fn gaps(&self, name: Names<'_>) -> Vec<String> {
        let definition = &self.of.definition;
        let done = match definition.missing.fill {
            Fill::LeaveOut => "it is left out, and the weights beside it grow",
            Fill::Mean => "the mean of the other areas takes its place",
        };
        let refused = |code: &str| self.scores.refused.iter().any(|one| one.unit == code);
        let mut told = Vec::new();
        for input in &self.of.inputs {
            let title = title_of(definition, &input.indicator);
            for (unit, figure) in self.of.data.units.iter().zip(&input.figures) {
                if figure.is_none() && !refused(&unit.code) {
                    told.push(format!(
                        "{} has no figure for “{title}” {}: {done}.",
                        name(&unit.code),
                        input.period.in_words()
                    ));
                }
            }
        }
        told.extend(self.scores.refused.iter().map(|one| {
            let reason = one.reason.strip_prefix(&one.unit).unwrap_or(&one.reason);
            format!("{}{reason} It gets no score.", name(&one.unit))
        }));
        told
    }

    /// The arithmetic of one area, a step for each indicator and each group, the index last.
    pub fn steps(&self, plan: &Plan, unit: usize) -> Vec<String> {
        let definition = &self.of.definition;
        let Ok(tree) = Tree::read(definition) else {
            return Vec::new();
        };
        let Ok(prepared) = Prepared::new(definition, &self.of.data, &tree) else {
            return Vec::new();
        };
        let score = |slug: &Slug| {
            let part = self.scores.parts.iter().find(|part| part.slug == *slug)?;
            part.scores.get(unit).copied().flatten()
        };
        let steps = tree
            .nodes
            .iter()
            .zip(&prepared.values)
            .map(|(node, values)| {
                if node.children.is_empty() {
                    let input = self
                        .of
                        .inputs
                        .iter()
                        .find(|one| one.indicator == node.part.slug);
                    scaled(
                        plan,
                        definition,
                        node.part,
                        input,
                        values,
                        unit,
                        score(&node.part.slug),
                    )
                } else {
                    put_together(definition, &tree, node, &score)
                }
            });
        steps.collect()
    }
}

/// The names of the areas that share a rank.
fn together(ranked: &[Ranked<'_>], rank: u32, name: Names<'_>) -> Vec<String> {
    let same = ranked.iter().filter(|one| one.interval.rank == rank);
    same.map(|one| name(one.code)).collect()
}

fn title_of<'a>(definition: &'a IndexDefinition, slug: &'a Slug) -> &'a str {
    fn find<'a>(part: &'a Part, slug: &Slug) -> Option<&'a str> {
        if part.slug == *slug {
            return Some(&part.title);
        }
        part.parts.iter().find_map(|part| find(part, slug))
    }
    find(&definition.index, slug).unwrap_or_else(|| slug.as_str())
}

/// How an area's figure becomes a score.
fn scaled(
    plan: &Plan,
    definition: &IndexDefinition,
    part: &Part,
    input: Option<&Input>,
    values: &[Option<f64>],
    unit: usize,
    score: Option<f64>,
) -> String {
    let title = &part.title;
    let (Some(value), Some(score)) = (values.get(unit).copied().flatten(), score) else {
        return format!("{title}: no figure. It is left out, and the weights beside it grow.");
    };
    let indicator = plan.indicators.get(&part.slug);
    let unit_words = indicator.map_or("", |indicator| indicator.unit.as_str());
    let plain = |value: f64| {
        let exact = Decimal::from_f64(value).unwrap_or_default();
        let figure = Figure(round(exact, 4).normalize());
        if figure.0.is_sign_negative() {
            format!("({figure})")
        } else {
            figure.to_string()
        }
    };
    let with_unit = |value: f64| in_unit(&plain(value), unit_words);
    let published = input.and_then(|input| {
        let figure = input.figures.get(unit).copied().flatten()?;
        let words = indicator.map(|indicator| spell_value(indicator, figure));
        Some(format!(
            "{} {}",
            words.unwrap_or_else(|| figure.to_string()),
            input.period.in_words()
        ))
    });
    let begins = match published {
        Some(words) => format!("{title}: {words}"),
        None => format!(
            "{title}: no figure; the mean of the others, {}, takes its place",
            with_unit(value)
        ),
    };
    let result = spell_score(score, WORKING);
    let is_down = part.direction == Some(Direction::Down);
    let present = || values.iter().flatten().copied();
    let (low, high) = present().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), one| {
        (low.min(one), high.max(one))
    });
    let (worst, best) = if is_down { (high, low) } else { (low, high) };
    // Less is better: both differences are turned round, so that nothing is below 0.
    let way = |from: f64, to: f64| {
        let (value, from_words, to_words) = (plain(value), plain(from), plain(to));
        if is_down {
            format!("({from_words} − {value}) ÷ ({from_words} − {to_words})")
        } else {
            format!("({value} − {from_words}) ÷ ({to_words} − {from_words})")
        }
    };
    match definition.normalisation {
        Normalisation::MinMax { from, to } => {
            let times = format!("{} × {}", way(worst, best), plain(to - from));
            let sum = if from > 0.0 {
                format!("{} + {times}", plain(from))
            } else {
                times
            };
            format!(
                "{begins}. The worst area has {}, the best {}: {sum} = {result}.",
                with_unit(worst),
                with_unit(best)
            )
        }
        Normalisation::DistanceToTarget => {
            let floor = part.floor.unwrap_or(worst);
            let target = part.target.unwrap_or(best);
            let uncut = (value - floor) / (target - floor) * 100.0;
            let cut = if (uncut - score).abs() > 1e-9 {
                ", as scores end at 0 and 100"
            } else {
                ""
            };
            format!(
                "{begins}. {} scores 0 and {} scores 100: {} × 100 = {result}{cut}.",
                with_unit(floor),
                with_unit(target),
                way(floor, target)
            )
        }
        Normalisation::ZScore => {
            let count = present().fold(0.0, |count, _| count + 1.0);
            let mean = present().sum::<f64>() / count;
            let squares = present().map(|one| (one - mean).powi(2)).sum::<f64>();
            let deviation = (squares / (count - 1.0)).sqrt();
            let difference = if is_down {
                format!("({} − {})", plain(mean), plain(value))
            } else {
                format!("({} − {})", plain(value), plain(mean))
            };
            format!(
                "{begins}. The mean of the areas is {}, their standard deviation {}: {difference} ÷ {} = {result}.",
                with_unit(mean),
                plain(deviation),
                plain(deviation)
            )
        }
        Normalisation::Rank => format!(
            "{begins}. One more than the number of areas that do worse, and the mean of the places where several tie: {result}."
        ),
    }
}

/// How the scores of a group's parts become its own.
fn put_together(
    definition: &IndexDefinition,
    tree: &Tree<'_>,
    node: &Node<'_>,
    score: &dyn Fn(&Slug) -> Option<f64>,
) -> String {
    let title = &node.part.title;
    let parts: Vec<(f64, f64)> = node
        .children
        .iter()
        .filter_map(|child| {
            let part = tree.nodes[*child].part;
            Some((part.weight, score(&part.slug)?))
        })
        .collect();
    let Some(result) = score(&node.part.slug) else {
        return format!("{title}: no score.");
    };
    let result = spell_score(result, WORKING);
    let weight = |weight: f64| {
        let exact = Decimal::from_f64(weight).unwrap_or_default();
        Figure(round(exact, 4).normalize()).to_string()
    };
    let weights: Vec<String> = parts.iter().map(|(one, _)| weight(*one)).collect();
    let score_words = |score: f64| {
        let words = spell_score(score, WORKING);
        if score < 0.0 {
            format!("({words})")
        } else {
            words
        }
    };
    let rules = &definition.aggregation;
    match rules.get(node.level).or(rules.last()) {
        Some(Aggregation::Geometric) => {
            let product: Vec<String> = parts
                .iter()
                .zip(&weights)
                .map(|((_, score), weight)| match weight.as_str() {
                    "1" => score_words(*score),
                    weight => format!("{} to the power of {weight}", score_words(*score)),
                })
                .collect();
            format!(
                "{title}, the geometric mean: ({}) to the power of 1 ÷ ({}) = {result}.",
                product.join(" × "),
                weights.join(" + ")
            )
        }
        _ => {
            let sum: Vec<String> = parts
                .iter()
                .zip(&weights)
                .map(|((_, score), weight)| format!("{weight} × {}", score_words(*score)))
                .collect();
            format!(
                "{title}: ({}) ÷ ({}) = {result}.",
                sum.join(" + "),
                weights.join(" + ")
            )
        }
    }
}

/// A part's weight, and how much of the whole index it makes up.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The part.
    pub slug: Slug,
    /// What people read.
    pub title: String,
    /// Its level: 1 for what stands directly in the index.
    pub level: usize,
    /// Whether it is a group.
    pub is_group: bool,
    /// Its weight among the parts beside it, as set.
    pub weight: f64,
    /// Its share of the weights beside it, in per cent.
    pub beside: f64,
    /// Its share of the whole index, in per cent.
    pub whole: f64,
}

/// The weights by level, each part before its own parts.
pub fn shares(definition: &IndexDefinition) -> Vec<Share> {
    fn walk(part: &Part, level: usize, whole: f64, shares: &mut Vec<Share>) {
        let sum: f64 = part.parts.iter().map(|one| one.weight).sum();
        for one in &part.parts {
            let beside = one.weight / sum;
            shares.push(Share {
                slug: one.slug.clone(),
                title: one.title.clone(),
                level,
                is_group: !one.parts.is_empty(),
                weight: one.weight,
                beside: beside * 100.0,
                whole: beside * whole * 100.0,
            });
            walk(one, level + 1, beside * whole, shares);
        }
    }
    let mut found = Vec::new();
    walk(&definition.index, 1, 1.0, &mut found);
    found
}

/// How the index is made, a sentence for each step.
pub fn method(definition: &IndexDefinition) -> Vec<String> {
    let mut told = vec![match definition.normalisation {
        Normalisation::MinMax { from, to } => format!(
            "Each figure becomes a score: {} for the worst of the areas compared, {} for the best, the others in proportion.",
            spell_score(from, 0),
            spell_score(to, 0)
        ),
        Normalisation::ZScore => "Each figure becomes a score: how many standard deviations it is better than the mean of the areas compared.".to_owned(),
        Normalisation::Rank => "Each figure becomes a score: the number of areas that do worse, plus 1.".to_owned(),
        Normalisation::DistanceToTarget => "Each figure becomes a score from 0 to 100: how far it has come from the figure that scores 0 to the one that scores 100.".to_owned(),
    }];
    told.push("Where less is better, as its indicator says, the figure is turned round: a higher score is always better.".to_owned());
    let mean = |rule: &Aggregation| match rule {
        Aggregation::Arithmetic => "the weighted mean, in which a strength makes up for a weakness",
        Aggregation::Geometric => "the weighted geometric mean, in which a weakness weighs more",
    };
    match definition.aggregation.as_slice() {
        [] => {}
        [rule] => told.push(format!(
            "On every level the scores of the parts are put together by {}.",
            mean(rule)
        )),
        [top, below @ ..] => {
            told.push(format!(
                "The parts of the index itself are put together by {}.",
                mean(top)
            ));
            for (level, rule) in (1..).zip(below) {
                told.push(format!(
                    "The parts of a group on level {level} are put together by {}.",
                    mean(rule)
                ));
            }
        }
    }
    told.push(
        match definition.missing.fill {
            Fill::LeaveOut => "What an area has no figure for is left out, and the weights beside it grow in proportion.",
            Fill::Mean => "Where an area has no figure, the mean of the others takes its place.",
        }
        .to_owned(),
    );
    if definition.missing.fewest > 0.0 {
        told.push(format!(
            "An area with figures for less than {}% of the indicators gets no score.",
            spell_score(definition.missing.fewest * 100.0, 0)
        ));
    }
    told
}
