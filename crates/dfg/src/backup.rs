//! `dfg backup` and `dfg restore`.

use std::path::Path;

use crate::{output, settings::Settings};

/// Writes the whole ledger and what stands beside it to a file, and verifies it.
pub async fn backup(settings: &Settings, file: &Path) -> anyhow::Result<()> {
    let store = settings.open_store().await?;
    let verified = store.backup(file).await?;
    output::line(format!(
        "Wrote {} entries to {} and verified them; the last has the hash {}.",
        verified.entries,
        file.display(),
        verified.head.hash
    ))
}

/// Verifies a backup and brings the ledger back from it.
pub async fn restore(settings: &Settings, file: &Path, replace: bool) -> anyhow::Result<()> {
    let store = settings.open_store().await?;
    let restored = store.restore(file, replace).await?;
    output::line(format!(
        "The ledger {}ends with entry {}; before, it ended with entry {}.",
        if restored.replaced {
            "was replaced and "
        } else {
            ""
        },
        restored.after.seq,
        restored.before.seq
    ))?;
    output::line(if restored.beside {
        "People, proposals, reviews and meetings are those of the backup. Everybody signs in again."
    } else {
        "People, proposals, reviews and meetings were left as they are here."
    })
}
