//! A proposal: a set of changes with a reason, on its way to a decision.
//!
//! Owns its states and the steps between them, what it would do to the plan, and where two
//! proposals are in each other's way. Keeping it, and the talk about it, belongs to the store; who
//! may take which step, to the policy.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    amount::Pence,
    change::{Action, Change, Draft},
    diff::{RecordDiff, What, diff_plans},
    history::{FoldError, History},
    plan::Plan,
    record::{Decision, Key, Record, Stage},
    rule::{self, Fault},
    slug::Slug,
};

/// A set of changes with a reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// What it proposes, in a few words.
    pub title: String,
    /// Why.
    pub reason: String,
    /// The end of the ledger that its author had seen.
    pub made_from: u64,
    /// The changes.
    pub changes: Vec<Change>,
    /// Where it stands.
    pub state: State,
}

/// Where a proposal stands. As JSON: `{"state":"declined","decision":…,"reason":…}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum State {
    /// Its author works on it.
    Draft,
    /// It waits for a recommendation or a decision.
    Submitted,
    /// A group recommends it.
    Recommended {
        /// The group.
        by: Slug,
    },
    /// It was decided to make the changes; they are not made yet.
    Accepted {
        /// The decision.
        decision: Slug,
    },
    /// It was decided not to make the changes.
    Declined {
        /// The decision.
        decision: Slug,
        /// Why.
        reason: String,
    },
    /// It was decided to come back to it.
    Deferred {
        /// The decision.
        decision: Slug,
        /// Why, and until when.
        reason: String,
    },
    /// The changes are made.
    Applied {
        /// The decision.
        decision: Slug,
        /// The entry that made them.
        entry: u64,
    },
    /// Its author has taken it away.
    Withdrawn,
}

/// What can be done with a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Hand it in.
    Submit,
    /// Take it back to work on it.
    Reopen,
    /// Recommend it, as a group.
    Recommend {
        /// The group.
        by: Slug,
    },
    /// Decide to make its changes.
    Accept {
        /// The decision.
        decision: Slug,
    },
    /// Decide not to.
    Decline {
        /// The decision.
        decision: Slug,
        /// Why; needed.
        reason: String,
    },
    /// Decide to come back to it.
    Defer {
        /// The decision.
        decision: Slug,
        /// Why; needed.
        reason: String,
    },
    /// Make its changes.
    Apply {
        /// The entry that makes them.
        entry: u64,
    },
    /// Take it away.
    Withdraw,
}

/// Why a step cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// The proposal does not stand where the step begins.
    #[error("a proposal that is {from} cannot be {step}")]
    Order {
        /// Where it stands.
        from: &'static str,
        /// What the step would make it.
        step: &'static str,
    },
    /// The step needs a reason.
    #[error("a proposal is {0} with a reason")]
    NoReason(&'static str),
    /// A proposal without changes was to be handed in.
    #[error("a proposal needs at least one change")]
    NoChanges,
}

impl State {
    /// The word for where it stands: `draft`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Recommended { .. } => "recommended",
            Self::Accepted { .. } => "accepted",
            Self::Declined { .. } => "declined",
            Self::Deferred { .. } => "deferred",
            Self::Applied { .. } => "applied",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether it waits for a decision.
    pub fn is_open(&self) -> bool {
        matches!(
            self,
            Self::Submitted | Self::Recommended { .. } | Self::Deferred { .. }
        )
    }

    /// Where a step leads.
    pub fn after(&self, step: Step) -> Result<Self, StepError> {
        let order = |step| StepError::Order {
            from: self.word(),
            step,
        };
        let decided = |to: Self, reason: Option<&str>| {
            if reason.is_some_and(|reason| reason.trim().is_empty()) {
                return Err(StepError::NoReason(to.word()));
            }
            if self.is_open() {
                Ok(to)
            } else {
                Err(order(to.word()))
            }
        };
        match step {
            Step::Submit if *self == Self::Draft => Ok(Self::Submitted),
            Step::Submit => Err(order("submitted")),
            Step::Reopen if self.is_open() => Ok(Self::Draft),
            Step::Reopen => Err(order("reopened")),
            Step::Recommend { by } => match self {
                Self::Submitted | Self::Deferred { .. } => Ok(Self::Recommended { by }),
                _ => Err(order("recommended")),
            },
            Step::Accept { decision } => decided(Self::Accepted { decision }, None),
            Step::Decline { decision, reason } => {
                let why = reason.clone();
                decided(Self::Declined { decision, reason }, Some(&why))
            }
            Step::Defer { decision, reason } => {
                let why = reason.clone();
                decided(Self::Deferred { decision, reason }, Some(&why))
            }
            Step::Apply { entry } => match self {
                Self::Accepted { decision } => Ok(Self::Applied {
                    decision: decision.clone(),
                    entry,
                }),
                _ => Err(order("applied")),
            },
            Step::Withdraw if *self == Self::Draft || self.is_open() => Ok(Self::Withdrawn),
            Step::Withdraw => Err(order("withdrawn")),
        }
    }
}

impl Proposal {
    /// Takes a step.
    pub fn take(&mut self, step: Step) -> Result<(), StepError> {
        if step == Step::Submit && self.changes.is_empty() {
            return Err(StepError::NoChanges);
        }
        self.state = self.state.after(step)?;
        Ok(())
    }

    /// The draft of the entry that makes the changes of an accepted proposal, and cites the
    /// decision. `new` is the decision's record, where it is not in the plan yet.
    pub fn draft(&self, actor: &str, new: Option<Decision>) -> Result<Draft, StepError> {
        let State::Accepted { decision } = &self.state else {
            return Err(StepError::Order {
                from: self.state.word(),
                step: "applied",
            });
        };
        let recorded = new.map(|record| Change::add(decision.clone(), record.into()));
        Ok(Draft {
            actor: actor.to_owned(),
            reason: self.reason.clone(),
            decision: Some(decision.clone()),
            changes: recorded.into_iter().chain(self.changes.clone()).collect(),
            ..Draft::default()
        })
    }

    /// The themes that the changes concern, by the records as they are and as they would come in.
    pub fn themes(&self, plan: &Plan) -> BTreeSet<Slug> {
        let mut themes = BTreeSet::new();
        for Change { key, action, .. } in &self.changes {
            themes.extend(plan.get(key).and_then(|record| record.theme().cloned()));
            match action {
                Action::Add(record) => themes.extend(record.theme().cloned()),
                Action::Set(fields) => {
                    let theme = fields.get("theme").and_then(|value| value.as_str());
                    themes.extend(theme.and_then(|theme| Slug::parse(theme).ok()));
                }
                Action::Withdraw => {}
            }
        }
        themes
    }
}

/// A place that two proposals both touch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// The places of the two in the list that was given, the earlier first.
    pub between: (usize, usize),
    /// The record.
    pub key: Key,
    /// The field; none where one of them adds or withdraws the record.
    pub field: Option<String>,
}

/// Where accepted proposals that are not applied yet touch the same field of the same record, be it
/// with the same value, or where one touches what another adds or withdraws. Which of them stands is
/// for a person to say, for all of it.
pub fn conflicts(proposals: &[Proposal]) -> Vec<Conflict> {
    conflicts_among(proposals, |state| matches!(state, State::Accepted { .. }))
}

/// The same among the proposals in some states, such as those that wait for a decision.
pub fn conflicts_among(proposals: &[Proposal], counts: impl Fn(&State) -> bool) -> Vec<Conflict> {
    let mut touched: BTreeMap<&Key, Vec<(usize, Option<&str>)>> = BTreeMap::new();
    for (place, proposal) in proposals.iter().enumerate() {
        if !counts(&proposal.state) {
            continue;
        }
        for Change { key, action, .. } in &proposal.changes {
            let touched = touched.entry(key).or_default();
            match action {
                Action::Set(fields) => {
                    touched.extend(fields.keys().map(|field| (place, Some(field.as_str()))));
                }
                Action::Add(_) | Action::Withdraw => touched.push((place, None)),
            }
        }
    }
    let mut found = BTreeSet::new();
    for (key, touches) in touched {
        for (index, (one, field)) in touches.iter().enumerate() {
            for (two, other) in &touches[index + 1..] {
                let meet = field.is_none() || other.is_none() || field == other;
                if one != two && meet {
                    found.insert(Conflict {
                        between: (*one.min(two), *one.max(two)),
                        key: key.clone(),
                        field: field.filter(|_| other.is_some()).map(str::to_owned),
                    });
                }
            }
        }
    }
    found.into_iter().collect()
}

/// What a proposal would do, if it were applied to the plan as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// What would differ, in order of kind and slug.
    pub diffs: Vec<RecordDiff>,
    /// The money of every theme that has any before or after, in order of slug.
    pub budget: Vec<Budget>,
    /// The indicators that the touched activities should move, before or after.
    pub indicators: BTreeSet<Slug>,
    /// The rules that the plan would then break; such a proposal cannot be applied.
    pub faults: Vec<Fault>,
    /// How its records have changed since it was made; then it has to be looked at again.
    pub stale: Vec<RecordDiff>,
}

/// The money in a theme's activities that have not been stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The theme.
    pub theme: Slug,
    /// As the plan stands.
    pub before: Pence,
    /// After the proposal.
    pub after: Pence,
}

/// Works out what a proposal would do on a day. An error where a change does not fit its record,
/// as where that has gone.
pub fn effect(history: &History, proposal: &Proposal, today: Date) -> Result<Effect, FoldError> {
    let draft = Draft {
        changes: proposal.changes.clone(),
        ..Draft::default()
    };
    let mut then = history.clone();
    // The entry is thrown away: when it would be recorded does not matter.
    then.append(draft.seal(history.head(), Timestamp::UNIX_EPOCH, today))?;
    let (before, after) = (history.current(), then.current());
    let diffs = diff_plans(&before, &after);
    let mut indicators = BTreeSet::new();
    for diff in &diffs {
        for record in diff.before().into_iter().chain([diff.record()]) {
            if let Record::Activity(activity) = record {
                indicators.extend(activity.moves.iter().cloned());
            }
        }
    }
    let (mut old, mut new) = (money(&before), money(&after));
    let themes: BTreeSet<Slug> = old.keys().chain(new.keys()).cloned().collect();
    let budget = themes.into_iter().map(|theme| Budget {
        before: old.remove(&theme).unwrap_or_default(),
        after: new.remove(&theme).unwrap_or_default(),
        theme,
    });
    Ok(Effect {
        budget: budget.collect(),
        indicators,
        faults: rule::check(&after, today),
        stale: history.differences_since(proposal.made_from, &proposal.changes),
        diffs,
    })
}

/// How records have changed since a proposal was made, where that is in its way: in a field that it
/// sets, or where the record came or went. What changed in other fields is no hindrance.
pub fn in_the_way(history: &History, proposal: &Proposal) -> Vec<RecordDiff> {
    let mut stale = history.differences_since(proposal.made_from, &proposal.changes);
    stale.retain(|diff| {
        proposal.changes.iter().any(|change| {
            change.key == diff.key
                && match (&change.action, &diff.what) {
                    (Action::Set(fields), What::Changed { fields: since, .. }) => {
                        since.iter().any(|since| fields.contains_key(since.field))
                    }
                    _ => true,
                }
        })
    });
    stale
}

fn money(plan: &Plan) -> BTreeMap<Slug, Pence> {
    let mut sums: BTreeMap<Slug, Pence> = BTreeMap::new();
    for activity in plan.activities.values() {
        if let Some(pence) = activity.funding_pence
            && activity.stage != Some(Stage::Stopped)
        {
            let sum = sums.entry(activity.theme.clone()).or_default();
            *sum = Pence(sum.0.saturating_add(pence.0));
        }
    }
    sums
}

#[cfg(test)]
#[path = "proposal_tests.rs"]
mod tests;
