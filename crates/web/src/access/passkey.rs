//! Passkeys (WebAuthn level 3): added on one's own account, used instead of a link.
//!
//! A passkey is a discoverable credential whose user was verified by the device, so that it is two
//! factors in one. A challenge is answered once, in the browser that asked for it, within five
//! minutes.

use std::time::Duration;

use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use dfg_plan::Act;
use dfg_store::{
    NewSession, PersonId, Token,
    sign_on::{Ceremony, NewCeremony, PasskeyNote},
};
use serde::Serialize;
use url::Url;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Uuid, Webauthn, WebauthnBuilder, WebauthnError,
};
use webauthn_rs_proto::ResidentKeyRequirement;

use super::{Access, Ask, FieldError, LIMITS, account, cookie, guard, see_other, sign_in, writing};
use crate::{asset, cache, fault::Fault, site::Site};

/// How long a challenge may be answered.
const LIVES: Duration = Duration::from_mins(5);
/// The longest name of a passkey, in characters.
const NAME: usize = 60;

pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/desk/account/passkeys/begin", writing(begin_adding))
        .route("/desk/account/passkeys", writing(add))
        .route("/desk/account/passkeys/{id}/remove", writing(remove))
        .route("/sign-in/passkey/begin", writing(begin_using))
        .route("/sign-in/passkey", writing(enter))
}

/// What the browser is asked, and the secret by which the answer is known.
#[derive(Serialize)]
struct Challenge<T> {
    ceremony: String,
    options: T,
}

/// The party that passkeys are for: the site at its public address. None where browsers give no
/// passkeys: without TLS, or where the address is a number.
fn party(access: &Access) -> Option<Webauthn> {
    let origin = Url::parse(&access.address).ok()?;
    let host = origin.domain()?;
    if origin.scheme() != "https" && host != "localhost" {
        return None;
    }
    WebauthnBuilder::new(host, &origin).ok()?.build().ok()
}

/// Whether people can add and use passkeys here.
pub(super) fn is_offered(access: &Access) -> bool {
    party(access).is_some()
}

/// The address of the script that speaks to the browser's keeper of passkeys.
pub(super) fn script_href() -> String {
    asset::href("passkey.js")
}

/// Lets a page run the site's own script, which no other page may.
pub(super) fn with_script(mut page: Response) -> Response {
    cache::allow_script(page.headers_mut());
    page
}

fn not_offered(ask: &Ask) -> Fault {
    Fault::missing("page", &ask.path)
}

fn user_handle(person: &PersonId) -> Option<Uuid> {
    Uuid::parse_str(person.as_str()).ok()
}

/// A credential's identifier as the database keeps it.
fn id_text(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `POST /desk/account/passkeys/begin`: the challenge for a new passkey, as JSON.
async fn begin_adding(ask: Ask) -> Result<Response, Fault> {
    let person = ask.may(Act::UseDesk)?;
    let party = party(&ask.access).ok_or_else(|| not_offered(&ask))?;
    let handle = user_handle(&person.id).ok_or_else(|| not_offered(&ask))?;
    let email = person.email.clone().unwrap_or_default();
    let known = ask.access.store.passkeys(&person.id).await?;
    let known = known.iter().filter_map(|note| bytes(&note.id));
    let begun = party.start_passkey_registration(
        handle,
        &email,
        person.shown_name(),
        Some(known.collect()),
    );
    let (mut options, state) = begun.map_err(|cause| broken(&cause))?;
    // So that it can be used without saying who one is.
    if let Some(selection) = &mut options.public_key.authenticator_selection {
        selection.resident_key = Some(ResidentKeyRequirement::Required);
        selection.require_resident_key = true;
    }
    let (ceremony, person) = (Ceremony::AddPasskey, Some(&person.id));
    challenge(&ask, ceremony, person, &state, options).await
}

/// `POST /sign-in/passkey/begin`: the challenge for signing in, as JSON.
async fn begin_using(ask: Ask) -> Result<Response, Fault> {
    let party = party(&ask.access).ok_or_else(|| not_offered(&ask))?;
    guard::limit_address(&ask).await?;
    let begun = party.start_discoverable_authentication();
    let (options, state) = begun.map_err(|cause| broken(&cause))?;
    challenge(&ask, Ceremony::UsePasskey, None, &state, options).await
}

async fn challenge(
    ask: &Ask,
    ceremony: Ceremony,
    person: Option<&PersonId>,
    state: &impl Serialize,
    options: impl Serialize,
) -> Result<Response, Fault> {
    let (token, browser) = (Token::random()?, cookie::browser(&ask.headers)?);
    let new = NewCeremony {
        ceremony,
        token: &token,
        browser: &browser,
        person,
        at: ask.now,
        lives: LIVES,
    };
    ask.access.store.begin_ceremony(&new, state).await?;
    let text = serde_json::to_string(&Challenge {
        ceremony: token.reveal().to_owned(),
        options,
    })
    .map_err(askama::Error::custom)?;
    let json = HeaderValue::from_static("application/json");
    let mut response = ([(header::CONTENT_TYPE, json)], text).into_response();
    cookie::mark_browser(response.headers_mut(), &browser);
    Ok(response)
}

/// Takes out what was kept of the ceremony that a form answers.
async fn finish<T: serde::de::DeserializeOwned>(
    ask: &Ask,
    ceremony: Ceremony,
    person: Option<&PersonId>,
) -> Result<Option<T>, Fault> {
    let token = Token::parse(ask.field("ceremony"));
    let browser = cookie::read(&ask.headers, cookie::ASKED);
    let (Some(token), Some(browser)) = (token, browser) else {
        return Ok(None);
    };
    let store = &ask.access.store;
    let kept = store.end_ceremony(ceremony, &token, &browser, person, ask.now);
    Ok(kept.await?)
}

/// `POST /desk/account/passkeys`.
async fn add(ask: Ask) -> Result<Response, Fault> {
    let person = ask.may(Act::UseDesk)?;
    let party = party(&ask.access).ok_or_else(|| not_offered(&ask))?;
    let name = ask.field("passkey-name").to_owned();
    if name.is_empty() || name.chars().count() > NAME {
        let message = format!("Give the passkey a name of at most {NAME} characters");
        let error = FieldError::new("passkey-name", &message);
        return account::failed(&ask, person, vec![error]).await;
    }
    let refused = || {
        let message = "The passkey was not added. Try again, and answer within five minutes";
        vec![FieldError::new("passkey-name", message)]
    };
    let state: Option<PasskeyRegistration> =
        finish(&ask, Ceremony::AddPasskey, Some(&person.id)).await?;
    let credential: Option<RegisterPublicKeyCredential> =
        serde_json::from_str(ask.field("credential")).ok();
    let (Some(state), Some(credential)) = (state, credential) else {
        return account::failed(&ask, person, refused()).await;
    };
    let passkey = match party.finish_passkey_registration(&credential, &state) {
        Ok(passkey) => passkey,
        Err(cause) => {
            tracing::warn!(%cause, "a passkey could not be added");
            return account::failed(&ask, person, refused()).await;
        }
    };
    let id = id_text(passkey.cred_id().as_ref());
    let store = &ask.access.store;
    if !store
        .add_passkey(&person.id, &id, &name, &passkey, ask.now)
        .await?
    {
        let message = "The passkey was not added: it is here already, or you have 20 of them";
        let error = FieldError::new("passkey-name", message);
        return account::failed(&ask, person, vec![error]).await;
    }
    let mut response = see_other("/desk/account");
    cookie::forget(response.headers_mut(), cookie::ASKED);
    Ok(response)
}

/// `POST /desk/account/passkeys/{id}/remove`: takes one of one's own away.
async fn remove(ask: Ask) -> Result<Response, Fault> {
    let person = ask.may(Act::UseDesk)?;
    let id = ask.param("id");
    let store = &ask.access.store;
    if !store.remove_passkey(&person.id, id, ask.now).await? {
        return Err(Fault::missing("passkey", id));
    }
    Ok(see_other("/desk/account"))
}

/// `POST /sign-in/passkey`: whatever session the browser had before ends. Every failure has the
/// same answer.
async fn enter(ask: Ask) -> Result<Response, Fault> {
    let party = party(&ask.access).ok_or_else(|| not_offered(&ask))?;
    guard::limit_address(&ask).await?;
    let state: Option<DiscoverableAuthentication> =
        finish(&ask, Ceremony::UsePasskey, None).await?;
    let credential: Option<PublicKeyCredential> =
        serde_json::from_str(ask.field("credential")).ok();
    let (Some(state), Some(credential)) = (state, credential) else {
        return nobody(&ask);
    };
    let store = &ask.access.store;
    let id = id_text(credential.get_credential_id());
    let Some((person, mut passkey)) = store.passkey::<Passkey>(&id).await? else {
        return nobody(&ask);
    };
    let named = party.identify_discoverable_authentication(&credential);
    let is_theirs = named.is_ok_and(|(handle, _)| Some(handle) == user_handle(&person));
    let proved = party.finish_discoverable_authentication_v2(&credential, state, &passkey);
    let proof = match proved {
        Ok(proof) if is_theirs && proof.user_verified() => proof,
        Ok(_) => return nobody(&ask),
        Err(cause) => {
            tracing::warn!(%cause, "somebody could not sign in with a passkey");
            return nobody(&ask);
        }
    };
    passkey.update_credential(&proof);
    let secret = Token::random()?;
    let new = NewSession {
        token: &secret,
        agent: ask.agent(),
        at: ask.now,
        limits: LIMITS,
    };
    let entered = store.enter_by_passkey(&person, &id, &passkey, &new).await?;
    if entered.is_none() {
        return nobody(&ask);
    }
    if let Some((_, old)) = &ask.signed_in {
        store.end_session(old).await?;
    }
    let mut response = see_other(sign_in::safe_next(ask.field("next")));
    cookie::keep_session(response.headers_mut(), &secret);
    cookie::forget(response.headers_mut(), cookie::ASKED);
    Ok(response)
}

fn nobody(ask: &Ask) -> Result<Response, Fault> {
    let page = sign_in::useless(
        ask,
        "You are not signed in",
        "The passkey did not open an account here, or it took too long. Try again, or ask for a link.",
    )?;
    Ok((StatusCode::NOT_FOUND, page).into_response())
}

fn broken(cause: &WebauthnError) -> Fault {
    tracing::error!(%cause, "no challenge could be made for a passkey");
    Fault::from(askama::Error::custom("no challenge could be made"))
}

/// The bytes of an identifier that the database keeps.
fn bytes(id: &str) -> Option<Vec<u8>> {
    id.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// A passkey as its owner reads of it.
pub(super) struct PasskeyItem {
    pub id: String,
    pub name: String,
    pub added: String,
    pub used: String,
}

impl From<PasskeyNote> for PasskeyItem {
    fn from(note: PasskeyNote) -> Self {
        Self {
            id: note.id,
            name: note.name,
            added: account::spell_time(note.created_at),
            used: note.used_at.map(account::spell_time).unwrap_or_default(),
        }
    }
}
