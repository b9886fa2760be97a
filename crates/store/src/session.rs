//! One transaction on either database. Every statement on the ledger's tables stands here, once:
//! both databases take the same text.

use std::collections::BTreeMap;

use dfg_plan::{
    Hash,
    entry::{ChainFault, Head},
};
use sqlx::{Postgres, Row as _, Sqlite, Transaction};

use crate::error::{Doing, StoreError};

pub(crate) enum Session {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// An entry as it stands in the database, not yet believed.
pub(crate) struct Row {
    pub(crate) seq: i64,
    pub(crate) hash: String,
    /// The text, or why it is none.
    pub(crate) body: Result<String, String>,
}

/// A blob as it stands in the database, not yet believed.
pub(crate) struct BlobRow {
    pub(crate) hash: String,
    pub(crate) bytes: Vec<u8>,
}

/// Runs the same code with the transaction of either database.
macro_rules! on_either {
    ($session:expr, $tx:ident => $body:expr) => {
        match $session {
            Session::Sqlite($tx) => $body,
            Session::Postgres($tx) => $body,
        }
    };
}

pub(crate) use on_either;

pub(crate) const HEAD: &str = "SELECT seq, hash FROM head";

/// A place in the ledger as the databases count: they have no unsigned numbers.
pub(crate) fn place(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// Reads the head row; a missing one stands for an empty ledger, which the entries then belie.
pub(crate) fn read_head(row: Option<(i64, String)>) -> Result<Head, StoreError> {
    let Some((seq, hash)) = row else {
        return Ok(Head::EMPTY);
    };
    match (u64::try_from(seq), Hash::parse(&hash)) {
        (Ok(seq), Some(hash)) => Ok(Head { seq, hash }),
        _ => Err(ChainFault::Unreadable {
            seq: u64::try_from(seq).unwrap_or_default(),
            cause: "the recorded end of the ledger has no valid place and hash".to_owned(),
        }
        .into()),
    }
}

impl Session {
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        on_either!(self, tx => tx.commit().await).doing("committing")
    }

    pub(crate) async fn head(&mut self) -> Result<Head, StoreError> {
        let row = on_either!(self, tx => sqlx::query_as(HEAD).fetch_optional(&mut **tx).await);
        read_head(row.doing("reading the end of the ledger")?)
    }

    /// Sets the recorded end. The caller holds the ledger's lock.
    pub(crate) async fn set_head(&mut self, head: Head) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO head (one, seq, hash) VALUES (1, $1, $2) \
             ON CONFLICT (one) DO UPDATE SET seq = excluded.seq, hash = excluded.hash";
        let (seq, hash) = (place(head.seq), head.hash.to_string());
        on_either!(self, tx => sqlx::query(SQL).bind(seq).bind(hash).execute(&mut **tx).await.map(drop))
            .doing("recording the end of the ledger")
    }

    /// Up to `limit` entries after a place, in order.
    pub(crate) async fn rows_after(
        &mut self,
        seq: i64,
        limit: i64,
    ) -> Result<Vec<Row>, StoreError> {
        const SQL: &str =
            "SELECT seq, hash, body FROM entries WHERE seq > $1 ORDER BY seq LIMIT $2";
        self.rows(SQL, seq, limit).await
    }

    /// The entries up to a place that may have changed files, in order.
    pub(crate) async fn rows_with_files(&mut self, through: u64) -> Result<Vec<Row>, StoreError> {
        // A quotation mark inside a text is escaped, so the pattern only finds keys.
        const SQL: &str = "SELECT seq, hash, body FROM entries \
             WHERE seq <= $1 AND body LIKE '%\"files\":{%' ORDER BY seq LIMIT $2";
        self.rows(SQL, place(through), i64::MAX).await
    }

    async fn rows(
        &mut self,
        sql: &'static str,
        seq: i64,
        limit: i64,
    ) -> Result<Vec<Row>, StoreError> {
        let rows: Result<Vec<Row>, sqlx::Error> = on_either!(self, tx => {
            match sqlx::query(sql).bind(seq).bind(limit).fetch_all(&mut **tx).await {
                Ok(rows) => rows
                    .into_iter()
                    .map(|row| Ok(Row {
                        seq: row.try_get(0)?,
                        hash: row.try_get(1)?,
                        body: row.try_get(2).map_err(|cause| cause.to_string()),
                    }))
                    .collect(),
                Err(cause) => Err(cause),
            }
        });
        rows.doing("reading entries")
    }

    /// The stored hash of one entry.
    pub(crate) async fn hash_at(&mut self, seq: u64) -> Result<Option<Hash>, StoreError> {
        const SQL: &str = "SELECT hash FROM entries WHERE seq = $1";
        let row: Result<Option<String>, _> = on_either!(self, tx => {
            sqlx::query_scalar(SQL).bind(place(seq)).fetch_optional(&mut **tx).await
        });
        let hash = row.doing("reading an entry's hash")?;
        Ok(hash.as_deref().and_then(Hash::parse))
    }

    /// Puts entries into the table, in order. The caller has checked them.
    pub(crate) async fn insert_rows(
        &mut self,
        rows: &[(i64, &str, &str)],
    ) -> Result<(), StoreError> {
        const DOING: &str = "writing entries";
        const ONE: &str = "INSERT INTO entries (seq, hash, body) VALUES ($1, $2, $3)";
        // One statement for many rows: a server far away answers once.
        const MANY: &str = "INSERT INTO entries (seq, hash, body) \
             SELECT * FROM UNNEST($1::bigint[], $2::text[], $3::text[])";
        const AT_ONCE: usize = 500;
        match self {
            Self::Sqlite(tx) => {
                for (seq, hash, body) in rows {
                    let query = sqlx::query(ONE).bind(seq).bind(*hash).bind(*body);
                    query.execute(&mut **tx).await.doing(DOING)?;
                }
            }
            Self::Postgres(tx) => {
                for rows in rows.chunks(AT_ONCE) {
                    let places: Vec<i64> = rows.iter().map(|row| row.0).collect();
                    let hashes: Vec<&str> = rows.iter().map(|row| row.1).collect();
                    let bodies: Vec<&str> = rows.iter().map(|row| row.2).collect();
                    let query = sqlx::query(MANY).bind(places).bind(hashes).bind(bodies);
                    query.execute(&mut **tx).await.doing(DOING)?;
                }
            }
        }
        Ok(())
    }

    /// The bytes with a hash, checked.
    pub(crate) async fn blob(&mut self, hash: Hash) -> Result<Option<Vec<u8>>, StoreError> {
        const SQL: &str = "SELECT bytes FROM blobs WHERE hash = $1";
        let row: Result<Option<Vec<u8>>, _> = on_either!(self, tx => {
            sqlx::query_scalar(SQL).bind(hash.to_string()).fetch_optional(&mut **tx).await
        });
        let Some(bytes) = row.doing("reading a text")? else {
            return Ok(None);
        };
        let found = Hash::of(&bytes);
        if found != hash {
            return Err(StoreError::BlobDamaged { hash, found });
        }
        Ok(Some(bytes))
    }

    pub(crate) async fn has_blob(&mut self, hash: Hash) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT hash FROM blobs WHERE hash = $1";
        let row: Result<Option<String>, _> = on_either!(self, tx => {
            sqlx::query_scalar(SQL).bind(hash.to_string()).fetch_optional(&mut **tx).await
        });
        Ok(row.doing("looking for a text")?.is_some())
    }

    /// Up to `limit` blobs after a hash, in order of hash.
    pub(crate) async fn blobs_after(
        &mut self,
        hash: &str,
        limit: i64,
    ) -> Result<Vec<BlobRow>, StoreError> {
        const SQL: &str = "SELECT hash, bytes FROM blobs WHERE hash > $1 ORDER BY hash LIMIT $2";
        let rows: Result<Vec<(String, Vec<u8>)>, _> = on_either!(self, tx => {
            sqlx::query_as(SQL).bind(hash).bind(limit).fetch_all(&mut **tx).await
        });
        let rows = rows.doing("reading texts")?;
        Ok(rows
            .into_iter()
            .map(|(hash, bytes)| BlobRow { hash, bytes })
            .collect())
    }

    /// Puts blobs into the table, those that are not there. No hash may be given twice.
    pub(crate) async fn insert_blobs(&mut self, blobs: &[(&str, &[u8])]) -> Result<(), StoreError> {
        // One statement for many rows: each costs a trip to another thread or another machine.
        const AT_ONCE: usize = 200;
        for blobs in blobs.chunks(AT_ONCE) {
            let rows: Vec<String> = (0..blobs.len())
                .map(|row| format!("(${}, ${})", 2 * row + 1, 2 * row + 2))
                .collect();
            let sql = format!(
                "INSERT INTO blobs (hash, bytes) SELECT column1, column2 FROM (VALUES {}) AS new \
                 WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE hash = column1)",
                rows.join(", ")
            );
            on_either!(self, tx => {
                // The text is made of places for values only.
                let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
                for (hash, bytes) in blobs {
                    query = query.bind((*hash).to_owned()).bind(bytes.to_vec());
                }
                query.execute(&mut **tx).await.map(drop)
            })
            .doing("writing texts")?;
        }
        Ok(())
    }

    /// Empties the ledger, past the triggers that forbid it: they are lifted for these statements
    /// and put back before the transaction ends, so that no other one ever sees them gone.
    pub(crate) async fn clear(&mut self) -> Result<(), StoreError> {
        const TRIGGERS: &str = "SELECT name, sql FROM sqlite_schema \
             WHERE type = 'trigger' AND tbl_name IN ('entries', 'blobs', 'head')";
        const CLEAR: &str = "DELETE FROM entries; DELETE FROM blobs; DELETE FROM head;";
        const CLEAR_PAST_TRIGGERS: &str = "\
             ALTER TABLE entries DISABLE TRIGGER USER; \
             ALTER TABLE blobs DISABLE TRIGGER USER; \
             ALTER TABLE head DISABLE TRIGGER USER; \
             DELETE FROM entries; DELETE FROM blobs; DELETE FROM head; \
             ALTER TABLE entries ENABLE TRIGGER USER; \
             ALTER TABLE blobs ENABLE TRIGGER USER; \
             ALTER TABLE head ENABLE TRIGGER USER;";
        const DOING: &str = "emptying the ledger to replace it";
        match self {
            Self::Sqlite(tx) => {
                let triggers: BTreeMap<String, String> = sqlx::query_as(TRIGGERS)
                    .fetch_all(&mut **tx)
                    .await
                    .doing(DOING)?
                    .into_iter()
                    .collect();
                let drops = triggers
                    .keys()
                    .map(|name| format!("DROP TRIGGER \"{name}\""));
                let makes = triggers.values().cloned();
                let script: Vec<String> = drops
                    .chain([CLEAR.trim_end_matches(';').to_owned()])
                    .chain(makes)
                    .collect();
                // The names and texts come from the database's own schema.
                let script = sqlx::AssertSqlSafe(script.join(";\n"));
                sqlx::raw_sql(script)
                    .execute(&mut **tx)
                    .await
                    .doing(DOING)?;
            }
            Self::Postgres(tx) => {
                sqlx::raw_sql(CLEAR_PAST_TRIGGERS)
                    .execute(&mut **tx)
                    .await
                    .doing(DOING)?;
            }
        }
        Ok(())
    }
}
