//! How long a large ledger takes to open on `PostgreSQL`; `make bench` measures `SQLite`.

use std::time::{Duration, Instant};

use crate::support::{
    Place,
    entry::{add_activity, chain, first},
};

/// The target, for a build that is optimised: a hundred thousand entries in a second.
const ENTRIES: u32 = 100_000;
const TARGET: Duration = Duration::from_secs(1);

#[expect(clippy::print_stderr, reason = "the figures are what it is for")]
async fn measure(place: Place) {
    let entries = chain([first()].into_iter().chain((1..ENTRIES).map(add_activity)));
    let bytes: usize = entries.iter().map(|sealed| sealed.body.len()).sum();
    let store = place.open().await;
    let began = Instant::now();
    store.append_all(&entries, &[]).await.unwrap();
    eprintln!(
        "{} bytes an entry; appended in {:?}",
        bytes / entries.len(),
        began.elapsed()
    );
    store.close().await;
    drop(entries);
    for _ in 0..3 {
        let store = place.open().await;
        let began = Instant::now();
        let history = store.load(|_, _| ()).await.unwrap();
        let took = began.elapsed();
        eprintln!("loaded {} entries in {took:?}", history.head().seq);
        assert!(cfg!(debug_assertions) || took < TARGET, "{took:?}");
        let began = Instant::now();
        store.verify(None).await.unwrap();
        eprintln!("verified in {:?}", began.elapsed());
    }
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: run it in an optimised build"]
async fn a_hundred_thousand_entries_on_postgres() {
    measure(Place::postgres().await).await;
}
