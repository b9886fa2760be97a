//! One change of a draft as a list of pages to fill in, with what differs so far.

use askama::Template;
use axum::response::Response;
use dfg_plan::{Change, edit::Deed};

use super::{open_edit, section, table::sections};
use crate::{
    access::{Ask, see_other},
    cx::Link,
    fault::Fault,
    proposal::{
        part_of,
        told::{Told, tell_changes},
    },
    route::html,
    shell::Shell,
};

#[derive(Template)]
#[template(path = "edit/task.html")]
struct Page {
    shell: Shell,
    ways: Vec<Link>,
    path: String,
    back: String,
    is_withdrawal: bool,
    is_new: bool,
    is_stale: bool,
    tasks: Vec<(Link, &'static str)>,
    told: Vec<Told>,
}

/// `GET /desk/proposals/{proposal}/changes/{change}`.
pub(super) async fn show(ask: Ask) -> Result<Response, Fault> {
    let (open, kept) = open_edit(&ask).await?;
    let history = ask.site.history();
    let part = part_of(&history, &history.current(), kept, ask.today());
    let edit = &part.kept.edit;
    let tasks = sections(edit.kind).iter().map(|one| {
        let is_wrong = part.built.misread.iter().any(|misread| {
            section::section_of(edit.kind, &misread.place).is_some_and(|of| of.slug == one.slug)
        });
        let is_saved = one
            .fields
            .iter()
            .any(|field| edit.saved.contains(field.name));
        let standing = match (is_wrong, is_saved, edit.deed) {
            (true, true, _) => "answers are missing or wrong",
            (true, false, _) => "not started",
            (false, true, _) => "saved",
            (false, false, Deed::Add) => "may be left empty",
            (false, false, _) => "as it is in the plan",
        };
        (
            Link::new(format!("{}/{}", part.path(), one.slug), one.title),
            standing,
        )
    });
    let is_withdrawal = edit.deed == Deed::Withdraw;
    let changes: Vec<Change> = part.built.change.clone().into_iter().collect();
    html(&Page {
        shell: ask.shell(part.title.clone()),
        ways: open.ways(),
        path: part.path(),
        back: open.path(),
        is_new: edit.deed == Deed::Add,
        is_stale: part.is_stale,
        tasks: if is_withdrawal {
            Vec::new()
        } else {
            tasks.collect()
        },
        told: tell_changes(&history, &changes, edit.made_from),
        is_withdrawal,
    })
}

/// `POST /desk/proposals/{proposal}/changes/{change}/removal`.
pub(super) async fn remove(ask: Ask) -> Result<Response, Fault> {
    let (open, kept) = open_edit(&ask).await?;
    ask.access.store.remove_edit(kept.id).await?;
    Ok(see_other(&open.path()))
}
