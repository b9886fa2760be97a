//! The ledger as commands use it: load, prepare, append, and try again when others were quicker.

use std::collections::BTreeMap;

use anyhow::Context as _;
use dfg_plan::{Draft, Hash, History, Sealed, entry::Head, history::Refusal, story::describe};
use dfg_region::Folder;
use dfg_store::{Store, StoreError};

use crate::{
    clock,
    output::{self, Failed},
    progress::Progress,
};

/// How often an entry is prepared anew because another came first.
const TRIES: usize = 50;

/// The texts of files by their hash, as the store keeps them.
pub type Blobs = Vec<(Hash, Vec<u8>)>;

/// Reads the whole ledger, with progress.
pub async fn load(store: &Store) -> anyhow::Result<History> {
    let mut progress = Progress::begin("Reading the ledger");
    Ok(store.load(|done, total| progress.at(done, total)).await?)
}

/// Commits a draft that was made from an entry: prepares it on the ledger's present end and
/// appends it, again where someone else was quicker.
pub async fn commit(
    store: &Store,
    history: &mut History,
    draft: Draft,
    made_from: u64,
    blobs: &[(Hash, Vec<u8>)],
) -> anyhow::Result<Sealed> {
    for _ in 0..TRIES {
        let (now, today) = clock::now();
        let prepared = history.prepare(draft.clone(), made_from, now, today);
        let (sealed, next) = prepared.or_else(|refusal| refuse(history, &refusal))?;
        match store.append(&sealed, blobs).await {
            Ok(()) => {
                *history = next;
                return Ok(sealed);
            }
            Err(StoreError::Moved { .. }) => {
                store.follow(history).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    anyhow::bail!("others kept writing to the ledger: try again")
}

/// Says why a change is refused: the difference for a stale one, the faults for a wrong one.
fn refuse<T>(history: &History, refusal: &Refusal) -> anyhow::Result<T> {
    output::note(format!("refused: {refusal}"));
    match refusal {
        Refusal::Stale {
            differences,
            made_from,
            ..
        } => {
            let plan = history.current();
            for diff in differences {
                output::note(format!(
                    "  {} “{}” was {} since",
                    diff.key,
                    diff.record().title(),
                    diff.word()
                ));
                for change in diff.fields() {
                    let words = |value| describe(&plan, diff.key.kind, change.field, value);
                    output::note(format!(
                        "    {}: {} → {}",
                        change.field,
                        words(&change.old),
                        words(&change.new)
                    ));
                }
            }
            output::note(format!(
                "Export the present state, bring in what you want from entry {made_from}, and import again."
            ));
        }
        Refusal::Faults { faults } => {
            for fault in faults {
                output::note(format!("  {fault}"));
            }
        }
        _ => {}
    }
    Err(Failed.into())
}

/// The files of a folder whose text differs from a layout, and their texts.
pub fn changed_files(
    folder: &Folder,
    layout: &BTreeMap<String, Vec<u8>>,
) -> (BTreeMap<String, Option<Hash>>, Blobs) {
    let mut files = BTreeMap::new();
    let mut blobs = BTreeMap::new();
    for (path, bytes) in &folder.files {
        if layout.get(path) != Some(bytes) {
            let hash = Hash::of(bytes);
            files.insert(path.clone(), Some(hash));
            blobs.entry(hash).or_insert_with(|| bytes.clone());
        }
    }
    files.extend(
        layout
            .keys()
            .filter(|path| !folder.files.contains_key(*path))
            .map(|path| (path.clone(), None)),
    );
    (files, blobs.into_iter().collect())
}

/// The first entries of an empty ledger: the dated past, the past editions, edition 1.
pub fn first_entries(
    region: &crate::region::Read,
    title: &str,
) -> anyhow::Result<(Vec<Sealed>, Blobs)> {
    let (now, today) = clock::now();
    let (files, blobs) = changed_files(&region.folder, &BTreeMap::new());
    let mut history = History::default();
    let mut entries: Vec<Sealed> = Vec::new();
    let mut seal = |draft: Draft| -> anyhow::Result<Head> {
        let sealed = draft.seal(history.head(), now, today);
        history
            .append(sealed.clone())
            .context("the first import does not fit together")?;
        entries.push(sealed);
        Ok(history.head())
    };
    let mut drafts = dfg_plan::genesis::first_entries(&region.plan, today);
    if let Some(last) = drafts.last_mut() {
        last.files = files;
    }
    let mut through = Head::EMPTY;
    for draft in drafts {
        through = seal(draft)?;
    }
    for draft in dfg_plan::genesis::past_editions(&region.plan, through.seq, today) {
        seal(draft)?;
    }
    seal(Draft {
        actor: dfg_plan::genesis::ACTOR.to_owned(),
        reason: "The first edition that this system publishes".to_owned(),
        edition: Some(dfg_plan::Edition {
            id: dfg_plan::EditionId::Published(1),
            title: title.to_owned(),
            foreword: String::new(),
            as_of: today,
            through: through.seq,
        }),
        ..Draft::default()
    })?;
    anyhow::ensure!(
        *history.current() == region.plan,
        "the first entries do not add up to the folder"
    );
    Ok((entries, blobs))
}
