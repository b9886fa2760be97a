//! Boundaries of the region's areas, from a dataset that has them: one whose table has the columns
//! `area` and `geometry`.

use std::collections::BTreeMap;

use dfg_plan::{Slug, record::Dataset};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    figures::Tables,
    kept::{Kept, keep, list, quote, select},
    runner::Engine,
    standing::Areas,
    state::EvidenceError,
};

/// The file in which they are kept.
const FILE: &str = "boundaries.json";

/// Boundaries by the code of the area.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Boundaries {
    /// The dataset.
    pub dataset: Option<Slug>,
    /// Shapes as GeoJSON geometries, in degrees.
    pub shapes: BTreeMap<String, Value>,
}

/// The boundaries of the region and its parts; none where no dataset has them. What cannot be read
/// is left out: a map is drawn with tiles then.
pub(crate) fn find(
    tables: &Tables<'_>,
    engine: &Engine,
    areas: &Areas,
) -> Result<Kept<Boundaries>, EvidenceError> {
    let has_shapes = |(slug, dataset): &(&Slug, &Dataset)| {
        dataset.has_column("geometry") && dataset.area.is_some() && !tables.hashes(slug).is_empty()
    };
    let datasets = tables.plan.datasets.iter();
    let mut datasets = datasets.map(|(slug, dataset)| (slug, dataset.as_ref()));
    let Some((slug, dataset)) = datasets.find(has_shapes) else {
        return Ok(Kept::default());
    };
    let area = dataset.area.as_deref().unwrap_or("area");
    let rest = format!("WHERE {} IN ({})", quote(area), list(areas.codes()));
    let asked = select(slug, dataset, &[area, "geometry"], &rest);
    keep(tables, engine, FILE, vec![asked], |answers| {
        let shape = |row: &Vec<Value>| {
            let code = row.first()?.as_str()?.to_owned();
            let shape = serde_json::from_str(row.get(1)?.as_str()?).ok()?;
            Some((code, shape))
        };
        let rows = answers.iter().flat_map(|table| &table.rows);
        Boundaries {
            dataset: Some(slug.clone()),
            shapes: rows.filter_map(shape).collect(),
        }
    })
}
