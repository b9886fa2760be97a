use jiff::civil::date;

use super::*;
use crate::{history::Refusal, record::Kind};

const TODAY: Date = date(2026, 11, 22);

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn now() -> Timestamp {
    "2026-11-22T09:00:00Z".parse().unwrap()
}

fn started() -> History {
    let read = |(kind, name, json): (Kind, &str, &str)| {
        Change::add(slug(name), Record::from_json(kind, json).unwrap())
    };
    let draft = Draft {
        actor: "test".into(),
        reason: "because".into(),
        changes: [
            (Kind::Region, "region", r#"{"name":"V","title":"V","headline":"H"}"#),
            (Kind::Strategy, "strategy", r#"{"title":"S","vision":"V"}"#),
            (Kind::Theme, "data", r##"{"title":"D","promise":"P","colour":"#12436d"}"##),
            (Kind::Theme, "skills", r##"{"title":"K","promise":"P","colour":"#12436d"}"##),
            (Kind::Indicator, "jobs", r#"{"title":"Jobs","unit":"jobs","direction":"up","meaning":"M"}"#),
            (Kind::Activity, "hub", r#"{"title":"Hub","theme":"data","summary":"S","funding_pence":100,"moves":["jobs"]}"#),
            (Kind::Activity, "class", r#"{"title":"Class","theme":"skills","summary":"S","funding_pence":70}"#),
        ]
        .map(read)
        .into(),
        ..Draft::default()
    };
    History::default()
        .prepare(draft, 0, now(), TODAY)
        .unwrap()
        .1
}

fn set(name: &str, fields: &[(&str, serde_json::Value)]) -> Change {
    let fields = fields
        .iter()
        .map(|(field, value)| ((*field).to_owned(), value.clone()));
    Change {
        key: Key::new(Kind::Activity, slug(name)),
        on: None,
        action: Action::Set(fields.collect()),
    }
}

fn proposal(changes: Vec<Change>, state: State) -> Proposal {
    Proposal {
        title: "Do it".into(),
        reason: "It helps".into(),
        made_from: 1,
        changes,
        state,
    }
}

fn accepted() -> State {
    State::Accepted {
        decision: slug("go"),
    }
}

fn states() -> [State; 8] {
    let (decision, reason) = (slug("go"), "Later".to_owned());
    [
        State::Draft,
        State::Submitted,
        State::Recommended {
            by: slug("data-group"),
        },
        accepted(),
        State::Declined {
            decision: decision.clone(),
            reason: reason.clone(),
        },
        State::Deferred {
            decision: decision.clone(),
            reason,
        },
        State::Applied { decision, entry: 2 },
        State::Withdrawn,
    ]
}

#[test]
fn every_step_from_every_state() {
    let (decision, reason) = (slug("go"), "Because".to_owned());
    for (step, from) in [
        (Step::Submit, "draft"),
        (Step::Reopen, "submitted recommended deferred"),
        (
            Step::Recommend {
                by: slug("data-group"),
            },
            "submitted deferred",
        ),
        (
            Step::Accept {
                decision: decision.clone(),
            },
            "submitted recommended deferred",
        ),
        (
            Step::Decline {
                decision: decision.clone(),
                reason: reason.clone(),
            },
            "submitted recommended deferred",
        ),
        (
            Step::Defer { decision, reason },
            "submitted recommended deferred",
        ),
        (Step::Apply { entry: 9 }, "accepted"),
        (Step::Withdraw, "draft submitted recommended deferred"),
    ] {
        for state in states() {
            let allowed = from.split(' ').any(|word| word == state.word());
            let after = state.after(step.clone());
            assert_eq!(
                after.is_ok(),
                allowed,
                "{step:?} from {}: {after:?}",
                state.word()
            );
        }
    }
}

#[test]
fn steps_say_why_not() {
    let told = |state: State, step| state.after(step).unwrap_err().to_string();
    assert_eq!(
        told(State::Withdrawn, Step::Submit),
        "a proposal that is withdrawn cannot be submitted"
    );
    let silent = Step::Decline {
        decision: slug("no"),
        reason: "  ".into(),
    };
    assert_eq!(
        told(State::Submitted, silent),
        "a proposal is declined with a reason"
    );
    let mut empty = proposal(Vec::new(), State::Draft);
    assert_eq!(empty.take(Step::Submit), Err(StepError::NoChanges));
}

#[test]
fn states_read_back_from_json() {
    for state in states() {
        let json = serde_json::to_value(&state).unwrap();
        assert_eq!(json["state"], state.word());
        assert_eq!(serde_json::from_value::<State>(json).unwrap(), state);
    }
}

#[test]
fn two_accepted_proposals_on_one_field_are_a_conflict() {
    let title = |text: &str| set("hub", &[("title", text.into())]);
    let stage = set("hub", &[("stage", "paused".into())]);
    let gone = Change::withdraw(stage.key.clone());
    let found = |changes: [(Change, State); 2]| {
        let proposals = changes.map(|(change, state)| proposal(vec![change], state));
        let found = conflicts(&proposals);
        assert!(found.iter().all(|one| one.between == (0, 1)));
        found.into_iter().map(|one| one.field).collect::<Vec<_>>()
    };
    let both =
        |one: &Change, two: &Change| found([(one.clone(), accepted()), (two.clone(), accepted())]);
    let field = Some("title".to_owned());
    assert_eq!(both(&title("A"), &title("B")), std::slice::from_ref(&field));
    assert_eq!(both(&title("A"), &title("A")), [field]);
    assert_eq!(both(&title("A"), &stage), []);
    assert_eq!(both(&title("A"), &gone), [None]);
    assert_eq!(both(&gone, &gone), [None]);
    assert_eq!(
        both(&title("A"), &set("class", &[("title", "A".into())])),
        []
    );
    let undecided = [(title("A"), accepted()), (title("B"), State::Submitted)];
    assert_eq!(found(undecided), []);
    let alone = proposal(vec![title("A"), title("B")], accepted());
    assert_eq!(
        conflicts(&[alone]),
        [],
        "one proposal is not in its own way"
    );
}

#[test]
fn the_effect_tells_plan_money_and_indicators() {
    let history = started();
    let changes = vec![
        set(
            "hub",
            &[("funding_pence", 250.into()), ("theme", "skills".into())],
        ),
        set("class", &[("stage", "stopped".into())]),
    ];
    let found = effect(&history, &proposal(changes, State::Draft), TODAY).unwrap();
    let keys: Vec<_> = found
        .diffs
        .iter()
        .map(|diff| diff.key.slug.as_str())
        .collect();
    assert_eq!(keys, ["class", "hub"]);
    let budget = |theme: &str, before, after| Budget {
        theme: slug(theme),
        before: Pence(before),
        after: Pence(after),
    };
    assert_eq!(
        found.budget,
        [budget("data", 100, 0), budget("skills", 70, 250)]
    );
    assert_eq!(found.indicators, [slug("jobs")].into());
    assert_eq!((found.faults, found.stale), (vec![], vec![]));
    assert_eq!(history.head().seq, 1, "nothing is changed");

    let broken = proposal(vec![set("hub", &[("theme", "none".into())])], State::Draft);
    assert_eq!(effect(&history, &broken, TODAY).unwrap().faults.len(), 1);
    let misfit = proposal(vec![set("gone", &[("title", "X".into())])], State::Draft);
    assert!(effect(&history, &misfit, TODAY).is_err());
}

#[test]
fn a_stale_proposal_shows_what_changed_since() {
    let draft = Draft {
        actor: "test".into(),
        reason: "because".into(),
        changes: vec![set("hub", &[("title", "Other".into())])],
        ..Draft::default()
    };
    let (_, history) = started().prepare(draft, 1, now(), TODAY).unwrap();
    let mine = proposal(vec![set("hub", &[("title", "Mine".into())])], State::Draft);
    let found = effect(&history, &mine, TODAY).unwrap();
    assert_eq!(found.stale[0].fields()[0].new, "Other");
    assert_eq!(found.diffs[0].fields()[0].new, "Mine");
}

#[test]
fn applying_cites_the_decision_and_may_move_a_stage() {
    let history = started();
    let mut mine = proposal(
        vec![set("hub", &[("stage", "approved".into())])],
        State::Draft,
    );
    assert!(mine.draft("chair", None).is_err(), "it is not accepted");
    mine.take(Step::Submit).unwrap();
    mine.take(Step::Accept {
        decision: slug("go"),
    })
    .unwrap();
    let unknown = history.prepare(mine.draft("chair", None).unwrap(), 1, now(), TODAY);
    assert!(matches!(unknown, Err(Refusal::NoDecision(_))));
    let decision =
        serde_json::from_str(r#"{"title":"Go","date":"2026-11-22","by":"The board"}"#).unwrap();
    let draft = mine.draft("chair", Some(decision)).unwrap();
    let (sealed, next) = history.prepare(draft, 1, now(), TODAY).unwrap();
    assert_eq!(sealed.entry.decision, Some(slug("go")));
    assert_eq!(
        next.current().activities["hub"].stage,
        Some(Stage::Approved)
    );
    mine.take(Step::Apply {
        entry: sealed.entry.seq,
    })
    .unwrap();
    assert_eq!(
        mine.state,
        State::Applied {
            decision: slug("go"),
            entry: 2
        }
    );
    assert_eq!(mine.themes(&next.current()), [slug("data")].into());
}

#[test]
fn only_what_changed_in_the_same_fields_is_in_the_way() {
    let history = started();
    let change = |changes: Vec<Change>| {
        let draft = Draft {
            actor: "test".into(),
            reason: "because".into(),
            changes,
            ..Draft::default()
        };
        history.prepare(draft, 1, now(), TODAY).unwrap().1
    };
    let title = set("hub", &[("title", "The hub".into())]);
    let key = Key::new(Kind::Activity, slug("hub"));
    // what others did since, what is proposed, whether that is in the way
    let table = [
        (
            title.clone(),
            set("hub", &[("title", "A hub".into())]),
            true,
        ),
        (
            title.clone(),
            set("hub", &[("summary", "S2".into())]),
            false,
        ),
        (title.clone(), Change::withdraw(key.clone()), true),
        (title.clone(), set("class", &[("title", "C".into())]), false),
        (Change::withdraw(key), title, true),
    ];
    for (since, proposed, expected) in table {
        let told = format!("{since:?}, {proposed:?}");
        let later = change(vec![since]);
        let found = in_the_way(&later, &proposal(vec![proposed], State::Submitted));
        assert_eq!(!found.is_empty(), expected, "{told}");
    }
}

#[test]
fn proposals_that_wait_are_compared_as_well() {
    let title = |text: &str| vec![set("hub", &[("title", text.into())])];
    let all = [
        proposal(title("One"), State::Submitted),
        proposal(title("Two"), State::Draft),
        proposal(title("Three"), State::Submitted),
    ];
    let found = conflicts_among(&all, State::is_open);
    let between: Vec<_> = found.iter().map(|conflict| conflict.between).collect();
    assert_eq!(between, [(0, 2)], "a draft is nobody's business");
    assert_eq!(conflicts(&all), []);
}
