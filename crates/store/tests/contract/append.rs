//! Appending and reading back.

use std::{collections::BTreeSet, time::Duration};

use dfg_plan::{Hash, entry::Head};
use dfg_store::{Options, Store, StoreError};

use crate::support::{
    Place,
    entry::{FIRST_FILE, chain, chain_after, files, first, misfit, retitle, seal, titles},
};

fn title(history: &dfg_plan::History) -> String {
    history.current().activities["hub"].title.clone()
}

pub async fn what_is_appended_is_loaded(place: &Place) {
    let store = place.open().await;
    assert_eq!(store.head().await.unwrap(), Head::EMPTY);
    assert_eq!(store.load(|_, _| ()).await.unwrap().head(), Head::EMPTY);
    let entries = titles(5);
    for sealed in &entries {
        store.append(sealed, &[]).await.unwrap();
        assert_eq!(store.head().await.unwrap(), sealed.head());
    }
    store.close().await;

    let store = place.open().await;
    let mut progress = Vec::new();
    let history = store
        .load(|done, total| progress.push((done, total)))
        .await
        .unwrap();
    assert_eq!(history.head(), entries[4].head());
    assert_eq!(title(&history), "Hub 4");
    assert_eq!(progress, [(0, 5), (5, 5)]);
    let rows = store.entries_after(3).await.unwrap();
    let expected: Vec<_> = entries[3..]
        .iter()
        .map(|sealed| (sealed.entry.seq, sealed.hash, sealed.body.clone()))
        .collect();
    assert_eq!(rows, expected);
    let verified = store.verify(None).await.unwrap();
    assert_eq!((verified.entries, verified.head), (5, entries[4].head()));
}

pub async fn many_entries_are_appended_at_once_or_not_at_all(place: &Place) {
    let store = place.open().await;
    let entries = titles(2500);
    let mut torn = entries.clone();
    torn.remove(1200);
    let refused = store.append_all(&torn, &[]).await;
    assert!(matches!(refused, Err(StoreError::Chain(_))), "{refused:?}");
    let mut edited = entries.clone();
    edited[7].body = edited[7].body.replace("Hub", "Pub");
    let refused = store.append_all(&edited, &[]).await;
    assert!(matches!(refused, Err(StoreError::Chain(_))), "{refused:?}");
    assert_eq!(store.head().await.unwrap(), Head::EMPTY);
    assert!(store.entries_after(0).await.unwrap().is_empty());

    store.append_all(&[], &[]).await.unwrap();
    store.append_all(&entries, &[]).await.unwrap();
    let history = store.load(|_, _| ()).await.unwrap();
    assert_eq!(history.head(), entries[2499].head());
    assert_eq!(title(&history), "Hub 2499");
}

pub async fn a_stale_entry_is_refused_with_the_present_end(place: &Place) {
    let store = place.open().await;
    let entries = titles(3);
    store.append_all(&entries, &[]).await.unwrap();
    let present = entries[2].head();
    let other_chain = Head {
        seq: 3,
        hash: Hash::of(b"another ledger"),
    };
    for made_from in [Head::EMPTY, entries[1].head(), other_chain] {
        let stale = seal(retitle("Late"), made_from);
        match store.append(&stale, &[]).await {
            Err(StoreError::Moved { head }) => assert_eq!(head, present),
            other => panic!("{other:?}"),
        }
    }
    let ahead = seal(retitle("Early"), Head { seq: 4, ..present });
    let refused = store.append(&ahead, &[]).await;
    assert!(
        matches!(refused, Err(StoreError::Moved { .. })),
        "{refused:?}"
    );
    assert_eq!(store.verify(None).await.unwrap().entries, 3);
}

pub async fn sixteen_writers_lose_nothing(place: &Place) {
    const WRITERS: usize = 16;
    const EACH: usize = 6;
    let begun = place.open().await;
    begun
        .append(&seal(first(), Head::EMPTY), &[])
        .await
        .unwrap();
    // As four processes with four writers each.
    let stores: Vec<Store> = [
        place.open().await,
        place.open().await,
        place.open().await,
        place.open().await,
    ]
    .into();
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = stores[writer % stores.len()].clone();
            tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                for number in 0..EACH {
                    loop {
                        let head = store.head().await.unwrap();
                        let sealed = seal(retitle(&format!("Hub {writer}.{number}")), head);
                        match store.append(&sealed, &[]).await {
                            Ok(()) => {
                                acknowledged.push((sealed.entry.seq, sealed.hash));
                                break;
                            }
                            Err(StoreError::Moved { head: now }) => {
                                assert!(now.seq > head.seq);
                            }
                            Err(other) => panic!("{other:?}"),
                        }
                    }
                }
                acknowledged
            })
        })
        .collect();
    let mut acknowledged = BTreeSet::new();
    for writer in writers {
        let mine = writer.await.unwrap();
        assert_eq!(mine.len(), EACH);
        acknowledged.extend(mine);
    }
    assert_eq!(acknowledged.len(), WRITERS * EACH);
    let kept: BTreeSet<(u64, Hash)> = begun
        .entries_after(1)
        .await
        .unwrap()
        .into_iter()
        .map(|(seq, hash, _)| (seq, hash))
        .collect();
    assert_eq!(kept, acknowledged);
    let verified = begun.verify(None).await.unwrap();
    assert_eq!(verified.entries, 1 + (WRITERS * EACH) as u64);
}

pub async fn texts_are_kept_by_hash(place: &Place) {
    let store = place.open().await;
    let texts = [b"".as_slice(), b"---\ntitle: Hub\n", &[0, 255, 10, 13, 0]];
    let blobs: Vec<(Hash, Vec<u8>)> = texts
        .iter()
        .map(|text| (Hash::of(text), text.to_vec()))
        .collect();
    let entries = titles(2);
    store.append(&entries[0], &blobs).await.unwrap();
    store.append(&entries[1], &blobs).await.unwrap();
    for (hash, bytes) in &blobs {
        assert_eq!(store.blob(*hash).await.unwrap().as_ref(), Some(bytes));
    }
    assert_eq!(store.blob(Hash::of(b"never")).await.unwrap(), None);
    assert_eq!(store.verify(None).await.unwrap().blobs, 3);

    // More than one statement takes, some there already, each given twice.
    let many: Vec<(Hash, Vec<u8>)> = (0..450)
        .map(|number| format!("text {number}").into_bytes())
        .map(|text| (Hash::of(&text), text))
        .collect();
    let again = [blobs, many.clone(), many.clone()].concat();
    let last = seal(retitle("Many"), entries[1].head());
    store.append(&last, &again).await.unwrap();
    assert_eq!(store.verify(None).await.unwrap().blobs, 453);
    for (hash, bytes) in &many {
        assert_eq!(store.blob(*hash).await.unwrap().as_ref(), Some(bytes));
    }

    let wrong = [(Hash::of(b"one"), b"another".to_vec())];
    let next = seal(retitle("Hub"), last.head());
    let refused = store.append(&next, &wrong).await;
    assert!(
        matches!(refused, Err(StoreError::BlobDamaged { .. })),
        "{refused:?}"
    );
    assert_eq!(store.head().await.unwrap(), last.head());
}

pub async fn an_entry_without_its_texts_is_refused(place: &Place) {
    let store = place.open().await;
    let (draft, blobs) = files(&[(FIRST_FILE, Some("text")), ("gone.md", None)]);
    let sealed = seal(draft, Head::EMPTY);
    match store.append(&sealed, &[]).await {
        Err(StoreError::BlobMissing { seq: 1, path, hash }) => {
            assert_eq!((path.as_str(), hash), (FIRST_FILE, blobs[0].0));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(store.head().await.unwrap(), Head::EMPTY);
    store.append(&sealed, &blobs).await.unwrap();
    // A later entry may name a text that is there already.
    let (draft, _) = files(&[("copy.md", Some("text"))]);
    store
        .append(&seal(draft, sealed.head()), &[])
        .await
        .unwrap();
}

pub async fn the_folder_is_laid_out_as_of_any_entry(place: &Place) {
    let store = place.open().await;
    let steps = [
        files(&[("region.toml", Some("a")), (FIRST_FILE, Some("b"))]),
        (retitle("It says \"files\":{ in its title"), Vec::new()),
        files(&[(FIRST_FILE, Some("c")), ("strategy.md", Some("a"))]),
        files(&[("region.toml", None)]),
        files(&[("region.toml", Some("d"))]),
    ];
    let blobs: Vec<_> = steps.iter().flat_map(|(_, blobs)| blobs.clone()).collect();
    let drafts = [first()]
        .into_iter()
        .chain(steps.into_iter().map(|(draft, _)| draft));
    store.append_all(&chain(drafts), &blobs).await.unwrap();
    let expected: [&[(&str, &str)]; 7] = [
        &[],
        &[],
        &[(FIRST_FILE, "b"), ("region.toml", "a")],
        &[(FIRST_FILE, "b"), ("region.toml", "a")],
        &[
            (FIRST_FILE, "c"),
            ("region.toml", "a"),
            ("strategy.md", "a"),
        ],
        &[(FIRST_FILE, "c"), ("strategy.md", "a")],
        &[
            (FIRST_FILE, "c"),
            ("region.toml", "d"),
            ("strategy.md", "a"),
        ],
    ];
    for (through, expected) in (0..).zip(expected) {
        let layout = store.layout(through).await.unwrap();
        let layout: Vec<(&str, &str)> = layout
            .iter()
            .map(|(path, bytes)| (path.as_str(), std::str::from_utf8(bytes).unwrap()))
            .collect();
        assert_eq!(layout, expected, "through entry {through}");
    }
    assert_eq!(
        store.layout(u64::MAX).await.unwrap(),
        store.layout(6).await.unwrap()
    );
}

pub async fn many_may_open_at_once(place: &Place) {
    let opening: Vec<_> = (0..8)
        .map(|_| {
            let address = place.address.clone();
            tokio::spawn(async move { Store::open(&address).await })
        })
        .collect();
    let entries = titles(8);
    for (opened, sealed) in opening.into_iter().zip(&entries) {
        opened
            .await
            .unwrap()
            .unwrap()
            .append(sealed, &[])
            .await
            .unwrap();
    }
    assert_eq!(place.open().await.verify(None).await.unwrap().entries, 8);
}

pub async fn a_writer_who_waits_too_long_is_told_so(place: &Place) {
    let store = place
        .open_with(Options {
            busy_timeout: Duration::from_millis(200),
            ..Options::default()
        })
        .await;
    let entries = titles(1);
    store.append(&entries[0], &[]).await.unwrap();
    let next = chain_after(entries[0].head(), [retitle("Hub"), misfit()]);
    let held = place.hold_lock().await;
    let refused = store.append(&next[0], &[]).await;
    match &refused {
        Err(error @ StoreError::Busy { .. }) => assert!(error.is_passing()),
        other => panic!("{other:?}"),
    }
    assert_eq!(store.head().await.unwrap(), entries[0].head());
    held.release().await;
    store.append(&next[0], &[]).await.unwrap();
}
