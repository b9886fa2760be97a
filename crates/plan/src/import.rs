//! What an import of a whole region would change, and since when each change is true.
//!
//! A folder that reports a dated event tells of the past: the stage that the event implies holds
//! from the event's date, not from the day of the import. All else holds from the import.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::Value;

use crate::{
    change::{Action, Change, changes_between},
    genesis,
    history::History,
    plan::Plan,
    record::{Activity, Key, Kind, Record},
};

/// The changes that lead from `from`, the state that the folder was made from, to `to`, the folder.
pub fn changes(history: &History, from: &Plan, to: &Plan, today: Date) -> Vec<Change> {
    let mut dated = Vec::new();
    for change in changes_between(from, to) {
        match (&change.action, from.get(&change.key), to.get(&change.key)) {
            (Action::Add(record), ..) => {
                let renamed = record
                    .was()
                    .iter()
                    .any(|was| from.contains(change.key.kind, was.as_str()));
                if renamed || history.track(&change.key).is_some() {
                    dated.push(change);
                } else {
                    dated.extend(genesis::record_timeline(&change.key, record, today));
                }
            }
            (Action::Set(fields), Some(Record::Activity(old)), Some(Record::Activity(new))) => {
                dated.extend(split(history, &change, fields, &old, &new, today));
            }
            _ => dated.push(change),
        }
    }
    dated
}

/// Parts what an activity's new events date from what else changed in it.
fn split(
    history: &History,
    change: &Change,
    fields: &BTreeMap<String, Value>,
    old: &Activity,
    new: &Activity,
    today: Date,
) -> Vec<Change> {
    let reported = new
        .events
        .iter()
        .filter(|event| !old.events.contains(event));
    let Some(reported) = reported.map(|event| event.date.last().min(today)).max() else {
        return vec![change.clone()];
    };
    // Never before what is recorded already: the folder's state must be the last one.
    let recorded = last_date(history, &change.key);
    let since = recorded.map_or(reported, |recorded| reported.max(recorded));
    let (by_event, other): (BTreeMap<_, _>, BTreeMap<_, _>) = fields
        .clone()
        .into_iter()
        .partition(|(field, _)| matches!(field.as_str(), "stage" | "events"));
    let mut parts = vec![Change {
        on: Some(since),
        action: Action::Set(by_event),
        key: change.key.clone(),
    }];
    if !other.is_empty() {
        parts.push(Change {
            action: Action::Set(other),
            ..change.clone()
        });
    }
    parts
}

fn last_date(history: &History, key: &Key) -> Option<Date> {
    debug_assert_eq!(key.kind, Kind::Activity);
    history
        .track(key)?
        .versions()
        .last()
        .map(|version| version.on)
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, civil::date};

    use super::*;
    use crate::{change::Draft, record::Stage, slug::Slug};

    const TODAY: Date = date(2026, 11, 22);

    fn read(kind: Kind, json: &str) -> Record {
        Record::from_json(kind, json).unwrap()
    }

    fn slug(text: &str) -> Slug {
        Slug::parse(text).unwrap()
    }

    fn started() -> History {
        let mut history = History::default();
        let changes = vec![
            Change::add(
                slug("data"),
                read(
                    Kind::Theme,
                    r##"{"title":"D","promise":"P","colour":"#12436d"}"##,
                ),
            ),
            Change::add(
                slug("hub"),
                read(
                    Kind::Activity,
                    r#"{"title":"Hub","theme":"data","summary":"S","stage":"delivering","events":[{"date":"2020","what":"started"}]}"#,
                ),
            ),
        ];
        let draft = Draft {
            true_on: Some(date(2020, 12, 31)),
            changes,
            ..Draft::default()
        };
        history
            .append(draft.seal(history.head(), Timestamp::UNIX_EPOCH, TODAY))
            .unwrap();
        history
    }

    fn imported(to: &Plan) -> History {
        let mut history = started();
        let changes = changes(&history, &history.current(), to, TODAY);
        let draft = Draft {
            changes,
            ..Draft::default()
        };
        history
            .append(draft.seal(history.head(), Timestamp::UNIX_EPOCH, TODAY))
            .unwrap();
        assert_eq!(
            *history.current(),
            *to,
            "after an import the plan is the folder"
        );
        history
    }

    #[test]
    fn a_reported_event_is_true_from_its_own_date() {
        let mut to = Plan::clone(&started().current());
        to.insert(slug("hub"), read(Kind::Activity, r#"{"title":"The hub","theme":"data","summary":"S","stage":"completed","events":[{"date":"2020","what":"started"},{"date":"2026-09","what":"completed"}]}"#));
        to.insert(slug("new"), read(Kind::Activity, r#"{"title":"New","theme":"data","summary":"S","stage":"delivering","events":[{"date":"2025-05","what":"started"}]}"#));
        let history = imported(&to);
        let on = |day| history.plan_at(u64::MAX, day);
        let hub = |day| on(day).activities["hub"].clone();
        assert_eq!(hub(date(2026, 9, 29)).stage, Some(Stage::Delivering));
        assert_eq!(hub(date(2026, 9, 30)).stage, Some(Stage::Completed));
        assert_eq!(
            hub(date(2026, 9, 30)).title,
            "Hub",
            "the new title holds from the import"
        );
        assert!(on(date(2025, 5, 31)).activities.contains_key("new"));
        assert!(!on(date(2025, 5, 30)).activities.contains_key("new"));
    }

    #[test]
    fn an_event_older_than_what_is_recorded_does_not_undo_it() {
        let mut to = Plan::clone(&started().current());
        to.insert(slug("hub"), read(Kind::Activity, r#"{"title":"Hub","theme":"data","summary":"S","stage":"delivering","events":[{"date":"2019","what":"announced"},{"date":"2020","what":"started"}]}"#));
        imported(&to);
    }

    #[test]
    fn withdrawn_and_renamed_records_change_on_the_day() {
        let mut to = Plan::clone(&started().current());
        to.remove(&Key::new(Kind::Activity, slug("hub")));
        to.insert(slug("data-hub"), read(Kind::Activity, r#"{"title":"Hub","theme":"data","summary":"S","stage":"delivering","events":[{"date":"2020","what":"started"}],"was":["hub"]}"#));
        let history = imported(&to);
        assert!(
            history
                .plan_at(u64::MAX, date(2026, 11, 21))
                .activities
                .contains_key("hub")
        );
        to = Plan::clone(&history.current());
        to.remove(&Key::new(Kind::Activity, slug("data-hub")));
        assert!(!to.activities.contains_key("data-hub"));
    }
}
