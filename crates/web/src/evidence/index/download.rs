//! An index's scores as CSV, with what its columns mean (CSVW).

use std::sync::Arc;

use axum::response::Response;
use dfg_evidence::index::IndexStanding;
use dfg_plan::{
    Slug,
    evidence::composite::{Made, Part},
    record::Indicator,
};
use serde_json::json;

use super::standing;
use crate::{
    cx::Cx,
    download::neutralise,
    evidence::download::{column, csv_answer, metadata_answer},
    fault::Fault,
};

fn made(cx: &Cx, slug: &Slug) -> Result<Arc<IndexStanding>, Fault> {
    let found = standing(cx, slug).filter(|standing| standing.made.is_ok());
    found.ok_or_else(|| Fault::missing("scores", slug))
}

/// `GET /indicators/{slug}/figures.csv` of an index: of every area every part, the index first.
pub(in crate::evidence) fn csv(cx: &Cx, slug: &Slug) -> Result<Response, Fault> {
    let standing = made(cx, slug)?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    drop(writer.write_record([
        "area", "name", "part", "title", "level", "weight", "period", "figure", "score", "rank",
        "low", "high",
    ]));
    if let Ok(made) = &standing.made {
        for unit in 0..made.scores.units.len() {
            for row in rows(made, &standing, unit) {
                drop(writer.write_record(row));
            }
        }
    }
    Ok(csv_answer(slug, writer.into_inner().unwrap_or_default()))
}

fn rows(made: &Made, standing: &IndexStanding, unit: usize) -> Vec<[String; 12]> {
    let code = &made.scores.units[unit];
    let number = |rank: Option<u32>| rank.map(|rank| rank.to_string()).unwrap_or_default();
    let each = made.scores.parts.iter().map(|part| {
        let input = made.of.inputs.iter().find(|one| one.indicator == part.slug);
        let figure = input.and_then(|input| input.figures.get(unit).copied().flatten());
        let score = part.scores.get(unit).copied().flatten();
        // How sure a rank is, is known of the index itself.
        let interval = made.sensitivity.intervals.get(unit).copied().flatten();
        let interval = interval.filter(|_| part.level == 0);
        let weight = weight(&made.of.definition.index, &part.slug);
        [
            neutralise(code).into_owned(),
            neutralise(&standing.name(code)).into_owned(),
            part.slug.to_string(),
            neutralise(&part.title).into_owned(),
            part.level.to_string(),
            weight.map(|weight| weight.to_string()).unwrap_or_default(),
            input
                .map(|input| input.period.as_str().to_owned())
                .unwrap_or_default(),
            figure
                .map(|figure| figure.0.to_string())
                .unwrap_or_default(),
            score.map(|score| score.to_string()).unwrap_or_default(),
            number(part.ranks.get(unit).copied().flatten()),
            number(interval.map(|one| one.low)),
            number(interval.map(|one| one.high)),
        ]
    });
    each.collect()
}

/// The weight of a part beside others.
fn weight(whole: &Part, slug: &Slug) -> Option<f64> {
    whole.parts.iter().find_map(|part| {
        if part.slug == *slug {
            Some(part.weight)
        } else {
            weight(part, slug)
        }
    })
}

/// `GET /indicators/{slug}/figures.csv-metadata.json` of an index.
///
/// <https://www.w3.org/TR/tabular-metadata/>
pub(in crate::evidence) fn metadata(
    cx: &Cx,
    slug: &Slug,
    indicator: &Indicator,
) -> Result<Response, Fault> {
    made(cx, slug)?;
    let unit = indicator.unit.as_str();
    Ok(metadata_answer(&json!({
        "@context": "http://www.w3.org/ns/csvw",
        "url": "figures.csv",
        "dc:title": indicator.title,
        "dc:description": indicator.meaning,
        "rdfs:comment": indicator.caveats,
        "tableSchema": {
            "columns": [
                column("area", "string", "The code of the area."),
                column("name", "string", "The name of the area."),
                column("part", "string", "The index itself, a group of its indicators, or an indicator."),
                column("title", "string", "What people read of the part."),
                column("level", "integer", "0 for the index, 1 for what stands directly in it, and so on."),
                column("weight", "decimal", "The weight of the part among those beside it."),
                column("period", "string", "For an indicator: the period of the figure."),
                column("figure", "decimal", "For an indicator: the figure as published."),
                column("score", "double", unit),
                column("rank", "integer", "The rank by this score, the highest first."),
                column("low", "integer", "The best rank, nine times in ten, with weights drawn at random."),
                column("high", "integer", "The last rank, nine times in ten, with weights drawn at random."),
            ],
            "primaryKey": ["area", "part"],
        },
    })))
}
