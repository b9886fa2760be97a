//! What is known of areas beside their figures: the register, made of the datasets that serve as it,
//! and what it says of figures.

use std::collections::{BTreeMap, BTreeSet};

use dfg_plan::{
    Plan, Slug,
    evidence::{Known, Register, register::Change},
    record::Service,
    story::join_and,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    figures::{Input, Tables},
    job::Table,
    kept::{self, Asked, Kept, keep, select},
    runner::Engine,
    state::EvidenceError,
};

/// The file in which it is kept.
const FILE: &str = "areas.json";
/// How many areas a warning names.
const NAMED: usize = 5;

/// The areas that are known: those of the datasets, with the codes that the plan's own had before.
/// Empty where no dataset has them.
pub(crate) fn find(tables: &Tables<'_>, engine: &Engine) -> Result<Kept<Register>, EvidenceError> {
    let (areas, changes) = (
        tables.serving(Service::Areas),
        tables.serving(Service::AreaChanges),
    );
    if areas.is_empty() {
        return Ok(Kept::default());
    }
    let mut asked: Asked<'_> = Vec::new();
    for &(slug, dataset) in &areas {
        let code = dataset.area.as_deref().unwrap_or("area");
        let columns = [code, "name", "level", "parent", "start", "end"];
        asked.push(select(slug, dataset, &columns, ""));
    }
    for &(slug, dataset) in &changes {
        let period = dataset.period.as_deref().unwrap_or("period");
        asked.push(select(slug, dataset, &["old", "new", period], ""));
    }
    let count = areas.len();
    let mut kept = keep(tables, engine, FILE, asked, |mut answers: Vec<Table>| {
        let changes = answers.split_off(count);
        Register::new(
            answers.iter().flat_map(rows).filter_map(area),
            changes.iter().flat_map(rows).filter_map(change),
        )
    })?;
    for area in tables.plan.areas.values() {
        for earlier in &area.earlier_codes {
            let until = i16::try_from(earlier.until).unwrap_or(i16::MAX);
            let code = area.code.as_deref().unwrap_or_default();
            kept.value.add_earlier(&earlier.code, until, code);
        }
    }
    Ok(kept)
}

fn rows(table: &Table) -> impl Iterator<Item = &[Value]> {
    table.rows.iter().map(Vec::as_slice)
}

fn area(row: &[Value]) -> Option<(String, Known)> {
    let known = Known {
        name: kept::text(row, 1)?,
        level: kept::text(row, 2),
        parent: kept::text(row, 3),
        start: kept::text(row, 4).as_deref().and_then(year),
        end: kept::text(row, 5).as_deref().and_then(last_year),
    };
    Some((kept::text(row, 0)?, known))
}

fn change(row: &[Value]) -> Option<Change> {
    Some(Change {
        old: kept::text(row, 0)?,
        new: kept::text(row, 1)?,
        year: year(&kept::text(row, 2)?)?,
    })
}

/// The year of a year or a day.
fn year(text: &str) -> Option<i16> {
    text.get(..4)?.parse().ok()
}

/// The last year at whose end something was that ended in a year or on a day.
fn last_year(text: &str) -> Option<i16> {
    let year = year(text)?;
    let in_the_year = text.len() == 10 && !text.ends_with("-12-31");
    Some(if in_the_year { year - 1 } else { year })
}

/// The years of the boundaries on which datasets stand, with their titles.
fn years<'a>(plan: &'a Plan, inputs: &[Input]) -> BTreeMap<u16, Vec<&'a str>> {
    let mut years: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for input in inputs {
        if let Some(dataset) = plan.datasets.get(&input.dataset)
            && let Some(year) = dataset.boundaries
        {
            years.entry(year).or_default().push(&dataset.title);
        }
    }
    years
}

/// What is to be said of the boundaries on which figures of some areas stand.
pub(crate) fn caveats<'a>(
    plan: &Plan,
    register: &Register,
    inputs: &[Input],
    codes: impl IntoIterator<Item = &'a str>,
) -> Vec<String> {
    let by_year = years(plan, inputs);
    let mut lines = Vec::new();
    if by_year.len() > 1 {
        let each: Vec<String> = by_year
            .iter()
            .map(|(year, titles)| format!("{year} ({})", titles.join("; ")))
            .collect();
        lines.push(format!(
            "The datasets stand on boundaries of different years: {}. Where a boundary moved between them, they do not fit.",
            join_and(&each)
        ));
    }
    let years: BTreeSet<u16> = by_year.into_keys().collect();
    let codes: BTreeSet<&str> = codes.into_iter().collect();
    let of_codes = codes.into_iter();
    lines.extend(of_codes.filter_map(|code| register.caveat(code, &years)));
    lines
}

/// The same in short, for every area that has figures.
pub(crate) fn warnings(
    plan: &Plan,
    register: &Register,
    inputs: &[Input],
    codes: &BTreeSet<&str>,
) -> Vec<String> {
    if !years(plan, inputs).is_empty() {
        let lines = caveats(plan, register, inputs, codes.iter().copied());
        return shorten(lines, |more| format!("{more} more lines like these"));
    }
    let ended = codes.iter().filter_map(|code| {
        let end = register.get(code)?.end?;
        Some(format!("{} with {end}", register.spell(code)))
    });
    let ended: Vec<String> = ended.collect();
    match ended.len() {
        0 => Vec::new(),
        count => vec![format!(
            "{count} of its areas have ended: {}",
            join_and(&shorten(ended, |more| format!("{more} more")))
        )],
    }
}

/// The first of many, and how many more there are.
fn shorten(mut lines: Vec<String>, spell: impl FnOnce(usize) -> String) -> Vec<String> {
    let more = lines.len().saturating_sub(NAMED);
    if more > 1 {
        lines.truncate(NAMED);
        lines.push(spell(more));
    }
    lines
}

/// Codes in the plan that are those of no area: of its own areas, and of comparators.
pub(crate) fn unknown_in(plan: &Plan, register: &Register) -> Vec<String> {
    let fault = |place: String, code: &str| {
        register
            .lacks(code)
            .then(|| format!("{place}: “{code}” is the code of no area that is known"))
    };
    let of_area = |(slug, area): (&Slug, &std::sync::Arc<dfg_plan::record::Area>)| {
        fault(format!("region.toml: area {slug}"), area.code.as_deref()?)
    };
    let mut lines: Vec<String> = plan.areas.iter().filter_map(of_area).collect();
    for (slug, indicator) in &plan.indicators {
        for comparator in &indicator.comparators {
            let codes = comparator.areas.iter().chain(&comparator.without);
            lines.extend(codes.filter_map(|code| {
                let place = format!("indicators/{slug}.toml: comparator {}", comparator.slug);
                fault(place, code)
            }));
        }
    }
    lines
}

/// The areas most alike to each of the region's own, the most alike first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbours {
    /// The dataset that says so.
    pub dataset: Option<Slug>,
    /// The codes of its neighbours, by the code of an area.
    pub of: BTreeMap<String, Vec<String>>,
}

impl Neighbours {
    /// How many of them count: those further down are less and less alike.
    pub const MOST: usize = 10;

    /// The codes of an area's neighbours.
    pub fn of(&self, code: &str) -> &[String] {
        self.of.get(code).map_or(&[], Vec::as_slice)
    }
}

/// The neighbours of areas; none where no dataset has them.
pub(crate) fn find_neighbours<'a>(
    tables: &Tables<'_>,
    engine: &Engine,
    codes: impl IntoIterator<Item = &'a str>,
) -> Result<Kept<Neighbours>, EvidenceError> {
    let serving = tables.serving(Service::Neighbours);
    let Some(&(slug, dataset)) = serving.first() else {
        return Ok(Kept::default());
    };
    let area = dataset.area.as_deref().unwrap_or("area");
    let rest = format!(
        "WHERE {area} IN ({}) AND place <= {} AND neighbour IS NOT NULL ORDER BY {area}, place",
        kept::list(codes),
        Neighbours::MOST,
        area = kept::quote(area),
    );
    let asked = select(slug, dataset, &[area, "neighbour"], &rest);
    keep(tables, engine, "neighbours.json", vec![asked], |answers| {
        let mut of: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in answers.iter().flat_map(rows) {
            if let (Some(area), Some(other)) = (kept::text(row, 0), kept::text(row, 1)) {
                of.entry(area).or_default().push(other);
            }
        }
        Neighbours {
            dataset: Some(slug.clone()),
            of,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_end_with_a_year_or_on_a_day() {
        for (text, last) in [
            ("2022", Some(2022)),
            ("2023-03-31", Some(2022)),
            ("2023-12-31", Some(2023)),
            ("never", None),
            ("", None),
        ] {
            assert_eq!(last_year(text), last, "{text}");
        }
    }
}
