//! Areas beside one another, and figures beside what was published before.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    number::figure,
    period::Period,
    series::{Reading, SeriesSet},
};
use crate::{amount::Figure, record::Direction};

/// The fewest values that have a middle worth telling.
const FEWEST: usize = 3;

/// Areas in order of their value at one period, the best first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranking {
    /// The latest period for which every area that has figures has one.
    pub period: Period,
    /// The areas in order.
    pub places: Vec<Place>,
    /// The codes of areas without any figure.
    pub missing: Vec<String>,
}

/// An area's place in a ranking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its rank as in sport: 1, 2, 2, 4.
    pub rank: usize,
    /// Its reading.
    pub reading: Reading,
    /// Its value.
    pub value: Figure,
}

/// Ranks areas at their latest common period: the region among its parts, neighbours or
/// comparators. None where no period is common.
pub fn rank_areas(
    set: &SeriesSet,
    areas: &[String],
    breakdown: Option<&str>,
    direction: Direction,
) -> Option<Ranking> {
    let mut missing = Vec::new();
    let mut counts: BTreeMap<&Period, usize> = BTreeMap::new();
    let mut present = Vec::new();
    for area in areas {
        let series = set.get(area, breakdown);
        match series.filter(|series| series.latest().is_some()) {
            None => missing.push(area.clone()),
            Some(series) => {
                present.push(series);
                for (reading, _) in series.valued() {
                    *counts.entry(&reading.period).or_default() += 1;
                }
            }
        }
    }
    let (&period, _) = counts.iter().rfind(|(_, count)| **count == present.len())?;
    let mut places: Vec<_> = present
        .iter()
        .filter_map(|series| series.at(period))
        .filter_map(|reading| {
            Some(Place {
                rank: 0,
                value: reading.value?,
                reading: reading.clone(),
            })
        })
        .collect();
    places.sort_by(|a, b| match direction {
        Direction::Up => b.value.cmp(&a.value),
        Direction::Down => a.value.cmp(&b.value),
    });
    let mut last = None;
    for (index, place) in places.iter_mut().enumerate() {
        let rank = match last {
            Some((value, rank)) if value == place.value => rank,
            _ => index + 1,
        };
        place.rank = rank;
        last = Some((place.value, rank));
    }
    Some(Ranking {
        period: period.clone(),
        places,
        missing,
    })
}

/// The middle one of several areas' published values at one period: half of them have more, half
/// less. Where an even number has a value, halfway between the two in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Middle {
    /// The value.
    pub value: Figure,
    /// How many areas have a value.
    pub valued: usize,
    /// Of how many.
    pub of: usize,
}

/// The middle of areas' values at a period; none where fewer than three have one.
pub fn middle(set: &SeriesSet, areas: &[String], period: &Period) -> Option<Middle> {
    let value = |area: &String| set.get(area, None)?.at(period)?.value;
    let mut values: Vec<Figure> = areas.iter().filter_map(value).collect();
    if values.len() < FEWEST {
        return None;
    }
    values.sort();
    let half = values.len() / 2;
    let value = if values.len() % 2 == 1 {
        values[half]
    } else {
        let both = values[half - 1].0.checked_add(values[half].0)?;
        figure(both.checked_div(Decimal::TWO)?)
    };
    Some(Middle {
        value,
        valued: values.len(),
        of: areas.len(),
    })
}

/// A figure that a later vintage gives otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// The code of the area.
    pub area: String,
    /// The breakdown.
    pub breakdown: Option<String>,
    /// The period.
    pub period: Period,
    /// The value before; none where it was withheld.
    pub old: Option<Figure>,
    /// The value now; none where it was withdrawn.
    pub new: Option<Figure>,
    /// Whether the value now lies outside the interval published before; none without one.
    pub beyond: Option<bool>,
}

/// What a later vintage gives otherwise for periods that the earlier one had. New periods are no
/// revisions.
pub fn revisions(before: &SeriesSet, after: &SeriesSet) -> Vec<Revision> {
    let changed = before.readings().filter_map(|old| {
        let new = after
            .get(&old.area, old.breakdown.as_deref())
            .and_then(|series| series.at(&old.period))
            .and_then(|reading| reading.value);
        (old.value != new).then(|| Revision {
            area: old.area.clone(),
            breakdown: old.breakdown.clone(),
            period: old.period.clone(),
            old: old.value,
            new,
            beyond: new
                .zip(old.interval())
                .map(|(new, (lower, upper))| new < lower || new > upper),
        })
    });
    changed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::series::tests::reading;

    fn codes(codes: &[&str]) -> Vec<String> {
        codes.iter().map(|code| (*code).to_owned()).collect()
    }

    #[test]
    fn areas_are_ranked_where_all_have_a_figure() {
        let set = SeriesSet::new(vec![
            reading("A", "2022", "5"),
            reading("A", "2023", "6"),
            reading("B", "2022", "7"),
            reading("C", "2022", "7.0"),
            reading("D", "2022", "1"),
            reading("E", "2022", ""),
        ])
        .unwrap();
        let areas = codes(&["A", "B", "C", "D", "E"]);
        let up = rank_areas(&set, &areas, None, Direction::Up).unwrap();
        let order = |ranking: &Ranking| -> Vec<_> {
            let places = ranking.places.iter();
            places
                .map(|one| (one.rank, one.reading.area.clone()))
                .collect()
        };
        assert_eq!(up.period.as_str(), "2022");
        assert_eq!(up.missing, ["E"]);
        assert_eq!(
            order(&up),
            [
                (1, "B".into()),
                (1, "C".into()),
                (3, "A".into()),
                (4, "D".into())
            ]
        );
        let down = rank_areas(&set, &areas, None, Direction::Down).unwrap();
        assert_eq!(order(&down)[0], (1, "D".into()));
        assert_eq!(rank_areas(&set, &codes(&["E"]), None, Direction::Up), None);
    }

    #[test]
    fn the_middle_is_a_median_of_published_values() {
        let set = SeriesSet::new(vec![
            reading("A", "2022", "5"),
            reading("A", "2023", "50"),
            reading("B", "2022", "7.5"),
            reading("C", "2022", "100"),
            reading("D", "2022", "6"),
            reading("E", "2022", ""),
        ])
        .unwrap();
        let at = |areas: &[&str], year| {
            let found = middle(&set, &codes(areas), &Period::parse(year).unwrap())?;
            Some((found.value.to_string(), found.valued, found.of))
        };
        // A mean would be 37.5.
        assert_eq!(at(&["C", "A", "B"], "2022"), Some(("7.5".to_owned(), 3, 3)));
        assert_eq!(
            at(&["A", "B", "C", "D", "E", "F"], "2022"),
            Some(("6.75".to_owned(), 4, 6))
        );
        assert_eq!(at(&["A", "B", "E"], "2022"), None);
        assert_eq!(at(&["A", "B", "C"], "2023"), None);
    }

    #[test]
    fn revisions_are_listed_with_their_weight() {
        let wide = |value, lower, upper| Reading {
            lower: Figure::parse(lower),
            upper: Figure::parse(upper),
            ..reading("A", "2021", value)
        };
        let before = SeriesSet::new(vec![
            wide("5", "4", "6"),
            reading("A", "2022", "7"),
            reading("B", "2022", "9"),
            reading("C", "2022", "3"),
        ])
        .unwrap();
        let after = SeriesSet::new(vec![
            wide("6.1", "5", "7"),
            reading("A", "2022", "7.00"),
            reading("A", "2023", "8"),
            reading("C", "2022", "4"),
        ])
        .unwrap();
        let listed: Vec<_> = revisions(&before, &after)
            .into_iter()
            .map(|one| (one.area, one.new.map(|new| new.to_string()), one.beyond))
            .collect();
        assert_eq!(
            listed,
            [
                ("A".into(), Some("6.1".into()), Some(true)),
                ("B".into(), None, None),
                ("C".into(), Some("4".into()), None),
            ]
        );
    }
}
