//! Backup and restore.

use std::{fs, path::Path};

use dfg_plan::entry::{ChainFault, Head};
use dfg_store::{StoreError, VerifyFault};

use crate::support::{
    Place,
    entry::{FIRST_FILE, chain, chain_after, files, first, retitle, seal, titles},
};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with("ledger.db"))
        .collect();
    names.sort();
    names
}

pub async fn a_backup_is_made_while_others_append(place: &Place) {
    let store = place.open().await;
    let entries = titles(400);
    store.append_all(&entries[..200], &[]).await.unwrap();
    let writer = place.open().await;
    let later = entries[200..].to_vec();
    let appending = tokio::spawn(async move {
        for sealed in &later {
            writer.append(sealed, &[]).await.unwrap();
        }
    });
    let mut lengths = Vec::new();
    for number in 0..5 {
        let file = place.file(&format!("{number}.backup"));
        let verified = store.backup(&file).await.unwrap();
        let length = usize::try_from(verified.entries).unwrap();
        assert_eq!(verified.head, entries[length - 1].head());
        lengths.push(length);
    }
    appending.await.unwrap();
    assert!(lengths.is_sorted() && lengths[0] >= 200, "{lengths:?}");
    assert_eq!(store.verify(None).await.unwrap().entries, 400);
    assert_eq!(
        names(place.folder.path()),
        ["0.backup", "1.backup", "2.backup", "3.backup", "4.backup"],
        "one file each, and nothing else"
    );
    // The earliest backup is a beginning of the ledger, which can be taken up from there.
    let elsewhere = place.across().await;
    let restored = elsewhere.open().await;
    restored
        .restore(&place.file("0.backup"), false)
        .await
        .unwrap();
    restored
        .append_all(&entries[lengths[0]..], &[])
        .await
        .unwrap();
    assert_eq!(
        restored.verify(None).await.unwrap().head,
        entries[399].head()
    );
    elsewhere.remove().await;
}

pub async fn a_backup_is_restored_on_either_database(place: &Place) {
    let store = place.open().await;
    let (draft, blobs) = files(&[(FIRST_FILE, Some("text")), ("empty.md", Some(""))]);
    let entries = chain([first(), draft, retitle("Hub 1")]);
    store.append_all(&entries, &blobs).await.unwrap();
    let file = place.file("ledger.backup");
    let made = store.backup(&file).await.unwrap();
    assert_eq!(made, store.verify(None).await.unwrap());
    for elsewhere in [place.another().await, place.across().await] {
        let copy = elsewhere.open().await;
        let restored = copy.restore(&file, false).await.unwrap();
        assert_eq!(
            (restored.before, restored.after, restored.replaced),
            (Head::EMPTY, entries[2].head(), false)
        );
        assert_eq!(copy.verify(Some(entries[2].hash)).await.unwrap().entries, 3);
        assert_eq!(
            copy.entries_after(0).await.unwrap(),
            store.entries_after(0).await.unwrap()
        );
        assert_eq!(
            copy.layout(3).await.unwrap(),
            store.layout(3).await.unwrap()
        );
        // And back again.
        let again = elsewhere.file("again.backup");
        assert_eq!(copy.backup(&again).await.unwrap(), made);
        elsewhere.remove().await;
    }
    // A backup is a ledger: it can be opened and served as it is.
    let opened = dfg_store::Store::open(file.to_str().unwrap())
        .await
        .unwrap();
    assert_eq!(
        opened.load(|_, _| ()).await.unwrap().head(),
        entries[2].head()
    );
    opened
        .append(&seal(retitle("On"), entries[2].head()), &[])
        .await
        .unwrap();

    // An empty ledger too has a backup.
    let empty = place.another().await;
    let file = empty.file("empty.backup");
    let store = empty.open().await;
    assert_eq!(store.backup(&file).await.unwrap().entries, 0);
    assert_eq!(
        store.restore(&file, false).await.unwrap().after,
        Head::EMPTY
    );
    store.append_all(&entries[..1], &[]).await.unwrap();
    let refused = store.restore(&file, false).await;
    assert!(
        matches!(refused, Err(StoreError::WouldReplace { .. })),
        "{refused:?}"
    );
    assert!(store.restore(&file, true).await.unwrap().replaced);
    assert_eq!(store.verify(None).await.unwrap().entries, 0);
    store.append_all(&entries[..1], &[]).await.unwrap();
    assert_eq!(store.verify(None).await.unwrap().entries, 1);
    empty.remove().await;
}

pub async fn a_backup_never_overwrites(place: &Place) {
    let store = place.open().await;
    store.append_all(&titles(2), &[]).await.unwrap();
    let file = place.file("precious");
    fs::write(&file, "kept").unwrap();
    let refused = store.backup(&file).await;
    assert!(
        matches!(refused, Err(StoreError::Exists { .. })),
        "{refused:?}"
    );
    assert_eq!(fs::read(&file).unwrap(), b"kept");
    let nowhere = place.file("no/such/folder/backup");
    let refused = store.backup(&nowhere).await;
    assert!(
        matches!(refused, Err(StoreError::File { .. })),
        "{refused:?}"
    );
    assert_eq!(names(place.folder.path()), ["precious"]);
}

pub async fn a_damaged_ledger_is_not_backed_up(place: &Place) {
    let store = place.open().await;
    store.append_all(&titles(4), &[]).await.unwrap();
    place.lift_triggers().await;
    place
        .by_hand("DELETE FROM entries WHERE seq = 2")
        .await
        .unwrap();
    match store.backup(&place.file("backup")).await {
        Err(StoreError::Unsound { fault, .. }) => assert_eq!(fault.seq(), Some(2)),
        other => panic!("{other:?}"),
    }
    assert!(names(place.folder.path()).is_empty());
}

pub async fn a_backup_adds_to_its_own_beginning_only(place: &Place) {
    let whole = place.open().await;
    let entries = titles(6);
    whole.append_all(&entries, &[]).await.unwrap();
    let file = place.file("six.backup");
    whole.backup(&file).await.unwrap();
    let six = entries[5].head();
    let mut diverged = entries[..3].to_vec();
    diverged.extend(chain_after(entries[2].head(), [retitle("Elsewhere")]));
    let mut ahead = entries.clone();
    ahead.extend(chain_after(six, [retitle("Ahead")]));

    for (ledger, is_beginning) in [
        (&entries[..0], true),
        (&entries[..1], true),
        (&entries[..5], true),
        (&entries[..], true),
        (&diverged[..], false),
        (&ahead[..], false),
    ] {
        let here = place.another().await;
        let store = here.open().await;
        store.append_all(ledger, &[]).await.unwrap();
        let before = store.head().await.unwrap();
        let restored = match store.restore(&file, false).await {
            Ok(restored) => {
                assert!(is_beginning);
                restored
            }
            Err(StoreError::WouldReplace { ledger, backup }) => {
                assert!(!is_beginning);
                assert_eq!((ledger, backup), (before, six));
                assert_eq!(store.verify(None).await.unwrap().head, before);
                store.restore(&file, true).await.unwrap()
            }
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!((restored.before, restored.after), (before, six));
        assert_eq!(restored.replaced, !is_beginning);
        assert_eq!(store.verify(Some(six.hash)).await.unwrap().entries, 6);
        // What keeps the ledger append-only is back in place, and appending goes on.
        assert!(
            here.by_hand("DELETE FROM entries WHERE seq = 6")
                .await
                .is_err()
        );
        assert!(here.by_hand("UPDATE head SET seq = 1").await.is_err());
        store.append(&seal(retitle("On"), six), &[]).await.unwrap();
        here.remove().await;
    }
}

pub async fn a_damaged_backup_changes_nothing(place: &Place) {
    let elsewhere = Place::sqlite();
    let entries = titles(5);
    elsewhere
        .open()
        .await
        .append_all(&entries, &[])
        .await
        .unwrap();
    elsewhere.lift_triggers().await;
    elsewhere
        .by_hand("UPDATE entries SET body = replace(body, 'Hub 3', 'Pub 3') WHERE seq = 4")
        .await
        .unwrap();
    let damaged = elsewhere.file("ledger.db");

    let store = place.open().await;
    store.append_all(&entries[..2], &[]).await.unwrap();
    for replace in [false, true] {
        match store.restore(&damaged, replace).await {
            Err(StoreError::Unsound { fault, .. }) => assert!(
                matches!(
                    *fault,
                    VerifyFault::Chain(ChainFault::Edited { seq: 4, .. })
                ),
                "{fault:?}"
            ),
            other => panic!("{other:?}"),
        }
    }
    let text = place.file("notes.txt");
    fs::write(&text, "This is not a ledger. ".repeat(100)).unwrap();
    for file in [
        &text,
        &place.file("absent"),
        &place.folder.path().to_owned(),
    ] {
        let told = match store.restore(file, true).await {
            Err(StoreError::Open { cause, .. }) => cause.to_string(),
            other => panic!("{other:?}"),
        };
        assert!(told.contains("does not hold a ledger"), "{told}");
    }
    assert_eq!(store.verify(None).await.unwrap().head, entries[1].head());
}

pub async fn a_damaged_ledger_is_replaced(place: &Place) {
    let entries = titles(5);
    let elsewhere = Place::sqlite();
    let whole = elsewhere.open().await;
    whole.append_all(&entries, &[]).await.unwrap();
    let file = elsewhere.file("five.backup");
    whole.backup(&file).await.unwrap();

    let store = place.open().await;
    store.append_all(&entries[..4], &[]).await.unwrap();
    place.lift_triggers().await;
    place
        .by_hand("DELETE FROM entries WHERE seq = 2")
        .await
        .unwrap();
    // Adding to a damaged ledger would leave a damaged one.
    let refused = store.restore(&file, false).await;
    assert!(
        matches!(refused, Err(StoreError::Unsound { .. })),
        "{refused:?}"
    );
    assert_eq!(store.head().await.unwrap(), entries[3].head());
    place
        .by_hand(
            "UPDATE head SET seq = 3, hash = repeat_zero"
                .replace("repeat_zero", &format!("'{}'", "0".repeat(64)))
                .as_str(),
        )
        .await
        .unwrap();
    assert!(store.restore(&file, true).await.unwrap().replaced);
    assert_eq!(store.verify(None).await.unwrap().head, entries[4].head());
}
