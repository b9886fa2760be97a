//! Indicators and their observations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{composite::Composite, is_default, record, words};
use crate::{amount::Figure, date::PartialDate, slug::Slug, source::Source};

record! {
    /// A measured quantity with a target: `indicators/*.toml`.
    pub struct Indicator {
        required {
            /// Its title.
            title: String,
            /// What it means, in plain words.
            meaning: String,
            /// The unit of its main measure: `jobs`, `%`.
            unit: String,
        }
        optional {
            /// Which way is good.
            direction: Option<Direction>,
            /// The theme that it belongs to; none where it concerns the whole strategy.
            theme: Option<Slug>,
            /// The objectives that it concerns.
            objectives: Vec<Slug>,
            /// Its place in lists, from 1.
            order: u32,
            /// The measure that the baseline and target speak of, where observations carry several.
            measure: Option<String>,
            /// Where it began.
            baseline: Option<Baseline>,
            /// Where it should go.
            target: Option<Target>,
            /// How it should get there; a straight line where left out.
            trajectory: Option<Trajectory>,
            /// Other places or groups of places that it is set beside.
            comparators: Vec<Comparator>,
            /// SQL over the datasets that yields `area`, `period` and `value`; where they are
            /// published, also `lower`, `upper`, `numerator`, `denominator`, `status` and
            /// `breakdown`.
            sql: Option<String>,
            /// How it is made of other indicators, where it is an index.
            index: Option<Composite>,
            /// Periods from which figures do not compare with those before, for the reason given.
            breaks: Vec<SeriesBreak>,
            /// How many digits after the point are shown; as published where left out.
            decimals: Option<u8>,
            /// The finding, in a sentence that is true of the figures.
            finding: Option<String>,
            /// What to know before using it.
            caveats: Vec<String>,
            /// Earlier slugs.
            was: Vec<Slug>,
            /// Sources.
            sources: Vec<Source>,
        }
    }
}

words! {
    /// Which way is good.
    pub enum Direction {
        /// More is better.
        Up = "up" / "up is good",
        /// Less is better.
        Down = "down" / "down is good",
    }
}

/// Where an indicator began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// When.
    pub period: PartialDate,
    /// The value, where a source gives it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub value: Option<Figure>,
    /// Anything to add.
    #[serde(default, skip_serializing_if = "is_default")]
    pub note: Option<String>,
}

/// Where an indicator should go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// By when.
    pub period: PartialDate,
    /// The value, where a source gives it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub value: Option<Figure>,
    /// Anything to add.
    #[serde(default, skip_serializing_if = "is_default")]
    pub note: Option<String>,
}

words! {
    /// The shape of a trajectory.
    pub enum TrajectoryKind {
        /// The same step each year from the baseline to the target.
        StraightLine = "straight-line" / "a straight line",
        /// Values set for single periods; between two of them the earlier one holds.
        Steps = "steps" / "steps",
        /// A share of the gap to a comparator is to close, in a straight line over time.
        ShareOfGap = "share-of-gap" / "a share of the gap",
    }
}

/// The way from the baseline to the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trajectory {
    /// Its shape.
    pub kind: TrajectoryKind,
    /// For steps: the values, in order of period.
    #[serde(default, skip_serializing_if = "is_default")]
    pub steps: Vec<Step>,
    /// For a share of the gap: the slug of the comparator.
    #[serde(default, skip_serializing_if = "is_default")]
    pub comparator: Option<Slug>,
    /// For a share of the gap: how much of it is to close, in per cent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub share: Option<Figure>,
}

/// A value set for a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// By when.
    pub period: PartialDate,
    /// What should be reached.
    pub value: Figure,
}

/// A place, or places taken together, that an indicator is set beside.
///
/// Several places are taken together by their numerators and denominators, never by the mean of
/// their rates; where a source gives neither, only a single place can be a comparator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparator {
    /// Its name in this file: `england-without-london`.
    pub slug: Slug,
    /// What people read: `England without London`.
    pub title: String,
    /// The codes of its areas.
    pub areas: Vec<String>,
    /// Codes of areas that are taken off again: London from England.
    #[serde(default, skip_serializing_if = "is_default")]
    pub without: Vec<String>,
    /// Whether its areas are also shown one by one, as neighbours.
    #[serde(default, skip_serializing_if = "is_default")]
    pub one_by_one: bool,
}

/// A period from which figures do not compare with those before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeriesBreak {
    /// The first period of the new series.
    pub period: PartialDate,
    /// What changed.
    pub note: String,
}

record! {
    /// One value of an indicator: a row of `observations/<indicator>.csv`.
    ///
    /// Its slug is `indicator.period`, followed by the area, the measure and the date of
    /// publication where the row gives them, so that a revision stands beside what it revises.
    pub struct Observation {
        required {
            /// The indicator.
            indicator: Slug,
            /// The period that it speaks of.
            period: PartialDate,
        }
        optional {
            /// The area, where it is not the whole region.
            area: Option<Slug>,
            /// What was measured, where the indicator has several measures.
            measure: Option<String>,
            /// The value; empty where the source gives only words.
            value: Option<Figure>,
            /// Its unit, where it differs from the indicator's.
            unit: Option<String>,
            /// Lower end of the confidence interval.
            lower: Option<Figure>,
            /// Upper end of the confidence interval.
            upper: Option<Figure>,
            /// `revised`, `provisional`, `about`, or a judgement in words.
            status: Option<String>,
            /// When it was published.
            published: Option<PartialDate>,
            /// Anything to add.
            note: Option<String>,
            /// Sources.
            sources: Vec<Source>,
        }
    }
}
