//! The nouns of the strategy as records: typed, named by kind and slug, compared field by field.
//!
//! A record is plain data. The rules between records live in [`crate::rule`]; how records change is
//! in [`crate::change`].

mod activity;
mod composite;
mod dataset;
mod indicator;
mod organisation;
mod region;
mod strategy;

pub use activity::{
    Activity, Answer, AnswerKind, Confidence, Decision, Event, EventKind, Milestone, Ownership,
    Part, Response, ResponseKind, Signal, SignalKind, Stage, Trend, Update,
};
pub use composite::{Aggregation, Composite, CompositeGroup, CompositePart, Fill, Scaling, Timing};
pub use dataset::{Cadence, Column, ColumnType, Dataset, Format, Keep, Service, Unpivot};
pub use indicator::{
    Baseline, Comparator, Direction, Indicator, Observation, SeriesBreak, Step, Target, Trajectory,
    TrajectoryKind,
};
pub use organisation::{
    Group, GroupKind, Organisation, OrganisationKind, Relationship, RelationshipKind, Role,
};
pub use region::{Area, AreaLevel, EarlierCode, Headline, PastEdition, Region, Strength, Tile};
pub use strategy::{Objective, Strategy, Theme};

use std::{fmt, sync::Arc};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{slug::Slug, source::Source};

/// Whether a field holds its default and is left out when written.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// One field that differs between two versions of a record, as JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldChange {
    /// The field's name as in files.
    pub field: &'static str,
    /// The value before; null where it was empty.
    pub old: Value,
    /// The value after; null where it is now empty.
    pub new: Value,
}

/// Why a field could not be set.
#[derive(Debug, thiserror::Error)]
pub enum FieldError {
    /// The record has no such field.
    #[error("there is no field “{0}”")]
    Unknown(String),
    /// The value does not fit the field.
    #[error("the value of “{field}” does not fit: {cause}")]
    Misfit {
        /// The field.
        field: &'static str,
        /// What the reader said.
        #[source]
        cause: serde_json::Error,
    },
}

/// Reading and writing a record by field name; implemented by `record!`.
pub trait Fields: Sized + Serialize + DeserializeOwned {
    /// The names of the fields, in the order in which files carry them.
    const NAMES: &'static [&'static str];
    /// Sets one field from JSON; null empties an optional one.
    fn set(&mut self, field: &str, value: Value) -> Result<(), FieldError>;
    /// The fields in which `self` differs from `old`.
    fn changes_since(&self, old: &Self) -> Vec<FieldChange>;
}

/// Reads a field's value: null is the default of an optional field.
fn read_optional<T: DeserializeOwned + Default>(
    field: &'static str,
    value: Value,
) -> Result<T, FieldError> {
    if value.is_null() {
        Ok(T::default())
    } else {
        read_required(field, value)
    }
}

fn read_required<T: DeserializeOwned>(field: &'static str, value: Value) -> Result<T, FieldError> {
    serde_json::from_value(value).map_err(|cause| FieldError::Misfit { field, cause })
}

fn write_field<T: Serialize>(value: &T) -> Value {
    match serde_json::to_value(value) {
        Ok(Value::Array(items)) if items.is_empty() => Value::Null,
        Ok(Value::String(text)) if text.is_empty() => Value::Null,
        Ok(value) => value,
        Err(_) => Value::Null,
    }
}

/// Defines a record: required fields, then optional ones that are left out when empty.
macro_rules! record {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            required { $( $(#[$rmeta:meta])* $required:ident : $rty:ty ),* $(,)? }
            optional { $( $(#[$ometa:meta])* $optional:ident : $oty:ty ),* $(,)? }
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $( $(#[$rmeta])* pub $required: $rty, )*
            $(
                $(#[$ometa])*
                #[serde(default, skip_serializing_if = "crate::record::is_default")]
                pub $optional: $oty,
            )*
        }

        impl crate::record::Fields for $name {
            const NAMES: &'static [&'static str] =
                &[$( stringify!($required), )* $( stringify!($optional), )*];

            fn set(
                &mut self,
                field: &str,
                value: serde_json::Value,
            ) -> Result<(), crate::record::FieldError> {
                match field {
                    $( stringify!($required) => {
                        self.$required =
                            crate::record::read_required(stringify!($required), value)?;
                    } )*
                    $( stringify!($optional) => {
                        self.$optional =
                            crate::record::read_optional(stringify!($optional), value)?;
                    } )*
                    other => return Err(crate::record::FieldError::Unknown(other.to_owned())),
                }
                Ok(())
            }

            fn changes_since(&self, old: &Self) -> Vec<crate::record::FieldChange> {
                let mut changes = Vec::new();
                $( if self.$required != old.$required {
                    changes.push(crate::record::FieldChange {
                        field: stringify!($required),
                        old: crate::record::write_field(&old.$required),
                        new: crate::record::write_field(&self.$required),
                    });
                } )*
                $( if self.$optional != old.$optional {
                    changes.push(crate::record::FieldChange {
                        field: stringify!($optional),
                        old: crate::record::write_field(&old.$optional),
                        new: crate::record::write_field(&self.$optional),
                    });
                } )*
                changes
            }
        }
    };
}
pub(crate) use record;

macro_rules! kinds {
    ($( $(#[$meta:meta])* $variant:ident { $word:literal, $plural:literal, $spoken:literal } ),* $(,)?) => {
        /// The kinds of record, in the order in which a region is read.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum Kind { $( $(#[$meta])* $variant, )* }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Kind] = &[$( Kind::$variant, )*];

            /// The word for one, as in entries: `activity`.
            pub fn word(self) -> &'static str {
                match self { $( Kind::$variant => $word, )* }
            }

            /// The word for many, as in addresses and folders: `activities`.
            pub fn plural(self) -> &'static str {
                match self { $( Kind::$variant => $plural, )* }
            }

            /// The word for one at the start of a sentence: `Activity`.
            pub fn spoken(self) -> &'static str {
                match self { $( Kind::$variant => $spoken, )* }
            }

            /// The kind that a word names.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $( $word => Some(Kind::$variant), )* _ => None }
            }

            /// The kind that a plural names.
            pub fn from_plural(plural: &str) -> Option<Self> {
                match plural { $( $plural => Some(Kind::$variant), )* _ => None }
            }
        }

        /// A record of any kind; cheap to copy.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Record { $( $(#[$meta])* $variant(Arc<$variant>), )* }

        $( impl From<$variant> for Record {
            fn from(record: $variant) -> Self { Record::$variant(Arc::new(record)) }
        } )*

        impl Record {
            /// The record's kind.
            pub fn kind(&self) -> Kind {
                match self { $( Record::$variant(_) => Kind::$variant, )* }
            }

            /// Reads a record of a kind from JSON text.
            pub fn from_json(kind: Kind, json: &str) -> Result<Self, serde_json::Error> {
                Ok(match kind {
                    $( Kind::$variant => Record::$variant(Arc::new(serde_json::from_str(json)?)), )*
                })
            }

            /// Reads a record of a kind from a JSON value.
            pub fn from_value(kind: Kind, value: Value) -> Result<Self, serde_json::Error> {
                Ok(match kind {
                    $( Kind::$variant => Record::$variant(Arc::new(serde_json::from_value(value)?)), )*
                })
            }

            /// The record as JSON, its empty fields left out.
            pub fn to_value(&self) -> Value {
                match self {
                    $( Record::$variant(record) => serde_json::to_value(record.as_ref()).unwrap_or_default(), )*
                }
            }

            /// Sets one field; null empties it.
            pub fn set(&mut self, field: &str, value: Value) -> Result<(), FieldError> {
                match self {
                    $( Record::$variant(record) => Arc::make_mut(record).set(field, value), )*
                }
            }

            /// The fields in which this differs from `old`; of two kinds, nothing.
            pub fn changes_since(&self, old: &Self) -> Vec<FieldChange> {
                match (self, old) {
                    $( (Record::$variant(new), Record::$variant(old)) => {
                        if Arc::ptr_eq(new, old) { Vec::new() } else { new.changes_since(old) }
                    } )*
                    _ => Vec::new(),
                }
            }

            /// Whether both are the same value in memory: a quick “unchanged”.
            pub fn is_same(&self, other: &Self) -> bool {
                match (self, other) {
                    $( (Record::$variant(one), Record::$variant(two)) => Arc::ptr_eq(one, two), )*
                    _ => false,
                }
            }

            /// The sources of the record.
            pub fn sources(&self) -> &[Source] {
                match self { $( Record::$variant(record) => &record.sources, )* }
            }
        }

        /// The names of a kind's fields, in the order in which files carry them.
        pub fn field_names(kind: Kind) -> &'static [&'static str] {
            match kind { $( Kind::$variant => <$variant as Fields>::NAMES, )* }
        }

        /// The JSON Schema of a kind's record, made from its type.
        pub fn schema(kind: Kind) -> Value {
            match kind { $( Kind::$variant => schemars::schema_for!($variant).to_value(), )* }
        }
    };
}

kinds! {
    /// The region itself: exactly one, with the slug `region`.
    Region { "region", "region", "Region" },
    /// A place with a code.
    Area { "area", "areas", "Area" },
    /// The strategy text: exactly one, with the slug `strategy`.
    Strategy { "strategy", "strategy", "Strategy" },
    /// A strand of the strategy.
    Theme { "theme", "themes", "Theme" },
    /// What a theme wants to achieve.
    Objective { "objective", "objectives", "Objective" },
    /// Who takes part.
    Organisation { "organisation", "organisations", "Organisation" },
    /// How two organisations are tied.
    Relationship { "relationship", "relationships", "Relationship" },
    /// The steering group or a delivery group.
    Group { "group", "groups", "Group" },
    /// An opportunity or a challenge.
    Signal { "signal", "signals", "Signal" },
    /// A measured quantity with a target.
    Indicator { "indicator", "indicators", "Indicator" },
    /// A published source.
    Dataset { "dataset", "datasets", "Dataset" },
    /// One value of an indicator.
    Observation { "observation", "observations", "Observation" },
    /// A line of the pipeline.
    Activity { "activity", "activities", "Activity" },
    /// What a body decided.
    Decision { "decision", "decisions", "Decision" },
    /// Something that happened on a date.
    Milestone { "milestone", "milestones", "Milestone" },
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The name of one record: its kind and slug.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// The kind.
    pub kind: Kind,
    /// The slug, unique among the kind.
    pub slug: Slug,
}

impl Key {
    /// A key from its parts.
    pub fn new(kind: Kind, slug: Slug) -> Self {
        Self { kind, slug }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.slug)
    }
}

impl Record {
    /// What people call the record.
    pub fn title(&self) -> String {
        match self {
            Record::Region(region) => region.name.clone(),
            Record::Area(area) => area.name.clone(),
            Record::Strategy(strategy) => strategy.title.clone(),
            Record::Theme(theme) => theme.title.clone(),
            Record::Objective(objective) => objective.title.clone(),
            Record::Organisation(organisation) => organisation.name.clone(),
            Record::Relationship(relationship) => {
                format!(
                    "{} {} {}",
                    relationship.from,
                    relationship.kind.words(),
                    relationship.to
                )
            }
            Record::Group(group) => group.name.clone(),
            Record::Signal(signal) => signal.title.clone(),
            Record::Indicator(indicator) => indicator.title.clone(),
            Record::Dataset(dataset) => dataset.title.clone(),
            Record::Observation(observation) => {
                format!(
                    "{}, {}",
                    observation.indicator,
                    crate::date::spell_date(observation.period)
                )
            }
            Record::Activity(activity) => activity.title.clone(),
            Record::Decision(decision) => decision.title.clone(),
            Record::Milestone(milestone) => milestone.what.clone(),
        }
    }

    /// The theme under which the record is told, where it has one.
    pub fn theme(&self) -> Option<&Slug> {
        match self {
            Record::Objective(objective) => Some(&objective.theme),
            Record::Signal(signal) => Some(&signal.theme),
            Record::Activity(activity) => Some(&activity.theme),
            Record::Group(group) => group.theme.as_ref(),
            Record::Indicator(indicator) => indicator.theme.as_ref(),
            Record::Dataset(dataset) => dataset.theme.as_ref(),
            Record::Decision(decision) => decision.theme.as_ref(),
            Record::Milestone(milestone) => milestone.theme.as_ref(),
            _ => None,
        }
    }

    /// Earlier slugs of the record, which redirect to it.
    pub fn was(&self) -> &[Slug] {
        match self {
            Record::Theme(theme) => &theme.was,
            Record::Objective(objective) => &objective.was,
            Record::Organisation(organisation) => &organisation.was,
            Record::Group(group) => &group.was,
            Record::Signal(signal) => &signal.was,
            Record::Indicator(indicator) => &indicator.was,
            Record::Dataset(dataset) => &dataset.was,
            Record::Activity(activity) => &activity.was,
            Record::Decision(decision) => &decision.was,
            _ => &[],
        }
    }
}

/// Defines a closed list of words, as files write them and as people read them.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $( $(#[$vmeta:meta])* $variant:ident = $word:literal / $spoken:literal ),* $(,)? }
    ) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize, schemars::JsonSchema,
        )]
        pub enum $name { $( $(#[$vmeta])* #[serde(rename = $word)] $variant, )* }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [$name] = &[$( $name::$variant, )*];

            /// The word that files and addresses use.
            pub fn word(self) -> &'static str {
                match self { $( $name::$variant => $word, )* }
            }

            /// The words that people read.
            pub fn words(self) -> &'static str {
                match self { $( $name::$variant => $spoken, )* }
            }

            /// The value that a word names.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $( $word => Some($name::$variant), )* _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.words())
            }
        }
    };
}
pub(crate) use words;
