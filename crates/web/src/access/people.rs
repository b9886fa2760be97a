//! People, for the programme lead: invite, change roles, remove, erase; and who got in.

use std::time::Duration;

use askama::Template;
use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use dfg_plan::{Act, Plan, Role, Slug, record::GroupKind};
use dfg_store::{Holder, NewLink, NewPerson, Person, PersonId, StoreError, Token};

use super::{
    Ask, FieldError, Letter, account::spell_time, cookie, desk, is_email, link_text, reading,
    see_other, writing,
};
use crate::{cx::Link, fault::Fault, route::html, shell::Shell, site::Site};

/// How long an invitation works.
const INVITATION: Duration = Duration::from_hours(7 * 24);
/// How many events the page of who got in shows.
const EVENTS: u32 = 200;

pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/desk/people", reading(list))
        .route("/desk/people/new", reading(begin).merge(writing(invite)))
        .route("/desk/people/{id}", reading(one).merge(writing(change)))
        .route("/desk/people/{id}/invitation", writing(invite_again))
        .route(
            "/desk/people/{id}/removal",
            reading(ask_removal).merge(writing(remove)),
        )
        .route(
            "/desk/people/{id}/erasure",
            reading(ask_erasure).merge(writing(erase)),
        )
        .route("/desk/audit", reading(audit))
}

#[derive(Template)]
#[template(path = "access/people.html")]
struct ListPage {
    shell: Shell,
    ways: Vec<Link>,
    people: Vec<Item>,
}

struct Item {
    link: Link,
    email: String,
    roles: String,
}

#[derive(Template)]
#[template(path = "access/person.html")]
struct PersonPage {
    shell: Shell,
    ways: Vec<Link>,
    errors: Vec<FieldError>,
    is_new: bool,
    takes_part: bool,
    path: String,
    name: String,
    email: String,
    choices: Vec<Choice>,
    organisations: Vec<Choice>,
}

/// A role to tick, or an organisation to choose.
struct Choice {
    value: String,
    words: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "access/confirm.html")]
struct ConfirmPage {
    shell: Shell,
    words: &'static str,
    action: String,
    button: &'static str,
    back: String,
}

#[derive(Template)]
#[template(path = "access/audit.html")]
struct AuditPage {
    shell: Shell,
    ways: Vec<Link>,
    events: Vec<EventItem>,
}

struct EventItem {
    at: String,
    what: String,
    person: String,
    actor: String,
    detail: String,
}

fn person_path(id: &PersonId) -> String {
    format!("/desk/people/{id}")
}

/// `GET /desk/people`.
async fn list(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::ManagePeople)?;
    let plan = ask.plan();
    let people = ask.access.store.people().await?;
    html(&ListPage {
        shell: ask.shell("People"),
        ways: desk::ways(me),
        people: people
            .into_iter()
            .map(|person| Item {
                link: Link::new(person_path(&person.id), person.shown_name()),
                roles: if person.removed_at.is_some() {
                    "takes part no more".to_owned()
                } else {
                    let roles = person
                        .roles
                        .iter()
                        .map(|role| desk::spell_role(&plan, role));
                    roles.collect::<Vec<_>>().join("; ")
                },
                email: person.email.unwrap_or_default(),
            })
            .collect(),
    })
}

/// The roles that can be ticked: those without a place, the delivery groups', and partners that
/// are chosen already.
fn choices(plan: &Plan, chosen: &[Role]) -> Vec<Choice> {
    let mut roles = vec![
        Role::ProgrammeLead,
        Role::SteeringChair,
        Role::SteeringMember,
    ];
    for (slug, group) in &plan.groups {
        if group.kind == GroupKind::Delivery {
            roles.push(Role::GroupChair(slug.clone()));
            roles.push(Role::GroupMember(slug.clone()));
        }
    }
    roles.extend([Role::Analyst, Role::Reader]);
    let more = chosen.iter().filter(|role| !roles.contains(role)).cloned();
    let more: Vec<Role> = more.collect();
    roles.extend(more);
    roles
        .into_iter()
        .map(|role| Choice {
            words: desk::spell_role(plan, &role),
            chosen: chosen.contains(&role),
            value: role.to_string(),
        })
        .collect()
}

/// The roles that a form names; none where it names something that is no role here.
fn read_roles(ask: &Ask, plan: &Plan) -> Option<Vec<Role>> {
    let mut roles = Vec::new();
    for text in ask.form.all("role") {
        roles.push(Role::parse(text).ok()?);
    }
    if let Some(slug) = ask.form.all("organisation").next() {
        roles.push(Role::Partner(Slug::parse(slug).ok()?));
    }
    let known = |role: &Role| {
        role.place().is_none_or(|place| match role {
            Role::Partner(_) => plan.organisations.contains_key(place),
            _ => plan.groups.contains_key(place),
        })
    };
    roles.iter().all(known).then_some(roles)
}

/// The form for a person, new or not, with what is wrong with it.
struct Form<'a> {
    person: Option<&'a Person>,
    name: &'a str,
    email: &'a str,
    roles: &'a [Role],
    errors: Vec<FieldError>,
}

fn form_page(ask: &Ask, me: &Person, form: Form<'_>) -> Result<Response, Fault> {
    let plan = ask.plan();
    let title = form
        .person
        .map_or("Invite somebody", |person| person.shown_name());
    let failed = !form.errors.is_empty();
    let organisations = plan.organisations.iter().map(|(slug, one)| Choice {
        value: slug.to_string(),
        words: one.name.clone(),
        chosen: false,
    });
    let page = html(&PersonPage {
        shell: ask.shell(title).failed(failed),
        ways: desk::ways(me),
        errors: form.errors,
        is_new: form.person.is_none(),
        takes_part: form.person.is_none_or(|person| person.removed_at.is_none()),
        path: form.person.map_or("/desk/people/new".to_owned(), |person| {
            person_path(&person.id)
        }),
        name: form.name.to_owned(),
        email: form.email.to_owned(),
        choices: choices(&plan, form.roles),
        organisations: organisations.collect(),
    })?;
    Ok(if failed {
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    } else {
        page
    })
}

/// `GET /desk/people/new`.
async fn begin(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::ManagePeople)?;
    let form = Form {
        person: None,
        name: "",
        email: "",
        roles: &[],
        errors: Vec::new(),
    };
    form_page(&ask, me, form)
}

/// `POST /desk/people/new`.
async fn invite(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::ManagePeople)?;
    let (name, email) = (ask.field("name"), ask.field("email"));
    let mut errors = Vec::new();
    if name.is_empty() || name.chars().count() > 200 {
        errors.push(FieldError::new("name", "Enter their name"));
    }
    if !is_email(email) {
        let message = "Enter an e-mail address, like name@example.org";
        errors.push(FieldError::new("email", message));
    }
    let roles = read_roles(&ask, &ask.plan()).unwrap_or_default();
    if roles.is_empty() {
        errors.push(FieldError::new("roles", "Choose at least one role"));
    }
    if errors.is_empty() {
        let new = NewPerson {
            name: name.to_owned(),
            email: email.to_owned(),
            roles: roles.clone(),
        };
        match ask
            .access
            .store
            .add_person(&new, Some(&me.id), ask.now)
            .await
        {
            Ok(id) => {
                send_invitation(&ask, me, &id, email).await?;
                return Ok(see_other("/desk/people"));
            }
            Err(StoreError::EmailTaken) => {
                let message = "Somebody with this e-mail address takes part already";
                errors.push(FieldError::new("email", message));
            }
            Err(cause) => return Err(cause.into()),
        }
    }
    let form = Form {
        person: None,
        name,
        email,
        roles: &roles,
        errors,
    };
    form_page(&ask, me, form)
}

async fn send_invitation(ask: &Ask, me: &Person, id: &PersonId, to: &str) -> Result<(), Fault> {
    let token = Token::random()?;
    let link = NewLink {
        holder: Holder::Invitation(id),
        token: &token,
        at: ask.now,
        lives: INVITATION,
    };
    ask.access.store.issue_link(&link).await?;
    let title = ask.shell("").site_title;
    ask.access.mail.send(Letter {
        to: to.to_owned(),
        subject: format!("You are invited: {title}"),
        text: format!(
            "{} invites you to take part in {title}.\n\nOpen this link within seven days. It works \
             once.\n\n{}\n\nAfter that, you sign in at {}/sign-in with this e-mail address.\n",
            me.shown_name(),
            link_text(&ask.access.address, &token),
            ask.access.address
        ),
    });
    Ok(())
}

/// The person that the path names.
async fn named(ask: &Ask) -> Result<Person, Fault> {
    let text = ask.param("id");
    let missing = || Fault::missing("person", text);
    let id = PersonId::parse(text).ok_or_else(missing)?;
    ask.access.store.person(&id).await?.ok_or_else(missing)
}

/// `GET /desk/people/{id}`.
async fn one(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::ManagePeople)?;
    let person = named(&ask).await?;
    let form = Form {
        person: Some(&person),
        name: person.shown_name(),
        email: person.email.as_deref().unwrap_or_default(),
        roles: &person.roles,
        errors: Vec::new(),
    };
    form_page(&ask, me, form)
}

/// `POST /desk/people/{id}`: other roles. The person signs in again; the programme lead who changes
/// the own roles goes on under a new identifier.
async fn change(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::ManagePeople)?;
    let person = named(&ask).await?;
    if person.removed_at.is_some() {
        return Err(Fault::missing("person", &person.id));
    }
    let roles = read_roles(&ask, &ask.plan()).unwrap_or_default();
    let renewed = Token::random()?;
    let own = ask.signed_in.as_ref().filter(|_| person.id == me.id);
    let own = own.map(|(_, token)| (token, &renewed));
    let problem = if roles.is_empty() {
        "Choose at least one role"
    } else {
        let store = &ask.access.store;
        let changed = store.set_roles(&person.id, &roles, Some(&me.id), own, ask.now);
        match changed.await {
            Ok(()) => {
                let mut response = see_other("/desk");
                if own.is_some() {
                    cookie::keep_session(response.headers_mut(), &renewed);
                    return Ok(response);
                }
                return Ok(see_other("/desk/people"));
            }
            Err(StoreError::LastLead) => "Make somebody else programme lead first",
            Err(cause) => return Err(cause.into()),
        }
    };
    let form = Form {
        person: Some(&person),
        name: person.shown_name(),
        email: person.email.as_deref().unwrap_or_default(),
        roles: &roles,
        errors: vec![FieldError::new("roles", problem)],
    };
    form_page(&ask, me, form)
}

/// `POST /desk/people/{id}/invitation`: a new link for somebody who lost theirs.
async fn invite_again(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::ManagePeople)?;
    let person = named(&ask).await?;
    match &person.email {
        Some(email) if person.removed_at.is_none() => {
            send_invitation(&ask, me, &person.id, email).await?;
            Ok(see_other("/desk/people"))
        }
        _ => Err(Fault::missing("person", &person.id)),
    }
}

/// `GET /desk/people/{id}/removal`.
async fn ask_removal(ask: Ask) -> Result<Response, Fault> {
    ask.may(Act::ManagePeople)?;
    let person = named(&ask).await?;
    html(&ConfirmPage {
        shell: ask.shell(format!("Remove {}?", person.shown_name())),
        words: "They can sign in no more. Their name stays with what they did.",
        action: ask.path.clone(),
        button: "Remove",
        back: person_path(&person.id),
    })
}

/// `GET /desk/people/{id}/erasure`.
async fn ask_erasure(ask: Ask) -> Result<Response, Fault> {
    ask.may(Act::ManagePeople)?;
    let person = named(&ask).await?;
    html(&ConfirmPage {
        shell: ask.shell(format!("Erase {}?", person.shown_name())),
        words: "Name and e-mail address are taken away for good. What they did stays, by “a former \
            participant”. This cannot be undone.",
        action: ask.path.clone(),
        button: "Erase",
        back: person_path(&person.id),
    })
}

/// `POST /desk/people/{id}/removal`.
async fn remove(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::ManagePeople)?;
    let person = named(&ask).await?;
    let store = &ask.access.store;
    let done = store.remove_person(&person.id, Some(&me.id), ask.now).await;
    gone(&ask, done)
}

/// `POST /desk/people/{id}/erasure`.
async fn erase(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::ManagePeople)?;
    let person = named(&ask).await?;
    let store = &ask.access.store;
    let done = store.erase_person(&person.id, Some(&me.id), ask.now).await;
    gone(&ask, done)
}

fn gone(ask: &Ask, done: Result<(), StoreError>) -> Result<Response, Fault> {
    match done {
        Ok(()) => Ok(see_other("/desk/people")),
        Err(StoreError::LastLead) => {
            let page = html(&ConfirmPage {
                shell: ask.shell("The last programme lead stays"),
                words: "Make somebody else programme lead first.",
                action: String::new(),
                button: "",
                back: "/desk/people".to_owned(),
            })?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(cause) => Err(cause.into()),
    }
}

/// `GET /desk/audit`.
async fn audit(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::SeeAudit)?;
    let people = ask.access.store.people().await?;
    let name = |id: Option<&PersonId>| {
        let person = people.iter().find(|person| Some(&person.id) == id);
        person.map_or("the operator", Person::shown_name).to_owned()
    };
    let events = ask.access.store.access_events(EVENTS).await?;
    html(&AuditPage {
        shell: ask.shell("Who got in"),
        ways: desk::ways(me),
        events: events
            .into_iter()
            .map(|event| EventItem {
                at: spell_time(event.at),
                person: name(event.person.as_ref()),
                actor: name(event.actor.as_ref()),
                what: event.what.replace('-', " "),
                detail: event.detail,
            })
            .collect(),
    })
}
