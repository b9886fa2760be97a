//! Small values that a query makes of tables, kept on the shelf until one of the tables changes.

use std::collections::BTreeSet;

use dfg_plan::{Slug, record::Dataset};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    figures::{self, Tables},
    hash,
    job::{Query, QueryAnswer, Table},
    runner::{Engine, EngineError},
    shelf::ShelfError,
    state::EvidenceError,
};

/// A value, and the hash of what it was made of.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Kept<T> {
    pub input: String,
    pub value: T,
}

/// What a value is made of: statements, each over the table of one dataset.
pub(crate) type Asked<'a> = Vec<(&'a Slug, String)>;

/// A value of the tables: the one that is kept, or made anew where statements or tables have changed.
/// Where there is no engine, the one before is as good as it gets.
pub(crate) fn keep<T>(
    tables: &Tables<'_>,
    engine: &Engine,
    file: &str,
    asked: Asked<'_>,
    make: impl FnOnce(Vec<Table>) -> T,
) -> Result<Kept<T>, EvidenceError>
where
    T: Default + Serialize + DeserializeOwned,
{
    if asked.is_empty() {
        return Ok(Kept::default());
    }
    let hashes: Vec<Vec<String>> = asked.iter().map(|(slug, _)| tables.hashes(slug)).collect();
    let input = hash::of_value(&(&asked, hashes));
    let kept = match tables.shelf.value::<Kept<T>>(file) {
        Ok(Some(kept)) if kept.input == input => return Ok(kept),
        Ok(kept) => kept,
        // As an earlier release wrote it.
        Err(ShelfError::Damaged { .. }) => None,
        Err(cause) => return Err(cause.into()),
    };
    let answers = match ask(tables, engine, asked) {
        Ok(answers) => answers,
        Err(EngineError::Missing(_)) => return Ok(kept.unwrap_or_default()),
        Err(cause) => return Err(cause.into()),
    };
    let kept = Kept {
        input,
        value: make(answers),
    };
    tables.shelf.keep_value(file, &kept)?;
    Ok(kept)
}

fn ask(tables: &Tables<'_>, engine: &Engine, asked: Asked<'_>) -> Result<Vec<Table>, EngineError> {
    let slugs: BTreeSet<&Slug> = asked.iter().map(|(slug, _)| *slug).collect();
    let query = |(slug, sql): (&Slug, String)| Query {
        name: slug.to_string(),
        sql,
    };
    let queries = asked.into_iter().map(query).collect();
    let files = tables.files(&slugs.into_iter().collect::<Vec<_>>());
    let answers = figures::ask(engine, files, queries)?.into_iter();
    let outcome = |answer: QueryAnswer| {
        let told = |fault| EngineError::Failed(format!("{}: {fault}", answer.name));
        answer.outcome.map_err(told)
    };
    answers.map(outcome).collect()
}

/// A statement that reads columns of a dataset's table: those that it lacks are empty.
pub(crate) fn select<'a>(
    slug: &'a Slug,
    dataset: &Dataset,
    columns: &[&str],
    rest: &str,
) -> (&'a Slug, String) {
    let column = |name: &&str| {
        if dataset.has_column(name) {
            quote(name)
        } else {
            format!("NULL AS {}", quote(name))
        }
    };
    let columns: Vec<String> = columns.iter().map(column).collect();
    let table = Dataset::table_name(slug);
    let sql = format!("SELECT {} FROM {table} {rest}", columns.join(", "));
    (slug, sql)
}

/// A name in SQL, which may be one of its own words.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{name}\"")
}

/// Texts in SQL, as a list.
pub(crate) fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let quoted = texts
        .into_iter()
        .map(|text| format!("'{}'", text.replace('\'', "''")));
    quoted.collect::<Vec<_>>().join(", ")
}

/// A cell as text; none where it is empty.
pub(crate) fn text(row: &[Value], place: usize) -> Option<String> {
    let text = crate::job::spell_cell(row.get(place)?);
    (!text.is_empty()).then_some(text)
}
