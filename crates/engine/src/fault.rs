//! Faults of SQL in words for people: what is wrong, where, and what to write instead.

use datafusion::{
    common::{DataFusionError, SchemaError},
    sql::sqlparser::parser::ParserError,
};
use dfg_evidence::job::SqlFault;

/// How alike two names must be for one to be meant by the other (Jaro-Winkler).
const ALIKE: f64 = 0.75;

/// What is known of the tables: for telling the nearest name.
pub(crate) struct Names {
    /// Tables by name, with their columns.
    pub(crate) tables: Vec<(String, Vec<String>)>,
}

/// A fault without a place.
pub(crate) fn plain(message: impl Into<String>) -> SqlFault {
    SqlFault {
        message: message.into(),
        line: None,
        column: None,
        remedy: None,
    }
}

/// Explains an error.
pub(crate) fn explain(error: &DataFusionError, names: &Names, memory_mib: u64) -> SqlFault {
    let mut fault = plain(error.find_root().strip_backtrace());
    if let Some(span) = error.diagnostic().and_then(|diagnostic| diagnostic.span) {
        fault.line = Some(span.start.line);
        fault.column = Some(span.start.column);
    }
    match error.find_root() {
        DataFusionError::SQL(cause, _) => {
            let text = match cause.as_ref() {
                ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.clone(),
                ParserError::RecursionLimitExceeded => {
                    "the statement is nested too deeply".to_owned()
                }
            };
            let (message, place) = split_place(&text);
            fault.message = message;
            if let Some((line, column)) = place {
                fault.line = Some(line);
                fault.column = Some(column);
            }
        }
        DataFusionError::SchemaError(cause, _) => match cause.as_ref() {
            SchemaError::FieldNotFound {
                field,
                valid_fields,
            } => {
                let name = field.name();
                fault.message = format!("there is no column “{name}” here");
                let valid: Vec<&str> = valid_fields.iter().map(|one| one.name()).collect();
                fault.remedy = nearest(name, valid.iter().copied());
                if fault.remedy.is_none() && valid.is_empty() {
                    fault.remedy = nearest(name, names.columns());
                }
            }
            SchemaError::AmbiguousReference { field } => {
                fault.message = format!(
                    "“{}” is a column of more than one table: say of which",
                    field.name()
                );
            }
            other => fault.message = other.to_string(),
        },
        DataFusionError::Plan(text) => {
            if let Some(name) = missing_table(text) {
                fault.message = format!("there is no table “{name}”");
                let tables = names.tables.iter().map(|(table, _)| table.as_str());
                fault.remedy = nearest(&name, tables);
            } else {
                fault.message = first_line(text);
            }
        }
        DataFusionError::ResourcesExhausted(_) => {
            fault.message = format!("this needs more memory than the {memory_mib} MiB allowed");
        }
        _ => fault.message = first_line(&fault.message),
    }
    fault
}

impl Names {
    fn columns(&self) -> impl Iterator<Item = &str> {
        let columns = self.tables.iter().flat_map(|(_, columns)| columns);
        columns.map(String::as_str)
    }
}

/// `… at Line: 3, Column: 8` as a message and a place.
fn split_place(text: &str) -> (String, Option<(u64, u64)>) {
    let Some((message, rest)) = text.rsplit_once(" at Line: ") else {
        return (text.to_owned(), None);
    };
    let mut numbers = rest
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok());
    (message.to_owned(), numbers.next().zip(numbers.next()))
}

/// The table of `table 'datafusion.public.x' not found`.
fn missing_table(text: &str) -> Option<String> {
    let rest = text.split_once("table '")?.1;
    let (name, rest) = rest.split_once('\'')?;
    rest.starts_with(" not found").then(|| {
        let last = name.rsplit('.').next().unwrap_or(name);
        last.to_owned()
    })
}

fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.chars().take(400).collect()
}

fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let name = name.to_lowercase();
    known
        .map(|one| (strsim::jaro_winkler(&name, &one.to_lowercase()), one))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|one, two| one.0.total_cmp(&two.0))
        .map(|(_, one)| one.to_owned())
}
