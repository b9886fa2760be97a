//! Forms for every kind of record, as parts of a proposal.
//!
//! One table of questions a kind ([`table`]) gives every form, the list of its pages, and how an
//! answer is read ([`value`]). What is typed is kept as typed ([`dfg_plan::edit::Edit`]); what it
//! comes to is worked out anew whenever it is looked at ([`build`]).

pub(crate) mod build;
pub(crate) mod choose;
mod control;
mod evidence;
mod field;
mod merge;
pub(crate) mod section;
mod table;
mod task;
mod value;

use axum::Router;
use dfg_store::edit::KeptEdit;

use crate::{
    access::{Ask, reading, writing},
    fault::Fault,
    proposal::{Open, open_draft},
    site::Site,
};

pub(crate) fn routes() -> Router<Site> {
    Router::new()
        .route(
            "/desk/proposals/{proposal}/changes/new",
            reading(choose::show).merge(writing(choose::add)),
        )
        .route(
            "/desk/proposals/{proposal}/changes/{change}",
            reading(task::show),
        )
        .route(
            "/desk/proposals/{proposal}/changes/{change}/removal",
            writing(task::remove),
        )
        .route(
            "/desk/proposals/{proposal}/changes/{change}/merge",
            reading(merge::show).merge(writing(merge::save)),
        )
        .route(
            "/desk/proposals/{proposal}/changes/{change}/{section}",
            reading(section::show).merge(writing(section::save)),
        )
}

/// The change of a draft that the path names, for its author to work on.
async fn open_edit(ask: &Ask) -> Result<(Open, KeptEdit), Fault> {
    let open = open_draft(ask).await?;
    let absent = || Fault::missing("page", &ask.path);
    let id: i64 = ask.param("change").parse().map_err(|_| absent())?;
    let kept = ask.access.store.edit(id).await?.ok_or_else(absent)?;
    if kept.proposal == open.kept.id {
        Ok((open, kept))
    } else {
        Err(absent())
    }
}
