//! One's own account: where one is signed in, and all that is held on one.

use askama::Template;
use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use dfg_plan::{Act, spell_day};
use dfg_store::Person;
use jiff::{Timestamp, tz::TimeZone};

use super::{
    Ask, FieldError, desk,
    passkey::{self, PasskeyItem},
    reading, see_other, writing,
};
use crate::{cx::Link, fault::Fault, route::html, shell::Shell, site::Site};

pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/desk/account", reading(show))
        .route("/desk/account/data", reading(download))
        .route("/desk/account/sessions/{id}", writing(revoke))
}

#[derive(Template)]
#[template(path = "access/account.html")]
struct Page {
    shell: Shell,
    ways: Vec<Link>,
    name: String,
    email: String,
    sessions: Vec<SessionItem>,
    errors: Vec<FieldError>,
    passkeys: Vec<PasskeyItem>,
    passkey_name: String,
    /// The script for passkeys; empty where none are offered.
    script: String,
}

struct SessionItem {
    id: String,
    agent: String,
    began: String,
    seen: String,
    is_this: bool,
}

/// A time as people read it.
pub(crate) fn spell_time(at: Timestamp) -> String {
    let at = at.to_zoned(TimeZone::UTC);
    format!("{} at {}", spell_day(at.date()), at.strftime("%H:%M UTC"))
}

/// `GET /desk/account`.
async fn show(ask: Ask) -> Result<Response, Fault> {
    let person = ask.may(Act::UseDesk)?;
    page(&ask, person, Vec::new()).await
}

/// The page again, with what is wrong.
pub(super) async fn failed(
    ask: &Ask,
    person: &Person,
    errors: Vec<FieldError>,
) -> Result<Response, Fault> {
    let page = page(ask, person, errors).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn page(ask: &Ask, person: &Person, errors: Vec<FieldError>) -> Result<Response, Fault> {
    let own = ask
        .signed_in
        .as_ref()
        .map(|(current, _)| &current.session.id);
    let held = ask.access.store.held_on(&person.id).await?;
    let sessions = held.map(|held| held.sessions).unwrap_or_default();
    let passkeys = ask.access.store.passkeys(&person.id).await?;
    let offered = passkey::is_offered(&ask.access);
    let page = html(&Page {
        shell: ask.shell("Your account").failed(!errors.is_empty()),
        errors,
        passkeys: passkeys.into_iter().map(PasskeyItem::from).collect(),
        passkey_name: ask.field("passkey-name").to_owned(),
        script: if offered {
            passkey::script_href()
        } else {
            String::new()
        },
        ways: desk::ways(person),
        name: person.shown_name().to_owned(),
        email: person.email.clone().unwrap_or_default(),
        sessions: sessions
            .into_iter()
            .map(|session| SessionItem {
                is_this: own == Some(&session.id),
                began: spell_time(session.created_at),
                seen: spell_time(session.seen_at),
                agent: session.agent,
                id: session.id,
            })
            .collect(),
    })?;
    Ok(if offered {
        passkey::with_script(page)
    } else {
        page
    })
}

/// `GET /desk/account/data`: all that is held on the person who asks, as JSON.
async fn download(ask: Ask) -> Result<Response, Fault> {
    let person = ask.may(Act::UseDesk)?;
    let held = ask.access.store.held_on(&person.id).await?;
    let text = serde_json::to_string_pretty(&held).map_err(askama::Error::custom)?;
    let mut response = text.into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response.headers_mut().insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"held-on-me.json\""),
    );
    Ok(response)
}

/// `POST /desk/account/sessions/{id}`: signs out one of one's own sessions.
async fn revoke(ask: Ask) -> Result<Response, Fault> {
    let person = ask.may(Act::UseDesk)?;
    let id = ask.param("id");
    if !ask.access.store.revoke_session(&person.id, id).await? {
        return Err(Fault::missing("session", id));
    }
    Ok(see_other("/desk/account"))
}
