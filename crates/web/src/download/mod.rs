//! Every list as CSV: read it in a spreadsheet, and nothing in it runs.

mod columns;
mod safe;

pub(crate) use safe::neutralise;

use axum::{
    Router,
    http::header,
    response::{IntoResponse, Response},
};
use dfg_plan::{Kind, Record, Slug};

use crate::{cx::Cx, fault::Fault, pipeline::filter::Filter, route::page, site::Site};

/// The kinds that can be downloaded, in the order in which the data page lists them.
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
    LISTS.into_iter().fold(Router::new(), |router, kind| {
        router.route(&path(kind), page(show))
    })
}

/// The address of a kind's table.
fn path(kind: Kind) -> String {
    format!("/{}.csv", kind.plural())
}

/// `GET /{plural}.csv`; activities take the filters of the pipeline.
fn show(cx: &Cx) -> Result<Response, Fault> {
    let name = cx.path.trim_start_matches('/');
    let kind = name
        .strip_suffix(".csv")
        .and_then(Kind::from_plural)
        .ok_or_else(|| Fault::missing("page", &cx.path))?;
    let filter = Filter::read(&cx.query);
    let records: Vec<(Slug, Record)> = cx
        .view
        .plan
        .of_kind(kind)
        .into_iter()
        .filter(|(_, record)| match record {
            Record::Activity(activity) => filter.passes(&cx.view, activity),
            _ => true,
        })
        .collect();
    let table = columns::table(&cx.view, kind, &records);
    let file = format!("{}-{}.csv", kind.plural(), cx.view.point.as_of);
    Ok((
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{file}\""),
            ),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned()),
        ],
        table,
    )
        .into_response())
}
