//! The tables beside the ledger: which of them a backup holds, and which of their rows are about
//! a person. A new table is one line in [`KEPT`] or in [`LEFT_OUT`]; a test of the contract fails
//! for a table that stands in neither.

use std::collections::{BTreeMap, BTreeSet};

use dfg_plan::Hash;
use serde_json::Value as Json;
use sqlx::AssertSqlSafe;

use crate::{
    error::{Doing as _, StoreError},
    people::PersonId,
    session::{Session, on_either},
    statement::{from_json, to_json},
};

/// A table that a backup holds.
struct Table {
    name: &'static str,
    /// The columns that hold a person's id, for the download of all that is held on them.
    persons: &'static [&'static str],
    /// The column that names a row of an earlier table by its `id`: what is part of a person's own
    /// is theirs too.
    part_of: Option<(&'static str, &'static str)>,
}

const fn table(name: &'static str, persons: &'static [&'static str]) -> Table {
    Table {
        name,
        persons,
        part_of: None,
    }
}

/// What a backup holds beside the ledger. A table stands after those that it refers to.
const KEPT: &[Table] = &[
    // Who a person is, and what happened to their access, is told apart in what is held on them.
    table("persons", &[]),
    table("roles", &[]),
    table("access_events", &[]),
    table("identities", &["person"]),
    table("passkeys", &["person"]),
    table("proposals", &["author"]),
    Table {
        name: "proposal_edits",
        persons: &[],
        part_of: Some(("proposal", "proposals")),
    },
    table("proposal_steps", &["person"]),
    table("comments", &["author"]),
    table("reviews", &[]),
    table("scores", &["member"]),
    table("answers", &["member"]),
    table("interests", &["member"]),
    table("recommendations", &[]),
    table("meetings", &[]),
    table("attendances", &["member"]),
    table("meeting_interests", &["member"]),
    table("votes", &["member"]),
    table("outcomes", &[]),
    table("actions", &["owner"]),
    table("raised_signals", &["decided_by"]),
    table("reminders", &["person"]),
    table("edition_draft", &["saved_by"]),
    table("followers", &[]),
    table("visits", &["person"]),
];

/// What lets people in today, or counts attempts: none of it is in a backup, and replacing what
/// stands beside the ledger ends it, so that everybody signs in again.
const LEFT_OUT: &[&str] = &[
    "sessions",
    "links",
    "update_links",
    "calendars",
    "attempts",
    "ceremonies",
];

/// The tables that a backup holds beside the ledger.
pub fn backed_up_tables() -> impl Iterator<Item = &'static str> {
    KEPT.iter().map(|table| table.name)
}

/// The tables that a backup leaves out on purpose.
pub fn left_out_tables() -> impl Iterator<Item = &'static str> {
    LEFT_OUT.iter().copied()
}

/// A row as texts, whatever its columns' types; none for what is not there.
type Row = Vec<Option<String>>;

/// What a backup says of one of its tables.
struct Noted {
    name: String,
    rows: i64,
    hash: String,
}

/// Every row of a table, sorted, so that both databases tell the same.
async fn rows(
    session: &mut Session,
    name: &str,
    columns: &[String],
) -> Result<Vec<Row>, StoreError> {
    let build = match session {
        Session::Sqlite(_) => "json_array",
        Session::Postgres(_) => "json_build_array",
    };
    let texts: Vec<String> = columns
        .iter()
        .map(|column| format!("CAST(\"{column}\" AS TEXT)"))
        .collect();
    let sql = format!(
        "SELECT CAST({build}({}) AS TEXT) FROM \"{name}\"",
        texts.join(", ")
    );
    let found: Vec<(String,)> = on_either!(session, tx => {
        // Names of tables and columns come from this program and its migrations.
        sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut **tx).await
    })
    .doing("reading what stands beside the ledger")?;
    let mut rows = Vec::with_capacity(found.len());
    for (text,) in found {
        rows.push(from_json::<Row>("a row of a table", &text)?);
    }
    rows.sort();
    Ok(rows)
}

/// A table's columns in order, each with its type.
async fn columns(session: &mut Session, name: &str) -> Result<Vec<(String, String)>, StoreError> {
    const SQLITE: &str = "SELECT name, type FROM pragma_table_info($1) ORDER BY name";
    const POSTGRES: &str = "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT) \
         FROM information_schema.columns \
         WHERE table_schema = current_schema() AND table_name = $1 \
         ORDER BY column_name COLLATE \"C\"";
    let sql = match session {
        Session::Sqlite(_) => SQLITE,
        Session::Postgres(_) => POSTGRES,
    };
    session
        .find(sql, [name.into()], "reading a table's columns")
        .await
}

fn names(columns: &[(String, String)]) -> Vec<String> {
    columns.iter().map(|(name, _)| name.clone()).collect()
}

async fn insert(
    session: &mut Session,
    name: &str,
    columns: &[(String, String)],
    rows: &[Row],
) -> Result<(), StoreError> {
    const DOING: &str = "writing what stands beside the ledger";
    // The server numbers rows by itself unless told otherwise; the file does as it is told.
    let numbered = match session {
        Session::Sqlite(_) => "",
        Session::Postgres(_) => "OVERRIDING SYSTEM VALUE",
    };
    let listed: Vec<String> = columns
        .iter()
        .map(|(name, _)| format!("\"{name}\""))
        .collect();
    let places: Vec<String> = columns
        .iter()
        .zip(1..)
        .map(|((_, kind), place)| format!("CAST(${place} AS {kind})"))
        .collect();
    let sql = format!(
        "INSERT INTO \"{name}\" ({}) {numbered} VALUES ({})",
        listed.join(", "),
        places.join(", ")
    );
    for row in rows {
        on_either!(session, tx => {
            let mut query = sqlx::query(AssertSqlSafe(sql.clone()));
            for text in row {
                query = query.bind(text.clone());
            }
            query.execute(&mut **tx).await.map(drop)
        })
        .doing(DOING)?;
    }
    let Session::Postgres(tx) = session else {
        return Ok(());
    };
    // What is added next is numbered after what came from the backup.
    let counted: Vec<(String,)> = sqlx::query_as(
        "SELECT CAST(column_name AS TEXT) FROM information_schema.columns \
         WHERE table_schema = current_schema() AND table_name = $1 AND is_identity = 'YES'",
    )
    .bind(name)
    .fetch_all(&mut **tx)
    .await
    .doing(DOING)?;
    for (column,) in counted {
        let sql = format!(
            "SELECT setval(pg_get_serial_sequence('{name}', '{column}'), \
             (SELECT coalesce(max(\"{column}\"), 0) + 1 FROM \"{name}\"), false)"
        );
        sqlx::query(AssertSqlSafe(sql))
            .execute(&mut **tx)
            .await
            .doing(DOING)?;
    }
    Ok(())
}

fn note(name: &str, rows: &[Row]) -> Result<Noted, StoreError> {
    let text = to_json("the rows of a table", &rows)?;
    Ok(Noted {
        name: name.to_owned(),
        rows: i64::try_from(rows.len()).unwrap_or(i64::MAX),
        hash: Hash::of(text.as_bytes()).to_string(),
    })
}

/// Puts a table's rows into another's place, and reads them back to be sure.
async fn copy(
    from: &mut Session,
    to: &mut Session,
    name: &'static str,
    noted: Option<&Noted>,
) -> Result<Noted, StoreError> {
    let theirs = names(&columns(from, name).await?);
    let ours: Vec<(String, String)> = columns(to, name)
        .await?
        .into_iter()
        .filter(|(column, _)| theirs.contains(column))
        .collect();
    // An older backup lacks columns, which then hold what they hold without being told.
    if ours.len() != theirs.len() {
        return Err(StoreError::Newer);
    }
    let found = rows(from, name, &names(&ours)).await?;
    let told = note(name, &found)?;
    if noted.is_some_and(|noted| noted.rows != told.rows || noted.hash != told.hash) {
        return Err(StoreError::TableDamaged { table: name });
    }
    insert(to, name, &ours, &found).await?;
    if rows(to, name, &names(&ours)).await? != found {
        return Err(StoreError::TableDamaged { table: name });
    }
    Ok(told)
}

/// Copies every kept table into a fresh backup, and notes there how many rows each has and their
/// hash.
pub(crate) async fn back_up(from: &mut Session, to: &mut Session) -> Result<(), StoreError> {
    const DOING: &str = "noting what the backup holds";
    const NOTES: &str = "CREATE TABLE backup_tables (name TEXT PRIMARY KEY, rows INTEGER NOT NULL, \
         hash TEXT NOT NULL) STRICT";
    to.run(NOTES, [], DOING).await?;
    for table in KEPT {
        let noted = copy(from, to, table.name, None).await?;
        to.run(
            "INSERT INTO backup_tables (name, rows, hash) VALUES ($1, $2, $3)",
            [
                noted.name.as_str().into(),
                noted.rows.into(),
                noted.hash.as_str().into(),
            ],
            DOING,
        )
        .await?;
    }
    Ok(())
}

/// Whether nobody takes part and nothing stands beside the ledger.
async fn is_empty(session: &mut Session) -> Result<bool, StoreError> {
    for table in KEPT {
        let columns = names(&columns(session, table.name).await?);
        if !rows(session, table.name, &columns).await?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Puts a backup's tables in place of those here, if these are empty or `replace` says so; whether
/// it did. Who was erased here stays erased.
pub(crate) async fn restore(
    from: &mut Session,
    to: &mut Session,
    replace: bool,
) -> Result<bool, StoreError> {
    const DOING: &str = "emptying what stands beside the ledger to replace it";
    let notes: Vec<(i64,)> = from
        .find(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'backup_tables'",
            [],
            "reading the backup",
        )
        .await?;
    // A backup of an earlier version holds the ledger alone.
    if notes.first().is_none_or(|row| row.0 == 0) || !(replace || is_empty(to).await?) {
        return Ok(false);
    }
    let noted: Vec<(String, i64, String)> = from
        .find(
            "SELECT name, rows, hash FROM backup_tables",
            [],
            "reading the backup",
        )
        .await?;
    let noted: Vec<Noted> = noted
        .into_iter()
        .map(|(name, rows, hash)| Noted { name, rows, hash })
        .collect();
    if noted
        .iter()
        .any(|one| KEPT.iter().all(|table| table.name != one.name))
    {
        return Err(StoreError::Newer);
    }
    let erased: Vec<(String, i64, i64)> = to
        .find(
            "SELECT id, created_at, erased_at FROM persons WHERE erased_at IS NOT NULL",
            [],
            DOING,
        )
        .await?;
    let kept = KEPT.iter().rev().map(|table| table.name);
    for name in LEFT_OUT.iter().copied().chain(kept) {
        let sql = AssertSqlSafe(format!("DELETE FROM \"{name}\""));
        on_either!(to, tx => sqlx::query(sql).execute(&mut **tx).await.map(drop)).doing(DOING)?;
    }
    for table in KEPT {
        if let Some(noted) = noted.iter().find(|one| one.name == table.name) {
            copy(from, to, table.name, Some(noted)).await?;
        }
    }
    for (id, created_at, erased_at) in erased {
        const ERASE: &str = "INSERT INTO persons (id, created_at, removed_at, erased_at) \
             VALUES ($1, $2, $3, $3) ON CONFLICT (id) DO UPDATE SET name = NULL, email = NULL, \
             removed_at = excluded.removed_at, erased_at = excluded.erased_at";
        const DOING: &str = "erasing again who was erased";
        to.run(
            ERASE,
            [id.as_str().into(), created_at.into(), erased_at.into()],
            DOING,
        )
        .await?;
        if let Some(person) = PersonId::parse(&id) {
            to.take_away_sign_on(&person).await?;
        }
        to.run(
            "DELETE FROM roles WHERE person = $1",
            [id.as_str().into()],
            DOING,
        )
        .await?;
    }
    Ok(true)
}

/// The rows of every kept table that are a person's own, as objects by column.
pub(crate) async fn rows_of(
    session: &mut Session,
    person: &PersonId,
) -> Result<BTreeMap<&'static str, Vec<Json>>, StoreError> {
    let mut held: BTreeMap<&'static str, Vec<Json>> = BTreeMap::new();
    let is_told = |table: &&Table| !table.persons.is_empty() || table.part_of.is_some();
    for table in KEPT.iter().filter(is_told) {
        let whole: BTreeSet<String> = table
            .part_of
            .and_then(|(_, whole)| held.get(whole))
            .into_iter()
            .flatten()
            .filter_map(|row: &Json| Some(row["id"].as_str()?.to_owned()))
            .collect();
        let columns = names(&columns(session, table.name).await?);
        let own: Vec<usize> = columns
            .iter()
            .enumerate()
            .filter(|(_, name)| table.persons.contains(&name.as_str()))
            .map(|(place, _)| place)
            .collect();
        let part = columns
            .iter()
            .position(|name| table.part_of.is_some_and(|(column, _)| column == name));
        let found = rows(session, table.name, &columns).await?;
        let found: Vec<Json> = found
            .into_iter()
            .filter(|row| {
                let cell = |place: usize| row[place].as_deref();
                own.iter()
                    .any(|place| cell(*place) == Some(person.as_str()))
                    || part.is_some_and(|place| cell(place).is_some_and(|id| whole.contains(id)))
            })
            .map(|row| {
                let cells = columns.iter().cloned().zip(row.into_iter().map(Json::from));
                Json::Object(cells.collect())
            })
            .collect();
        if !found.is_empty() {
            held.insert(table.name, found);
        }
    }
    Ok(held)
}
