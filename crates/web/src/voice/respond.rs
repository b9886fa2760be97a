//! Responding to a signal: an activity or a proposal, a date until which it is watched, or a reason
//! to close it.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response as Answer},
};
use dfg_plan::{
    Act, Draft, History, Key, Kind, PartialDate, Plan, Record, Slug,
    change::Change,
    proposal::State,
    record::{Response, ResponseKind, Signal},
};
use dfg_store::proposal::KeptProposal;

use super::{LONGEST, known, tell_news};
use crate::{
    access::{Ask, FieldError, see_other, ways},
    commit::{Commit, Spend, commit},
    cx::Link,
    fault::Fault,
    route::html,
    shell::Shell,
    update::Choice,
};

#[derive(Template)]
#[template(path = "voice/respond.html")]
struct Page {
    shell: Shell,
    ways: Vec<Link>,
    errors: Vec<FieldError>,
    summary: String,
    /// What the response is now.
    present: String,
    action: String,
    responses: Vec<Choice>,
    activities: Vec<Choice>,
    proposals: Vec<Choice>,
    until: String,
    reason: String,
}

/// A response, and the activity that is to name the signal.
struct Checked {
    response: Response,
    activity: Option<Slug>,
}

/// The signal that the path names.
fn named(ask: &Ask, plan: &Plan) -> Result<(Slug, Signal), Fault> {
    let slug = known(ask.param("slug"), &plan.signals);
    let slug = slug.ok_or_else(|| Fault::missing("page", &ask.path))?;
    let signal = plan.signals.get(&slug);
    let signal = signal.ok_or_else(|| Fault::missing("page", &ask.path))?;
    Ok((slug.clone(), (**signal).clone()))
}

/// The proposals that are not decided on.
pub(super) async fn open_proposals(ask: &Ask) -> Result<Vec<KeptProposal>, Fault> {
    let all = ask.access.store.proposals().await?;
    let open = all.into_iter().filter(|kept| {
        matches!(
            kept.proposal.state,
            State::Submitted | State::Recommended { .. } | State::Deferred { .. }
        )
    });
    Ok(open.collect())
}

async fn page(ask: &Ask, errors: Vec<FieldError>) -> Result<Answer, Fault> {
    let me = ask.may(Act::Moderate)?;
    let plan = ask.plan();
    let (_, signal) = named(ask, &plan)?;
    let failed = !errors.is_empty();
    let none = |words| Choice::new("", words, "");
    let activities = plan
        .activities
        .iter()
        .map(|(slug, one)| Choice::new(slug.as_str(), one.title.clone(), ask.field("activity")));
    let proposals = open_proposals(ask).await?;
    let proposals = proposals.iter().map(|kept| {
        let words = format!("{}: {}", kept.id, kept.proposal.title);
        Choice::new(kept.id.to_string(), words, ask.field("proposal"))
    });
    let chosen = ask.field("response");
    let page = html(&Page {
        shell: ask
            .shell(format!("Respond: {}", signal.title))
            .failed(failed),
        ways: ways(me),
        errors,
        summary: signal.summary.clone(),
        present: match &signal.response {
            None => "It has no response yet.".to_owned(),
            Some(response) => {
                let reason = response.reason.as_ref();
                let reason = reason
                    .map(|reason| format!(": {reason}"))
                    .unwrap_or_default();
                format!("It is {} now{reason}.", response.kind)
            }
        },
        action: ask.path.clone(),
        responses: [
            ("activity", "An activity answers it"),
            ("proposal", "A proposal takes it up"),
            ("watch", "It is watched until a date"),
            ("close", "It is closed"),
        ]
        .map(|(value, words)| Choice::new(value, words, chosen))
        .into(),
        activities: std::iter::once(none("No activity"))
            .chain(activities)
            .collect(),
        proposals: std::iter::once(none("No proposal"))
            .chain(proposals)
            .collect(),
        until: ask.field("until").to_owned(),
        reason: ask.field("reason").to_owned(),
    })?;
    Ok(if failed {
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    } else {
        page
    })
}

/// `GET /desk/responses/{slug}`.
pub(super) async fn show(ask: Ask) -> Result<Answer, Fault> {
    ask.may(Act::Moderate)?;
    page(&ask, Vec::new()).await
}

/// `POST /desk/responses/{slug}`.
pub(super) async fn record(ask: Ask) -> Result<Answer, Fault> {
    let me = ask.may(Act::Moderate)?;
    let plan = ask.plan();
    let (slug, _) = named(&ask, &plan)?;
    let checked = match check(&ask, &plan, &open_proposals(&ask).await?) {
        Ok(checked) => checked,
        Err(errors) => return page(&ask, errors).await,
    };
    let make = |history: &History| {
        let changes = changes(&history.current(), &slug, &checked);
        let changes = changes.ok_or_else(|| Fault::missing("page", &ask.path))?;
        Ok(Draft {
            actor: me.id.to_string(),
            reason: "A response to the signal".to_owned(),
            changes,
            ..Draft::default()
        })
    };
    match commit(&ask, make, Spend::Nothing).await? {
        Commit::Refused(dfg_plan::history::Refusal::Empty) | Commit::Done | Commit::Spent => {
            tell_news(&ask.access, &ask.plan()).await?;
            Ok(see_other("/desk/signals?done=responded"))
        }
        Commit::Refused(refusal) => {
            let message = Commit::tell(&refusal);
            page(&ask, vec![FieldError::new("response", &message)]).await
        }
    }
}

/// The response that the form holds, or all that is wrong with it.
fn check(ask: &Ask, plan: &Plan, proposals: &[KeptProposal]) -> Result<Checked, Vec<FieldError>> {
    let mut errors = Vec::new();
    let reason = ask.field("reason").replace("\r\n", "\n");
    if reason.chars().count() > LONGEST {
        let message = format!("Use at most {LONGEST} characters");
        errors.push(FieldError::new("reason", &message));
    }
    let mut checked = Checked {
        response: Response {
            kind: ResponseKind::Answered,
            until: None,
            reason: (!reason.is_empty()).then_some(reason),
            proposal: None,
        },
        activity: None,
    };
    match ask.field("response") {
        "activity" => {
            checked.activity = known(ask.field("activity"), &plan.activities);
            if checked.activity.is_none() {
                errors.push(FieldError::new("activity", "Choose the activity"));
            }
        }
        "proposal" => {
            let number = ask.field("proposal").parse::<u32>().ok();
            let open = |number: &u32| proposals.iter().any(|kept| kept.id == i64::from(*number));
            checked.response.proposal = number.filter(open);
            if checked.response.proposal.is_none() {
                errors.push(FieldError::new("proposal", "Choose the proposal"));
            }
        }
        "watch" => {
            checked.response.kind = ResponseKind::Watched;
            let until = PartialDate::parse(ask.field("until")).ok();
            checked.response.until = until.filter(|until| until.last() > ask.today());
            if checked.response.until.is_none() {
                let message = "Enter a date to come, such as 2027-06-30";
                errors.push(FieldError::new("until", message));
            }
        }
        "close" => {
            checked.response.kind = ResponseKind::Closed;
            if checked.response.reason.is_none() {
                errors.push(FieldError::new("reason", "Say why it is closed"));
            }
        }
        _ => errors.push(FieldError::new("response", "Choose a response")),
    }
    if errors.is_empty() {
        Ok(checked)
    } else {
        Err(errors)
    }
}

/// The changes that record a response; none where the signal or the activity is gone.
fn changes(plan: &Plan, slug: &Slug, checked: &Checked) -> Option<Vec<Change>> {
    let old = plan.signals.get(slug)?;
    let mut new = (**old).clone();
    new.response = Some(checked.response.clone());
    let key = Key::new(Kind::Signal, slug.clone());
    let signal = Change::set_difference(key, &Record::from((**old).clone()), &new.into());
    let mut changes: Vec<Change> = signal.into_iter().collect();
    if let Some(activity) = &checked.activity {
        let old = plan.activities.get(activity)?;
        if !old.answers.contains(slug) {
            let mut new = (**old).clone();
            new.answers.push(slug.clone());
            let key = Key::new(Kind::Activity, activity.clone());
            let old = Record::from((**old).clone());
            changes.extend(Change::set_difference(key, &old, &new.into()));
        }
    }
    Some(changes)
}
