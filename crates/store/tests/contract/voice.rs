//! Signals that strangers raise: held, decided on once, told of once, erased.

use std::time::Duration;

use dfg_plan::{Slug, record::SignalKind};
use dfg_store::{
    Store, StoreError, Token,
    voice::{NewRaised, News, Receipt, Standing},
};
use jiff::Timestamp;

use crate::{
    support::{Place, entry::titles},
    update::person,
};

fn at(days: u32) -> Timestamp {
    let start: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
    start + Duration::from_hours(24) * days
}

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn new() -> NewRaised {
    NewRaised {
        kind: SignalKind::Challenge,
        theme: slug("data"),
        area: Some(slug("upper-vale")),
        words: "Buses have no signal".to_owned(),
        email: Some("me@example.org".to_owned()),
    }
}

async fn raise(store: &Store) -> (i64, Token) {
    let token = Token::random().unwrap();
    let receipt = store.raise_signal(&new(), &token, 9, at(0)).await.unwrap();
    assert_eq!(receipt, Receipt::Kept);
    let raised = store.raised_by(&token).await.unwrap().unwrap();
    (raised.id, token)
}

pub async fn a_raised_signal_waits_and_is_let_in_once(place: &Place) {
    let stores = [place.open().await, place.open().await];
    let moderator = person(&stores[0]).await;
    let (id, token) = raise(&stores[0]).await;
    let again = stores[1]
        .raise_signal(&new(), &token, 9, at(0))
        .await
        .unwrap();
    assert_eq!(again, Receipt::Known);
    let kept = stores[1].raised_signal(id).await.unwrap().unwrap();
    assert_eq!(kept.standing, Standing::Waiting);
    assert_eq!(
        (kept.words.as_deref(), kept.area),
        (Some("Buses have no signal"), new().area)
    );
    let hashed = Token::parse(&token.hash().to_string()).unwrap();
    assert!(stores[1].raised_by(&hashed).await.unwrap().is_none());
    let entry = titles(1).remove(0);
    let deciding: Vec<_> = (0..8)
        .map(|number| {
            let (store, entry, moderator) =
                (stores[number % 2].clone(), entry.clone(), moderator.clone());
            tokio::spawn(async move {
                let signal = slug(&format!("buses-{number}"));
                store
                    .let_signal_in(id, &signal, &moderator, at(1), &entry)
                    .await
            })
        })
        .collect();
    let mut done = 0;
    for one in deciding {
        match one.await.unwrap() {
            Ok(decided) => done += usize::from(decided),
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(done, 1);
    assert_eq!(stores[0].head().await.unwrap(), entry.head());
    let kept = stores[0].raised_signal(id).await.unwrap().unwrap();
    assert!(matches!(kept.standing, Standing::LetIn { .. }));
    let away = stores[0]
        .turn_signal_away(id, "No", &moderator, at(2))
        .await;
    assert!(!away.unwrap());
    // A failing append leaves it waiting.
    let (id, _) = raise(&stores[0]).await;
    let stale = stores[0]
        .let_signal_in(id, &slug("x"), &moderator, at(1), &entry)
        .await;
    assert!(matches!(stale, Err(StoreError::Moved { .. })), "{stale:?}");
    let kept = stores[0].raised_signal(id).await.unwrap().unwrap();
    assert_eq!(kept.standing, Standing::Waiting);
}

pub async fn a_raised_signal_is_turned_away_once(place: &Place) {
    let store = place.open().await;
    let moderator = person(&store).await;
    let (id, token) = raise(&store).await;
    for (reason, expected) in [("Not ours", true), ("Other", false)] {
        let away = store.turn_signal_away(id, reason, &moderator, at(1)).await;
        assert_eq!(away.unwrap(), expected);
    }
    let reason = "Not ours".to_owned();
    let kept = store.raised_by(&token).await.unwrap().unwrap();
    assert_eq!(kept.standing, Standing::TurnedAway { reason });
}

pub async fn so_many_wait_and_no_more(place: &Place) {
    let store = place.open().await;
    let moderator = person(&store).await;
    let mut last = 0;
    for _ in 0..9 {
        last = raise(&store).await.0;
    }
    let token = Token::random().unwrap();
    let full = store.raise_signal(&new(), &token, 9, at(0)).await.unwrap();
    assert_eq!(full, Receipt::Full);
    assert!(store.raised_by(&token).await.unwrap().is_none());
    store
        .turn_signal_away(last, "No", &moderator, at(1))
        .await
        .unwrap();
    let kept = store.raise_signal(&new(), &token, 9, at(0)).await.unwrap();
    assert_eq!(kept, Receipt::Kept);
}

pub async fn news_are_told_once_each(place: &Place) {
    let stores = [place.open().await, place.open().await];
    let (id, _) = raise(&stores[0]).await;
    for (word, is_last, expected) in [
        ("waiting", false, 0),
        ("let-in", false, 1),
        ("closed", true, 1),
        ("closed", true, 0),
    ] {
        let asking: Vec<_> = (0..8)
            .map(|number| {
                let store = stores[number % 2].clone();
                tokio::spawn(async move {
                    let news = News { id, word, is_last };
                    store.claim_news(news, at(1)).await.unwrap()
                })
            })
            .collect();
        let mut told = 0;
        for one in asking {
            told += usize::from(one.await.unwrap());
        }
        assert_eq!(told, expected, "{word}");
    }
}

pub async fn words_and_addresses_are_erased(place: &Place) {
    let store = place.open().await;
    let (done, told) = raise(&store).await;
    let (open, waits) = raise(&store).await;
    let news = News {
        id: done,
        word: "closed",
        is_last: true,
    };
    store.claim_news(news, at(10)).await.unwrap();
    assert_eq!(
        store
            .erase_raised(at(9), at(0) - Duration::from_secs(1), at(39))
            .await
            .unwrap(),
        0
    );
    let erased = store
        .erase_raised(at(10), at(0) - Duration::from_secs(1), at(40))
        .await;
    assert_eq!(erased.unwrap(), 1);
    let gone = store.raised_by(&told).await.unwrap().unwrap();
    assert_eq!((gone.words, gone.email), (None, None));
    let left = store.raised_signals().await.unwrap();
    assert_eq!(left.iter().map(|one| one.id).collect::<Vec<_>>(), [open]);
    assert_eq!(store.erase_raised(at(10), at(0), at(365)).await.unwrap(), 1);
    let gone = store.raised_by(&waits).await.unwrap().unwrap();
    assert!(matches!(gone.standing, Standing::TurnedAway { .. }));
    let by_hand = "UPDATE raised_signals SET words = 'again' WHERE erased_at IS NOT NULL";
    assert!(
        place.by_hand(by_hand).await.is_err(),
        "the table itself refuses it"
    );
}
