//! Statements on the tables beside the ledger: one text, its values, and rows as tuples, the same
//! on both databases.

use dfg_plan::Hash;
use jiff::Timestamp;
use sqlx::{FromRow, postgres::PgRow, sqlite::SqliteRow};

use crate::{
    error::{Doing as _, StoreError},
    session::{Session, on_either},
};

/// A value that a statement is given.
pub(crate) enum Value {
    Text(Option<String>),
    Number(Option<i64>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}

impl From<Hash> for Value {
    fn from(hash: Hash) -> Self {
        Self::Text(Some(hash.to_string()))
    }
}

impl From<Option<Hash>> for Value {
    fn from(hash: Option<Hash>) -> Self {
        Self::Text(hash.map(|hash| hash.to_string()))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Number(number)
    }
}

impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Self::Number(Some(at.as_millisecond()))
    }
}

macro_rules! bound {
    ($query:expr, $values:expr) => {
        $values
            .into_iter()
            .fold($query, |query, value| match value {
                Value::Text(text) => query.bind(text),
                Value::Number(number) => query.bind(number),
            })
    };
}

impl Session {
    /// Runs a statement, and gives how many rows it changed.
    pub(crate) async fn run(
        &mut self,
        sql: &'static str,
        values: impl IntoIterator<Item = Value> + Send,
        doing: &'static str,
    ) -> Result<u64, StoreError> {
        on_either!(self, tx => {
            let query = bound!(sqlx::query(sql), values);
            query.execute(&mut **tx).await.map(|done| done.rows_affected())
        })
        .doing(doing)
    }

    /// The rows that a query finds.
    pub(crate) async fn find<T>(
        &mut self,
        sql: &'static str,
        values: impl IntoIterator<Item = Value> + Send,
        doing: &'static str,
    ) -> Result<Vec<T>, StoreError>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        on_either!(self, tx => {
            let query = bound!(sqlx::query_as(sql), values);
            query.fetch_all(&mut **tx).await
        })
        .doing(doing)
    }

    /// Inserts a row; gives the number that `RETURNING id` tells.
    pub(crate) async fn insert(
        &mut self,
        sql: &'static str,
        values: impl IntoIterator<Item = Value> + Send,
        doing: &'static str,
    ) -> Result<i64, StoreError> {
        let rows: Vec<(i64,)> = self.find(sql, values, doing).await?;
        rows.first().map(|row| row.0).ok_or(StoreError::Stopped)
    }
}

/// The JSON of what is kept as a body.
pub(crate) fn to_json<T: serde::Serialize>(
    what: &'static str,
    value: &T,
) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|cause| StoreError::Unreadable { what, cause })
}

/// Reads what is kept as JSON.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(
    what: &'static str,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|cause| StoreError::Unreadable { what, cause })
}
