//! Composite indices: many indicators made into one score for each area, step by step, after the
//! OECD and JRC “Handbook on Constructing Composite Indicators” (2008),
//! <https://doi.org/10.1787/9789264043466-en>.
//!
//! The steps, in order: missing values, outliers, normalisation ([`normalise`]), weighting and
//! aggregation level by level ([`score`]), and how sure the ranks are ([`sensitivity`]). Values come
//! as the indicators give them: shares and rates are made before, by numerators and denominators.
//!
//! Scores are floating point: they are constructions, not published figures.

pub mod made;
pub mod normalise;
pub mod score;
pub mod sensitivity;
pub mod told;

pub use made::{Gathered, Input, Made, Unmade, gather};
pub use normalise::{Normalisation, Outliers};
pub use score::{PartScores, Refusal, Scores, score};
pub use sensitivity::{RankInterval, Sensitivity, Shift, sensitivity};

pub use crate::record::{Aggregation, Fill};

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{record::Direction, slug::Slug};

/// How many levels an index may have, the index itself included.
pub const MOST_LEVELS: usize = 8;

/// How an index is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexDefinition {
    /// The index, and in it all its parts.
    pub index: Part,
    /// How indicators are brought to one scale.
    pub normalisation: Normalisation,
    /// How the parts of a level are put together, the top level first; the last one given also
    /// serves the levels below.
    pub aggregation: Vec<Aggregation>,
    /// What is done about missing values.
    #[serde(default)]
    pub missing: Missing,
    /// What is done about outliers; nothing where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outliers: Option<Outliers>,
}

/// A part of an index: an indicator where it has no parts, or else a group of parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name; an indicator's is that of its values.
    pub slug: Slug,
    /// What people read.
    pub title: String,
    /// Its weight among the parts beside it, on any scale above 0.
    #[serde(default = "one")]
    pub weight: f64,
    /// For an indicator: which way is good; up where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// For an indicator: the value that counts as nothing, for the distance to a target; the worst
    /// one where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<f64>,
    /// For an indicator: the value that counts as reached, for the distance to a target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
    /// Its parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

fn one() -> f64 {
    1.0
}

/// What is done about missing values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Missing {
    /// What takes their place.
    pub fill: Fill,
    /// The least share of an area's indicators that must have a value, from 0 to 1; below it the
    /// area gets no score.
    pub fewest: f64,
}

/// The values that an index is made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexData {
    /// The areas, or whatever else is scored.
    pub units: Vec<Unit>,
    /// For each indicator a value for each unit, in the units' order.
    pub values: BTreeMap<Slug, Vec<Option<f64>>>,
}

/// What is scored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Its code.
    pub code: String,
    /// The group of like units that it belongs to; all units are one group where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// Why an index cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndexFault {
    /// No parts.
    #[error("the index has no parts")]
    Empty,
    /// Too deep.
    #[error("an index has at most {MOST_LEVELS} levels")]
    TooDeep,
    /// Two parts of one name.
    #[error("two parts are named “{0}”")]
    Twice(Slug),
    /// A weight of nothing.
    #[error("the weight of “{0}” is not a number above 0")]
    Weight(Slug),
    /// No aggregation.
    #[error("say how the parts are put together: arithmetic or geometric")]
    NoAggregation,
    /// No values.
    #[error("there are no values for “{0}”")]
    NoValues(Slug),
    /// Too few or too many values.
    #[error("“{slug}” has {found} values for {units} units")]
    Count {
        /// The indicator.
        slug: Slug,
        /// How many values there are.
        found: usize,
        /// How many there should be.
        units: usize,
    },
    /// A value that is no number.
    #[error("“{0}” has a value that is not a finite number")]
    NotFinite(Slug),
    /// An indicator that says nothing.
    #[error("“{0}” has the same value everywhere and tells no area from another")]
    Flat(Slug),
    /// No target.
    #[error("“{0}” has no target beyond its worst value, which the distance to a target needs")]
    NoTarget(Slug),
    /// A scale that is none.
    #[error("a scale runs from a number of at least 0 to a greater one")]
    Scale,
    /// A share that is none.
    #[error("the fewest values are a share from 0 to 1")]
    Fewest,
    /// A geometric mean of what may be nought or less.
    #[error(
        "“{0}” has a score of 0 or less, of which there is no geometric mean; use a scale from 1"
    )]
    NotPositive(Slug),
    /// Draws that settle nothing.
    #[error("rank intervals need at least 1,000 draws and a concentration above 0")]
    Draws,
}

/// The parts of an index in a list, each after its own parts; the index itself is the last.
pub(super) struct Tree<'a> {
    pub nodes: Vec<Node<'a>>,
}

pub(super) struct Node<'a> {
    pub part: &'a Part,
    /// 0 for the index.
    pub level: usize,
    /// Places in the list.
    pub children: Vec<usize>,
}

impl<'a> Tree<'a> {
    /// Reads the parts and checks them.
    pub(super) fn read(definition: &'a IndexDefinition) -> Result<Self, IndexFault> {
        if definition.index.parts.is_empty() {
            return Err(IndexFault::Empty);
        }
        if definition.aggregation.is_empty() {
            return Err(IndexFault::NoAggregation);
        }
        if !(0.0..=1.0).contains(&definition.missing.fewest) {
            return Err(IndexFault::Fewest);
        }
        let mut tree = Self { nodes: Vec::new() };
        tree.add(&definition.index, 0, &mut BTreeSet::new())?;
        Ok(tree)
    }

    fn add(
        &mut self,
        part: &'a Part,
        level: usize,
        seen: &mut BTreeSet<&'a Slug>,
    ) -> Result<usize, IndexFault> {
        if level >= MOST_LEVELS {
            return Err(IndexFault::TooDeep);
        }
        if !seen.insert(&part.slug) {
            return Err(IndexFault::Twice(part.slug.clone()));
        }
        if !(part.weight.is_finite() && part.weight > 0.0) {
            return Err(IndexFault::Weight(part.slug.clone()));
        }
        let children = part
            .parts
            .iter()
            .map(|child| self.add(child, level + 1, seen))
            .collect::<Result<_, _>>()?;
        self.nodes.push(Node {
            part,
            level,
            children,
        });
        Ok(self.nodes.len() - 1)
    }

    /// The weight of each part, as set.
    pub(super) fn weights(&self) -> Vec<f64> {
        self.nodes.iter().map(|node| node.part.weight).collect()
    }
}

#[cfg(test)]
mod made_tests;
#[cfg(test)]
mod published_tests;
#[cfg(test)]
mod tests;
