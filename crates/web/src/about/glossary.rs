//! The words used here, from the descriptions that stand in the code.

use askama::Template;
use axum::response::Response;
use dfg_plan::{
    Kind,
    record::{self, AreaLevel, Confidence, EventKind, Part, SignalKind, Stage},
    story::capitalise,
};
use schemars::JsonSchema;
use serde_json::Value;

use crate::{cx::Cx, fault::Fault, route::html, shell::Shell};

#[derive(Template)]
#[template(path = "about/glossary.html")]
struct Page {
    shell: Shell,
    groups: Vec<Group>,
}

struct Group {
    anchor: &'static str,
    heading: &'static str,
    words: Vec<Word>,
}

struct Word {
    word: String,
    meaning: String,
}

/// `GET /glossary`.
pub(super) fn show(cx: &Cx) -> Result<Response, Fault> {
    let kinds = Kind::ALL.iter().map(|kind| Word {
        word: kind.spoken().to_owned(),
        meaning: first_sentence(record::schema(*kind).get("description")),
    });
    let more = [
        ("Entry", "One committed set of changes, with a reason."),
        (
            "Ledger",
            "The list of all entries, in which nothing is ever changed or removed.",
        ),
        (
            "Edition",
            "A published point in the ledger, with a number, a title and a date.",
        ),
        ("As of", "The date whose truth you ask for."),
        (
            "Known at",
            "The date whose knowledge you ask for: what this site said then.",
        ),
    ];
    html(&Page {
        shell: cx.shell("One word for each thing"),
        groups: vec![
            Group {
                anchor: "records",
                heading: "What the plan is made of",
                words: kinds.collect(),
            },
            Group {
                anchor: "ledger",
                heading: "How it is kept",
                words: more
                    .map(|(word, meaning)| Word {
                        word: word.to_owned(),
                        meaning: meaning.to_owned(),
                    })
                    .into(),
            },
            Group {
                anchor: "stages",
                heading: "Where an activity stands",
                words: words::<Stage>(),
            },
            Group {
                anchor: "parts",
                heading: "What an organisation does in it",
                words: words::<Part>(),
            },
            Group {
                anchor: "events",
                heading: "What happens to it",
                words: words::<EventKind>(),
            },
            Group {
                anchor: "confidence",
                heading: "How sure its lead is",
                words: words::<Confidence>(),
            },
            Group {
                anchor: "signals",
                heading: "What is seen",
                words: words::<SignalKind>(),
            },
            Group {
                anchor: "levels",
                heading: "How large an area is",
                words: words::<AreaLevel>(),
            },
        ],
    })
}

/// The values of a closed list with what the code says of each.
fn words<T: JsonSchema>() -> Vec<Word> {
    let schema = schemars::schema_for!(T).to_value();
    let values = schema
        .get("oneOf")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    values
        .iter()
        .filter_map(|value| {
            let word = value.get("const").and_then(Value::as_str)?;
            Some(Word {
                word: capitalise(&word.replace('-', " ")),
                meaning: first_sentence(value.get("description")),
            })
        })
        .collect()
}

/// The first sentence of a description, without what only a file's author needs.
fn first_sentence(description: Option<&Value>) -> String {
    let text = description
        .and_then(Value::as_str)
        .unwrap_or_default()
        .replace('`', "");
    let sentence = text.split(". ").next().unwrap_or_default();
    let sentence = sentence
        .split(": ")
        .next()
        .unwrap_or_default()
        .trim_end_matches('.');
    format!("{sentence}.").replace('\n', " ")
}
