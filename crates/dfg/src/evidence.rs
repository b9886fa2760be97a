//! `dfg evidence`: fetch published sources, compute indicators, ask the tables; and the same again
//! and again while the server runs.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, bail};
use dfg_evidence::{
    Evidence, hash,
    job::{Limits, Table, spell_cell},
    refresh::{Outcome, Refresher, files_below, makes_register},
    runner::{Cluster, Engine},
    shelf::{Shelf, ShelfError},
    standing::{Place, Standing},
    vintage::Failure,
};
use dfg_plan::{
    Figure, PartialDate, Plan, Slug,
    evidence::{Period, Reading},
    record::{Cadence, Dataset},
};
use dfg_web::Site;
use serde::Serialize;

use crate::{
    clock,
    command::{EvidenceCommand, EvidenceOptions},
    index, ledger,
    output::{self, Failed},
    progress::Progress,
    region,
    settings::Settings,
};

/// How often the server looks for what other processes did to the evidence.
const LOOK: Duration = Duration::from_secs(2);
/// How often the server looks for sources that are due, and for figures that failed.
const DUE: Duration = Duration::from_hours(1);
/// After how long the server tries again where it could not compute.
const AGAIN: Duration = Duration::from_mins(1);

/// The evidence of the data folder, read by the engine beside this program; where the settings name a
/// cluster, that answers queries.
pub fn open(settings: &Settings) -> anyhow::Result<Evidence> {
    let shelf = Shelf::open(settings.data().join("evidence"))?;
    let program = std::env::current_exe().context("cannot find where this program is")?;
    let mut engine = Engine::beside(&program);
    if let Some((scheduler, store)) = settings.evidence_cluster()? {
        engine = engine.with_cluster(Cluster {
            program: program.with_file_name("dfg-cluster"),
            scheduler: scheduler.to_owned(),
            store: store.to_owned(),
        });
    }
    Ok(Evidence::open(shelf, engine))
}

/// Runs a command.
pub async fn run(settings: &Settings, options: EvidenceOptions) -> anyhow::Result<()> {
    let plan = plan(settings, options.from.as_deref()).await?;
    let evidence = open(settings)?;
    // The engine is waited for, and so are publishers.
    tokio::task::block_in_place(|| match options.command {
        EvidenceCommand::Refresh { dataset, files } => {
            refresh(&evidence, &plan, dataset.as_deref(), files.as_deref())
        }
        EvidenceCommand::Check => check(&evidence, &plan),
        EvidenceCommand::Run { headlines } => {
            compute(&evidence, &plan)?;
            match headlines {
                Some(folder) => write_headlines(&evidence, &plan, &folder),
                None => Ok(()),
            }
        }
        EvidenceCommand::Query { sql, json, csv } => query(&evidence, &plan, &sql, json, csv),
        EvidenceCommand::Show {
            indicator,
            area,
            period,
            json,
        } => {
            evidence.bring_up_to_date(&plan, clock::now().0)?;
            show(&evidence, &plan, &indicator, area, period, json)
        }
        EvidenceCommand::Index { index, json } => {
            let (slug, indicator) = find(&plan.indicators, "index", &index)?;
            evidence.bring_up_to_date(&plan, clock::now().0)?;
            index::show(&plan, &evidence.state(), slug, indicator, json)
        }
        EvidenceCommand::Lineage { indicator, json } => {
            evidence.bring_up_to_date(&plan, clock::now().0)?;
            lineage(&evidence, &plan, &indicator, json)
        }
        EvidenceCommand::Trace { file } => trace(&evidence, &plan, &file),
    })
}

/// The plan that says which datasets and indicators there are.
async fn plan(settings: &Settings, from: Option<&Path>) -> anyhow::Result<Plan> {
    let today = clock::now().1;
    if let Some(dir) = from {
        return Ok(region::read(dir, today, false)?.plan);
    }
    let store = settings.open_store().await?;
    let history = ledger::load(&store).await?;
    store.close().await;
    if history.head().seq > 0 {
        return Ok(Plan::clone(&history.current()));
    }
    match settings.region() {
        Some(dir) => Ok(region::read(&dir, today, false)?.plan),
        None => bail!("the ledger is empty: name a region folder with --from DIR"),
    }
}

fn find<'a, T>(
    records: &'a BTreeMap<Slug, Arc<T>>,
    word: &str,
    text: &str,
) -> anyhow::Result<(&'a Slug, &'a Arc<T>)> {
    if let Some(found) = records.get_key_value(text) {
        return Ok(found);
    }
    let near = dfg_plan::rule::nearest(text, records.keys().map(Slug::as_str));
    let hint = near.map_or_else(String::new, |near| format!("; did you mean “{near}”?"));
    bail!("there is no {word} “{text}”{hint}")
}

fn refresh(
    evidence: &Evidence,
    plan: &Plan,
    dataset: Option<&str>,
    files: Option<&Path>,
) -> anyhow::Result<()> {
    let turn = evidence.shelf().take_turn()?;
    let wanted: Vec<(&Slug, &Arc<Dataset>)> = match dataset {
        Some(text) => vec![find(&plan.datasets, "dataset", text)?],
        None => plan.datasets.iter().collect(),
    };
    let files = match files {
        Some(path) => {
            Some(files_below(path).with_context(|| format!("cannot read {}", path.display()))?)
        }
        None => None,
    };
    let mut counts = Counts::default();
    for turn in in_turn(wanted) {
        let refresher = evidence.refresher(plan, clock::now().0)?;
        for (slug, dataset) in turn {
            let mut progress = Progress::begin("Fetching");
            let outcome = refresh_one(
                &refresher,
                slug,
                dataset,
                files.as_deref(),
                &mut |had, all| {
                    progress.at(had, all.unwrap_or(had));
                },
            );
            drop(progress);
            counts.tell(slug, outcome, evidence)?;
        }
    }
    drop(turn);
    output::note(counts.in_words());
    if counts.new > 0 {
        compute(evidence, plan)?;
    }
    if counts.failed > 0 {
        return Err(Failed.into());
    }
    Ok(())
}

/// Datasets by which areas are known come first: others are judged by them.
fn in_turn<'a>(
    datasets: Vec<(&'a Slug, &'a Arc<Dataset>)>,
) -> [Vec<(&'a Slug, &'a Arc<Dataset>)>; 2] {
    let (first, then) = datasets
        .into_iter()
        .partition(|(_, dataset)| makes_register(dataset));
    [first, then]
}

fn refresh_one(
    refresher: &Refresher<'_>,
    slug: &Slug,
    dataset: &Dataset,
    files: Option<&[PathBuf]>,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> anyhow::Result<Outcome> {
    let reread = refresher.reread(slug, dataset)?;
    let taken = match files {
        Some(files) => refresher.take_files(slug, dataset, files)?,
        None => refresher.fetch(slug, dataset, progress)?,
    };
    Ok(match (reread, taken) {
        (Outcome::New(vintages), Outcome::Same | Outcome::NoSource) => Outcome::New(vintages),
        (failed @ Outcome::Failed(_), Outcome::Same | Outcome::NoSource) => failed,
        (_, taken) => taken,
    })
}

/// What came of a refresh of several datasets.
#[derive(Default)]
struct Counts {
    new: usize,
    same: usize,
    failed: usize,
    nowhere: usize,
}

impl Counts {
    fn tell(
        &mut self,
        slug: &Slug,
        outcome: anyhow::Result<Outcome>,
        evidence: &Evidence,
    ) -> anyhow::Result<()> {
        match outcome {
            Ok(Outcome::NoSource) => self.nowhere += 1,
            Ok(Outcome::Same) => self.same += 1,
            Ok(Outcome::New(vintages)) => {
                self.new += 1;
                for vintage in vintages {
                    let through = vintage
                        .through
                        .map_or_else(String::new, |period| format!(", through {period}"));
                    output::line(format!(
                        "{slug}: {} rows from {}{through}, {}",
                        vintage.rows,
                        vintage.from,
                        &vintage.source[..12],
                    ))?;
                }
            }
            Ok(Outcome::Failed(failure)) => {
                self.failed += 1;
                tell_failure(slug, &failure, evidence);
            }
            Err(cause) => {
                self.failed += 1;
                output::error(&cause.context(format!("{slug} was not refreshed")));
            }
        }
        Ok(())
    }

    fn in_words(&self) -> String {
        let nowhere = match self.nowhere {
            0 => String::new(),
            count => format!("; {count} without a file or address here"),
        };
        format!(
            "{} refreshed, {} unchanged, {} failed{nowhere}",
            self.new, self.same, self.failed
        )
    }
}

fn tell_failure(slug: &Slug, failure: &Failure, evidence: &Evidence) {
    output::note(format!(
        "{slug}: {} does not keep the contract; the vintage before stays in use",
        failure.from
    ));
    for line in failure.lines().iter().take(12) {
        output::note(format!("  {line}"));
    }
    if let Some(path) = evidence.shelf().rejected(slug) {
        output::note(format!("  every rejected row: {}", path.display()));
    }
}

fn compute(evidence: &Evidence, plan: &Plan) -> anyhow::Result<()> {
    let count = evidence.bring_up_to_date(plan, clock::now().0)?;
    let state = evidence.state();
    let with_sql = plan.indicators.values().filter(|one| one.sql.is_some());
    output::note(format!(
        "{count} of {} indicators with SQL computed anew; {} signals from evidence are open",
        with_sql.count(),
        state.signals.open.len()
    ));
    let mut failed = false;
    for (slug, standing) in &state.standings {
        if let Some(fault) = &standing.fault {
            failed = true;
            let sql = plan.indicators.get(slug).and_then(|one| one.sql.as_deref());
            tell_fault(slug, fault, sql.unwrap_or_default());
        }
    }
    if failed { Err(Failed.into()) } else { Ok(()) }
}

/// A fault of an indicator's SQL, with the line that it speaks of.
fn tell_fault(slug: &Slug, fault: &str, sql: &str) {
    output::note(format!("indicators/{slug}.toml: sql: {fault}"));
    let number = fault
        .strip_prefix("line ")
        .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next())
        .and_then(|digits| digits.parse::<usize>().ok());
    if let Some(line) = number.and_then(|number| sql.trim().lines().nth(number.checked_sub(1)?)) {
        output::note(format!("  | {line}"));
    }
}

fn check(evidence: &Evidence, plan: &Plan) -> anyhow::Result<()> {
    let checked = evidence.check(plan, clock::now().0)?;
    let unknown = evidence.unknown_areas(plan)?;
    let mut faults = unknown.len();
    for line in unknown {
        output::note(line);
    }
    for one in &checked {
        for line in &one.warnings {
            output::note(format!("indicators/{}.toml: {line}", one.indicator));
        }
        match &one.outcome {
            Ok(count) => output::line(format!("{}: {count} readings", one.indicator))?,
            Err(fault) => {
                faults += 1;
                tell_fault(&one.indicator, fault, &one.sql);
            }
        }
    }
    output::note(match (checked.len(), faults) {
        (count, 0) => format!("{count} indicators with SQL, no fault"),
        (count, 1) => format!("{count} indicators with SQL, 1 fault"),
        (count, faults) => format!("{count} indicators with SQL, {faults} faults"),
    });
    if faults > 0 {
        Err(Failed.into())
    } else {
        Ok(())
    }
}

fn query(evidence: &Evidence, plan: &Plan, sql: &str, json: bool, csv: bool) -> anyhow::Result<()> {
    evidence.bring_up_to_date(plan, clock::now().0)?;
    let table = evidence.ask(plan, sql, Limits::OWN)?;
    if json {
        return output::json(&table);
    }
    if csv {
        return output::print(&as_csv(&table)?);
    }
    let heading: Vec<String> = table.columns.iter().map(|one| one.name.clone()).collect();
    let rows = table
        .rows
        .iter()
        .map(|row| row.iter().map(spell_cell).collect());
    let rows: Vec<Vec<String>> = std::iter::once(heading).chain(rows).collect();
    print_table(&rows)?;
    if table.more {
        output::note(format!(
            "only the first {} rows are shown",
            table.rows.len()
        ));
    }
    Ok(())
}

fn as_csv(table: &Table) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(table.columns.iter().map(|one| &one.name))?;
    for row in &table.rows {
        writer.write_record(row.iter().map(spell_cell))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

/// Prints rows, the first of them headings, in columns as wide as they need.
pub fn print_table(rows: &[Vec<String>]) -> anyhow::Result<()> {
    let count = rows.first().map_or(0, Vec::len);
    let width = |place: usize| {
        let cells = rows.iter().filter_map(|row| row.get(place));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths);
        let line: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        output::line(line.join("  ").trim_end())?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Shown<'a> {
    indicator: &'a Slug,
    area: &'a str,
    code: &'a str,
    made: Option<&'a str>,
    readings: Vec<&'a Reading>,
    assessment: &'a dfg_plan::evidence::Assessment,
}

fn show(
    evidence: &Evidence,
    plan: &Plan,
    text: &str,
    area: Option<String>,
    period: Option<String>,
    json: bool,
) -> anyhow::Result<()> {
    let (slug, indicator) = find(&plan.indicators, "indicator", text)?;
    let state = evidence.state();
    let Some(standing) = state.standings.get(slug) else {
        bail!("“{slug}” has no figures yet: try `dfg evidence refresh`");
    };
    let period = period.map(|text| Period::parse(&text)).transpose()?;
    let is_wanted = |place: &&Place| match &area {
        Some(text) => {
            place.code.eq_ignore_ascii_case(text)
                || place.name.eq_ignore_ascii_case(text)
                || place.slug.as_str() == text
        }
        None => true,
    };
    let places: Vec<&Place> = places(standing).filter(is_wanted).collect();
    if places.is_empty() {
        bail!("“{slug}” has no figures for that area");
    }
    let shown: Vec<Shown<'_>> = places
        .iter()
        .map(|place| Shown {
            indicator: slug,
            area: &place.name,
            code: &place.code,
            made: place.made.as_deref(),
            readings: place
                .series
                .readings()
                .iter()
                .filter(|one| period.as_ref().is_none_or(|period| one.period == *period))
                .collect(),
            assessment: &place.assessment,
        })
        .collect();
    if json {
        return output::json(&shown);
    }
    output::line(format!("{} ({})", indicator.title, indicator.unit))?;
    for one in shown {
        output::line("")?;
        output::line(format!("{} ({})", one.area, one.code))?;
        if let Some(finding) = &one.assessment.finding {
            output::line(finding)?;
        }
        if let Some(made) = one.made {
            output::line(made)?;
        }
        let spell = |figure: Option<Figure>| figure.map(|one| one.to_string()).unwrap_or_default();
        let heading = ["period", "value", "lower", "upper", "status"].map(str::to_owned);
        let rows = one.readings.iter().map(|reading| {
            vec![
                reading.period.words(),
                spell(reading.value),
                spell(reading.lower),
                spell(reading.upper),
                reading.status.clone().unwrap_or_default(),
            ]
        });
        let rows: Vec<Vec<String>> = std::iter::once(heading.to_vec()).chain(rows).collect();
        print_table(&rows)?;
        for line in &one.assessment.arithmetic {
            output::line(format!("  {line}"))?;
        }
    }
    Ok(())
}

fn places(standing: &Standing) -> impl Iterator<Item = &Place> {
    standing.region.iter().chain(&standing.parts)
}

fn lineage(evidence: &Evidence, plan: &Plan, text: &str, json: bool) -> anyhow::Result<()> {
    let (slug, indicator) = find(&plan.indicators, "indicator", text)?;
    let Some(figures) = evidence.shelf().figures(slug)? else {
        bail!("“{slug}” was not computed yet: try `dfg evidence run`");
    };
    if json {
        return output::json(&figures);
    }
    output::line(format!("{} ({slug})", indicator.title))?;
    output::line(format!(
        "computed {} by {}",
        figures.computed, figures.engine
    ))?;
    for input in &figures.inputs {
        let journal = evidence.shelf().journal(&input.dataset)?;
        let title = plan
            .datasets
            .get(&input.dataset)
            .map(|one| one.title.as_str());
        output::line(format!("{}: {}", input.dataset, title.unwrap_or_default()))?;
        for source in &input.sources {
            let vintage = journal.vintages.iter().find(|one| one.source == *source);
            let from = vintage.map_or_else(String::new, |vintage| {
                format!(
                    "{}, {} bytes, retrieved {}",
                    vintage.from, vintage.bytes, vintage.retrieved
                )
            });
            output::line(format!("  {source}  {from}"))?;
            if let Some(path) = evidence.shelf().source(source) {
                output::line(format!("  {}", path.display()))?;
            }
        }
    }
    output::line(&figures.sql)
}

/// Says what a file is by its content.
fn trace(evidence: &Evidence, plan: &Plan, file: &Path) -> anyhow::Result<()> {
    let hash = hash::of_file(file).with_context(|| format!("cannot read {}", file.display()))?;
    output::line(&hash)?;
    let mut is_known = false;
    for (slug, dataset) in &plan.datasets {
        for vintage in evidence.shelf().journal(slug)?.vintages {
            let what = match &hash {
                hash if *hash == vintage.source => "as published",
                hash if *hash == vintage.table.hash => "the table made of it",
                _ => continue,
            };
            is_known = true;
            output::line(format!(
                "{} ({slug}), {what}: {}, retrieved {}",
                dataset.title, vintage.from, vintage.retrieved
            ))?;
        }
    }
    if !is_known {
        bail!("no dataset has this file");
    }
    Ok(())
}

/// How many figures of the region's own a headline table has at most.
const HEADLINES: usize = 12;

/// Writes headline figures as `observations/<indicator>.csv`: the region's last ones, and the latest
/// of each of its parts.
fn write_headlines(evidence: &Evidence, plan: &Plan, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let state = evidence.state();
    for (slug, standing) in &state.standings {
        let Some(indicator) = plan.indicators.get(slug) else {
            continue;
        };
        let inputs = state.inputs(plan, slug);
        let Some((_, dataset)) = inputs.first() else {
            continue;
        };
        let source = dataset.sources.first();
        let title = format!("{}, {}", dataset.title, dataset.publisher);
        let url = source
            .and_then(|source| source.url.as_deref())
            .unwrap_or_default();
        let date = source.and_then(|source| source.date);
        let date = date.map(|date| date.to_string()).unwrap_or_default();
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record([
            "period",
            "area",
            "measure",
            "value",
            "unit",
            "lower",
            "upper",
            "status",
            "published",
            "note",
            "source_title",
            "source_url",
            "source_date",
        ])?;
        let spell = |figure: Option<Figure>| {
            let digits = indicator.decimals.map_or(2, u32::from);
            let rounded = figure.map(|figure| figure.0.round_dp(digits).normalize().to_string());
            rounded.unwrap_or_default()
        };
        let whole = standing.region.iter().map(|place| (place, "", HEADLINES));
        let parts = standing
            .parts
            .iter()
            .map(|place| (place, place.slug.as_str(), 1));
        for (place, area, most) in whole.chain(parts) {
            let valued: Vec<&Reading> = place.series.valued().map(|(reading, _)| reading).collect();
            let first = valued.len().saturating_sub(most);
            for reading in &valued[first..] {
                let note = place.made.as_deref().unwrap_or_default();
                writer.write_record([
                    partial(&reading.period).as_str(),
                    area,
                    "",
                    &spell(reading.value),
                    "",
                    &spell(reading.lower),
                    &spell(reading.upper),
                    reading.status.as_deref().unwrap_or_default(),
                    "",
                    note,
                    &title,
                    url,
                    &date,
                ])?;
            }
        }
        let path = folder.join(format!("{slug}.csv"));
        fs::write(&path, writer.into_inner()?)
            .with_context(|| format!("cannot write {}", path.display()))?;
        output::line(path.display().to_string())?;
    }
    Ok(())
}

/// A period as observations have it: a year, month or day; one that does not begin in January goes
/// by the month in which it ends.
fn partial(period: &Period) -> String {
    let (first, last) = (period.first(), period.last());
    let forms = [
        first.year().to_string(),
        format!("{}-{:02}", first.year(), first.month()),
        first.to_string(),
    ];
    let same = |text: &&String| {
        let date = PartialDate::parse(text);
        date.is_ok_and(|date| date.first() == first && date.last() == last)
    };
    match forms.iter().find(same) {
        Some(text) => text.clone(),
        None => format!("{}-{:02}", last.year(), last.month()),
    }
}

/// Keeps the evidence of a server up to date: with the ledger, with what commands did, and with
/// sources that are due.
pub async fn keep_up(evidence: Arc<Evidence>, site: Site, fetches: bool) {
    let mut seen: Option<(u64, Option<SystemTime>)> = None;
    let mut looked: Option<tokio::time::Instant> = None;
    let mut again = tokio::time::Instant::now();
    loop {
        let journals = evidence.shelf().root().join("journals");
        let changed = fs::metadata(journals).and_then(|data| data.modified()).ok();
        let history = site.history();
        let now = Some((history.head().seq, changed));
        if now != seen || tokio::time::Instant::now() >= again {
            seen = now;
            again = tokio::time::Instant::now() + DUE;
            let (evidence, plan) = (Arc::clone(&evidence), history.current());
            let done = tokio::task::spawn_blocking(move || {
                evidence.bring_up_to_date(&plan, clock::now().0)
            });
            match done.await {
                Ok(Ok(count)) => {
                    if count > 0 {
                        tracing::info!(count, "indicators were computed anew");
                    }
                    site.show_new_evidence();
                }
                Ok(Err(cause)) => {
                    let cause = format!("{:#}", anyhow::Error::from(cause));
                    tracing::error!(cause, "the evidence cannot be brought up to date");
                    again = tokio::time::Instant::now() + AGAIN;
                }
                Err(cause) => tracing::error!(%cause, "bringing the evidence up to date broke off"),
            }
        }
        if fetches && looked.is_none_or(|at| at.elapsed() > DUE) {
            looked = Some(tokio::time::Instant::now());
            let (evidence, plan) = (Arc::clone(&evidence), site.history().current());
            let done = tokio::task::spawn_blocking(move || fetch_due(&evidence, &plan)).await;
            if let Ok(Err(cause)) = done {
                tracing::error!(
                    cause = format!("{cause:#}"),
                    "the evidence was not refreshed"
                );
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Fetches the datasets that are due: those with an address that nobody looked for since their
/// publisher may have brought a new file.
fn fetch_due(evidence: &Evidence, plan: &Plan) -> anyhow::Result<()> {
    let now = clock::now().0;
    let due: Vec<(&Slug, &Arc<Dataset>)> = plan
        .datasets
        .iter()
        .filter(|(slug, dataset)| {
            let journal = evidence.shelf().journal(slug).unwrap_or_default();
            dataset.address.is_some()
                && dataset.cadence != Some(Cadence::Ended)
                && journal.looked.is_none_or(|looked| {
                    now.duration_since(looked).as_hours() >= hours(dataset.cadence)
                })
        })
        .collect();
    if due.is_empty() {
        return Ok(());
    }
    let _turn = match evidence.shelf().take_turn() {
        Ok(turn) => turn,
        // A command does it at this moment.
        Err(ShelfError::Busy) => return Ok(()),
        Err(cause) => return Err(cause.into()),
    };
    for turn in in_turn(due) {
        let refresher = evidence.refresher(plan, now)?;
        for (slug, dataset) in turn {
            let outcome = refresh_one(&refresher, slug, dataset, None, &mut |_, _| {});
            log_outcome(slug, outcome);
        }
    }
    Ok(())
}

fn log_outcome(dataset: &Slug, outcome: anyhow::Result<Outcome>) {
    match outcome {
        Ok(Outcome::New(_)) => tracing::info!(%dataset, "a new vintage came"),
        Ok(Outcome::Failed(failure)) => tracing::warn!(
            %dataset,
            fault = failure.lines().first().map_or("", String::as_str),
            "a new file does not keep the contract; the vintage before stays in use"
        ),
        Ok(Outcome::Same | Outcome::NoSource) => {}
        Err(cause) => {
            tracing::warn!(%dataset, cause = format!("{cause:#}"), "not refreshed");
        }
    }
}

/// How many hours to wait before a publisher is asked again.
fn hours(cadence: Option<Cadence>) -> i64 {
    match cadence {
        Some(Cadence::Weekly) => 12,
        Some(Cadence::Monthly) => 24,
        _ => 72,
    }
}
