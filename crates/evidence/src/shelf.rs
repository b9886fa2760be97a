//! The folder where evidence is kept. Everything in it can be made again from the sources.
//!
//! ```text
//! sources/<hash>              files as published
//! tables/<hash>.parquet       tables made of them
//! journals/<dataset>.json     which vintages a dataset has
//! rejected/<dataset>.csv      rows that broke the contract, from the last attempt
//! figures/<indicator>.json    what an indicator's SQL gave, and from what
//! signals.json                signals that evidence raised
//! areas.json                  the register of areas; likewise boundaries, neighbours, postcodes
//! rooms/                      work that is not finished
//! ```
//!
//! A file appears whole or not at all: it is written under another name, synced and renamed.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use dfg_plan::{Slug, record::Dataset};
use serde::{Serialize, de::DeserializeOwned};
use tempfile::{NamedTempFile, TempDir};

use crate::{
    figures::Figures,
    job::TableFiles,
    vintage::{Journal, Vintage},
};

/// Sources above this size are not kept beside their tables; their hash and name are.
const LARGEST_KEPT: u64 = 512 << 20;

/// The folder of evidence.
#[derive(Clone, Debug)]
pub struct Shelf {
    root: PathBuf,
    /// Tables that count as kept, though they are not.
    aside: Option<PathBuf>,
}

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// A file cannot be read or written.
    #[error("the evidence folder: cannot {doing} {}", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// A file is not what it should be.
    #[error("the evidence folder: {} is damaged; remove it, and it is made again", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How.
        #[source]
        cause: serde_json::Error,
    },
    /// Another process is refreshing.
    #[error("another process is refreshing the evidence: try again when it is done")]
    Busy,
}

fn failed<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> ShelfError + 'a {
    move |cause| ShelfError::Io {
        doing,
        path: path.to_owned(),
        cause,
    }
}

/// Held while the evidence is changed; let go of when it is dropped, or its process ends.
#[derive(Debug)]
pub struct Turn {
    _lock: File,
}

impl Shelf {
    /// The evidence in a folder, which is made where it is not there.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, ShelfError> {
        let shelf = Self {
            root: root.into(),
            aside: None,
        };
        for part in [
            "sources", "tables", "journals", "rejected", "figures", "rooms", "handed",
        ] {
            let path = shelf.root.join(part);
            fs::create_dir_all(&path).map_err(failed("make", &path))?;
        }
        Ok(shelf)
    }

    /// The same, with the tables of a folder beside those that are kept.
    pub(crate) fn with_tables_of(&self, folder: &Path) -> Self {
        Self {
            aside: Some(folder.to_owned()),
            ..self.clone()
        }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Takes the turn to change the evidence; an error where another process has it.
    pub fn take_turn(&self) -> Result<Turn, ShelfError> {
        let path = self.root.join("turn");
        let lock = File::create(&path).map_err(failed("write", &path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Turn { _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(ShelfError::Busy),
            Err(TryLockError::Error(cause)) => Err(failed("lock", &path)(cause)),
        }
    }

    /// A folder for work that is not finished, on the same disk.
    pub fn room(&self) -> Result<TempDir, ShelfError> {
        let path = self.root.join("rooms");
        TempDir::new_in(&path).map_err(failed("make a folder in", &path))
    }

    /// Where a download that was broken off is kept, to go on with.
    pub fn part(&self, dataset: &Slug) -> PathBuf {
        self.root.join("rooms").join(format!("{dataset}.part"))
    }

    /// What is known of a dataset's copies.
    pub fn journal(&self, dataset: &Slug) -> Result<Journal, ShelfError> {
        let journal = Self::read(&self.root.join("journals").join(format!("{dataset}.json")))?;
        Ok(journal.unwrap_or_default())
    }

    /// Keeps a dataset's journal.
    pub fn keep_journal(&self, dataset: &Slug, journal: &Journal) -> Result<(), ShelfError> {
        self.write(
            &self.root.join("journals").join(format!("{dataset}.json")),
            journal,
        )
    }

    /// What an indicator's SQL last gave.
    pub fn figures(&self, indicator: &Slug) -> Result<Option<Figures>, ShelfError> {
        Self::read(&self.root.join("figures").join(format!("{indicator}.json")))
    }

    /// Keeps what an indicator's SQL gave.
    pub fn keep_figures(&self, indicator: &Slug, figures: &Figures) -> Result<(), ShelfError> {
        self.write(
            &self.root.join("figures").join(format!("{indicator}.json")),
            figures,
        )
    }

    /// A value that the folder keeps under a name of its own; none where it is not there.
    pub fn value<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ShelfError> {
        Self::read(&self.root.join(name))
    }

    /// Keeps a value.
    pub fn keep_value(&self, name: &str, value: &impl Serialize) -> Result<(), ShelfError> {
        self.write(&self.root.join(name), value)
    }

    /// The file of a table.
    pub fn table(&self, hash: &str) -> PathBuf {
        let name = format!("{hash}.parquet");
        let aside = self.aside.as_ref().map(|folder| folder.join(&name));
        match aside.filter(|file| file.is_file()) {
            Some(file) => file,
            None => self.root.join("tables").join(name),
        }
    }

    /// The file of a source as published, where it is kept.
    pub fn source(&self, hash: &str) -> Option<PathBuf> {
        let path = self.root.join("sources").join(hash);
        path.is_file().then_some(path)
    }

    /// The rows that broke the contract at the last attempt, where one failed.
    pub fn rejected(&self, dataset: &Slug) -> Option<PathBuf> {
        let path = self.root.join("rejected").join(format!("{dataset}.csv"));
        path.is_file().then_some(path)
    }

    /// The files of a dataset's table; none where it has no vintage.
    pub fn files(&self, dataset: &Dataset, journal: &Journal) -> Option<TableFiles> {
        let vintages = journal.in_use(dataset);
        let files: Vec<PathBuf> = vintages
            .iter()
            .map(|vintage| self.table(&vintage.table.hash))
            .collect();
        let all_there = !files.is_empty() && files.iter().all(|file| file.is_file());
        all_there.then(|| TableFiles {
            files,
            key: dataset.key.clone(),
        })
    }

    /// Takes in what a sound conversion left in a room: the table, and the source beside it.
    pub fn keep_vintage(
        &self,
        room: &Path,
        file: &Path,
        vintage: &Vintage,
    ) -> Result<(), ShelfError> {
        let table = self.table(&vintage.table.hash);
        let made = room.join(format!("{}.parquet", vintage.table.hash));
        fs::rename(&made, &table).map_err(failed("keep", &table))?;
        self.sync(&table)?;
        let source = self.root.join("sources").join(&vintage.source);
        if vintage.bytes <= LARGEST_KEPT && !source.is_file() {
            let copy = NamedTempFile::new_in(room).map_err(failed("write in", room))?;
            fs::copy(file, copy.path()).map_err(failed("copy", file))?;
            copy.as_file()
                .sync_all()
                .map_err(failed("write", &source))?;
            copy.persist(&source)
                .map_err(|cause| failed("keep", &source)(cause.error))?;
            self.sync(&source)?;
        }
        Ok(())
    }

    /// Keeps the rows that broke the contract.
    pub fn keep_rejected(&self, room: &Path, dataset: &Slug) -> Result<(), ShelfError> {
        let path = self.root.join("rejected").join(format!("{dataset}.csv"));
        match fs::rename(room.join("rejected.csv"), &path) {
            Ok(()) => Ok(()),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => self.forget_rejected(dataset),
            Err(cause) => Err(failed("keep", &path)(cause)),
        }
    }

    /// Forgets them: a sound copy came.
    pub fn forget_rejected(&self, dataset: &Slug) -> Result<(), ShelfError> {
        let path = self.root.join("rejected").join(format!("{dataset}.csv"));
        match fs::remove_file(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                Err(failed("remove", &path)(cause))
            }
            _ => Ok(()),
        }
    }

    fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, ShelfError> {
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(failed("read", path)(cause)),
        };
        match serde_json::from_slice(&text) {
            Ok(value) => Ok(Some(value)),
            Err(cause) => Err(ShelfError::Damaged {
                path: path.to_owned(),
                cause,
            }),
        }
    }

    fn write(&self, path: &Path, value: &impl Serialize) -> Result<(), ShelfError> {
        let folder = path.parent().unwrap_or(&self.root);
        let mut file = NamedTempFile::new_in(folder).map_err(failed("write in", folder))?;
        let text = serde_json::to_vec(value).map_err(|cause| ShelfError::Damaged {
            path: path.to_owned(),
            cause,
        })?;
        file.write_all(&text).map_err(failed("write", path))?;
        file.as_file().sync_all().map_err(failed("write", path))?;
        file.persist(path)
            .map_err(|cause| failed("keep", path)(cause.error))?;
        self.sync(path)
    }

    /// Makes the renaming of a file last.
    fn sync(&self, path: &Path) -> Result<(), ShelfError> {
        let folder = path.parent().unwrap_or(&self.root);
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed("write", folder))
    }
}
