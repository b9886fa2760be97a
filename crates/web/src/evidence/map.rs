//! The map of an indicator on real boundaries, drawn as SVG; the ranked table beneath carries
//! everything.

use std::fmt::Write as _;

use dfg_evidence::{State, standing::Standing};
use dfg_plan::{Kind, evidence::spell_value, record::Indicator};
use serde_json::Value;

use super::{chart::number, indicator::latest_common};
use crate::{chart::escape, cx::Cx, tile::heat_of};

/// The width of the drawing in units.
const WIDTH: f64 = 720.0;
/// The greatest height.
const TALLEST: f64 = 760.0;
/// Points of a line that lie closer than this, in units, are one.
const NEAR: f64 = 0.8;

/// The width that a label needs, in units.
const ROOM: f64 = 110.0;

/// A map and whom its boundaries come from.
pub(super) struct Map {
    pub svg: String,
    pub attribution: String,
}

/// A ring of points: longitude and latitude, then units of the drawing.
type Ring = Vec<(f64, f64)>;

struct Shape<'a> {
    code: &'a str,
    rings: Vec<Ring>,
}

/// The map of the region's parts; none where the boundaries of one of them are not known.
pub(super) fn of_parts(
    cx: &Cx,
    state: &State,
    indicator: &Indicator,
    standing: &Standing,
) -> Option<Map> {
    let shapes: Option<Vec<Shape<'_>>> = standing
        .parts
        .iter()
        .map(|part| {
            let shape = state.boundaries.shapes.get(&part.code)?;
            Some(Shape {
                code: &part.code,
                rings: read(shape)?,
            })
        })
        .collect();
    let mut shapes = shapes.filter(|shapes| !shapes.is_empty())?;
    let height = project(&mut shapes)?;
    let values = latest_common(standing);
    let shades: Vec<f64> = values.values().map(|value| number(*value)).collect();
    let mut svg = format!(
        "<svg class=\"map\" viewBox=\"0 0 {WIDTH:.0} {height:.0}\" role=\"group\" aria-label=\"Map\">"
    );
    let mut labels = String::new();
    for (shape, part) in shapes.iter().zip(&standing.parts) {
        let value = values.get(shape.code);
        let heat = value.map_or_else(
            || "heat-none".to_owned(),
            |value| format!("heat-{}", heat_of(number(*value), &shades)),
        );
        let words = value.map_or_else(
            || "no figure".to_owned(),
            |value| spell_value(indicator, *value),
        );
        let mut path = String::new();
        for ring in &shape.rings {
            let points: Vec<String> = ring.iter().map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
            let _ = write!(path, "M{}Z", points.join("L"));
        }
        let _ = write!(
            svg,
            "<a href=\"{}\"><path class=\"map__area {heat}\" d=\"{path}\"><title>{}: {}</title></path></a>",
            escape(&cx.href(Kind::Area, &part.slug)),
            escape(&part.name),
            escape(&words),
        );
        // Where there is no room for it, the table has it.
        if let Some((x, y)) = middle(&shape.rings).filter(|_| width(&shape.rings) > ROOM) {
            let _ = write!(
                labels,
                "<text class=\"map__value\" x=\"{x:.0}\" y=\"{y:.0}\">{}</text>",
                escape(&words)
            );
        }
    }
    svg.push_str(&labels);
    svg.push_str("</svg>");
    let dataset = state.boundaries.dataset.as_ref();
    let dataset = dataset.and_then(|slug| cx.view.plan.datasets.get(slug));
    Some(Map {
        svg,
        attribution: dataset
            .and_then(|dataset| dataset.attribution.clone())
            .unwrap_or_default(),
    })
}

/// The rings of a polygon or of several.
fn read(shape: &Value) -> Option<Vec<Ring>> {
    let coordinates = shape.get("coordinates")?.as_array()?;
    let polygons: Vec<&Value> = match shape.get("type")?.as_str()? {
        "Polygon" => vec![shape.get("coordinates")?],
        "MultiPolygon" => coordinates.iter().collect(),
        _ => return None,
    };
    let mut rings = Vec::new();
    for polygon in polygons {
        for ring in polygon.as_array()? {
            let point = |point: &Value| Some((point.get(0)?.as_f64()?, point.get(1)?.as_f64()?));
            rings.push(
                ring.as_array()?
                    .iter()
                    .map(point)
                    .collect::<Option<Ring>>()?,
            );
        }
    }
    Some(rings)
}

/// Turns degrees into units of the drawing; gives its height. Near enough for a region: a degree of
/// longitude is as long as it is in the middle of the map.
fn project(shapes: &mut [Shape<'_>]) -> Option<f64> {
    let points = || shapes.iter().flat_map(|shape| shape.rings.iter().flatten());
    let west = points().map(|point| point.0).fold(f64::MAX, f64::min);
    let east = points().map(|point| point.0).fold(f64::MIN, f64::max);
    let south = points().map(|point| point.1).fold(f64::MAX, f64::min);
    let north = points().map(|point| point.1).fold(f64::MIN, f64::max);
    if !(west < east && south < north && (-90.0..=90.0).contains(&south) && north <= 90.0) {
        return None;
    }
    let squeeze = f64::midpoint(south, north).to_radians().cos();
    let (across, down) = ((east - west) * squeeze, north - south);
    let scale = (WIDTH / across).min(TALLEST / down);
    let shift = (WIDTH - across * scale) / 2.0;
    for ring in shapes.iter_mut().flat_map(|shape| shape.rings.iter_mut()) {
        let mut drawn: Ring = Vec::new();
        for (longitude, latitude) in ring.iter() {
            let point = (
                shift + (longitude - west) * squeeze * scale,
                (north - latitude) * scale,
            );
            let is_near = |last: &(f64, f64)| (last.0 - point.0).hypot(last.1 - point.1) < NEAR;
            if !drawn.last().is_some_and(is_near) {
                drawn.push(point);
            }
        }
        *ring = drawn;
    }
    for shape in shapes.iter_mut() {
        // Rocks and inlets that are smaller than a point.
        shape.rings.retain(|ring| ring.len() > 3);
    }
    Some(down * scale)
}

/// From the westernmost to the easternmost point.
fn width(rings: &[Ring]) -> f64 {
    let across = || rings.iter().flatten().map(|point| point.0);
    across().fold(f64::MIN, f64::max) - across().fold(f64::MAX, f64::min)
}

/// Where a label stands: the middle of the largest ring.
fn middle(rings: &[Ring]) -> Option<(f64, f64)> {
    let area = |ring: &Ring| {
        let next = ring.iter().cycle().skip(1);
        let twice: f64 = ring
            .iter()
            .zip(next)
            .map(|(a, b)| a.0 * b.1 - b.0 * a.1)
            .sum();
        twice / 2.0
    };
    let ring = rings
        .iter()
        .max_by(|one, other| area(one).abs().total_cmp(&area(other).abs()))?;
    let whole = area(ring);
    if whole.abs() < 1.0 {
        return None;
    }
    let next = ring.iter().cycle().skip(1);
    let (x, y) = ring.iter().zip(next).fold((0.0, 0.0), |(x, y), (a, b)| {
        let cross = a.0 * b.1 - b.0 * a.1;
        (x + (a.0 + b.0) * cross, y + (a.1 + b.1) * cross)
    });
    Some((x / (6.0 * whole), y / (6.0 * whole)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shapes_are_projected_without_distortion() {
        // A square of 100 km, near enough, at 55 degrees north.
        let (high, wide) = (0.9, 0.9 / 55.45_f64.to_radians().cos());
        let square = json!({"type": "Polygon", "coordinates": [[
            [-2.0, 55.0], [-2.0 + wide, 55.0], [-2.0 + wide, 55.0 + high], [-2.0, 55.0 + high], [-2.0, 55.0]
        ]]});
        let mut shapes = vec![Shape {
            code: "E1",
            rings: read(&square).unwrap(),
        }];
        let height = project(&mut shapes).unwrap();
        assert!((height - WIDTH).abs() < 1.0, "{height}");
        let (x, y) = middle(&shapes[0].rings).unwrap();
        assert!(
            (x - 360.0).abs() < 1.0 && (y - 360.0).abs() < 1.0,
            "{x} {y}"
        );
    }

    #[test]
    fn what_is_no_shape_draws_no_map() {
        for shape in [
            json!({}),
            json!({"type": "Point", "coordinates": [1, 2]}),
            json!({"type": "Polygon", "coordinates": [[["x", 2]]]}),
            json!({"type": "Polygon", "coordinates": 7}),
        ] {
            assert!(read(&shape).is_none(), "{shape}");
        }
        let flat = json!({"type": "Polygon", "coordinates": [[[1, 2], [1, 2], [1, 2]]]});
        let mut shapes = vec![Shape {
            code: "E1",
            rings: read(&flat).unwrap(),
        }];
        assert!(project(&mut shapes).is_none());
    }
}
