//! Opening a ledger in a `PostgreSQL` database.

use std::time::Duration;

use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection, PgPool,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    Options,
    error::{Doing, StoreError},
    session::Session,
    sqlite::{is_current, sort_migration},
};

static MIGRATOR: Migrator = sqlx::migrate!("migrations/postgres");

const CONNECTIONS: u32 = 8;

/// Opens a ledger: makes its tables where they are not there.
pub(crate) async fn open(connect: PgConnectOptions) -> Result<PgPool, StoreError> {
    let connect = connect.disable_statement_logging();
    // A pool keeps trying, and then forgets why it could not; one connection says so at once.
    let mut first = connect.connect().await.doing("connecting")?;
    let encoding: String = sqlx::query_scalar("SHOW server_encoding")
        .fetch_one(&mut first)
        .await
        .doing("asking for the encoding")?;
    if encoding != "UTF8" {
        return Err(StoreError::Encoding { encoding });
    }
    migrate(&mut first).await?;
    first.close().await.doing("connecting")?;
    Ok(PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(Duration::from_secs(10))
        .connect_lazy_with(connect))
}

/// Brings the tables up to date. Writes nothing where they are, so that a ledger on a standby can
/// still be read.
async fn migrate(connection: &mut PgConnection) -> Result<(), StoreError> {
    const DOING: &str = "reading the tables' version";
    let known: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await
        .doing(DOING)?;
    if known {
        let applied: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations ORDER BY version")
                .fetch_all(&mut *connection)
                .await
                .doing(DOING)?;
        if is_current(&MIGRATOR, &applied) {
            return Ok(());
        }
    }
    MIGRATOR
        .run_direct(None, connection, false)
        .await
        .map_err(sort_migration)
}

/// Begins a transaction that sees one state throughout.
pub(crate) async fn read(pool: &PgPool) -> Result<Session, StoreError> {
    pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        .await
        .map(Session::Postgres)
        .doing("beginning to read")
}

/// Begins a transaction that writes, and whose end is on the disk.
pub(crate) async fn begin(pool: &PgPool, options: &Options) -> Result<Session, StoreError> {
    const DOING: &str = "beginning to write";
    let mut transaction = pool.begin().await.doing(DOING)?;
    // A server may be set to answer before a commit is on its disk; here an answer is a promise.
    sqlx::query(
        "SELECT set_config('lock_timeout', $1, true), set_config('synchronous_commit', \
         CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' \
         ELSE current_setting('synchronous_commit') END, true)",
    )
    .bind(format!("{}ms", options.busy_timeout.as_millis()))
    .execute(&mut *transaction)
    .await
    .doing(DOING)?;
    Ok(Session::Postgres(transaction))
}

/// Begins a transaction that holds the ledger's lock: its head row.
pub(crate) async fn write(pool: &PgPool, options: &Options) -> Result<Session, StoreError> {
    let mut session = begin(pool, options).await?;
    session
        .run("SELECT one FROM head FOR UPDATE", [], "locking the ledger")
        .await?;
    Ok(session)
}
