//! Indicators and their observations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{is_default, record, words};
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
