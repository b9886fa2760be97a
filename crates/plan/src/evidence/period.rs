//! Periods as publishers write them: read once, compared by their days, spelt for people.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

use jiff::{Span, ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

use crate::date::{PartialDate, spell_date, spell_day};

/// A span of days as published: `2023`, `2025-01`, `2021 Q3`, `2023/24`, `2022-04 to 2023-03`,
/// `2023-09-01T00:00:00/P1Y`, `2024-05-01`.
///
/// Two periods are equal when they cover the same days, however they are written. They stand in
/// order of their last day, then of their first.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    text: String,
    first: Date,
    last: Date,
}

/// Why a text is not a period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "“{text}” is not a period: write 2023, 2025-01, 2024-05-01, 2021 Q3, 2023/24, \
     2022-04 to 2023-03 or 2023-09-01/P1Y"
)]
pub struct NotAPeriod {
    /// What was given; at most 40 characters of it.
    pub text: String,
}

impl Period {
    /// Reads a period as published; years from 1900 to 2199.
    ///
    /// `2023/24` is the year from April to March, as official statistics of the United Kingdom use
    /// the slash. What has more than one meaning is an error, never a guess.
    pub fn parse(text: &str) -> Result<Self, NotAPeriod> {
        let text = text.trim();
        Self::span(text)
            .filter(|(first, last)| first <= last)
            .map(|(first, last)| Self {
                text: text.to_owned(),
                first,
                last,
            })
            .ok_or_else(|| NotAPeriod {
                text: text.chars().take(40).collect(),
            })
    }

    fn span(text: &str) -> Option<(Date, Date)> {
        if let Ok(date) = PartialDate::parse(text) {
            return Some((date.first(), date.last()));
        }
        if let Some((from, to)) = text.split_once(" to ") {
            let (from, to) = (parse(from)?, parse(to)?);
            // Both ends are as precise: `2022-04 to 2023` leaves its end open to meaning.
            let alike = from.to_string().len() == to.to_string().len();
            return alike.then(|| (from.first(), to.last()));
        }
        if let Some((start, length)) = text.split_once("/P") {
            return interval(start, length);
        }
        if let Some((from, to)) = text.split_once('/') {
            return split_year(from, to);
        }
        let (year, quarter) = text.split_once('Q')?;
        let year = parse(year.trim_end_matches([' ', '-'])).filter(|year| is_year(*year))?;
        let month = match quarter {
            "1" => 1,
            "2" => 4,
            "3" => 7,
            "4" => 10,
            _ => return None,
        };
        let first = Date::new(year.year(), month, 1).ok()?;
        Some((first, before(first, 3.months())?))
    }

    /// The first day.
    pub fn first(&self) -> Date {
        self.first
    }

    /// The last day.
    pub fn last(&self) -> Date {
        self.last
    }

    /// As published.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// In plain words: `2023`, `January 2025`, `the year to August 2024`, `2023 to 2024`,
    /// `July to September 2021`, `1 May 2024`.
    pub fn words(&self) -> String {
        let (first, last) = (self.first, self.last);
        if first == last {
            return spell_day(first);
        }
        let whole_months = first.day() == 1 && last == last.last_of_month();
        if !whole_months {
            return format!("{} to {}", spell_day(first), spell_day(last));
        }
        let months = (i32::from(last.year()) - i32::from(first.year())) * 12
            + i32::from(last.month() - first.month())
            + 1;
        let year_and_month = |date: Date| {
            let text = format!("{:04}-{:02}", date.year(), date.month());
            parse(&text).map_or(text, spell_date)
        };
        match (months, first.month()) {
            (1, _) => year_and_month(first),
            (12, 1) => first.year().to_string(),
            (12, 4) if self.text.contains('/') && !self.text.contains('P') => {
                format!("{} to {}", first.year(), last.year())
            }
            (12, _) => format!("the year to {}", year_and_month(last)),
            _ if first.year() == last.year() => {
                let from = year_and_month(first);
                let month = from.split(' ').next().unwrap_or_default();
                format!("{month} to {}", year_and_month(last))
            }
            _ => format!("{} to {}", year_and_month(first), year_and_month(last)),
        }
    }

    /// With its preposition: `in January 2025`, `on 1 May 2024`.
    pub fn in_words(&self) -> String {
        let preposition = if self.first == self.last { "on" } else { "in" };
        format!("{preposition} {}", self.words())
    }

    /// How many whole years this period lies after another of the same days of the year.
    pub fn years_after(&self, earlier: &Self) -> Option<i16> {
        let day = |date: Date| (date.month(), date.day());
        let years = self.first.year() - earlier.first.year();
        let same = day(self.first) == day(earlier.first)
            && self.last.year() - earlier.last.year() == years
            // The end of February is the same day of each year.
            && (day(self.last) == day(earlier.last)
                || (self.last.month() == earlier.last.month()
                    && self.last == self.last.last_of_month()
                    && earlier.last == earlier.last.last_of_month()));
        (same && years > 0).then_some(years)
    }
}

fn parse(text: &str) -> Option<PartialDate> {
    PartialDate::parse(text).ok()
}

fn is_year(date: PartialDate) -> bool {
    date.first().year() == date.last().year() && date.to_string().len() == 4
}

/// The day before a span after `first` is over.
fn before(first: Date, span: Span) -> Option<Date> {
    first.checked_add(span).ok()?.yesterday().ok()
}

/// An ISO 8601 interval of a start at midnight and a length in one unit: `P1Y`, `P3M`, `P2W`, `P7D`.
fn interval(start: &str, length: &str) -> Option<(Date, Date)> {
    let day = start.strip_suffix("T00:00:00").unwrap_or(start);
    let first = parse(day).filter(|date| date.is_exact())?.first();
    let unit = length.chars().last()?;
    let count = length.strip_suffix(unit)?;
    let count: i64 = (count.len() <= 3 && count.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| count.parse().ok())
        .flatten()
        .filter(|count| *count > 0)?;
    let span = match unit {
        'Y' => count.years(),
        'M' => count.months(),
        'W' => count.weeks(),
        'D' => count.days(),
        _ => return None,
    };
    let last = before(first, span)?;
    (last.year() < 2200).then_some((first, last))
}

/// `2023/24` and `2023/2024`: April to March.
fn split_year(from: &str, to: &str) -> Option<(Date, Date)> {
    let first = parse(from).filter(|date| is_year(*date))?.year();
    let next = (first + 1).to_string();
    (to == next || Some(to) == next.get(2..)).then(|| {
        (
            jiff::civil::date(first, 4, 1),
            jiff::civil::date(first + 1, 3, 31),
        )
    })
}

impl From<PartialDate> for Period {
    fn from(date: PartialDate) -> Self {
        Self {
            text: date.to_string(),
            first: date.first(),
            last: date.last(),
        }
    }
}

impl TryFrom<String> for Period {
    type Error = NotAPeriod;
    fn try_from(text: String) -> Result<Self, NotAPeriod> {
        Self::parse(&text)
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.text
    }
}

/// As published.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Period {
    fn eq(&self, other: &Self) -> bool {
        (self.last, self.first) == (other.last, other.first)
    }
}

impl Eq for Period {}

impl Hash for Period {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.last, self.first).hash(state);
    }
}

impl PartialOrd for Period {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Period {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.last, self.first).cmp(&(other.last, other.first))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_and_spells_what_publishers_write() {
        for (text, first, last, words) in [
            ("2023", "2023-01-01", "2023-12-31", "2023"),
            ("2025-01", "2025-01-01", "2025-01-31", "January 2025"),
            ("2024-05-01", "2024-05-01", "2024-05-01", "1 May 2024"),
            (
                "2021 Q3",
                "2021-07-01",
                "2021-09-30",
                "July to September 2021",
            ),
            (
                "2021-Q1",
                "2021-01-01",
                "2021-03-31",
                "January to March 2021",
            ),
            (
                "2021Q4",
                "2021-10-01",
                "2021-12-31",
                "October to December 2021",
            ),
            ("2023/24", "2023-04-01", "2024-03-31", "2023 to 2024"),
            ("1999/2000", "1999-04-01", "2000-03-31", "1999 to 2000"),
            (
                "2022-04 to 2023-03",
                "2022-04-01",
                "2023-03-31",
                "the year to March 2023",
            ),
            (
                "2021-01 to 2023-12",
                "2021-01-01",
                "2023-12-31",
                "January 2021 to December 2023",
            ),
            (
                "2023-09-01T00:00:00/P1Y",
                "2023-09-01",
                "2024-08-31",
                "the year to August 2024",
            ),
            (
                "2024-02-01/P1M",
                "2024-02-01",
                "2024-02-29",
                "February 2024",
            ),
            (
                "2024-02-05/P1W",
                "2024-02-05",
                "2024-02-11",
                "5 February 2024 to 11 February 2024",
            ),
            (" 2023 ", "2023-01-01", "2023-12-31", "2023"),
        ] {
            let period = Period::parse(text).unwrap();
            assert_eq!(period.first().to_string(), first, "{text}");
            assert_eq!(period.last().to_string(), last, "{text}");
            assert_eq!(period.words(), words, "{text}");
            let json = serde_json::to_string(&period).unwrap();
            let back: Period = serde_json::from_str(&json).unwrap();
            assert_eq!((back.as_str(), &back), (text.trim(), &period));
        }
    }

    #[test]
    fn refuses_what_has_no_one_meaning() {
        for text in [
            "",
            "23",
            "2023-24",
            "2023/25",
            "2023/2025",
            "2023/4",
            "2021 Q5",
            "2021 Q",
            "Q3 2021",
            "2022-04 to 2023",
            "2023 to 2022",
            "2023-09-01T00:00:00/P0Y",
            "2023-09-01/P1Y6M",
            "2023-09/P1Y",
            "2023-09-01T12:00:00/P1Y",
            "2023-09-01/2024-08-31",
            "2199-12-31/P999Y",
            "2023-02-30",
            "[x]",
            "2023/24/25",
            "2023-09-01/P9999999999999Y",
            "2021-01 Q3",
        ] {
            assert!(Period::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_same_days_are_the_same_period() {
        let read = |text| Period::parse(text).unwrap();
        assert_eq!(read("2023"), read("2023-01-01T00:00:00/P1Y"));
        assert_eq!(read("2023/24"), read("2023-04 to 2024-03"));
        assert!(
            read("2023-12") > read("2023"),
            "the later start comes later"
        );
        assert_eq!(read("2024-02").years_after(&read("2023-02")), Some(1));
        assert_eq!(read("2024-02").years_after(&read("2024-01")), None);
        assert_eq!(read("2021").years_after(&read("2023")), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fall(text in "\\PC{0,30}") {
            if let Ok(period) = Period::parse(&text) {
                prop_assert!(period.first() <= period.last());
                prop_assert!(!period.words().is_empty());
            }
        }

        #[test]
        fn every_interval_has_its_length(year in 1900_i16..2190, month in 1_i8..=12, count in 1_i64..40) {
            let text = format!("{year}-{month:02}-01T00:00:00/P{count}M");
            let period = Period::parse(&text).unwrap();
            prop_assert_eq!(
                period.last().tomorrow().unwrap(),
                period.first().checked_add(count.months()).unwrap()
            );
        }
    }
}
