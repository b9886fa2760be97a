//! What a question of a form is.

use dfg_plan::Kind;

/// One question.
#[derive(Clone, Copy)]
pub(crate) struct Field {
    /// The field's name in the record, or within its row.
    pub name: &'static str,
    /// The question.
    pub ask: &'static str,
    /// What helps to answer it; may be empty.
    pub hint: &'static str,
    pub input: Input,
    /// Whether a record, or a row, cannot be without it.
    pub required: bool,
}

/// How a question is answered.
#[derive(Clone, Copy)]
pub(crate) enum Input {
    /// A line of text.
    Line,
    /// A text of several lines.
    Text,
    /// One of a few words.
    Choice(fn() -> Vec<(&'static str, &'static str)>),
    /// Yes, or no where it is left out.
    Yes,
    /// A record of a kind.
    One(Kind),
    /// Records of a kind.
    Many(Kind),
    /// A day, a month or a year.
    Date,
    /// Pounds.
    Money,
    /// A whole number.
    Number,
    /// An exact decimal number.
    Figure,
    /// A list of texts, one on each line.
    Lines,
    /// Several things that belong together.
    Group(&'static [Field]),
    /// The same several things, any number of times; the word for one.
    Rows(&'static str, &'static [Field]),
}

/// Questions that stand on one page.
#[derive(Clone, Copy)]
pub(crate) struct Section {
    /// Its name in addresses.
    pub slug: &'static str,
    /// Its heading.
    pub title: &'static str,
    pub fields: &'static [Field],
}

impl Field {
    pub const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

pub(crate) const fn field(name: &'static str, ask: &'static str, input: Input) -> Field {
    Field {
        name,
        ask,
        hint: "",
        input,
        required: false,
    }
}
