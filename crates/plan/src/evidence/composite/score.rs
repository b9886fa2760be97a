//! Scores and ranks at each level, from normalised values, weights and the rule of each level.

use serde::{Deserialize, Serialize};

use super::{
    Aggregation, IndexData, IndexDefinition, IndexFault, Tree,
    normalise::{Normalisation, normalise, prepare},
};
use crate::slug::Slug;

/// Steps of the grid on which scores are compared, so that rounding never parts what is equal.
const GRID: f64 = 1e9;

/// What came of an index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// The codes of the units, in the order of the data.
    pub units: Vec<String>,
    /// Every part, the index first, each before its own parts.
    pub parts: Vec<PartScores>,
    /// The units that get no score, and why.
    pub refused: Vec<Refusal>,
}

/// The scores of a part of an index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartScores {
    /// The part.
    pub slug: Slug,
    /// What people read.
    pub title: String,
    /// Its level: 0 for the index.
    pub level: usize,
    /// Each unit's score, higher is better; none where it has none.
    pub scores: Vec<Option<f64>>,
    /// Each unit's rank as in sport: 1, 2, 2, 4.
    pub ranks: Vec<Option<u32>>,
}

/// A unit without score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Its code.
    pub unit: String,
    /// Why, in a sentence.
    pub reason: String,
}

/// Scores every unit at every level.
pub fn score(definition: &IndexDefinition, data: &IndexData) -> Result<Scores, IndexFault> {
    let tree = Tree::read(definition)?;
    let prepared = Prepared::new(definition, data, &tree)?;
    let leaves = prepared.normalised(&tree, definition.normalisation)?;
    let all = aggregate(&tree, &leaves, &tree.weights(), &definition.aggregation)?;
    let mut order = Vec::with_capacity(tree.nodes.len());
    walk(&tree, tree.nodes.len() - 1, &mut order);
    let parts = order.into_iter().map(|index| {
        let node = &tree.nodes[index];
        PartScores {
            slug: node.part.slug.clone(),
            title: node.part.title.clone(),
            level: node.level,
            ranks: ranks(&all[index]),
            scores: all[index].clone(),
        }
    });
    Ok(Scores {
        units: data.units.iter().map(|unit| unit.code.clone()).collect(),
        parts: parts.collect(),
        refused: prepared.refused,
    })
}

fn walk(tree: &Tree<'_>, index: usize, order: &mut Vec<usize>) {
    order.push(index);
    for child in &tree.nodes[index].children {
        walk(tree, *child, order);
    }
}

/// The values of the indicators before they are brought to one scale.
pub(super) struct Prepared {
    /// For each node of the tree; empty for groups.
    pub values: Vec<Vec<Option<f64>>>,
    pub refused: Vec<Refusal>,
}

impl Prepared {
    pub(super) fn new(
        definition: &IndexDefinition,
        data: &IndexData,
        tree: &Tree<'_>,
    ) -> Result<Self, IndexFault> {
        let missing = definition.missing;
        let leaves: Vec<_> = tree
            .nodes
            .iter()
            .filter(|node| node.children.is_empty())
            .collect();
        let mut refused = Vec::new();
        let mut kept = vec![true; data.units.len()];
        for (index, unit) in data.units.iter().enumerate() {
            let present = leaves.iter().filter(|node| {
                let values = data.values.get(&node.part.slug);
                values.is_some_and(|values| values.get(index).is_some_and(Option::is_some))
            });
            let (present, of) = (present.count(), leaves.len());
            #[expect(clippy::cast_precision_loss, reason = "indicators are few")]
            let enough = present as f64 >= missing.fewest * of as f64;
            if !enough || present == 0 {
                kept[index] = false;
                refused.push(Refusal {
                    unit: unit.code.clone(),
                    reason: format!(
                        "{} has values for {present} of {of} indicators, which is too few.",
                        unit.code
                    ),
                });
            }
        }
        let values = tree.nodes.iter().map(|node| {
            if !node.children.is_empty() {
                return Ok(Vec::new());
            }
            let mut values = prepare(node.part, data, missing.fill, definition.outliers)?;
            for (value, kept) in values.iter_mut().zip(&kept) {
                *value = value.filter(|_| *kept);
            }
            Ok(values)
        });
        Ok(Self {
            values: values.collect::<Result<_, _>>()?,
            refused,
        })
    }

    pub(super) fn normalised(
        &self,
        tree: &Tree<'_>,
        by: Normalisation,
    ) -> Result<Vec<Vec<Option<f64>>>, IndexFault> {
        let each = tree.nodes.iter().zip(&self.values).map(|(node, values)| {
            if node.children.is_empty() {
                normalise(node.part, values, by)
            } else {
                Ok(Vec::new())
            }
        });
        each.collect()
    }
}

/// The scores of every node, from those of the leaves. What a unit lacks is left out, and the
/// weights beside it grow in proportion.
pub(super) fn aggregate(
    tree: &Tree<'_>,
    leaves: &[Vec<Option<f64>>],
    weights: &[f64],
    rules: &[Aggregation],
) -> Result<Vec<Vec<Option<f64>>>, IndexFault> {
    let units = leaves.iter().map(Vec::len).max().unwrap_or_default();
    let mut all: Vec<Vec<Option<f64>>> = Vec::with_capacity(tree.nodes.len());
    for (index, node) in tree.nodes.iter().enumerate() {
        if node.children.is_empty() {
            all.push(leaves[index].clone());
            continue;
        }
        let rule = rules.get(node.level).or(rules.last());
        let scores = (0..units)
            .map(|unit| {
                let parts = node
                    .children
                    .iter()
                    .map(|child| (*child, all[*child][unit]));
                mean(tree, parts, weights, rule.copied())
            })
            .collect::<Result<_, _>>()?;
        all.push(scores);
    }
    Ok(all)
}

/// The weighted mean of the parts that have a score; none where none has.
fn mean(
    tree: &Tree<'_>,
    parts: impl Iterator<Item = (usize, Option<f64>)>,
    weights: &[f64],
    rule: Option<Aggregation>,
) -> Result<Option<f64>, IndexFault> {
    let geometric = rule == Some(Aggregation::Geometric);
    let (mut sum, mut weight) = (0.0, 0.0);
    for (part, score) in parts {
        let Some(score) = score else { continue };
        if geometric && score <= 0.0 {
            return Err(IndexFault::NotPositive(tree.nodes[part].part.slug.clone()));
        }
        sum += if geometric { score.ln() } else { score } * weights[part];
        weight += weights[part];
    }
    let mean = sum / weight;
    Ok((weight > 0.0).then(|| if geometric { mean.exp() } else { mean }))
}

/// Ranks, the highest score first; those who tie share the better rank.
pub(super) fn ranks(scores: &[Option<f64>]) -> Vec<Option<u32>> {
    let on_grid = |score: f64| (score * GRID).round();
    let mut order: Vec<_> = scores
        .iter()
        .enumerate()
        .filter_map(|(index, score)| Some((index, on_grid((*score)?))))
        .collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut ranks = vec![None; scores.len()];
    let mut last: Option<(f64, u32)> = None;
    for (place, (index, score)) in (1..).zip(order) {
        let rank = match last {
            Some((same, rank)) if same.total_cmp(&score).is_eq() => rank,
            _ => place,
        };
        ranks[index] = Some(rank);
        last = Some((score, rank));
    }
    ranks
}
