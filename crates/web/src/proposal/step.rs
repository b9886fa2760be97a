//! Steps with a proposal: check it, hand it in, take it back or away, recommend it, talk about it.

use askama::Template;
use axum::response::Response;
use dfg_plan::{
    Act, Fault as Rule, Slug,
    change::Action,
    edit::{Deed, Edit},
    history::FoldError,
    proposal::{Proposal, State, Step, StepError, effect},
    story::capitalise,
};
use dfg_store::{StoreError, edit::StepTaken};

use super::{
    Open, Part, answered,
    one::EffectView,
    open, open_draft, parts, path,
    told::{Told, tell_changes},
    with_changes,
};
use crate::{
    access::{Ask, see_other},
    cx::Link,
    edit::section,
    fault::Fault,
    route::html,
    shell::Shell,
};

/// The longest comment, in characters.
const LONGEST_COMMENT: usize = 10_000;

#[derive(Template)]
#[template(path = "proposal/check.html")]
struct CheckPage {
    shell: Shell,
    ways: Vec<Link>,
    faults: Vec<Link>,
    title: String,
    reason: Vec<String>,
    path: String,
    revision: i64,
    told: Vec<Told>,
    effect: Option<EffectView>,
}

#[derive(Template)]
#[template(path = "proposal/withdraw.html")]
struct WithdrawPage {
    shell: Shell,
    ways: Vec<Link>,
    path: String,
    revision: i64,
}

/// What keeps a draft from being handed in, each with the page where it is put right.
fn hindrances(ask: &Ask, open: &Open, parts: &[Part]) -> (Proposal, Vec<Link>) {
    let history = ask.site.history();
    let proposal = with_changes(open.proposal(), parts, history.head().seq);
    let mut found = Vec::new();
    for part in parts {
        let edit = &part.kept.edit;
        if part.is_stale {
            found.push(Link::new(
                format!("{}/merge", part.path()),
                format!(
                    "{}: it has changed since you began. Compare the two",
                    part.title
                ),
            ));
            continue;
        }
        for misread in &part.built.misread {
            let href = section::href_of(&part.path(), edit.kind, &misread.place);
            found.push(Link::new(
                href,
                format!("{}: {}", part.title, misread.message),
            ));
        }
        if part.built.misread.is_empty() && part.built.change.is_none() {
            let words = format!("{}: nothing would change", part.title);
            found.push(Link::new(part.path(), words));
        }
    }
    if parts.is_empty() {
        let words = "Add at least one change";
        found.push(Link::new(format!("{}/changes/new", open.path()), words));
    }
    if found.is_empty() {
        match effect(&history, &proposal, ask.today()) {
            Ok(effect) => found.extend(
                effect
                    .faults
                    .iter()
                    .map(|fault| rule_link(open, parts, fault)),
            ),
            Err(fault) => found.push(Link::new(open.path(), misfit(&fault))),
        }
    }
    (proposal, found)
}

/// A broken rule, with the page of the answer that breaks it.
fn rule_link(open: &Open, parts: &[Part], fault: &Rule) -> Link {
    let part = parts
        .iter()
        .find(|part| part.kept.edit.key().as_ref() == Some(&fault.key));
    let message = capitalise(&fault.message);
    match part {
        Some(part) => Link::new(
            section::href_of(&part.path(), part.kept.edit.kind, &fault.path),
            format!("{}: {message}", part.title),
        ),
        None => Link::new(
            format!("{}/changes/new", open.path()),
            format!(
                "{} “{}”: {message}",
                capitalise(fault.key.kind.word()),
                fault.key.slug
            ),
        ),
    }
}

pub(super) fn misfit(fault: &FoldError) -> String {
    format!("The change of {} does not fit: {}", fault.key, fault.cause)
}

fn check_page(ask: &Ask, open: &Open, parts: &[Part], tried: bool) -> Result<Response, Fault> {
    let history = ask.site.history();
    let (proposal, faults) = hindrances(ask, open, parts);
    let done = effect(&history, &proposal, ask.today()).ok();
    let page = html(&CheckPage {
        shell: ask.shell("Check your proposal").failed(tried),
        ways: open.ways(),
        title: proposal.title.clone(),
        reason: paragraphs(&proposal.reason),
        path: open.path(),
        revision: open.kept.revision,
        told: tell_changes(&history, &proposal.changes, proposal.made_from),
        effect: done.map(|effect| EffectView::new(&history.current(), &effect)),
        faults,
    })?;
    Ok(answered(page, tried))
}

/// A text in paragraphs.
pub(super) fn paragraphs(text: &str) -> Vec<String> {
    text.replace("\r\n", "\n")
        .split("\n\n")
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

/// `GET /desk/proposals/{proposal}/check`.
pub(super) async fn check(ask: Ask) -> Result<Response, Fault> {
    let open = open_draft(&ask).await?;
    let parts = parts(&ask, open.kept.id).await?;
    check_page(&ask, &open, &parts, false)
}

/// Takes a step and goes back to the proposal's page. One that was taken already is no fault.
async fn take(
    ask: &Ask,
    open: &Open,
    mut proposal: Proposal,
    step: Step,
    note: &str,
) -> Result<Response, Fault> {
    proposal.take(step).map_err(|cause| refused(&cause))?;
    let taken = StepTaken {
        person: open.me.id.to_string(),
        at: ask.now,
        step: proposal.state.word().to_owned(),
        note: note.to_owned(),
    };
    let (id, revision) = (open.kept.id, open.kept.revision);
    match ask
        .access
        .store
        .take_step(id, revision, &proposal, &taken)
        .await
    {
        Ok(_) => Ok(see_other(&path(id))),
        Err(StoreError::Stale { .. }) => Err(moved_on()),
        Err(cause) => Err(cause.into()),
    }
}

pub(super) fn refused(cause: &StepError) -> Fault {
    Fault::Refused(format!("{}.", capitalise(&cause.to_string())))
}

fn moved_on() -> Fault {
    Fault::Refused(
        "The proposal was changed elsewhere since you opened the page. Look at it again first."
            .to_owned(),
    )
}

/// Refuses what was sent from a page that shows an earlier revision.
fn same_revision(ask: &Ask, open: &Open) -> Result<(), Fault> {
    if ask.field("revision") == open.kept.revision.to_string() {
        Ok(())
    } else {
        Err(moved_on())
    }
}

/// `POST /desk/proposals/{proposal}/submission`.
pub(super) async fn submit(ask: Ask) -> Result<Response, Fault> {
    let open = open(&ask).await?;
    ask.may(Act::ReviseProposal { own: open.own })?;
    if open.proposal().state == State::Submitted {
        return Ok(see_other(&open.path()));
    }
    let parts = parts(&ask, open.kept.id).await?;
    let (proposal, faults) = hindrances(&ask, &open, &parts);
    if !faults.is_empty() && open.proposal().state == State::Draft {
        return check_page(&ask, &open, &parts, true);
    }
    same_revision(&ask, &open)?;
    take(&ask, &open, proposal, Step::Submit, "").await
}

/// `POST /desk/proposals/{proposal}/reopening`.
pub(super) async fn reopen(ask: Ask) -> Result<Response, Fault> {
    let open = open(&ask).await?;
    ask.may(Act::ReviseProposal { own: open.own })?;
    if open.proposal().state == State::Draft {
        return Ok(see_other(&open.path()));
    }
    let proposal = open.proposal();
    let answer = take(&ask, &open, proposal.clone(), Step::Reopen, "").await?;
    let store = &ask.access.store;
    if store.edits(open.kept.id).await?.is_empty() {
        // A proposal that was made by other means gets forms for its changes.
        for change in &proposal.changes {
            let edit = edit_of(change, proposal.made_from);
            store.add_edit(open.kept.id, &edit).await?;
        }
    }
    Ok(answer)
}

fn edit_of(change: &dfg_plan::Change, made_from: u64) -> Edit {
    let (kind, slug) = (change.key.kind, Some(change.key.slug.clone()));
    let (deed, values) = match &change.action {
        Action::Add(record) => {
            let value = record.to_value();
            let fields = value.as_object().cloned().unwrap_or_default();
            (Deed::Add, fields.into_iter().collect())
        }
        Action::Set(fields) => (Deed::Change, fields.clone()),
        Action::Withdraw => (Deed::Withdraw, std::collections::BTreeMap::new()),
    };
    let mut edit = Edit::new(kind, slug, deed, made_from);
    for (name, value) in &values {
        section::set(&mut edit, name, value);
    }
    edit
}

/// `GET /desk/proposals/{proposal}/withdrawal`.
pub(super) async fn ask_withdrawal(ask: Ask) -> Result<Response, Fault> {
    let open = open(&ask).await?;
    ask.may(Act::ReviseProposal { own: open.own })?;
    html(&WithdrawPage {
        shell: ask.shell("Take this proposal away?"),
        ways: open.ways(),
        path: open.path(),
        revision: open.kept.revision,
    })
}

/// `POST /desk/proposals/{proposal}/withdrawal`.
pub(super) async fn withdraw(ask: Ask) -> Result<Response, Fault> {
    let open = open(&ask).await?;
    ask.may(Act::ReviseProposal { own: open.own })?;
    if open.proposal().state == State::Withdrawn {
        return Ok(see_other(&open.path()));
    }
    same_revision(&ask, &open)?;
    take(&ask, &open, open.proposal().clone(), Step::Withdraw, "").await
}

/// `POST /desk/proposals/{proposal}/recommendation`.
pub(super) async fn recommend(ask: Ask) -> Result<Response, Fault> {
    let open = open(&ask).await?;
    let group = ask.field("group").to_owned();
    let slug = Slug::parse(&group).ok();
    let known = slug.filter(|slug| ask.plan().groups.contains_key(slug));
    let Some(group) = known else {
        ask.may(Act::UseDesk)?;
        return Err(Fault::missing("page", &ask.path));
    };
    ask.may(Act::Recommend { group: &group })?;
    let step = Step::Recommend { by: group.clone() };
    if open.proposal().state == (State::Recommended { by: group.clone() }) {
        return Ok(see_other(&open.path()));
    }
    same_revision(&ask, &open)?;
    take(&ask, &open, open.proposal().clone(), step, group.as_str()).await
}

/// `POST /desk/proposals/{proposal}/comments`.
pub(super) async fn comment(ask: Ask) -> Result<Response, Fault> {
    let open = open(&ask).await?;
    ask.may(Act::Discuss)?;
    let text = ask.field("text");
    let length = text.chars().count();
    if length == 0 || length > LONGEST_COMMENT {
        let message = if length == 0 {
            "Enter what you want to say".to_owned()
        } else {
            format!("This has {length} characters: at most {LONGEST_COMMENT} fit")
        };
        return super::one::page(&ask, &open, text, &message).await;
    }
    let store = &ask.access.store;
    let said = store.comments(open.kept.id).await?;
    let again = said
        .last()
        .is_some_and(|last| last.author == open.me.id.as_str() && last.text == text);
    if !again {
        store
            .add_comment(open.kept.id, open.me.id.as_str(), ask.now, text)
            .await?;
    }
    Ok(see_other(&format!("{}#discussion", open.path())))
}
