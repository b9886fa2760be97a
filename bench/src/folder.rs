//! A large region folder: how long the built commands take to check and to import it.

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use dfg_region::Folder;
use jiff::Zoned;

use crate::{
    sample, server,
    table::{Row, Unit, say},
    timing::Times,
};

const RECORDS: usize = 10_000;
const RUNS: usize = 5;

/// Measures `dfg region check` and the first `dfg import --apply`.
pub fn measure() -> anyhow::Result<Vec<Row>> {
    let scratch = tempfile::tempdir()?;
    let dir = scratch.path().join("region");
    let plan = sample::plan(RECORDS)?;
    dfg_region::write_folder(&dir, &dfg_region::write(&plan, &BTreeMap::new()))?;
    let folder = Folder::read(&dir).map_err(first)?;
    let read = dfg_region::read(&folder, Zoned::now().date()).map_err(first)?;
    anyhow::ensure!(read == plan, "the folder does not say the sample");
    say(format!(
        "  {RECORDS} records in {} files",
        folder.files.len()
    ))?;

    let check = time(|_| vec!["region".into(), "check".into(), dir.display().to_string()])?;
    let import = time(|run| {
        let data = scratch.path().join(format!("data-{run}"));
        let options = ["--apply", "--reason", "The first import", "--data"];
        let mut words = vec!["import".into(), dir.display().to_string()];
        words.extend(options.map(str::to_owned));
        words.push(data.display().to_string());
        words
    })?;
    let row = |what, times: &Times, limit| {
        Row::limited(what, Unit::Seconds, times.median() / 1000.0, limit)
    };
    Ok(vec![
        row("Region folder of 10,000 records: checked", &check, 1.0),
        row(
            "Region folder of 10,000 records: first import",
            &import,
            2.0,
        ),
    ])
}

/// Runs a command of the built binary, start and end of the process included.
fn time(words: impl Fn(usize) -> Vec<String>) -> anyhow::Result<Times> {
    let program = server::beside("dfg")?;
    let mut times = Vec::with_capacity(RUNS);
    for run in 0..RUNS {
        times.push(run_once(&program, &words(run))?);
    }
    Ok(times.into_iter().collect())
}

fn run_once(program: &Path, words: &[String]) -> anyhow::Result<std::time::Duration> {
    let began = Instant::now();
    let output = Command::new(program)
        .args(words)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()?;
    anyhow::ensure!(
        output.status.success(),
        "dfg {} failed: {}",
        words.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(began.elapsed())
}

fn first(faults: Vec<dfg_region::Diagnostic>) -> anyhow::Error {
    let fault = faults.first().map(ToString::to_string);
    anyhow::anyhow!("the folder is faulty: {}", fault.unwrap_or_default())
}
