//! The words used here, with the meanings that stand beside them in the code.
//!
//! Kinds and closed lists are read from the schemas that the types themselves make, so a word
//! cannot be on a page and not in the code, or the other way round.

use askama::Template;
use axum::response::Response;
use dfg_plan::{
    Kind,
    record::{
        self, AreaLevel, Confidence, Direction, EventKind, GroupKind, OrganisationKind, Part,
        RelationshipKind, ResponseKind, SignalKind, Stage, Trend,
    },
    story::{Label, capitalise},
};
use schemars::JsonSchema;
use serde_json::Value;

use crate::{
    cx::{Cx, Link},
    fault::Fault,
    route::html,
    shell::Shell,
};

#[derive(Template)]
#[template(path = "about/glossary.html")]
struct Page {
    shell: Shell,
    lede: String,
    contents: Vec<Link>,
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
    let groups = groups();
    let all: usize = groups.iter().map(|group| group.words.len()).sum();
    html(&Page {
        shell: cx.shell("One word for each thing"),
        lede: format!(
            "These {all} words mean the same on pages, in addresses, in files and in the code."
        ),
        contents: groups
            .iter()
            .map(|group| Link::new(format!("#{}", group.anchor), group.heading))
            .collect(),
        groups,
    })
}

fn groups() -> Vec<Group> {
    let kinds = Kind::ALL.iter().map(|kind| Word {
        word: kind.spoken().to_owned(),
        meaning: first_sentence(record::schema(*kind).get("description")),
    });
    let spelt = |pairs: &[(&str, &str)]| -> Vec<Word> {
        let pairs = pairs.iter();
        pairs
            .map(|(word, meaning)| Word {
                word: (*word).to_owned(),
                meaning: (*meaning).to_owned(),
            })
            .collect()
    };
    let labels = LABELS.iter().map(|label| Word {
        word: label.words().to_owned(),
        meaning: label_meaning(*label).to_owned(),
    });
    let of = |anchor, heading, words| Group {
        anchor,
        heading,
        words,
    };
    vec![
        of("records", "What the plan is made of", kinds.collect()),
        of("stages", "Where an activity stands", words(Stage::words)),
        of(
            "parts",
            "What an organisation does in an activity",
            words(Part::words),
        ),
        of(
            "events",
            "What happens to an activity",
            words(EventKind::words),
        ),
        of(
            "confidence",
            "How sure the lead of an activity is",
            words(Confidence::words),
        ),
        of("trends", "Which way that is going", words(Trend::words)),
        of("signals", "What is seen", words(SignalKind::words)),
        of(
            "responses",
            "What is done about it",
            words(ResponseKind::words),
        ),
        of(
            "organisations",
            "Sorts of organisation",
            words(OrganisationKind::words),
        ),
        of(
            "ties",
            "What ties two organisations",
            words(RelationshipKind::words),
        ),
        of("groups", "Sorts of group", words(GroupKind::words)),
        of(
            "directions",
            "Which way an indicator should go",
            words(Direction::words),
        ),
        of("levels", "Sorts of area", words(AreaLevel::words)),
        of("changes", "What a change does", labels.collect()),
        of("ledger", "How the plan is kept", spelt(&LEDGER)),
    ]
}

/// Words of the ledger and its two times, which are no closed list.
const LEDGER: [(&str, &str); 5] = [
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

/// The labels of changes, the weightiest first.
const LABELS: [Label; 17] = [
    Label::Stopped,
    Label::Paused,
    Label::Finished,
    Label::Started,
    Label::Slipped,
    Label::BroughtForward,
    Label::Moved,
    Label::Decided,
    Label::New,
    Label::Recorded,
    Label::Answered,
    Label::Measured,
    Label::Happened,
    Label::Renamed,
    Label::Reworded,
    Label::Changed,
    Label::Withdrawn,
];

/// What a label says of a change; a label without a meaning does not compile.
fn label_meaning(label: Label) -> &'static str {
    match label {
        Label::Stopped => "An activity ended early.",
        Label::Paused => "An activity was put on hold.",
        Label::Finished => "An activity is done.",
        Label::Started => "An activity is under way.",
        Label::Slipped => "An activity's end moved later.",
        Label::BroughtForward => "An activity's end moved earlier.",
        Label::Moved => "An activity's stage changed in another way.",
        Label::Decided => "A body decided something.",
        Label::New => "A record is new.",
        Label::Recorded => {
            "A record is there for the first time; no source says that it began in this time."
        }
        Label::Answered => "A signal got a response.",
        Label::Measured => "A new figure was published.",
        Label::Happened => "Something happened.",
        Label::Renamed => "A record goes by another slug.",
        Label::Reworded => "A text changed.",
        Label::Changed => "Something else changed.",
        Label::Withdrawn => "A record left the plan.",
    }
}

/// The values of a closed list as people read them, with what the code says of each.
fn words<T: JsonSchema + serde::de::DeserializeOwned>(
    spoken: impl Fn(T) -> &'static str,
) -> Vec<Word> {
    let schema = schemars::schema_for!(T).to_value();
    let values = schema.get("oneOf").and_then(Value::as_array);
    values
        .into_iter()
        .flatten()
        .filter_map(|value| {
            let word: T = serde_json::from_value(value.get("const")?.clone()).ok()?;
            Some(Word {
                word: capitalise(spoken(word)),
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
        .replace('`', "")
        .replace('\n', " ");
    let sentence = text.split(". ").next().unwrap_or_default();
    // After a colon stands the file that holds the record: `activities/*.md`.
    let names_file = |text: &str| {
        let ends = [".md", ".toml", ".csv"];
        text.contains(['/', '*', '[']) || ends.iter().any(|end| text.contains(end))
    };
    let sentence = match sentence.split_once(": ") {
        Some((before, after)) if names_file(after) => before,
        _ => sentence,
    };
    format!("{}.", sentence.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn heading(anchor: &str) -> Vec<Word> {
        let mut groups = groups().into_iter();
        let group = groups.find(|group| group.anchor == anchor);
        group.map(|group| group.words).unwrap_or_default()
    }

    #[test]
    fn every_word_of_the_code_is_here_with_a_meaning() {
        let spoken = |words: &[&str]| words.iter().map(|w| capitalise(w)).collect::<Vec<_>>();
        macro_rules! all {
            ($type:ident) => {
                spoken(&$type::ALL.iter().map(|one| one.words()).collect::<Vec<_>>())
            };
        }
        for (anchor, expected) in [
            ("stages", all!(Stage)),
            ("parts", all!(Part)),
            ("events", all!(EventKind)),
            ("confidence", all!(Confidence)),
            ("trends", all!(Trend)),
            ("signals", all!(SignalKind)),
            ("responses", all!(ResponseKind)),
            ("organisations", all!(OrganisationKind)),
            ("ties", all!(RelationshipKind)),
            ("groups", all!(GroupKind)),
            ("directions", all!(Direction)),
            ("levels", all!(AreaLevel)),
        ] {
            let words: Vec<String> = heading(anchor).into_iter().map(|one| one.word).collect();
            assert_eq!(words, expected, "{anchor}");
        }
        assert_eq!(heading("records").len(), Kind::ALL.len());
        for group in groups() {
            for word in group.words {
                assert!(word.meaning.len() > 5, "{}: {}", word.word, word.meaning);
                assert!(!word.meaning.contains(['*', '`', '[']), "{}", word.meaning);
            }
        }
    }

    #[test]
    fn labels_are_all_there_in_their_order() {
        let mut sorted = LABELS.to_vec();
        sorted.sort();
        assert_eq!(sorted, LABELS, "in the order in which changes are told");
        let words: BTreeSet<&str> = LABELS.iter().map(|label| label.words()).collect();
        assert_eq!(words.len(), LABELS.len(), "none twice");
        let last = LABELS.last().copied();
        assert_eq!(last.map(|label| label as usize), Some(LABELS.len() - 1));
    }
}
