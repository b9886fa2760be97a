//! What changed and why, told so that a resident understands it.
//!
//! Takes the difference of two plans and the history behind it, and gives sentences in pieces that
//! pages and commands lay out: no markup here.

mod activity;
mod field;
mod word;

pub use field::{describe, spell_field, tell as tell_field};
pub use word::diff_words;

use std::{borrow::Cow, collections::BTreeMap, num::NonZero, panic::resume_unwind, thread};

use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use crate::{
    date::{PartialDate, spell_date},
    diff::{RecordDiff, What, diff_plans},
    genesis,
    history::History,
    plan::Plan,
    record::{Key, Kind, Record},
    slug::Slug,
    source::Source,
};

/// A point in the ledger's two times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Point {
    /// The last entry that counts.
    pub through: u64,
    /// The date whose state is meant.
    pub as_of: Date,
}

/// From how many changes on it pays to share them between threads.
const MANY: usize = 512;

/// What changed between two points.
#[derive(Clone, Debug, Serialize)]
pub struct Story<'h> {
    /// How many activities did what, and how many texts changed.
    pub counts: BTreeMap<Label, usize>,
    /// The changes: the strategy first, then by theme, then figures and who takes part.
    pub chapters: Vec<Chapter<'h>>,
}

/// The changes under one heading.
#[derive(Clone, Debug, Serialize)]
pub struct Chapter<'h> {
    /// The theme, where the chapter is one.
    pub theme: Option<Slug>,
    /// The heading.
    pub title: String,
    /// The changes, the weightiest first.
    pub items: Vec<Item<'h>>,
}

/// One change.
#[derive(Clone, Debug, Serialize)]
pub struct Item<'h> {
    /// The record's kind and slug.
    pub key: Key,
    /// One word for it.
    pub label: Label,
    /// The sentence.
    pub sentence: Vec<Piece>,
    /// More that changed in the same record, a line each.
    pub details: Vec<Vec<Piece>>,
    /// Why, and who decided.
    pub reasons: Vec<Reason<'h>>,
    /// The published source of the change.
    pub evidence: Option<Source>,
}

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// Plain words.
    Text(String),
    /// A record's title, to be linked.
    Link(Key, String),
    /// Words that went.
    Removed(String),
    /// Words that came.
    Inserted(String),
}

impl Piece {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// The pieces as plain text: what went in `[-…-]`, what came in `{+…+}`.
pub fn plain(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) | Piece::Link(_, text) => text.clone(),
            Piece::Removed(text) => format!("[-{text}-]"),
            Piece::Inserted(text) => format!("{{+{text}+}}"),
        })
        .collect()
}

/// Why a change was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason<'h> {
    /// The reason in words.
    pub text: Cow<'h, str>,
    /// Who decided, in words.
    pub by: Option<String>,
    /// The decision.
    pub decision: Option<Slug>,
    /// The entry that carries the change.
    pub entry: Option<u64>,
    /// When it was recorded.
    pub recorded_at: Option<Timestamp>,
}

/// One word for a change; the weightiest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// An activity ended early.
    Stopped,
    /// An activity was put on hold.
    Paused,
    /// An activity is done.
    Finished,
    /// An activity is under way.
    Started,
    /// An activity's end moved later.
    Slipped,
    /// An activity's end moved earlier.
    BroughtForward,
    /// An activity's stage changed in another way.
    Moved,
    /// A body decided something.
    Decided,
    /// A record is new.
    New,
    /// A record is recorded for the first time; no source says that it began in this time.
    Recorded,
    /// A signal got a response.
    Answered,
    /// A new figure was published.
    Measured,
    /// Something happened.
    Happened,
    /// A record goes by another slug.
    Renamed,
    /// A text changed.
    Reworded,
    /// Something else changed.
    Changed,
    /// A record left the plan.
    Withdrawn,
}

impl Label {
    /// The word that people read.
    pub fn words(self) -> &'static str {
        match self {
            Self::Stopped => "Stopped",
            Self::Paused => "Paused",
            Self::Finished => "Finished",
            Self::Started => "Started",
            Self::Slipped => "Slipped",
            Self::BroughtForward => "Brought forward",
            Self::Moved => "Moved",
            Self::Decided => "Decided",
            Self::New => "New",
            Self::Recorded => "First recorded",
            Self::Answered => "Answered",
            Self::Measured => "Measured",
            Self::Happened => "Happened",
            Self::Renamed => "Renamed",
            Self::Reworded => "Reworded",
            Self::Changed => "Changed",
            Self::Withdrawn => "Withdrawn",
        }
    }
}

/// Tells what changed from one point to another.
pub fn tell(history: &History, from: Point, to: Point) -> Story<'_> {
    let (before, after) = thread::scope(|scope| {
        let before = scope.spawn(|| history.plan_at(from.through, from.as_of));
        let after = history.plan_at(to.through, to.as_of);
        (
            before.join().unwrap_or_else(|panic| resume_unwind(panic)),
            after,
        )
    });
    tell_between(history, (&before, from), (&after, to))
}

/// As [`tell`], with the plans at hand.
pub fn tell_between<'h>(
    history: &'h History,
    (before, from): (&Plan, Point),
    (after, to): (&Plan, Point),
) -> Story<'h> {
    let diffs = diff_plans(before, after);
    let teller = Teller {
        before,
        after,
        history,
        from,
        to,
        decided: decided_between(before, after),
    };
    let mut chapters: BTreeMap<Heading, Vec<Item<'h>>> = BTreeMap::new();
    let mut counts = BTreeMap::new();
    for (diff, item) in diffs.iter().zip(teller.items(&diffs)) {
        if matches!(diff.key.kind, Kind::Activity) || item.label == Label::Reworded {
            *counts.entry(item.label).or_default() += 1;
        }
        chapters.entry(teller.heading(diff)).or_default().push(item);
    }
    let chapters = chapters
        .into_iter()
        .map(|(heading, mut items)| {
            items.sort_by(|one, two| (one.label, &one.key).cmp(&(two.label, &two.key)));
            teller.chapter(&heading, items)
        })
        .collect();
    Story { counts, chapters }
}

impl Story<'_> {
    /// How many activities, or texts, carry a label.
    pub fn count(&self, label: Label) -> usize {
        self.counts.get(&label).copied().unwrap_or_default()
    }

    /// How many changes there are.
    pub fn len(&self) -> usize {
        self.chapters
            .iter()
            .map(|chapter| chapter.items.len())
            .sum()
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.chapters.is_empty()
    }

    /// The summary at the top: “One activity started, 2 finished and one slipped.”
    pub fn summary(&self) -> String {
        const TOLD: [(Label, &str); 10] = [
            (Label::New, "joined the pipeline"),
            (Label::Started, "started"),
            (Label::Moved, "moved on"),
            (Label::Finished, "finished"),
            (Label::Paused, "paused"),
            (Label::Stopped, "stopped"),
            (Label::Slipped, "slipped"),
            (Label::BroughtForward, "came forward"),
            (Label::Withdrawn, "left the pipeline"),
            (Label::Recorded, "were recorded for the first time"),
        ];
        let told: Vec<(usize, &str)> = TOLD
            .iter()
            .map(|(label, words)| (self.count(*label), *words))
            .filter(|(count, _)| *count > 0)
            .collect();
        let mut sentences = Vec::new();
        if !told.is_empty() {
            let parts: Vec<String> = told
                .iter()
                .enumerate()
                .map(|(index, (count, words))| match (index, *count) {
                    (0, 1) => format!("one activity {}", words.replace("were", "was")),
                    (0, count) => format!("{count} activities {words}"),
                    (_, 1) => format!("one {}", words.replace("were", "was")),
                    (_, count) => format!("{count} {words}"),
                })
                .collect();
            sentences.push(format!("{}.", capitalise(&join_and(&parts))));
        }
        match self.count(Label::Reworded) {
            0 => {}
            1 => sentences.push("The wording of one text changed.".to_owned()),
            count => sentences.push(format!("The wording of {count} texts changed.")),
        }
        let said: usize = told.iter().map(|(count, _)| count).sum();
        let others = self.len() - said - self.count(Label::Reworded);
        match (others, sentences.is_empty()) {
            (0, true) => sentences.push("Nothing changed.".to_owned()),
            (0, false) => {}
            (1, true) => sentences.push("One record changed.".to_owned()),
            (1, false) => sentences.push("One other record changed.".to_owned()),
            (count, true) => sentences.push(format!("{count} records changed.")),
            (count, false) => sentences.push(format!("{count} other records changed.")),
        }
        sentences.join(" ")
    }
}

/// A decision and its reason: one sentence, or two where the reason is a sentence of its own.
fn because(title: &str, reason: Option<&str>) -> String {
    match reason {
        None => title.to_owned(),
        Some(why) if why.starts_with(char::is_uppercase) => format!("{title}. {why}"),
        Some(why) => format!("{title}, because {why}"),
    }
}

/// `a, b and c`.
pub fn join_and(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// With its first letter in upper case.
pub fn capitalise(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Where a change is told; the order of chapters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Heading {
    Strategy,
    Theme(u32, Slug),
    Figures,
    People,
}

struct Teller<'a, 'h> {
    before: &'a Plan,
    after: &'a Plan,
    history: &'h History,
    from: Point,
    to: Point,
    decided: BTreeMap<&'a Slug, Vec<&'a Slug>>,
}

/// The decisions that are new in the later plan, by the activities that they name.
fn decided_between<'a>(before: &Plan, after: &'a Plan) -> BTreeMap<&'a Slug, Vec<&'a Slug>> {
    let mut decided: BTreeMap<&Slug, Vec<&Slug>> = BTreeMap::new();
    for (slug, decision) in &after.decisions {
        if !before.decisions.contains_key(slug) {
            for activity in &decision.activities {
                decided.entry(activity).or_default().push(slug);
            }
        }
    }
    decided
}

impl<'h> Teller<'_, 'h> {
    fn heading(&self, diff: &RecordDiff) -> Heading {
        let record = diff.record();
        let theme = match record {
            Record::Theme(_) => Some(&diff.key.slug),
            other => other.theme(),
        };
        match (record, theme) {
            (_, Some(slug)) => {
                let theme = self
                    .after
                    .themes
                    .get(slug)
                    .or_else(|| self.before.themes.get(slug));
                Heading::Theme(theme.map_or(0, |theme| theme.order), slug.clone())
            }
            (Record::Observation(_) | Record::Indicator(_), None) => Heading::Figures,
            (Record::Organisation(_) | Record::Relationship(_) | Record::Group(_), None) => {
                Heading::People
            }
            _ => Heading::Strategy,
        }
    }

    fn chapter(&self, heading: &Heading, items: Vec<Item<'h>>) -> Chapter<'h> {
        let (theme, title) = match heading {
            Heading::Strategy => (None, "Strategy and governance".to_owned()),
            Heading::Figures => (None, "Figures".to_owned()),
            Heading::People => (None, "Who takes part".to_owned()),
            Heading::Theme(_, slug) => {
                let theme = self
                    .after
                    .themes
                    .get(slug)
                    .or_else(|| self.before.themes.get(slug));
                let title = theme.map_or_else(|| slug.to_string(), |theme| theme.title.clone());
                (Some(slug.clone()), title)
            }
        };
        Chapter {
            theme,
            title,
            items,
        }
    }

    /// The changes in their order; many are told by all cores at once.
    fn items(&self, diffs: &[RecordDiff]) -> Vec<Item<'h>> {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let tell = |part: &[RecordDiff]| -> Vec<Item<'h>> {
            part.iter().map(|diff| self.item(diff)).collect()
        };
        if diffs.len() < MANY || cores == 1 {
            return tell(diffs);
        }
        thread::scope(|scope| {
            let parts = diffs.chunks(diffs.len().div_ceil(cores));
            let parts: Vec<_> = parts.map(|part| scope.spawn(move || tell(part))).collect();
            let told = parts.into_iter().map(|part| part.join());
            told.flat_map(|part| part.unwrap_or_else(|panic| resume_unwind(panic)))
                .collect()
        })
    }

    fn item(&self, diff: &RecordDiff) -> Item<'h> {
        let (label, mut sentence, details) = match (&diff.what, diff.record()) {
            (_, Record::Activity(activity)) => activity::tell(self, diff, activity),
            (What::Added(_), record) => self.added(&diff.key, record),
            (What::Withdrawn(record), _) => {
                let sentence = vec![
                    Piece::text(format!("{}: ", record.kind().spoken())),
                    Piece::text(record.title()),
                    Piece::text(" is no longer part of the plan."),
                ];
                (Label::Withdrawn, sentence, Vec::new())
            }
            (What::Changed { .. } | What::Renamed { .. }, _) => self.changed(diff),
        };
        if let What::Renamed { from, .. } = &diff.what {
            sentence.push(Piece::text(format!(
                " It was called “{from}” in addresses before."
            )));
        }
        let (reasons, evidence) = self.reasons(diff);
        Item {
            key: diff.key.clone(),
            label,
            sentence,
            details,
            reasons,
            evidence,
        }
    }

    fn added(&self, key: &Key, record: &Record) -> (Label, Vec<Piece>, Vec<Vec<Piece>>) {
        let link = Piece::Link(key.clone(), field::title(self.after, record));
        match record {
            Record::Decision(decision) => {
                let when = Piece::text(format!(" ({})", spell_date(decision.date)));
                let effect = decision
                    .effect
                    .iter()
                    .map(|text| vec![Piece::text(text)])
                    .collect();
                (Label::Decided, vec![link, when], effect)
            }
            Record::Milestone(milestone) => {
                let words = format!("{} ({}).", milestone.what, spell_date(milestone.date));
                (Label::Happened, vec![Piece::text(words)], Vec::new())
            }
            Record::Observation(observation) => {
                let indicator = self.after.indicators.get(&observation.indicator);
                let found = field::spell_observation(self.after, observation);
                let key = Key::new(Kind::Indicator, observation.indicator.clone());
                let name = indicator.map_or_else(|| key.slug.to_string(), |i| i.title.clone());
                let sentence = vec![Piece::Link(key, name), Piece::text(format!(": {found}."))];
                (Label::Measured, sentence, Vec::new())
            }
            Record::Signal(signal) => {
                let label = if self.is_within(signal.seen) {
                    Label::New
                } else {
                    Label::Recorded
                };
                let kind = format!("{}: ", capitalise(signal.kind.words()));
                let detail = vec![vec![Piece::text(&signal.summary)]];
                (label, vec![Piece::text(kind), link], detail)
            }
            other => {
                let dated = other
                    .sources()
                    .iter()
                    .any(|source| self.is_within(source.date));
                let body = matches!(other, Record::Organisation(_) | Record::Relationship(_));
                let (label, end) = if dated && !body {
                    (Label::New, " is new.")
                } else {
                    (Label::Recorded, " is recorded for the first time.")
                };
                let kind = Piece::text(format!("{}: ", other.kind().spoken()));
                (label, vec![kind, link, Piece::text(end)], Vec::new())
            }
        }
    }

    /// Whether a date lies between the two points, the later one included.
    fn is_within(&self, date: Option<PartialDate>) -> bool {
        date.is_some_and(|date| self.from.as_of < date.last() && date.first() <= self.to.as_of)
    }

    fn changed(&self, diff: &RecordDiff) -> (Label, Vec<Piece>, Vec<Vec<Piece>>) {
        let record = diff.record();
        let answered = matches!(record, Record::Signal(_))
            && diff
                .fields()
                .iter()
                .any(|change| change.field == "response");
        let label = match &diff.what {
            What::Renamed { .. } => Label::Renamed,
            _ if answered => Label::Answered,
            _ if diff.fields().iter().any(field::is_text) => Label::Reworded,
            _ => Label::Changed,
        };
        let sentence = vec![
            Piece::text(format!("{}: ", record.kind().spoken())),
            Piece::Link(diff.key.clone(), field::title(self.after, record)),
            Piece::text("."),
        ];
        let details = diff
            .fields()
            .iter()
            .map(|change| self.line(diff, change))
            .collect();
        (label, sentence, details)
    }

    fn line(&self, diff: &RecordDiff, change: &crate::record::FieldChange) -> Vec<Piece> {
        field::tell((self.before, self.after), diff.key.kind, change)
    }

    /// Why the record changed: the decisions of the time that name it, and the entries' reasons.
    fn reasons(&self, diff: &RecordDiff) -> (Vec<Reason<'h>>, Option<Source>) {
        let mut reasons = Vec::new();
        if diff.key.kind == Kind::Activity {
            for slug in self.decided.get(&diff.key.slug).into_iter().flatten() {
                let decision = &self.after.decisions[*slug];
                reasons.push(Reason {
                    text: because(&decision.title, decision.reason.as_deref()).into(),
                    by: field::decided_by(self.after, decision),
                    decision: Some((*slug).clone()),
                    entry: None,
                    recorded_at: None,
                });
            }
        }
        let track = self.history.track(&diff.key);
        let versions = track.iter().flat_map(|track| track.versions());
        for version in versions {
            let within = |point: Point| version.seq <= point.through && version.on <= point.as_of;
            if !within(self.to) || within(self.from) {
                continue;
            }
            let Some(note) = self.history.note(version.seq) else {
                continue;
            };
            // What the first import says of itself is said once.
            if note.actor == genesis::ACTOR {
                reasons.retain(|reason| reason.entry.is_none());
            }
            let reason = Reason {
                text: Cow::Borrowed(&note.reason),
                by: None,
                decision: note.decision.clone(),
                entry: Some(note.seq),
                recorded_at: Some(note.recorded_at),
            };
            match reasons
                .iter_mut()
                .find(|other: &&mut Reason<'h>| other.text == reason.text)
            {
                Some(same) => *same = reason,
                None => reasons.push(reason),
            }
        }
        let evidence = match diff.record() {
            Record::Activity(activity) => activity::evidence(activity, diff.before()),
            other => other.sources().first().cloned(),
        };
        (reasons, evidence)
    }
}

#[cfg(test)]
mod tests;
