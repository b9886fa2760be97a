//! Entries to put into ledgers.

use dfg_plan::{
    Change, Draft, Hash, Key, Kind, Record, Sealed, Slug,
    change::Action,
    entry::{Entry, Head, canonical},
};
use jiff::{Timestamp, civil::date};

pub const FIRST_FILE: &str = "activities/hub.md";

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

pub fn draft(reason: &str) -> Draft {
    Draft {
        actor: "programme-lead".into(),
        reason: reason.into(),
        ..Draft::default()
    }
}

pub fn seal(draft: Draft, head: Head) -> Sealed {
    let now: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
    draft.seal(head, now, date(2026, 11, 22))
}

/// The first entry: enough of a plan to change.
pub fn first() -> Draft {
    let records = [
        (
            Kind::Region,
            "region",
            r#"{"name":"V","title":"V","headline":"H"}"#,
        ),
        (Kind::Strategy, "strategy", r#"{"title":"S","vision":"V"}"#),
        (
            Kind::Theme,
            "data",
            r##"{"title":"D","promise":"P","colour":"#12436d"}"##,
        ),
        (
            Kind::Activity,
            "hub",
            r#"{"title":"Hub 0","theme":"data","summary":"S"}"#,
        ),
    ];
    let mut first = draft("The plan as it was");
    first.changes = records
        .map(|(kind, name, json)| Change::add(slug(name), Record::from_json(kind, json).unwrap()))
        .into();
    first
}

/// An entry that gives the activity a title.
pub fn retitle(title: &str) -> Draft {
    let mut draft = draft("It has a new name");
    draft.changes = vec![Change {
        key: Key::new(Kind::Activity, slug("hub")),
        on: None,
        action: Action::Set([("title".to_owned(), title.into())].into()),
    }];
    draft
}

/// An entry that adds an activity, about 500 bytes of it.
pub fn add_activity(number: u32) -> Draft {
    let name = format!("activity-{number}");
    let json = format!(
        r#"{{"title":"Activity {number}","theme":"data","summary":"A line of the pipeline that says what it is in a sentence or two.","stage":"delivering","funding_pence":125000000}}"#
    );
    let mut draft = draft("A partner organisation told us of it at the meeting of its group");
    draft.changes = vec![Change::add(
        slug(&name),
        Record::from_json(Kind::Activity, &json).unwrap(),
    )];
    draft
}

/// A change that fits no plan: its record is not there.
pub fn misfit() -> Draft {
    let mut draft = draft("A mistake");
    draft.changes = vec![Change::withdraw(Key::new(Kind::Activity, slug("nowhere")))];
    draft
}

/// Seals drafts one after the other.
pub fn chain(drafts: impl IntoIterator<Item = Draft>) -> Vec<Sealed> {
    chain_after(Head::EMPTY, drafts)
}

pub fn chain_after(mut head: Head, drafts: impl IntoIterator<Item = Draft>) -> Vec<Sealed> {
    drafts
        .into_iter()
        .map(|draft| {
            let sealed = seal(draft, head);
            head = sealed.head();
            sealed
        })
        .collect()
}

/// A ledger of `count` entries: the first, and then new titles.
pub fn titles(count: usize) -> Vec<Sealed> {
    let later = (1..count).map(|number| retitle(&format!("Hub {number}")));
    chain([first()].into_iter().chain(later))
}

/// An entry that only changes files: the texts are its blobs.
pub fn files(changes: &[(&str, Option<&str>)]) -> (Draft, Vec<(Hash, Vec<u8>)>) {
    let mut draft = draft("Files were edited");
    let mut blobs = Vec::new();
    for (path, text) in changes {
        let hash = text.map(|text| {
            let hash = Hash::of(text.as_bytes());
            blobs.push((hash, text.as_bytes().to_vec()));
            hash
        });
        draft.files.insert((*path).to_owned(), hash);
    }
    (draft, blobs)
}

/// The body and hash that an entry would have with another reason.
pub fn reworded(sealed: &Sealed) -> (String, Hash) {
    let entry = Entry {
        reason: "Nothing to see here".into(),
        ..sealed.entry.clone()
    };
    let body = canonical(&serde_json::to_value(&entry).unwrap());
    let hash = Hash::of(body.as_bytes());
    (body, hash)
}
