//! Where each part of a record stands in its file.

use std::ops::Range;

/// The place of a value and of everything in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spot {
    /// Bytes of the value.
    pub value: Range<usize>,
    /// Bytes of its key; of the value itself where it has none.
    pub key: Range<usize>,
    /// How it is written, for words about a wrong type.
    pub written: Written,
    /// What is in it, by key or by index.
    parts: Vec<(String, Spot)>,
}

/// How a value is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Written {
    #[default]
    Text,
    Whole,
    Decimal,
    Date,
    Switch,
    List,
    Table,
}

impl Written {
    /// In words: `a whole number`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Whole => "a whole number",
            Self::Decimal => "a number with a fraction",
            Self::Date => "a date",
            Self::Switch => "true or false",
            Self::List => "a list",
            Self::Table => "a table",
        }
    }
}

impl Spot {
    /// A value without a key.
    pub fn new(value: Range<usize>, written: Written) -> Self {
        Self {
            key: value.clone(),
            value,
            written,
            parts: Vec::new(),
        }
    }

    /// Adds a part.
    pub fn add(&mut self, name: impl Into<String>, spot: Spot) {
        self.parts.push((name.into(), spot));
    }

    /// The part with a name, where there is one.
    pub fn part(&self, name: &str) -> Option<&Spot> {
        // Lists are by index and in order, which spares long ones a search.
        if let Ok(index) = name.parse::<usize>()
            && let Some((found, spot)) = self.parts.get(index)
            && found == name
        {
            return Some(spot);
        }
        self.parts
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, spot)| spot)
    }

    /// Takes a part out.
    pub fn take(&mut self, name: &str) -> Option<Spot> {
        let at = self.parts.iter().position(|(found, _)| found == name)?;
        Some(self.parts.remove(at).1)
    }

    /// Takes the items of a list out, in order.
    pub fn into_parts(self) -> Vec<Spot> {
        self.parts.into_iter().map(|(_, spot)| spot).collect()
    }

    /// The part at a path such as `owners.2.organisation`, where the file has it.
    pub fn at(&self, path: &str) -> Option<&Spot> {
        split_path(path).try_fold(self, Spot::part)
    }

    /// The innermost part on the way to a path that the file has.
    pub fn nearest(&self, path: &str) -> &Spot {
        let mut spot = self;
        for name in split_path(path) {
            match spot.part(name) {
                Some(part) => spot = part,
                None => break,
            }
        }
        spot
    }
}

fn split_path(path: &str) -> impl Iterator<Item = &str> {
    path.split('.').filter(|name| !name.is_empty())
}
