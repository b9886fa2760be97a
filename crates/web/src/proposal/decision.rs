//! The form with which the chair records a decision on a proposal outside a meeting.

use askama::Template;
use axum::response::Response;
use dfg_plan::{Act, story::capitalise};

use super::{
    Open, answered,
    decide::{Resolution, Undecided, Verdict, decide},
    open,
    told::{Told, tell, tell_changes},
};
use crate::{
    access::{Ask, FieldError, see_other},
    cx::Link,
    fault::Fault,
    route::html,
    shell::Shell,
};

/// The longest line of a decision, in characters, as the rules of the plan have it.
const LONGEST_LINE: usize = 1_000;

#[derive(Template)]
#[template(path = "proposal/decision.html")]
struct Page {
    shell: Shell,
    ways: Vec<Link>,
    errors: Vec<FieldError>,
    path: String,
    revision: i64,
    told: Vec<Told>,
    verdicts: Vec<(&'static str, &'static str, bool)>,
    title: String,
    reason: String,
    text: String,
    stale: Vec<Told>,
}

fn page(
    ask: &Ask,
    open: &Open,
    errors: Vec<FieldError>,
    stale: Vec<Told>,
) -> Result<Response, Fault> {
    let failed = !errors.is_empty();
    let proposal = open.proposal();
    let title = match ask.field("title") {
        "" => proposal.title.clone(),
        typed => typed.to_owned(),
    };
    let chosen = ask.field("verdict");
    let verdict = |word, words| (word, words, chosen == word);
    let page = html(&Page {
        shell: ask.shell("Record the decision").failed(failed),
        ways: open.ways(),
        errors,
        path: open.path(),
        revision: open.kept.revision,
        told: tell_changes(&ask.site.history(), &proposal.changes, proposal.made_from),
        verdicts: vec![
            verdict("accept", "Accept it: the changes are made at once"),
            verdict("decline", "Decline it"),
            verdict("defer", "Defer it: come back to it later"),
        ],
        title,
        reason: ask.field("reason").to_owned(),
        text: ask.field("text").to_owned(),
        stale,
    })?;
    Ok(answered(page, failed))
}

/// A proposal that waits, for somebody who may decide.
async fn waiting(ask: &Ask) -> Result<Open, Fault> {
    let open = open(ask).await?;
    ask.may(Act::Decide)?;
    Ok(open)
}

/// `GET /desk/proposals/{proposal}/decision`.
pub(super) async fn ask_for(ask: Ask) -> Result<Response, Fault> {
    let open = waiting(&ask).await?;
    if !open.proposal().state.is_open() {
        return Ok(see_other(&open.path()));
    }
    page(&ask, &open, Vec::new(), Vec::new())
}

/// `POST /desk/proposals/{proposal}/decision`.
pub(super) async fn save(ask: Ask) -> Result<Response, Fault> {
    let open = waiting(&ask).await?;
    if !open.proposal().state.is_open() {
        return Ok(see_other(&open.path()));
    }
    let (title, reason) = (ask.field("title"), ask.field("reason"));
    let mut errors = Vec::new();
    let verdict = match ask.field("verdict") {
        "accept" => Some(Verdict::Accept),
        "decline" => Some(Verdict::Decline),
        "defer" => Some(Verdict::Defer),
        _ => None,
    };
    if verdict.is_none() {
        errors.push(FieldError::new("verdict", "Choose what was decided"));
    }
    for (field, text, need) in [
        ("title", title, "Enter the decision in a few words"),
        ("reason", reason, "Enter why"),
    ] {
        let length = text.chars().count();
        if length == 0 {
            errors.push(FieldError::new(field, need));
        } else if length > LONGEST_LINE {
            let message = format!("This has {length} characters: at most {LONGEST_LINE} fit");
            errors.push(FieldError::new(field, &message));
        }
    }
    let Some(verdict) = verdict.filter(|_| errors.is_empty()) else {
        return page(&ask, &open, errors, Vec::new());
    };
    let resolution = Resolution {
        proposal: open.kept.id,
        revision: Some(ask.field("revision").parse().unwrap_or_default()),
        verdict,
        title,
        reason,
        text: ask.field("text"),
        effect: "",
        date: None,
        group: None,
        minute: None,
    };
    let problem = |message: String| vec![FieldError::new("verdict", &message)];
    match decide(&ask, &resolution).await {
        Ok(decided) => {
            tracing::info!(
                proposal = open.kept.id,
                entry = decided.entry,
                decision = %decided.decision,
                state = decided.state.word(),
                "a proposal was decided"
            );
            Ok(see_other(&open.path()))
        }
        Err(Undecided::Fault(fault)) => Err(fault),
        Err(Undecided::Stale(diffs)) => {
            let plan = ask.plan();
            let told = diffs.iter().map(|diff| tell(&plan, &plan, diff)).collect();
            let message = "The plan has changed in the same places since this was proposed. Its \
                author has to look at both first";
            page(&ask, &open, problem(message.to_owned()), told)
        }
        Err(Undecided::Rules(faults)) => {
            let faults = faults.iter().map(|fault| {
                let message = format!("The plan would break a rule: {fault}");
                FieldError::new("verdict", &message)
            });
            page(&ask, &open, faults.collect(), Vec::new())
        }
        Err(other) => {
            let message = capitalise(&other.to_string());
            page(&ask, &open, problem(message), Vec::new())
        }
    }
}
