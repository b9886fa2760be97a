use jiff::civil::date;

use super::*;
use crate::change::{Action, Change, Draft};

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn record(kind: Kind, json: &str) -> Record {
    Record::from_json(kind, json).unwrap()
}

fn set(kind: Kind, name: &str, fields: &str) -> Change {
    let fields = serde_json::from_str(fields).unwrap();
    Change {
        key: Key::new(kind, slug(name)),
        on: None,
        action: Action::Set(fields),
    }
}

fn commit(history: &mut History, day: Date, reason: &str, changes: Vec<Change>) {
    let draft = Draft {
        reason: reason.into(),
        true_on: Some(day),
        changes,
        ..Draft::default()
    };
    let at: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
    history.append(draft.seal(history.head(), at, day)).unwrap();
}

fn base() -> History {
    let mut history = History::default();
    let activity = |title: &str, extra: &str| {
        record(
            Kind::Activity,
            &format!(
                r#"{{"title":"{title}","theme":"data","summary":"It joins things up."{extra}}}"#
            ),
        )
    };
    commit(
        &mut history,
        date(2020, 1, 1),
        "start",
        vec![
            Change::add(
                slug("data"),
                record(
                    Kind::Theme,
                    r##"{"title":"Data","promise":"P","colour":"#12436d"}"##,
                ),
            ),
            Change::add(slug("hub"), activity("Hub", r#","stage":"developing""#)),
            Change::add(
                slug("cable"),
                activity("Cable", r#","stage":"delivering","end":"2026-03""#),
            ),
            Change::add(slug("club"), activity("Club", "")),
            Change::add(
                slug("aim"),
                record(
                    Kind::Objective,
                    r#"{"title":"Digital careers attractive to school leavers","theme":"data"}"#,
                ),
            ),
        ],
    );
    history
}

fn told(history: &History) -> Story<'_> {
    let from = Point {
        through: 1,
        as_of: date(2026, 1, 1),
    };
    let to = Point {
        through: u64::MAX,
        as_of: date(2026, 1, 1),
    };
    tell(history, from, to)
}

#[test]
fn tells_changes_as_news_with_reason_and_decision() {
    let mut history = base();
    commit(
        &mut history,
        date(2025, 1, 1),
        "the contractor handed over",
        vec![
            set(Kind::Activity, "hub", r#"{"stage":"delivering"}"#),
            set(
                Kind::Activity,
                "cable",
                r#"{"end":"2026-09","confidence":"amber"}"#,
            ),
            set(
                Kind::Objective,
                "aim",
                r#"{"title":"Digital careers open and attractive to everyone"}"#,
            ),
            Change::withdraw(Key::new(Kind::Activity, slug("club"))),
            Change::add(
                slug("go"),
                record(
                    Kind::Decision,
                    r#"{"title":"The hub goes ahead","date":"2024-12-01","by":"steering group","activities":["hub"],"reason":"it is ready"}"#,
                ),
            ),
            Change::add(
                slug("late"),
                record(
                    Kind::Decision,
                    r#"{"title":"The cable may end later","date":"2024-12-02","by":"steering group","activities":["cable"],"reason":"Its route was flooded."}"#,
                ),
            ),
        ],
    );
    let story = told(&history);
    assert_eq!(
        story.summary(),
        "One activity started, one slipped and one left the pipeline. The wording of one text changed. 2 other records changed."
    );
    assert_eq!(story.chapters.len(), 2);
    let data = &story.chapters[1];
    assert_eq!(data.title, "Data");
    let lines: Vec<(Label, String)> = data
        .items
        .iter()
        .map(|item| (item.label, plain(&item.sentence)))
        .collect();
    assert_eq!(
        lines,
        [
            (
                Label::Started,
                "Hub moved from developing to delivering.".to_owned()
            ),
            (
                Label::Slipped,
                "Cable: its end moved from [-March 2026-] to {+September 2026+}.".to_owned()
            ),
            (
                Label::Reworded,
                "Objective: Digital careers open and attractive to everyone.".to_owned()
            ),
            (
                Label::Withdrawn,
                "Club is no longer in the pipeline.".to_owned()
            ),
        ]
    );
    let why = &data.items[0].reasons;
    assert_eq!(why[0].decision, Some(slug("go")));
    assert_eq!(why[0].text, "The hub goes ahead, because it is ready");
    assert_eq!(
        data.items[1].reasons[0].text, "The cable may end later. Its route was flooded.",
        "a reason that is a sentence of its own stays one"
    );
    assert_eq!(why[0].by.as_deref(), Some("steering group"));
    assert_eq!(why[1].text, "the contractor handed over");
    let wording = plain(&data.items[2].details[0]);
    assert!(
        wording.contains("{+open and +}") || wording.contains("{+open+}"),
        "{wording}"
    );
    assert_eq!(plain(&data.items[1].details[0]), "Confidence: {+amber+}");
}

#[test]
fn the_summary_counts_every_change() {
    let mut history = base();
    let changes = vec![
        set(Kind::Activity, "hub", r#"{"stage":"delivering"}"#),
        set(Kind::Activity, "cable", r#"{"confidence":"amber"}"#),
    ];
    commit(&mut history, date(2025, 1, 1), "a report", changes);
    assert_eq!(
        told(&history).summary(),
        "One activity started. One other record changed."
    );
}

#[test]
fn nothing_changed_is_said() {
    assert_eq!(told(&base()).summary(), "Nothing changed.");
}

#[test]
fn a_rename_is_one_change_not_two() {
    let mut history = base();
    let renamed = record(
        Kind::Activity,
        r#"{"title":"Hub","theme":"data","summary":"It joins things up.","stage":"developing","was":["hub"]}"#,
    );
    commit(
        &mut history,
        date(2025, 1, 1),
        "a better name",
        vec![
            Change::withdraw(Key::new(Kind::Activity, slug("hub"))),
            Change::add(slug("data-hub"), renamed),
        ],
    );
    let story = told(&history);
    assert_eq!(story.len(), 1);
    assert!(plain(&story.chapters[0].items[0].sentence).contains("called “hub”"));
}

#[test]
fn what_no_source_dates_is_recorded_not_started() {
    let mut history = base();
    let activity = |events: &str| {
        record(
            Kind::Activity,
            &format!(
                r#"{{"title":"A","theme":"data","summary":"S","stage":"delivering","events":[{events}]}}"#
            ),
        )
    };
    commit(
        &mut history,
        date(2025, 6, 1),
        "compiled",
        vec![
            Change::add(slug("undated"), activity("")),
            Change::add(
                slug("stated"),
                activity(r#"{"date":"2025-05","what":"stated","stage":"delivering"}"#),
            ),
            Change::add(
                slug("begun"),
                activity(r#"{"date":"2025-05","what":"started"}"#),
            ),
            Change::add(
                slug("long-ago"),
                activity(r#"{"date":"2012","what":"started"}"#),
            ),
        ],
    );
    let from = Point {
        through: 1,
        as_of: date(2024, 1, 1),
    };
    let to = Point {
        through: u64::MAX,
        as_of: date(2026, 1, 1),
    };
    let story = tell(&history, from, to);
    assert_eq!(
        (story.count(Label::Started), story.count(Label::Recorded)),
        (1, 3)
    );
    assert_eq!(
        story.summary(),
        "One activity started and 3 were recorded for the first time."
    );
}

#[test]
fn texts_with_little_in_common_are_told_whole() {
    let told = |old, new| plain(&diff_words(old, new));
    assert_eq!(
        told("It joins old things", "A wholly new text"),
        "[-It joins old things-]{+A wholly new text+}"
    );
    assert_eq!(told("Data hub", "Data centre"), "Data [-hub-]{+centre+}");
    assert_eq!(told("", "New"), "{+New+}");
    assert_eq!(told("Gone", ""), "[-Gone-]");
    assert_eq!(
        told(
            "It joins things up",
            "It joins things up for all who work here"
        ),
        "It joins things [-up-]{+up for all who work here+}".replace("[-up-]{+up for", "up{+ for"),
    );
}

#[test]
fn many_changes_are_told_each_once_and_in_order() {
    let mut history = base();
    let name = |number| slug(&format!("organisation-{number:04}"));
    let organisation = |number| {
        let json = format!(r#"{{"name":"Organisation {number}","kind":"council"}}"#);
        Change::add(name(number), record(Kind::Organisation, &json))
    };
    let count = 2 * MANY + 1;
    let all = (0..count).map(organisation).collect();
    commit(&mut history, date(2025, 1, 1), "all who take part", all);
    let story = told(&history);
    assert_eq!(story.len(), count);
    let [chapter] = story.chapters.as_slice() else {
        panic!("{} chapters", story.chapters.len());
    };
    for (number, item) in chapter.items.iter().enumerate() {
        assert_eq!(item.key.slug, name(number));
        assert_eq!(item.reasons[0].text, "all who take part");
    }
}
