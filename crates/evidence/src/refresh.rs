//! Refreshing a dataset: what changed is read under its contract, and becomes current only when it
//! keeps it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use dfg_plan::{
    Slug,
    record::{Dataset, Service},
};
use jiff::Timestamp;

use crate::{
    fetch::{Allowed, FetchError, Fetched, fetch},
    hash,
    job::{Answer, ConvertJob, Job, Limits},
    runner::{Engine, EngineError},
    shelf::{Shelf, ShelfError},
    vintage::{Failure, Journal, Tag, Vintage, contract, judge},
};

/// The most files that are looked through for those of datasets.
const MOST_FILES: usize = 100_000;

/// Refreshes datasets.
#[derive(Clone, Debug)]
pub struct Refresher<'a> {
    /// Where evidence is kept.
    pub shelf: &'a Shelf,
    /// What reads the files.
    pub engine: &'a Engine,
    /// What may be fetched.
    pub allowed: Allowed,
    /// The codes of areas that are known; none where there is no register.
    pub areas: BTreeSet<String>,
    /// The time.
    pub now: Timestamp,
}

/// What came of a refresh.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// There is nowhere to look.
    NoSource,
    /// Nothing has changed.
    Same,
    /// New vintages.
    New(Vec<Vintage>),
    /// A copy broke the contract; the vintage before stays.
    Failed(Failure),
}

/// Why a refresh could not be done.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The folder of evidence.
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The publisher.
    #[error("{address} was not fetched")]
    Fetch {
        /// The address.
        address: String,
        /// Why.
        #[source]
        cause: FetchError,
    },
    /// A file cannot be read.
    #[error("cannot read {}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
}

impl Refresher<'_> {
    /// Fetches a dataset from its address, if it has one and its file has changed.
    pub fn fetch(
        &self,
        slug: &Slug,
        dataset: &Dataset,
        progress: &mut dyn FnMut(u64, Option<u64>),
    ) -> Result<Outcome, RefreshError> {
        let Some(address) = &dataset.address else {
            return Ok(Outcome::NoSource);
        };
        let mut journal = self.shelf.journal(slug)?;
        let contract = contract(dataset);
        let known = journal
            .current()
            .filter(|vintage| vintage.contract == contract && vintage.from == *address)
            .map(|vintage| vintage.tag.clone())
            .unwrap_or_default();
        let part = self.shelf.part(slug);
        let fetched = fetch(address, &self.allowed, &known, &part, progress);
        let tag = match fetched {
            Ok(Fetched::File(tag)) => tag,
            Ok(Fetched::Same) => {
                journal.looked = Some(self.now);
                self.shelf.keep_journal(slug, &journal)?;
                return Ok(Outcome::Same);
            }
            Err(cause) => {
                return Err(RefreshError::Fetch {
                    address: address.clone(),
                    cause,
                });
            }
        };
        let outcome = self.take(slug, dataset, &mut journal, &part, (address, tag));
        drop(fs::remove_file(&part));
        outcome
    }

    /// Takes the files of a folder, or one file, that fit the dataset's name for it.
    pub fn take_files(
        &self,
        slug: &Slug,
        dataset: &Dataset,
        files: &[PathBuf],
    ) -> Result<Outcome, RefreshError> {
        let Some(pattern) = &dataset.file else {
            return Ok(Outcome::NoSource);
        };
        let name = |path: &&PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy());
            name.is_some_and(|name| fits(pattern, &name))
        };
        let mut found = files.iter().filter(name).peekable();
        if found.peek().is_none() {
            return Ok(Outcome::NoSource);
        }
        let mut journal = self.shelf.journal(slug)?;
        let mut new = Vec::new();
        for path in found {
            let tag = stamp(path).map_err(|cause| RefreshError::Io {
                path: path.clone(),
                cause,
            })?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            match self.take(slug, dataset, &mut journal, path, (&name, tag))? {
                Outcome::New(vintages) => new.extend(vintages),
                Outcome::Failed(failure) => return Ok(Outcome::Failed(failure)),
                Outcome::Same | Outcome::NoSource => {}
            }
        }
        Ok(if new.is_empty() {
            Outcome::Same
        } else {
            Outcome::New(new)
        })
    }

    /// Reads kept sources anew where the contract has changed since they were read.
    pub fn reread(&self, slug: &Slug, dataset: &Dataset) -> Result<Outcome, RefreshError> {
        let mut journal = self.shelf.journal(slug)?;
        let contract = contract(dataset);
        let old: Vec<Vintage> = journal.in_use(dataset).to_vec();
        let mut new = Vec::new();
        for vintage in old.into_iter().filter(|one| one.contract != contract) {
            let Some(file) = self.shelf.source(&vintage.source) else {
                continue;
            };
            let known = (vintage.from.as_str(), vintage.tag.clone());
            match self.take(slug, dataset, &mut journal, &file, known)? {
                Outcome::New(vintages) => new.extend(vintages),
                Outcome::Failed(failure) => return Ok(Outcome::Failed(failure)),
                Outcome::Same | Outcome::NoSource => {}
            }
        }
        Ok(if new.is_empty() {
            Outcome::Same
        } else {
            Outcome::New(new)
        })
    }

    /// Takes a copy: nothing where it is known, a vintage where it keeps the contract.
    pub fn take(
        &self,
        slug: &Slug,
        dataset: &Dataset,
        journal: &mut Journal,
        file: &Path,
        (from, tag): (&str, Tag),
    ) -> Result<Outcome, RefreshError> {
        let contract = contract(dataset);
        let is_there = |vintage: &&Vintage| {
            vintage.contract == contract && self.shelf.table(&vintage.table.hash).is_file()
        };
        let same_stamp = |vintage: &&Vintage| {
            tag.stamp.is_some() && vintage.tag.stamp == tag.stamp && vintage.from == from
        };
        journal.looked = Some(self.now);
        let mut known = journal.vintages.iter().filter(is_there);
        let mut is_known = known.any(|vintage| same_stamp(&vintage));
        let bytes = fs::metadata(file).map_or(0, |data| data.len());
        let as_large = |vintage: &Vintage| vintage.bytes == bytes;
        // Only a file that is as large as one that is known can be the same.
        if !is_known && journal.vintages.iter().any(as_large) {
            let source = hash::of_file(file).map_err(|cause| RefreshError::Io {
                path: file.to_owned(),
                cause,
            })?;
            let known = journal.vintages.iter().filter(is_there);
            is_known = known.into_iter().any(|vintage| vintage.source == source);
        }
        if is_known {
            self.shelf.keep_journal(slug, journal)?;
            return Ok(Outcome::Same);
        }
        let room = self.shelf.room()?;
        match self.judge(dataset, journal, file, room.path(), (from, tag))? {
            Ok(vintage) => {
                self.shelf.keep_vintage(room.path(), file, &vintage)?;
                journal.take_in(vintage.clone());
                self.shelf.keep_journal(slug, journal)?;
                self.shelf.forget_rejected(slug)?;
                Ok(Outcome::New(vec![vintage]))
            }
            Err(failure) => {
                self.shelf.keep_rejected(room.path(), slug)?;
                journal.failure = Some(failure.clone());
                self.shelf.keep_journal(slug, journal)?;
                Ok(Outcome::Failed(failure))
            }
        }
    }

    /// Reads a copy under the contract and changes nothing; what comes of it lies in a folder.
    pub(crate) fn judge(
        &self,
        dataset: &Dataset,
        journal: &Journal,
        file: &Path,
        room: &Path,
        (from, tag): (&str, Tag),
    ) -> Result<Result<Vintage, Failure>, RefreshError> {
        let before = journal.current().filter(|_| !dataset.accumulates);
        let job = Job::Convert(Box::new(ConvertJob {
            dataset: dataset.clone(),
            file: file.to_owned(),
            out: room.to_owned(),
            areas: (!self.areas.is_empty() && !makes_register(dataset)).then(|| self.areas.clone()),
            rows_before: before.map(|vintage| vintage.rows),
            limits: Limits::READ,
        }));
        Ok(match self.engine.run(&job) {
            Ok(Answer::Convert { converted, .. }) => {
                judge(dataset, *converted, from, tag, self.now)
            }
            Ok(_) => {
                return Err(EngineError::Failed("the engine answered another job".into()).into());
            }
            // What the file did to the engine is the file's fault, and is told as such.
            Err(
                cause @ (EngineError::Failed(_)
                | EngineError::Died { .. }
                | EngineError::TooLarge(_)
                | EngineError::TooLong(_)),
            ) => Err(Failure {
                when: self.now,
                from: from.to_owned(),
                faults: vec![cause.to_string()],
                rejected: 0,
                rejects: Vec::new(),
            }),
            Err(cause) => return Err(cause.into()),
        })
    }
}

/// Whether areas are known by a dataset: it is refreshed before others, and not judged by what was
/// known before.
pub fn makes_register(dataset: &Dataset) -> bool {
    matches!(
        dataset.serves,
        Some(Service::Areas | Service::AreaChanges | Service::AreaNames)
    )
}

/// The files below a folder, or the file itself, in order of name.
pub fn files_below(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![path.to_owned()];
    while let Some(path) = open.pop() {
        if fs::metadata(&path)?.is_dir() {
            for entry in fs::read_dir(&path)? {
                let entry = entry?;
                // A link could lead round in a circle.
                if !entry.file_type()?.is_symlink() {
                    open.push(entry.path());
                }
            }
        } else if found.len() < MOST_FILES {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn stamp(path: &Path) -> std::io::Result<Tag> {
    let data = fs::metadata(path)?;
    let since = data.modified()?.duration_since(UNIX_EPOCH).ok();
    let nanos = since.and_then(|since| i128::try_from(since.as_nanos()).ok());
    Ok(Tag {
        stamp: nanos.map(|nanos| (nanos, data.len())),
        ..Tag::default()
    })
}

/// Whether a name fits a pattern in which `*` stands for anything.
pub fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, fit) in [
            ("a.csv", "a.csv", true),
            ("a.csv", "b.csv", false),
            ("*.csv", "x/y.csv", true),
            ("20*", "2024", true),
            ("20*", "1924", false),
            ("*fixed*CR.csv", "202601_fixed_pc_CR.csv", true),
            ("*fixed*CR.csv", "202601_fixed_pc_CS.csv", false),
            ("*", "", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(fits(pattern, text), fit, "{pattern} {text}");
        }
    }
}
