//! Files that somebody hands over: put aside and looked at first, current only when they say so.
//!
//! Each lies in a folder of its own below `handed` on the shelf: the file, the table that was made
//! of it, and what was found. Nothing else is changed until it is made current.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use dfg_plan::{
    Figure, Plan, Slug,
    evidence::{Period, Series},
    record::Dataset,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    figures::{self, Figures, Tables, compute},
    hash,
    job::{Query, Table, TableFiles},
    refresh::RefreshError,
    shelf::{Shelf, ShelfError},
    standing::{Areas, stand},
    state::{Evidence, EvidenceError},
    vintage::{Failure, Journal, Tag, Vintage, contract},
};

/// The largest file that is taken, in bytes: what a shelf keeps beside its table.
pub const LARGEST: u64 = 512 << 20;
/// How long a file waits for somebody to say what becomes of it.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);
/// How many wait at once; the oldest makes room.
const MOST: usize = 20;
/// Rows that are shown of it.
const ROWS: usize = 8;
/// Letters of the name of its folder.
const NAME: usize = 16;
/// What was found, beside the file.
const FOUND: &str = "handed.json";

/// A file that was put aside and looked at.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Handed {
    /// Its folder's name.
    pub id: String,
    /// Whose file it is said to be.
    pub dataset: Slug,
    /// The file's name, as it was handed over.
    pub name: String,
    /// Who handed it over, by the name that the site shows.
    pub by: String,
    /// When.
    pub when: Timestamp,
    /// Whether it is the file that is in use.
    pub is_known: bool,
    /// The vintage that it would be, or what breaks the contract.
    pub outcome: Result<Vintage, Failure>,
    /// Its first rows, as they were read.
    pub rows: Table,
    /// What it would change.
    pub changes: Vec<Change>,
    /// The hash of what was in use when it was looked at.
    before: String,
}

/// A figure of the region before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The indicator.
    pub indicator: Slug,
    /// Its latest period and value now.
    pub before: Option<(Period, Figure)>,
    /// The same with the file in use.
    pub after: Option<(Period, Figure)>,
    /// Why there would be none.
    pub fault: Option<String>,
}

/// A place for a file that is being handed over. Nothing is left of it unless it is looked at.
#[derive(Debug)]
pub struct Place(tempfile::TempDir);

/// Why a file was not made current.
#[derive(Debug, thiserror::Error)]
pub enum HandedError {
    /// It waited too long, or somebody decided about it.
    #[error("this file is not waiting any more: hand it over again")]
    Gone,
    /// It breaks the contract.
    #[error("this file does not keep what is agreed of its source")]
    Unsound,
    /// Something else has become current since, or the contract has changed.
    #[error("what is in use has changed since this file was looked at: look at it again")]
    Moved,
    /// The folder, or the engine.
    #[error(transparent)]
    Refresh(#[from] RefreshError),
    /// Computing with it.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
}

impl From<ShelfError> for HandedError {
    fn from(cause: ShelfError) -> Self {
        Self::Refresh(cause.into())
    }
}

impl Place {
    /// Where the file is to be written: its ending is kept, since some formats go by it.
    pub fn file(&self, name: &str) -> PathBuf {
        file_in(self.0.path(), name)
    }
}

fn file_in(folder: &Path, name: &str) -> PathBuf {
    let ending = Path::new(name).extension().and_then(|one| one.to_str());
    let plain = |ending: &&str| {
        ending.len() <= NAME && ending.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    match ending.filter(plain) {
        Some(ending) => folder.join(format!("file.{}", ending.to_lowercase())),
        None => folder.join("file"),
    }
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> RefreshError + '_ {
    |cause| RefreshError::Io {
        path: path.to_owned(),
        cause,
    }
}

/// The hash of what is in use of a dataset.
fn in_use(journal: &Journal) -> String {
    let sources: Vec<(&str, &str)> = journal
        .vintages
        .iter()
        .map(|one| (one.source.as_str(), one.contract.as_str()))
        .collect();
    hash::of_value(&sources)
}

impl Shelf {
    fn handed(&self) -> PathBuf {
        self.root().join("handed")
    }

    /// The folder of a file that was handed over; none where the name is none of ours.
    fn handed_folder(&self, id: &str) -> Option<PathBuf> {
        let is_name = id.len() == NAME && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let folder = self.handed().join(id);
        (is_name && folder.is_dir()).then_some(folder)
    }

    /// A place for a file; those that have waited too long make room.
    pub fn place_for_file(&self, now: Timestamp) -> Result<Place, HandedError> {
        let folder = self.handed();
        let mut waiting: Vec<(Timestamp, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&folder).map_err(io_error(&folder))? {
            let entry = entry.map_err(io_error(&folder))?;
            let changed = entry.metadata().and_then(|data| data.modified()).ok();
            let since = changed.and_then(|changed| Timestamp::try_from(changed).ok());
            waiting.push((since.unwrap_or_default(), entry.path()));
        }
        waiting.sort();
        let spare = waiting.len().saturating_sub(MOST - 1);
        for (place, (since, path)) in waiting.iter().enumerate() {
            if place < spare || now.duration_since(*since) > PATIENCE {
                drop(fs::remove_dir_all(path));
            }
        }
        let place = tempfile::Builder::new()
            .prefix("")
            .rand_bytes(NAME)
            .tempdir_in(&folder)
            .map_err(io_error(&folder))?;
        Ok(Place(place))
    }

    /// What was found in a file that waits; none where it does not.
    pub fn handed_over(&self, id: &str) -> Result<Option<Handed>, ShelfError> {
        match self.handed_folder(id) {
            Some(_) => self.value(&format!("handed/{id}/{FOUND}")),
            None => Ok(None),
        }
    }

    /// The rows of it that break the contract.
    pub fn handed_rejected(&self, id: &str) -> Option<PathBuf> {
        let path = self.handed_folder(id)?.join("rejected.csv");
        path.is_file().then_some(path)
    }

    /// Forgets a file that was handed over.
    pub fn put_away(&self, id: &str) -> Result<(), HandedError> {
        match self.handed_folder(id) {
            Some(folder) => Ok(fs::remove_dir_all(&folder).map_err(io_error(&folder))?),
            None => Err(HandedError::Gone),
        }
    }
}

impl Evidence {
    /// Looks at a file in its place: what it holds, whether it keeps the contract, and what it would
    /// change. It waits then for somebody to say what becomes of it.
    pub fn look_at(
        &self,
        plan: &Plan,
        dataset: &Slug,
        place: Place,
        (name, by): (&str, &str),
        now: Timestamp,
    ) -> Result<Handed, HandedError> {
        let id = place.0.path().file_name().unwrap_or_default();
        let id = id.to_string_lossy().into_owned();
        let folder = place.0.path();
        let handed = self.found(plan, dataset, folder, (&id, name, by), now)?;
        self.shelf()
            .keep_value(&format!("handed/{id}/{FOUND}"), &handed)?;
        let _kept = place.0.keep();
        Ok(handed)
    }

    /// Looks again at a file that waits, since what is in use has changed.
    pub fn look_again(
        &self,
        plan: &Plan,
        handed: &Handed,
        now: Timestamp,
    ) -> Result<Handed, HandedError> {
        let id = handed.id.as_str();
        let folder = self.shelf().handed_folder(id).ok_or(HandedError::Gone)?;
        let found = (id, handed.name.as_str(), handed.by.as_str());
        let handed = self.found(plan, &handed.dataset, &folder, found, now)?;
        self.shelf()
            .keep_value(&format!("handed/{id}/{FOUND}"), &handed)?;
        Ok(handed)
    }

    fn found(
        &self,
        plan: &Plan,
        slug: &Slug,
        folder: &Path,
        (id, name, by): (&str, &str, &str),
        now: Timestamp,
    ) -> Result<Handed, HandedError> {
        let dataset = plan.datasets.get(slug).ok_or(HandedError::Gone)?;
        let journal = self.shelf().journal(slug)?;
        let refresher = self.refresher(plan, now)?;
        let file = file_in(folder, name);
        drop(fs::remove_file(folder.join("rejected.csv")));
        let from = format!("handed over: {name}");
        let outcome = refresher.judge(dataset, &journal, &file, folder, (&from, Tag::default()))?;
        let (mut rows, mut changes, mut is_known) = (Table::default(), Vec::new(), false);
        if let Ok(vintage) = &outcome {
            let newest = journal.current();
            is_known = newest.is_some_and(|one| {
                one.source == vintage.source && one.contract == vintage.contract
            });
            let table = folder.join(format!("{}.parquet", vintage.table.hash));
            rows = self.first_rows(&table)?;
            if !is_known {
                changes = self.changes(plan, (slug, vintage), folder, now)?;
            }
        }
        Ok(Handed {
            id: id.to_owned(),
            dataset: slug.clone(),
            name: name.to_owned(),
            by: by.to_owned(),
            when: now,
            is_known,
            outcome,
            rows,
            changes,
            before: in_use(&journal),
        })
    }

    fn first_rows(&self, table: &Path) -> Result<Table, HandedError> {
        let files = TableFiles {
            files: vec![table.to_owned()],
            key: Vec::new(),
        };
        let query = Query {
            name: "rows".to_owned(),
            sql: format!("SELECT * FROM handed LIMIT {ROWS}"),
        };
        let tables = BTreeMap::from([("handed".to_owned(), files)]);
        let answers = figures::ask(self.engine(), tables, vec![query]);
        let answers = answers.map_err(RefreshError::from)?;
        let answer = answers.into_iter().next();
        Ok(answer
            .and_then(|answer| answer.outcome.ok())
            .unwrap_or_default())
    }

    /// What the region's figures would be with a vintage in use, beside what they are.
    fn changes(
        &self,
        plan: &Plan,
        (slug, vintage): (&Slug, &Vintage),
        folder: &Path,
        now: Timestamp,
    ) -> Result<Vec<Change>, HandedError> {
        let mut journals = figures::journals(plan, self.shelf())?;
        journals
            .entry(slug.clone())
            .or_default()
            .take_in(vintage.clone());
        let shelf = self.shelf().with_tables_of(folder);
        let tables = Tables {
            plan,
            journals: &journals,
            shelf: &shelf,
        };
        let with_sql = plan.indicators.iter();
        let wanted: Vec<_> = with_sql
            .filter_map(|(slug, indicator)| tables.wanted(slug, indicator))
            .filter(|one| one.missing.is_empty())
            .filter(|one| one.inputs.iter().any(|input| input.dataset == *slug))
            .collect();
        let computed = compute(&tables, self.engine(), &wanted, now);
        let state = self.state();
        let mut areas = Areas::of(plan);
        areas.register = state.register.clone();
        let computed = computed.map_err(RefreshError::from)?;
        let change = |(indicator, figures): (Slug, Figures)| {
            let standing = stand(plan, &areas, &indicator, Some(&figures));
            let now = state.standings.get(&indicator);
            Change {
                before: latest(now.and_then(|one| Some(&one.region.as_ref()?.series))),
                after: latest(standing.and_then(|one| Some(one.region?.series)).as_ref()),
                fault: figures.fault,
                indicator,
            }
        };
        Ok(computed.into_iter().map(change).collect())
    }

    /// Makes a file current that was looked at; says which vintage it is.
    pub fn make_current(
        &self,
        plan: &Plan,
        id: &str,
        now: Timestamp,
    ) -> Result<Vintage, HandedError> {
        let shelf = self.shelf();
        let _turn = shelf.take_turn()?;
        let handed = shelf.handed_over(id)?.ok_or(HandedError::Gone)?;
        let folder = shelf.handed_folder(id).ok_or(HandedError::Gone)?;
        let dataset: &Dataset = plan
            .datasets
            .get(&handed.dataset)
            .ok_or(HandedError::Gone)?;
        let vintage = handed.outcome.map_err(|_| HandedError::Unsound)?;
        let mut journal = shelf.journal(&handed.dataset)?;
        if in_use(&journal) != handed.before || vintage.contract != contract(dataset) {
            return Err(HandedError::Moved);
        }
        let file = file_in(&folder, &handed.name);
        // What is kept is what was looked at, byte for byte.
        let is_same = hash::of_file(&file).map_err(io_error(&file))? == vintage.source;
        if !is_same || File::open(folder.join(format!("{}.parquet", vintage.table.hash))).is_err() {
            return Err(HandedError::Gone);
        }
        shelf.keep_vintage(&folder, &file, &vintage)?;
        journal.looked = Some(now);
        journal.take_in(vintage.clone());
        shelf.keep_journal(&handed.dataset, &journal)?;
        shelf.forget_rejected(&handed.dataset)?;
        // A kill before this leaves a file that waits and is known.
        drop(fs::remove_dir_all(&folder));
        Ok(vintage)
    }
}

fn latest(series: Option<&Series>) -> Option<(Period, Figure)> {
    let (reading, value) = series?.latest()?;
    Some((reading.period.clone(), value))
}
