use jiff::civil::date;

use super::*;
use crate::{record::Kind, slug::Slug};

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn frame() -> Vec<Change> {
    [
        (
            Kind::Region,
            "region",
            r#"{"name":"V","title":"V","headline":"H"}"#,
        ),
        (Kind::Strategy, "strategy", r#"{"title":"S","vision":"V"}"#),
        (
            Kind::Theme,
            "data",
            r##"{"title":"D","promise":"P","colour":"#12436d"}"##,
        ),
        (
            Kind::Activity,
            "hub",
            r#"{"title":"Hub","theme":"data","summary":"S"}"#,
        ),
        (
            Kind::Activity,
            "cable",
            r#"{"title":"Cable","theme":"data","summary":"S"}"#,
        ),
    ]
    .map(|(kind, name, json)| Change::add(slug(name), Record::from_json(kind, json).unwrap()))
    .into()
}

fn draft(changes: Vec<Change>) -> Draft {
    Draft {
        actor: "test".into(),
        reason: "because".into(),
        changes,
        ..Draft::default()
    }
}

fn now() -> Timestamp {
    "2026-11-22T09:00:00Z".parse().unwrap()
}

const TODAY: Date = date(2026, 11, 22);

fn started() -> History {
    let mut first = draft(frame());
    first.true_on = Some(date(2019, 1, 1));
    History::default()
        .prepare(first, 0, now(), TODAY)
        .unwrap()
        .1
}

fn set(name: &str, field: &str, value: &str) -> Change {
    let fields = [(field.to_owned(), serde_json::Value::from(value))].into();
    Change {
        key: Key::new(Kind::Activity, slug(name)),
        on: None,
        action: Action::Set(fields),
    }
}

fn title(history: &History, through: u64, day: Date) -> Option<String> {
    history
        .plan_at(through, day)
        .activities
        .get("hub")
        .map(|hub| hub.title.clone())
}

#[test]
fn a_late_report_changes_the_past_but_not_what_was_known() {
    let history = started();
    let mut late = draft(vec![set("hub", "title", "B")]);
    late.true_on = Some(date(2024, 1, 1));
    let (_, history) = history.prepare(late, 1, now(), TODAY).unwrap();
    let mut later = draft(vec![set("hub", "title", "A")]);
    later.true_on = Some(date(2022, 1, 1));
    let (_, history) = history.prepare(later, 2, now(), TODAY).unwrap();
    let at = |through, year| title(&history, through, date(year, 6, 1)).unwrap();
    assert_eq!([at(3, 2020), at(3, 2022), at(3, 2024)], ["Hub", "A", "B"]);
    assert_eq!([at(2, 2020), at(2, 2022), at(2, 2024)], ["Hub", "Hub", "B"]);
    assert_eq!(title(&history, 3, date(2018, 12, 31)), None);
    assert_eq!(title(&history, 0, TODAY), None);
}

#[test]
fn a_stale_change_is_refused_with_the_difference() {
    let history = started();
    let (_, history) = history
        .prepare(draft(vec![set("hub", "title", "New")]), 1, now(), TODAY)
        .unwrap();
    let refusal = history
        .prepare(draft(vec![set("hub", "title", "Mine")]), 1, now(), TODAY)
        .unwrap_err();
    let Refusal::Stale {
        made_from: 1,
        head: 2,
        differences,
    } = refusal
    else {
        panic!("{refusal:?}")
    };
    assert_eq!(differences.len(), 1);
    assert_eq!(differences[0].fields()[0].new, "New");
    history
        .prepare(draft(vec![set("cable", "title", "Mine")]), 1, now(), TODAY)
        .expect("another record is not stale");
}

#[test]
fn refusals_leave_the_history_as_it_was() {
    let history = started();
    let refused = |draft: Draft| history.prepare(draft, 1, now(), TODAY).unwrap_err();
    let mut future = draft(vec![set("hub", "title", "X")]);
    future.true_on = Some(date(2026, 11, 23));
    assert!(matches!(refused(future), Refusal::Future { .. }));
    assert!(matches!(refused(draft(vec![])), Refusal::Empty));
    let mut silent = draft(vec![set("hub", "title", "X")]);
    silent.reason = " ".into();
    assert!(matches!(refused(silent), Refusal::NoReason));
    assert!(matches!(
        refused(draft(vec![set("hub", "theme", "none")])),
        Refusal::Faults { .. }
    ));
    assert!(matches!(
        refused(draft(vec![set("gone", "title", "X")])),
        Refusal::Misfit(_)
    ));
    assert!(matches!(
        refused(draft(vec![set("hub", "nofield", "X")])),
        Refusal::Misfit(_)
    ));
    let mut early = draft(vec![set("hub", "title", "X")]);
    early.true_on = Some(date(2018, 1, 1));
    assert!(
        matches!(refused(early), Refusal::Misfit(_)),
        "before the record exists"
    );
    assert_eq!(history.head().seq, 1);
}

#[test]
fn an_entry_that_does_not_fit_leaves_nothing_behind() {
    let mut history = started();
    let before = history.clone();
    let late = Change::add(
        slug("late"),
        Record::from_json(
            Kind::Activity,
            r#"{"title":"Late","theme":"data","summary":"S"}"#,
        )
        .unwrap(),
    );
    let misfit = draft(vec![
        set("hub", "title", "New"),
        late,
        set("hub", "nofield", "X"),
    ]);
    let sealed = misfit.seal(history.head(), now(), TODAY);
    let error = history.append(sealed).unwrap_err();
    assert_eq!(error.key, Key::new(Kind::Activity, slug("hub")));
    assert_eq!(history.head(), before.head());
    assert_eq!(history.current(), before.current());
    assert!(history.keys().eq(before.keys()));
    let track = history.track(&error.key).unwrap();
    assert_eq!((track.last_seq(), track.versions().len()), (1, 1));
}

#[test]
fn sealed_entries_read_back_and_tell_tampering() {
    let sealed = draft(frame()).seal(Head::EMPTY, now(), TODAY);
    let read = Sealed::open(Head::EMPTY, 1, sealed.hash, sealed.body.clone()).unwrap();
    assert_eq!(read, sealed);
    let edited = sealed.body.replace("Hub", "Hob");
    let fault = Sealed::open(Head::EMPTY, 1, sealed.hash, edited).unwrap_err();
    assert!(matches!(
        fault,
        crate::entry::ChainFault::Edited { seq: 1, .. }
    ));
}

#[test]
fn some_stages_come_by_decision_only() {
    let history = started();
    let prepare = |draft: Draft| history.prepare(draft, 1, now(), TODAY).map(|_| ());
    let decision = Change::add(
        slug("go"),
        Record::from_json(
            Kind::Decision,
            r#"{"title":"Go","date":"2026-11-20","by":"The board"}"#,
        )
        .unwrap(),
    );
    for (stage, free) in [
        ("idea", true),
        ("developing", true),
        ("approved", false),
        ("delivering", true),
        ("completed", true),
        ("paused", false),
        ("stopped", false),
    ] {
        let moved = draft(vec![set("hub", "stage", stage)]);
        match prepare(moved.clone()) {
            Ok(()) => assert!(free, "{stage}"),
            Err(Refusal::Undecided { moves }) => {
                assert!(!free, "{stage}");
                assert_eq!(
                    (moves[0].activity.as_str(), moves[0].stage.word()),
                    ("hub", stage)
                );
            }
            Err(other) => panic!("{stage}: {other:?}"),
        }
        let mut past = moved.clone();
        past.changes[0].on = Some(date(2024, 1, 1));
        assert_eq!(prepare(past).is_ok(), free, "{stage}, told of the past");
        let json = format!(r#"{{"title":"N","theme":"data","summary":"S","stage":"{stage}"}}"#);
        let new = Change::add(
            slug("new"),
            Record::from_json(Kind::Activity, &json).unwrap(),
        );
        assert_eq!(
            prepare(draft(vec![new])).is_ok(),
            free,
            "{stage}, from the start"
        );
        let mut cited = moved.clone();
        cited.decision = Some(slug("go"));
        assert!(
            matches!(prepare(cited.clone()), Err(Refusal::NoDecision(_))),
            "{stage}"
        );
        cited.changes.push(decision.clone());
        prepare(cited).expect(stage);
        let mut reported = moved;
        reported.reported = true;
        prepare(reported).expect(stage);
    }
}

#[test]
fn staying_in_a_stage_needs_no_decision() {
    let mut moved = draft(vec![set("hub", "stage", "paused")]);
    moved.reported = true;
    let (_, history) = started().prepare(moved, 1, now(), TODAY).unwrap();
    let prepare = |changes| history.prepare(draft(changes), 2, now(), TODAY).map(|_| ());
    prepare(vec![
        set("hub", "stage", "paused"),
        set("hub", "title", "New"),
    ])
    .unwrap();
    let renamed = r#"{"title":"Hub","theme":"data","summary":"S","stage":"paused","was":["hub"]}"#;
    prepare(vec![
        Change::withdraw(Key::new(Kind::Activity, slug("hub"))),
        Change::add(
            slug("data-hub"),
            Record::from_json(Kind::Activity, renamed).unwrap(),
        ),
    ])
    .unwrap();
}

#[test]
fn the_plan_of_today_is_kept_up_to_date_for_those_who_asked() {
    let key = Key::new(Kind::Activity, slug("cable"));
    let before = started();
    let asked = before.current();
    let withdrawn = Change {
        key: key.clone(),
        on: None,
        action: Action::Withdraw,
    };
    let (_, after) = before
        .prepare(draft(vec![withdrawn]), 1, now(), TODAY)
        .unwrap();
    assert!(after.current().get(&key).is_none());
    assert_eq!(*after.current(), after.plan_at(u64::MAX, Date::MAX));
    assert!(
        asked.get(&key).is_some() && before.current().get(&key).is_some(),
        "who holds the earlier history sees the earlier plan"
    );
}

mod property {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However late and in whatever order changes are told, every date shows the change that
        /// was last true by then, and what was known at an entry never changes afterwards.
        #[test]
        fn any_order_of_telling_folds_to_the_same_past(
            told in prop::collection::vec((2020_i16..2026, 1_i8..=12, 0_u32..1000), 1..24)
        ) {
            let mut history = started();
            history.current();
            let mut known: Vec<(u64, Vec<Option<String>>)> = Vec::new();
            let days: Vec<Date> = (2019..2027).map(|year| date(year, 6, 15)).collect();
            for (year, month, number) in &told {
                let mut change = draft(vec![set("hub", "title", &number.to_string())]);
                change.true_on = Some(date(*year, *month, 1));
                history.append(change.seal(history.head(), now(), TODAY)).unwrap();
                prop_assert_eq!(&*history.current(), &history.plan_at(u64::MAX, Date::MAX));
                let through = history.head().seq;
                known.push((through, days.iter().map(|day| title(&history, through, *day)).collect()));
            }
            for (through, states) in known {
                let again: Vec<_> = days.iter().map(|day| title(&history, through, *day)).collect();
                prop_assert_eq!(states, again);
            }
            for day in days {
                let expected = told.iter().enumerate()
                    .filter(|(_, (year, month, _))| date(*year, *month, 1) <= day)
                    .max_by_key(|(index, (year, month, _))| (*year, *month, *index))
                    .map_or("Hub".to_owned(), |(_, (_, _, number))| number.to_string());
                prop_assert_eq!(title(&history, u64::MAX, day), Some(expected));
            }
        }

        #[test]
        fn canonical_text_reads_back_and_never_changes(text in "\\PC{0,40}", number in any::<i64>()) {
            let value = serde_json::json!({"b": text, "a": [number, null, {"z": 1, "y": true}]});
            let once = crate::entry::canonical(&value);
            let read: serde_json::Value = serde_json::from_str(&once).unwrap();
            prop_assert_eq!(&read, &value);
            prop_assert_eq!(crate::entry::canonical(&read), once);
        }
    }
}
