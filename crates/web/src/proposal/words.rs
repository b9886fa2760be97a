//! A proposal's title and reason, and its first change.

use askama::Template;
use axum::response::Response;
use dfg_plan::{
    Act, Key, Kind, Plan, Slug,
    edit::{Deed, Edit},
    proposal::{Proposal, State},
};
use dfg_store::{StoreError, edit::StepTaken};

use super::{answered, open_draft, path};
use crate::{
    access::{Ask, FieldError, see_other},
    cx::Link,
    edit::choose::{self, Found},
    fault::Fault,
    route::html,
    shell::Shell,
};

/// The longest title, in characters.
const LONGEST_TITLE: usize = 200;
/// The longest reason, in characters: it becomes the reason of an entry.
const LONGEST_REASON: usize = 4_000;

#[derive(Template)]
#[template(path = "proposal/words.html")]
struct Page {
    shell: Shell,
    ways: Vec<Link>,
    errors: Vec<FieldError>,
    action: String,
    is_new: bool,
    revision: i64,
    title: String,
    reason: String,
    /// What was looked for, and the records that were found.
    sought: String,
    found: Vec<Found>,
    more: usize,
    /// The record that is to be changed, as `activities/slug`.
    record: String,
    record_title: String,
    kinds: Vec<(&'static str, &'static str)>,
    add: String,
    /// Somebody saved other words since, where that is so.
    theirs: Option<(String, String)>,
}

/// The record that `activities/slug` names.
pub(crate) fn read_key(plan: &Plan, text: &str) -> Option<Key> {
    let (kind, slug) = text.split_once('/')?;
    let key = Key::new(Kind::from_plural(kind)?, Slug::parse(slug).ok()?);
    plan.get(&key).is_some().then_some(key)
}

struct Words<'a> {
    title: &'a str,
    reason: &'a str,
    errors: Vec<FieldError>,
}

fn check<'a>(title: &'a str, reason: &'a str) -> Words<'a> {
    let mut errors = Vec::new();
    let count = title.chars().count();
    if count == 0 {
        errors.push(FieldError::new(
            "title",
            "Enter what you propose, in a few words",
        ));
    } else if count > LONGEST_TITLE {
        let message = format!("The title has {count} characters: at most {LONGEST_TITLE} fit");
        errors.push(FieldError::new("title", &message));
    }
    let count = reason.chars().count();
    if count == 0 {
        errors.push(FieldError::new("reason", "Enter why"));
    } else if count > LONGEST_REASON {
        let message = format!("The reason has {count} characters: at most {LONGEST_REASON} fit");
        errors.push(FieldError::new("reason", &message));
    }
    Words {
        title,
        reason,
        errors,
    }
}

fn new_page(ask: &Ask, words: Words<'_>, record: &str, add: &str) -> Result<Response, Fault> {
    let plan = ask.plan();
    let failed = !words.errors.is_empty();
    let sought = ask.query.get("q").unwrap_or_default().trim();
    let (found, more) = choose::find(&plan, sought);
    let key = read_key(&plan, record);
    let chosen = key.as_ref().and_then(|key| plan.get(key));
    let page = html(&Page {
        shell: ask.shell("Make a proposal").failed(failed),
        ways: vec![
            Link::new("/desk", "Your desk"),
            Link::new("/desk/proposals", "Proposals"),
        ],
        errors: words.errors,
        action: "/desk/proposals/new".to_owned(),
        is_new: true,
        revision: 0,
        title: words.title.to_owned(),
        reason: words.reason.to_owned(),
        sought: sought.to_owned(),
        found,
        more,
        record: if chosen.is_some() {
            record.to_owned()
        } else {
            String::new()
        },
        record_title: chosen.map(|record| record.title()).unwrap_or_default(),
        kinds: choose::kinds_to_add(),
        add: add.to_owned(),
        theirs: None,
    })?;
    Ok(answered(page, failed))
}

/// `GET /desk/proposals/new`.
pub(super) async fn begin(ask: Ask) -> Result<Response, Fault> {
    ask.may(Act::Propose)?;
    let words = Words {
        title: "",
        reason: "",
        errors: Vec::new(),
    };
    let record = ask.query.get("record").unwrap_or_default();
    new_page(&ask, words, record, "")
}

/// `POST /desk/proposals/new`.
pub(super) async fn add(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::Propose)?;
    let words = check(ask.field("title"), ask.field("reason"));
    let (record, add) = (ask.field("record"), ask.field("add"));
    if !words.errors.is_empty() {
        return new_page(&ask, words, record, add);
    }
    let store = &ask.access.store;
    let head = ask.site.history().head().seq;
    let proposal = Proposal {
        title: words.title.to_owned(),
        reason: words.reason.to_owned(),
        made_from: head,
        changes: Vec::new(),
        state: State::Draft,
    };
    // The same form sent twice makes one proposal.
    let same = store.proposals().await?.into_iter().rev().find(|kept| {
        kept.author == me.id.as_str()
            && kept.proposal.state == State::Draft
            && (&kept.proposal.title, &kept.proposal.reason) == (&proposal.title, &proposal.reason)
    });
    if let Some(same) = same {
        return Ok(see_other(&path(same.id)));
    }
    let id = store.add_proposal(me.id.as_str(), &proposal).await?;
    let begun = StepTaken {
        person: me.id.to_string(),
        at: ask.now,
        step: "begun".to_owned(),
        note: String::new(),
    };
    let revision = store.take_step(id, 1, &proposal, &begun).await?;
    tracing::debug!(id, revision, "a proposal was begun");
    let edit = match (read_key(&ask.plan(), record), Kind::from_word(add)) {
        (Some(key), _) => Some(Edit::new(key.kind, Some(key.slug), Deed::Change, head)),
        (None, Some(kind)) => Some(Edit::new(kind, None, Deed::Add, head)),
        (None, None) => None,
    };
    if let Some(edit) = edit {
        let change = store.add_edit(id, &edit).await?;
        return Ok(see_other(&format!("{}/changes/{change}", path(id))));
    }
    Ok(see_other(&path(id)))
}

fn words_page(
    ask: &Ask,
    open: &super::Open,
    words: Words<'_>,
    theirs: Option<(String, String)>,
) -> Result<Response, Fault> {
    let failed = !words.errors.is_empty() || theirs.is_some();
    let page = html(&Page {
        shell: ask.shell("Title and reason").failed(failed),
        ways: open.ways(),
        errors: words.errors,
        action: format!("{}/words", open.path()),
        is_new: false,
        revision: open.kept.revision,
        title: words.title.to_owned(),
        reason: words.reason.to_owned(),
        sought: String::new(),
        found: Vec::new(),
        more: 0,
        record: String::new(),
        record_title: String::new(),
        kinds: Vec::new(),
        add: String::new(),
        theirs,
    })?;
    Ok(answered(page, failed))
}

/// `GET /desk/proposals/{proposal}/words`.
pub(super) async fn ask(ask: Ask) -> Result<Response, Fault> {
    let open = open_draft(&ask).await?;
    let proposal = open.proposal().clone();
    let words = Words {
        title: &proposal.title,
        reason: &proposal.reason,
        errors: Vec::new(),
    };
    words_page(&ask, &open, words, None)
}

/// `POST /desk/proposals/{proposal}/words`.
pub(super) async fn save(ask: Ask) -> Result<Response, Fault> {
    let open = open_draft(&ask).await?;
    let words = check(ask.field("title"), ask.field("reason"));
    if !words.errors.is_empty() {
        return words_page(&ask, &open, words, None);
    }
    let mut proposal = open.proposal().clone();
    if (proposal.title.as_str(), proposal.reason.as_str()) == (words.title, words.reason) {
        return Ok(see_other(&open.path()));
    }
    let theirs = (proposal.title.clone(), proposal.reason.clone());
    if ask.field("revision") != open.kept.revision.to_string() {
        return words_page(&ask, &open, words, Some(theirs));
    }
    words.title.clone_into(&mut proposal.title);
    words.reason.clone_into(&mut proposal.reason);
    let saved = ask
        .access
        .store
        .save_proposal(open.kept.id, open.kept.revision, &proposal)
        .await;
    match saved {
        Ok(_) => Ok(see_other(&open.path())),
        Err(StoreError::Stale { .. }) => words_page(&ask, &open, words, Some(theirs)),
        Err(cause) => Err(cause.into()),
    }
}
