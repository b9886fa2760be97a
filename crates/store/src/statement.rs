//! Statements on the tables beside the ledger: one text, its values, and rows as tuples, the same
//! on both databases.

use sqlx::{FromRow, postgres::PgRow, sqlite::SqliteRow};

use crate::{
    error::{Doing as _, StoreError},
    session::{Session, on_either},
};

/// A value to bind.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Int(i64),
    OptionalInt(Option<i64>),
    Text(&'a str),
    OptionalText(Option<&'a str>),
}

macro_rules! bound {
    ($query:expr, $values:expr) => {
        $values.iter().fold($query, |query, value| match *value {
            Value::Int(number) => query.bind(number),
            Value::OptionalInt(number) => query.bind(number),
            Value::Text(text) => query.bind(text.to_owned()),
            Value::OptionalText(text) => query.bind(text.map(str::to_owned)),
        })
    };
}

impl Session {
    /// Runs a statement; gives how many rows it touched.
    pub(crate) async fn run(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
        doing: &'static str,
    ) -> Result<u64, StoreError> {
        on_either!(self, tx => {
            let query = bound!(sqlx::query(sql), values);
            query.execute(&mut **tx).await.map(|done| done.rows_affected())
        })
        .doing(doing)
    }

    /// Runs a query; gives its rows.
    pub(crate) async fn ask<T>(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
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
        values: &[Value<'_>],
        doing: &'static str,
    ) -> Result<i64, StoreError> {
        let rows: Vec<(i64,)> = self.ask(sql, values, doing).await?;
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
