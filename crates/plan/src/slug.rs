//! Slugs: the permanent names of records in files, ledger entries and addresses.

use std::{borrow::Borrow, fmt, sync::Arc};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::record::Kind;

/// The permanent name of a record among its kind, such as `project-gigabit-teesdale`.
///
/// Lower-case letters, digits and single hyphens; parts of a derived slug are joined by a dot.
/// At most [`Slug::MAX`] bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(
    with = "String",
    extend("pattern" = r"^[a-z0-9]+([.-][a-z0-9]+)*$", "maxLength" = 200, "format" = "slug")
)]
pub struct Slug(Arc<str>);

/// Why a text is not a slug.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("“{text}” is not a slug: use lower-case letters, digits and single hyphens")]
pub struct NotASlug {
    /// What was given.
    pub text: String,
}

impl Slug {
    /// The longest slug, in bytes.
    pub const MAX: usize = 200;

    /// Reads a slug as it is written in a file or an address.
    pub fn parse(text: &str) -> Result<Self, NotASlug> {
        let well_formed = text.len() <= Self::MAX
            && !text.is_empty()
            && text.split(['-', '.']).all(|part| {
                !part.is_empty()
                    && part
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            });
        if well_formed {
            Ok(Self(text.into()))
        } else {
            Err(NotASlug {
                text: text.chars().take(80).collect(),
            })
        }
    }

    /// Makes the nearest slug to a free text, or nothing where no letter or digit is left.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut slug = String::new();
        for character in text.chars().flat_map(char::to_lowercase) {
            if character.is_ascii_alphanumeric() {
                slug.push(character);
            } else if !slug.is_empty() && !slug.ends_with('-') && character != '\'' {
                slug.push('-');
            }
            if slug.len() >= Self::MAX - 1 {
                break;
            }
        }
        Self::parse(slug.trim_end_matches('-')).ok()
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The slug that is made from a record's own fields where its kind has no names: a relationship's
/// and an observation's. None where a field that it needs is missing.
pub fn derive_slug(kind: Kind, value: &Map<String, Value>) -> Option<String> {
    let field = |name: &str| value.get(name)?.as_str();
    if kind == Kind::Relationship {
        return Some([field("from")?, field("kind")?, field("to")?].join("."));
    }
    let measure = field("measure").and_then(Slug::from_text);
    let measure = measure.as_ref().map(Slug::as_str);
    let optional = [field("area"), measure, field("published")];
    let parts: Vec<&str> = [field("indicator")?, field("period")?]
        .into_iter()
        .chain(optional.into_iter().flatten())
        .collect();
    Some(parts.join("."))
}

impl TryFrom<String> for Slug {
    type Error = NotASlug;
    fn try_from(text: String) -> Result<Self, NotASlug> {
        Self::parse(&text)
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0.to_string()
    }
}

impl Borrow<str> for Slug {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Slug {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_addresses_can_carry() {
        for (text, good) in [
            ("a", true),
            ("project-gigabit-teesdale", true),
            ("more-jobs.2018-06", true),
            ("5g", true),
            ("", false),
            ("-a", false),
            ("a-", false),
            ("a--b", false),
            ("A", false),
            ("a b", false),
            ("a/b", false),
            ("..", false),
            ("café", false),
        ] {
            assert_eq!(Slug::parse(text).is_ok(), good, "{text:?}");
        }
        assert!(Slug::parse(&"a".repeat(201)).is_err());
    }

    #[test]
    fn makes_slugs_from_titles() {
        let made = |text| Slug::from_text(text).map(String::from);
        assert_eq!(
            made("The region's 5G: a test!").as_deref(),
            Some("the-regions-5g-a-test")
        );
        assert_eq!(made("—"), None);
    }
}
