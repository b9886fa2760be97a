//! What stands beside the ledger: in a backup, after a restore, and in what is held on a person.

use std::collections::BTreeSet;

use dfg_plan::Role;
use dfg_store::{NewPerson, PersonId, Store, StoreError, backed_up_tables, left_out_tables};
use jiff::Timestamp;

use crate::support::{Place, entry::titles};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

async fn add(store: &Store, email: &str) -> PersonId {
    let new = NewPerson {
        name: "Somebody".to_owned(),
        email: email.to_owned(),
        roles: vec![Role::ProgrammeLead],
    };
    store.add_person(&new, None, at(0)).await.unwrap()
}

/// One row in each table that names a person; other tables have what these refer to.
fn rows(who: &PersonId) -> String {
    format!(
        "INSERT INTO proposals (author, title, reason, made_from, changes, state, standing, revision) \
           VALUES ('{who}', 'It''s “apt”', 'a\nb', 0, '[]', 'draft', '{{}}', 1); \
         INSERT INTO comments (proposal, author, said_at, text) VALUES (1, '{who}', '2026-11-22', 'Said'); \
         INSERT INTO reviews (body, seed, revision) VALUES ('{{}}', '18446744073709551615', 1); \
         INSERT INTO scores VALUES (1, '{who}', 'hub', 'fit', NULL, 'Why', '2026-11-22'); \
         INSERT INTO interests VALUES (1, '{who}', 'hub', 'Runs it'); \
         INSERT INTO meetings (body, revision) VALUES ('{{}}', 1); \
         INSERT INTO attendances VALUES (1, '{who}'); \
         INSERT INTO meeting_interests VALUES (1, 'item', '{who}', 'Runs it'); \
         INSERT INTO votes VALUES (1, 'item', '{who}', 'for'); \
         INSERT INTO actions (meeting, what, owner) VALUES (1, 'Call', '{who}');"
    )
}

const NAMING: [&str; 8] = [
    "actions",
    "attendances",
    "comments",
    "interests",
    "meeting_interests",
    "proposals",
    "scores",
    "votes",
];

pub async fn every_table_is_backed_up_or_left_out_on_purpose(place: &Place) {
    place.open().await.close().await;
    let listed: BTreeSet<String> = backed_up_tables()
        .chain(left_out_tables())
        .chain(["entries", "blobs", "head", "_sqlx_migrations"])
        .map(str::to_owned)
        .collect();
    let mut there: BTreeSet<String> = place.tables().await.into_iter().collect();
    there.remove("sqlite_sequence");
    assert_eq!(
        there, listed,
        "a new table is one line in crates/store/src/beside.rs"
    );
}

pub async fn people_and_their_work_come_back_on_either_database(place: &Place) {
    let store = place.open().await;
    store.append_all(&titles(2), &[]).await.unwrap();
    let (lead, other) = (
        add(&store, "lead@example.org").await,
        add(&store, "other@example.org").await,
    );
    place.by_hand(&rows(&other)).await.unwrap();
    let held = store.held_on(&other).await.unwrap().unwrap().records;
    assert_eq!(held.keys().copied().collect::<Vec<_>>(), NAMING);
    assert_eq!(held["proposals"][0]["title"], "It's “apt”");
    assert!(
        store
            .held_on(&lead)
            .await
            .unwrap()
            .unwrap()
            .records
            .is_empty()
    );
    let file = place.file("whole.backup");
    store.backup(&file).await.unwrap();
    for elsewhere in [place.another().await, place.across().await] {
        let copy = elsewhere.open().await;
        assert!(copy.restore(&file, false).await.unwrap().beside);
        let again = copy.held_on(&other).await.unwrap().unwrap();
        assert_eq!(again.records, held);
        assert_eq!(copy.people().await.unwrap().len(), 2);
        assert_eq!(copy.access_events(9).await.unwrap().len(), 2);
        // What is added next is numbered after what came back.
        elsewhere
            .by_hand(&format!(
                "INSERT INTO actions (meeting, what, owner) VALUES (1, 'Write', '{lead}')"
            ))
            .await
            .unwrap();
        // People who are there are not replaced unless that is said, and the erased stay erased.
        copy.erase_person(&other, Some(&lead), at(5)).await.unwrap();
        assert!(!copy.restore(&file, false).await.unwrap().beside);
        assert!(copy.restore(&file, true).await.unwrap().beside);
        let erased = copy.person(&other).await.unwrap().unwrap();
        assert_eq!(erased.shown_name(), "a former participant");
        assert!(erased.email.is_none() && erased.roles.is_empty());
        assert_eq!(copy.held_on(&other).await.unwrap().unwrap().records, held);
        assert_eq!(copy.verify(None).await.unwrap().entries, 2);
        elsewhere.remove().await;
    }
}

pub async fn a_table_changed_in_the_backup_is_refused(place: &Place) {
    let elsewhere = Place::sqlite();
    let made = elsewhere.open().await;
    made.append_all(&titles(1), &[]).await.unwrap();
    add(&made, "lead@example.org").await;
    let file = elsewhere.file("ledger.backup");
    made.backup(&file).await.unwrap();
    elsewhere
        .by_hand_in(&file, "UPDATE persons SET email = 'thief@example.org'")
        .await;
    let store = place.open().await;
    let refused = store.restore(&file, false).await;
    assert!(
        matches!(refused, Err(StoreError::TableDamaged { table: "persons" })),
        "{refused:?}"
    );
    assert!(store.people().await.unwrap().is_empty());
    assert_eq!(store.head().await.unwrap().seq, 0, "all or nothing");
}
