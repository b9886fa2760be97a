//! What concerns servers only: ones that are down, that refuse writes, that keep text otherwise.

use std::{
    error::Error,
    net::TcpListener,
    time::{Duration, Instant},
};

use dfg_plan::entry::Head;
use dfg_store::{Store, StoreError};

use crate::support::{
    Place,
    entry::{retitle, seal, titles},
    postgres,
};

/// An error with everything beneath it, as a log would have it.
fn told(error: &dyn Error) -> String {
    let mut told = format!("{error} {error:?}");
    let mut next = error.source();
    while let Some(error) = next {
        told.push_str(&error.to_string());
        next = error.source();
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_is_told_at_once_and_without_the_password() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let began = Instant::now();
    let address = format!("postgres://jocasta:secret@127.0.0.1:{port}/region");
    let Err(error) = Store::open(&address).await else {
        panic!("it was opened");
    };
    assert!(began.elapsed() < Duration::from_secs(5));
    assert!(
        matches!(&error, StoreError::Open { cause, .. } if matches!(**cause, StoreError::Unreachable { .. })),
        "{error:?}"
    );
    let told = told(&error);
    assert!(
        told.contains(&format!("region on 127.0.0.1:{port}")),
        "{told}"
    );
    assert!(
        !told.contains("secret") && !told.contains("jocasta"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_writes_can_be_read() {
    let place = Place::postgres().await;
    let entries = titles(3);
    place.open().await.append_all(&entries, &[]).await.unwrap();
    place
        .by_hand("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$")
        .await
        .unwrap();
    let store = place.open().await;
    assert_eq!(store.verify(None).await.unwrap().head, entries[2].head());
    let refused = store
        .append(&seal(retitle("Hub"), entries[2].head()), &[])
        .await;
    assert!(
        matches!(refused, Err(StoreError::ReadOnly { .. })),
        "{refused:?}"
    );
    assert_eq!(store.head().await.unwrap(), entries[2].head());
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_keeps_text_otherwise_is_refused() {
    let address = postgres::fresh_database_in("SQL_ASCII").await;
    let Err(StoreError::Open { cause, .. }) = Store::open(&address).await else {
        panic!("it was opened");
    };
    assert!(matches!(*cause, StoreError::Encoding { .. }), "{cause:?}");
    postgres::drop_database(&address).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_were_cut_are_made_again() {
    let place = Place::postgres().await;
    let store = place.open().await;
    let entries = titles(2);
    store.append(&entries[0], &[]).await.unwrap();
    place
        .by_hand(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await
        .unwrap();
    assert_ne!(store.head().await.unwrap(), Head::EMPTY);
    store.append(&entries[1], &[]).await.unwrap();
    assert_eq!(store.verify(None).await.unwrap().entries, 2);
    place.remove().await;
}
