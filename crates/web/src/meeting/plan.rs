//! Planning: the list of meetings, a new one, and filling its agenda again.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use dfg_plan::{Act, Slug, may, meeting::Meeting, spell_day};
use dfg_store::StoreError;
use jiff::civil::Date;

use super::{Sitting, fill, seat};
use crate::{
    access::{Ask, FieldError, desk::ways, see_other},
    cx::Link,
    fault::Fault,
    review::{group_name, today},
    route::html,
    shell::Shell,
};

#[derive(Template)]
#[template(path = "meeting/list.html")]
struct ListPage {
    shell: Shell,
    ways: Vec<Link>,
    may_plan: bool,
    meetings: Vec<Item>,
}

struct Item {
    link: Link,
    group: String,
    date: String,
}

#[derive(Template)]
#[template(path = "meeting/new.html")]
struct NewPage {
    shell: Shell,
    ways: Vec<Link>,
    errors: Vec<FieldError>,
    title: String,
    date: String,
    quorum: String,
    groups: Vec<(String, String, bool)>,
}

/// `GET /desk/meetings`.
pub(super) async fn list(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::UseDesk)?;
    let plan = ask.plan();
    let mut meetings = ask.access.store.meetings().await?;
    meetings.sort_by_key(|kept| std::cmp::Reverse(kept.meeting.date));
    let seen = meetings.iter().filter(|kept| {
        let group = seat(&plan, &kept.meeting.group);
        may(&me.roles, Act::SeeMeeting { group })
    });
    let mut groups = plan.groups.keys();
    html(&ListPage {
        shell: ask.shell("Meetings"),
        ways: ways(me),
        may_plan: groups.any(|group| {
            let group = seat(&plan, group);
            may(&me.roles, Act::PlanMeeting { group })
        }),
        meetings: seen
            .map(|kept| Item {
                link: Link::new(format!("/desk/meetings/{}", kept.id), &*kept.meeting.title),
                group: group_name(&plan, &kept.meeting.group),
                date: spell_day(kept.meeting.date),
            })
            .collect(),
    })
}

fn form(ask: &Ask, fields: [&str; 4], errors: Vec<FieldError>) -> Result<Response, Fault> {
    let me = ask.may(Act::UseDesk)?;
    let plan = ask.plan();
    let [title, date, quorum, chosen] = fields;
    let own = plan.groups.iter().filter(|(slug, _)| {
        let group = seat(&plan, slug);
        may(&me.roles, Act::PlanMeeting { group })
    });
    let groups: Vec<_> = own
        .map(|(slug, group)| {
            (
                slug.to_string(),
                group.name.clone(),
                slug.as_str() == chosen,
            )
        })
        .collect();
    if groups.is_empty() {
        return Err(Fault::missing("page", &ask.path));
    }
    let failed = !errors.is_empty();
    let page = html(&NewPage {
        shell: ask.shell("Plan a meeting").failed(failed),
        ways: ways(me),
        title: title.to_owned(),
        date: date.to_owned(),
        quorum: quorum.to_owned(),
        groups,
        errors,
    })?;
    Ok(if failed {
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    } else {
        page
    })
}

/// `GET /desk/meetings/new`.
pub(super) async fn begin(ask: Ask) -> Result<Response, Fault> {
    let date = today(&ask).to_string();
    form(&ask, ["", &date, "3", ""], Vec::new())
}

/// `POST /desk/meetings/new`.
pub(super) async fn add(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::UseDesk)?;
    let plan = ask.plan();
    let (title, named) = (ask.field("title"), ask.field("group"));
    let (date, quorum) = (ask.field("date"), ask.field("quorum"));
    let mut errors = Vec::new();
    if title.is_empty() || title.chars().count() > 200 {
        errors.push(FieldError::new("title", "Enter what the meeting is called"));
    }
    let group = Slug::parse(named).ok().filter(|group| {
        let act = Act::PlanMeeting {
            group: seat(&plan, group),
        };
        plan.groups.contains_key(group) && may(&me.roles, act)
    });
    if group.is_none() {
        errors.push(FieldError::new("group", "Choose who meets"));
    }
    let on = date.parse::<Date>().ok().filter(|on| *on >= today(&ask));
    if on.is_none() {
        errors.push(FieldError::new(
            "date",
            "Enter the day, today or later, like 2027-01-31",
        ));
    }
    let free = quorum
        .parse::<usize>()
        .ok()
        .filter(|free| (1..=100).contains(free));
    if free.is_none() {
        errors.push(FieldError::new("quorum", "Enter a number from 1 to 100"));
    }
    if let (Some(group), Some(date), Some(quorum), true) = (group, on, free, errors.is_empty()) {
        let meeting = Meeting {
            title: title.to_owned(),
            items: fill(&ask, &plan, &group).await?,
            group,
            date,
            quorum,
        };
        let id = ask.access.store.add_meeting(&meeting).await?;
        return Ok(see_other(&format!("/desk/meetings/{id}")));
    }
    form(&ask, [title, date, quorum, named], errors)
}

/// `POST /desk/meetings/{id}/agenda`: fills the agenda again. Items that something was recorded of
/// stay.
pub(super) async fn refill(ask: Ask) -> Result<Response, Fault> {
    let sitting = Sitting::of(&ask).await?;
    ask.may(Act::PlanMeeting {
        group: sitting.seat(),
    })?;
    let kept = &sitting.kept;
    let mut meeting = kept.meeting.clone();
    let fresh = fill(&ask, &sitting.plan, &meeting.group).await?;
    let mut items = Vec::new();
    for item in std::mem::take(&mut meeting.items) {
        if sitting.is_touched(&ask, &item).await? && fresh.iter().all(|one| one.id != item.id) {
            items.push(item);
        }
    }
    items.extend(fresh);
    items.sort_by_key(|item| item.sort);
    meeting.items = items;
    let saved = ask
        .access
        .store
        .save_meeting(kept.id, kept.revision, &meeting)
        .await;
    match saved {
        // Whoever was quicker has just filled it.
        Ok(_) | Err(StoreError::Stale { .. }) => Ok(see_other(&sitting.path())),
        Err(cause) => Err(cause.into()),
    }
}
