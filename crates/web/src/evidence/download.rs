//! An indicator's figures as CSV with CSVW metadata, and its chart as SVG and PNG.

use std::{fmt::Write as _, sync::Arc};

use axum::{
    http::header,
    response::{IntoResponse as _, Response},
};
use dfg_evidence::standing::Standing;
use dfg_plan::{Kind, Record, Slug, record::Indicator};
use serde_json::{Value, json};

use super::{
    chart, dots, index,
    indicator::{drawn, finding, source_line},
};
use crate::{commit::wait_for, cx::Cx, download::neutralise, fault::Fault};

/// The colours and lines of the chart, for where the site's style sheet is not.
const STYLE: &str = include_str!("chart.css");

fn indicator(cx: &Cx) -> Result<(Slug, Arc<Indicator>), Fault> {
    match cx.record(Kind::Indicator)? {
        (slug, Record::Indicator(indicator)) => Ok((slug, indicator)),
        (slug, _) => Err(Fault::missing("indicator", slug)),
    }
}

fn standing(cx: &Cx) -> Result<(Slug, Arc<Indicator>, Standing), Fault> {
    let (slug, indicator) = indicator(cx)?;
    let state = cx.site.evidence();
    match state.standings.get(&slug) {
        Some(standing) => Ok((slug, indicator, standing.clone())),
        None => Err(Fault::missing("figures", slug)),
    }
}

/// `GET /indicators/{slug}/figures.csv`: every figure of the region, its parts and what it is set
/// beside; of an index its scores.
pub(super) fn csv(cx: &Cx) -> Result<Response, Fault> {
    let (slug, record) = indicator(cx)?;
    if record.index.is_some() {
        return index::download::csv(cx, &slug);
    }
    let (slug, _, standing) = standing(cx)?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    drop(writer.write_record([
        "area",
        "name",
        "period",
        "value",
        "lower",
        "upper",
        "numerator",
        "denominator",
        "status",
    ]));
    let places = standing.region.iter().chain(&standing.parts);
    let places = places.map(|place| (place.code.as_str(), place.name.as_str(), &place.series));
    let beside = standing
        .comparators
        .iter()
        .map(|one| (one.slug.as_str(), one.title.as_str(), &one.series));
    for (code, name, series) in places.chain(beside) {
        for reading in series.readings() {
            let number = |figure: Option<dfg_plan::Figure>| {
                figure
                    .map(|figure| figure.0.to_string())
                    .unwrap_or_default()
            };
            let cells = [
                neutralise(code).into_owned(),
                neutralise(name).into_owned(),
                reading.period.as_str().to_owned(),
                number(reading.value),
                number(reading.lower),
                number(reading.upper),
                number(reading.numerator),
                number(reading.denominator),
                neutralise(reading.status.as_deref().unwrap_or_default()).into_owned(),
            ];
            drop(writer.write_record(cells));
        }
    }
    Ok(csv_answer(&slug, writer.into_inner().unwrap_or_default()))
}

/// An answer that is the CSV of an indicator, with the way to what its columns mean.
pub(super) fn csv_answer(slug: &Slug, text: Vec<u8>) -> Response {
    let metadata = format!(
        "</indicators/{slug}/figures.csv-metadata.json>; rel=\"describedby\"; type=\"application/csvm+json\""
    );
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{slug}.csv\""),
        ),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned()),
        (header::LINK, metadata),
    ];
    (headers, text).into_response()
}

/// An answer that is CSVW metadata.
pub(super) fn metadata_answer(metadata: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/csvm+json; charset=utf-8"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, metadata.to_string()).into_response()
}

/// What a column of a CSV means.
pub(super) fn column(name: &str, datatype: &str, about: &str) -> Value {
    json!({"name": name, "titles": name, "datatype": datatype, "dc:description": about})
}

/// `GET /indicators/{slug}/figures.csv-metadata.json`: what the columns mean.
///
/// <https://www.w3.org/TR/tabular-metadata/>
pub(super) fn metadata(cx: &Cx) -> Result<Response, Fault> {
    let (slug, record) = indicator(cx)?;
    if record.index.is_some() {
        return index::download::metadata(cx, &slug, &record);
    }
    let (_, indicator, standing) = standing(cx)?;
    let state = cx.site.evidence();
    let unit = indicator.unit.as_str();
    Ok(metadata_answer(&json!({
        "@context": "http://www.w3.org/ns/csvw",
        "url": "figures.csv",
        "dc:title": indicator.title,
        "dc:description": indicator.meaning,
        "dc:source": source_line(cx, &state, &standing),
        "tableSchema": {
            "columns": [
                column("area", "string", "The code of the area, or the name of what the region is set beside."),
                column("name", "string", "The name."),
                column("period", "string", "The period, as published."),
                column("value", "decimal", unit),
                column("lower", "decimal", "The lower end of the published interval."),
                column("upper", "decimal", "The upper end of the published interval."),
                column("numerator", "decimal", "What was counted."),
                column("denominator", "decimal", "Out of how many."),
                column("status", "string", "What the publisher says of the figure."),
            ],
            "primaryKey": ["area", "period"],
        },
    })))
}

/// `GET /indicators/{slug}/chart.svg`: the chart with its title and source, to be used elsewhere.
pub(super) fn svg(cx: &Cx) -> Result<Response, Fault> {
    let (slug, text) = drawing(cx)?;
    Ok(picture(&slug, "svg", "image/svg+xml", text.into_bytes()))
}

/// `GET /indicators/{slug}/chart.png`: the same as a picture of dots, for slides and documents.
pub(super) fn png(cx: &Cx) -> Result<Response, Fault> {
    let (slug, text) = drawing(cx)?;
    let dots = wait_for(|| dots::of(&text)).map_err(|cause| {
        tracing::error!(%slug, cause, "a chart cannot be made a picture");
        Fault::missing("picture", &slug)
    })?;
    Ok(picture(&slug, "png", "image/png", dots))
}

fn picture(slug: &Slug, ending: &str, kind: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{slug}.{ending}\""),
        ),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned()),
    ];
    (headers, bytes).into_response()
}

/// The chart of an indicator, as it stands alone.
fn drawing(cx: &Cx) -> Result<(Slug, String), Fault> {
    let (slug, indicator, standing) = standing(cx)?;
    let state = cx.site.evidence();
    let missing = || Fault::missing("chart", &slug);
    let region = standing.region.as_ref().ok_or_else(missing)?;
    let drawn = drawn(&standing);
    let finding = finding(&indicator, &standing);
    let chart = chart::draw(
        "chart",
        &finding,
        &indicator,
        &drawn,
        Some(&region.assessment),
    );
    let chart = chart.ok_or_else(missing)?;
    let end = chart.find("</title>").map_or(0, |at| at + "</title>".len());
    let escape = crate::chart::escape;
    let mut legend = String::new();
    for (place, one) in (0_u16..).zip(&drawn) {
        let x = 10 + 180 * place;
        let _ = write!(
            legend,
            "<path class=\"line {}\" d=\"M{x} 388h34\"/><text x=\"{}\" y=\"394\">{}</text>",
            one.class,
            x + 42,
            escape(one.title)
        );
    }
    let open = chart[..end].replacen(
        "viewBox=\"0 0 720 330\"",
        "xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 -40 720 490\" width=\"1440\" height=\"980\"",
        1,
    );
    let body = chart[end..].trim_end_matches("</svg>");
    let text = format!(
        "{open}<style>{STYLE}</style><rect x=\"0\" y=\"-40\" width=\"720\" height=\"490\" fill=\"#fff\"/>\
         <text class=\"value\" x=\"10\" y=\"-14\">{}, {}</text>{body}{legend}\
         <text class=\"tick\" x=\"10\" y=\"432\">{}</text></svg>",
        escape(&indicator.title),
        escape(&indicator.unit),
        escape(&source_line(cx, &state, &standing)),
    );
    Ok((slug, text))
}
