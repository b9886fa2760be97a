//! What concerns files only: full disks, modes, files of other kinds.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use dfg_plan::entry::Head;
use dfg_store::{Options, Store, StoreError};

use crate::support::{
    Place,
    entry::{chain_after, retitle, seal, titles},
};

/// Appends until the disk is full, and gives the end that was acknowledged.
async fn fill(store: &Store, mut head: Head) -> Head {
    let long = "x".repeat(20_000);
    for number in 0..2000 {
        let sealed = seal(retitle(&format!("{long} {number}")), head);
        match store.append(&sealed, &[]).await {
            Ok(()) => head = sealed.head(),
            Err(error @ StoreError::Full { .. }) => {
                assert!(error.to_string().contains("disk is full"), "{error}");
                return head;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    panic!("the disk never filled");
}

async fn reads_go_on(store: &Store, head: Head) {
    assert_eq!(store.head().await.unwrap(), head);
    assert_eq!(store.load(|_, _| ()).await.unwrap().head(), head);
    assert_eq!(store.verify(None).await.unwrap().head, head);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_may_not_grow_refuses_writes_and_goes_on_reading() {
    let place = Place::sqlite();
    let limited = place
        .open_with(Options {
            max_pages: Some(100),
            ..Options::default()
        })
        .await;
    let entries = titles(3);
    limited.append_all(&entries, &[]).await.unwrap();
    let head = fill(&limited, entries[2].head()).await;
    assert!(head.seq > 3);
    reads_go_on(&limited, head).await;
    // A small entry may still fit where a large one did not; many never do.
    let many = chain_after(head, (0..500).map(|n| retitle(&format!("Hub {n}"))));
    let refused = limited.append_all(&many, &[]).await;
    assert!(
        matches!(refused, Err(StoreError::Full { .. })),
        "{refused:?}"
    );
    reads_go_on(&limited, head).await;

    let roomy = place.open().await;
    roomy.append_all(&many, &[]).await.unwrap();
    reads_go_on(&limited, many[499].head()).await;
}

/// A small disk of its own, where we may mount one.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    fn mount(path: &'a Path) -> Option<Self> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
            .arg(path)
            .output();
        mounted
            .is_ok_and(|output| output.status.success())
            .then_some(Self(path))
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_return_to_a_full_disk_once_there_is_space() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(folder.path()) else {
        eprintln!("not permitted to mount a disk: the limit on pages stands in for it");
        return;
    };
    let ballast = disk.0.join("ballast");
    fs::write(&ballast, vec![0; 1 << 20]).unwrap();
    let file = disk.0.join("ledger.db");
    let store = Store::open(file.to_str().unwrap()).await.unwrap();
    let entries = titles(3);
    store.append_all(&entries, &[]).await.unwrap();
    let head = fill(&store, entries[2].head()).await;
    reads_go_on(&store, head).await;
    // A server that starts on a full disk can still read.
    let second = Store::open(file.to_str().unwrap()).await.unwrap();
    reads_go_on(&second, head).await;
    let refused = store.backup(&disk.0.join("backup")).await;
    assert!(
        matches!(refused, Err(StoreError::Full { .. })),
        "{refused:?}"
    );

    fs::remove_file(&ballast).unwrap();
    let next = seal(retitle("Space again"), head);
    store.append(&next, &[]).await.unwrap();
    reads_go_on(&second, next.head()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_for_their_owner_alone() {
    let place = Place::sqlite();
    let store = place.open().await;
    store.append_all(&titles(2), &[]).await.unwrap();
    store.backup(&place.file("backup")).await.unwrap();
    for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm", "backup"] {
        let mode = fs::metadata(place.file(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_another_kind_is_left_alone() {
    let place = Place::sqlite();
    let text = place.file("notes.txt");
    let words = "This is not a ledger. ".repeat(100);
    fs::write(&text, &words).unwrap();
    let other = place.file("other.db");
    fs::write(&other, "").unwrap();
    make_other(&other).await;
    let before = fs::read(&other).unwrap();
    for file in [&text, &other, &place.folder.path().to_owned()] {
        let Err(StoreError::Open { cause, location }) = Store::open(file.to_str().unwrap()).await
        else {
            panic!("{} was opened", file.display());
        };
        assert!(matches!(*cause, StoreError::NotALedger { .. }), "{cause:?}");
        assert_eq!(location, file.to_str().unwrap());
    }
    assert_eq!(fs::read_to_string(&text).unwrap(), words);
    assert!(fs::read(&other).unwrap() == before, "it was changed");
    let nowhere = place.file("no/such/folder/ledger.db");
    let Err(error) = Store::open(nowhere.to_str().unwrap()).await else {
        panic!("a ledger was opened in a folder that is not there");
    };
    assert!(error.to_string().contains("no/such/folder"), "{error}");
}

async fn make_other(path: &Path) {
    use sqlx::{Connection as _, SqliteConnection};
    let mut connection = SqliteConnection::connect(path.to_str().unwrap())
        .await
        .unwrap();
    sqlx::raw_sql("CREATE TABLE albums (title TEXT)")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_of_a_newer_version_is_refused() {
    let place = Place::sqlite();
    place
        .open()
        .await
        .append_all(&titles(2), &[])
        .await
        .unwrap();
    place
        .by_hand(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9999, 'later', TRUE, x'00', 0)",
        )
        .await
        .unwrap();
    let Err(StoreError::Open { cause, .. }) = Store::open(&place.address).await else {
        panic!("it was opened");
    };
    assert!(matches!(*cause, StoreError::Newer), "{cause:?}");
}
