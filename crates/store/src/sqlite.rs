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
};

static MIGRATOR: Migrator = sqlx::migrate!("migrations/sqlite");

/// Earlier libraries can damage a database in WAL mode when a checkpoint meets a write.
const NEEDED: (u32, u32, u32) = (3, 51, 3);
const NEEDED_TEXT: &str = "3.51.3";

/// Readers do not wait for each other in WAL mode, but each costs a thread.
const CONNECTIONS: u32 = 8;

/// Opens a ledger for serving: makes the file and its tables where they are not there.
pub(crate) async fn open(path: &Path, options: &Options) -> Result<SqlitePool, StoreError> {
    if path.is_dir() {
        return Err(StoreError::NotALedger {
            location: path.display().to_string(),
        });
    }
    create_private(path)?;
    let connect = connect_options(path, options);
    let first = connect.clone().journal_mode(SqliteJournalMode::Wal);
    // Going over to WAL needs the file alone and does not wait for it by itself.
    let deadline = Instant::now() + options.busy_timeout;
    let mut connection = loop {
        match first.connect().await.doing("opening") {
            Err(StoreError::Busy { .. }) if Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            other => break other?,
        }
    };
    check_version(&mut connection).await?;
    migrate(&mut connection, path).await?;
    // The pool's first connection opens before this one closes, so that the log is not wound up
    // in between.
    let pool = SqlitePoolOptions::new()
        .max_connections(CONNECTIONS)
        .test_before_acquire(false)
        .connect_with(connect)
        .await
        .doing("opening")?;
    connection.close().await.doing("opening")?;
    Ok(pool)
}

/// Makes a new file for a backup: one plain file, not a log beside it.
pub(crate) async fn create_portable(path: &Path) -> Result<SqlitePool, StoreError> {
    create_private(path)?;
    let connect =
        connect_options(path, &Options::default()).journal_mode(SqliteJournalMode::Delete);
    let mut connection = connect.connect().await.doing("opening the backup")?;
    migrate(&mut connection, path).await?;
    connection.close().await.doing("opening the backup")?;
    one_connection(connect).await
}

/// Opens a backup to read it. Only the ledger's three tables are needed, whatever else a version
/// of the software keeps beside them.
pub(crate) async fn open_portable(path: &Path) -> Result<SqlitePool, StoreError> {
    const TABLES: &str = "SELECT count(*) FROM sqlite_schema \
         WHERE type = 'table' AND name IN ('entries', 'blobs', 'head')";
    let not_a_ledger = || StoreError::NotALedger {
        location: path.display().to_string(),
    };
    if !path.is_file() {
        return Err(not_a_ledger());
    }
    let pool = one_connection(connect_options(path, &Options::default()).read_only(true)).await?;
    let tables = sqlx::query_scalar::<_, i64>(TABLES).fetch_one(&pool).await;
    match tables.doing("reading the backup") {
        Ok(3) => Ok(pool),
        Ok(_) | Err(StoreError::Damaged { .. }) => Err(not_a_ledger()),
        Err(error) => Err(error),
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

/// Brings the tables up to date. Writes nothing where they are, so that a ledger on a full or
/// read-only disk can still be read.
async fn migrate(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    const DOING: &str = "reading the tables' version";
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table'")
            .fetch_all(&mut *connection)
            .await
            .doing(DOING)
            .map_err(|error| match error {
                StoreError::Damaged { .. } => StoreError::NotALedger {
                    location: path.display().to_string(),
                },
                other => other,
            })?;
    if tables.iter().any(|table| table == "_sqlx_migrations") {
        let applied: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations ORDER BY version")
                .fetch_all(&mut *connection)
                .await
                .doing(DOING)?;
        if is_current(&MIGRATOR, &applied) {
            return Ok(());
        }
    } else if !tables.is_empty() {
        return Err(StoreError::NotALedger {
            location: path.display().to_string(),
        });
    }
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
