//! The plan at one point: every record by kind and slug, as an immutable value.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    record::{
        Activity, Area, Dataset, Decision, Group, Indicator, Key, Kind, Milestone, Objective,
        Observation, Organisation, Record, Region, Relationship, Signal, Strategy, Theme,
    },
    slug::Slug,
};

/// The one slug of the region record.
pub const REGION: &str = "region";
/// The one slug of the strategy record.
pub const STRATEGY: &str = "strategy";

macro_rules! plan {
    ($( $(#[$meta:meta])* $field:ident : $variant:ident ),* $(,)?) => {
        /// Every record of a region at one point, by kind and in order of slug.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Plan { $( $(#[$meta])* pub $field: BTreeMap<Slug, Arc<$variant>>, )* }

        impl Plan {
            /// The record with a key.
            pub fn get(&self, key: &Key) -> Option<Record> {
                match key.kind {
                    $( Kind::$variant => self.$field.get(&key.slug).cloned().map(Record::$variant), )*
                }
            }

            /// Whether there is a record with a kind and slug.
            pub fn contains(&self, kind: Kind, slug: &str) -> bool {
                match kind { $( Kind::$variant => self.$field.contains_key(slug), )* }
            }

            /// Puts a record in place, and returns the one that it replaces.
            pub fn insert(&mut self, slug: Slug, record: Record) -> Option<Record> {
                match record {
                    $( Record::$variant(record) => {
                        self.$field.insert(slug, record).map(Record::$variant)
                    } )*
                }
            }

            /// Takes a record out.
            pub fn remove(&mut self, key: &Key) -> Option<Record> {
                match key.kind {
                    $( Kind::$variant => self.$field.remove(&key.slug).map(Record::$variant), )*
                }
            }

            /// How many records there are.
            pub fn len(&self) -> usize {
                0 $( + self.$field.len() )*
            }

            /// How many records of a kind there are.
            pub fn count(&self, kind: Kind) -> usize {
                match kind { $( Kind::$variant => self.$field.len(), )* }
            }

            /// Every slug of a kind, in order.
            pub fn slugs(&self, kind: Kind) -> Vec<&Slug> {
                match kind { $( Kind::$variant => self.$field.keys().collect(), )* }
            }

            /// Every record with its key, by kind and slug.
            pub fn iter(&self) -> impl Iterator<Item = (Key, Record)> + '_ {
                std::iter::empty()
                    $( .chain(self.$field.iter().map(|(slug, record)| (
                        Key::new(Kind::$variant, slug.clone()),
                        Record::$variant(Arc::clone(record)),
                    ))) )*
            }

            /// Every record of a kind with its slug.
            pub fn of_kind(&self, kind: Kind) -> Vec<(Slug, Record)> {
                match kind {
                    $( Kind::$variant => self.$field.iter().map(|(slug, record)| (
                        slug.clone(), Record::$variant(Arc::clone(record)),
                    )).collect(), )*
                }
            }
        }
    };
}

plan! {
    /// The region, under [`REGION`].
    regions: Region,
    /// Areas.
    areas: Area,
    /// The strategy, under [`STRATEGY`].
    strategies: Strategy,
    /// Themes.
    themes: Theme,
    /// Objectives.
    objectives: Objective,
    /// Organisations.
    organisations: Organisation,
    /// Relationships.
    relationships: Relationship,
    /// Groups.
    groups: Group,
    /// Signals.
    signals: Signal,
    /// Indicators.
    indicators: Indicator,
    /// Datasets.
    datasets: Dataset,
    /// Observations.
    observations: Observation,
    /// Activities.
    activities: Activity,
    /// Decisions.
    decisions: Decision,
    /// Milestones.
    milestones: Milestone,
}

impl Plan {
    /// Whether there is no record at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The region.
    pub fn region(&self) -> Option<&Arc<Region>> {
        self.regions.get(REGION)
    }

    /// The strategy.
    pub fn strategy(&self) -> Option<&Arc<Strategy>> {
        self.strategies.get(STRATEGY)
    }

    /// Themes in their own order.
    pub fn themes_in_order(&self) -> Vec<(&Slug, &Arc<Theme>)> {
        let mut themes: Vec<_> = self.themes.iter().collect();
        themes.sort_by_key(|(slug, theme)| (theme.order, (*slug).clone()));
        themes
    }

    /// The record that was once called by a slug, where it has been renamed.
    pub fn renamed(&self, kind: Kind, slug: &str) -> Option<Slug> {
        self.of_kind(kind)
            .into_iter()
            .find(|(_, record)| record.was().iter().any(|was| was.as_str() == slug))
            .map(|(slug, _)| slug)
    }
}

impl FromIterator<(Slug, Record)> for Plan {
    fn from_iter<I: IntoIterator<Item = (Slug, Record)>>(records: I) -> Self {
        let mut plan = Self::default();
        for (slug, record) in records {
            plan.insert(slug, record);
        }
        plan
    }
}
