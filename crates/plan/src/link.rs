//! References from record to record, and the way back.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    plan::Plan,
    record::{Key, Kind, Record, ResponseKind},
    slug::Slug,
};

/// One reference that a record holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Where it stands in the record: `owners.2.organisation`.
    pub path: String,
    /// What it names.
    pub key: Key,
}

/// Every reference that a record holds, in order of its fields.
pub fn references(record: &Record) -> Vec<Reference> {
    let mut found = Found(Vec::new());
    match record {
        Record::Region(region) => {
            for (index, headline) in region.headlines.iter().enumerate() {
                found.one(
                    format!("headlines.{index}.indicator"),
                    Kind::Indicator,
                    Some(&headline.indicator),
                );
            }
        }
        Record::Area(area) => found.one("parent", Kind::Area, area.parent.as_ref()),
        Record::Strategy(strategy) => {
            found.one("lead", Kind::Organisation, strategy.lead.as_ref());
        }
        Record::Theme(_) => {}
        Record::Objective(objective) => {
            found.one("theme", Kind::Theme, Some(&objective.theme));
            found.many("contributes_to", Kind::Objective, &objective.contributes_to);
        }
        Record::Organisation(organisation) => {
            found.one("area", Kind::Area, organisation.area.as_ref());
            found.many("themes", Kind::Theme, &organisation.themes);
        }
        Record::Relationship(relationship) => {
            found.one("from", Kind::Organisation, Some(&relationship.from));
            found.one("to", Kind::Organisation, Some(&relationship.to));
        }
        Record::Group(group) => {
            found.one("theme", Kind::Theme, group.theme.as_ref());
            for (index, role) in group.roles.iter().enumerate() {
                let path = format!("roles.{index}.organisation");
                found.one(path, Kind::Organisation, role.organisation.as_ref());
            }
        }
        Record::Signal(signal) => {
            found.one("theme", Kind::Theme, Some(&signal.theme));
            found.many("areas", Kind::Area, &signal.areas);
            found.many("indicators", Kind::Indicator, &signal.indicators);
        }
        Record::Indicator(indicator) => {
            found.one("theme", Kind::Theme, indicator.theme.as_ref());
            found.many("objectives", Kind::Objective, &indicator.objectives);
            let parts = indicator.index.iter().flat_map(|index| &index.parts);
            for (place, part) in parts.enumerate() {
                let path = format!("index.parts.{place}.indicator");
                found.one(path, Kind::Indicator, Some(&part.indicator));
            }
        }
        Record::Dataset(dataset) => found.one("theme", Kind::Theme, dataset.theme.as_ref()),
        Record::Observation(observation) => {
            found.one("indicator", Kind::Indicator, Some(&observation.indicator));
            found.one("area", Kind::Area, observation.area.as_ref());
        }
        Record::Activity(activity) => {
            found.one("theme", Kind::Theme, Some(&activity.theme));
            found.many("objectives", Kind::Objective, &activity.objectives);
            for (index, owner) in activity.owners.iter().enumerate() {
                let path = format!("owners.{index}.organisation");
                found.one(path, Kind::Organisation, owner.organisation.as_ref());
            }
            found.many("areas", Kind::Area, &activity.areas);
            found.many("answers", Kind::Signal, &activity.answers);
            found.many("moves", Kind::Indicator, &activity.moves);
            found.many("depends_on", Kind::Activity, &activity.depends_on);
        }
        Record::Decision(decision) => {
            found.one("group", Kind::Group, decision.group.as_ref());
            found.one(
                "organisation",
                Kind::Organisation,
                decision.organisation.as_ref(),
            );
            found.one("theme", Kind::Theme, decision.theme.as_ref());
            found.many("activities", Kind::Activity, &decision.activities);
            found.many("signals", Kind::Signal, &decision.signals);
        }
        Record::Milestone(milestone) => {
            found.one("theme", Kind::Theme, milestone.theme.as_ref());
            found.many("activities", Kind::Activity, &milestone.activities);
        }
    }
    found.0
}

struct Found(Vec<Reference>);

impl Found {
    fn one(&mut self, path: impl Into<String>, kind: Kind, slug: Option<&Slug>) {
        if let Some(slug) = slug {
            self.0.push(Reference {
                path: path.into(),
                key: Key::new(kind, slug.clone()),
            });
        }
    }

    fn many(&mut self, field: &str, kind: Kind, slugs: &[Slug]) {
        for (index, slug) in slugs.iter().enumerate() {
            self.one(format!("{field}.{index}"), kind, Some(slug));
        }
    }
}

/// The plan without references to records that it does not hold, as the past may have them: a
/// record of today names what was not yet there. What a record cannot be without stays.
#[must_use]
pub fn without_dangling(plan: &Plan) -> Plan {
    let mut whole = Plan::default();
    for (key, record) in plan.iter() {
        let gone =
            |reference: &Reference| !plan.contains(reference.key.kind, reference.key.slug.as_str());
        let mut dangling: Vec<Reference> = references(&record).into_iter().filter(gone).collect();
        let mut value = record.to_value();
        // The last first, so that what is taken out of a list does not move the others.
        dangling.reverse();
        for reference in &dangling {
            take_out(&mut value, &reference.path);
        }
        let pruned = Record::from_value(key.kind, value);
        let record = if dangling.is_empty() {
            record
        } else {
            pruned.unwrap_or(record)
        };
        whole.insert(key.slug, record);
    }
    unanswer(&mut whole);
    whole
}

fn take_out(value: &mut serde_json::Value, path: &str) {
    let Some(fields) = value.as_object_mut() else {
        return;
    };
    let mut parts = path.split('.');
    let field = parts.next().unwrap_or_default();
    match (
        parts.next().and_then(|index| index.parse::<usize>().ok()),
        fields.get_mut(field),
    ) {
        (Some(index), Some(serde_json::Value::Array(items))) if index < items.len() => {
            items.remove(index);
        }
        (None, Some(_)) => {
            fields.remove(field);
        }
        _ => {}
    }
}

/// A signal is answered only as long as an activity names it.
fn unanswer(plan: &mut Plan) {
    let answered: BTreeSet<Slug> = plan
        .activities
        .values()
        .flat_map(|activity| activity.answers.clone())
        .collect();
    for (slug, signal) in &mut plan.signals {
        let says = signal
            .response
            .as_ref()
            .is_some_and(|r| r.kind == ResponseKind::Answered);
        if says && !answered.contains(slug) {
            Arc::make_mut(signal).response = None;
        }
    }
}

/// For every record, the records that name it and the field in which they do.
#[derive(Clone, Debug, Default)]
pub struct Backlinks(BTreeMap<Key, Vec<(Key, String)>>);

impl Backlinks {
    /// Reads every reference of a plan.
    pub fn of(plan: &Plan) -> Self {
        let mut links: BTreeMap<Key, Vec<(Key, String)>> = BTreeMap::new();
        for (key, record) in plan.iter() {
            for reference in references(&record) {
                let field = reference
                    .path
                    .split('.')
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                let from = (key.clone(), field);
                let named = links.entry(reference.key).or_default();
                if !named.contains(&from) {
                    named.push(from);
                }
            }
        }
        Self(links)
    }

    /// The slugs of the records of a kind that name `key` in `field`; in any field where it is
    /// empty.
    pub fn to(&self, key: &Key, kind: Kind, field: &str) -> Vec<&Slug> {
        let mut slugs: Vec<&Slug> = self
            .0
            .get(key)
            .into_iter()
            .flatten()
            .filter(|(from, by)| from.kind == kind && (field.is_empty() || by == field))
            .map(|(from, _)| &from.slug)
            .collect();
        slugs.dedup();
        slugs
    }
}
