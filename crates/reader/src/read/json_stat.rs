//! JSON-stat 2.0: a cube of values as rows, a column for each dimension.
//!
//! <https://json-stat.org/full/>

use std::{fs, path::Path};

use csv::StringRecord;
use serde_json::{Map, Value};

use super::{Sink, cannot_read};

/// The most cells of a cube.
const MOST: usize = 50_000_000;

/// Reads a data set: for each dimension its identifier with the category's code, and with `label`
/// behind it the category's label; then `value` and `status`.
pub(super) fn read(path: &Path, sink: &mut dyn Sink) -> Result<(), String> {
    let text = fs::read(path).map_err(|cause| cannot_read(&cause))?;
    let cube: Value =
        serde_json::from_slice(&text).map_err(|cause| format!("the file is not JSON: {cause}"))?;
    let wrong = |what: &str| format!("the file is not JSON-stat 2.0: {what}");
    let ids: Vec<&str> = cube
        .get("id")
        .and_then(Value::as_array)
        .ok_or_else(|| wrong("`id` is missing"))?
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let sizes: Vec<usize> = cube
        .get("size")
        .and_then(Value::as_array)
        .ok_or_else(|| wrong("`size` is missing"))?
        .iter()
        .filter_map(|size| usize::try_from(size.as_u64()?).ok())
        .collect();
    let cells = sizes
        .iter()
        .try_fold(1_usize, |product, size| product.checked_mul(*size))
        .filter(|cells| *cells <= MOST)
        .ok_or_else(|| wrong("it has too many cells"))?;
    if ids.len() != sizes.len() || ids.is_empty() {
        return Err(wrong("`id` and `size` differ in length"));
    }
    let mut dimensions = Vec::with_capacity(ids.len());
    for (id, size) in ids.iter().zip(&sizes) {
        let category = cube
            .pointer("/dimension")
            .and_then(|dimensions| dimensions.get(*id)?.get("category"))
            .ok_or_else(|| wrong(&format!("the dimension “{id}” has no categories")))?;
        dimensions.push(categories(category, *size).ok_or_else(|| {
            wrong(&format!(
                "the dimension “{id}” does not have {size} categories"
            ))
        })?);
    }
    let values = cube
        .get("value")
        .ok_or_else(|| wrong("`value` is missing"))?;
    let status = cube.get("status");
    let mut headings = Vec::new();
    for id in &ids {
        headings.push((*id).to_owned());
        headings.push(format!("{id} label"));
    }
    headings.extend(["value".to_owned(), "status".to_owned()]);
    sink.row(1, &headings.into())?;
    let mut row = StringRecord::new();
    for cell in 0..cells {
        row.clear();
        let mut rest = cell;
        let mut places = vec![0; sizes.len()];
        for (place, size) in places.iter_mut().zip(&sizes).rev() {
            *place = rest % size;
            rest /= size;
        }
        for (dimension, place) in dimensions.iter().zip(places) {
            let (code, label) = &dimension[place];
            row.push_field(code);
            row.push_field(label);
        }
        row.push_field(&at(values, cell));
        row.push_field(&match status {
            Some(Value::String(one)) => one.clone(),
            Some(many) => at(many, cell),
            None => String::new(),
        });
        sink.row(u64::try_from(cell).unwrap_or(u64::MAX) + 2, &row)?;
    }
    Ok(())
}

/// The codes and labels of a dimension, in order.
fn categories(category: &Value, size: usize) -> Option<Vec<(String, String)>> {
    let empty = Map::new();
    let labels = category
        .get("label")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    let mut codes: Vec<String> = match category.get("index") {
        Some(Value::Array(codes)) => codes
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        Some(Value::Object(places)) => {
            let mut codes: Vec<(u64, &String)> = places
                .iter()
                .filter_map(|(code, place)| Some((place.as_u64()?, code)))
                .collect();
            codes.sort();
            codes.into_iter().map(|(_, code)| code.clone()).collect()
        }
        _ => labels.keys().cloned().collect(),
    };
    if codes.len() < size {
        return None;
    }
    codes.truncate(size);
    let label = |code: String| {
        let label = labels.get(&code).and_then(Value::as_str);
        let label = label.unwrap_or(&code).to_owned();
        (code, label)
    };
    Some(codes.into_iter().map(label).collect())
}

/// The value of a cell: values stand in a list, or by number where most are missing.
fn at(values: &Value, cell: usize) -> String {
    let value = match values {
        Value::Array(list) => list.get(cell),
        Value::Object(sparse) => sparse.get(&cell.to_string()),
        _ => None,
    };
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
