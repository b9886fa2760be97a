//! Open SQL over the published tables: anybody may ask, within limits, and share the address.

use std::time::Instant;

use askama::Template;
use axum::{
    Router,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use dfg_evidence::{
    job::{Limits, Table, spell_cell},
    state::AskError,
};
use dfg_plan::{Kind, record::Dataset, story::capitalise};
use serde_json::Value;

use crate::{
    commit::wait_for,
    cx::{Cx, Link},
    download::neutralise,
    fault::Fault,
    record,
    route::{html, page},
    shell::Shell,
    site::Site,
};

/// The most rows that the page shows; the download has them all.
const SHOWN: usize = 200;
/// The longest statement, in characters.
const LONGEST: usize = 4_000;

/// The addresses of this feature.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/query", page(show))
        .route("/query.csv", page(download))
}

#[derive(Template)]
#[template(path = "evidence/query.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    sql: String,
    fault: String,
    line: String,
    answer: Option<AnswerItem>,
    tables: Vec<TableItem>,
    examples: Vec<Link>,
    limits: String,
}

struct AnswerItem {
    columns: Vec<(String, bool)>,
    rows: Vec<Vec<(String, bool)>>,
    summary: String,
    download_href: String,
}

struct TableItem {
    name: String,
    link: Link,
    columns: String,
}

fn ask(cx: &Cx, sql: &str) -> Option<Result<Table, AskError>> {
    let evidence = cx.site.0.settings.evidence.as_ref()?;
    let plan = &cx.view.plan;
    Some(wait_for(|| evidence.ask(plan, sql, Limits::OPEN)))
}

/// What came of a statement.
enum Outcome {
    /// None was given.
    Nothing,
    /// Rows.
    Answer(AnswerItem),
    /// Why not, and the line of the statement that it speaks of.
    Fault(StatusCode, String, String),
}

fn outcome(cx: &Cx, sql: &str) -> Outcome {
    let bad = |fault: String| Outcome::Fault(StatusCode::BAD_REQUEST, fault, String::new());
    if sql.is_empty() {
        return Outcome::Nothing;
    }
    if sql.chars().count() > LONGEST {
        return bad(format!(
            "The statement is longer than {LONGEST} characters."
        ));
    }
    let began = Instant::now();
    match ask(cx, sql) {
        Some(Ok(table)) => Outcome::Answer(lay_out(sql, &table, began)),
        Some(Err(cause @ AskError::Busy)) => Outcome::Fault(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{}.", capitalise(&cause.to_string())),
            String::new(),
        ),
        Some(Err(AskError::Sql(cause))) => {
            let number = cause.line.and_then(|line| usize::try_from(line).ok());
            let line = number.and_then(|number| sql.lines().nth(number.checked_sub(1)?));
            Outcome::Fault(
                StatusCode::BAD_REQUEST,
                capitalise(&cause.to_string()),
                line.unwrap_or_default().to_owned(),
            )
        }
        // Where the engine should be is the operator's business.
        Some(Err(AskError::Engine(cause))) if cause.is_for_operator() => {
            tracing::error!(%cause, "an open query could not be answered");
            Outcome::Fault(
                StatusCode::SERVICE_UNAVAILABLE,
                "Queries cannot be answered here at the moment.".to_owned(),
                String::new(),
            )
        }
        Some(Err(AskError::Engine(cause))) => bad(capitalise(&cause.to_string())),
        None => bad("This site has no evidence to ask.".to_owned()),
    }
}

/// `GET /query`.
fn show(cx: &Cx) -> Result<Response, Fault> {
    let sql = cx.query.get("sql").unwrap_or_default();
    let sql = sql.trim().replace("\r\n", "\n");
    let (status, fault, line, answer) = match outcome(cx, &sql) {
        Outcome::Nothing => (StatusCode::OK, String::new(), String::new(), None),
        Outcome::Answer(answer) => (StatusCode::OK, String::new(), String::new(), Some(answer)),
        Outcome::Fault(status, fault, line) => (status, fault, line, None),
    };
    let title = match (&answer, fault.is_empty()) {
        (None, false) => "The query could not be answered",
        _ => "Ask the evidence in SQL",
    };
    let mut response = html(&Page {
        shell: cx.shell(title),
        trail: record::trail(
            cx,
            [
                Link::new(cx.moment.href("/indicators"), "Evidence"),
                Link::new(cx.moment.href("/datasets"), "Datasets"),
            ],
        ),
        tables: tables(cx),
        examples: examples(cx),
        limits: format!(
            "A query may take {} seconds and {} MB of memory. It gives at most {} rows. It can only read.",
            Limits::OPEN.wall_ms / 1_000,
            Limits::OPEN.memory_mib,
            Limits::OPEN.rows
        ),
        sql,
        fault,
        line,
        answer,
    })?;
    *response.status_mut() = status;
    Ok(response)
}

fn href(path: &str, sql: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("sql", sql)
        .finish();
    format!("{path}?{query}")
}

fn lay_out(sql: &str, table: &Table, began: Instant) -> AnswerItem {
    let is_number = |holds: &str| matches!(holds, "number" | "whole number");
    let numeric: Vec<bool> = table
        .columns
        .iter()
        .map(|one| is_number(&one.holds))
        .collect();
    let row = |row: &Vec<Value>| {
        let cells = row.iter().zip(&numeric);
        cells
            .map(|(value, numeric)| (spell_cell(value), *numeric))
            .collect()
    };
    let count = table.rows.len();
    let cut = match (table.more, count > SHOWN) {
        (true, _) => format!("More than {count} rows; the first {SHOWN} are shown"),
        (false, true) => format!("{count} rows; the first {SHOWN} are shown"),
        (false, false) if count == 1 => "1 row".to_owned(),
        (false, false) => format!("{count} rows"),
    };
    AnswerItem {
        columns: table
            .columns
            .iter()
            .zip(&numeric)
            .map(|(column, numeric)| (column.name.clone(), *numeric))
            .collect(),
        rows: table.rows.iter().take(SHOWN).map(row).collect(),
        summary: format!("{cut}, in {} ms.", began.elapsed().as_millis()),
        download_href: href("/query.csv", sql),
    }
}

fn tables(cx: &Cx) -> Vec<TableItem> {
    let state = cx.site.evidence();
    let plan = &cx.view.plan;
    plan.datasets
        .iter()
        .filter(|(slug, _)| {
            state
                .journals
                .get(*slug)
                .is_some_and(|one| one.current().is_some())
        })
        .map(|(slug, dataset)| TableItem {
            name: Dataset::table_name(slug),
            link: cx.link(Kind::Dataset, slug),
            columns: dataset
                .columns
                .iter()
                .map(|column| column.name.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        })
        .collect()
}

/// The SQL of the region's own indicators, to begin from.
fn examples(cx: &Cx) -> Vec<Link> {
    let state = cx.site.evidence();
    crate::indicator::in_order(cx)
        .into_iter()
        .filter_map(|(slug, indicator)| {
            let sql = indicator.sql.as_deref()?.trim();
            state.standings.get(slug)?.figures.as_ref()?;
            Some(Link::new(href("/query", sql), indicator.title.clone()))
        })
        .take(8)
        .collect()
}

/// `GET /query.csv`: the answer as CSV.
fn download(cx: &Cx) -> Result<Response, Fault> {
    let sql = cx.query.get("sql").unwrap_or_default().trim();
    if sql.is_empty() || sql.chars().count() > LONGEST {
        return Err(Fault::BadRequest(
            "There is no statement that can be run.".to_owned(),
        ));
    }
    let table = match ask(cx, sql) {
        Some(Ok(table)) => table,
        Some(Err(AskError::Busy)) => return Err(Fault::TooMany(5)),
        Some(Err(AskError::Sql(cause))) => return Err(Fault::BadRequest(format!("{cause}."))),
        Some(Err(AskError::Engine(_))) => {
            let words = "The query could not be answered within its limits.";
            return Err(Fault::BadRequest(words.to_owned()));
        }
        None => return Err(Fault::missing("page", &cx.path)),
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = table
        .columns
        .iter()
        .map(|one| neutralise(&one.name).into_owned());
    drop(writer.write_record(names));
    for row in &table.rows {
        drop(writer.write_record(row.iter().map(|value| match value {
            Value::String(text) => neutralise(text).into_owned(),
            other => spell_cell(other),
        })));
    }
    let text = writer.into_inner().unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"query.csv\"",
        ),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    Ok((headers, text).into_response())
}
