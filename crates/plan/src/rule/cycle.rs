//! No record may depend on itself, however long the way round.

use std::{collections::BTreeMap, sync::Arc};

use super::{Fault, Faults};
use crate::{
    plan::Plan,
    record::{Key, Kind},
    slug::Slug,
};

/// Finds circles among objectives, activities and areas.
pub(super) fn check(plan: &Plan, found: &mut Vec<Fault>) {
    find(
        Kind::Objective,
        "contributes_to",
        &edges(&plan.objectives, |objective| {
            objective.contributes_to.iter().collect()
        }),
        found,
    );
    find(
        Kind::Activity,
        "depends_on",
        &edges(&plan.activities, |activity| {
            activity.depends_on.iter().collect()
        }),
        found,
    );
    find(
        Kind::Area,
        "parent",
        &edges(&plan.areas, |area| area.parent.iter().collect()),
        found,
    );
}

type Edges<'a> = BTreeMap<&'a Slug, Vec<&'a Slug>>;

fn edges<'a, T>(
    records: &'a BTreeMap<Slug, Arc<T>>,
    next: impl Fn(&'a T) -> Vec<&'a Slug>,
) -> Edges<'a> {
    records
        .iter()
        .map(|(slug, record)| (slug, next(record)))
        .collect()
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    OnPath,
    Done,
}

/// Depth-first without recursion, so that a chain of ten thousand does not exhaust the stack.
fn find(kind: Kind, field: &str, edges: &Edges<'_>, found: &mut Vec<Fault>) {
    let mut states: BTreeMap<&Slug, State> = BTreeMap::new();
    for start in edges.keys() {
        let mut path: Vec<(&Slug, usize)> = vec![(start, 0)];
        while let Some((slug, step)) = path.last_mut() {
            let slug: &Slug = slug;
            if *step == 0 && states.contains_key(slug) {
                path.pop();
                continue;
            }
            states.insert(slug, State::OnPath);
            let next = edges.get(slug).and_then(|next| next.get(*step)).copied();
            *step += 1;
            match next {
                None => {
                    states.insert(slug, State::Done);
                    path.pop();
                }
                Some(next) if states.get(next) == Some(&State::OnPath) => {
                    let index = path.last().map_or(0, |(_, step)| step - 1);
                    let mut circle: Vec<&str> = path
                        .iter()
                        .map(|(slug, _)| slug.as_str())
                        .skip_while(|slug| *slug != next.as_str())
                        .collect();
                    circle.push(next.as_str());
                    let key = Key::new(kind, slug.clone());
                    let place = if kind == Kind::Area {
                        field.to_owned()
                    } else {
                        format!("{field}.{index}")
                    };
                    Faults { key: &key, found }.add(
                        place,
                        format!("this goes round in a circle: {}", circle.join(" → ")),
                    );
                }
                Some(next) if edges.contains_key(next) => path.push((next, 0)),
                Some(_) => {}
            }
        }
    }
}
