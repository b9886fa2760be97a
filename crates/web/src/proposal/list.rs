//! The list of proposals: one's own, those that wait, those decided, and those in conflict.

use std::collections::BTreeSet;

use askama::Template;
use axum::response::Response;
use dfg_plan::{
    Act, Plan, may,
    proposal::{Proposal, State, conflicts_among},
    story::{capitalise, spell_field},
};
use dfg_store::proposal::KeptProposal;

use super::{name_of, names, path, told::title_of};
use crate::{access::Ask, cx::Link, fault::Fault, route::html, shell::Shell};

#[derive(Template)]
#[template(path = "proposal/list.html")]
struct Page {
    shell: Shell,
    ways: Vec<Link>,
    may_propose: bool,
    groups: Vec<Group>,
    clashes: Vec<Clash>,
}

struct Group {
    id: &'static str,
    title: &'static str,
    empty: &'static str,
    items: Vec<Item>,
}

struct Item {
    link: Link,
    state: String,
    by: String,
    changes: String,
}

/// Two proposals that touch the same place.
pub(super) struct Clash {
    pub one: Link,
    pub other: Link,
    /// The record, and the field where only that is touched by both.
    pub place: String,
}

/// Where a proposal stands, in words.
pub(super) fn spell_state(plan: &Plan, state: &State) -> String {
    match state {
        State::Recommended { by } => {
            let group = plan.groups.get(by);
            let name = group.map_or(by.to_string(), |group| group.name.clone());
            format!("Recommended by {name}")
        }
        State::Applied { entry, .. } => format!("Accepted, and in the plan since entry {entry}"),
        State::Submitted => "Handed in".to_owned(),
        other => capitalise(other.word()),
    }
}

/// Where proposals that wait for a decision touch the same field; one of them may be asked for.
pub(super) fn clashes(plan: &Plan, all: &[KeptProposal], only: Option<i64>) -> Vec<Clash> {
    let proposals: Vec<Proposal> = all.iter().map(|kept| kept.proposal.clone()).collect();
    let waits = |state: &State| state.is_open() || matches!(state, State::Accepted { .. });
    conflicts_among(&proposals, waits)
        .into_iter()
        .filter_map(|conflict| {
            let (one, other) = conflict.between;
            let (one, other) = (all.get(one)?, all.get(other)?);
            if only.is_some_and(|id| id != one.id && id != other.id) {
                return None;
            }
            let link = |kept: &KeptProposal| Link::new(path(kept.id), kept.proposal.title.clone());
            let record = plan.get(&conflict.key);
            let title = record.map_or(conflict.key.slug.to_string(), |record| {
                title_of(plan, &record)
            });
            let place = match &conflict.field {
                Some(field) => format!("{title}: {}", spell_field(field)),
                None => format!("{title}: all of it"),
            };
            Some(Clash {
                one: link(one),
                other: link(other),
                place,
            })
        })
        .collect()
}

/// `GET /desk/proposals`.
pub(super) async fn show(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::ReadUnpublished)?;
    let plan = ask.plan();
    let all = ask.access.store.proposals().await?;
    let submitted: BTreeSet<i64> = ask.access.store.submitted().await?.into_iter().collect();
    let names = names(&ask).await?;
    let item = |kept: &&KeptProposal| {
        let changes = kept.proposal.changes.len();
        Item {
            link: Link::new(path(kept.id), kept.proposal.title.clone()),
            state: spell_state(&plan, &kept.proposal.state),
            by: name_of(&names, &kept.author),
            changes: match kept.proposal.state {
                State::Draft => String::new(),
                _ => crate::part::count(changes, "record", "records"),
            },
        }
    };
    let group = |id, title, empty, which: &dyn Fn(&KeptProposal) -> bool| Group {
        id,
        title,
        empty,
        items: all
            .iter()
            .rev()
            .filter(|kept| which(kept))
            .map(|kept| item(&kept))
            .collect(),
    };
    let own = |kept: &KeptProposal| kept.author == me.id.as_str();
    let may_propose = may(&me.roles, Act::Propose);
    let decided = |state: &State| {
        matches!(
            state,
            State::Accepted { .. } | State::Applied { .. } | State::Declined { .. }
        )
    };
    let page = Page {
        shell: ask.shell("Proposals"),
        ways: vec![Link::new("/desk", "Your desk")],
        may_propose,
        clashes: clashes(&plan, &all, None),
        groups: vec![
            group("mine", "Yours", "You have made none yet.", &own),
            group(
                "open",
                "Waiting for a decision",
                "None is waiting.",
                &|kept| kept.proposal.state.is_open(),
            ),
            group(
                "decided",
                "Decided",
                "None has been decided yet.",
                &|kept| decided(&kept.proposal.state),
            ),
            group("withdrawn", "Taken away", "None.", &|kept| {
                kept.proposal.state == State::Withdrawn
                    && (own(kept) || submitted.contains(&kept.id))
            }),
        ],
    };
    html(&page)
}
