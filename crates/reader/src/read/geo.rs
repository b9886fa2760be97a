//! Boundaries as GeoJSON (RFC 7946) and TopoJSON: properties as columns, the shape as GeoJSON text
//! in the column `geometry`.

use std::{collections::BTreeSet, fs, path::Path};

use csv::StringRecord;
use serde_json::{Value, json};

use super::{Sink, cannot_read};

/// The most names that properties may have together.
const MOST_NAMES: usize = 1_000;

/// Reads a collection of features.
pub(super) fn read_geojson(path: &Path, sink: &mut dyn Sink) -> Result<(), String> {
    let collection = parse(path)?;
    let features = collection
        .get("features")
        .and_then(Value::as_array)
        .ok_or("the file is not GeoJSON: `features` is missing")?;
    let shape = |feature: &Value| Ok(feature.get("geometry").map(Value::to_string));
    hand_over(features, shape, sink)
}

/// The name that stands for every layer.
const EVERY: &str = "*";

/// Reads a layer of a topology; the only one where none is named. Of every layer, `layer` says in which
/// one a shape stands.
pub(super) fn read_topojson(
    path: &Path,
    layer: Option<&str>,
    sink: &mut dyn Sink,
) -> Result<(), String> {
    let topology = parse(path)?;
    let wrong = |what: &str| format!("the file is not TopoJSON: {what}");
    let layers = topology
        .get("objects")
        .and_then(Value::as_object)
        .ok_or_else(|| wrong("`objects` is missing"))?;
    let names: Vec<&str> = layers.keys().map(String::as_str).collect();
    let wanted = match layer {
        Some(EVERY) => names.as_slice(),
        Some(name) => &[name],
        None => match names.as_slice() {
            only @ [_] => only,
            _ => {
                return Err(format!(
                    "the file has several layers: say which with `sheet`: {}",
                    names.join(", ")
                ));
            }
        },
    };
    let mut geometries = Vec::new();
    for name in wanted {
        let object = layers.get(*name).ok_or_else(|| {
            format!(
                "the file has no layer “{name}”; it has {}",
                names.join(", ")
            )
        })?;
        let shapes = object
            .get("geometries")
            .and_then(Value::as_array)
            .ok_or_else(|| wrong("the layer is no collection"))?;
        geometries.extend(shapes.iter().cloned().map(|shape| {
            if layer == Some(EVERY) {
                named(shape, name)
            } else {
                shape
            }
        }));
    }
    let arcs = decode_arcs(&topology).ok_or_else(|| wrong("its arcs cannot be read"))?;
    let shape = |geometry: &Value| {
        let kind = geometry.get("type").and_then(Value::as_str).unwrap_or("");
        let lines = geometry.get("arcs").unwrap_or(&Value::Null);
        let coordinates = match kind {
            "Polygon" => rings(lines, &arcs),
            "MultiPolygon" => lines
                .as_array()
                .and_then(|parts| parts.iter().map(|part| rings(part, &arcs)).collect()),
            "LineString" => line(lines, &arcs),
            _ => None,
        };
        match coordinates {
            Some(coordinates) => Ok(Some(
                json!({"type": kind, "coordinates": coordinates}).to_string(),
            )),
            None if geometry.get("type").is_none_or(Value::is_null) => Ok(None),
            None => Err(wrong(&format!("a shape of type “{kind}” cannot be read"))),
        }
    };
    hand_over(&geometries, shape, sink)
}

/// A shape with the layer in which it stands among its properties.
fn named(mut shape: Value, layer: &str) -> Value {
    if let Some(properties) = shape.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert("layer".to_owned(), Value::from(layer));
    }
    shape
}

fn parse(path: &Path) -> Result<Value, String> {
    let text = fs::read(path).map_err(|cause| cannot_read(&cause))?;
    serde_json::from_slice(&text).map_err(|cause| format!("the file is not JSON: {cause}"))
}

/// Hands over features: a column for each property that any of them has.
fn hand_over(
    features: &[Value],
    shape: impl Fn(&Value) -> Result<Option<String>, String>,
    sink: &mut dyn Sink,
) -> Result<(), String> {
    let properties = |feature: &Value| {
        feature
            .get("properties")
            .and_then(Value::as_object)
            .cloned()
    };
    let mut names = BTreeSet::new();
    for feature in features {
        names.extend(
            properties(feature)
                .into_iter()
                .flatten()
                .map(|(name, _)| name),
        );
        if names.len() > MOST_NAMES {
            return Err(format!(
                "the features have more than {MOST_NAMES} properties"
            ));
        }
    }
    let mut headings: Vec<&str> = names.iter().map(String::as_str).collect();
    headings.push("geometry");
    sink.row(1, &StringRecord::from(headings))?;
    for (number, feature) in (2..).zip(features) {
        let properties = properties(feature).unwrap_or_default();
        let text = |name: &String| match properties.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let mut row: Vec<String> = names.iter().map(text).collect();
        row.push(shape(feature)?.unwrap_or_default());
        sink.row(number, &StringRecord::from(row))?;
    }
    Ok(())
}

type Point = [f64; 2];

/// The arcs in degrees: undone from steps and scale where the topology is quantised.
fn decode_arcs(topology: &Value) -> Option<Vec<Vec<Point>>> {
    let pair = |value: &Value| Some([value.get(0)?.as_f64()?, value.get(1)?.as_f64()?]);
    let transform = match topology.get("transform") {
        Some(transform) => Some((
            pair(transform.get("scale")?)?,
            pair(transform.get("translate")?)?,
        )),
        None => None,
    };
    let arcs = topology.get("arcs")?.as_array()?.iter();
    arcs.map(|arc| {
        let mut at = [0.0, 0.0];
        let points = arc.as_array()?.iter();
        points
            .map(|point| {
                let point = pair(point)?;
                Some(match transform {
                    Some((scale, translate)) => {
                        at = [at[0] + point[0], at[1] + point[1]];
                        [0, 1].map(|axis| at[axis] * scale[axis] + translate[axis])
                    }
                    None => point,
                })
            })
            .collect()
    })
    .collect()
}

fn rings(value: &Value, arcs: &[Vec<Point>]) -> Option<Value> {
    let rings = value.as_array()?.iter();
    rings.map(|ring| line(ring, arcs)).collect()
}

/// Arcs put end to end; a negative number is an arc walked backwards.
fn line(value: &Value, arcs: &[Vec<Point>]) -> Option<Value> {
    let mut points: Vec<Point> = Vec::new();
    for number in value.as_array()? {
        let number = number.as_i64()?;
        let place = if number < 0 { !number } else { number };
        let arc = arcs.get(usize::try_from(place).ok()?)?;
        // The first point of an arc is the last of the one before.
        let skip = usize::from(!points.is_empty());
        if number < 0 {
            points.extend(arc.iter().rev().skip(skip));
        } else {
            points.extend(arc.iter().skip(skip));
        }
    }
    let rounded = |degrees: f64| (degrees * 1e6).round() / 1e6;
    let points = points
        .iter()
        .map(|[x, y]| json!([rounded(*x), rounded(*y)]));
    Some(points.collect())
}
