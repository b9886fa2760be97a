//! Boundaries of the region's areas, from a dataset that has them: one whose table has the columns
//! `area` and `geometry`.

use std::collections::BTreeMap;

use dfg_plan::{Plan, Slug, record::Dataset};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    figures::Tables,
    hash,
    job::{Answer, Job, Limits, Query, QueryJob},
    runner::Engine,
    shelf::{Shelf, ShelfError},
    standing::Areas,
    vintage::Journal,
};

/// The file in which they are kept.
const FILE: &str = "boundaries.json";

/// Boundaries by the code of the area.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Boundaries {
    /// The hash of what they were taken from.
    pub input: String,
    /// The dataset.
    pub dataset: Option<Slug>,
    /// Shapes as GeoJSON geometries, in degrees.
    pub shapes: BTreeMap<String, Value>,
}

/// The boundaries of the region and its parts; none where no dataset has them. What cannot be read
/// is left out: a map is drawn with tiles then.
pub(crate) fn find(
    plan: &Plan,
    areas: &Areas,
    journals: &BTreeMap<Slug, Journal>,
    shelf: &Shelf,
    engine: &Engine,
) -> Result<Boundaries, ShelfError> {
    let has_shapes = |dataset: &Dataset| {
        dataset
            .columns
            .iter()
            .any(|column| column.name == "geometry")
            && dataset.area.is_some()
    };
    let mut with_shapes = plan.datasets.iter().filter(|(_, one)| has_shapes(one));
    let Some((slug, dataset)) = with_shapes.find(|(slug, _)| {
        journals
            .get(*slug)
            .is_some_and(|journal| journal.current().is_some())
    }) else {
        return Ok(Boundaries::default());
    };
    let codes: Vec<&String> = areas
        .region
        .iter()
        .chain(&areas.parts)
        .map(|area| &area.1)
        .collect();
    let table = journals
        .get(slug)
        .and_then(Journal::current)
        .map(|one| &one.table.hash);
    let input = hash::of_value(&(table, &codes));
    if let Some(kept) = shelf.value::<Boundaries>(FILE)?
        && kept.input == input
    {
        return Ok(kept);
    }
    let tables = Tables {
        plan,
        journals,
        shelf,
    };
    let wanted: Vec<String> = codes
        .iter()
        .map(|code| format!("'{}'", code.replace('\'', "''")))
        .collect();
    let job = Job::Query(QueryJob {
        tables: tables.files(&[slug]),
        queries: vec![Query {
            name: "boundaries".to_owned(),
            sql: format!(
                "SELECT \"{}\", geometry FROM {} WHERE \"{}\" IN ({})",
                dataset.area.as_deref().unwrap_or("area"),
                Dataset::table_name(slug),
                dataset.area.as_deref().unwrap_or("area"),
                wanted.join(", ")
            ),
        }],
        limits: Limits::OWN,
    });
    let answer = match engine.run(&job) {
        Ok(Answer::Query { mut answers, .. }) => answers.pop().map(|one| one.outcome),
        _ => None,
    };
    let Some(Ok(found)) = answer else {
        return Ok(Boundaries::default());
    };
    let shape = |row: &Vec<Value>| {
        let code = row.first()?.as_str()?.to_owned();
        let shape = serde_json::from_str(row.get(1)?.as_str()?).ok()?;
        Some((code, shape))
    };
    let boundaries = Boundaries {
        input,
        dataset: Some(slug.clone()),
        shapes: found.rows.iter().filter_map(shape).collect(),
    };
    shelf.keep_value(FILE, &boundaries)?;
    Ok(boundaries)
}
