//! The strategy, its themes and their objectives.

use super::record;
use crate::{date::PartialDate, slug::Slug, source::Source};

record! {
    /// The text that people read: `strategy.md`.
    pub struct Strategy {
        required {
            /// Its title.
            title: String,
            /// Where it leads, in a sentence or two.
            vision: String,
        }
        optional {
            /// The organisation that leads it.
            lead: Option<Slug>,
            /// When it was adopted.
            adopted: Option<PartialDate>,
            /// The period's start.
            start: Option<PartialDate>,
            /// The period's end.
            end: Option<PartialDate>,
            /// Sources.
            sources: Vec<Source>,
            /// The text, in Markdown; a paragraph may end with `{#its-anchor}`.
            body: String,
        }
    }
}

record! {
    /// A strand of the strategy: `themes/*.md`.
    pub struct Theme {
        required {
            /// Its title.
            title: String,
            /// What it promises, in a sentence for the home page.
            promise: String,
            /// Its colour, `#1a2b3c`, dark enough for text on a light ground.
            #[schemars(regex(pattern = r"^#[0-9a-f]{6}$"))]
            colour: String,
        }
        optional {
            /// A shorter title for tables.
            short_title: Option<String>,
            /// Its place among the themes, from 1.
            order: u32,
            /// What it is about.
            about: Option<String>,
            /// Why it matters.
            why: Option<String>,
            /// Earlier slugs.
            was: Vec<Slug>,
            /// Sources.
            sources: Vec<Source>,
            /// More about it, in Markdown.
            body: String,
        }
    }
}

record! {
    /// What a theme wants to achieve: `[[objective]]` in the theme's front matter.
    pub struct Objective {
        required {
            /// The objective in a few words.
            title: String,
            /// The theme that it belongs to.
            theme: Slug,
        }
        optional {
            /// The objective in full.
            text: Option<String>,
            /// Its place within the theme, from 1.
            order: u32,
            /// Objectives that this one helps to reach.
            contributes_to: Vec<Slug>,
            /// Earlier slugs.
            was: Vec<Slug>,
            /// Sources.
            sources: Vec<Source>,
        }
    }
}
