//! The fold of entries: the plan at any date, as known at any entry.
//!
//! Every record keeps the versions that its changes made, in order of when they were true and then
//! of when they were recorded. A past date is a search in each record's versions; two dates are
//! compared without reading the ledger again.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use jiff::{Timestamp, civil::Date};

use crate::{
    change::{Action, Change, Draft},
    diff::{RecordDiff, diff_plans},
    edition::{Edition, EditionId},
    entry::{Hash, Head, Sealed},
    plan::Plan,
    record::{FieldError, Key, Record},
    rule::{self, Fault, Move},
    slug::Slug,
};

/// What is kept of an entry once its changes are folded in.
#[derive(Clone, Debug)]
pub struct EntryNote {
    /// Its place in the ledger.
    pub seq: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Since when its changes are true.
    pub true_on: Date,
    /// Who made it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// The decision that it rests on.
    pub decision: Option<Slug>,
    /// The records that it touches.
    pub keys: Vec<Key>,
    /// The edition that it publishes.
    pub edition: Option<Edition>,
    /// Its hash.
    pub hash: Hash,
}

/// One version of a record.
#[derive(Clone, Debug)]
pub struct Version {
    /// Since when it is true.
    pub on: Date,
    /// The entry that made it.
    pub seq: u64,
    /// The record; none once it is withdrawn.
    pub record: Option<Record>,
    action: Action,
}

/// All versions of one record, in order of truth and then of recording.
#[derive(Clone, Debug, Default)]
pub struct Track {
    versions: Vec<Version>,
    last_seq: u64,
}

impl Track {
    /// The versions, oldest truth first.
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// The last entry that touched the record.
    pub fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// What the record was after each change that was true by a date, as far as the entries up to
    /// `through` say: since when, the entry, and the record, none where it was withdrawn.
    pub fn states(&self, through: u64, as_of: Date) -> Vec<(Date, u64, Option<Record>)> {
        let mut record = None;
        self.versions
            .iter()
            .filter(|version| version.seq <= through && version.on <= as_of)
            .map(|version| {
                record = apply(record.take(), &version.action).unwrap_or_default();
                (version.on, version.seq, record.clone())
            })
            .collect()
    }

    fn at(&self, through: u64, as_of: Date) -> Option<Record> {
        let end = self.versions.partition_point(|version| version.on <= as_of);
        let versions = &self.versions[..end];
        // Every version carries the record as all versions before it made it: only those after one
        // that does not count yet must be made anew.
        let early = if self.last_seq <= through {
            None
        } else {
            versions.iter().position(|version| version.seq > through)
        };
        let (sound, rest) = versions.split_at(early.unwrap_or(end));
        let record = sound.last().and_then(|version| version.record.clone());
        rest.iter()
            .filter(|version| version.seq <= through)
            .fold(record, |record, version| {
                apply(record, &version.action).unwrap_or_default()
            })
    }

    /// Puts a version in its place, and makes those after it anew.
    fn insert(&mut self, version: Version) -> Result<(), ApplyError> {
        let place = self
            .versions
            .partition_point(|other| (other.on, other.seq) <= (version.on, version.seq));
        self.last_seq = self.last_seq.max(version.seq);
        self.versions.insert(place, version);
        self.replay(place)
    }

    /// Takes out what an entry brought.
    fn forget(&mut self, seq: u64) -> Result<(), ApplyError> {
        self.versions.retain(|version| version.seq != seq);
        self.last_seq = self.versions.iter().map(|v| v.seq).max().unwrap_or(0);
        self.replay(0)
    }

    /// Makes the records of the versions from a place on.
    fn replay(&mut self, place: usize) -> Result<(), ApplyError> {
        for index in place..self.versions.len() {
            let before = index
                .checked_sub(1)
                .and_then(|before| self.versions[before].record.clone());
            self.versions[index].record = apply(before, &self.versions[index].action)?;
        }
        Ok(())
    }
}

/// Why a change does not fit the record that it names.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The record is there already.
    #[error("it is already in the plan at that date")]
    Present,
    /// The record is not there.
    #[error("it is not in the plan at that date")]
    Absent,
    /// A field does not take the value.
    #[error(transparent)]
    Field(#[from] FieldError),
}

fn apply(record: Option<Record>, action: &Action) -> Result<Option<Record>, ApplyError> {
    match (record, action) {
        (None, Action::Add(record)) => Ok(Some(record.clone())),
        (Some(_), Action::Add(_)) => Err(ApplyError::Present),
        (Some(mut record), Action::Set(fields)) => {
            for (field, value) in fields {
                record.set(field, value.clone())?;
            }
            Ok(Some(record))
        }
        (Some(_), Action::Withdraw) => Ok(None),
        (None, Action::Set(_) | Action::Withdraw) => Err(ApplyError::Absent),
    }
}

/// An entry that the history cannot take.
#[derive(Debug, thiserror::Error)]
#[error("entry {seq} does not fit: {key}: {cause}")]
pub struct FoldError {
    /// The entry.
    pub seq: u64,
    /// The record.
    pub key: Key,
    /// Why.
    #[source]
    pub cause: ApplyError,
}

/// Why a draft may not become an entry.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The records were changed by someone else since the draft was made.
    #[error("{} changed since entry {made_from}, from which this change was made", plural(differences.len()))]
    Stale {
        /// The revision that the draft was made from.
        made_from: u64,
        /// The present end of the ledger.
        head: u64,
        /// What has changed since in the same records.
        differences: Vec<RecordDiff>,
    },
    /// The result would break rules.
    #[error("the change would leave {} in the plan", plural_faults(faults.len()))]
    Faults {
        /// The faults.
        faults: Vec<Fault>,
    },
    /// A change does not fit its record.
    #[error(transparent)]
    Misfit(#[from] FoldError),
    /// Nothing would change.
    #[error("nothing would change")]
    Empty,
    /// The date is still to come.
    #[error("{date} is still to come: an entry can only tell what is true by {today}")]
    Future {
        /// The date given.
        date: Date,
        /// Today.
        today: Date,
    },
    /// No reason was given.
    #[error("a change needs a reason")]
    NoReason,
    /// An activity would move into a stage that only a decision brings about.
    #[error("{}", spell_moves(moves))]
    Undecided {
        /// The moves, at least one.
        moves: Vec<Move>,
    },
    /// The decision that the draft cites is not in the plan.
    #[error("there is no decision “{0}”")]
    NoDecision(Slug),
}

fn spell_moves(moves: &[Move]) -> String {
    let each: Vec<String> = moves
        .iter()
        .map(|one| format!("“{}” moves to {}", one.activity, one.stage))
        .collect();
    format!("this needs a decision: {}", each.join(", "))
}

fn plural(count: usize) -> String {
    if count == 1 {
        "1 record has".to_owned()
    } else {
        format!("{count} records have")
    }
}

fn plural_faults(count: usize) -> String {
    if count == 1 {
        "1 fault".to_owned()
    } else {
        format!("{count} faults")
    }
}

/// All entries, folded. Cheap to clone: versions are shared.
#[derive(Clone, Debug, Default)]
pub struct History {
    notes: Vec<Arc<EntryNote>>,
    tracks: BTreeMap<Key, Arc<Track>>,
    head: Option<Head>,
    /// The plan of today once somebody has asked for it; entries after that keep it up to date.
    current: OnceLock<Arc<Plan>>,
}

impl History {
    /// The end of the ledger.
    pub fn head(&self) -> Head {
        self.head.unwrap_or(Head::EMPTY)
    }

    /// What is kept of each entry, in order.
    pub fn notes(&self) -> &[Arc<EntryNote>] {
        &self.notes
    }

    /// What is kept of one entry.
    pub fn note(&self, seq: u64) -> Option<&Arc<EntryNote>> {
        usize::try_from(seq.checked_sub(1)?)
            .ok()
            .and_then(|index| self.notes.get(index))
    }

    /// The versions of one record.
    pub fn track(&self, key: &Key) -> Option<&Arc<Track>> {
        self.tracks.get(key)
    }

    /// Every record that was ever in the plan.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.tracks.keys()
    }

    /// Takes in the next entry, which the caller has checked against the chain.
    ///
    /// After an error the history is as it was.
    pub fn append(&mut self, sealed: Sealed) -> Result<(), FoldError> {
        let (head, hash) = (sealed.head(), sealed.hash);
        let entry = sealed.entry;
        let seq = entry.seq;
        let mut keys = Vec::with_capacity(entry.changes.len());
        for Change { key, on, action } in entry.changes {
            let version = Version {
                on: on.unwrap_or(entry.true_on),
                seq,
                record: None,
                action,
            };
            // Changed in place: a copy is made only of a track that another history shares.
            let track = Arc::make_mut(self.tracks.entry(key.clone()).or_default());
            if track.last_seq < seq {
                keys.push(key.clone());
            }
            if let Err(cause) = track.insert(version) {
                self.forget(seq, &keys);
                return Err(FoldError { seq, key, cause });
            }
        }
        if let Some(plan) = self.current.get_mut().map(Arc::make_mut) {
            for key in &keys {
                let track = self.tracks.get(key);
                match track.and_then(|track| track.at(u64::MAX, Date::MAX)) {
                    Some(record) => plan.insert(key.slug.clone(), record),
                    None => plan.remove(key),
                };
            }
        }
        self.notes.push(Arc::new(EntryNote {
            seq,
            recorded_at: entry.recorded_at,
            true_on: entry.true_on,
            actor: entry.actor,
            reason: entry.reason,
            decision: entry.decision,
            keys,
            edition: entry.edition,
            hash,
        }));
        self.head = Some(head);
        Ok(())
    }

    /// Takes out what an entry brought to some records before it was found not to fit.
    fn forget(&mut self, seq: u64, keys: &[Key]) {
        for key in keys {
            let Some(track) = self.tracks.get_mut(key).map(Arc::make_mut) else {
                continue;
            };
            // What is left fitted before the entry came.
            let fits = track.forget(seq).is_ok();
            debug_assert!(fits, "{key} fitted before entry {seq}");
            if track.versions.is_empty() {
                self.tracks.remove(key);
            }
        }
    }

    /// The plan that was true on a date, as far as the entries up to `through` say.
    pub fn plan_at(&self, through: u64, as_of: Date) -> Plan {
        self.tracks
            .iter()
            .filter_map(|(key, track)| Some((key.slug.clone(), track.at(through, as_of)?)))
            .collect()
    }

    /// One record as it was true on a date, as far as the entries up to `through` say.
    pub fn record_at(&self, key: &Key, through: u64, as_of: Date) -> Option<Record> {
        self.tracks.get(key)?.at(through, as_of)
    }

    /// The plan as it stands today, with every entry.
    pub fn current(&self) -> Arc<Plan> {
        let fold = || Arc::new(self.plan_at(u64::MAX, Date::MAX));
        Arc::clone(self.current.get_or_init(fold))
    }

    /// The first date of which anything is recorded.
    pub fn first_date(&self, through: u64) -> Option<Date> {
        self.tracks
            .values()
            .filter_map(|track| track.versions.iter().find(|version| version.seq <= through))
            .map(|version| version.on)
            .min()
    }

    /// The editions, in order of publication.
    pub fn editions(&self) -> impl DoubleEndedIterator<Item = (&Edition, &Arc<EntryNote>)> {
        self.notes
            .iter()
            .filter_map(|note| Some((note.edition.as_ref()?, note)))
    }

    /// The edition with a name.
    pub fn edition(&self, id: EditionId) -> Option<(&Edition, &Arc<EntryNote>)> {
        self.editions().find(|(edition, _)| edition.id == id)
    }

    /// The latest edition published by this system, up to a moment where one is given.
    pub fn latest_edition(&self, by: Option<Timestamp>) -> Option<(&Edition, &Arc<EntryNote>)> {
        self.editions().rev().find(|(edition, note)| {
            !edition.id.is_reconstructed() && by.is_none_or(|by| note.recorded_at <= by)
        })
    }

    /// The number of the next edition.
    pub fn next_edition(&self) -> EditionId {
        let last = self.latest_edition(None).map(|(edition, _)| edition.id);
        match last {
            Some(EditionId::Published(number)) => EditionId::Published(number + 1),
            _ => EditionId::Published(1),
        }
    }

    /// Makes an entry from a draft, if the present state allows it.
    ///
    /// `made_from` is the end of the ledger that the draft's author had seen: where a record that
    /// the draft touches has changed since, the draft is refused with the difference.
    ///
    /// An activity moves to approved, paused or stopped only by a draft that cites a decision, be
    /// it in the plan already or among the draft's own changes. A folder's report is free of that
    /// ([`Draft::reported`]), and so are the first entries, which are not prepared here.
    pub fn prepare(
        &self,
        draft: Draft,
        made_from: u64,
        now: Timestamp,
        today: Date,
    ) -> Result<(Sealed, Self), Refusal> {
        if draft.reason.trim().is_empty() {
            return Err(Refusal::NoReason);
        }
        if draft.changes.is_empty() && draft.files.is_empty() && draft.edition.is_none() {
            return Err(Refusal::Empty);
        }
        let dates = draft
            .true_on
            .into_iter()
            .chain(draft.changes.iter().filter_map(|c| c.on));
        if let Some(date) = dates.max().filter(|date| *date > today) {
            return Err(Refusal::Future { date, today });
        }
        let differences = self.differences_since(made_from, &draft.changes);
        if !differences.is_empty() {
            return Err(Refusal::Stale {
                made_from,
                head: self.head().seq,
                differences,
            });
        }
        if draft.decision.is_none() && !draft.reported {
            let moves = rule::decided_moves(&draft.changes, |key, on| {
                self.record_at(key, u64::MAX, on.or(draft.true_on).unwrap_or(today))
            });
            if !moves.is_empty() {
                return Err(Refusal::Undecided { moves });
            }
        }
        let has_changes = !draft.changes.is_empty();
        let sealed = draft.seal(self.head(), now, today);
        let mut next = self.clone();
        next.append(sealed.clone())?;
        if has_changes {
            let plan = next.current();
            if let Some(decision) = &sealed.entry.decision
                && !plan.decisions.contains_key(decision)
            {
                return Err(Refusal::NoDecision(decision.clone()));
            }
            let faults = rule::check_after(&self.current(), &plan, today);
            if !faults.is_empty() {
                return Err(Refusal::Faults { faults });
            }
        }
        Ok((sealed, next))
    }

    pub(crate) fn differences_since(&self, made_from: u64, changes: &[Change]) -> Vec<RecordDiff> {
        let stale = changes.iter().map(|change| &change.key).filter(|key| {
            self.tracks
                .get(*key)
                .is_some_and(|track| track.last_seq > made_from)
        });
        let (mut before, mut after) = (Plan::default(), Plan::default());
        for key in stale {
            for (plan, through) in [(&mut before, made_from), (&mut after, u64::MAX)] {
                if let Some(record) = self.record_at(key, through, Date::MAX) {
                    plan.insert(key.slug.clone(), record);
                }
            }
        }
        diff_plans(&before, &after)
    }
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
