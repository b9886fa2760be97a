//! Where the region's postcodes lie, from a dataset that has them: made once of its table, looked up
//! without the engine.

use std::collections::{BTreeMap, BTreeSet};

use dfg_plan::{PartialDate, Slug, evidence::Postcode, record::Service};
use serde::{Deserialize, Serialize};

use crate::{
    figures::Tables,
    job::Table,
    kept::{self, Kept, keep, list, quote, select},
    runner::Engine,
    standing::Areas,
    state::EvidenceError,
};

/// Where postcodes lie.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Postcodes {
    /// The dataset that says so.
    pub dataset: Option<Slug>,
    /// In order of postcode.
    rows: Vec<Row>,
    /// Where those lie that are in the same place.
    spots: Vec<Spot>,
    /// The names of small areas, by code.
    names: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Row {
    postcode: Postcode,
    spot: usize,
    /// As published; none where it is in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<Box<str>>,
}

/// The codes of the areas in which a postcode lies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Spot {
    authority: String,
    ward: Option<String>,
    neighbourhood: Option<String>,
}

/// A small area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Small<'a> {
    /// Its code.
    pub code: &'a str,
    /// Its name, where a dataset has it.
    pub name: Option<&'a str>,
}

/// Where a postcode lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Found<'a> {
    /// The code of its local authority.
    pub authority: &'a str,
    /// Its ward.
    pub ward: Option<Small<'a>>,
    /// Its neighbourhood.
    pub neighbourhood: Option<Small<'a>>,
    /// Whether it is in use no more; with the date, where that can be read.
    pub ended: Option<Option<PartialDate>>,
}

impl Postcodes {
    /// Whether there are any.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Where a postcode lies; none where the region has no such one.
    pub fn find(&self, postcode: &Postcode) -> Option<Found<'_>> {
        let place = self
            .rows
            .binary_search_by(|row| row.postcode.cmp(postcode))
            .ok()?;
        let row = self.rows.get(place)?;
        let spot = self.spots.get(row.spot)?;

        Some(Found {
            authority: &spot.authority,
            ward: spot.ward.as_deref().map(|code| self.small(code)),
            neighbourhood: spot.neighbourhood.as_deref().map(|code| self.small(code)),
            ended: row.ended.as_deref().map(day),
        })
    }

    fn small<'a>(&'a self, code: &'a str) -> Small<'a> {
        let name = self.names.get(code).map(String::as_str);
        Small { code, name }
    }
}

/// The date of a text like `2019-04` or `201904`.
fn day(text: &str) -> Option<PartialDate> {
    let digits = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = if digits {
        format!("{}-{}", &text[..4], &text[4..])
    } else {
        text.to_owned()
    };
    PartialDate::parse(&text).ok()
}

/// The postcodes of the region's areas; none where no dataset has them.
pub(crate) fn find(
    tables: &Tables<'_>,
    engine: &Engine,
    areas: &Areas,
) -> Result<Kept<Postcodes>, EvidenceError> {
    let serving = tables.serving(Service::Postcodes);
    let Some(&(slug, dataset)) = serving.first() else {
        return Ok(Kept::default());
    };
    let own = list(areas.parts.iter().map(|part| part.1.as_str()));
    let columns = ["postcode", "authority", "ward", "neighbourhood", "ended"];
    let rest = format!("WHERE {} IN ({own})", quote("authority"));
    let mut asked = vec![select(slug, dataset, &columns, &rest)];
    for (slug, dataset) in tables.serving(Service::AreaNames) {
        let area = dataset.area.as_deref().unwrap_or("area");
        asked.push(select(slug, dataset, &[area, "name"], ""));
    }
    keep(tables, engine, "postcodes.json", asked, |answers| {
        made(slug, &answers)
    })
}

fn made(slug: &Slug, answers: &[Table]) -> Postcodes {
    let mut spots: BTreeMap<Spot, usize> = BTreeMap::new();
    let mut rows = Vec::new();
    for row in answers.first().iter().flat_map(|table| &table.rows) {
        let (Some(postcode), Some(authority)) = (kept::text(row, 0), kept::text(row, 1)) else {
            continue;
        };
        let Ok(postcode) = Postcode::parse(&postcode) else {
            continue;
        };
        let spot = Spot {
            authority,
            ward: kept::text(row, 2),
            neighbourhood: kept::text(row, 3),
        };
        let count = spots.len();
        rows.push(Row {
            postcode,
            spot: *spots.entry(spot).or_insert(count),
            ended: kept::text(row, 4).map(String::into_boxed_str),
        });
    }
    // Of two rows of one postcode the one that is in use counts.
    rows.sort_by(|one, other| {
        let order = |row: &Row| row.ended.is_some();
        one.postcode
            .cmp(&other.postcode)
            .then(order(one).cmp(&order(other)))
    });
    rows.dedup_by(|later, first| later.postcode == first.postcode);
    let mut in_order: Vec<(Spot, usize)> = spots.into_iter().collect();
    in_order.sort_by_key(|(_, place)| *place);
    let spots: Vec<Spot> = in_order.into_iter().map(|(spot, _)| spot).collect();
    let small: BTreeSet<&String> = spots
        .iter()
        .flat_map(|spot| spot.ward.iter().chain(&spot.neighbourhood))
        .collect();
    let named = answers.iter().skip(1).flat_map(|table| &table.rows);
    let names = named
        .filter_map(|row| Some((kept::text(row, 0)?, kept::text(row, 1)?)))
        .filter(|(code, _)| small.contains(code))
        .collect();
    Postcodes {
        dataset: Some(slug.clone()),
        rows,
        spots,
        names,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn table(rows: Value) -> Table {
        Table {
            rows: serde_json::from_value(rows).unwrap(),
            ..Table::default()
        }
    }

    #[test]
    fn a_postcode_is_found_with_the_names_of_its_areas() {
        let slug = Slug::parse("postcodes").unwrap();
        let answers = [
            table(json!([
                ["SR1 1AE", "E08000024", "E05001158", "E01008836", null],
                ["NE8 1AA", "E08000037", null, null, null],
                ["SR1 1AA", "E08000024", "E05001158", "E01008703", "199912"],
                ["NE8 1AA", "E08000037", "E05001067", null, "198001"],
                ["no postcode", "E08000024", null, null, null],
            ])),
            table(json!([["E05001158", "Hendon"], ["E05009999", "Elsewhere"]])),
        ];
        let made = made(&slug, &answers);
        // What is kept is what is read again.
        let text = serde_json::to_string(&made).unwrap();
        let postcodes: Postcodes = serde_json::from_str(&text).unwrap();
        assert_eq!(postcodes, made);
        assert_eq!((postcodes.len(), postcodes.names.len()), (3, 1));
        let find = |text| postcodes.find(&Postcode::parse(text).unwrap());
        let hendon = Small {
            code: "E05001158",
            name: Some("Hendon"),
        };
        assert_eq!(
            find("sr11ae"),
            Some(Found {
                authority: "E08000024",
                ward: Some(hendon),
                neighbourhood: Some(Small {
                    code: "E01008836",
                    name: None
                }),
                ended: None,
            })
        );
        let ended = find("SR1 1AA").unwrap().ended;
        assert_eq!(ended, Some(PartialDate::parse("1999-12").ok()));
        assert_eq!(find("NE8 1AA").unwrap().ended, None, "it came back");
        assert_eq!(find("SR1 1AB"), None);
    }
}
