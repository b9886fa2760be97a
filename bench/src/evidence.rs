//! From three large published files to twelve regional indicators with joins, beside an analyst's
//! scripts in `DuckDB`, Polars and pandas.
//!
//! Each side runs in a process of its own, whose memory (with that of its children) is watched. The
//! results must be the same, to the last digit.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use dfg_evidence::{
    fetch::Allowed,
    job::{Answer, Job, Limits, Query, QueryJob, Table, spell_cell},
    refresh::{Outcome, Refresher},
    runner::Engine,
    shelf::Shelf,
};
use dfg_plan::{Slug, record::Dataset};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    generate,
    peer::python_with,
    server,
    table::{Against, Row, Unit, say},
};

/// How often the memory of a process is looked at.
const LOOK: Duration = Duration::from_millis(20);
const QUERIES: &str = include_str!("../evidence/queries.sql");
const REQUIREMENTS: &str = include_str!("../evidence/requirements.txt");

/// Measures everything. `DFG_BENCH_SHARE=100` takes a hundredth of the rows.
pub fn measure() -> anyhow::Result<Vec<Row>> {
    let share = std::env::var("DFG_BENCH_SHARE").ok();
    let share = share.map_or(Ok(1), |text| text.parse::<usize>())?.max(1);
    let room = tempfile::tempdir()?;
    let files = room.path().join("files");
    fs::create_dir(&files)?;
    let sizes = generate::write_files(&files, share)?;
    say(format!(
        "  three files of {} MB, 1/{share} of full size",
        sizes.iter().sum::<u64>() / 1_000_000
    ))?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("evidence/peer.py");
    let python = python_with("dfg-bench-evidence", REQUIREMENTS)?;
    let out = |name: &str| room.path().join(name);
    let mut peers = BTreeMap::new();
    for name in ["duckdb", "polars", "pandas"] {
        let mut command = Command::new(&python);
        command.arg(&script).arg(name).arg(&files).arg(out(name));
        let run = watch(command)?;
        say(format!(
            "  {name}: {:.2} s, {} MB",
            run.seconds,
            run.peak / 1_000_000
        ))?;
        peers.insert(name, run);
    }
    let own = |word: &str| -> anyhow::Result<Run> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["evidence-run"]).arg(&files).arg(out("dfg"));
        let run = watch(command)?;
        say(format!(
            "  dfg, {word}: {:.2} s, {} MB",
            run.seconds,
            run.peak / 1_000_000
        ))?;
        Ok(run)
    };
    let cold = own("cold")?;
    for name in peers.keys() {
        compare(&out("dfg").join("results"), &out(name))
            .with_context(|| format!("beside {name}"))?;
    }
    generate::change_coverage(&files, share)?;
    let changed = own("one file changed")?;
    let mut again = Command::new(&python);
    again
        .arg(&script)
        .arg("duckdb")
        .arg(&files)
        .arg(out("again"));
    watch(again)?;
    compare(&out("dfg").join("results"), &out("again")).context("after the change")?;
    let speed = |what: &str, peer: &'static str, wanted| Row {
        what: what.to_owned(),
        found: 1.0 / cold.seconds,
        unit: Unit::Runs,
        against: Against::Times {
            peer,
            theirs: 1.0 / peers[peer].seconds,
            wanted,
        },
    };
    let full = "Evidence: three files to twelve indicators";
    Ok(vec![
        speed(full, "duckdb", 2.0),
        speed(full, "polars", 1.0),
        speed(full, "pandas", 4.0),
        Row::limited(
            "Evidence: peak memory from files to indicators",
            Unit::Megabytes,
            cold.peak_as_float(),
            2e9,
        ),
        Row {
            what: "Evidence: after one file changed".to_owned(),
            found: 1.0 / changed.seconds,
            unit: Unit::Runs,
            against: Against::Times {
                peer: "cold",
                theirs: 1.0 / cold.seconds,
                wanted: 20.0,
            },
        },
    ])
}

struct Run {
    seconds: f64,
    /// The most memory held at once, in bytes.
    peak: u64,
}

impl Run {
    #[expect(clippy::cast_precision_loss, reason = "megabytes are told")]
    fn peak_as_float(&self) -> f64 {
        self.peak as f64
    }
}

/// Runs a command to its end, start and end included, and watches its memory.
fn watch(mut command: Command) -> anyhow::Result<Run> {
    let began = Instant::now();
    let mut child: Child = command.stdout(Stdio::null()).spawn()?;
    let mut peak = 0;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        peak = peak.max(resident(child.id()));
        thread::sleep(LOOK);
    };
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(Run {
        seconds: began.elapsed().as_secs_f64(),
        peak,
    })
}

/// The memory of a process and its children, in bytes.
fn resident(process: u32) -> u64 {
    let mut sum = 0;
    let mut open = vec![process];
    while let Some(process) = open.pop() {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        sum += kib.unwrap_or_default() * 1024;
        let tasks = fs::read_dir(format!("/proc/{process}/task"))
            .into_iter()
            .flatten();
        for task in tasks.flatten() {
            let text = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            open.extend(
                text.split_whitespace()
                    .filter_map(|id| id.parse::<u32>().ok()),
            );
        }
    }
    sum
}

fn dataset(file: &str, columns: &Value) -> anyhow::Result<Dataset> {
    Ok(serde_json::from_value(json!({
        "title": file, "publisher": "-", "licence": "-", "format": "csv", "file": file,
        "columns": columns, "rows_may_change": 100,
    }))?)
}

/// The three files with the columns that the indicators need.
fn datasets() -> anyhow::Result<Vec<(Slug, Dataset)>> {
    let named = |name: &str, columns: Value| {
        Ok((
            Slug::parse(name)?,
            dataset(&format!("{name}.csv"), &columns)?,
        ))
    };
    [
        // The largest first: the two others are read beside it.
        named("company", json!([
            {"name": "number", "headings": ["CompanyNumber"], "type": "text"},
            {"name": "postcode", "headings": ["RegAddress.PostCode"], "type": "text"},
            {"name": "status", "headings": ["CompanyStatus"], "type": "text"},
            {"name": "incorporated", "headings": ["IncorporationDate"], "type": "text"},
            {"name": "sic", "headings": ["SICCode.SicText_1"], "type": "text"},
        ])),
        named("nspl", json!([
            {"name": "pcds", "type": "text"}, {"name": "doterm", "type": "text"},
            {"name": "laua", "type": "text"}, {"name": "rgn", "type": "text"}, {"name": "imd", "type": "integer"},
        ])),
        named("ofcom", json!([
            {"name": "postcode", "headings": ["postcode_space"], "type": "text"},
            {"name": "superfast", "headings": ["SFBB availability (% premises)"], "type": "decimal"},
            {"name": "gigabit", "headings": ["Gigabit availability (% premises)"], "type": "decimal"},
            {"name": "indecent", "headings": ["% of premises unable to receive decent broadband from fixed or FWA"], "type": "decimal"},
        ])),
    ]
    .into_iter()
    .collect()
}

/// The product's side of the run: refreshes what changed and computes what depends on it.
pub fn run(files: &Path, room: &Path) -> anyhow::Result<()> {
    let shelf = Shelf::open(room.join("evidence"))?;
    let engine = Engine::at(server::beside("dfg-engine")?);
    let refresher = Refresher {
        shelf: &shelf,
        engine: &engine,
        allowed: Allowed::default(),
        areas: BTreeSet::new(),
        now: Timestamp::now(),
    };
    let datasets = datasets()?;
    let take = |(slug, dataset): &(Slug, Dataset)| -> anyhow::Result<bool> {
        let path: PathBuf = files.join(format!("{slug}.csv"));
        match refresher.take_files(slug, dataset, &[path])? {
            Outcome::New(_) => Ok(true),
            Outcome::Same => Ok(false),
            other => bail!("{slug}: {other:?}"),
        }
    };
    let (first, rest) = datasets.split_first().context("no dataset")?;
    let changed: Vec<bool> = thread::scope(|scope| -> anyhow::Result<Vec<bool>> {
        let largest = scope.spawn(|| take(first));
        let others: Vec<bool> = rest.iter().map(take).collect::<anyhow::Result<_>>()?;
        let Ok(largest) = largest.join() else {
            bail!("reading broke off");
        };
        Ok(std::iter::once(largest?).chain(others).collect())
    })?;
    let stale = |sql: &str| {
        let mut tables = datasets.iter().zip(&changed);
        tables.any(|((slug, _), changed)| *changed && sql.contains(slug.as_str()))
    };
    let mut tables = BTreeMap::new();
    for (slug, dataset) in &datasets {
        let files = shelf.files(dataset, &shelf.journal(slug)?);
        tables.insert(slug.to_string(), files.context("no table")?);
    }
    let queries = queries().into_iter().filter(|query| stale(&query.sql));
    let job = Job::Query(QueryJob {
        tables,
        queries: queries.collect(),
        limits: Limits::OWN,
    });
    let Answer::Query { answers, .. } = engine.run(&job)? else {
        bail!("the engine answered another job");
    };
    let results = room.join("results");
    fs::create_dir_all(&results)?;
    for answer in answers {
        let table = answer
            .outcome
            .map_err(|fault| anyhow::anyhow!("{}: {fault}", answer.name))?;
        fs::write(results.join(format!("{}.csv", answer.name)), spell(&table))?;
    }
    Ok(())
}

fn queries() -> Vec<Query> {
    let parts = QUERIES.split("-- ").skip(1);
    let query = |part: &str| {
        let (name, sql) = part.split_once('\n')?;
        Some(Query {
            name: name.to_owned(),
            sql: sql.trim().trim_end_matches(';').to_owned(),
        })
    };
    parts.filter_map(query).collect()
}

fn spell(table: &Table) -> String {
    let rows = table.rows.iter();
    let lines = rows.map(|row| row.iter().map(spell_cell).collect::<Vec<_>>().join(",") + "\n");
    lines.collect()
}

/// Fails where two folders of results differ.
fn compare(ours: &Path, theirs: &Path) -> anyhow::Result<()> {
    let names: Vec<String> = queries().into_iter().map(|query| query.name).collect();
    ensure!(names.len() == 12, "{} queries", names.len());
    for name in names {
        let file = format!("{name}.csv");
        let [ours, theirs] = [ours, theirs].map(|folder| fs::read_to_string(folder.join(&file)));
        let (ours, theirs) = (ours?, theirs?);
        ensure!(!ours.is_empty(), "{name} is empty");
        let differ = ours
            .lines()
            .zip(theirs.lines())
            .find(|(one, other)| one != other);
        if let Some((one, other)) = differ {
            bail!("{name} differs: {one} here, {other} there");
        }
        ensure!(ours == theirs, "{name}: one has more rows");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_twelve_indicators_over_three_files() {
        let queries = queries();
        assert_eq!(queries.len(), 12);
        assert!(
            queries
                .iter()
                .all(|query| query.sql.starts_with("SELECT") && !query.sql.contains(';'))
        );
        assert_eq!(datasets().unwrap().len(), 3);
    }
}
