//! What the tests share: a fresh place for a ledger on either database, and entries to put there.

pub mod entry;
pub mod postgres;

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use dfg_store::{Options, Store};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, SqliteConnection};
use tempfile::TempDir;

/// A fresh place for a ledger, and a folder for the test's files.
pub struct Place {
    pub address: String,
    pub folder: TempDir,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sqlite,
    Postgres,
}

impl Place {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("ledger.db").display());
        Self {
            address,
            folder,
            kind: Kind::Sqlite,
        }
    }

    pub async fn postgres() -> Self {
        Self {
            address: postgres::fresh_database().await,
            folder: tempfile::tempdir().unwrap(),
            kind: Kind::Postgres,
        }
    }

    /// A fresh place on the same database.
    pub async fn another(&self) -> Self {
        match self.kind {
            Kind::Sqlite => Self::sqlite(),
            Kind::Postgres => Self::postgres().await,
        }
    }

    /// A fresh place on the other database.
    pub async fn across(&self) -> Self {
        match self.kind {
            Kind::Sqlite => Self::postgres().await,
            Kind::Postgres => Self::sqlite(),
        }
    }

    pub async fn open(&self) -> Store {
        Store::open(&self.address).await.unwrap()
    }

    pub async fn open_with(&self, options: Options) -> Store {
        Store::open_with(&self.address, options).await.unwrap()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn is_postgres(&self) -> bool {
        self.kind == Kind::Postgres
    }

    /// Runs statements on the tables as anybody with the password could.
    pub async fn by_hand(&self, sql: &str) -> Result<(), sqlx::Error> {
        let script = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self.kind {
            Kind::Sqlite => {
                let mut connection = SqliteConnection::connect(&self.address).await?;
                script.execute(&mut connection).await?;
                connection.close().await
            }
            Kind::Postgres => {
                let mut connection = PgConnection::connect(&self.address).await?;
                script.execute(&mut connection).await?;
                connection.close().await
            }
        }
    }

    /// Runs statements on a file of the test's folder.
    pub async fn by_hand_in(&self, file: &std::path::Path, sql: &str) {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
        let mut connection = options.connect().await.unwrap();
        let script = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        script.execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// The names of all tables.
    pub async fn tables(&self) -> Vec<String> {
        match self.kind {
            Kind::Sqlite => {
                let mut connection = SqliteConnection::connect(&self.address).await.unwrap();
                sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table'")
                    .fetch_all(&mut connection)
                    .await
                    .unwrap()
            }
            Kind::Postgres => {
                let mut connection = PgConnection::connect(&self.address).await.unwrap();
                sqlx::query_scalar(
                    "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'public'",
                )
                .fetch_all(&mut connection)
                .await
                .unwrap()
            }
        }
    }

    /// Takes away what keeps the ledger append-only.
    pub async fn lift_triggers(&self) {
        let script = match self.kind {
            Kind::Sqlite => {
                let options: sqlx::sqlite::SqliteConnectOptions = self.address.parse().unwrap();
                let mut connection = options.connect().await.unwrap();
                let names: Vec<String> =
                    sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
                        .fetch_all(&mut connection)
                        .await
                        .unwrap();
                assert!(!names.is_empty());
                let drops: Vec<String> = names
                    .iter()
                    .map(|name| format!("DROP TRIGGER {name};"))
                    .collect();
                drops.concat()
            }
            Kind::Postgres => ["entries", "blobs", "head"]
                .map(|table| format!("ALTER TABLE {table} DISABLE TRIGGER USER;"))
                .concat(),
        };
        self.by_hand(&script).await.unwrap();
    }

    /// Gives a database back; a failed test leaves it to be looked at.
    pub async fn remove(self) {
        if self.kind == Kind::Postgres {
            postgres::drop_database(&self.address).await;
        }
    }
}

/// A number that differs from call to call.
pub fn unique() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Somebody else's transaction that holds the ledger's lock.
pub enum Held {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Place {
    pub async fn hold_lock(&self) -> Held {
        let lock = "BEGIN; UPDATE head SET seq = seq + 1, hash = hash";
        match self.kind {
            Kind::Sqlite => {
                let mut connection = SqliteConnection::connect(&self.address).await.unwrap();
                sqlx::raw_sql(lock).execute(&mut connection).await.unwrap();
                Held::Sqlite(connection)
            }
            Kind::Postgres => {
                let mut connection = PgConnection::connect(&self.address).await.unwrap();
                sqlx::raw_sql(lock).execute(&mut connection).await.unwrap();
                Held::Postgres(connection)
            }
        }
    }
}

impl Held {
    pub async fn release(self) {
        match self {
            Self::Sqlite(mut connection) => {
                sqlx::raw_sql("ROLLBACK")
                    .execute(&mut connection)
                    .await
                    .unwrap();
                connection.close().await.unwrap();
            }
            Self::Postgres(mut connection) => {
                sqlx::raw_sql("ROLLBACK")
                    .execute(&mut connection)
                    .await
                    .unwrap();
                connection.close().await.unwrap();
            }
        }
    }
}
