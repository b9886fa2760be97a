//! Questions laid out for a page.

use dfg_plan::{Kind, Plan};

use super::{
    field::{Field, Input},
    value::{Misread, TAKE_OUT, Texts, YES, count_rows},
};

/// From this many records on, many are chosen from lists instead of boxes.
const MOST_BOXES: usize = 14;
/// From this many words on, one is chosen from a list.
const MOST_RADIOS: usize = 8;

/// A piece of a form, in the order of the page.
pub(crate) enum Block {
    /// Questions that belong together begin.
    Open {
        id: String,
        legend: String,
        hint: String,
        error: String,
        is_row: bool,
    },
    /// They end.
    Close,
    Control(Control),
    /// A button that saves and brings more empty rows.
    More {
        field: String,
        word: String,
    },
}

/// One question with its answer so far.
pub(crate) struct Control {
    pub id: String,
    pub name: String,
    pub label: String,
    pub hint: String,
    pub error: String,
    pub kind: Look,
    pub value: String,
    pub lines: usize,
    pub choices: Vec<Choice>,
}

/// How a question looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Line,
    Short,
    Text,
    Select,
    Radios,
    Boxes,
    Box,
}

impl Control {
    pub fn is(&self, word: &str) -> bool {
        word == match self.kind {
            Look::Line => "line",
            Look::Short => "short",
            Look::Text => "text",
            Look::Select => "select",
            Look::Radios => "radios",
            Look::Boxes => "boxes",
            Look::Box => "box",
        }
    }

    /// The ids that tell more about the question, for `aria-describedby`.
    pub fn described(&self) -> String {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.id));
        let error = (!self.error.is_empty()).then(|| format!("{}-error", self.id));
        hint.into_iter().chain(error).collect::<Vec<_>>().join(" ")
    }
}

/// An answer to choose.
pub(crate) struct Choice {
    pub value: String,
    pub words: String,
    pub chosen: bool,
}

/// Lays questions out.
pub(crate) struct Layout<'a> {
    /// The records that can be named.
    pub plan: &'a Plan,
    pub texts: &'a Texts,
    pub faults: &'a [Misread],
    /// The field that gets more empty rows.
    pub more: &'a str,
}

impl Layout<'_> {
    /// A question at the top of a form.
    pub fn field(&self, field: &Field) -> Vec<Block> {
        let mut blocks = Vec::new();
        self.push(field, field.name, false, &mut blocks);
        blocks
    }

    fn error(&self, place: &str) -> String {
        let mut faults = self.faults.iter();
        faults
            .find(|fault| fault.place == place)
            .map_or_else(String::new, |fault| fault.message.clone())
    }

    fn push(&self, field: &Field, place: &str, in_row: bool, blocks: &mut Vec<Block>) {
        let open = |legend: String, id: String, hint: &str, is_row| Block::Open {
            error: self.error(&id),
            id,
            legend,
            hint: hint.to_owned(),
            is_row,
        };
        match field.input {
            Input::Group(fields) => {
                blocks.push(open(
                    field.ask.to_owned(),
                    place.to_owned(),
                    field.hint,
                    in_row,
                ));
                for part in fields {
                    self.push(part, &format!("{place}.{}", part.name), true, blocks);
                }
                blocks.push(Block::Close);
            }
            Input::Rows(word, fields) => {
                let there = count_rows(self.texts, place);
                let blank = if self.more == place { 3 } else { 1 };
                blocks.push(open(
                    field.ask.to_owned(),
                    place.to_owned(),
                    field.hint,
                    false,
                ));
                for row in 0..there + blank {
                    let at = format!("{place}.{row}");
                    let legend = if row < there {
                        format!("{word} {}", row + 1)
                    } else {
                        format!("{word} {}: new", row + 1)
                    };
                    blocks.push(open(legend, at.clone(), "", true));
                    for part in fields {
                        self.push(part, &format!("{at}.{}", part.name), true, blocks);
                    }
                    if row < there {
                        blocks.push(Block::Control(Control {
                            id: format!("{at}.{TAKE_OUT}"),
                            name: format!("{at}.{TAKE_OUT}"),
                            label: format!("Take out {} {}", word.to_lowercase(), row + 1),
                            hint: String::new(),
                            error: String::new(),
                            kind: Look::Box,
                            value: "yes".to_owned(),
                            lines: 0,
                            choices: Vec::new(),
                        }));
                    }
                    blocks.push(Block::Close);
                }
                if !in_row {
                    blocks.push(Block::More {
                        field: place.to_owned(),
                        word: word.to_lowercase(),
                    });
                }
                blocks.push(Block::Close);
            }
            Input::Many(kind) => self.push_many(field, place, kind, blocks),
            _ => blocks.push(Block::Control(self.control(field, place, in_row))),
        }
    }

    fn push_many(&self, field: &Field, place: &str, kind: Kind, blocks: &mut Vec<Block>) {
        let chosen: Vec<&str> = (0..count_rows(self.texts, place))
            .filter_map(|row| self.texts.get(&format!("{place}.{row}")))
            .map(String::as_str)
            .collect();
        let records = self.records(kind);
        let errors = self
            .faults
            .iter()
            .find(|fault| dfg_plan::edit::is_within(&fault.place, place));
        let error = errors.map_or_else(String::new, |fault| fault.message.clone());
        if records.len() <= MOST_BOXES {
            let is_chosen = |value: &str| chosen.contains(&value);
            blocks.push(Block::Control(Control {
                id: place.to_owned(),
                name: place.to_owned(),
                label: field.ask.to_owned(),
                hint: field.hint.to_owned(),
                error,
                kind: Look::Boxes,
                value: String::new(),
                lines: 0,
                choices: with_unlisted(records, &chosen, is_chosen),
            }));
            return;
        }
        blocks.push(Block::Open {
            id: place.to_owned(),
            legend: field.ask.to_owned(),
            hint: field.hint.to_owned(),
            error,
            is_row: false,
        });
        let blank = if self.more == place { 5 } else { 2 };
        for row in 0..chosen.len() + blank {
            let value = chosen.get(row).copied().unwrap_or_default();
            blocks.push(Block::Control(Control {
                id: format!("{place}.{row}"),
                name: place.to_owned(),
                label: format!("{} {}", kind.spoken(), row + 1),
                hint: String::new(),
                error: self.error(&format!("{place}.{row}")),
                kind: Look::Select,
                value: String::new(),
                lines: 0,
                choices: with_none("None", self.records(kind), value),
            }));
        }
        blocks.push(Block::More {
            field: place.to_owned(),
            word: kind.word().to_owned(),
        });
        blocks.push(Block::Close);
    }

    fn control(&self, field: &Field, place: &str, in_row: bool) -> Control {
        let value = self.texts.get(place).cloned().unwrap_or_default();
        let none = if field.required {
            "Choose one"
        } else {
            "Not said"
        };
        let (kind, choices) = match field.input {
            Input::Text => (Look::Text, Vec::new()),
            Input::Lines => (Look::Text, Vec::new()),
            Input::Date | Input::Money | Input::Number | Input::Figure => (Look::Short, Vec::new()),
            Input::Choice(words) => {
                let words = words();
                let is_short = words.len() <= MOST_RADIOS && !in_row;
                let words = words
                    .into_iter()
                    .map(|(word, words)| (word.to_owned(), dfg_plan::story::capitalise(words)))
                    .collect();
                if is_short {
                    let mut choices = with_none(none, words, &value);
                    if field.required {
                        choices.remove(0);
                    }
                    (Look::Radios, choices)
                } else {
                    (Look::Select, with_none(none, words, &value))
                }
            }
            Input::Yes => {
                let yes = vec![(YES.to_owned(), "Yes".to_owned())];
                (Look::Select, with_none("No", yes, &value))
            }
            Input::One(kind) => {
                let none = if field.required { "Choose one" } else { "None" };
                (Look::Select, with_none(none, self.records(kind), &value))
            }
            _ => (Look::Line, Vec::new()),
        };
        let lines = value.lines().map(|line| 1 + line.len() / 70).sum::<usize>();
        Control {
            id: place.to_owned(),
            name: place.to_owned(),
            label: field.ask.to_owned(),
            hint: field.hint.to_owned(),
            error: self.error(place),
            kind,
            lines: lines.clamp(3, 24),
            value,
            choices,
        }
    }

    /// The records of a kind with their names, in order of name.
    fn records(&self, kind: Kind) -> Vec<(String, String)> {
        let mut records: Vec<(String, String)> = self
            .plan
            .of_kind(kind)
            .into_iter()
            .map(|(slug, record)| (slug.to_string(), record.title()))
            .collect();
        records.sort_by_cached_key(|(_, title)| title.to_lowercase());
        records
    }
}

/// The choices, after one for nothing.
fn with_none(none: &str, words: Vec<(String, String)>, value: &str) -> Vec<Choice> {
    let nothing = Choice {
        value: String::new(),
        words: none.to_owned(),
        chosen: value.is_empty(),
    };
    let chosen: &[&str] = if value.is_empty() { &[] } else { &[value] };
    let mut choices = vec![nothing];
    choices.extend(with_unlisted(words, chosen, |other| other == value));
    choices
}

/// The choices, and what was chosen but is no longer among them: it is not dropped in silence.
fn with_unlisted(
    words: Vec<(String, String)>,
    chosen: &[&str],
    is_chosen: impl Fn(&str) -> bool,
) -> Vec<Choice> {
    let unlisted = chosen
        .iter()
        .filter(|value| !words.iter().any(|(word, _)| word == *value))
        .map(|value| Choice {
            value: (*value).to_owned(),
            words: format!("{value} (not in the plan)"),
            chosen: true,
        });
    let unlisted: Vec<Choice> = unlisted.collect();
    words
        .into_iter()
        .map(|(value, words)| Choice {
            chosen: is_chosen(&value),
            value,
            words,
        })
        .chain(unlisted)
        .collect()
}
