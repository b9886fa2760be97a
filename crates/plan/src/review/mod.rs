//! A review: a round in which a group's members score activities against weighted criteria.
//!
//! Owns who may score what and when, and what a score is worth ([`results`] has the arithmetic,
//! [`rank`] the ranking, [`draw`] the draws of the weights). Keeping rounds and scores belongs to
//! the store; who may see them, to the policy. People are ids here, never names.

pub mod draw;
pub mod rank;
pub mod results;

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{plan::Plan, record::words, slug::Slug};

/// The most points that a criterion gives; the least is 0.
pub const MOST: u8 = 4;

/// A round of review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Round {
    /// What it is called.
    pub title: String,
    /// The group whose members score.
    pub group: Slug,
    /// What they score, each once.
    pub activities: Vec<Slug>,
    /// What they score it against, each once.
    pub criteria: Vec<Criterion>,
    /// The first day on which scores are taken.
    pub opens: Date,
    /// The last day on which a score counts.
    pub closes: Date,
    /// What members are asked beside their scores.
    #[serde(default)]
    pub questions: Vec<String>,
    /// Closed by hand on its last day: no score is taken from then on, not even a late one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}

/// What activities are scored against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Its name in addresses and tables.
    pub id: Slug,
    /// The question that it asks.
    pub title: String,
    /// How much it weighs beside the others: only the shares of the sum matter.
    pub weight: u32,
}

/// Someone who may score: an id, never a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// The person's id.
    pub id: String,
    /// The organisations for which the person speaks.
    pub organisations: Vec<Slug>,
}

/// One member's score of one activity against one criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// The member's id.
    pub member: String,
    /// The activity.
    pub activity: Slug,
    /// The criterion.
    pub criterion: Slug,
    /// 0 to [`MOST`]; none where the member abstains.
    pub points: Option<u8>,
    /// Why; may be empty where the member abstains.
    pub reason: String,
    /// The day on which it was given.
    pub on: Date,
}

/// A member's interest in an activity, declared or plain from the plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Interest {
    /// The member's id.
    pub member: String,
    /// The activity.
    pub activity: Slug,
    /// What ties them.
    pub reason: String,
}

words! {
    /// Where a round stands on a day.
    pub enum Phase {
        /// Scores are not taken yet.
        Planned = "planned" / "not open yet",
        /// Scores are taken, and nobody sees another's.
        Open = "open" / "open",
        /// The results are to be seen; a score that comes now is late.
        Closed = "closed" / "closed",
    }
}

words! {
    /// What a group recommends for an activity.
    pub enum Advice {
        /// Begin it.
        Start = "start" / "start",
        /// Go on as planned.
        Continue = "continue" / "continue",
        /// Do it sooner or with more.
        Accelerate = "accelerate" / "accelerate",
        /// Change what it does.
        Change = "change" / "change",
        /// Put it on hold.
        Pause = "pause" / "pause",
        /// End it.
        Stop = "stop" / "stop",
    }
}

/// Why a round cannot be held as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoundFault {
    /// The group is not in the plan.
    #[error("there is no group “{0}”")]
    NoGroup(Slug),
    /// An activity is not in the plan.
    #[error("there is no activity “{0}”")]
    NoActivity(Slug),
    /// Something stands twice.
    #[error("“{0}” is named twice")]
    Twice(Slug),
    /// There is nothing to score.
    #[error("a review needs at least one activity")]
    NoActivities,
    /// There is nothing to score against.
    #[error("a review needs at least one criterion with a weight")]
    NoWeight,
    /// It would close before it opens.
    #[error("the review closes ({closes}) before it opens ({opens})")]
    Dates {
        /// Its first day.
        opens: Date,
        /// Its last day.
        closes: Date,
    },
}

/// Why a score is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScoreError {
    /// The round is not open yet.
    #[error("scores are taken from {opens}")]
    NotOpen {
        /// Its first day.
        opens: Date,
    },
    /// The activity is not in the round.
    #[error("“{0}” is not in this review")]
    NoActivity(Slug),
    /// The criterion is not in the round.
    #[error("this review has no criterion “{0}”")]
    NoCriterion(Slug),
    /// The person is not a member of the group.
    #[error("only members of the group score")]
    NotAMember,
    /// The points are out of range.
    #[error("a score is from 0 to {MOST}: {0} is not")]
    Range(u8),
    /// The round was closed by hand.
    #[error("the review has been closed")]
    Ended,
    /// Points were given without a reason.
    #[error("a score needs a reason")]
    NoReason,
    /// The member has an interest in the activity.
    #[error("you have an interest in this activity: {reason}")]
    Interest {
        /// What ties them.
        reason: String,
    },
}

impl Round {
    /// Where the round stands.
    pub fn phase(&self, today: Date) -> Phase {
        if self.ended {
            Phase::Closed
        } else if today < self.opens {
            Phase::Planned
        } else if today <= self.closes {
            Phase::Open
        } else {
            Phase::Closed
        }
    }

    /// Closes an open round by hand: this day is its last.
    pub fn end(&mut self, today: Date) {
        self.closes = today;
        self.ended = true;
    }

    /// Everything that keeps the round from being held.
    pub fn faults(&self, plan: &Plan) -> Vec<RoundFault> {
        let mut faults = Vec::new();
        if !plan.groups.contains_key(&self.group) {
            faults.push(RoundFault::NoGroup(self.group.clone()));
        }
        if self.activities.is_empty() {
            faults.push(RoundFault::NoActivities);
        }
        if self.criteria.iter().all(|criterion| criterion.weight == 0) {
            faults.push(RoundFault::NoWeight);
        }
        if self.closes < self.opens {
            faults.push(RoundFault::Dates {
                opens: self.opens,
                closes: self.closes,
            });
        }
        let missing = self
            .activities
            .iter()
            .filter(|slug| !plan.activities.contains_key(*slug));
        faults.extend(missing.cloned().map(RoundFault::NoActivity));
        let (mut activities, mut criteria) = (BTreeSet::new(), BTreeSet::new());
        let twice = self
            .activities
            .iter()
            .filter(|slug| !activities.insert(*slug));
        faults.extend(twice.cloned().map(RoundFault::Twice));
        let ids = self.criteria.iter().map(|criterion| &criterion.id);
        let twice = ids.filter(|id| !criteria.insert(*id));
        faults.extend(twice.cloned().map(RoundFault::Twice));
        faults
    }

    /// Whether a score may be kept. One that comes after closing may: it is late, is listed, and
    /// does not count. After a closing by hand none may, because a score of that day would count.
    pub fn admit(
        &self,
        members: &[Member],
        interests: &[Interest],
        score: &Score,
    ) -> Result<(), ScoreError> {
        if score.on < self.opens {
            return Err(ScoreError::NotOpen { opens: self.opens });
        }
        if self.ended {
            return Err(ScoreError::Ended);
        }
        if !self.activities.contains(&score.activity) {
            return Err(ScoreError::NoActivity(score.activity.clone()));
        }
        if !self
            .criteria
            .iter()
            .any(|criterion| criterion.id == score.criterion)
        {
            return Err(ScoreError::NoCriterion(score.criterion.clone()));
        }
        if !members.iter().any(|member| member.id == score.member) {
            return Err(ScoreError::NotAMember);
        }
        let interest = interests.iter().find(|interest| {
            interest.member == score.member && interest.activity == score.activity
        });
        if let Some(interest) = interest {
            return Err(ScoreError::Interest {
                reason: interest.reason.clone(),
            });
        }
        match score.points {
            Some(points) if points > MOST => Err(ScoreError::Range(points)),
            Some(_) if score.reason.trim().is_empty() => Err(ScoreError::NoReason),
            _ => Ok(()),
        }
    }

    /// The interests that the plan makes plain: a member speaks for an organisation that has a
    /// part in the activity. To be joined with those that members declare.
    pub fn plain_interests(&self, plan: &Plan, members: &[Member]) -> Vec<Interest> {
        let mut interests = Vec::new();
        for slug in &self.activities {
            let Some(activity) = plan.activities.get(slug) else {
                continue;
            };
            for member in members {
                let own = activity.owners.iter().find(|owner| {
                    let organisation = owner.organisation.as_ref();
                    organisation.is_some_and(|slug| member.organisations.contains(slug))
                });
                if let Some((owner, organisation)) =
                    own.and_then(|owner| Some((owner, owner.organisation.as_ref()?)))
                {
                    let name = plan
                        .organisations
                        .get(organisation)
                        .map_or(organisation.as_str(), |record| record.name.as_str());
                    interests.push(Interest {
                        member: member.id.clone(),
                        activity: slug.clone(),
                        reason: format!("{name} {} it", owner.part.words()),
                    });
                }
            }
        }
        interests
    }
}

#[cfg(test)]
mod tests;
