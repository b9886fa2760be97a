//! Reviews: rounds, scores, interests and recommendations.

use dfg_plan::{
    Change, Record,
    entry::Head,
    record::Kind,
    review::{Advice, Criterion, Interest, Round, Score},
};
use dfg_store::{
    StoreError,
    proposal::{Ruling, Subject},
};
use jiff::civil::date;

use crate::{
    proposal::slug,
    support::{
        Place,
        entry::{draft, first, seal},
    },
};

fn round() -> Round {
    Round {
        title: "Autumn".into(),
        group: slug("data-group"),
        activities: vec![slug("hub")],
        criteria: vec![Criterion {
            id: slug("fit"),
            title: "How well does it fit?".into(),
            weight: 3,
        }],
        opens: date(2026, 11, 1),
        closes: date(2026, 11, 20),
        questions: vec!["What is missing?".into()],
        ended: false,
    }
}

fn score(member: &str, points: Option<u8>, day: i8) -> Score {
    Score {
        member: member.into(),
        activity: slug("hub"),
        criterion: slug("fit"),
        points,
        reason: "It's “apt”".into(),
        on: date(2026, 11, day),
    }
}

pub async fn a_round_is_scored(place: &Place) {
    let store = place.open().await;
    let mut round = round();
    let id = store.add_review(&round, u64::MAX).await.unwrap();
    round.questions.clear();
    assert_eq!(store.save_review(id, 1, &round).await.unwrap(), 2);
    let stale = store.save_review(id, 1, &round).await;
    assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
    let kept = store.review(id).await.unwrap().unwrap();
    assert_eq!(
        (kept.revision, kept.seed, &kept.round),
        (2, u64::MAX, &round)
    );
    assert_eq!(store.reviews().await.unwrap(), [kept]);

    assert!(store.put_score(id, &score("b", Some(1), 5)).await.unwrap());
    assert!(store.put_score(id, &score("b", Some(4), 6)).await.unwrap());
    assert!(store.put_score(id, &score("a", None, 20)).await.unwrap());
    assert!(
        !store.put_score(id, &score("b", Some(0), 21)).await.unwrap(),
        "late"
    );
    assert!(
        store.put_score(id, &score("c", Some(0), 21)).await.unwrap(),
        "late, but the first"
    );
    let expected = [
        score("a", None, 20),
        score("b", Some(4), 6),
        score("c", Some(0), 21),
    ];
    assert_eq!(store.scores(id, None).await.unwrap(), expected);
    assert_eq!(store.scores(id, Some("b")).await.unwrap(), expected[1..2]);
    let nowhere = store.put_score(99, &score("a", None, 5)).await;
    assert!(
        matches!(nowhere, Err(StoreError::NotFound { .. })),
        "{nowhere:?}"
    );
    let too_much = store.put_score(id, &score("d", Some(5), 5)).await;
    assert!(too_much.is_err(), "the table itself refuses it");

    let interest = Interest {
        member: "b".into(),
        activity: slug("hub"),
        reason: "She runs it".into(),
    };
    for _ in 0..2 {
        store.declare_interest(id, &interest).await.unwrap();
    }
    assert_eq!(store.interests(id).await.unwrap(), [interest]);

    round.end(date(2026, 11, 10));
    assert_eq!(store.save_review(id, 2, &round).await.unwrap(), 3);
    for late in [score("b", Some(0), 10), score("e", Some(0), 10)] {
        assert!(!store.put_score(id, &late).await.unwrap(), "closed by hand");
    }
    assert_eq!(store.scores(id, None).await.unwrap(), expected);
}

pub async fn a_recommendation_is_decided_on_once(place: &Place) {
    let store = place.open().await;
    let begun = seal(first(), Head::EMPTY);
    store.append(&begun, &[]).await.unwrap();
    let review = store.add_review(&round(), 1).await.unwrap();
    let hub = slug("hub");
    for advice in [Advice::Continue, Advice::Pause] {
        store
            .put_recommendation(review, &hub, advice, "It is too early")
            .await
            .unwrap();
    }
    let open = store.open_advice().await.unwrap();
    assert_eq!(
        (open.len(), open[0].review, open[0].advice),
        (1, review, Advice::Pause)
    );

    let json = r#"{"title":"Wait","date":"2026-11-22","by":"The board"}"#;
    let mut decided = draft("The review was clear");
    decided.decision = Some(slug("wait"));
    decided.changes = vec![Change::add(
        slug("wait"),
        Record::from_json(Kind::Decision, json).unwrap(),
    )];
    let ruling = Ruling {
        on: Subject::Advice {
            review,
            activity: &hub,
        },
        minute: None,
    };
    let sealed = seal(decided.clone(), begun.head());
    assert_eq!(
        store
            .decide_and_append(&ruling, &sealed, &[])
            .await
            .unwrap(),
        None
    );
    assert_eq!(store.open_advice().await.unwrap(), []);
    let kept = store.recommendations(review).await.unwrap();
    assert_eq!(
        (kept[0].advice, kept[0].decision.clone()),
        (Advice::Pause, Some(slug("wait")))
    );
    let again = store
        .decide_and_append(&ruling, &seal(decided, sealed.head()), &[])
        .await;
    assert!(matches!(again, Err(StoreError::Stale { .. })), "{again:?}");
    let late = store
        .put_recommendation(review, &hub, Advice::Stop, "No")
        .await;
    assert!(matches!(late, Err(StoreError::Stale { .. })), "{late:?}");
    assert_eq!(store.head().await.unwrap(), sealed.head());
}
