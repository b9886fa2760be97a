//! A meeting: an agenda that fills itself, quorum, interests, and votes counted to an outcome.
//!
//! Keeping meetings and votes belongs to the store, whose tables refuse a second vote.

use std::collections::BTreeSet;

use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    date::spell_day,
    history::History,
    plan::Plan,
    record::{Confidence, Key, Kind, Stage, words},
    review::Advice,
    slug::Slug,
};

words! {
    /// What an agenda item is about, in the order of the agenda.
    pub enum Sort {
        /// Something that was promised at an earlier meeting.
        Action = "action" / "action from last time",
        /// A review's recommendation that awaits a decision.
        Recommendation = "recommendation" / "recommendation",
        /// A proposal that awaits a decision.
        Proposal = "proposal" / "proposal",
        /// An activity whose delivery appears unlikely.
        Red = "red" / "activity at red",
        /// An activity of which nothing has been heard for too long.
        Overdue = "overdue" / "overdue update",
        /// A signal to which nobody has responded.
        Signal = "signal" / "signal without response",
    }
}

/// A meeting of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meeting {
    /// What it is called.
    pub title: String,
    /// The group that meets.
    pub group: Slug,
    /// The day.
    pub date: Date,
    /// How many members without an interest must be present for an item to be decided.
    pub quorum: usize,
    /// The agenda, as [`agenda`] filled it and the chair left it.
    pub items: Vec<Item>,
}

/// One item of an agenda.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its name among the meeting's items, the same whenever the agenda is filled: `red.hub`.
    pub id: String,
    /// What it is about.
    pub sort: Sort,
    /// What people read.
    pub title: String,
    /// More to know.
    pub note: String,
    /// The record that it concerns, where there is one.
    pub about: Option<Key>,
}

/// A recommendation that awaits a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAdvice {
    /// The review.
    pub review: i64,
    /// The activity.
    pub activity: Slug,
    /// What is recommended.
    pub advice: Advice,
    /// Why.
    pub reason: String,
}

/// A proposal that awaits a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenProposal {
    /// Its number.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// Why.
    pub reason: String,
    /// The themes that it concerns; none for governance.
    pub themes: BTreeSet<Slug>,
}

/// An action that is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAction {
    /// Its number.
    pub id: i64,
    /// What is to be done.
    pub what: String,
    /// By when.
    pub due: Option<Date>,
}

/// An activity of which nothing has been heard for too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overdue {
    /// The activity.
    pub activity: Slug,
    /// The date of the last change to it.
    pub last: Date,
}

/// What is open beside the plan: of the meeting's own group, save for what the theme sorts out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Open<'a> {
    /// Recommendations without a decision.
    pub advice: &'a [OpenAdvice],
    /// Proposals without a decision.
    pub proposals: &'a [OpenProposal],
    /// Actions that are not done.
    pub actions: &'a [OpenAction],
    /// Overdue updates, as [`overdue`] finds them.
    pub overdue: &'a [Overdue],
}

/// Activities, approved or under way, whose last change is more than `days` before `today`.
pub fn overdue(history: &History, today: Date, days: i32) -> Vec<Overdue> {
    let limit = today.saturating_sub(days.days());
    let plan = history.current();
    let live = plan.activities.iter().filter(|(_, activity)| {
        matches!(activity.stage, Some(Stage::Approved | Stage::Delivering))
    });
    let late = live.filter_map(|(slug, _)| {
        let track = history.track(&Key::new(Kind::Activity, slug.clone()))?;
        let last = track.versions().last()?.on;
        (last < limit).then(|| Overdue {
            activity: slug.clone(),
            last,
        })
    });
    late.collect()
}

/// The agenda of a group: with a theme, what concerns that theme or none; without, everything. An
/// activity that is at red is not listed again as overdue.
pub fn agenda(plan: &Plan, theme: Option<&Slug>, open: Open<'_>) -> Vec<Item> {
    let concerns = |other: &Slug| theme.is_none_or(|theme| theme == other);
    let activity = |slug: &Slug| plan.activities.get(slug).filter(|one| concerns(&one.theme));
    let item = |sort: Sort, name: String, title: &str, note: String, about: Option<Key>| Item {
        id: format!("{}.{name}", sort.word()),
        sort,
        title: title.to_owned(),
        note,
        about,
    };
    let key = |slug: &Slug| Some(Key::new(Kind::Activity, slug.clone()));
    let mut items = Vec::new();
    for action in open.actions {
        let note = action
            .due
            .map_or_else(String::new, |due| format!("due {}", spell_day(due)));
        items.push(item(
            Sort::Action,
            action.id.to_string(),
            &action.what,
            note,
            None,
        ));
    }
    for one in open.advice {
        if let Some(record) = activity(&one.activity) {
            let name = format!("{}.{}", one.review, one.activity);
            let note = format!("{}: {}", one.advice, one.reason);
            let about = key(&one.activity);
            items.push(item(Sort::Recommendation, name, &record.title, note, about));
        }
    }
    for one in open.proposals {
        if one.themes.is_empty() || one.themes.iter().any(concerns) {
            let (name, note) = (one.id.to_string(), one.reason.clone());
            items.push(item(Sort::Proposal, name, &one.title, note, None));
        }
    }
    let is_red = |slug: &Slug| {
        activity(slug).is_some_and(|record| {
            let over = matches!(record.stage, Some(Stage::Completed | Stage::Stopped));
            record.confidence == Some(Confidence::Red) && !over
        })
    };
    let silence = |slug: &Slug| {
        let late = open.overdue.iter().find(|late| late.activity == *slug)?;
        Some(format!("no news since {}", spell_day(late.last)))
    };
    for (slug, record) in plan.activities.iter().filter(|(slug, _)| is_red(slug)) {
        let note = silence(slug).unwrap_or_default();
        items.push(item(
            Sort::Red,
            slug.to_string(),
            &record.title,
            note,
            key(slug),
        ));
    }
    for late in open.overdue.iter().filter(|late| !is_red(&late.activity)) {
        if let Some(record) = activity(&late.activity) {
            let note = silence(&late.activity).unwrap_or_default();
            let (name, about) = (late.activity.to_string(), key(&late.activity));
            items.push(item(Sort::Overdue, name, &record.title, note, about));
        }
    }
    let answered: BTreeSet<&Slug> = plan
        .activities
        .values()
        .flat_map(|activity| &activity.answers)
        .collect();
    for (slug, signal) in &plan.signals {
        if signal.response.is_none() && !answered.contains(slug) && concerns(&signal.theme) {
            let about = Some(Key::new(Kind::Signal, slug.clone()));
            let note = signal.kind.to_string();
            items.push(item(
                Sort::Signal,
                slug.to_string(),
                &signal.title,
                note,
                about,
            ));
        }
    }
    items
}

words! {
    /// How a member votes.
    pub enum Choice {
        /// For it.
        For = "for" / "for",
        /// Against it.
        Against = "against" / "against",
        /// Neither; counts towards the quorum.
        Abstain = "abstain" / "abstains",
    }
}

words! {
    /// What a vote comes to.
    pub enum Outcome {
        /// More are for it than against it.
        Carried = "carried" / "carried",
        /// More are against it than for it.
        Lost = "lost" / "lost",
        /// As many are for it as against it: not carried, unless the chair's second vote decides.
        Tied = "tied" / "tied",
        /// Too few members could vote.
        Inquorate = "inquorate" / "not quorate",
    }
}

/// One member's vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// The member's id.
    pub member: String,
    /// How the member votes.
    pub choice: Choice,
}

/// Who can vote on an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bench {
    /// The members who are present, by id.
    pub present: BTreeSet<String>,
    /// Those with an interest in the item, present or not: they neither vote nor make a quorum.
    pub interested: BTreeSet<String>,
    /// How many members without an interest must be present.
    pub quorum: usize,
}

impl Bench {
    /// How many are present and free to vote.
    pub fn free(&self) -> usize {
        self.present.difference(&self.interested).count()
    }

    /// Whether enough are present and free to vote.
    pub fn is_quorate(&self) -> bool {
        self.free() >= self.quorum
    }
}

/// Votes counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Votes for it.
    pub votes_for: usize,
    /// Votes against it.
    pub against: usize,
    /// Abstentions.
    pub abstained: usize,
    /// Members whose vote does not count, because of an interest or because they are not present.
    pub set_aside: Vec<String>,
    /// What it comes to.
    pub outcome: Outcome,
}

/// Why votes cannot be counted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TallyError {
    /// A member has voted twice.
    #[error("member {0} has voted twice")]
    Twice(String),
}

/// Counts the votes on an item. `casting` is the chair's second vote, asked for where it is tied.
pub fn tally(bench: &Bench, votes: &[Vote], casting: Option<Choice>) -> Result<Tally, TallyError> {
    let mut seen = BTreeSet::new();
    if let Some(vote) = votes.iter().find(|vote| !seen.insert(&vote.member)) {
        return Err(TallyError::Twice(vote.member.clone()));
    }
    let counts = |vote: &&Vote| {
        bench.present.contains(&vote.member) && !bench.interested.contains(&vote.member)
    };
    let count = |choice| {
        votes
            .iter()
            .filter(counts)
            .filter(|vote| vote.choice == choice)
            .count()
    };
    let (votes_for, against) = (count(Choice::For), count(Choice::Against));
    let outcome = match votes_for.cmp(&against) {
        _ if !bench.is_quorate() => Outcome::Inquorate,
        std::cmp::Ordering::Greater => Outcome::Carried,
        std::cmp::Ordering::Less => Outcome::Lost,
        std::cmp::Ordering::Equal => match casting {
            Some(Choice::For) => Outcome::Carried,
            Some(Choice::Against) => Outcome::Lost,
            Some(Choice::Abstain) | None => Outcome::Tied,
        },
    };
    let set_aside = votes.iter().filter(|vote| !counts(vote));
    Ok(Tally {
        votes_for,
        against,
        abstained: count(Choice::Abstain),
        set_aside: set_aside.map(|vote| vote.member.clone()).collect(),
        outcome,
    })
}

#[cfg(test)]
#[path = "meeting_tests.rs"]
mod tests;
