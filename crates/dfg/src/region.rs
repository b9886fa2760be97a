//! `dfg region`: make and check region folders.

use std::path::Path;

use anyhow::Context as _;
use dfg_plan::{Kind, Plan};
use dfg_region::{Diagnostic, Folder};
use jiff::civil::Date;
use serde::Serialize;

use crate::{
    clock,
    output::{self, Failed},
};

/// A folder that has been read and passes every check.
pub struct Read {
    /// The files.
    pub folder: Folder,
    /// What they say.
    pub plan: Plan,
}

/// Reads a folder, or prints every fault.
pub fn read(dir: &Path, today: Date, json: bool) -> anyhow::Result<Read> {
    let read = Folder::read(dir).and_then(|folder| {
        let plan = dfg_region::read(&folder, today)?;
        Ok(Read { folder, plan })
    });
    read.or_else(|faults| {
        report(&faults, json)?;
        Err(Failed.into())
    })
}

#[derive(Serialize)]
struct Report<'a> {
    ok: bool,
    faults: &'a [Diagnostic],
}

fn report(faults: &[Diagnostic], json: bool) -> anyhow::Result<()> {
    if json {
        return output::json(&Report {
            ok: faults.is_empty(),
            faults,
        });
    }
    for fault in faults {
        output::note(fault.to_string());
    }
    let count = faults.len();
    output::note(if count == 1 {
        "1 fault".to_owned()
    } else {
        format!("{count} faults")
    });
    Ok(())
}

/// `dfg region check`.
pub fn check(dir: &Path, json: bool) -> anyhow::Result<()> {
    let (_, today) = clock::now();
    let region = read(dir, today, json)?;
    if json {
        return report(&[], true);
    }
    let counts: Vec<String> = Kind::ALL
        .iter()
        .filter(|kind| !matches!(kind, Kind::Region | Kind::Strategy))
        .map(|kind| (region.plan.count(*kind), kind))
        .filter(|(count, _)| *count > 0)
        .map(|(count, kind)| {
            format!(
                "{count} {}",
                if count == 1 {
                    kind.word()
                } else {
                    kind.plural()
                }
            )
        })
        .collect();
    output::line(format!(
        "No fault in {} files: {}.",
        region.folder.files.len(),
        counts.join(", ")
    ))
}

/// `dfg region new`.
pub fn new(dir: &Path) -> anyhow::Result<()> {
    let files = dfg_region::starter();
    dfg_region::write_folder(dir, &files)
        .with_context(|| format!("cannot write the region folder {}", dir.display()))?;
    output::line(format!(
        "Wrote {} files to {dir}. Change them in any editor; then:\n  dfg region check {dir}\n  dfg serve --region {dir} --data data",
        files.len(),
        dir = dir.display()
    ))
}

/// `dfg region schema`.
pub fn schema(dir: Option<&Path>) -> anyhow::Result<()> {
    let schemas = dfg_region::schemas();
    let Some(dir) = dir else {
        return output::json(&schemas);
    };
    std::fs::create_dir_all(dir)?;
    for (name, schema) in schemas {
        let path = dir.join(format!(
            "{}.schema.json",
            name.trim_end_matches(".schema.json")
        ));
        std::fs::write(
            &path,
            format!("{}\n", serde_json::to_string_pretty(&schema)?),
        )
        .with_context(|| format!("cannot write {}", path.display()))?;
        output::line(path.display().to_string())?;
    }
    Ok(())
}
