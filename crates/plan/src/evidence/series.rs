//! Readings of an indicator, put in order of their periods.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::period::Period;
use crate::amount::Figure;

/// One value of an indicator for an area and a period, as its SQL gave it.
///
/// Values are in the indicator's unit, numerators and denominators in their own. Figures carry at
/// most eight digits after the point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// The code of the area: `E06000047`.
    pub area: String,
    /// The period.
    pub period: Period,
    /// The part of the population that it speaks of; none for the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breakdown: Option<String>,
    /// The value; none where it was withheld or is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Figure>,
    /// The lower end of its published interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower: Option<Figure>,
    /// The upper end of its published interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<Figure>,
    /// What was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numerator: Option<Figure>,
    /// Out of how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denominator: Option<Figure>,
    /// What the publisher says of it: `provisional`, `low reliability`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

impl Reading {
    /// A reading without value.
    pub fn empty(area: &str, period: Period, breakdown: Option<&str>) -> Self {
        Self {
            area: area.to_owned(),
            period,
            breakdown: breakdown.map(str::to_owned),
            value: None,
            lower: None,
            upper: None,
            numerator: None,
            denominator: None,
            status: None,
        }
    }

    /// The published interval, where both ends are given in order.
    pub fn interval(&self) -> Option<(Figure, Figure)> {
        let (lower, upper) = (self.lower?, self.upper?);
        (lower <= upper).then_some((lower, upper))
    }
}

/// Two readings for the same area, breakdown and period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{area} has two figures for {period}{}", .breakdown.as_deref().map(|part| format!(" ({part})")).unwrap_or_default())]
pub struct Duplicate {
    /// The code of the area.
    pub area: String,
    /// The period.
    pub period: Period,
    /// The breakdown.
    pub breakdown: Option<String>,
}

/// The readings of one area and breakdown, in order of period, none twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Reading>", into = "Vec<Reading>")]
pub struct Series(Vec<Reading>);

impl Series {
    /// Puts readings of one area and breakdown in order.
    pub fn new(mut readings: Vec<Reading>) -> Result<Self, Duplicate> {
        readings.sort_by(|a, b| a.period.cmp(&b.period));
        match readings
            .windows(2)
            .find(|pair| pair[0].period == pair[1].period)
        {
            Some(pair) => Err(Duplicate {
                area: pair[1].area.clone(),
                period: pair[1].period.clone(),
                breakdown: pair[1].breakdown.clone(),
            }),
            None => Ok(Self(readings)),
        }
    }

    /// A series without readings.
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// All readings, the earliest first.
    pub fn readings(&self) -> &[Reading] {
        &self.0
    }

    /// The readings that have a value, the earliest first.
    pub fn valued(&self) -> impl DoubleEndedIterator<Item = (&Reading, Figure)> {
        self.0
            .iter()
            .filter_map(|reading| Some((reading, reading.value?)))
    }

    /// The latest reading that has a value.
    pub fn latest(&self) -> Option<(&Reading, Figure)> {
        self.valued().next_back()
    }

    /// The reading of the very days of a period.
    pub fn at(&self, period: &Period) -> Option<&Reading> {
        let found = self
            .0
            .binary_search_by(|reading| reading.period.cmp(period));
        found.ok().and_then(|index| self.0.get(index))
    }

    /// The reading of a period, or the only one with a value whose days all lie within it.
    pub fn within(&self, period: &Period) -> Option<&Reading> {
        if let Some(reading) = self.at(period) {
            return Some(reading);
        }
        let mut inside = self.valued().map(|(reading, _)| reading).filter(|reading| {
            reading.period.first() >= period.first() && reading.period.last() <= period.last()
        });
        let only = inside.next();
        if inside.next().is_some() { None } else { only }
    }
}

impl TryFrom<Vec<Reading>> for Series {
    type Error = Duplicate;
    fn try_from(readings: Vec<Reading>) -> Result<Self, Duplicate> {
        Self::new(readings)
    }
}

impl From<Series> for Vec<Reading> {
    fn from(series: Series) -> Self {
        series.0
    }
}

/// All readings of an indicator, by area and breakdown. In JSON a plain list of readings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Reading>", into = "Vec<Reading>")]
pub struct SeriesSet(BTreeMap<(String, Option<String>), Series>);

impl SeriesSet {
    /// Puts readings in order of area, breakdown and period.
    pub fn new(readings: Vec<Reading>) -> Result<Self, Duplicate> {
        let mut parts: BTreeMap<_, Vec<Reading>> = BTreeMap::new();
        for reading in readings {
            let key = (reading.area.clone(), reading.breakdown.clone());
            parts.entry(key).or_default().push(reading);
        }
        let series = parts
            .into_iter()
            .map(|(key, readings)| Ok((key, Series::new(readings)?)));
        Ok(Self(series.collect::<Result<_, Duplicate>>()?))
    }

    /// The series of an area and breakdown.
    pub fn get(&self, area: &str, breakdown: Option<&str>) -> Option<&Series> {
        self.0.get(&(area.to_owned(), breakdown.map(str::to_owned)))
    }

    /// Every series, with its area and breakdown.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>, &Series)> {
        self.0
            .iter()
            .map(|((area, breakdown), series)| (area.as_str(), breakdown.as_deref(), series))
    }

    /// Every reading, by area, breakdown and period.
    pub fn readings(&self) -> impl Iterator<Item = &Reading> {
        self.0.values().flat_map(Series::readings)
    }
}

impl TryFrom<Vec<Reading>> for SeriesSet {
    type Error = Duplicate;
    fn try_from(readings: Vec<Reading>) -> Result<Self, Duplicate> {
        Self::new(readings)
    }
}

impl From<SeriesSet> for Vec<Reading> {
    fn from(set: SeriesSet) -> Self {
        set.0.into_values().flat_map(|series| series.0).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A reading with a value; an empty one where the text is empty.
    pub(in crate::evidence) fn reading(area: &str, period: &str, value: &str) -> Reading {
        Reading {
            value: Figure::parse(value),
            ..Reading::empty(area, Period::parse(period).unwrap(), None)
        }
    }

    #[test]
    fn readings_stand_in_order_and_survive_json() {
        let given = vec![
            reading("E2", "2023", "7"),
            reading("E1", "2024-06", "3"),
            reading("E1", "2023 Q1", ""),
            reading("E1", "2023-12", "2.50"),
        ];
        let set = SeriesSet::new(given).unwrap();
        let series = set.get("E1", None).unwrap();
        let periods: Vec<_> = series
            .readings()
            .iter()
            .map(|one| one.period.as_str())
            .collect();
        assert_eq!(periods, ["2023 Q1", "2023-12", "2024-06"]);
        assert_eq!(series.latest().unwrap().1.to_string(), "3");
        assert_eq!(series.valued().count(), 2);
        let json = serde_json::to_string(&set).unwrap();
        assert!(json.contains("\"2.50\""), "as published: {json}");
        assert_eq!(serde_json::from_str::<SeriesSet>(&json).unwrap(), set);
    }

    #[test]
    fn the_same_period_twice_is_an_error_however_it_is_written() {
        let twice = vec![
            reading("E1", "2023", "1"),
            reading("E1", "2023-01 to 2023-12", "1"),
        ];
        let error = SeriesSet::new(twice.clone()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "E1 has two figures for 2023-01 to 2023-12"
        );
        let json = serde_json::to_string(&twice).unwrap();
        assert!(serde_json::from_str::<SeriesSet>(&json).is_err());
    }

    #[test]
    fn a_period_finds_the_only_reading_inside_it() {
        let read = |text| Period::parse(text).unwrap();
        let one = Series::new(vec![reading("E1", "2014-12", "5")]).unwrap();
        assert!(one.within(&read("2014")).is_some());
        let two = Series::new(vec![
            reading("E1", "2014-11", "4"),
            reading("E1", "2014-12", "5"),
        ])
        .unwrap();
        assert!(two.within(&read("2014")).is_none(), "never a guess");
    }
}
