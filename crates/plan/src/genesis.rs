//! The first entries of a ledger, made from a region's dated facts.
//!
//! A record appears on the first date that a source gives it: that of its first dated event, or of
//! its source. A stage holds from the event that implies it and never before. What only a source's
//! text says, such as money and results, holds from the source's date. A record whose sources have
//! no date appears on the day of the import. The region, its areas and its themes are the frame in
//! which the past is shown, and stand from the first date of all.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::{
    change::{Change, Draft},
    date::PartialDate,
    edition::{Edition, EditionId},
    link::references,
    plan::Plan,
    record::{Activity, Answer, Event, Key, Kind, Record, Signal},
    source::Source,
};

/// What the ledger says of entries made here.
pub const ACTOR: &str = "first import";

/// The states that a record goes through, each with the day since which it is true.
type States = Vec<(Date, Record)>;

/// Makes the first entries: one for each date on which something became true, in order.
///
/// `today` is the day of the import. The last state of every record is the record as given.
pub fn first_entries(plan: &Plan, today: Date) -> Vec<Draft> {
    let mut timelines: BTreeMap<Key, States> = plan
        .iter()
        .filter(|(key, _)| !is_frame(key.kind))
        .map(|(key, record)| {
            let states = states_of(&record, today);
            (key, states)
        })
        .collect();
    bring_named_forward(plan, &mut timelines);
    let first = timelines
        .values()
        .filter_map(|states| Some(states.first()?.0))
        .min();
    for (key, record) in plan.iter().filter(|(key, _)| is_frame(key.kind)) {
        timelines.insert(key, vec![(first.unwrap_or(today), record)]);
    }

    let mut by_date: BTreeMap<Date, Vec<Change>> = BTreeMap::new();
    for (key, states) in timelines {
        for (date, change) in changes_through(&key, states) {
            by_date.entry(date).or_default().push(change);
        }
    }
    by_date
        .into_iter()
        .map(|(date, changes)| Draft {
            true_on: Some(date),
            actor: ACTOR.to_owned(),
            reason: if date == today {
                "As compiled from public sources on the day of the first import".to_owned()
            } else {
                "Reconstructed from dated public sources".to_owned()
            },
            changes,
            ..Draft::default()
        })
        .collect()
}

/// The drafts that publish the reconstructed past editions; `through` is the last entry of the
/// first import.
pub fn past_editions(plan: &Plan, through: u64, today: Date) -> Vec<Draft> {
    let Some(region) = plan.region() else {
        return Vec::new();
    };
    (1..)
        .zip(&region.editions)
        .map(|(number, past)| Draft {
            true_on: Some(past.date.last().min(today)),
            actor: ACTOR.to_owned(),
            reason: "Reconstructed from dated public sources".to_owned(),
            edition: Some(Edition {
                id: EditionId::Reconstructed(number),
                title: past.title.clone(),
                foreword: past.foreword.clone(),
                as_of: past.date.last().min(today),
                through,
            }),
            ..Draft::default()
        })
        .collect()
}

/// The changes that bring one record into the plan, each since the date that its sources give.
pub fn record_timeline(key: &Key, record: &Record, today: Date) -> Vec<Change> {
    if is_frame(key.kind) {
        return vec![Change::add(key.slug.clone(), record.clone())];
    }
    changes_through(key, states_of(record, today))
        .map(|(date, change)| change.since(date))
        .collect()
}

/// The changes from state to state: the first adds the record.
fn changes_through(key: &Key, states: States) -> impl Iterator<Item = (Date, Change)> {
    let mut before: Option<Record> = None;
    states.into_iter().filter_map(move |(date, record)| {
        let change = match &before {
            None => Some(Change::add(key.slug.clone(), record.clone())),
            Some(before) => Change::set_difference(key.clone(), before, &record),
        };
        before = Some(record);
        Some((date, change?))
    })
}

fn is_frame(kind: Kind) -> bool {
    matches!(kind, Kind::Region | Kind::Area | Kind::Theme)
}

/// An organisation or indicator is there at the latest when a dated record first names it.
fn bring_named_forward(plan: &Plan, timelines: &mut BTreeMap<Key, States>) {
    let mut named: BTreeMap<Key, Date> = BTreeMap::new();
    for states in timelines.values() {
        for (date, record) in states {
            for reference in references(record) {
                if matches!(reference.key.kind, Kind::Organisation | Kind::Indicator) {
                    let first = named.entry(reference.key).or_insert(*date);
                    *first = (*first).min(*date);
                }
            }
        }
    }
    for (key, date) in named {
        if let (Some(record), Some(states)) = (plan.get(&key), timelines.get_mut(&key))
            && states.first().is_none_or(|(first, _)| date < *first)
        {
            *states = vec![(date, record)];
        }
    }
}

fn states_of(record: &Record, today: Date) -> States {
    let certain = |date: PartialDate| date.last().min(today);
    match record {
        Record::Activity(activity) => activity_states(activity, today),
        Record::Signal(signal) => signal_states(signal, today),
        Record::Decision(decision) => vec![(certain(decision.date), record.clone())],
        Record::Milestone(milestone) => vec![(certain(milestone.date), record.clone())],
        Record::Observation(observation) => {
            let published = observation
                .published
                .or(first_source_date(&observation.sources));
            vec![(published.map_or(today, certain), record.clone())]
        }
        Record::Indicator(indicator) => {
            let date = first_source_date(&indicator.sources)
                .or(indicator.baseline.as_ref().map(|baseline| baseline.period));
            vec![(date.map_or(today, certain), record.clone())]
        }
        Record::Strategy(strategy) => {
            let date = strategy.adopted.or(first_source_date(&strategy.sources));
            vec![(date.map_or(today, certain), record.clone())]
        }
        other => {
            let date = first_source_date(other.sources());
            vec![(date.map_or(today, certain), record.clone())]
        }
    }
}

fn first_source_date(sources: &[Source]) -> Option<PartialDate> {
    sources.iter().filter_map(|source| source.date).min()
}

fn last_source_date(sources: &[Source]) -> Option<PartialDate> {
    sources.iter().filter_map(|source| source.date).max()
}

fn signal_states(signal: &Signal, today: Date) -> States {
    let seen = signal.seen.or(first_source_date(&signal.sources));
    let seen = seen.map_or(today, |date| date.last().min(today));
    let mut first = signal.clone();
    // The response is this compilation's own: no source dates it.
    first.response = None;
    let mut states = vec![(seen, Record::from(first))];
    if seen < today {
        states.push((today, Record::from(signal.clone())));
    } else {
        states = vec![(today, Record::from(signal.clone()))];
    }
    states
}

fn activity_states(activity: &Activity, today: Date) -> States {
    let mut events: Vec<(Date, &Event)> = activity
        .events
        .iter()
        .map(|event| (event.date.last().min(today), event))
        .collect();
    events.sort_by_key(|(date, event)| (*date, event.date));
    let described = last_source_date(&activity.sources).map(|date| date.last().min(today));
    // Links to signals and indicators are this compilation's own, so they hold from today.
    let dates: BTreeSet<Date> = events
        .iter()
        .map(|(date, _)| *date)
        .chain(first_source_date(&activity.sources).map(|date| date.last().min(today)))
        .chain(described)
        .chain(
            activity
                .updates
                .iter()
                .map(|update| update.date.last().min(today)),
        )
        .chain(answered(activity, today))
        .chain([today])
        .collect();
    let mut states = States::new();
    for date in dates {
        let mut state = activity.clone();
        let happened = events.iter().filter(|(on, _)| *on <= date);
        state.stage = happened
            .clone()
            .filter_map(|(_, event)| event.implied_stage())
            .next_back();
        if date == today && activity.stage_from_events().is_none() {
            state.stage = activity.stage;
        }
        state
            .events
            .retain(|event| event.date.last().min(today) <= date);
        keep_said(&mut state, activity, date, today);
        if described.unwrap_or(today) > date {
            state.funding_pence = None;
            state.funding_note = None;
            state.outputs.clear();
            state.outcomes.clear();
            state.end = None;
            state.body.clear();
            for owner in &mut state.owners {
                owner.pence = None;
            }
        }
        if date < today {
            state.answers.clear();
            state.moves.clear();
            state.depends_on.clear();
        }
        let record = Record::from(state);
        if states.last().is_none_or(|(_, before)| *before != record) {
            states.push((date, record));
        }
    }
    states
}

/// The days on which organisations answered to their parts.
fn answered(activity: &Activity, today: Date) -> impl Iterator<Item = Date> {
    let owners = activity.owners.iter();
    owners.filter_map(move |owner| Some(owner.answer.as_ref()?.date.last().min(today)))
}

/// What was reported and answered by a date. Confidence without a report is this compilation's own.
fn keep_said(state: &mut Activity, activity: &Activity, date: Date, today: Date) {
    state
        .updates
        .retain(|update| update.date.last().min(today) <= date);
    if !activity.updates.is_empty() && date < today {
        let last = state.updates.last();
        state.confidence = last.map(|update| update.confidence);
        state.trend = last.and_then(|update| update.trend);
    }
    for owner in &mut state.owners {
        let later = |answer: &Answer| answer.date.last().min(today) > date;
        if owner.answer.as_ref().is_some_and(later) {
            owner.answer = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, civil::date};

    use super::*;
    use crate::{
        history::History,
        plan::REGION,
        record::{Confidence, Stage},
        slug::Slug,
    };

    fn plan(activities: &[(&str, &str)]) -> Plan {
        let slug = |text: &str| Slug::parse(text).unwrap();
        let mut plan = Plan::default();
        let read = |kind, json: &str| Record::from_json(kind, json).unwrap();
        plan.insert(slug(REGION), read(Kind::Region, r#"{"name":"V","title":"V","headline":"H","editions":[{"title":"Launch","date":"2019-10"}]}"#));
        plan.insert(
            slug("strategy"),
            read(
                Kind::Strategy,
                r#"{"title":"S","vision":"V","adopted":"2019-10"}"#,
            ),
        );
        plan.insert(
            slug("data"),
            read(
                Kind::Theme,
                r##"{"title":"D","promise":"P","colour":"#12436d"}"##,
            ),
        );
        plan.insert(
            slug("council"),
            read(Kind::Organisation, r#"{"name":"Council"}"#),
        );
        for (name, json) in activities {
            plan.insert(slug(name), read(Kind::Activity, json));
        }
        plan
    }

    fn folded(plan: &Plan, today: Date) -> History {
        let mut history = History::default();
        for draft in first_entries(plan, today) {
            history
                .append(draft.seal(history.head(), Timestamp::UNIX_EPOCH, today))
                .unwrap();
        }
        history
    }

    #[test]
    fn stages_follow_dated_events_and_end_as_given() {
        let today = date(2026, 11, 22);
        let plan = plan(&[(
            "cable",
            r#"{"title":"Cable","theme":"data","summary":"S","stage":"completed","funding_pence":100,
                "owners":[{"organisation":"council","part":"leads"}],
                "events":[{"date":"2014","what":"announced"},{"date":"2016-03","what":"started"},{"date":"2020-05-01","what":"completed"}],
                "sources":[{"title":"T","date":"2018"}]}"#,
        )]);
        let history = folded(&plan, today);
        assert_eq!(*history.current(), plan, "the last state is the folder's");
        let stage_on = |day| {
            let plan = history.plan_at(u64::MAX, day);
            plan.activities
                .get("cable")
                .map(|activity| (activity.stage, activity.funding_pence.is_some()))
        };
        assert_eq!(stage_on(date(2014, 12, 30)), None);
        assert_eq!(stage_on(date(2014, 12, 31)), Some((None, false)));
        assert_eq!(
            stage_on(date(2016, 3, 31)),
            Some((Some(Stage::Delivering), false))
        );
        assert_eq!(
            stage_on(date(2018, 12, 31)),
            Some((Some(Stage::Delivering), true))
        );
        assert_eq!(
            stage_on(date(2020, 5, 1)),
            Some((Some(Stage::Completed), true))
        );
        let early = history.plan_at(u64::MAX, date(2014, 12, 31));
        assert!(
            early.organisations.contains_key("council"),
            "named by the activity"
        );
        assert!(
            early.themes.contains_key("data"),
            "the frame stands from the first date"
        );
        assert!(early.strategies.is_empty(), "not yet adopted");
        assert_eq!(history.first_date(u64::MAX), Some(date(2014, 12, 31)));
    }

    #[test]
    fn reports_and_answers_hold_from_their_day() {
        let today = date(2026, 11, 22);
        let plan = plan(&[(
            "hub",
            r#"{"title":"Hub","theme":"data","summary":"S","stage":"delivering","confidence":"green",
                "owners":[{"organisation":"council","part":"leads","answer":{"kind":"accepted","date":"2026-06-01"}}],
                "updates":[{"date":"2026-03-01","confidence":"red"},{"date":"2026-09-01","confidence":"green"}],
                "sources":[{"title":"T","date":"2025"}]}"#,
        )]);
        let history = folded(&plan, today);
        assert_eq!(*history.current(), plan, "the last state is the folder's");
        for (day, reports, confidence, answered) in [
            (date(2026, 1, 1), 0, None, false),
            (date(2026, 3, 1), 1, Some(Confidence::Red), false),
            (date(2026, 6, 1), 1, Some(Confidence::Red), true),
            (date(2026, 9, 1), 2, Some(Confidence::Green), true),
        ] {
            let past = history.plan_at(u64::MAX, day);
            let hub = &past.activities["hub"];
            let found = (
                hub.updates.len(),
                hub.confidence,
                hub.owners[0].answer.is_some(),
            );
            assert_eq!(found, (reports, confidence, answered), "{day}");
        }
    }

    #[test]
    fn a_record_without_any_date_appears_today() {
        let today = date(2026, 11, 22);
        let plan = plan(&[(
            "hub",
            r#"{"title":"Hub","theme":"data","summary":"S","stage":"delivering"}"#,
        )]);
        let history = folded(&plan, today);
        assert_eq!(*history.current(), plan);
        assert!(
            history
                .plan_at(u64::MAX, date(2026, 11, 21))
                .activities
                .is_empty()
        );
    }

    #[test]
    fn past_editions_are_marked() {
        let today = date(2026, 11, 22);
        let drafts = past_editions(&plan(&[]), 7, today);
        let edition = drafts[0].edition.clone().unwrap();
        assert!(edition.id.is_reconstructed());
        assert_eq!((edition.as_of, edition.through), (date(2019, 10, 31), 7));
    }
}
