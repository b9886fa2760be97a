//! `dfg log` and `dfg verify`: the ledger's entries, and whether they are whole.

use anyhow::Context as _;
use dfg_plan::Hash;
use serde_json::json;

use crate::{
    ledger,
    output::{self, Failed},
    settings::Settings,
};

/// `dfg log`.
pub async fn run(settings: &Settings, json: bool, last: Option<usize>) -> anyhow::Result<()> {
    let store = settings.open_store().await?;
    if json {
        let rows = store.entries_after(0).await?;
        let skipped = last.map_or(0, |last| rows.len().saturating_sub(last));
        for (seq, hash, body) in &rows[skipped..] {
            output::line(dfg_store::export_line(*seq, *hash, body))?;
        }
        return Ok(());
    }
    let history = ledger::load(&store).await?;
    let notes = history.notes();
    let skipped = last.map_or(0, |last| notes.len().saturating_sub(last));
    for note in &notes[skipped..] {
        let what = match (&note.edition, note.keys.len()) {
            (Some(edition), _) => format!("publishes {}", edition.id.words()),
            (None, 1) => "1 record".to_owned(),
            (None, count) => format!("{count} records"),
        };
        output::line(format!(
            "{:>6}  {}  true on {}  recorded {}  {what}  {}: {}",
            note.seq,
            note.hash.short(),
            note.true_on,
            note.recorded_at,
            note.actor,
            note.reason
        ))?;
    }
    Ok(())
}

/// `dfg verify`.
pub async fn verify(settings: &Settings, expect: Option<&str>, json: bool) -> anyhow::Result<()> {
    let expect = expect
        .map(|text| Hash::parse(text).context("a hash has 64 hexadecimal digits in lower case"))
        .transpose()?;
    let store = settings.open_store().await?;
    match store.verify(expect).await {
        Ok(verified) if json => output::json(&json!({
            "ok": true, "entries": verified.entries, "head": verified.head.hash,
        })),
        Ok(verified) => output::line(format!(
            "The ledger is whole: {} entries, the last with the hash {}.",
            verified.entries, verified.head.hash
        )),
        Err(fault) => {
            if json {
                output::json(&json!({
                    "ok": false, "entry": fault.seq(), "fault": fault.to_string(),
                }))?;
            } else {
                output::error(&anyhow::Error::from(fault));
            }
            Err(Failed.into())
        }
    }
}
