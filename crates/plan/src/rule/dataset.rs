//! Rules of a dataset: what its parts say of its columns.

use std::collections::BTreeSet;

use super::{Faults, nearest};
use crate::record::{ColumnType, Dataset, Service};

/// Adds the faults of a dataset.
pub(super) fn check(dataset: &Dataset, faults: &mut Faults<'_>) {
    if dataset.columns.is_empty() {
        faults.add("columns", "a dataset names the columns that it wants");
    }
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for (index, column) in dataset.columns.iter().enumerate() {
        let path = format!("columns.{index}.name");
        if !is_column_name(&column.name) {
            let message = format!(
                "“{}” is not a column's name: use lower-case letters, digits and underscores, a letter first",
                column.name
            );
            faults.add(&path, message);
        }
        if !names.insert(&column.name) {
            faults.add(&path, format!("two columns are named “{}”", column.name));
        }
        let numeric = matches!(column.holds, ColumnType::Integer | ColumnType::Decimal);
        if !numeric && (column.least.is_some() || column.most.is_some()) {
            let path = format!("columns.{index}.least");
            faults.add(path, "only a number has a least and a greatest value");
        }
        if let (Some(least), Some(most)) = (column.least, column.most)
            && least > most
        {
            let path = format!("columns.{index}.least");
            faults.add(path, "the least value is above the greatest");
        }
        if column.required && column.may_be_missing {
            let path = format!("columns.{index}.required");
            faults.add(
                path,
                "a column that may be missing cannot need a value in every row",
            );
        }
    }
    let mut known = |path: String, name: &str| {
        if !names.contains(name) {
            let message = format!("there is no column “{name}”");
            match nearest(name, names.iter().copied()) {
                Some(near) => faults.add_with_hint(path, message, near.to_owned()),
                None => faults.add(path, message),
            }
        }
    };
    for (field, column) in [("area", &dataset.area), ("period", &dataset.period)] {
        if let Some(column) = column {
            known(field.to_owned(), column);
        }
    }
    for name in dataset.serves.map_or(&[][..], Service::columns) {
        known("serves".to_owned(), name);
    }
    for (index, column) in dataset.key.iter().enumerate() {
        known(format!("key.{index}"), column);
    }
    for (index, keep) in dataset.keep.iter().enumerate() {
        known(format!("keep.{index}.column"), &keep.column);
    }
    if let Some(unpivot) = &dataset.unpivot {
        known("unpivot.name".to_owned(), &unpivot.name);
        known("unpivot.value".to_owned(), &unpivot.value);
        if unpivot.name == unpivot.value {
            faults.add(
                "unpivot.value",
                "the heading and the value need two columns",
            );
        }
    }
    match dataset.serves {
        Some(Service::AreaChanges) if dataset.period.is_none() => faults.add(
            "serves",
            "changes have a time: say with `period` which column holds it",
        ),
        Some(Service::Areas | Service::AreaNames | Service::Neighbours)
            if dataset.area.is_none() =>
        {
            faults.add(
                "serves",
                "areas have codes: say with `area` which column holds them",
            );
        }
        _ => {}
    }
    if dataset.address.is_none() && dataset.file.is_none() {
        faults.add(
            "address",
            "a dataset says where its file comes from: `address`, `file` or both",
        );
    }
    if let Some(address) = &dataset.address
        && !(address.starts_with("https://") || address.starts_with("http://"))
    {
        faults.add("address", "an address begins with https://");
    }
    if dataset.rows_may_change.is_some_and(|share| share > 100) {
        faults.add("rows_may_change", "a share is at most 100 per cent");
    }
}

fn is_column_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    name.len() <= 63
        && bytes.next().is_some_and(|byte| byte.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
