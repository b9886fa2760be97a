//! One proposal: the task list of a draft; what it would do, the talk and the steps of others.

use askama::Template;
use axum::response::Response;
use dfg_plan::{
    Act, History, Pence, Plan,
    edit::Deed,
    may,
    proposal::{Effect, State, effect, in_the_way},
    record::GroupKind,
};

use super::{
    Open, Part, answered, list, name_of, names, open, parts,
    step::{misfit, paragraphs},
    told::{Told, tell, tell_changes},
};
use crate::{
    access::{Ask, FieldError, spell_time},
    cx::Link,
    fault::Fault,
    route::html,
    shell::Shell,
};

#[derive(Template)]
#[template(path = "proposal/draft.html")]
struct DraftPage {
    shell: Shell,
    ways: Vec<Link>,
    reason: Vec<String>,
    path: String,
    tasks: Vec<Task>,
    is_ready: bool,
}

/// A change of a draft.
struct Task {
    link: Link,
    what: String,
    standing: &'static str,
}

#[derive(Template)]
#[template(path = "proposal/one.html")]
struct Page {
    shell: Shell,
    ways: Vec<Link>,
    errors: Vec<FieldError>,
    state: String,
    is_applied: bool,
    by: String,
    why_not: String,
    reason: Vec<String>,
    path: String,
    revision: i64,
    told: Vec<Told>,
    effect: Option<EffectView>,
    faults: Vec<String>,
    /// What changed in the plan since, in the proposal's way.
    stale: Vec<Told>,
    clashes: Vec<list::Clash>,
    steps: Vec<String>,
    comments: Vec<Said>,
    may_discuss: bool,
    text: String,
    groups: Vec<(String, String)>,
    may_decide: bool,
    may_reopen: bool,
}

struct Said {
    by: String,
    at: String,
    text: Vec<String>,
}

/// What a proposal would do, for a page.
pub(super) struct EffectView {
    pub budget: Vec<BudgetView>,
    pub indicators: Vec<String>,
}

pub(super) struct BudgetView {
    pub theme: String,
    pub before: String,
    pub after: String,
    pub difference: String,
}

impl EffectView {
    /// Themes whose money stays the same are left out.
    pub fn new(plan: &Plan, effect: &Effect) -> Self {
        let budget = effect.budget.iter().filter(|row| row.before != row.after);
        Self {
            budget: budget
                .map(|row| BudgetView {
                    theme: plan
                        .themes
                        .get(&row.theme)
                        .map_or(row.theme.to_string(), |theme| theme.title.clone()),
                    before: row.before.to_string(),
                    after: row.after.to_string(),
                    difference: {
                        let apart = Pence(row.after.0.abs_diff(row.before.0));
                        let word = if row.after > row.before {
                            "more"
                        } else {
                            "less"
                        };
                        format!("{apart} {word}")
                    },
                })
                .collect(),
            indicators: effect
                .indicators
                .iter()
                .map(|slug| {
                    let indicator = plan.indicators.get(slug);
                    indicator.map_or(slug.to_string(), |indicator| indicator.title.clone())
                })
                .collect(),
        }
    }
}

/// `GET /desk/proposals/{proposal}`.
pub(super) async fn show(ask: Ask) -> Result<Response, Fault> {
    let open = open(&ask).await?;
    if open.is_editable() {
        return draft(&ask, &open).await;
    }
    page(&ask, &open, "", "").await
}

async fn draft(ask: &Ask, open: &Open) -> Result<Response, Fault> {
    let parts = parts(ask, open.kept.id).await?;
    let proposal = open.proposal();
    html(&DraftPage {
        shell: ask.shell(proposal.title.clone()),
        ways: vec![
            Link::new("/desk", "Your desk"),
            Link::new("/desk/proposals", "Proposals"),
        ],
        reason: paragraphs(&proposal.reason),
        path: open.path(),
        is_ready: !parts.is_empty(),
        tasks: parts.iter().map(task).collect(),
    })
}

fn task(part: &Part) -> Task {
    let edit = &part.kept.edit;
    let what = match edit.deed {
        Deed::Add => format!("New {}", edit.kind),
        Deed::Change => format!("Change of the {}", edit.kind),
        Deed::Withdraw => format!("Withdrawal of the {}", edit.kind),
    };
    let standing = if part.is_stale {
        "changed by others since: compare"
    } else if edit.deed != Deed::Withdraw && edit.saved.is_empty() {
        "not started"
    } else if !part.built.misread.is_empty() {
        "answers are missing or wrong"
    } else if part.built.change.is_none() {
        "nothing changes yet"
    } else {
        "complete"
    };
    Task {
        link: Link::new(part.path(), part.title.clone()),
        what,
        standing,
    }
}

/// The page of a proposal that was handed in, perhaps with a comment that could not be taken.
pub(super) async fn page(
    ask: &Ask,
    open: &Open,
    text: &str,
    problem: &str,
) -> Result<Response, Fault> {
    let (id, proposal) = (open.kept.id, open.proposal());
    let store = &ask.access.store;
    let history = ask.site.history();
    let plan = history.current();
    let names = names(ask).await?;
    let waits = proposal.state.is_open();
    let (mut faults, mut view) = (Vec::new(), None);
    if waits {
        match effect(&history, proposal, ask.today()) {
            Ok(done) => {
                faults.extend(done.faults.iter().map(ToString::to_string));
                view = Some(EffectView::new(&plan, &done));
            }
            Err(fault) => faults.push(misfit(&fault)),
        }
    }
    let stale = if waits {
        in_the_way(&history, proposal)
    } else {
        Vec::new()
    };
    let clashes = if waits {
        list::clashes(&plan, &store.proposals().await?, Some(id))
    } else {
        Vec::new()
    };
    let comments = store.comments(id).await?;
    let roles = &open.me.roles;
    let recommendable = matches!(proposal.state, State::Submitted | State::Deferred { .. });
    let groups = plan.groups.iter().filter(|(slug, group)| {
        recommendable
            && group.kind == GroupKind::Delivery
            && may(roles, Act::Recommend { group: slug })
    });
    let revise = may(roles, Act::ReviseProposal { own: open.own });
    let mut errors = Vec::new();
    if !problem.is_empty() {
        errors.push(FieldError::new("text", problem));
    }
    // A proposal that is in the plan is told as it changed the plan.
    let through = match &proposal.state {
        State::Applied { entry, .. } => entry.saturating_sub(1),
        _ => proposal.made_from,
    };
    let page = html(&Page {
        shell: ask
            .shell(proposal.title.clone())
            .failed(!problem.is_empty()),
        ways: vec![
            Link::new("/desk", "Your desk"),
            Link::new("/desk/proposals", "Proposals"),
        ],
        errors,
        state: list::spell_state(&plan, &proposal.state),
        is_applied: matches!(proposal.state, State::Applied { .. }),
        by: name_of(&names, &open.kept.author),
        why_not: match &proposal.state {
            State::Declined { reason, .. } | State::Deferred { reason, .. } => reason.clone(),
            _ => String::new(),
        },
        reason: paragraphs(&proposal.reason),
        path: open.path(),
        revision: open.kept.revision,
        told: tell_changes(&history, &proposal.changes, through),
        effect: view,
        faults,
        stale: stale.iter().map(|diff| tell(&plan, &plan, diff)).collect(),
        clashes,
        steps: steps(open, &history, &plan, &names),
        comments: comments
            .into_iter()
            .map(|said| Said {
                by: name_of(&names, &said.author),
                at: spell_time(said.said_at),
                text: paragraphs(&said.text),
            })
            .collect(),
        may_discuss: may(roles, Act::Discuss),
        text: text.to_owned(),
        groups: groups
            .map(|(slug, group)| (slug.to_string(), group.name.clone()))
            .collect(),
        may_decide: waits && may(roles, Act::Decide),
        may_reopen: revise && waits,
    })?;
    Ok(answered(page, !problem.is_empty()))
}

/// Who did what, in order. What was decided stands in the ledger.
fn steps(
    open: &Open,
    history: &History,
    plan: &Plan,
    names: &std::collections::BTreeMap<String, String>,
) -> Vec<String> {
    let mut steps: Vec<(jiff::Timestamp, String)> = open
        .steps
        .iter()
        .map(|taken| {
            let what = match taken.step.as_str() {
                "begun" => "Begun".to_owned(),
                "submitted" => "Handed in".to_owned(),
                "draft" => "Taken back to be worked on".to_owned(),
                "withdrawn" => "Taken away".to_owned(),
                "recommended" => {
                    let name = plan.groups.get(taken.note.as_str());
                    let name = name.map_or(taken.note.clone(), |group| group.name.clone());
                    format!("Recommended for {name}")
                }
                other => other.to_owned(),
            };
            (
                taken.at,
                format!("{what} by {}", name_of(names, &taken.person)),
            )
        })
        .collect();
    if let State::Applied { decision, .. }
    | State::Accepted { decision }
    | State::Declined { decision, .. }
    | State::Deferred { decision, .. } = &open.proposal().state
    {
        let note = history
            .notes()
            .iter()
            .rev()
            .find(|note| note.decision.as_ref() == Some(decision));
        if let Some(note) = note {
            let title = plan
                .decisions
                .get(decision)
                .map_or(decision.to_string(), |decision| decision.title.clone());
            let who = name_of(names, &note.actor);
            let what = format!(
                "Decided, and recorded by {who} as entry {}: {title}",
                note.seq
            );
            steps.push((note.recorded_at, what));
        }
    }
    steps.sort_by_key(|(at, _)| *at);
    steps
        .into_iter()
        .map(|(at, what)| format!("{what}, {}", spell_time(at)))
        .collect()
}
