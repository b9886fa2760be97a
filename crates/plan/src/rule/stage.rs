//! A rule on changes, not on states: some stages are brought about by a decision alone.

use jiff::civil::Date;

use crate::{
    change::{Action, Change},
    record::{Key, Kind, Record, Stage},
    slug::Slug,
};

/// The stages into which only a decision moves an activity.
pub const DECIDED: [Stage; 3] = [Stage::Approved, Stage::Paused, Stage::Stopped];

/// A move of an activity into one of the stages that need a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The activity.
    pub activity: Slug,
    /// The stage that it moves into.
    pub stage: Stage,
}

/// The moves among changes that need a decision. `before` gives a record as it stood on a date, or
/// on the draft's own date where the change has none.
pub fn decided_moves(
    changes: &[Change],
    before: impl Fn(&Key, Option<Date>) -> Option<Record>,
) -> Vec<Move> {
    let stage_before = |key: &Key, on| match before(key, on) {
        Some(Record::Activity(activity)) => activity.stage,
        _ => None,
    };
    let moves = changes.iter().filter_map(|change| {
        let Change { key, on, action } = change;
        let (was, stage) = match action {
            Action::Add(Record::Activity(activity)) => {
                // A renamed activity comes in under its new slug, at the stage that it had.
                let mut earlier = activity
                    .was
                    .iter()
                    .map(|was| Key::new(key.kind, was.clone()));
                (
                    earlier.find_map(|key| stage_before(&key, *on)),
                    activity.stage?,
                )
            }
            Action::Set(fields) if key.kind == Kind::Activity => {
                let word = fields.get("stage")?.as_str()?;
                (stage_before(key, *on), Stage::from_word(word)?)
            }
            _ => return None,
        };
        (DECIDED.contains(&stage) && was != Some(stage)).then(|| Move {
            activity: key.slug.clone(),
            stage,
        })
    });
    moves.collect()
}
