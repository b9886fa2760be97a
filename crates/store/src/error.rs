//! What can go wrong with a ledger, told apart by what a person can do about it.

use std::path::PathBuf;

use dfg_plan::{
    Hash,
    entry::{ChainFault, Head},
    history::FoldError,
    proposal::StepError,
};
use sqlx::migrate::MigrateError;

use crate::verify::VerifyFault;

/// Why the store could not do what was asked. Never holds credentials.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The address does not name a ledger.
    #[error("the ledger's address is wrong: {0}")]
    Address(&'static str),
    /// The ledger could not be opened.
    #[error("cannot open the ledger at {location}")]
    Open {
        /// Where it is, without credentials.
        location: String,
        /// Why.
        #[source]
        cause: Box<StoreError>,
    },
    /// The database or file holds something else.
    #[error("{location} does not hold a ledger")]
    NotALedger {
        /// Where it is.
        location: String,
    },
    /// A newer version of the software has changed the ledger's tables.
    #[error("the ledger was made by a newer version of dfg: install that version or a later one")]
    Newer,
    /// A table in a backup is not what the backup says of it.
    #[error("the backup's table {table} was changed or damaged after the backup was made")]
    TableDamaged {
        /// Its name.
        table: &'static str,
    },
    /// The tables could not be made.
    #[error("the ledger's tables could not be made or changed")]
    Migrate(#[source] MigrateError),
    /// The `SQLite` library is too old to be trusted.
    #[error("SQLite {found} can damage a ledger: {needed} or later is needed")]
    OldSqlite {
        /// The library's version.
        found: String,
        /// The oldest that will do.
        needed: &'static str,
    },
    /// The database does not keep text as UTF-8.
    #[error("the database keeps text as {encoding}: create it with the encoding UTF8")]
    Encoding {
        /// What it keeps text as.
        encoding: String,
    },
    /// Someone else has appended since: the entry is for another place.
    #[error("the ledger has moved on: it now ends with entry {}", head.seq)]
    Moved {
        /// Where it ends now.
        head: Head,
    },
    /// The chain is broken.
    #[error("the ledger is damaged")]
    Chain(#[from] ChainFault),
    /// The chain is whole, but an entry's changes do not fit.
    #[error("the ledger holds an entry that cannot be read into the plan")]
    Fold(#[from] FoldError),
    /// An entry names a text that is not there.
    #[error("entry {seq} names a text for {path} that is not in the ledger: {hash}")]
    BlobMissing {
        /// The entry.
        seq: u64,
        /// The file of the region folder.
        path: String,
        /// The text's hash.
        hash: Hash,
    },
    /// A text's bytes do not have the hash under which they stand.
    #[error("the text {hash} was edited: it now has the hash {found}")]
    BlobDamaged {
        /// The hash as named.
        hash: Hash,
        /// The hash of the bytes.
        found: Hash,
    },
    /// No space is left for the ledger. Nothing was written; reading goes on.
    #[error("the disk is full: nothing was written ({doing})")]
    Full {
        /// What was being done.
        doing: &'static str,
        /// What the database said.
        #[source]
        cause: sqlx::Error,
    },
    /// The ledger cannot be written to.
    #[error("the ledger is read-only ({doing})")]
    ReadOnly {
        /// What was being done.
        doing: &'static str,
        /// What the database said.
        #[source]
        cause: sqlx::Error,
    },
    /// Someone else holds the ledger's lock for too long.
    #[error("the ledger is busy: try again ({doing})")]
    Busy {
        /// What was being done.
        doing: &'static str,
        /// What the database said.
        #[source]
        cause: sqlx::Error,
    },
    /// The file's pages are damaged, beneath the ledger.
    #[error("the database file is damaged: restore a backup ({doing})")]
    Damaged {
        /// What was being done.
        doing: &'static str,
        /// What the database said.
        #[source]
        cause: sqlx::Error,
    },
    /// The database server does not answer, or not to us.
    #[error("the database cannot be reached ({doing})")]
    Unreachable {
        /// What was being done.
        doing: &'static str,
        /// What was said.
        #[source]
        cause: sqlx::Error,
    },
    /// Anything else that the database says.
    #[error("the database failed ({doing})")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// What it said.
        #[source]
        cause: sqlx::Error,
    },
    /// A file could not be written or moved.
    #[error("cannot write {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// There is a file where the backup should go.
    #[error("{} exists already: a backup never overwrites a file", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The ledger in a file does not stand up to verification.
    #[error("the ledger in {} is not sound", path.display())]
    Unsound {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        fault: Box<VerifyFault>,
    },
    /// Restoring would take entries away that the backup does not have.
    #[error(
        "the ledger ends with entry {} ({}) and is not the beginning of the backup, which ends with \
         entry {} ({}): restoring would replace it",
        ledger.seq, ledger.hash.short(), backup.seq, backup.hash.short()
    )]
    WouldReplace {
        /// Where the ledger ends.
        ledger: Head,
        /// Where the backup ends.
        backup: Head,
    },
    /// Somebody must be left to run the strategy.
    #[error("the last programme lead cannot be removed: make somebody else one first")]
    LastLead,
    /// The address already belongs to somebody.
    #[error("somebody with this e-mail address is already here")]
    EmailTaken,
    /// The system gives no random numbers, without which no secret can be made.
    #[error("the system gives no random numbers")]
    NoRandomness(#[source] getrandom::Error),
    /// There is no such proposal, review, meeting or action.
    #[error("there is no {what} {id}")]
    NotFound {
        /// The sort of thing: `proposal`.
        what: &'static str,
        /// Its number.
        id: i64,
    },
    /// Someone else has changed it since.
    #[error("the {what} {id} has been changed since by someone else")]
    Stale {
        /// The sort of thing: `proposal`.
        what: &'static str,
        /// Its number.
        id: i64,
    },
    /// The member has voted on the item.
    #[error("this member has voted on this item already")]
    Voted,
    /// The entry is not the one that the decision calls for.
    #[error("the entry does not cite the decision, or does not make the proposal's changes")]
    OtherEntry,
    /// The proposal cannot take the step.
    #[error(transparent)]
    Step(#[from] StepError),
    /// What was kept cannot be read.
    #[error("what is kept of the {what} cannot be read")]
    Unreadable {
        /// The sort of thing: `proposal`.
        what: &'static str,
        /// Why.
        #[source]
        cause: serde_json::Error,
    },
    /// A part of the work came to an unexpected end.
    #[error("the work was broken off")]
    Stopped,
}

impl StoreError {
    /// Whether the same call may succeed later without anyone's doing.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Unreachable { .. })
    }

    /// Tells a row that is there already, and one that refers to what is not there.
    pub(crate) fn or_violation(self, twice: Option<Self>, absent: (&'static str, i64)) -> Self {
        let Self::Database {
            cause: sqlx::Error::Database(cause),
            ..
        } = &self
        else {
            return self;
        };
        let (what, id) = absent;
        match twice {
            Some(twice) if cause.is_unique_violation() => twice,
            _ if cause.is_foreign_key_violation() => Self::NotFound { what, id },
            _ => self,
        }
    }

    pub(crate) fn sort(cause: sqlx::Error, doing: &'static str) -> Self {
        use sqlx::Error as Db;
        match &cause {
            Db::Database(error) => {
                let code = error.code().unwrap_or_default().into_owned();
                match Class::of(&code) {
                    Class::Full => Self::Full { doing, cause },
                    Class::ReadOnly => Self::ReadOnly { doing, cause },
                    Class::Busy => Self::Busy { doing, cause },
                    Class::Damaged => Self::Damaged { doing, cause },
                    Class::Unreachable => Self::Unreachable { doing, cause },
                    Class::Other => Self::Database { doing, cause },
                }
            }
            Db::Io(_) | Db::Tls(_) | Db::PoolTimedOut | Db::PoolClosed | Db::WorkerCrashed => {
                Self::Unreachable { doing, cause }
            }
            _ => Self::Database { doing, cause },
        }
    }
}

enum Class {
    Full,
    ReadOnly,
    Busy,
    Damaged,
    Unreachable,
    Other,
}

impl Class {
    /// Sorts `SQLite`'s result codes (numbers, the primary one in the low byte) and SQLSTATEs
    /// (five characters). <https://sqlite.org/rescode.html>,
    /// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
    fn of(code: &str) -> Self {
        if code.len() == 5 {
            return match code {
                "53100" => Self::Full,
                "25006" => Self::ReadOnly,
                "55P03" | "40001" | "40P01" => Self::Busy,
                "XX001" | "XX002" => Self::Damaged,
                _ if code.starts_with("08") => Self::Unreachable,
                "53300" | "57P01" | "57P02" | "57P03" | "28000" | "28P01" | "3D000" => {
                    Self::Unreachable
                }
                _ => Self::Other,
            };
        }
        match code.parse::<u32>().map(|code| code & 0xff) {
            Ok(5 | 6) => Self::Busy,
            Ok(8) => Self::ReadOnly,
            Ok(11 | 26) => Self::Damaged,
            Ok(13) => Self::Full,
            Ok(14) => Self::Unreachable,
            _ => Self::Other,
        }
    }
}

/// Says what was being done when the database failed.
pub(crate) trait Doing<T> {
    fn doing(self, what: &'static str) -> Result<T, StoreError>;
}

impl<T> Doing<T> for Result<T, sqlx::Error> {
    fn doing(self, what: &'static str) -> Result<T, StoreError> {
        self.map_err(|cause| StoreError::sort(cause, what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_databases_are_sorted() {
        for (codes, sort) in [
            (["13", "53100"], "full"),
            (["8", "25006"], "read-only"),
            (["1032", "25006"], "read-only"),
            (["5", "55P03"], "busy"),
            (["517", "40001"], "busy"),
            (["11", "XX001"], "damaged"),
            (["26", "XX002"], "damaged"),
            (["14", "08006"], "unreachable"),
            (["1", "42P01"], "other"),
            (["1555", "23505"], "other"),
        ] {
            for code in codes {
                let found = match Class::of(code) {
                    Class::Full => "full",
                    Class::ReadOnly => "read-only",
                    Class::Busy => "busy",
                    Class::Damaged => "damaged",
                    Class::Unreachable => "unreachable",
                    Class::Other => "other",
                };
                assert_eq!(found, sort, "{code}");
            }
        }
    }
}
