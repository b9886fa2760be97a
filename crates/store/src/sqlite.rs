//! Opening a ledger in an `SQLite` file.

use std::{
    fs::OpenOptions,
    io::ErrorKind,
    path::Path,
    time::{Duration, Instant},
};

use sqlx::{
    ConnectOptions as _, Connection as _, SqliteConnection, SqlitePool,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    Options,
    error::{Doing, StoreError},
    session::Session,
};

static MIGRATOR: Migrator = sqlx::migrate!("migrations/sqlite");

/// Earlier libraries can damage a database in WAL mode when a checkpoint meets a write.
const NEEDED: (u32, u32, u32) = (3, 51, 3);
const NEEDED_TEXT: &str = "3.51.3";

/// Readers do not wait for each other in WAL mode, but each costs a thread.
const CONNECTIONS: u32 = 8;

/// The connections to one file. Whoever has the writers' turn does not wait behind readers for a
/// connection, while all other writers wait for it.
pub(crate) struct Pools {
    pub(crate) readers: SqlitePool,
    pub(crate) writer: SqlitePool,
}

impl From<SqlitePool> for Pools {
    fn from(pool: SqlitePool) -> Self {
        Self {
            readers: pool.clone(),
            writer: pool,
        }
    }
}

impl Pools {
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Opens a ledger for serving: makes the file and its tables where they are not there.
pub(crate) async fn open(path: &Path, options: &Options) -> Result<Pools, StoreError> {
    if path.is_dir() {
        return Err(not_a_ledger(path));
    }
    create_private(path)?;
    let connect = connect_options(path, options);
    let mut connection = connect
        .connect()
        .await
        .doing("opening")
        .map_err(reading(path))?;
    check_version(&mut connection).await?;
    // Nothing is changed in the file before it is known to be a ledger, or empty.
    let is_current = is_current_ledger(&mut connection, path).await?;
    write_ahead(&mut connection, options.busy_timeout).await?;
    if !is_current {
        migrate(&mut connection).await?;
    }
    // The pool's first connection opens before this one closes, so that the log is not wound up
    // in between.
    let pools = Pools {
        readers: pool(connect.clone(), CONNECTIONS).await?,
        writer: pool(connect, 1).await?,
    };
    connection.close().await.doing("opening")?;
    Ok(pools)
}

async fn pool(connect: SqliteConnectOptions, most: u32) -> Result<SqlitePool, StoreError> {
    SqlitePoolOptions::new()
        .max_connections(most)
        .test_before_acquire(false)
        .after_release(|connection, _| Box::pin(is_usable(connection)))
        .connect_with(connect)
        .await
        .doing("opening")
}

/// Begins a transaction that writes: in one file there is one lock for all.
pub(crate) async fn write(pool: &SqlitePool) -> Result<Session, StoreError> {
    pool.begin_with("BEGIN IMMEDIATE")
        .await
        .map(Session::Sqlite)
        .doing("locking the ledger")
}

/// Whether a connection that comes back may be used again. On a full disk `SQLite` itself rolls a
/// transaction back; the driver, whose own rollback then fails, believes it to be open for ever.
async fn is_usable(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    // Comes after the rollback that the transaction's end has sent.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// Goes over to a write-ahead log, with which reading and writing do not wait for each other.
async fn write_ahead(
    connection: &mut SqliteConnection,
    patience: Duration,
) -> Result<(), StoreError> {
    // Going over needs the file alone and, other than a write, does not wait for it by itself.
    let deadline = Instant::now() + patience;
    loop {
        let query = sqlx::query("PRAGMA journal_mode = WAL");
        match query.execute(&mut *connection).await.doing("opening") {
            Err(StoreError::Busy { .. }) if Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            done => return done.map(drop),
        }
    }
}

/// Makes a new file for a backup: one plain file, not a log beside it.
pub(crate) async fn create_portable(path: &Path) -> Result<SqlitePool, StoreError> {
    create_private(path)?;
    let connect =
        connect_options(path, &Options::default()).journal_mode(SqliteJournalMode::Delete);
    let mut connection = connect.connect().await.doing("opening the backup")?;
    migrate(&mut connection).await?;
    connection.close().await.doing("opening the backup")?;
    one_connection(connect).await
}

/// Opens a backup to read it. Only the ledger's three tables are needed, whatever else a version
/// of the software keeps beside them.
pub(crate) async fn open_portable(path: &Path) -> Result<SqlitePool, StoreError> {
    const TABLES: &str = "SELECT count(*) FROM sqlite_schema \
         WHERE type = 'table' AND name IN ('entries', 'blobs', 'head')";
    if !path.is_file() {
        return Err(not_a_ledger(path));
    }
    let connect = connect_options(path, &Options::default()).read_only(true);
    let pool = one_connection(connect).await.map_err(reading(path))?;
    let tables: i64 = sqlx::query_scalar(TABLES)
        .fetch_one(&pool)
        .await
        .doing("reading the backup")
        .map_err(reading(path))?;
    if tables == 3 {
        Ok(pool)
    } else {
        Err(not_a_ledger(path))
    }
}

fn not_a_ledger(path: &Path) -> StoreError {
    StoreError::NotALedger {
        location: path.display().to_string(),
    }
}

/// Tells a file of another kind from a database that is damaged.
fn reading(path: &Path) -> impl Fn(StoreError) -> StoreError {
    // <https://sqlite.org/rescode.html#notadb>
    const NOT_A_DATABASE: &str = "26";
    move |error| match &error {
        StoreError::Damaged {
            cause: sqlx::Error::Database(cause),
            ..
        } if cause.code().as_deref() == Some(NOT_A_DATABASE) => not_a_ledger(path),
        _ => error,
    }
}

async fn one_connection(connect: SqliteConnectOptions) -> Result<SqlitePool, StoreError> {
    SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(connect)
        .await
        .doing("opening the backup")
}

fn connect_options(path: &Path, options: &Options) -> SqliteConnectOptions {
    let connect = SqliteConnectOptions::new()
        .filename(path)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(options.busy_timeout)
        // On macOS only this makes a disk write what it holds back; elsewhere it does nothing.
        .pragma("fullfsync", "1")
        .pragma("checkpoint_fullfsync", "1")
        .row_buffer_size(1024)
        .disable_statement_logging();
    match options.max_pages {
        Some(pages) => connect.pragma("max_page_count", pages.to_string()),
        None => connect,
    }
}

/// Makes the file, for its owner alone; its log takes the same mode from it.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut open = OpenOptions::new();
    open.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    match open.open(path) {
        Ok(_) => Ok(()),
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(cause) => Err(StoreError::File {
            path: path.to_owned(),
            cause,
        }),
    }
}

async fn check_version(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let found: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(connection)
        .await
        .doing("asking for the version")?;
    if version(&found) < Some(NEEDED) {
        return Err(StoreError::OldSqlite {
            found,
            needed: NEEDED_TEXT,
        });
    }
    Ok(())
}

fn version(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

/// Whether the tables are up to date: then nothing is written, so that a ledger on a full or
/// read-only disk can still be read. An error where the file holds something else.
async fn is_current_ledger(
    connection: &mut SqliteConnection,
    path: &Path,
) -> Result<bool, StoreError> {
    const DOING: &str = "reading the tables' version";
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table'")
            .fetch_all(&mut *connection)
            .await
            .doing(DOING)
            .map_err(reading(path))?;
    if tables.is_empty() {
        return Ok(false);
    }
    if !tables.iter().any(|table| table == "_sqlx_migrations") {
        return Err(not_a_ledger(path));
    }
    let applied: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations ORDER BY version")
            .fetch_all(&mut *connection)
            .await
            .doing(DOING)?;
    Ok(is_current(&MIGRATOR, &applied))
}

async fn migrate(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    // The migrator takes no lock of its own here; two processes may start at once.
    let mut transaction = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .doing("locking the ledger to change its tables")?;
    MIGRATOR
        .run_direct(None, &mut *transaction, false)
        .await
        .map_err(sort_migration)?;
    transaction.commit().await.doing("changing the tables")
}

/// Whether all migrations, and no others, were applied.
pub(crate) fn is_current(migrator: &Migrator, applied: &[(i64, Vec<u8>)]) -> bool {
    let ours = migrator
        .iter()
        .map(|migration| (migration.version, migration.checksum.as_ref()));
    let theirs = applied
        .iter()
        .map(|(version, checksum)| (*version, checksum.as_slice()));
    ours.eq(theirs)
}

pub(crate) fn sort_migration(error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMissing(_) => StoreError::Newer,
        MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => {
            StoreError::sort(cause, "changing the tables")
        }
        other => StoreError::Migrate(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        for (text, will_do) in [
            ("3.51.3", true),
            ("3.52.0", true),
            ("3.100.0", true),
            ("4.0.0", true),
            ("3.51.2", false),
            ("3.9.9", false),
            ("unknown", false),
        ] {
            assert_eq!(version(text) >= Some(NEEDED), will_do, "{text}");
        }
    }
}
