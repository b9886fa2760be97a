//! The pipeline: activities, the signals they answer, decisions and milestones.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{is_default, record, words};
use crate::{amount::Pence, date::PartialDate, slug::Slug, source::Source};

record! {
    /// A line of the pipeline: `activities/*.md`.
    pub struct Activity {
        required {
            /// Its title.
            title: String,
            /// The theme that it belongs to.
            theme: Slug,
            /// What it is, in a sentence or two.
            summary: String,
        }
        optional {
            /// Where it stands; left out where no source says.
            stage: Option<Stage>,
            /// The objectives that it works towards.
            objectives: Vec<Slug>,
            /// The organisations that own it, and their parts.
            owners: Vec<Ownership>,
            /// Where it takes place.
            areas: Vec<Slug>,
            /// When it starts or started.
            start: Option<PartialDate>,
            /// When it ends or ended.
            end: Option<PartialDate>,
            /// All the money in it, in pence.
            funding_pence: Option<Pence>,
            /// What the funding figure covers, where that needs saying.
            funding_note: Option<String>,
            /// What it makes or made.
            outputs: Vec<String>,
            /// What changed because of it.
            outcomes: Vec<String>,
            /// The signals that it answers: why it exists.
            answers: Vec<Slug>,
            /// The indicators that it should move.
            moves: Vec<Slug>,
            /// Activities that must go before it.
            depends_on: Vec<Slug>,
            /// How sure its lead is of delivery.
            confidence: Option<Confidence>,
            /// Which way that confidence is going.
            trend: Option<Trend>,
            /// What happened when.
            events: Vec<Event>,
            /// The reports on it, the oldest first.
            updates: Vec<Update>,
            /// Earlier slugs.
            was: Vec<Slug>,
            /// Sources.
            sources: Vec<Source>,
            /// More about it, in Markdown.
            body: String,
        }
    }
}

words! {
    /// Where an activity stands.
    pub enum Stage {
        /// Someone has proposed it.
        Idea = "idea" / "idea",
        /// It is being worked out.
        Developing = "developing" / "developing",
        /// It has been agreed, and funding or consent is given.
        Approved = "approved" / "approved",
        /// It is under way.
        Delivering = "delivering" / "delivering",
        /// It is done.
        Completed = "completed" / "completed",
        /// It is on hold.
        Paused = "paused" / "paused",
        /// It ended before it was done.
        Stopped = "stopped" / "stopped",
    }
}

words! {
    /// How sure an activity's lead is of delivery.
    pub enum Confidence {
        /// Delivery to time, cost and quality appears unlikely without action.
        Red = "red" / "red",
        /// Delivery is feasible, but needs attention.
        Amber = "amber" / "amber",
        /// Delivery is on course.
        Green = "green" / "green",
    }
}

words! {
    /// Which way confidence is going.
    pub enum Trend {
        /// Getting better.
        Improving = "improving" / "improving",
        /// Much the same.
        Steady = "steady" / "steady",
        /// Getting worse.
        Worsening = "worsening" / "worsening",
    }
}

/// An organisation's part in an activity. Names a record, or a body that has none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ownership {
    /// The organisation; either this or `name`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub organisation: Option<Slug>,
    /// The name of a body that has no record, as the source writes it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: Option<String>,
    /// Its part.
    pub part: Part,
    /// What it pays, in pence, where it funds and a source says.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pence: Option<Pence>,
    /// Anything to add.
    #[serde(default, skip_serializing_if = "is_default")]
    pub note: Option<String>,
    /// What the organisation itself says to its part; left out where it has not been heard.
    #[serde(default, skip_serializing_if = "is_default")]
    pub answer: Option<Answer>,
}

/// An organisation's own answer to its part in an activity.
///
/// It stands in the plan, not in a table beside it: ownership is public, so whether it is accepted
/// must be versioned, exported and published with the edition that counts it. It names the
/// organisation and a day, never the person who answered; that is the entry's actor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Whether it takes the part.
    pub kind: AnswerKind,
    /// When it answered last.
    pub date: PartialDate,
    /// Why, where it declines.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reason: Option<String>,
}

words! {
    /// What an organisation answers.
    pub enum AnswerKind {
        /// It takes the part.
        Accepted = "accepted" / "accepted",
        /// It does not take the part.
        Declined = "declined" / "declined",
    }
}

/// A dated report on an activity, by those who answer for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Update {
    /// The day of the report.
    pub date: PartialDate,
    /// How sure its lead was of delivery.
    pub confidence: Confidence,
    /// Which way that confidence was going.
    #[serde(default, skip_serializing_if = "is_default")]
    pub trend: Option<Trend>,
    /// What had changed, in at most 250 words.
    #[serde(default, skip_serializing_if = "is_default")]
    pub text: Option<String>,
    /// The milestones met since the report before.
    #[serde(default, skip_serializing_if = "is_default")]
    pub milestones: Vec<String>,
    /// All that was spent by then, in pence.
    #[serde(default, skip_serializing_if = "is_default")]
    pub spent_pence: Option<Pence>,
}

words! {
    /// An organisation's part in an activity.
    pub enum Part {
        /// Answers for it.
        Leads = "leads" / "leads",
        /// Does part of the work.
        Delivers = "delivers" / "delivers",
        /// Pays for it.
        Funds = "funds" / "funds",
        /// Gives advice.
        Advises = "advises" / "advises",
    }
}

/// Something that happened to an activity, with its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When it happened.
    pub date: PartialDate,
    /// What happened.
    pub what: EventKind,
    /// The stage, where `what` is `stated`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub stage: Option<Stage>,
    /// What happened, in words.
    #[serde(default, skip_serializing_if = "is_default")]
    pub note: Option<String>,
    /// Where that is said; left out where it is the activity's own source.
    #[serde(default, skip_serializing_if = "is_default")]
    pub source: Option<Source>,
}

words! {
    /// What happened to an activity.
    pub enum EventKind {
        /// Made public; says nothing of its stage.
        Announced = "announced" / "announced",
        /// Agreed: the stage becomes approved.
        Approved = "approved" / "approved",
        /// Begun: the stage becomes delivering.
        Started = "started" / "started",
        /// Finished: the stage becomes completed.
        Completed = "completed" / "completed",
        /// Put on hold: the stage becomes paused.
        Paused = "paused" / "paused",
        /// Ended early: the stage becomes stopped.
        Stopped = "stopped" / "stopped",
        /// A source states its stage at this date.
        Stated = "stated" / "stage stated",
        /// A step on the way; says nothing of its stage.
        Milestone = "milestone" / "milestone",
    }
}

impl Event {
    /// The stage that the activity is in after this, where the event says so.
    pub fn implied_stage(&self) -> Option<Stage> {
        match self.what {
            EventKind::Approved => Some(Stage::Approved),
            EventKind::Started => Some(Stage::Delivering),
            EventKind::Completed => Some(Stage::Completed),
            EventKind::Paused => Some(Stage::Paused),
            EventKind::Stopped => Some(Stage::Stopped),
            EventKind::Stated => self.stage,
            EventKind::Announced | EventKind::Milestone => None,
        }
    }
}

impl Activity {
    /// The slugs of the organisations with a part, such as those that lead.
    pub fn organisations(&self, part: Part) -> impl Iterator<Item = &Slug> {
        self.owners
            .iter()
            .filter(move |owner| owner.part == part)
            .filter_map(|owner| owner.organisation.as_ref())
    }

    /// The stage that the activity's dated events lead to, in order of date.
    pub fn stage_from_events(&self) -> Option<Stage> {
        let mut events: Vec<&Event> = self.events.iter().collect();
        events.sort_by_key(|event| event.date);
        events.iter().rev().find_map(|event| event.implied_stage())
    }
}

record! {
    /// An opportunity or a challenge: `signals/*.md`.
    pub struct Signal {
        required {
            /// The signal in a few words.
            title: String,
            /// Opportunity or challenge.
            kind: SignalKind,
            /// The theme that it concerns.
            theme: Slug,
            /// What was seen.
            summary: String,
        }
        optional {
            /// When it was seen.
            seen: Option<PartialDate>,
            /// The areas that it concerns.
            areas: Vec<Slug>,
            /// The indicators that show it.
            indicators: Vec<Slug>,
            /// What the region does about it.
            response: Option<Response>,
            /// Earlier slugs.
            was: Vec<Slug>,
            /// Sources.
            sources: Vec<Source>,
            /// More about it, in Markdown.
            body: String,
        }
    }
}

words! {
    /// The sort of a signal.
    pub enum SignalKind {
        /// Something to gain.
        Opportunity = "opportunity" / "opportunity",
        /// Something in the way.
        Challenge = "challenge" / "challenge",
    }
}

/// What the region does about a signal. Activities that answer it name it themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// The sort of response.
    pub kind: ResponseKind,
    /// Watched until when.
    #[serde(default, skip_serializing_if = "is_default")]
    pub until: Option<PartialDate>,
    /// The reason.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reason: Option<String>,
    /// The number of the proposal that takes it up, where it waits for a decision on one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub proposal: Option<u32>,
}

words! {
    /// The sort of a response.
    pub enum ResponseKind {
        /// Activities answer it.
        Answered = "answered" / "answered",
        /// It is watched until a date.
        Watched = "watched" / "watched",
        /// It is closed, with a reason.
        Closed = "closed" / "closed",
    }
}

record! {
    /// What a body decided: `decisions/*.md`.
    pub struct Decision {
        required {
            /// The decision in a few words.
            title: String,
            /// When it was taken.
            date: PartialDate,
        }
        optional {
            /// The group that took it.
            group: Option<Slug>,
            /// The organisation that took it.
            organisation: Option<Slug>,
            /// Who took it, in words, where no record names it.
            by: Option<String>,
            /// The theme that it concerns; none for governance.
            theme: Option<Slug>,
            /// The activities that it concerns.
            activities: Vec<Slug>,
            /// The signals that led to it.
            signals: Vec<Slug>,
            /// Why.
            reason: Option<String>,
            /// What it does.
            effect: Option<String>,
            /// Earlier slugs.
            was: Vec<Slug>,
            /// Sources.
            sources: Vec<Source>,
            /// More about it, in Markdown.
            body: String,
        }
    }
}

record! {
    /// Something that happened on a date: a row of `milestones.csv`.
    pub struct Milestone {
        required {
            /// When it happened.
            date: PartialDate,
            /// What happened.
            what: String,
        }
        optional {
            /// Who did it, in words.
            who: Option<String>,
            /// The theme that it concerns; none for governance.
            theme: Option<Slug>,
            /// The activities that it belongs to.
            activities: Vec<Slug>,
            /// Sources.
            sources: Vec<Source>,
        }
    }
}
