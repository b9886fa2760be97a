//! How an indicator is made of others: an index.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{is_default, words};
use crate::{amount::Figure, slug::Slug};

/// Many indicators made into one score for each area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Composite {
    /// How figures of different units are brought to one scale.
    pub normalisation: Scaling,
    /// For the scale from the worst to the best: the score of the worst figure; 0 where left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub from: Option<Figure>,
    /// For the scale from the worst to the best: the score of the best figure; 100 where left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub to: Option<Figure>,
    /// How parts are put together: for the index itself, then for each level below; the last one
    /// given also serves the levels below it. Arithmetic where left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub aggregation: Vec<Aggregation>,
    /// What takes the place of a missing figure; nothing where left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub missing: Fill,
    /// How many of its indicators an area must have figures for, in per cent; one of them where
    /// left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fewest: Option<Figure>,
    /// From which period the figures are taken.
    #[serde(default, skip_serializing_if = "is_default")]
    pub period: Timing,
    /// How the codes of the areas begin that are compared: `E08`; the region's local authorities
    /// where left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub areas: Vec<String>,
    /// Groups of its indicators.
    #[serde(default, skip_serializing_if = "is_default")]
    pub groups: Vec<CompositeGroup>,
    /// Its indicators.
    pub parts: Vec<CompositePart>,
}

/// A group of an index's indicators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompositeGroup {
    /// Its name in this file.
    pub slug: Slug,
    /// What people read.
    pub title: String,
    /// Its weight among the parts beside it; 1 where left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub weight: Option<Figure>,
    /// The group that it belongs to; the index itself where left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub group: Option<Slug>,
}

/// An indicator in an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompositePart {
    /// The indicator; which way is good is taken from it.
    pub indicator: Slug,
    /// The group that it belongs to; the index itself where left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub group: Option<Slug>,
    /// Its weight among the parts beside it; 1 where left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub weight: Option<Figure>,
    /// For the distance to a target: the figure that scores 0; the worst of the areas where left
    /// out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub worst: Option<Figure>,
    /// For the distance to a target: the figure that scores 100; the indicator's target where left
    /// out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub best: Option<Figure>,
}

words! {
    /// How figures are brought to one scale.
    pub enum Scaling {
        /// The worst figure of the areas gets the least score, the best one the most.
        MinMax = "min-max" / "from the worst to the best figure",
        /// Standard deviations above the mean of the areas.
        ZScore = "z-score" / "standard deviations from the mean",
        /// How many areas do worse, plus 1.
        Rank = "rank" / "ranks",
        /// The share of the way from the worst figure to the target, in per cent.
        DistanceToTarget = "distance-to-target" / "the way to a target",
    }
}

words! {
    /// How parts are put together.
    pub enum Aggregation {
        /// The weighted mean: a strength makes up for a weakness.
        Arithmetic = "arithmetic" / "the weighted mean",
        /// The weighted geometric mean: a weakness weighs more. Needs scores above 0.
        Geometric = "geometric" / "the weighted geometric mean",
    }
}

words! {
    /// What takes the place of a missing figure.
    #[derive(Default)]
    pub enum Fill {
        /// Nothing: it is left out, and the other parts' weights grow to make up for it.
        #[default]
        LeaveOut = "leave-out" / "nothing",
        /// The mean of the areas of its group; where that has none, it is left out.
        Mean = "mean" / "the mean of the areas",
    }
}

words! {
    /// From which period the figures of an index are taken.
    #[derive(Default)]
    pub enum Timing {
        /// The latest for which every indicator has figures.
        #[default]
        LatestCommon = "latest-common" / "the latest that all have",
        /// The latest of each indicator.
        LatestOfEach = "latest-of-each" / "the latest of each",
    }
}

impl Composite {
    /// What every index has at its top: parts and groups that belong to no group; or what belongs
    /// to a group.
    pub fn members(&self, group: Option<&Slug>) -> usize {
        let groups = self.groups.iter().map(|one| &one.group);
        let parts = self.parts.iter().map(|one| &one.group);
        let all = groups.chain(parts);
        all.filter(|one| one.as_ref() == group).count()
    }
}
