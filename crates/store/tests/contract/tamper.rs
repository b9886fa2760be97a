//! What the database refuses, and what verification finds when someone gets past it.

use std::fmt::Write as _;

use dfg_plan::{
    Hash, History, Sealed,
    entry::{ChainFault, Head},
};
use dfg_store::{StoreError, VerifyFault};

use crate::support::{
    Place,
    entry::{
        FIRST_FILE, chain, chain_after, files, first, misfit, retitle, reworded, seal, titles,
    },
};

pub async fn the_database_refuses_changes(place: &Place) {
    let store = place.open().await;
    let (draft, blobs) = files(&[(FIRST_FILE, Some("text"))]);
    let entries = chain([first(), draft, retitle("Hub 1")]);
    store.append_all(&entries, &blobs).await.unwrap();
    let mut refused = vec![
        "UPDATE entries SET body = 'x' WHERE seq = 2",
        "UPDATE entries SET seq = 9 WHERE seq = 3",
        "UPDATE entries SET body = body",
        "DELETE FROM entries WHERE seq = 3",
        "DELETE FROM entries",
        "UPDATE blobs SET bytes = bytes",
        "DELETE FROM blobs",
        "UPDATE head SET seq = 2",
        "UPDATE head SET hash = hash",
        "DELETE FROM head",
        "INSERT INTO entries SELECT * FROM entries WHERE seq = 1",
    ];
    refused.extend(if place.is_postgres() {
        &[
            "TRUNCATE entries",
            "TRUNCATE blobs",
            "TRUNCATE head",
            "INSERT INTO entries SELECT * FROM entries WHERE seq = 1 \
             ON CONFLICT (seq) DO UPDATE SET body = 'x'",
        ]
    } else {
        &[
            "INSERT OR REPLACE INTO entries SELECT seq, hash, 'x' FROM entries WHERE seq = 1",
            "REPLACE INTO blobs SELECT hash, x'00' FROM blobs",
            "UPDATE OR REPLACE entries SET seq = 1 WHERE seq = 2",
            "INSERT INTO entries SELECT * FROM entries WHERE seq = 1 \
             ON CONFLICT (seq) DO UPDATE SET body = 'x'",
        ]
    });
    for statement in refused {
        let told = place
            .by_hand(statement)
            .await
            .expect_err(statement)
            .to_string();
        let expected = told.contains("append-only") || told.contains("duplicate key");
        assert!(expected, "{statement}: {told}");
    }
    assert_eq!(store.verify(None).await.unwrap().entries, 3);
}

/// What is done to a ledger of six entries, and what verification then says.
fn tamperings(entries: &[Sealed]) -> Vec<(&'static str, String, ChainFault)> {
    let edited = entries[3].body.replace("Hub 3", "Pub 3");
    let (reworded_body, reworded_hash) = reworded(&entries[3]);
    let (last_body, last_hash) = reworded(&entries[5]);
    let forged = seal(retitle("Forged"), entries[5].head());
    let nonsense = "not an entry";
    let zeros = "0".repeat(64);
    vec![
        (
            "edited",
            format!("UPDATE entries SET body = '{edited}' WHERE seq = 4"),
            ChainFault::Edited {
                seq: 4,
                found: Hash::of(edited.as_bytes()),
                stored: entries[3].hash,
            },
        ),
        (
            "edited with its hash",
            format!(
                "UPDATE entries SET body = '{reworded_body}', hash = '{reworded_hash}' WHERE seq = 4"
            ),
            ChainFault::Broken {
                seq: 5,
                names: entries[3].hash,
                expected: reworded_hash,
            },
        ),
        (
            "the last one edited with its hash",
            format!("UPDATE entries SET body = '{last_body}', hash = '{last_hash}' WHERE seq = 6"),
            ChainFault::WrongEnd {
                ends: 6,
                recorded: 6,
            },
        ),
        (
            "deleted",
            "DELETE FROM entries WHERE seq = 3".into(),
            ChainFault::Missing {
                missing: 3,
                found: 4,
            },
        ),
        (
            "the first deleted",
            "DELETE FROM entries WHERE seq = 1".into(),
            ChainFault::Missing {
                missing: 1,
                found: 2,
            },
        ),
        (
            "deleted and closed up",
            "DELETE FROM entries WHERE seq = 3; UPDATE entries SET seq = 3 WHERE seq = 4; \
             UPDATE entries SET seq = 4 WHERE seq = 5; UPDATE entries SET seq = 5 WHERE seq = 6"
                .into(),
            ChainFault::Moved { stands: 3, says: 4 },
        ),
        (
            "swapped",
            "UPDATE entries SET seq = 99 WHERE seq = 3; UPDATE entries SET seq = 3 WHERE seq = 4; \
             UPDATE entries SET seq = 4 WHERE seq = 99"
                .into(),
            ChainFault::Moved { stands: 3, says: 4 },
        ),
        (
            "cut off",
            "DELETE FROM entries WHERE seq > 4".into(),
            ChainFault::CutOff {
                ends: 4,
                recorded: 6,
            },
        ),
        (
            "emptied",
            "DELETE FROM entries".into(),
            ChainFault::CutOff {
                ends: 0,
                recorded: 6,
            },
        ),
        (
            "the recorded end put back",
            format!("UPDATE head SET seq = 4, hash = '{}'", entries[3].hash),
            ChainFault::WrongEnd {
                ends: 6,
                recorded: 4,
            },
        ),
        (
            "the recorded end put forward",
            "UPDATE head SET seq = 7".into(),
            ChainFault::CutOff {
                ends: 6,
                recorded: 7,
            },
        ),
        (
            "the recorded hash edited",
            format!("UPDATE head SET hash = '{zeros}'"),
            ChainFault::WrongEnd {
                ends: 6,
                recorded: 6,
            },
        ),
        (
            "the recorded end deleted",
            "DELETE FROM head".into(),
            ChainFault::WrongEnd {
                ends: 6,
                recorded: 0,
            },
        ),
        (
            "one added by hand",
            format!(
                "INSERT INTO entries VALUES (7, '{}', '{}')",
                forged.hash, forged.body
            ),
            ChainFault::WrongEnd {
                ends: 7,
                recorded: 6,
            },
        ),
        (
            "the hash made nonsense",
            format!(
                "UPDATE entries SET hash = '{}' WHERE seq = 2",
                "X".repeat(64)
            ),
            ChainFault::Unreadable {
                seq: 2,
                cause: "its stored hash is not a hash".into(),
            },
        ),
        (
            "the text made nonsense with its hash",
            format!(
                "UPDATE entries SET body = '{nonsense}', hash = '{}' WHERE seq = 2",
                Hash::of(nonsense.as_bytes())
            ),
            ChainFault::Unreadable {
                seq: 2,
                cause: serde_json::from_str::<dfg_plan::Entry>(nonsense)
                    .unwrap_err()
                    .to_string(),
            },
        ),
    ]
}

pub async fn every_tampering_is_named(place: &Place) {
    let entries = titles(6);
    for (what, statement, expected) in tamperings(&entries) {
        let here = place.another().await;
        let store = here.open().await;
        store.append_all(&entries, &[]).await.unwrap();
        here.lift_triggers().await;
        here.by_hand(&statement).await.expect(what);
        match store.verify(None).await {
            Err(VerifyFault::Chain(fault)) => {
                assert_eq!(fault, expected, "{what}");
                assert_eq!(VerifyFault::Chain(fault).seq(), Some(expected.seq()));
            }
            other => panic!("{what}: {other:?}"),
        }
        for loaded in [
            store.load(|_, _| ()).await.map(drop),
            here.open().await.load(|_, _| ()).await.map(drop),
            store.follow(&mut History::default()).await.map(drop),
        ] {
            match loaded {
                Err(StoreError::Chain(fault)) => assert_eq!(fault, expected, "{what}"),
                // Following believes an empty end until entries come.
                Ok(()) if what == "the recorded end deleted" => {}
                other => panic!("{what}: {other:?}"),
            }
        }
        here.remove().await;
    }
}

pub async fn a_tampered_text_is_named(place: &Place) {
    let (draft, blobs) = files(&[(FIRST_FILE, Some("text")), ("other.md", Some("other"))]);
    let entries = chain([first(), draft, retitle("Hub 1")]);
    let (text, _) = blobs[0];
    let bytes = if place.is_postgres() {
        "'\\x00'"
    } else {
        "x'00'"
    };
    for statement in [
        format!("UPDATE blobs SET bytes = {bytes} WHERE hash = '{text}'"),
        format!("DELETE FROM blobs WHERE hash = '{text}'"),
    ] {
        let here = place.another().await;
        let store = here.open().await;
        store.append_all(&entries, &blobs).await.unwrap();
        here.lift_triggers().await;
        here.by_hand(&statement).await.unwrap();
        let fault = store.verify(None).await.unwrap_err();
        assert_eq!(fault.seq(), Some(2));
        let layout = store.layout(3).await.unwrap_err();
        match fault {
            VerifyFault::BlobDamaged { stored, named, .. } => {
                assert_eq!(stored, text.to_string());
                assert_eq!(named, Some((2, FIRST_FILE.to_owned())));
                assert!(
                    matches!(layout, StoreError::BlobDamaged { .. }),
                    "{layout:?}"
                );
                let blob = store.blob(text).await;
                assert!(
                    matches!(blob, Err(StoreError::BlobDamaged { .. })),
                    "{blob:?}"
                );
            }
            VerifyFault::BlobMissing { seq, path, hash } => {
                assert_eq!((seq, path.as_str(), hash), (2, FIRST_FILE, text));
                assert!(
                    matches!(layout, StoreError::BlobMissing { .. }),
                    "{layout:?}"
                );
            }
            other => panic!("{other:?}"),
        }
        here.remove().await;
    }
}

pub async fn an_entry_that_does_not_fit_is_named(place: &Place) {
    let store = place.open().await;
    let entries = chain([first(), retitle("Hub 1"), misfit(), retitle("Hub 2")]);
    store.append_all(&entries, &[]).await.unwrap();
    match store.verify(None).await {
        Err(fault @ VerifyFault::Fold(_)) => {
            assert_eq!(fault.seq(), Some(3));
            assert!(fault.to_string().contains("entry 3"), "{fault}");
        }
        other => panic!("{other:?}"),
    }
    let loaded = store.load(|_, _| ()).await;
    assert!(matches!(loaded, Err(StoreError::Fold(_))), "{loaded:?}");
}

pub async fn a_ledger_written_anew_is_found_by_a_noted_hash(place: &Place) {
    let entries = titles(6);
    let noted = entries[4].hash;
    let store = place.open().await;
    store.append_all(&entries, &[]).await.unwrap();
    assert_eq!(
        store.verify(Some(noted)).await.unwrap().expected_at,
        Some(5)
    );

    // Somebody with the whole database in hand rewrites the third entry and all after it.
    let mut forged = entries[..2].to_vec();
    let lies = (2..6).map(|number| retitle(&format!("Lie {number}")));
    forged.extend(chain_after(entries[1].head(), lies));
    place.lift_triggers().await;
    let mut script = String::new();
    for sealed in &forged {
        let Head { seq, hash } = sealed.head();
        let _ = write!(
            script,
            "UPDATE entries SET hash = '{hash}', body = '{}' WHERE seq = {seq}; \
             UPDATE head SET seq = {seq}, hash = '{hash}';",
            sealed.body
        );
    }
    place.by_hand(&script).await.unwrap();
    assert_eq!(store.verify(None).await.unwrap().head, forged[5].head());
    assert_eq!(
        store
            .verify(Some(entries[1].hash))
            .await
            .unwrap()
            .expected_at,
        Some(2)
    );
    match store.verify(Some(noted)).await {
        Err(VerifyFault::NotInChain { expected, head }) => {
            assert_eq!((expected, head), (noted, forged[5].head()));
        }
        other => panic!("{other:?}"),
    }
}
