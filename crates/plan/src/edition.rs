//! Editions: published points in the ledger.

use std::{fmt, str::FromStr};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A published state of the strategy: the entries up to `through`, as true on `as_of`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// Its name: `1`, or `r1` for one reconstructed from dated sources.
    pub id: EditionId,
    /// Its title.
    pub title: String,
    /// Its foreword, in Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub foreword: String,
    /// The date whose state it shows.
    pub as_of: Date,
    /// The last entry that it includes.
    pub through: u64,
}

/// The name of an edition. Reconstructed ones come before all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum EditionId {
    /// Reconstructed from dated sources: `r1`, `r2`…
    Reconstructed(u32),
    /// Published by this system: `1`, `2`…
    Published(u32),
}

impl EditionId {
    /// Whether it was reconstructed.
    pub fn is_reconstructed(self) -> bool {
        matches!(self, Self::Reconstructed(_))
    }

    /// In words: `edition 1`, `reconstructed edition 2`.
    pub fn words(self) -> String {
        match self {
            Self::Reconstructed(number) => format!("reconstructed edition {number}"),
            Self::Published(number) => format!("edition {number}"),
        }
    }
}

/// Why a text does not name an edition.
#[derive(Debug, thiserror::Error)]
#[error("“{0}” does not name an edition: write 1, or r1 for a reconstructed one")]
pub struct NotAnEdition(String);

impl FromStr for EditionId {
    type Err = NotAnEdition;
    fn from_str(text: &str) -> Result<Self, NotAnEdition> {
        let (digits, reconstructed) = text
            .strip_prefix('r')
            .map_or((text, false), |digits| (digits, true));
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        match digits.parse() {
            Ok(number) if plain && reconstructed => Ok(Self::Reconstructed(number)),
            Ok(number) if plain => Ok(Self::Published(number)),
            _ => Err(NotAnEdition(text.chars().take(40).collect())),
        }
    }
}

impl TryFrom<String> for EditionId {
    type Error = NotAnEdition;
    fn try_from(text: String) -> Result<Self, NotAnEdition> {
        text.parse()
    }
}

impl From<EditionId> for String {
    fn from(id: EditionId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for EditionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reconstructed(number) => write!(f, "r{number}"),
            Self::Published(number) => write!(f, "{number}"),
        }
    }
}
