//! Every list as CSV that a spreadsheet cannot execute.

use axum::{
    Router,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use dfg_plan::{Kind, Record};
use serde_json::Value;

use crate::{cx::Cx, fault::Fault, route::page, site::Site};

/// The lists that can be downloaded.
pub(crate) const LISTS: [Kind; 12] = [
    Kind::Activity,
    Kind::Organisation,
    Kind::Relationship,
    Kind::Signal,
    Kind::Decision,
    Kind::Milestone,
    Kind::Indicator,
    Kind::Observation,
    Kind::Objective,
    Kind::Theme,
    Kind::Group,
    Kind::Area,
];

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    LISTS.iter().fold(Router::new(), |router, kind| {
        router.route(&format!("/{}.csv", kind.plural()), page(download))
    })
}

/// `GET /{plural}.csv`; activities take the pipeline's filters.
fn download(cx: &Cx) -> Result<Response, Fault> {
    let plural = cx.path.trim_start_matches('/').trim_end_matches(".csv");
    let kind = Kind::from_plural(plural).ok_or_else(|| Fault::missing("list", plural))?;
    let records = if kind == Kind::Activity {
        crate::pipeline::filtered(cx)
            .into_iter()
            .map(|(slug, activity)| (slug.clone(), Record::Activity(activity.clone())))
            .collect()
    } else {
        cx.view.plan.of_kind(kind)
    };
    let rows = records
        .iter()
        .map(|(slug, record)| (slug.as_str(), record.to_value()));
    let name = format!("attachment; filename=\"{plural}.csv\"");
    Ok((
        StatusCode::OK,
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
            (header::CONTENT_DISPOSITION, name.as_str()),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        ],
        table(kind, rows),
    )
        .into_response())
}

/// The rows as CSV: the slug, then every field in the order of the kind's files.
fn table<'a>(kind: Kind, rows: impl Iterator<Item = (&'a str, Value)>) -> Vec<u8> {
    let fields = dfg_plan::record::field_names(kind);
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    // Writing to memory fails for no reason that a row could give.
    let _ = writer.write_record(std::iter::once("slug").chain(fields.iter().copied()));
    for (slug, record) in rows {
        let cells = fields.iter().map(|field| harmless(cell(record.get(field))));
        let _ = writer.write_record(std::iter::once(slug.to_owned()).chain(cells));
    }
    writer.into_inner().unwrap_or_default()
}

/// A value as one cell: lists joined with `; `, the parts of an item with `, `.
fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| cell(Some(item)))
            .collect::<Vec<_>>()
            .join("; "),
        Some(Value::Object(parts)) => parts
            .iter()
            .map(|(name, part)| format!("{name}: {}", cell(Some(part))))
            .collect::<Vec<_>>()
            .join(", "),
        Some(other) => other.to_string(),
    }
}

/// A cell that no spreadsheet takes for a formula: one that begins like a formula, also after
/// spaces or quotes, gets an apostrophe in front.
pub(crate) fn harmless(cell: String) -> String {
    let dangerous = |c: char| {
        matches!(
            c,
            '=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠'
        )
    };
    let begins = |text: &str| text.starts_with(dangerous);
    let bare = cell.trim_start_matches([' ', '"', '\'', '\n', '\u{a0}', '\u{feff}']);
    if begins(&cell) || begins(bare) {
        format!("'{cell}")
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_disarmed() {
        for cell in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            " =1",
            "\"=1",
            "'=1",
            "\u{feff}=1",
            "＝1",
        ] {
            assert!(harmless(cell.to_owned()).starts_with('\''), "{cell:?}");
        }
        for cell in ["", "plain", "5G", "a=b", "£5", "2019-10", "1 - 2"] {
            assert_eq!(harmless(cell.to_owned()), cell);
        }
    }
}
