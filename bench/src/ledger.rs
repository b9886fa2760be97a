//! A long ledger: how long it takes to open, to show any past date and to compare any two.
//!
//! Each ledger is opened in a process of its own, so that its memory is its own.

use std::{hint::black_box, path::Path, process::Command, time::Instant};

use anyhow::Context as _;
use dfg_plan::{
    diff::diff_plans,
    rule,
    story::{Point, tell},
};
use dfg_store::Store;
use serde::{Deserialize, Serialize};

use crate::{
    machine, sample,
    table::{Row, Unit, say},
    timing::Times,
};

const RECORDS: usize = 10_000;
const ENTRIES: [usize; 3] = [1_000, 10_000, 100_000];
/// How often a ledger is opened; the middle one counts.
const OPENINGS: usize = 3;
const DATES: usize = 300;
const PAIRS: usize = 100;

/// What one process finds; times in milliseconds, memory in bytes.
#[derive(Serialize, Deserialize)]
struct Found {
    open: f64,
    memory: u64,
    /// Median and 99th percentile.
    past: (f64, f64),
    said: f64,
    diff: f64,
    story: f64,
}

/// Measures ledgers of growing length over the same plan.
pub async fn measure() -> anyhow::Result<Vec<Row>> {
    let plan = sample::plan(RECORDS)?;
    let faults = rule::check(&plan, sample::PERIOD.1);
    anyhow::ensure!(faults.is_empty(), "the sample is wrong: {}", faults[0]);
    let folder = tempfile::tempdir()?;
    let mut rows = Vec::new();
    for count in ENTRIES {
        let file = folder.path().join(format!("{count}.sqlite"));
        write(&plan, count, &file).await?;
        let mut openings = Vec::new();
        for _ in 0..OPENINGS {
            openings.push(open_elsewhere(&file)?);
        }
        openings.sort_by(|one, two| one.open.total_cmp(&two.open));
        let middle = |value: fn(&Found) -> f64| {
            let mut values: Vec<f64> = openings.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        #[expect(clippy::cast_precision_loss, reason = "bytes of one process's memory")]
        let memory = middle(|found| found.memory as f64);
        let row = |what: &str, unit, found, limit| {
            Row::limited(
                format!("Ledger of {} entries: {what}", spell(count)),
                unit,
                found,
                limit,
            )
        };
        let milliseconds = Unit::Milliseconds;
        rows.extend([
            row("opened", milliseconds, middle(|found| found.open), 1000.0),
            row("resident memory once open", Unit::Megabytes, memory, 500e6),
            row(
                "any past date, median",
                milliseconds,
                middle(|found| found.past.0),
                50.0,
            ),
            row(
                "any past date, p99",
                milliseconds,
                middle(|found| found.past.1),
                50.0,
            ),
            row(
                "any past date as known at any entry, p99",
                milliseconds,
                middle(|found| found.said),
                50.0,
            ),
            row(
                "difference of any two dates, p99",
                milliseconds,
                middle(|found| found.diff),
                100.0,
            ),
            row(
                "the same told in sentences with reasons, p99",
                milliseconds,
                middle(|found| found.story),
                100.0,
            ),
        ]);
    }
    Ok(rows)
}

/// Writes a ledger in one go.
async fn write(plan: &dfg_plan::Plan, count: usize, file: &Path) -> anyhow::Result<()> {
    let entries = sample::ledger(plan, count)?;
    let bytes: usize = entries.iter().map(|sealed| sealed.body.len()).sum();
    let store = Store::open(&file.display().to_string()).await?;
    let began = Instant::now();
    store.append_all(&entries, &[]).await?;
    store.close().await;
    say(format!(
        "  {} entries of {} bytes on average, written in {:.1} s",
        spell(count),
        bytes / entries.len(),
        began.elapsed().as_secs_f64()
    ))
}

fn open_elsewhere(file: &Path) -> anyhow::Result<Found> {
    let output = Command::new(std::env::current_exe()?)
        .arg("open")
        .arg(file)
        .output()?;
    anyhow::ensure!(
        output.status.success(),
        "a ledger could not be opened: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).context("an opening did not tell its figures")
}

/// Opens a ledger in this process, and prints what is found.
pub async fn open(file: &str) -> anyhow::Result<()> {
    let began = Instant::now();
    let store = Store::open(file).await?;
    let history = store.load(|_, _| ()).await?;
    let open = began.elapsed().as_secs_f64() * 1000.0;
    let memory = machine::resident(std::process::id())?;
    store.close().await;

    let end = history.head().seq;
    let length = usize::try_from(end)?;
    let mut dice = sample::Dice::new(3);
    let past = Times::of(DATES, || history.plan_at(end, dice.day()));
    let said = Times::of(DATES, || {
        let through = dice.below(length) as u64 + 1;
        history.plan_at(through, dice.day())
    });
    let diff = Times::of(PAIRS, || {
        let (before, after) = (dice.day(), dice.day());
        let (from, to) = (before.min(after), before.max(after));
        diff_plans(
            black_box(&history.plan_at(end, from)),
            black_box(&history.plan_at(end, to)),
        )
    });
    let story = Times::of(PAIRS, || {
        let (before, after) = (dice.day(), dice.day());
        let point = |as_of| Point {
            through: end,
            as_of,
        };
        tell(&history, point(before.min(after)), point(before.max(after)))
    });
    say(serde_json::to_string(&Found {
        open,
        memory,
        past: (past.median(), past.quantile(0.99)),
        said: said.quantile(0.99),
        diff: diff.quantile(0.99),
        story: story.quantile(0.99),
    })?)
}

/// `100,000`.
fn spell(count: usize) -> String {
    if count < 1000 {
        return count.to_string();
    }
    format!("{},{:03}", count / 1000, count % 1000)
}
