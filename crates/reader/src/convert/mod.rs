//! A published file to a table, if it keeps the contract of its dataset: columns found by name,
//! values of their types and within their ranges, keys unique, no area unknown, no more or fewer
//! rows than can be.
//!
//! A row that breaks it goes to `rejected.csv` with the reason. The table is made only when none
//! does: figures are never silently left out.

mod cell;
mod gather;
mod judge;
mod layout;
mod rejected;
mod table;

use std::{
    path::Path,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, available_parallelism},
};

use csv::StringRecord;
use dfg_evidence::{
    hash,
    job::{ConvertJob, Converted},
};

use self::{
    gather::Gathering,
    judge::{Contract, Judge, Part},
    layout::{HEAD, Layout},
};
use crate::read::{
    self, Sink,
    csv::{Block, Blocks, Cells, Cut, End, Lines, Rows, Stop, Text},
};

/// By how many per cent the number of rows may change where the dataset does not say.
const ROWS_MAY_CHANGE: u64 = 20;
/// Rows that are put together where they come one by one.
const BATCH: u64 = 16_384;
/// Blocks that wait for each of those who read them.
const WAITING: usize = 1;
/// The most that read at once: each holds some blocks in memory.
const MOST_READERS: usize = 4;

/// Turns a published file into a table: in the folder of the job, named by its content, or a list of
/// what breaks the contract, with the rejected rows in `rejected.csv`. An error says why the file
/// cannot be read at all.
pub fn run(job: &ConvertJob) -> Result<Converted, String> {
    let mut reading = Reading {
        job,
        head: Vec::new(),
        open: None,
        faults: Vec::new(),
        source: None,
    };
    let read = read::read(job, &mut reading);
    if reading.faults.is_empty() {
        read?;
    }
    let source = reading.source.take();
    let mut converted = reading.finish()?;
    (converted.source_hash, converted.source_bytes) = match source {
        Some(source) => source,
        None => hash_file(&job.file)?,
    };
    Ok(converted)
}

fn hash_file(path: &Path) -> Result<(String, u64), String> {
    let hash = hash::of_file(path).map_err(|cause| read::cannot_read(&cause))?;
    let data = path.metadata().map_err(|cause| read::cannot_read(&cause))?;
    Ok((hash, data.len()))
}

/// A file that is being read.
struct Reading<'a> {
    job: &'a ConvertJob,
    /// The first rows, until the row of headings is found among them.
    head: Vec<(u64, StringRecord)>,
    open: Option<Open<'a>>,
    faults: Vec<String>,
    /// The hash and size of the file, where they were found while it was read.
    source: Option<(String, u64)>,
}

/// A file of which the headings are known.
struct Open<'a> {
    judge: Judge<'a>,
    gathering: Gathering<'a>,
}

impl Sink for Reading<'_> {
    fn row(&mut self, number: u64, row: &StringRecord) -> Result<(), String> {
        match &mut self.open {
            Some(open) => open.take(number, row),
            None => {
                self.head.push((number, row.clone()));
                if self.head.len() == HEAD {
                    self.begin()?;
                }
                Ok(())
            }
        }
    }

    fn text(&mut self, text: &Text) -> Result<(), String> {
        let read = match self.read_text(text, Cut::Quick) {
            Err(Stop::Torn) => self.read_text(text, Cut::Exact),
            read => read,
        };
        read.map_err(|stop| match stop {
            Stop::Failed(message) => message,
            Stop::Torn => "the file cannot be read: its rows have no end".to_owned(),
        })
    }
}

impl Reading<'_> {
    /// Finds the headings among the first rows and reads the rows behind them.
    fn begin(&mut self) -> Result<(), String> {
        let head = std::mem::take(&mut self.head);
        let place = self.find_headings(&head)?;
        for (number, row) in head.iter().skip(place + 1) {
            self.row(*number, row)?;
        }
        Ok(())
    }

    /// Finds the row of headings; gives its place.
    fn find_headings(&mut self, head: &[(u64, StringRecord)]) -> Result<usize, String> {
        match layout::find(&self.job.dataset, head) {
            Ok((place, layout)) => {
                self.open = Some(Open::new(self.job, layout)?);
                Ok(place)
            }
            Err(faults) => {
                self.faults = faults;
                Err("the headings are not those wanted".to_owned())
            }
        }
    }

    /// Reads a file of text, several of its blocks at once.
    fn read_text(&mut self, text: &Text, cut: Cut) -> Result<(), Stop> {
        let mut blocks = text.blocks(cut)?;
        let first = match blocks.next() {
            Some(block) => block?,
            None => return Ok(()),
        };
        let (head, ends) = text.head(&first, HEAD);
        let place = self.find_headings(&head)?;
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        let readers = available_parallelism().map_or(1, |many| many.get().min(MOST_READERS));
        let source = thread::scope(|scope| -> Result<_, Stop> {
            let mut to_read = Vec::new();
            let mut to_gather = Vec::new();
            for _ in 0..readers {
                let (give, take) = sync_channel(WAITING);
                let (give_on, take_on) = sync_channel(WAITING);
                let judge = Judge::new(open.gathering.contract());
                let separator = text.separator;
                scope.spawn(move || judge_blocks(judge, (separator, cut), take, give_on));
                to_read.push(give);
                to_gather.push(take_on);
            }
            let dealing = scope.spawn(move || deal(blocks, (first, ends[place]), &to_read));
            // Blocks are dealt in turn, and are taken in turn.
            for parts in to_gather.iter().cycle() {
                match parts.recv() {
                    Ok(part) => open.gathering.add(part?)?,
                    Err(_) => break,
                }
            }
            drop(to_gather);
            dealing
                .join()
                .map_err(|_| Stop::Failed("the file could not be read to its end".to_owned()))
        })?;
        self.source = source.filter(|_| text.path == self.job.file);
        Ok(())
    }

    fn finish(mut self) -> Result<Converted, String> {
        if self.open.is_none() && self.faults.is_empty() {
            // A file shorter than where headings are looked for.
            let begun = self.begin();
            if self.faults.is_empty() {
                begun?;
            }
        }
        match self.open {
            Some(open) => open.finish(|rows| count_faults(self.job, rows)),
            None => Ok(Converted {
                faults: self.faults,
                ..Converted::default()
            }),
        }
    }
}

impl<'a> Open<'a> {
    fn new(job: &'a ConvertJob, layout: Layout) -> Result<Self, String> {
        let contract = Arc::new(Contract::new(job, layout));
        Ok(Self {
            judge: Judge::new(Arc::clone(&contract)),
            gathering: Gathering::begin(contract, &job.out, job.limits.rows)?,
        })
    }

    fn take(&mut self, number: u64, row: &StringRecord) -> Result<(), String> {
        self.judge
            .take(|| number, |place| row.get(place).unwrap_or_default());
        if self.judge.rows() >= BATCH {
            self.gathering.add(self.judge.part())?;
        }
        Ok(())
    }

    fn finish(mut self, faults: impl FnOnce(u64) -> Vec<String>) -> Result<Converted, String> {
        self.gathering.add(self.judge.part())?;
        self.gathering.finish(faults)
    }
}

/// A block, and where its first row stands that is to be judged.
type Dealt = Result<(Block, usize), Stop>;

/// Deals the blocks of a file in turn; gives the file's hash and size.
fn deal(
    mut blocks: Blocks,
    first: (Block, usize),
    to: &[SyncSender<Dealt>],
) -> Option<(String, u64)> {
    let mut next = Some(Ok(first));
    for reader in to.iter().cycle() {
        let Some(block) = next else {
            break;
        };
        // Nobody takes it when something was wrong before.
        reader.send(block).ok()?;
        next = blocks.next().map(|block| block.map(|block| (block, 0)));
    }
    blocks.source()
}

/// Judges the rows of each block that comes.
fn judge_blocks(
    mut judge: Judge<'_>,
    (separator, cut): (u8, Cut),
    blocks: Receiver<Dealt>,
    to: SyncSender<Result<Part, Stop>>,
) {
    let mut cells = Cells::default();
    for block in blocks {
        let judged = block.and_then(|(block, from)| {
            let lines = Lines::of(&block);
            let mut rows = Rows::new(&block.text, separator);
            while let Some(found) = rows.next(&mut cells) {
                if found.end == End::Within && (cut == Cut::Quick || !block.last) {
                    return Err(Stop::Torn);
                }
                if found.start >= from && !judge.is_hopeless() {
                    judge.take(
                        || lines.number(found.start),
                        |place| cells.get(&block.text, place),
                    );
                }
            }
            Ok(judge.part())
        });
        if to.send(judged).is_err() {
            return;
        }
    }
}

/// What the number of rows says.
fn count_faults(job: &ConvertJob, rows: u64) -> Vec<String> {
    let dataset = &job.dataset;
    let mut faults = Vec::new();
    match dataset.fewest_rows {
        Some(fewest) if rows < fewest => faults.push(format!(
            "the file has {rows} rows; a sound one has at least {fewest}"
        )),
        None if rows == 0 => faults.push("the file has no rows that are wanted".to_owned()),
        _ => {}
    }
    if let Some(before) = job.rows_before.filter(|before| *before > 0) {
        let may = dataset.rows_may_change.map_or(ROWS_MAY_CHANGE, u64::from);
        if rows.abs_diff(before).saturating_mul(100) > before.saturating_mul(may) {
            faults.push(format!(
                "the file has {rows} rows and the vintage before had {before}: \
                 they may change by {may}%"
            ));
        }
    }
    faults
}
