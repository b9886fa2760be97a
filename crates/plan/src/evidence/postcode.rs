//! Postcodes as people write them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A postcode of the United Kingdom: capitals, with one space before the last three signs. Whether
/// there is such a one is another question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Postcode(Box<str>);

/// A text is no postcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a postcode is one or two letters, a district, a space, a digit and two letters")]
pub struct NotAPostcode;

impl Postcode {
    /// Reads a postcode however its letters and spaces are written.
    pub fn parse(text: &str) -> Result<Self, NotAPostcode> {
        let signs: Vec<char> = text
            .chars()
            .filter(|sign| !sign.is_whitespace())
            .map(|sign| sign.to_ascii_uppercase())
            .collect();
        let split = signs.len().checked_sub(3).ok_or(NotAPostcode)?;
        let (outward, inward) = signs.split_at(split);
        let letters = outward
            .iter()
            .take_while(|sign| sign.is_ascii_uppercase())
            .count();
        let district = &outward[letters..];
        let is_district = match district {
            [first] => first.is_ascii_digit(),
            [first, second] => first.is_ascii_digit() && second.is_ascii_alphanumeric(),
            _ => false,
        };
        let is_inward = matches!(inward, [digit, one, two]
            if digit.is_ascii_digit() && one.is_ascii_uppercase() && two.is_ascii_uppercase());
        if !(matches!(letters, 1 | 2) && is_district && is_inward) {
            return Err(NotAPostcode);
        }
        let (outward, inward): (String, String) =
            (outward.iter().collect(), inward.iter().collect());
        Ok(Self(format!("{outward} {inward}").into()))
    }
}

impl fmt::Display for Postcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postcodes_are_read_however_they_are_written() {
        for (text, read) in [
            ("NE8 1AA", Some("NE8 1AA")),
            (" ne81aa ", Some("NE8 1AA")),
            ("N E 8  1\u{a0}a a", Some("NE8 1AA")),
            ("NE16  5AB", Some("NE16 5AB")),
            ("w1a 1hq", Some("W1A 1HQ")),
            ("DH1\t3le", Some("DH1 3LE")),
            ("M1 1AE", Some("M1 1AE")),
            ("EC1A1BB", Some("EC1A 1BB")),
            ("", None),
            ("NE8", None),
            ("NE8 1A", None),
            ("NE8 11A", None),
            ("8NE 1AA", None),
            ("NE123 1AA", None),
            ("NEX 1AA", None),
            ("ABC1 1AA", None),
            ("NE8 1AÄ", None),
            ("NE8-1AA", None),
            ("'; DROP TABLE", None),
        ] {
            let found = Postcode::parse(text).ok().map(|one| one.to_string());
            assert_eq!(found.as_deref(), read, "{text}");
        }
    }
}
