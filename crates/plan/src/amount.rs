//! Quantities: money in integer pence, and exact decimals for published figures.

use std::fmt;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount of money in pence, never negative.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(transparent)]
pub struct Pence(#[schemars(range(min = 0))] pub u64);

impl Pence {
    /// Whole pounds, rounded down.
    pub fn pounds(self) -> u64 {
        self.0 / 100
    }
}

/// As people say it: `£581,893`, `£1.5 million`, `£10 billion`.
impl fmt::Display for Pence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pounds = self.pounds();
        let scaled = |unit: u64, name: &str| {
            let value = Decimal::from(pounds) / Decimal::from(unit);
            format!("£{} {name}", value.round_dp(2).normalize())
        };
        match pounds {
            1_000_000_000.. => f.write_str(&scaled(1_000_000_000, "billion")),
            1_000_000.. => f.write_str(&scaled(1_000_000, "million")),
            _ => write!(f, "£{}", group_thousands(&pounds.to_string())),
        }
    }
}

impl std::iter::Sum for Pence {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.fold(0, |sum, amount| sum.saturating_add(amount.0)))
    }
}

/// An exact decimal number as published: `62500`, `77.8`, `-14`.
///
/// Carried as text in files and entries, so that no figure is changed by a float. Files may also
/// write it as a bare number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(
    with = "String",
    extend("pattern" = r"^-?[0-9]{1,20}(\.[0-9]{1,8})?$", "format" = "figure")
)]
pub struct Figure(pub Decimal);

impl Figure {
    /// Reads `62500`, `77.8` or `-14`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        (all_digits(whole, 20) && all_digits(fraction, 8))
            .then(|| text.parse().ok().map(Self))
            .flatten()
    }
}

/// With thousands grouped: `62,500`.
impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        let (sign, digits) = text
            .strip_prefix('-')
            .map_or(("", text.as_str()), |rest| ("−", rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        write!(f, "{sign}{}", group_thousands(whole))?;
        if fraction.is_empty() {
            Ok(())
        } else {
            write!(f, ".{fraction}")
        }
    }
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Whole(i64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Whole(number) => Ok(Self(number.into())),
            Written::Text(text) => Self::parse(&text)
                .ok_or_else(|| serde::de::Error::custom(format!("“{text}” is not a number"))),
        }
    }
}

/// `1234567` as `1,234,567`.
pub fn group_thousands(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_reads_as_people_say_it() {
        for (pence, text) in [
            (0, "£0"),
            (58_189_300, "£581,893"),
            (150_000_000, "£1.5 million"),
            (6_192_000_000, "£61.92 million"),
            (1_000_000_000_000, "£10 billion"),
        ] {
            assert_eq!(Pence(pence).to_string(), text);
        }
    }

    #[test]
    fn figures_stay_as_published() {
        for (text, shown) in [
            ("62500", "62,500"),
            ("77.80", "77.80"),
            ("-14", "−14"),
            ("0.5", "0.5"),
        ] {
            let figure = Figure::parse(text).unwrap();
            assert_eq!(
                serde_json::to_string(&figure).unwrap(),
                format!("\"{text}\"")
            );
            assert_eq!(figure.to_string(), shown);
        }
        for text in ["", "1e5", "+1", ".5", "1.", "NaN", "1,000", "--1"] {
            assert_eq!(Figure::parse(text), None, "{text:?}");
        }
    }
}
