//! Which column of a file is which of the table: by its heading, never by its place.

use csv::StringRecord;
use dfg_plan::record::Dataset;

use crate::read::{fits, matches, plain, wanted};

/// How alike two headings must be for one to be told as the nearest (Jaro-Winkler).
const ALIKE: f64 = 0.7;
/// The rows within which the row of headings is looked for.
pub(super) const HEAD: usize = 60;

/// Where a column's values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The cell at this place of a row.
    Cell(usize),
    /// The heading of the column that became a row.
    Heading,
    /// The cell of the column that became a row.
    Value,
    /// The file lacks it.
    Missing,
}

/// The layout of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// For each column of the dataset.
    pub(super) origins: Vec<Origin>,
    /// The headings under which they were found.
    pub(super) headings: Vec<Option<String>>,
    /// The columns that become rows: their place and heading.
    pub(super) beside: Vec<(usize, String)>,
}

/// Finds the row of headings among the first rows; gives its place and the layout, else what is
/// wrong.
pub(super) fn find(
    dataset: &Dataset,
    head: &[(u64, StringRecord)],
) -> Result<(usize, Layout), Vec<String>> {
    let wanted = wanted(dataset);
    let place = match dataset.skip {
        Some(skip) => head
            .iter()
            .position(|(number, _)| *number > u64::from(skip)),
        None => best(head, &wanted),
    };
    let Some(place) = place else {
        return Err(vec!["the file has no row of headings".to_owned()]);
    };
    let (number, row) = &head[place];
    lay_out(dataset, *number, row, &wanted).map(|layout| (place, layout))
}

/// The first of the rows that hold most of the headings wanted.
fn best(head: &[(u64, StringRecord)], wanted: &[Vec<String>]) -> Option<usize> {
    let scores: Vec<usize> = head.iter().map(|(_, row)| matches(row, wanted)).collect();
    let most = *scores.iter().max()?;
    scores.iter().position(|score| *score == most)
}

fn lay_out(
    dataset: &Dataset,
    number: u64,
    row: &StringRecord,
    wanted: &[Vec<String>],
) -> Result<Layout, Vec<String>> {
    let found: Vec<String> = row.iter().map(plain).collect();
    let mut layout = Layout::default();
    let mut faults = Vec::new();
    if let Some(unpivot) = &dataset.unpivot {
        let pattern = plain(&unpivot.headings);
        let is_known = |heading: &String| {
            let mut known = wanted.iter().flatten();
            known.any(|one| plain(one) == *heading)
        };
        for (place, heading) in found.iter().enumerate() {
            if !heading.is_empty() && fits(&pattern, heading) && !is_known(heading) {
                let shown = row.get(place).unwrap_or_default().trim();
                layout.beside.push((place, shown.to_owned()));
            }
        }
        if layout.beside.is_empty() {
            faults.push(format!(
                "row {number} has no heading that fits “{}”",
                unpivot.headings
            ));
        }
    }
    for (column, known) in dataset.columns.iter().zip(wanted) {
        let origin = match &dataset.unpivot {
            Some(unpivot) if unpivot.name == column.name => Origin::Heading,
            Some(unpivot) if unpivot.value == column.name => Origin::Value,
            _ => {
                let mut places = known.iter().map(|heading| {
                    let heading = plain(heading);
                    let mut at = found.iter().enumerate().filter(|(_, one)| **one == heading);
                    (at.next().map(|(place, _)| place), at.next().is_some())
                });
                match places.find(|(place, _)| place.is_some()) {
                    Some((Some(place), false)) => Origin::Cell(place),
                    Some((Some(place), true)) => {
                        faults.push(format!(
                            "row {number} has two columns headed “{}”",
                            row.get(place).unwrap_or_default().trim()
                        ));
                        Origin::Missing
                    }
                    _ if column.may_be_missing => Origin::Missing,
                    _ => {
                        faults.push(missing(number, known, row));
                        Origin::Missing
                    }
                }
            }
        };
        layout.headings.push(match origin {
            Origin::Cell(place) => row.get(place).map(|heading| heading.trim().to_owned()),
            _ => None,
        });
        layout.origins.push(origin);
    }
    if faults.is_empty() {
        Ok(layout)
    } else {
        Err(faults)
    }
}

fn missing(number: u64, known: &[String], row: &StringRecord) -> String {
    let names: Vec<String> = known.iter().map(|one| format!("“{one}”")).collect();
    let alike = |heading: &str| {
        let heading = plain(heading);
        let alike = known
            .iter()
            .map(|one| strsim::jaro_winkler(&plain(one), &heading));
        alike.fold(0.0, f64::max)
    };
    let nearest = row
        .iter()
        .map(|heading| (alike(heading), heading.trim()))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|one, two| one.0.total_cmp(&two.0));
    let nearest = nearest.map_or_else(String::new, |(_, heading)| {
        format!("; the nearest is “{heading}”")
    });
    format!(
        "no column is headed {} in row {number}{nearest}",
        names.join(" or ")
    )
}
