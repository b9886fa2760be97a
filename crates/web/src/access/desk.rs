//! The desk: where people who take part arrive.

use askama::Template;
use axum::{Router, response::Response};
use dfg_plan::{Act, Plan, Role, may, story::capitalise};
use dfg_store::Person;

use super::{Ask, reading};
use crate::{
    cx::Link, evidence, fault::Fault, meeting, review, route::html, shell::Shell, site::Site,
};

pub(super) fn routes() -> Router<Site> {
    Router::new().route("/desk", reading(show))
}

#[derive(Template)]
#[template(path = "access/desk.html")]
struct Page {
    shell: Shell,
    roles: Vec<String>,
    ways: Vec<Link>,
    waiting: Vec<Waiting>,
}

/// Something that waits for the person.
pub(crate) struct Waiting {
    pub link: Link,
    /// What is wanted, and by when.
    pub note: String,
}

/// So many of something: “1 item”, “2 items”.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The pages of the desk that a person may use: the desk itself, then what most come for first.
pub(crate) fn ways(person: &Person) -> Vec<Link> {
    let may = |act| may(&person.roles, act);
    let all = [
        ("/desk", "Your desk", true),
        ("/desk/updates", "Updates", true),
        (
            "/desk/ownership",
            "Your organisation's parts",
            crate::ownership::speaks(person),
        ),
        ("/desk/proposals", "Proposals", may(Act::ReadUnpublished)),
        ("/desk/reviews", "Reviews", true),
        ("/desk/meetings", "Meetings", true),
        (
            "/desk/signals",
            "Signals from the public",
            may(Act::Moderate),
        ),
        (
            "/desk/evidence",
            "A publisher’s file",
            may(Act::EditEvidence),
        ),
        (
            "/desk/edition",
            "The next edition",
            may(Act::PublishEdition),
        ),
        ("/desk/since", "Since your last visit", true),
        ("/desk/calendar", "Your calendar", true),
        ("/desk/account", "Your account", true),
        ("/desk/people", "People", may(Act::ManagePeople)),
        ("/desk/audit", "Who got in", may(Act::SeeAudit)),
    ];
    all.into_iter()
        .filter(|(_, _, is_open)| *is_open)
        .map(|(href, words, _)| Link::new(href, words))
        .collect()
}

/// A role with its place's name: “Chair of a delivery group: Data”.
pub(super) fn spell_role(plan: &Plan, role: &Role) -> String {
    let name = role.place().map(|place| match role {
        Role::Partner(_) => plan
            .organisations
            .get(place)
            .map_or(place.to_string(), |organisation| organisation.name.clone()),
        _ => plan
            .groups
            .get(place)
            .map_or(place.to_string(), |group| group.name.clone()),
    });
    let words = capitalise(role.words());
    name.map_or(words.clone(), |name| format!("{words}: {name}"))
}

/// `GET /desk`.
async fn show(ask: Ask) -> Result<Response, Fault> {
    let person = ask.may(Act::UseDesk)?;
    let plan = ask.plan();
    let mut waiting = review::waiting(&ask, person, &plan).await?;
    waiting.extend(meeting::waiting(&ask, person, &plan).await?);
    waiting.extend(evidence::waiting(&ask, person, &plan));
    html(&Page {
        shell: ask.shell(format!("Welcome, {}", person.shown_name())),
        roles: person
            .roles
            .iter()
            .map(|role| spell_role(&plan, role))
            .collect(),
        ways: ways(person).split_off(1),
        waiting,
    })
}
