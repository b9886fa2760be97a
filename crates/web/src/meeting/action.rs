//! Actions: what was promised at a meeting, by whom and by when.

use axum::response::Response;
use dfg_plan::{Act, may};
use jiff::civil::Date;

use super::{Sitting, seat, show::page};
use crate::{
    access::{Ask, FieldError, see_other},
    fault::Fault,
    review::today,
};

/// `POST /desk/meetings/{id}/actions`.
pub(super) async fn add(ask: Ask) -> Result<Response, Fault> {
    let sitting = Sitting::of(&ask).await?;
    ask.may(Act::PlanMeeting {
        group: sitting.seat(),
    })?;
    let mut errors = Vec::new();
    let (what, owner, due) = (ask.field("what"), ask.field("owner"), ask.field("due"));
    if what.is_empty() || what.chars().count() > 500 {
        errors.push(FieldError::new(
            "what",
            "Say what is to be done, in at most 500 characters",
        ));
    }
    if !sitting.members().any(|person| person.id.as_str() == owner) {
        errors.push(FieldError::new("owner", "Choose who does it"));
    }
    let due = match due {
        "" => None,
        text => match text.parse::<Date>() {
            Ok(due) => Some(due),
            Err(_) => {
                errors.push(FieldError::new("due", "Enter by when like 2027-01-31"));
                None
            }
        },
    };
    if !errors.is_empty() {
        return page(&ask, &sitting, errors).await;
    }
    ask.access
        .store
        .add_action(sitting.kept.id, what, owner, due)
        .await?;
    Ok(see_other(&format!("{}#actions", sitting.path())))
}

/// `POST /desk/actions/{id}/done`: by whoever promised it, or who plans the group's meetings.
pub(super) async fn finish(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::UseDesk)?;
    let text = ask.param("id");
    let missing = || Fault::missing("action", text);
    let id: i64 = text.parse().map_err(|_| missing())?;
    let store = &ask.access.store;
    let actions = store.actions().await?;
    let action = actions
        .iter()
        .find(|one| one.id == id)
        .ok_or_else(missing)?;
    let kept = store.meeting(action.meeting).await?.ok_or_else(missing)?;
    let plan = ask.plan();
    let group = seat(&plan, &kept.meeting.group);
    if action.owner != me.id.as_str() && !may(&me.roles, Act::PlanMeeting { group }) {
        return Err(missing());
    }
    if action.done_on.is_none() {
        store.finish_action(id, today(&ask)).await?;
    }
    Ok(see_other(&format!(
        "/desk/meetings/{}#actions",
        action.meeting
    )))
}
