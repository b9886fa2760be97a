//! `dfg export`: the plan, now or in the past, as a region folder.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use jiff::civil::Date;

use crate::{command::ExportOptions, ledger, output, settings::Settings};

/// Writes the folder.
pub async fn run(settings: &Settings, options: &ExportOptions) -> anyhow::Result<()> {
    let store = settings.open_store().await?;
    let history = ledger::load(&store).await?;
    let head = history.head().seq;
    if head == 0 {
        bail!("the ledger is empty: there is nothing to export");
    }
    let (through, as_of) = match (options.edition, options.as_of) {
        (Some(id), _) => {
            let found = history
                .edition(id)
                .map(|(edition, _)| (edition.through, edition.as_of));
            found.with_context(|| format!("there is no {}", id.words()))?
        }
        (None, Some(date)) => (head, date),
        (None, None) => (head, Date::MAX),
    };
    let plan = history.plan_at(through, as_of);
    if plan.is_empty() {
        let first = history
            .first_date(through)
            .map(|date| date.to_string())
            .unwrap_or_default();
        bail!("nothing is recorded before {first}");
    }
    // A folder must pass every check: the past may name what was not yet there.
    let plan = dfg_plan::link::without_dangling(&plan);
    let layout: BTreeMap<String, String> = store
        .layout(through)
        .await?
        .into_iter()
        .map(|(path, bytes)| Ok((path, String::from_utf8(bytes)?)))
        .collect::<anyhow::Result<_>>()?;
    let files = dfg_region::write(&plan, &layout);
    dfg_region::write_folder(&options.dir, &files)
        .with_context(|| format!("cannot write the region folder {}", options.dir.display()))?;
    output::line(format!(
        "Wrote {} files to {}, from entry {through}. To import it after changes: dfg import {} --made-from {through}",
        files.len(),
        options.dir.display(),
        options.dir.display()
    ))
}
