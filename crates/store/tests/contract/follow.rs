//! Keeping up with what other processes append.

use std::time::{Duration, Instant};

use dfg_plan::{History, entry::Head};
use dfg_store::{Followed, StoreError};

use crate::support::{
    Place,
    entry::{chain_after, first, misfit, retitle, seal, titles},
};

pub async fn another_process_is_followed_within_a_second(place: &Place) {
    let (writer, reader) = (place.open().await, place.open().await);
    let entries = titles(4);
    let mut history = reader.load(|_, _| ()).await.unwrap();
    assert!(matches!(
        reader.follow(&mut history).await.unwrap(),
        Followed::Same
    ));

    writer.append(&entries[0], &[]).await.unwrap();
    let appended = Instant::now();
    let polling = tokio::spawn(async move {
        // As a server does.
        let mut polls = tokio::time::interval(Duration::from_millis(250));
        loop {
            polls.tick().await;
            if let Followed::Advanced(count) = reader.follow(&mut history).await.unwrap() {
                return (reader, history, count, appended.elapsed());
            }
        }
    });
    let (reader, mut history, count, after) = polling.await.unwrap();
    assert_eq!((count, history.head()), (1, entries[0].head()));
    assert!(after < Duration::from_secs(1), "{after:?}");

    writer.append_all(&entries[1..], &[]).await.unwrap();
    assert!(matches!(
        reader.follow(&mut history).await.unwrap(),
        Followed::Advanced(3)
    ));
    assert_eq!(history.head(), entries[3].head());
    assert!(matches!(
        reader.follow(&mut history).await.unwrap(),
        Followed::Same
    ));
    assert_eq!(
        history.current(),
        writer.load(|_, _| ()).await.unwrap().current()
    );

    // An entry that does not fit stops the follower where it still is right.
    let more = chain_after(entries[3].head(), [retitle("Hub"), misfit()]);
    writer.append_all(&more, &[]).await.unwrap();
    match reader.follow(&mut history).await {
        Err(StoreError::Fold(error)) => assert_eq!(error.seq, 6),
        other => panic!("{other:?}"),
    }
    assert_eq!(history.head(), more[0].head());
}

pub async fn a_replaced_ledger_is_noticed(place: &Place) {
    let elsewhere = place.another().await;
    let other = elsewhere.open().await;
    let other_entries = chain_after(Head::EMPTY, [first(), retitle("Other"), retitle("Another")]);
    other.append_all(&other_entries, &[]).await.unwrap();
    let file = place.file("other.backup");
    other.backup(&file).await.unwrap();

    // Replaced by a longer ledger, by one as long, and by a shorter one.
    for length in [2, 3, 5] {
        let here = place.another().await;
        let store = here.open().await;
        let mut entries = titles(2);
        entries.extend(chain_after(
            entries[1].head(),
            (2..length).map(|n| retitle(&format!("Mine {n}"))),
        ));
        store.append_all(&entries, &[]).await.unwrap();
        let follower = here.open().await;
        let mut history = follower.load(|_, _| ()).await.unwrap();
        let restored = store.restore(&file, true).await.unwrap();
        assert!(restored.replaced);
        let replacement = match follower.follow(&mut history).await.unwrap() {
            Followed::Replaced(replacement) => replacement,
            other => panic!("{other:?}"),
        };
        assert_eq!(replacement.head(), other_entries[2].head());
        assert_eq!(replacement.current().activities["hub"].title, "Another");
        // What it had is untouched, for whoever still reads from it.
        assert_eq!(history.head().seq, length);
        let next = seal(retitle("Next"), replacement.head());
        store.append(&next, &[]).await.unwrap();
        let mut history: History = replacement;
        assert!(matches!(
            follower.follow(&mut history).await.unwrap(),
            Followed::Advanced(1)
        ));
        here.remove().await;
    }
    elsewhere.remove().await;
}
