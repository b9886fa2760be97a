//! What authors write on the way to a proposal, and the steps taken with it.

use dfg_plan::{
    edit::{Deed, Edit},
    proposal::{Proposal, State, Step},
    record::Kind,
};
use dfg_store::{StoreError, edit::StepTaken};

use crate::support::Place;

fn draft() -> Proposal {
    Proposal {
        title: "A title".into(),
        reason: "A reason".into(),
        made_from: 1,
        changes: crate::support::entry::retitle("Another").changes,
        state: State::Draft,
    }
}

pub async fn what_is_written_is_kept_by_revision(place: &Place) {
    let store = place.open().await;
    let proposal = store.add_proposal("person-1", &draft()).await.unwrap();
    let mut edit = Edit::new(Kind::Activity, None, Deed::Add, 1);
    let id = store.add_edit(proposal, &edit).await.unwrap();
    let texts = [("start".to_owned(), "soon; \"or\"\nlater -- …".to_owned())];
    edit.save("start", &texts.into());
    assert_eq!(store.save_edit(id, 1, &edit).await.unwrap(), 2);
    let empty = Edit::new(Kind::Activity, None, Deed::Add, 1);
    let stale = store.save_edit(id, 1, &empty).await;
    assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
    // Another process, or the same one after a restart, finds it.
    let again = place.open().await;
    let kept = again.edit(id).await.unwrap().unwrap();
    assert_eq!((kept.proposal, kept.revision), (proposal, 2));
    assert_eq!(kept.edit, edit);
    assert_eq!(again.edits(proposal).await.unwrap(), [kept]);
    let nowhere = store.add_edit(99, &edit).await;
    assert!(
        matches!(nowhere, Err(StoreError::NotFound { id: 99, .. })),
        "{nowhere:?}"
    );
    assert!(store.remove_edit(id).await.unwrap());
    assert!(!store.remove_edit(id).await.unwrap());
    let gone = store.save_edit(id, 2, &edit).await;
    assert!(matches!(gone, Err(StoreError::NotFound { .. })), "{gone:?}");
}

pub async fn of_many_who_save_one_draft_one_is_first(place: &Place) {
    let stores = [place.open().await, place.open().await];
    let proposal = stores[0].add_proposal("person-1", &draft()).await.unwrap();
    let edit = Edit::new(Kind::Signal, None, Deed::Add, 1);
    let id = stores[0].add_edit(proposal, &edit).await.unwrap();
    let saving: Vec<_> = (0..16)
        .map(|number| {
            let (store, edit) = (stores[number % 2].clone(), edit.clone());
            tokio::spawn(async move { store.save_edit(id, 1, &edit).await })
        })
        .collect();
    let mut first = 0;
    for one in saving {
        match one.await.unwrap() {
            Ok(revision) => {
                assert_eq!(revision, 2);
                first += 1;
            }
            Err(error) => assert!(matches!(error, StoreError::Stale { .. }), "{error:?}"),
        }
    }
    assert_eq!(first, 1);
}

pub async fn a_step_and_its_note_are_kept_together(place: &Place) {
    let store = place.open().await;
    let mut proposal = draft();
    let id = store.add_proposal("person-1", &proposal).await.unwrap();
    let taken = StepTaken {
        person: "person-1".to_owned(),
        at: "2026-11-22T09:00:00Z".parse().unwrap(),
        step: "submitted".to_owned(),
        note: "with a \"note\"".to_owned(),
    };
    proposal.take(Step::Submit).unwrap();
    let stale = store.take_step(id, 7, &proposal, &taken).await;
    assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
    assert_eq!(store.steps(id).await.unwrap(), [], "neither is kept");
    assert_eq!(store.submitted().await.unwrap(), [0_i64; 0]);
    assert_eq!(store.take_step(id, 1, &proposal, &taken).await.unwrap(), 2);
    assert_eq!(store.steps(id).await.unwrap(), [taken]);
    assert_eq!(store.submitted().await.unwrap(), [id]);
    let kept = store.proposal(id).await.unwrap().unwrap();
    assert_eq!(kept.proposal.state, State::Submitted);
}

pub async fn a_person_is_told_what_they_wrote(place: &Place) {
    let store = place.open().await;
    let new = dfg_store::NewPerson {
        name: "An author".into(),
        email: "author@example.org".into(),
        roles: vec![dfg_plan::Role::Analyst],
    };
    let at = "2026-11-22T09:00:00Z".parse().unwrap();
    let person = store.add_person(&new, None, at).await.unwrap();
    let own = store.add_proposal(person.as_str(), &draft()).await.unwrap();
    let other = store.add_proposal("person-2", &draft()).await.unwrap();
    let edit = Edit::new(Kind::Signal, None, Deed::Add, 1);
    for proposal in [own, other] {
        store.add_edit(proposal, &edit).await.unwrap();
    }
    store
        .add_comment(other, person.as_str(), at, "I say")
        .await
        .unwrap();
    store
        .add_comment(own, "person-2", at, "They say")
        .await
        .unwrap();
    let held = store.held_on(&person).await.unwrap().unwrap();
    let told: Vec<_> = held
        .records
        .iter()
        .map(|(table, rows)| (*table, rows.len()))
        .collect();
    assert_eq!(
        told,
        [("comments", 1), ("proposal_edits", 1), ("proposals", 1)]
    );
    assert_eq!(held.records["comments"][0]["text"], "I say");
    let edit = &held.records["proposal_edits"][0];
    assert_eq!(edit["proposal"], own.to_string());
}
