//! Meetings: one vote a member, however many ask at once.

use dfg_plan::{
    Key,
    meeting::{Choice, Item, Meeting, Outcome, Sort, Vote, tally},
    record::Kind,
};
use dfg_store::{StoreError, meeting::Minute};
use jiff::civil::date;

use crate::{proposal::slug, support::Place};

pub fn sample_meeting() -> Meeting {
    Meeting {
        title: "November".into(),
        group: slug("steering-group"),
        date: date(2026, 11, 22),
        quorum: 2,
        items: vec![Item {
            id: "red.hub".into(),
            sort: Sort::Red,
            title: "Hub".into(),
            note: String::new(),
            about: Some(Key::new(Kind::Activity, slug("hub"))),
        }],
    }
}

fn vote(member: &str, choice: Choice) -> Vote {
    Vote {
        member: member.into(),
        choice,
    }
}

pub async fn of_sixty_four_votes_of_one_member_one_counts(place: &Place) {
    let stores = [place.open().await, place.open().await];
    let meeting = stores[0].add_meeting(&sample_meeting()).await.unwrap();
    let voting: Vec<_> = (0..64)
        .map(|number| {
            let store = stores[number % 2].clone();
            let choice = Choice::ALL[number % 3];
            tokio::spawn(async move {
                let vote = vote("person-1", choice);
                store
                    .cast_vote(meeting, "red.hub", &vote)
                    .await
                    .map(|()| choice)
            })
        })
        .collect();
    let mut counted = Vec::new();
    for one in voting {
        match one.await.unwrap() {
            Ok(choice) => counted.push(choice),
            Err(StoreError::Voted) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(counted.len(), 1);
    let votes = stores[1].votes(meeting, "red.hub").await.unwrap();
    assert_eq!(votes, [vote("person-1", counted[0])]);
    stores[0]
        .cast_vote(meeting, "other", &votes[0])
        .await
        .unwrap();
    let by_hand = "INSERT INTO votes VALUES (1, 'red.hub', 'person-1', 'against')";
    assert!(
        place.by_hand(by_hand).await.is_err(),
        "the table itself refuses it"
    );
}

pub async fn a_meeting_is_held(place: &Place) {
    let store = place.open().await;
    let mut sample = sample_meeting();
    let id = store.add_meeting(&sample).await.unwrap();
    sample.items.clear();
    assert_eq!(store.save_meeting(id, 1, &sample).await.unwrap(), 2);
    let stale = store.save_meeting(id, 1, &sample).await;
    assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
    let kept = store.meeting(id).await.unwrap().unwrap();
    assert_eq!((kept.revision, &kept.meeting), (2, &sample));
    assert_eq!(store.meetings().await.unwrap(), [kept]);

    for member in ["a", "b", "c", "a"] {
        store.attend(id, member).await.unwrap();
    }
    store
        .declare_at_meeting(id, "red.hub", "c", "She runs it")
        .await
        .unwrap();
    for (member, choice) in [
        ("a", Choice::For),
        ("b", Choice::Abstain),
        ("c", Choice::Against),
    ] {
        store
            .cast_vote(id, "red.hub", &vote(member, choice))
            .await
            .unwrap();
    }
    let bench = store.bench(id, "red.hub").await.unwrap();
    assert_eq!(
        (bench.present.len(), bench.free(), bench.is_quorate()),
        (3, 2, true)
    );
    let votes = store.votes(id, "red.hub").await.unwrap();
    let found = tally(&bench, &votes, None).unwrap();
    assert_eq!(
        (found.outcome, found.set_aside),
        (Outcome::Carried, vec!["c".to_owned()])
    );

    let minute = Minute {
        meeting: id,
        item: "red.hub",
        text: "Noted",
    };
    store.record_outcome(minute).await.unwrap();
    let twice = store.record_outcome(minute).await;
    assert!(matches!(twice, Err(StoreError::Stale { .. })), "{twice:?}");
    assert_eq!(store.outcomes(id).await.unwrap()[0].text, "Noted");

    let due = Some(date(2026, 12, 1));
    let action = store.add_action(id, "Ask them", "a", due).await.unwrap();
    let group = slug("steering-group");
    let open = store.open_actions(&group).await.unwrap();
    assert_eq!((open[0].id, open[0].due), (action, due));
    assert_eq!(store.open_actions(&slug("other")).await.unwrap(), []);
    store
        .finish_action(action, date(2026, 11, 30))
        .await
        .unwrap();
    assert_eq!(store.open_actions(&group).await.unwrap(), []);
    let again = store.finish_action(action, date(2026, 11, 30)).await;
    assert!(
        matches!(again, Err(StoreError::NotFound { .. })),
        "{again:?}"
    );
    let nowhere = store.attend(99, "a").await;
    assert!(
        matches!(nowhere, Err(StoreError::NotFound { id: 99, .. })),
        "{nowhere:?}"
    );
}
