//! Dates as sources give them: a day, a month or a year.

use std::fmt;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A date as precise as its source: `2019`, `2019-10` or `2019-10-04`.
///
/// A fact with such a date is taken as true from [`PartialDate::last`], the first day on which it
/// is certain: a record is never shown earlier than a source allows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(
    with = "String",
    extend("pattern" = r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$", "format" = "partial-date")
)]
pub struct PartialDate {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
}

/// Why a text is not a date.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("“{text}” is not a date: write 2019, 2019-10 or 2019-10-04")]
pub struct NotADate {
    /// What was given.
    pub text: String,
}

impl PartialDate {
    /// Reads `2019`, `2019-10` or `2019-10-04`; years from 1900 to 2199.
    pub fn parse(text: &str) -> Result<Self, NotADate> {
        Self::read(text).ok_or_else(|| NotADate {
            text: text.chars().take(40).collect(),
        })
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let year = digits(parts.next()?, 4).filter(|year| (1900..2200).contains(year))?;
        let month = match parts.next() {
            None => None,
            Some(part) => Some(i8::try_from(digits(part, 2)?).ok()?),
        };
        let day = match parts.next() {
            None => None,
            Some(part) => Some(i8::try_from(digits(part, 2)?).ok()?),
        };
        if parts.next().is_some() {
            return None;
        }
        Date::new(year, month.unwrap_or(1), day.unwrap_or(1)).ok()?;
        Some(Self { year, month, day })
    }

    /// The first day that the date may mean.
    pub fn first(self) -> Date {
        jiff::civil::date(self.year, self.month.unwrap_or(1), self.day.unwrap_or(1))
    }

    /// The last day that the date may mean.
    pub fn last(self) -> Date {
        match (self.month, self.day) {
            (_, Some(_)) => self.first(),
            (Some(_), None) => self.first().last_of_month(),
            (None, None) => self.first().last_of_year(),
        }
    }

    /// The year.
    pub fn year(self) -> i16 {
        self.year
    }

    /// Whether the source names the day.
    pub fn is_exact(self) -> bool {
        self.day.is_some()
    }
}

fn digits(text: &str, width: usize) -> Option<i16> {
    (text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

impl From<Date> for PartialDate {
    fn from(date: Date) -> Self {
        Self {
            year: date.year(),
            month: Some(date.month()),
            day: Some(date.day()),
        }
    }
}

impl TryFrom<String> for PartialDate {
    type Error = NotADate;
    fn try_from(text: String) -> Result<Self, NotADate> {
        Self::parse(&text)
    }
}

impl From<PartialDate> for String {
    fn from(date: PartialDate) -> Self {
        date.to_string()
    }
}

/// As written in files: `2019-10`.
impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if let Some(month) = self.month {
            write!(f, "-{month:02}")?;
        }
        if let Some(day) = self.day {
            write!(f, "-{day:02}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl PartialOrd for PartialDate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// By the last possible day, then the more precise first.
impl Ord for PartialDate {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |date: &Self| (date.last(), std::cmp::Reverse((date.month, date.day)));
        key(self).cmp(&key(other))
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// As read by people: `4 October 2019`, `October 2019`, `2019`.
pub fn spell_date(date: PartialDate) -> String {
    let month = date
        .month
        .and_then(|month| MONTHS.get(usize::try_from(month).ok()?.checked_sub(1)?));
    match (month, date.day) {
        (Some(month), Some(day)) => format!("{day} {month} {}", date.year),
        (Some(month), None) => format!("{month} {}", date.year),
        _ => date.year.to_string(),
    }
}

/// A full date as read by people: `4 October 2019`.
pub fn spell_day(date: Date) -> String {
    spell_date(date.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_spells_every_precision() {
        for (text, first, last, spelt) in [
            ("2019", "2019-01-01", "2019-12-31", "2019"),
            ("2020-02", "2020-02-01", "2020-02-29", "February 2020"),
            ("2019-10-04", "2019-10-04", "2019-10-04", "4 October 2019"),
        ] {
            let date = PartialDate::parse(text).unwrap();
            assert_eq!(date.first().to_string(), first);
            assert_eq!(date.last().to_string(), last);
            assert_eq!(date.to_string(), text);
            assert_eq!(spell_date(date), spelt);
        }
    }

    #[test]
    fn refuses_what_no_calendar_has() {
        for text in [
            "",
            "19",
            "2019-13",
            "2019-02-30",
            "2019-1",
            "2019-10-4",
            "2019-10-04-01",
            "0001",
            "2019/10",
            "٢٠١٩",
        ] {
            assert!(PartialDate::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn orders_by_certainty() {
        let mut dates =
            ["2020", "2019-12-31", "2020-03", "2019"].map(|text| PartialDate::parse(text).unwrap());
        dates.sort();
        assert_eq!(
            dates.map(|date| date.to_string()),
            ["2019-12-31", "2019", "2020-03", "2020"]
        );
    }
}
