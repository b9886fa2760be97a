//! What the group recommends for an activity, once the round has closed.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use dfg_plan::{Act, review::Advice, story::capitalise};
use dfg_store::StoreError;

use super::results::Closed;
use crate::{
    access::{Ask, FieldError, desk::ways, see_other},
    cx::Link,
    fault::Fault,
    route::html,
    shell::Shell,
};

#[derive(Template)]
#[template(path = "review/advice.html")]
struct Page {
    shell: Shell,
    ways: Vec<Link>,
    errors: Vec<FieldError>,
    path: String,
    back: Link,
    choices: Vec<(String, String, bool)>,
    reason: String,
    standing: String,
}

fn page(
    ask: &Ask,
    closed: &Closed,
    chosen: &str,
    reason: &str,
    errors: Vec<FieldError>,
) -> Result<Response, Fault> {
    let me = ask.may(Act::UseDesk)?;
    let activity = closed.round.activity(ask)?;
    let mut outcomes = closed.results.outcomes.iter();
    let standing = outcomes
        .find(|one| one.activity == activity)
        .and_then(|one| one.standing.as_ref());
    let failed = !errors.is_empty();
    let page = html(&Page {
        shell: ask
            .shell(format!("Recommend: {}", closed.round.title_of(&activity)))
            .failed(failed),
        ways: ways(me),
        path: format!("{}/advice/{activity}", closed.round.path()),
        back: Link::new(format!("{}/results", closed.round.path()), "Results"),
        choices: Advice::ALL
            .iter()
            .map(|one| {
                (
                    one.word().to_owned(),
                    capitalise(one.words()),
                    one.word() == chosen,
                )
            })
            .collect(),
        reason: reason.to_owned(),
        standing: standing.map_or("It has no rank.".to_owned(), |found| {
            let (low, high) = (found.interval.low, found.interval.high);
            let span = if low == high {
                format!("{low} as the weights vary too")
            } else {
                format!("between {low} and {high} as the weights vary")
            };
            format!(
                "Rank {} of {}, {span}; {:.2} of 4 points.",
                found.rank,
                closed.results.outcomes.len(),
                found.total
            )
        }),
        errors,
    })?;
    Ok(if failed {
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    } else {
        page
    })
}

/// `GET /desk/reviews/{id}/advice/{activity}`.
pub(super) async fn show(ask: Ask) -> Result<Response, Fault> {
    let closed = Closed::of(&ask).await?;
    let group = &closed.round.kept.round.group;
    ask.may(Act::Recommend { group })?;
    let activity = closed.round.activity(&ask)?;
    let made = closed.advice.iter().find(|one| one.activity == activity);
    let (chosen, reason) = made.map_or(("", ""), |one| (one.advice.word(), one.reason.as_str()));
    page(&ask, &closed, chosen, reason, Vec::new())
}

/// `POST /desk/reviews/{id}/advice/{activity}`.
pub(super) async fn save(ask: Ask) -> Result<Response, Fault> {
    let closed = Closed::of(&ask).await?;
    let group = &closed.round.kept.round.group;
    ask.may(Act::Recommend { group })?;
    let activity = closed.round.activity(&ask)?;
    let (chosen, reason) = (ask.field("advice"), ask.field("reason"));
    let mut errors = Vec::new();
    let advice = Advice::from_word(chosen);
    if advice.is_none() {
        errors.push(FieldError::new(
            "advice",
            "Choose what the group recommends",
        ));
    }
    if reason.is_empty() || reason.chars().count() > 5000 {
        errors.push(FieldError::new(
            "reason",
            "Give the reason, in at most 5000 characters",
        ));
    }
    if let (Some(advice), true) = (advice, errors.is_empty()) {
        let store = &ask.access.store;
        let kept = store.put_recommendation(closed.round.kept.id, &activity, advice, reason);
        match kept.await {
            Ok(()) => return Ok(see_other(&format!("{}/results", closed.round.path()))),
            Err(StoreError::Stale { .. }) => {
                errors.push(FieldError::new(
                    "advice",
                    "The recommendation has been decided on and stays",
                ));
            }
            Err(cause) => return Err(cause.into()),
        }
    }
    page(&ask, &closed, chosen, reason, errors)
}
