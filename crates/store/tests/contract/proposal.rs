//! Proposals: revisions, talk, and deciding in one transaction with the entry.

use dfg_plan::{
    Change, Draft, Hash, Record, Sealed, Slug,
    entry::Head,
    proposal::{Proposal, State, Step},
    record::Kind,
};
use dfg_store::{
    Store, StoreError,
    meeting::Minute,
    proposal::{Ruling, Subject},
};

use crate::{
    meeting::sample_meeting,
    support::{
        Place,
        entry::{draft, first, retitle, seal},
    },
};

pub fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn sample(state: State) -> Proposal {
    let mut changes = retitle("The “new” hub").changes;
    let json = r#"{"title":"New","theme":"data","summary":"S","funding_pence":5}"#;
    changes.push(Change::add(
        slug("new"),
        Record::from_json(Kind::Activity, json).unwrap(),
    ));
    Proposal {
        title: "A better name".into(),
        reason: "Nobody knows the old one".into(),
        made_from: 1,
        changes,
        state,
    }
}

fn decision() -> Change {
    let json = r#"{"title":"Go","date":"2026-11-22","by":"The board"}"#;
    Change::add(slug("go"), Record::from_json(Kind::Decision, json).unwrap())
}

/// The draft that makes the sample's changes and cites the decision.
fn decided() -> Draft {
    let mut decided = draft("Because it was decided");
    decided.decision = Some(slug("go"));
    decided.changes = [decision()]
        .into_iter()
        .chain(sample(State::Draft).changes)
        .collect();
    decided
}

fn accept() -> Step {
    Step::Accept {
        decision: slug("go"),
    }
}

fn ruling(id: i64, step: Step) -> Ruling<'static> {
    Ruling {
        on: Subject::Proposal {
            id,
            revision: 1,
            step,
        },
        minute: None,
    }
}

/// Keeps a proposal of another title, and accepts it; gives the entry.
pub async fn propose_and_decide(store: &Store, head: Head, name: &str) -> Sealed {
    let changes = retitle(name).changes;
    let proposal = Proposal {
        changes: changes.clone(),
        ..sample(State::Submitted)
    };
    let id = store.add_proposal("person-1", &proposal).await.unwrap();
    let mut decided = draft("Because it was decided");
    decided.decision = Some(slug(name));
    decided.changes = changes;
    let sealed = seal(decided, head);
    let step = Step::Accept {
        decision: slug(name),
    };
    store
        .decide_and_append(&ruling(id, step), &sealed, &[])
        .await
        .unwrap();
    sealed
}

async fn started(place: &Place) -> (Store, Head) {
    let store = place.open().await;
    let sealed = seal(first(), Head::EMPTY);
    store.append(&sealed, &[]).await.unwrap();
    (store, sealed.head())
}

pub async fn a_proposal_is_changed_by_revision(place: &Place) {
    let store = place.open().await;
    let mut proposal = sample(State::Draft);
    let id = store.add_proposal("person-1", &proposal).await.unwrap();
    let other = store.add_proposal("person-2", &proposal).await.unwrap();
    assert!(other > id);
    proposal.title = "The best name".into();
    proposal.take(Step::Submit).unwrap();
    assert_eq!(store.save_proposal(id, 1, &proposal).await.unwrap(), 2);
    let stale = store.save_proposal(id, 1, &sample(State::Draft)).await;
    assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
    let absent = store.save_proposal(99, 1, &proposal).await;
    assert!(
        matches!(absent, Err(StoreError::NotFound { id: 99, .. })),
        "{absent:?}"
    );
    let kept = store.proposal(id).await.unwrap().unwrap();
    assert_eq!((kept.author.as_str(), kept.revision), ("person-1", 2));
    assert_eq!(kept.proposal, proposal);
    assert_eq!(store.proposal(99).await.unwrap(), None);
    assert_eq!(store.proposals().await.unwrap().len(), 2);
}

pub async fn a_proposal_is_talked_about(place: &Place) {
    let store = place.open().await;
    let id = store
        .add_proposal("person-1", &sample(State::Draft))
        .await
        .unwrap();
    let at = "2026-11-22T09:00:00Z".parse().unwrap();
    for text in ["Why?", "It's \"good\";\n-- see above"] {
        store.add_comment(id, "person-2", at, text).await.unwrap();
    }
    let said = store.comments(id).await.unwrap();
    let texts: Vec<_> = said.iter().map(|comment| comment.text.as_str()).collect();
    assert_eq!(texts, ["Why?", "It's \"good\";\n-- see above"]);
    assert_eq!(said[0].said_at, at);
    let nowhere = store.add_comment(99, "person-2", at, "?").await;
    assert!(
        matches!(nowhere, Err(StoreError::NotFound { .. })),
        "{nowhere:?}"
    );
}

pub async fn deciding_applies_the_changes(place: &Place) {
    let (store, head) = started(place).await;
    let id = store
        .add_proposal("person-1", &sample(State::Submitted))
        .await
        .unwrap();
    let meeting = store.add_meeting(&sample_meeting()).await.unwrap();
    let sealed = seal(decided(), head);
    let mut ruling = ruling(id, accept());
    let item = format!("proposal.{id}");
    ruling.minute = Some(Minute {
        meeting,
        item: &item,
        text: "Agreed",
    });
    let state = store
        .decide_and_append(&ruling, &sealed, &[])
        .await
        .unwrap();
    let applied = State::Applied {
        decision: slug("go"),
        entry: 2,
    };
    assert_eq!(state, Some(applied.clone()));
    let kept = store.proposal(id).await.unwrap().unwrap();
    assert_eq!((kept.proposal.state, kept.revision), (applied, 2));
    let plan = store.load(|_, _| ()).await.unwrap().current();
    assert_eq!(plan.activities["hub"].title, "The “new” hub");
    assert!(plan.decisions.contains_key("go"));
    let outcomes = store.outcomes(meeting).await.unwrap();
    assert_eq!(
        (outcomes[0].item.as_str(), outcomes[0].decision.as_deref()),
        (item.as_str(), Some("go"))
    );
}

pub async fn a_declined_proposal_changes_nothing_else(place: &Place) {
    let (store, head) = started(place).await;
    let id = store
        .add_proposal("person-1", &sample(State::Submitted))
        .await
        .unwrap();
    let mut only_decision = draft("Because it was decided");
    only_decision.decision = Some(slug("go"));
    only_decision.changes = vec![decision()];
    let declined = State::Declined {
        decision: slug("go"),
        reason: "Too dear".into(),
    };
    let step = Step::Decline {
        decision: slug("go"),
        reason: "Too dear".into(),
    };
    let state = store
        .decide_and_append(&ruling(id, step), &seal(only_decision, head), &[])
        .await
        .unwrap();
    assert_eq!(state, Some(declined));
    let plan = store.load(|_, _| ()).await.unwrap().current();
    assert_eq!(plan.activities["hub"].title, "Hub 0");
}

pub async fn a_failing_append_leaves_the_proposal_undecided(place: &Place) {
    let (store, head) = started(place).await;
    let submitted = sample(State::Submitted);
    let id = store.add_proposal("person-1", &submitted).await.unwrap();
    let meeting = store.add_meeting(&sample_meeting()).await.unwrap();
    let minute = |item| Minute {
        meeting,
        item,
        text: "Agreed",
    };
    let later = Head { seq: 7, ..head };
    let mut uncited = decided();
    uncited.decision = None;
    let mut partial = decided();
    partial.changes.pop();
    let mut torn = seal(decided(), head);
    torn.body = torn
        .body
        .replace("better", "worse")
        .replace("decided", "dreamt");
    let mut without_text = decided();
    without_text
        .files
        .insert("strategy.md".into(), Some(Hash::of(b"text")));
    let failing = [
        (seal(decided(), later), accept()),
        (seal(uncited, head), accept()),
        (seal(partial, head), accept()),
        (torn, accept()),
        (seal(without_text, head), accept()),
        (
            seal(decided(), head),
            Step::Accept {
                decision: slug("other"),
            },
        ),
        (seal(decided(), head), Step::Withdraw),
    ];
    for (sealed, step) in failing {
        let told = format!("{step:?}");
        let mut ruling = ruling(id, step);
        ruling.minute = Some(minute("proposal"));
        let refused = store.decide_and_append(&ruling, &sealed, &[]).await;
        assert!(refused.is_err(), "{told}: {refused:?}");
    }
    let sealed = seal(decided(), head);
    let mut stale = ruling(id, accept());
    stale.on = Subject::Proposal {
        id,
        revision: 9,
        step: accept(),
    };
    let refused = store.decide_and_append(&stale, &sealed, &[]).await;
    assert!(
        matches!(refused, Err(StoreError::Stale { .. })),
        "{refused:?}"
    );
    // Nothing is left of any of them: not the state, not the outcome, not the entry.
    let kept = store.proposal(id).await.unwrap().unwrap();
    assert_eq!((kept.proposal, kept.revision), (submitted, 1));
    assert_eq!(store.outcomes(meeting).await.unwrap(), []);
    assert_eq!(store.head().await.unwrap(), head);
    store
        .decide_and_append(&ruling(id, accept()), &sealed, &[])
        .await
        .unwrap();
}

pub async fn of_many_decisions_one_counts(place: &Place) {
    let (store, head) = started(place).await;
    let id = store
        .add_proposal("person-1", &sample(State::Submitted))
        .await
        .unwrap();
    let stores = [store.clone(), place.open().await];
    let deciding: Vec<_> = (0..16)
        .map(|number| {
            let store = stores[number % 2].clone();
            tokio::spawn(async move {
                let sealed = seal(decided(), head);
                store
                    .decide_and_append(&ruling(id, accept()), &sealed, &[])
                    .await
            })
        })
        .collect();
    let mut counted = 0;
    for one in deciding {
        counted += usize::from(one.await.unwrap().is_ok());
    }
    assert_eq!(counted, 1);
    assert_eq!(store.head().await.unwrap().seq, 2);
}
