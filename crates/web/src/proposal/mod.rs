//! Proposals in the browser: from a draft that only its author sees to what a decision made of it.
//!
//! Owns the pages and steps of a proposal. The forms for its changes are in [`crate::edit`]; the
//! states, their order and what a proposal would do are rules of `dfg_plan::proposal`.

pub(crate) mod decide;
mod decision;
mod list;
mod one;
mod step;
pub(crate) mod told;
pub(crate) mod words;

use std::collections::BTreeMap;

use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use dfg_plan::{
    Act, History, Key, Plan,
    edit::Deed,
    may,
    proposal::{Proposal, State},
};
use dfg_store::{
    Person,
    edit::{KeptEdit, StepTaken},
    proposal::KeptProposal,
};
use jiff::civil::Date;

use crate::{
    access::{Ask, reading, writing},
    cx::Link,
    edit::{self, build},
    fault::Fault,
    site::Site,
};

/// The addresses of this feature; none where nobody can sign in.
pub(crate) fn routes(site: &Site) -> Router<Site> {
    if site.0.access.is_none() {
        return Router::new();
    }
    Router::new()
        .route("/desk/proposals", reading(list::show))
        .route(
            "/desk/proposals/new",
            reading(words::begin).merge(writing(words::add)),
        )
        .route("/desk/proposals/{proposal}", reading(one::show))
        .route(
            "/desk/proposals/{proposal}/words",
            reading(words::ask).merge(writing(words::save)),
        )
        .route("/desk/proposals/{proposal}/check", reading(step::check))
        .route(
            "/desk/proposals/{proposal}/submission",
            writing(step::submit),
        )
        .route(
            "/desk/proposals/{proposal}/reopening",
            writing(step::reopen),
        )
        .route(
            "/desk/proposals/{proposal}/withdrawal",
            reading(step::ask_withdrawal).merge(writing(step::withdraw)),
        )
        .route(
            "/desk/proposals/{proposal}/comments",
            writing(step::comment),
        )
        .route(
            "/desk/proposals/{proposal}/recommendation",
            writing(step::recommend),
        )
        .route(
            "/desk/proposals/{proposal}/decision",
            reading(decision::ask_for).merge(writing(decision::save)),
        )
        .merge(edit::routes())
}

/// A proposal that somebody may read.
pub(crate) struct Open {
    pub kept: KeptProposal,
    pub me: Person,
    /// Whether they made it.
    pub own: bool,
    pub steps: Vec<StepTaken>,
}

impl Open {
    pub fn path(&self) -> String {
        path(self.kept.id)
    }

    pub fn proposal(&self) -> &Proposal {
        &self.kept.proposal
    }

    /// Whether the one who asks may work on it now.
    pub fn is_editable(&self) -> bool {
        let act = Act::ReviseProposal { own: self.own };
        may(&self.me.roles, act) && self.proposal().state == State::Draft
    }

    /// Links back, from the desk on.
    pub fn ways(&self) -> Vec<Link> {
        vec![
            Link::new("/desk", "Your desk"),
            Link::new("/desk/proposals", "Proposals"),
            Link::new(self.path(), self.proposal().title.clone()),
        ]
    }
}

/// Where a proposal's page is.
pub(crate) fn path(id: i64) -> String {
    format!("/desk/proposals/{id}")
}

/// Whether others than the author may see a proposal.
fn is_handed_in(state: &State, steps: &[StepTaken]) -> bool {
    match state {
        State::Draft => false,
        State::Withdrawn => steps.iter().any(|taken| taken.step == "submitted"),
        _ => true,
    }
}

/// The proposal that the path names, if the one who asks may read it.
pub(crate) async fn open(ask: &Ask) -> Result<Open, Fault> {
    let me = ask.may(Act::ReadUnpublished)?.clone();
    let absent = || Fault::missing("page", &ask.path);
    let id: i64 = ask.param("proposal").parse().map_err(|_| absent())?;
    let store = &ask.access.store;
    let kept = store.proposal(id).await?.ok_or_else(absent)?;
    let steps = store.steps(id).await?;
    let own = kept.author == me.id.as_str();
    let handed_in = is_handed_in(&kept.proposal.state, &steps);
    ask.may(Act::ReadProposal { own, handed_in })?;
    Ok(Open {
        kept,
        me,
        own,
        steps,
    })
}

/// The same, for its author to work on.
pub(crate) async fn open_draft(ask: &Ask) -> Result<Open, Fault> {
    let open = open(ask).await?;
    ask.may(Act::ReviseProposal { own: open.own })?;
    if open.proposal().state == State::Draft {
        return Ok(open);
    }
    Err(Fault::Refused(
        "This proposal has been handed in. Take it back on its page, then change it.".to_owned(),
    ))
}

/// People's names by id.
pub(crate) async fn names(ask: &Ask) -> Result<BTreeMap<String, String>, Fault> {
    let people = ask.access.store.people().await?;
    Ok(people
        .into_iter()
        .map(|person| (person.id.to_string(), person.shown_name().to_owned()))
        .collect())
}

/// Somebody's name, or that they take part no more.
pub(crate) fn name_of(names: &BTreeMap<String, String>, id: &str) -> String {
    names
        .get(id)
        .map_or_else(|| "a former participant".to_owned(), Clone::clone)
}

/// One change of a draft with what it comes to.
pub(crate) struct Part {
    pub kept: KeptEdit,
    pub built: build::Built,
    pub is_stale: bool,
    pub title: String,
}

impl Part {
    pub fn path(&self) -> String {
        format!("{}/changes/{}", path(self.kept.proposal), self.kept.id)
    }
}

/// The changes of a draft.
pub(crate) async fn parts(ask: &Ask, proposal: i64) -> Result<Vec<Part>, Fault> {
    let (history, today) = (ask.site.history(), ask.today());
    let plan = history.current();
    let edits = ask.access.store.edits(proposal).await?;
    Ok(edits
        .into_iter()
        .map(|kept| part_of(&history, &plan, kept, today))
        .collect())
}

pub(crate) fn part_of(history: &History, plan: &Plan, kept: KeptEdit, today: Date) -> Part {
    let built = build::build(history, &kept.edit, today);
    let kind = kept.edit.kind;
    let base = build::base_of(history, &kept.edit);
    let record = built.record.as_ref().or(base.as_ref());
    let title = record
        .map(|record| told::title_of(plan, record))
        .or_else(|| {
            let mut names = ["title", "name", "what"].into_iter();
            names.find_map(|name| kept.edit.typed.get(name).cloned())
        });
    Part {
        is_stale: build::is_stale(history, &kept.edit),
        title: match (kept.edit.deed, title) {
            (_, Some(title)) => title,
            (Deed::Add, None) => format!("New {kind}"),
            (_, None) => format!("A {kind} that has gone"),
        },
        built,
        kept,
    }
}

/// The plan with the records that a draft adds, so that its changes can name each other.
pub(crate) fn plan_with(plan: &Plan, parts: &[Part]) -> Plan {
    let mut plan = plan.clone();
    for part in parts {
        let key = part.kept.edit.key();
        match (part.kept.edit.deed, key, &part.built.record) {
            (Deed::Withdraw, Some(key), _) => {
                plan.remove(&key);
            }
            (_, Some(Key { slug, .. }), Some(record)) => {
                plan.insert(slug, record.clone());
            }
            _ => {}
        }
    }
    plan
}

/// A proposal with the changes that its edits come to, made from the ledger as it stands.
pub(crate) fn with_changes(proposal: &Proposal, parts: &[Part], head: u64) -> Proposal {
    Proposal {
        changes: parts
            .iter()
            .filter_map(|part| part.built.change.clone())
            .collect(),
        made_from: head,
        ..proposal.clone()
    }
}

/// A page that shows what was wrong with a form, or has nothing wrong.
pub(crate) fn answered(page: Response, failed: bool) -> Response {
    if failed {
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    } else {
        page
    }
}
