use jiff::{Timestamp, civil::date};

use super::*;
use crate::{
    change::{Change, Draft},
    record::Record,
};

const TODAY: Date = date(2026, 11, 22);

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn history() -> History {
    let activity = |theme: &str, rest: &str| {
        let json = format!(r#"{{"title":"T","theme":"{theme}","summary":"S",{rest}}}"#);
        Record::from_json(Kind::Activity, &json).unwrap()
    };
    let signal = |rest: &str| {
        let json =
            format!(r#"{{"title":"T","kind":"challenge","theme":"data","summary":"S"{rest}}}"#);
        Record::from_json(Kind::Signal, &json).unwrap()
    };
    let changes = [
        (
            "fine",
            activity("data", r#""stage":"completed","confidence":"red""#),
        ),
        (
            "red",
            activity("data", r#""stage":"delivering","confidence":"red""#),
        ),
        (
            "slow",
            activity("data", r#""stage":"approved","answers":["met"]"#),
        ),
        (
            "else",
            activity("skills", r#""stage":"delivering","confidence":"red""#),
        ),
        ("idea", activity("data", r#""stage":"idea""#)),
    ]
    .into_iter()
    .chain([
        ("alone", signal("")),
        ("met", signal("")),
        (
            "shut",
            signal(r#","response":{"kind":"closed","reason":"R"}"#),
        ),
    ])
    .map(|(name, record)| Change::add(slug(name), record));
    let draft = Draft {
        true_on: Some(date(2026, 6, 1)),
        changes: changes.collect(),
        ..Draft::default()
    };
    let mut history = History::default();
    let sealed = draft.seal(history.head(), Timestamp::UNIX_EPOCH, TODAY);
    history.append(sealed).unwrap();
    history
}

#[test]
fn the_agenda_fills_itself() {
    let history = history();
    let late = overdue(&history, TODAY, 90);
    let late_slugs: Vec<_> = late.iter().map(|late| late.activity.as_str()).collect();
    assert_eq!(late_slugs, ["else", "red", "slow"]);
    assert_eq!(overdue(&history, TODAY, 200), []);
    let advice = [
        ("red", Advice::Stop),
        ("else", Advice::Start),
        ("gone", Advice::Start),
    ]
    .map(|(name, advice)| OpenAdvice {
        review: 4,
        activity: slug(name),
        advice,
        reason: "Too dear".into(),
    });
    let proposals =
        [(1, None), (2, Some("data")), (3, Some("skills"))].map(|(id, theme)| OpenProposal {
            id,
            title: format!("Proposal {id}"),
            reason: "R".into(),
            themes: theme.map(slug).into_iter().collect(),
        });
    let actions = [OpenAction {
        id: 9,
        what: "Ask them".into(),
        due: Some(date(2026, 11, 20)),
    }];
    let open = Open {
        advice: &advice,
        proposals: &proposals,
        actions: &actions,
        overdue: &late,
    };
    let ids = |theme: Option<&Slug>| -> Vec<String> {
        let items = agenda(&history.current(), theme, open);
        assert!(items.is_sorted_by_key(|item| item.sort));
        items.into_iter().map(|item| item.id).collect()
    };
    assert_eq!(
        ids(Some(&slug("data"))),
        [
            "action.9",
            "recommendation.4.red",
            "proposal.1",
            "proposal.2",
            "red.red",
            "overdue.slow",
            "signal.alone"
        ]
    );
    assert_eq!(ids(None).len(), 10);
    let items = agenda(&history.current(), None, open);
    let note = |id: &str| {
        items
            .iter()
            .find(|item| item.id == id)
            .unwrap()
            .note
            .clone()
    };
    assert_eq!(note("red.red"), "no news since 1 June 2026");
    assert_eq!(note("recommendation.4.red"), "stop: Too dear");
    assert_eq!(note("action.9"), "due 20 November 2026");
    assert!(agenda(&Plan::default(), None, Open::default()).is_empty());
}

fn vote(member: &str, choice: Choice) -> Vote {
    Vote {
        member: member.into(),
        choice,
    }
}

fn ids(names: &str) -> BTreeSet<String> {
    names.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn votes_are_counted_to_an_outcome() {
    use Choice::{Abstain, Against, For};
    // Present, interested, quorum, votes, casting vote: what it comes to.
    for (present, interested, quorum, votes, casting, outcome) in [
        (
            "a b c",
            "",
            2,
            vec![("a", For), ("b", For), ("c", Against)],
            None,
            Outcome::Carried,
        ),
        (
            "a b c",
            "",
            2,
            vec![("a", For), ("b", Against), ("c", Against)],
            None,
            Outcome::Lost,
        ),
        (
            "a b c",
            "a",
            2,
            vec![("a", For), ("b", For), ("c", Against)],
            None,
            Outcome::Tied,
        ),
        (
            "a b c",
            "a",
            3,
            vec![("b", For), ("c", For)],
            None,
            Outcome::Inquorate,
        ),
        (
            "a b",
            "z",
            2,
            vec![("a", For), ("z", Against), ("b", Abstain)],
            None,
            Outcome::Carried,
        ),
        (
            "a b",
            "",
            2,
            vec![("a", For), ("b", Against)],
            Some(For),
            Outcome::Carried,
        ),
        (
            "a b",
            "",
            2,
            vec![("a", For), ("b", Against)],
            Some(Against),
            Outcome::Lost,
        ),
        (
            "a b",
            "",
            2,
            vec![("a", For)],
            Some(Against),
            Outcome::Carried,
        ),
        ("a b", "", 2, vec![], None, Outcome::Tied),
        ("", "", 1, vec![("a", For)], Some(For), Outcome::Inquorate),
    ] {
        let bench = Bench {
            present: ids(present),
            interested: ids(interested),
            quorum,
        };
        let votes: Vec<Vote> = votes.into_iter().map(|(who, how)| vote(who, how)).collect();
        let found = tally(&bench, &votes, casting).unwrap();
        assert_eq!(found.outcome, outcome, "{bench:?} {votes:?}");
        let counted = found.votes_for + found.against + found.abstained;
        assert_eq!(counted + found.set_aside.len(), votes.len());
    }
}

#[test]
fn a_double_vote_is_not_counted() {
    let bench = Bench {
        present: ids("a b"),
        ..Bench::default()
    };
    let twice = [vote("a", Choice::For), vote("a", Choice::For)];
    assert_eq!(
        tally(&bench, &twice, None),
        Err(TallyError::Twice("a".into()))
    );
}
