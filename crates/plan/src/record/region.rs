//! The region and its areas.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{is_default, record, words};
use crate::{date::PartialDate, evidence::SignalRules, slug::Slug, source::Source};

record! {
    /// The place whose strategy it is: `region.toml`.
    pub struct Region {
        required {
            /// The region's name as it stands in a sentence: `the North East`.
            name: String,
            /// The product's name on the site's header: `Digital for Growth`.
            title: String,
            /// The home page's headline: a sentence that says what the region is doing.
            headline: String,
        }
        optional {
            /// A short name for the header: `North East`.
            short_name: Option<String>,
            /// Who answers for the strategy, in words.
            lead_body: Option<String>,
            /// What the place is: the offer, in a paragraph or two of Markdown.
            offer: String,
            /// The region's strengths, presented together.
            strengths: Vec<Strength>,
            /// The indicators shown on the home page, with the sentence each tells.
            headlines: Vec<Headline>,
            /// The heading above the headline figures.
            headlines_title: Option<String>,
            /// What every page says of the site's standing.
            notice: Option<String>,
            /// Language of the texts, as in `en-GB`.
            language: Option<String>,
            /// The site's public address, for feeds and links.
            address: Option<String>,
            /// An address for questions and corrections.
            contact: Option<String>,
            /// How many months may pass from one update on an activity to the next; 3 where left out.
            update_months: Option<u8>,
            /// How many days an update may come late before it is overdue; 14 where left out.
            update_grace_days: Option<u8>,
            /// The hosts from which published files may be fetched: `www.ons.gov.uk`.
            fetch_from: Vec<String>,
            /// When evidence raises a signal; every rule is on where left out.
            signal_rules: Option<SignalRules>,
            /// Past editions that the first import reconstructs.
            editions: Vec<PastEdition>,
            /// Sources.
            sources: Vec<Source>,
        }
    }
}

/// One of the region's strengths.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Strength {
    /// What is strong, in a few words.
    pub title: String,
    /// The figure or fact that shows it, in a sentence.
    pub text: String,
    /// Where the fact comes from.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sources: Vec<Source>,
}

/// An indicator on the home page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Headline {
    /// The indicator.
    pub indicator: Slug,
    /// The finding as a sentence; it must be true of the figures.
    pub sentence: String,
}

/// A past edition that is reconstructed from dated events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PastEdition {
    /// Its title.
    pub title: String,
    /// The date whose state it shows.
    pub date: PartialDate,
    /// Its foreword.
    #[serde(default, skip_serializing_if = "is_default")]
    pub foreword: String,
}

record! {
    /// A place with a code: `[[area]]` in `region.toml`.
    pub struct Area {
        required {
            /// The place's name.
            name: String,
        }
        optional {
            /// Its code in official statistics: `E06000047`.
            code: Option<String>,
            /// Codes that it had before, which figures of that time may carry.
            earlier_codes: Vec<EarlierCode>,
            /// Its level.
            level: Option<AreaLevel>,
            /// The area that it is part of.
            parent: Option<Slug>,
            /// Its tile on the schematic map.
            tile: Option<Tile>,
            /// Sources.
            sources: Vec<Source>,
        }
    }
}

/// A code that an area had before its boundaries or its standing changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EarlierCode {
    /// The code.
    pub code: String,
    /// The last year at whose end it was in use.
    pub until: u16,
}

words! {
    /// The level of an area.
    pub enum AreaLevel {
        /// The whole region.
        Region = "region" / "region",
        /// A local authority.
        LocalAuthority = "local-authority" / "local authority",
        /// A ward or other part of an authority.
        Ward = "ward" / "ward",
    }
}

/// A rectangle on the schematic map's grid; column and row count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tile {
    /// First column.
    #[schemars(range(min = 1, max = 24))]
    pub column: u8,
    /// First row, from the north.
    #[schemars(range(min = 1, max = 24))]
    pub row: u8,
    /// Columns covered.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[schemars(range(min = 1, max = 24))]
    pub width: u8,
    /// Rows covered.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[schemars(range(min = 1, max = 24))]
    pub height: u8,
}

fn one() -> u8 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_one(value: &u8) -> bool {
    *value == 1
}
