//! What a proposal is to change: a record that is looked for, or something new.

use askama::Template;
use axum::response::Response;
use dfg_plan::{
    Kind, Plan,
    edit::{Deed, Edit},
};

use crate::{
    access::{Ask, FieldError, see_other},
    cx::Link,
    fault::Fault,
    proposal::{Open, answered, open_draft, told::title_of, words::read_key},
    route::html,
    shell::Shell,
};

/// How many records a search shows.
const MOST_FOUND: usize = 30;

/// A record that was found.
pub(crate) struct Found {
    /// Its address here: `activities/slug`.
    pub record: String,
    pub title: String,
    pub kind: &'static str,
}

#[derive(Template)]
#[template(path = "edit/choose.html")]
struct Page {
    shell: Shell,
    ways: Vec<Link>,
    errors: Vec<FieldError>,
    path: String,
    sought: String,
    found: Vec<Found>,
    more: usize,
    kinds: Vec<(&'static str, &'static str)>,
}

/// The kinds of which there can be more than one.
pub(crate) fn kinds_to_add() -> Vec<(&'static str, &'static str)> {
    let mut kinds: Vec<(&str, &str)> = Kind::ALL
        .iter()
        .filter(|kind| !matches!(kind, Kind::Region | Kind::Strategy))
        .map(|kind| (kind.word(), kind.spoken()))
        .collect();
    kinds.sort_by_key(|(_, words)| *words);
    kinds
}

/// The records whose kind or title has every word; and how many more there are.
pub(crate) fn find(plan: &Plan, sought: &str) -> (Vec<Found>, usize) {
    let words: Vec<String> = sought.split_whitespace().map(str::to_lowercase).collect();
    if words.is_empty() {
        return (Vec::new(), 0);
    }
    let mut found: Vec<Found> = plan
        .iter()
        .filter_map(|(key, record)| {
            let title = title_of(plan, &record);
            let text = format!("{} {} {}", title.to_lowercase(), key.slug, key.kind.word());
            words.iter().all(|word| text.contains(word)).then(|| Found {
                record: format!("{}/{}", key.kind.plural(), key.slug),
                title,
                kind: key.kind.spoken(),
            })
        })
        .collect();
    // What people work on stands before figures and ties.
    found.sort_by_key(|one| {
        (
            one.kind != "Activity",
            matches!(one.kind, "Observation" | "Relationship"),
        )
    });
    let more = found.len().saturating_sub(MOST_FOUND);
    found.truncate(MOST_FOUND);
    (found, more)
}

fn page(ask: &Ask, open: &Open, errors: Vec<FieldError>) -> Result<Response, Fault> {
    let sought = ask.query.get("q").unwrap_or_default().trim();
    let (found, more) = find(&ask.plan(), sought);
    let failed = !errors.is_empty();
    let page = html(&Page {
        shell: ask.shell("What should change?").failed(failed),
        ways: open.ways(),
        errors,
        path: open.path(),
        sought: sought.to_owned(),
        found,
        more,
        kinds: kinds_to_add(),
    })?;
    Ok(answered(page, failed))
}

/// `GET /desk/proposals/{proposal}/changes/new`.
pub(super) async fn show(ask: Ask) -> Result<Response, Fault> {
    let open = open_draft(&ask).await?;
    page(&ask, &open, Vec::new())
}

/// `POST /desk/proposals/{proposal}/changes/new`.
pub(super) async fn add(ask: Ask) -> Result<Response, Fault> {
    let open = open_draft(&ask).await?;
    let store = &ask.access.store;
    let head = ask.site.history().head().seq;
    let edit = match (read_key(&ask.plan(), ask.field("record")), ask.field("do")) {
        (Some(key), "withdraw") => Some(Edit::new(key.kind, Some(key.slug), Deed::Withdraw, head)),
        (Some(key), _) => Some(Edit::new(key.kind, Some(key.slug), Deed::Change, head)),
        (None, _) => kinds_to_add()
            .iter()
            .find(|(word, _)| *word == ask.field("add"))
            .and_then(|(word, _)| Kind::from_word(word))
            .map(|kind| Edit::new(kind, None, Deed::Add, head)),
    };
    let Some(edit) = edit else {
        let error = FieldError::new("add", "Choose a record to change, or what is new");
        return page(&ask, &open, vec![error]);
    };
    // One change a record; and the same form sent twice adds one empty record.
    let there = store.edits(open.kept.id).await?.into_iter().find(|kept| {
        let other = &kept.edit;
        match edit.key() {
            Some(key) => other.key() == Some(key),
            None => (other.kind, other.deed) == (edit.kind, edit.deed) && other.saved.is_empty(),
        }
    });
    let id = match there {
        Some(kept) => kept.id,
        None => store.add_edit(open.kept.id, &edit).await?,
    };
    Ok(see_other(&format!("{}/changes/{id}", open.path())))
}
