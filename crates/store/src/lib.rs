//! The ledger on `SQLite` and `PostgreSQL`: append-only, hash-chained, the same on both. Beside it
//! stand people and their access, and what leads to entries: proposals, reviews and meetings.
//!
//! Owns how entries and the texts that they name are kept, locked, verified, backed up and
//! restored; how persons, sign-in links and sessions are kept, and erased; and how proposals, reviews
//! and meetings are kept; what the public raises ([`voice`]); who was asked for an update ([`update`]). What an entry is, how it is encoded and how it is folded into a plan
//! belongs to `dfg-plan`; `docs/ledger.md` describes the whole for strangers.
//!
//! Every statement stands once and runs on both databases: those on the ledger's tables in
//! `session`, the others beside what they keep; `beside` lists the tables that a backup holds. What differs (opening, locking) is in `sqlite` and
//! `postgres`. The tests in `tests/contract` hold both to the same behaviour.

mod access;
mod backup;
mod beside;
mod calendar;
pub mod edit;
pub mod edition;
mod error;
mod export;
mod follow;
pub mod follower;
pub mod meeting;
mod people;
mod place;
mod postgres;
pub mod proposal;
pub mod review;
mod session;
pub mod sign_on;
mod sqlite;
mod statement;
pub mod update;
mod verify;
pub mod voice;
mod walk;

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use dfg_plan::{
    Entry, Hash, Sealed,
    entry::{ChainFault, Head},
};
use sqlx::PgPool;
use tokio::{
    sync::{Mutex, MutexGuard},
    time::timeout,
};

pub use access::{
    Current, Held, HeldLink, Holder, Limits, Link, NewLink, NewSession, Purpose, SessionNote, Token,
};
pub use backup::Restored;
pub use beside::{backed_up_tables, left_out_tables};
pub use error::StoreError;
pub use export::export_line;
pub use follow::Followed;
pub use people::{AccessEvent, NewPerson, Person, PersonId};
pub use verify::{Verified, VerifyFault};

use error::Doing as _;
use place::Place;
use session::{Session, place};

/// How a ledger is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long a write waits for others before it is given up as [`StoreError::Busy`].
    pub busy_timeout: Duration,
    /// The number of 4096-byte pages beyond which an `SQLite` file does not grow.
    pub max_pages: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            busy_timeout: Duration::from_secs(10),
            max_pages: None,
        }
    }
}

/// A ledger. Clones share its connections.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    pool: Pool,
    location: String,
    options: Options,
    /// Writers of this process queue here, in order, rather than ask the database again and again.
    writing: Mutex<()>,
}

enum Pool {
    Sqlite(sqlite::Pools),
    Postgres(PgPool),
}

impl Store {
    /// Opens a ledger at `sqlite://PATH`, `sqlite:PATH`, a plain path, or `postgres://…`; makes its
    /// file and tables where they are not there.
    pub async fn open(address: &str) -> Result<Self, StoreError> {
        Self::open_with(address, Options::default()).await
    }

    /// Opens a ledger, with a say in how.
    pub async fn open_with(address: &str, options: Options) -> Result<Self, StoreError> {
        let place = Place::parse(address)?;
        let location = place.shown();
        let opened = match place {
            Place::Sqlite(path) => sqlite::open(&path, &options).await.map(Pool::Sqlite),
            Place::Postgres(connect) => postgres::open(*connect).await.map(Pool::Postgres),
        };
        let pool = opened.map_err(|cause| StoreError::Open {
            location: location.clone(),
            cause: Box::new(cause),
        })?;
        Ok(Self::of(pool, location, options))
    }

    fn of(pool: Pool, location: String, options: Options) -> Self {
        Self(Arc::new(Inner {
            pool,
            location,
            options,
            writing: Mutex::new(()),
        }))
    }

    async fn create_portable(path: &Path) -> Result<Self, StoreError> {
        let pool = sqlite::create_portable(path).await?;
        let location = path.display().to_string();
        Ok(Self::of(
            Pool::Sqlite(pool.into()),
            location,
            Options::default(),
        ))
    }

    async fn open_portable(path: &Path) -> Result<Self, StoreError> {
        let location = path.display().to_string();
        let pool = sqlite::open_portable(path)
            .await
            .map_err(|cause| StoreError::Open {
                location: location.clone(),
                cause: Box::new(cause),
            })?;
        Ok(Self::of(
            Pool::Sqlite(pool.into()),
            location,
            Options::default(),
        ))
    }

    /// Where the ledger is, fit to be shown: it holds no credentials.
    pub fn location(&self) -> &str {
        &self.0.location
    }

    /// Closes the connections, once they are done. Other clones can do no more.
    pub async fn close(&self) {
        match &self.0.pool {
            Pool::Sqlite(pools) => pools.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
    }

    /// Where the ledger ends: one small query, fit to be asked several times a second.
    pub async fn head(&self) -> Result<Head, StoreError> {
        let row = match &self.0.pool {
            Pool::Sqlite(pools) => {
                let query = sqlx::query_as(session::HEAD);
                query.fetch_optional(&pools.readers).await
            }
            Pool::Postgres(pool) => sqlx::query_as(session::HEAD).fetch_optional(pool).await,
        };
        session::read_head(row.doing("reading the end of the ledger")?)
    }

    /// Appends an entry and the texts that it names. Once this returns, they are on the disk.
    ///
    /// Where the ledger does not end with the entry before, nothing is written and
    /// [`StoreError::Moved`] says where it ends.
    pub async fn append(
        &self,
        sealed: &Sealed,
        blobs: &[(Hash, Vec<u8>)],
    ) -> Result<(), StoreError> {
        self.append_all(std::slice::from_ref(sealed), blobs).await
    }

    /// Appends entries that follow one another: all of them, or none.
    pub async fn append_all(
        &self,
        entries: &[Sealed],
        blobs: &[(Hash, Vec<u8>)],
    ) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        let (_guard, mut session) = self.write().await?;
        append_in(&mut session, entries, blobs).await?;
        session.commit().await
    }

    /// The place, hash and body of every entry after a place, in order, as they are stored: not
    /// verified.
    pub async fn entries_after(&self, seq: u64) -> Result<Vec<(u64, Hash, String)>, StoreError> {
        let rows = self.read().await?.rows_after(place(seq), i64::MAX).await?;
        rows.into_iter()
            .map(|row| {
                let seq = u64::try_from(row.seq).unwrap_or_default();
                let unreadable = |cause| ChainFault::Unreadable { seq, cause };
                let hash = Hash::parse(&row.hash)
                    .ok_or_else(|| unreadable("its stored hash is not a hash".to_owned()))?;
                Ok((seq, hash, row.body.map_err(unreadable)?))
            })
            .collect()
    }

    /// The text with a hash, checked against it; none where the ledger does not have it.
    pub async fn blob(&self, hash: Hash) -> Result<Option<Vec<u8>>, StoreError> {
        self.read().await?.blob(hash).await
    }

    /// The region folder's texts by path, after the entries up to `through`.
    pub async fn layout(&self, through: u64) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
        let mut session = self.read().await?;
        let mut files: BTreeMap<String, (u64, Hash)> = BTreeMap::new();
        for row in session.rows_with_files(through).await? {
            let seq = u64::try_from(row.seq).unwrap_or_default();
            let unreadable = |cause| ChainFault::Unreadable { seq, cause };
            let body = row.body.map_err(unreadable)?;
            let entry: Entry =
                serde_json::from_str(&body).map_err(|cause| unreadable(cause.to_string()))?;
            for (path, hash) in entry.files {
                match hash {
                    Some(hash) => files.insert(path, (seq, hash)),
                    None => files.remove(&path),
                };
            }
        }
        let mut texts = BTreeMap::new();
        for (path, (seq, hash)) in files {
            let Some(bytes) = session.blob(hash).await? else {
                return Err(StoreError::BlobMissing { seq, path, hash });
            };
            texts.insert(path, bytes);
        }
        Ok(texts)
    }

    /// Begins a transaction that sees one state of the ledger throughout.
    async fn read(&self) -> Result<Session, StoreError> {
        match &self.0.pool {
            Pool::Sqlite(pools) => pools
                .readers
                .begin()
                .await
                .map(Session::Sqlite)
                .doing("beginning to read"),
            Pool::Postgres(pool) => postgres::read(pool).await,
        }
    }

    /// Begins a transaction that holds the ledger's lock.
    async fn write(&self) -> Result<(MutexGuard<'_, ()>, Session), StoreError> {
        let guard = self.queue().await?;
        let session = match &self.0.pool {
            Pool::Sqlite(pools) => sqlite::write(&pools.writer).await?,
            Pool::Postgres(pool) => postgres::write(pool, &self.0.options).await?,
        };
        Ok((guard, session))
    }

    /// Begins a transaction that writes beside the ledger: on `PostgreSQL` many do so at once.
    async fn write_beside(&self) -> Result<(Option<MutexGuard<'_, ()>>, Session), StoreError> {
        match &self.0.pool {
            Pool::Sqlite(pools) => {
                let guard = self.queue().await?;
                Ok((Some(guard), sqlite::write(&pools.writer).await?))
            }
            Pool::Postgres(pool) => Ok((None, postgres::begin(pool, &self.0.options).await?)),
        }
    }

    /// Waits for the other writers of this process.
    async fn queue(&self) -> Result<MutexGuard<'_, ()>, StoreError> {
        let lock = self.0.writing.lock();
        timeout(self.0.options.busy_timeout, lock)
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)
            .map_err(|cause| StoreError::Busy {
                doing: "waiting for other writers",
                cause,
            })
    }
}

/// Appends entries within a transaction that holds the ledger's lock; does not commit.
async fn append_in(
    session: &mut Session,
    entries: &[Sealed],
    blobs: &[(Hash, Vec<u8>)],
) -> Result<(), StoreError> {
    let Some(first) = entries.first() else {
        return Ok(());
    };
    let stored = session.head().await?;
    if (first.entry.seq, first.entry.previous) != (stored.seq + 1, stored.hash) {
        return Err(StoreError::Moved { head: stored });
    }
    let mut head = stored;
    let mut hashes = Vec::with_capacity(entries.len());
    for sealed in entries {
        // Nothing gets in that could not be read back out.
        let checked = Sealed::open(head, sealed.entry.seq, sealed.hash, sealed.body.clone())?;
        head = checked.head();
        hashes.push(head.hash.to_string());
    }
    let mut texts: BTreeMap<Hash, (String, &[u8])> = BTreeMap::new();
    for (hash, bytes) in blobs {
        let found = Hash::of(bytes);
        if found != *hash {
            return Err(StoreError::BlobDamaged { hash: *hash, found });
        }
        texts.insert(found, (found.to_string(), bytes));
    }
    let rows: Vec<(&str, &[u8])> = texts
        .values()
        .map(|(hash, bytes)| (hash.as_str(), *bytes))
        .collect();
    session.insert_blobs(&rows).await?;
    for sealed in entries {
        for (path, hash) in &sealed.entry.files {
            if let Some(hash) = *hash
                && !texts.contains_key(&hash)
                && !session.has_blob(hash).await?
            {
                return Err(StoreError::BlobMissing {
                    seq: sealed.entry.seq,
                    path: path.clone(),
                    hash,
                });
            }
        }
    }
    let rows: Vec<(i64, &str, &str)> = entries
        .iter()
        .zip(&hashes)
        .map(|(sealed, hash)| (place(sealed.entry.seq), hash.as_str(), sealed.body.as_str()))
        .collect();
    session.insert_rows(&rows).await?;
    session.set_head(head).await
}
