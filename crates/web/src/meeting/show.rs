//! A meeting's page, who is present, and its minutes.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use dfg_plan::{Act, may, meeting::Sort, spell_day, story::capitalise};

use super::{Sitting, decision_link};
use crate::{
    access::{Ask, FieldError, desk::ways, see_other},
    cx::Link,
    fault::Fault,
    review::group_name,
    route::html,
    shell::Shell,
};

#[derive(Template)]
#[template(path = "meeting/show.html")]
struct Page {
    shell: Shell,
    ways: Vec<Link>,
    errors: Vec<FieldError>,
    path: String,
    group: String,
    date: String,
    quorum: usize,
    may_plan: bool,
    parts: Vec<(String, Vec<Row>)>,
    members: Vec<(String, String, bool)>,
    present: usize,
    actions: Vec<ActionRow>,
    /// What was typed of an action that is wrong: what, whose and by when.
    typed: [String; 3],
}

struct Row {
    link: Link,
    note: String,
    outcome: String,
    decision: Option<Link>,
    /// Why it was decided so.
    why: String,
    interests: Vec<String>,
}

struct ActionRow {
    id: i64,
    what: String,
    note: String,
    may_finish: bool,
}

#[derive(Template)]
#[template(path = "meeting/minutes.html")]
struct MinutesPage {
    shell: Shell,
    back: Link,
    group: String,
    date: String,
    quorum: usize,
    present: Vec<String>,
    absent: Vec<String>,
    rows: Vec<Row>,
    open: usize,
    actions: Vec<ActionRow>,
}

fn row(ask: &Ask, sitting: &Sitting, item: &dfg_plan::meeting::Item) -> Row {
    let outcome = sitting.outcome(item);
    let interests = sitting.members().filter_map(|person| {
        let reason = sitting.interest(person, item)?;
        Some(format!("{} ({reason})", person.shown_name()))
    });
    let decision = outcome.and_then(|one| one.decision.as_ref());
    Row {
        link: Link::new(sitting.item_path(item), &*item.title),
        note: capitalise(&item.note),
        outcome: outcome.map_or_else(String::new, |one| one.text.clone()),
        decision: decision.map(|slug| decision_link(ask, slug)),
        why: outcome
            .and_then(|one| sitting.reason_of(one))
            .unwrap_or_default(),
        interests: interests.collect(),
    }
}

async fn actions(ask: &Ask, sitting: &Sitting, may_plan: bool) -> Result<Vec<ActionRow>, Fault> {
    let me = ask.may(Act::UseDesk)?;
    let all = ask.access.store.actions().await?;
    let own = all.into_iter().filter(|one| one.meeting == sitting.kept.id);
    let rows = own.map(|one| {
        let due = one
            .due
            .map_or(String::new(), |due| format!(", by {}", spell_day(due)));
        let done = one
            .done_on
            .map_or(String::new(), |on| format!(", done on {}", spell_day(on)));
        ActionRow {
            note: format!("{}{due}{done}", sitting.name(&one.owner)),
            may_finish: one.done_on.is_none() && (may_plan || one.owner == me.id.as_str()),
            id: one.id,
            what: one.what,
        }
    });
    Ok(rows.collect())
}

/// `GET /desk/meetings/{id}`.
pub(super) async fn show(ask: Ask) -> Result<Response, Fault> {
    let sitting = Sitting::of(&ask).await?;
    page(&ask, &sitting, Vec::new()).await
}

/// The meeting's page. With errors, its form for an action shows what was typed.
pub(super) async fn page(
    ask: &Ask,
    sitting: &Sitting,
    errors: Vec<FieldError>,
) -> Result<Response, Fault> {
    let me = ask.may(Act::UseDesk)?;
    let failed = !errors.is_empty();
    let meeting = &sitting.kept.meeting;
    let may_plan = may(
        &me.roles,
        Act::PlanMeeting {
            group: sitting.seat(),
        },
    );
    let of = |sort: Sort| {
        let items = meeting.items.iter().filter(move |item| item.sort == sort);
        items
            .map(|item| row(ask, sitting, item))
            .collect::<Vec<_>>()
    };
    let parts = Sort::ALL
        .iter()
        .map(|sort| (capitalise(sort.words()), of(*sort)));
    let page = html(&Page {
        shell: ask.shell(&*meeting.title).failed(failed),
        ways: ways(me),
        errors,
        path: sitting.path(),
        group: group_name(&sitting.plan, &meeting.group),
        date: spell_day(meeting.date),
        quorum: meeting.quorum,
        may_plan,
        parts: parts.filter(|(_, rows)| !rows.is_empty()).collect(),
        members: sitting
            .members()
            .map(|person| {
                let id = person.id.to_string();
                let is_present = sitting.present.contains(&id);
                (id, person.shown_name().to_owned(), is_present)
            })
            .collect(),
        present: sitting
            .members()
            .filter(|person| sitting.present.contains(person.id.as_str()))
            .count(),
        actions: actions(ask, sitting, may_plan).await?,
        typed: ["what", "owner", "due"].map(|field| ask.field(field).to_owned()),
    })?;
    Ok(if failed {
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    } else {
        page
    })
}

/// `GET /desk/meetings/{id}/minutes`.
pub(super) async fn minutes(ask: Ask) -> Result<Response, Fault> {
    let sitting = Sitting::of(&ask).await?;
    let meeting = &sitting.kept.meeting;
    let (present, absent): (Vec<_>, Vec<_>) = sitting
        .members()
        .partition(|person| sitting.present.contains(person.id.as_str()));
    let names = |people: Vec<&dfg_store::Person>| {
        people
            .iter()
            .map(|person| person.shown_name().to_owned())
            .collect()
    };
    let done = meeting
        .items
        .iter()
        .filter(|item| sitting.outcome(item).is_some());
    let rows: Vec<Row> = done.map(|item| row(&ask, &sitting, item)).collect();
    html(&MinutesPage {
        shell: ask.shell(format!("Minutes: {}", meeting.title)),
        back: Link::new(sitting.path(), &*meeting.title),
        group: group_name(&sitting.plan, &meeting.group),
        date: spell_day(meeting.date),
        quorum: meeting.quorum,
        present: names(present),
        absent: names(absent),
        open: meeting.items.len() - rows.len(),
        rows,
        actions: actions(&ask, &sitting, false).await?,
    })
}

/// `POST /desk/meetings/{id}/presence`: who is present, all at once.
pub(super) async fn note_presence(ask: Ask) -> Result<Response, Fault> {
    let sitting = Sitting::of(&ask).await?;
    ask.may(Act::PlanMeeting {
        group: sitting.seat(),
    })?;
    let (store, id) = (&ask.access.store, sitting.kept.id);
    for person in sitting.members() {
        let member = person.id.as_str();
        let is_ticked = ask.form.all("member").any(|one| one == member);
        match (is_ticked, sitting.present.contains(member)) {
            (true, false) => store.attend(id, member).await?,
            (false, true) => store.leave(id, member).await?,
            _ => {}
        }
    }
    Ok(see_other(&sitting.path()))
}
