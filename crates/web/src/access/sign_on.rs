//! Signing on through an organisation's own provider.
//!
//! What speaks to the provider is handed in as a [`SignOn`]; here are the pages, and the bond
//! between what was begun and the browser in which it was.

use std::{future::Future, pin::Pin, time::Duration};

use askama::Template;
use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use dfg_store::{
    NewSession, Token,
    sign_on::{Ceremony, Identity, NewCeremony},
};
use serde::{Deserialize, Serialize};

use super::{Ask, LIMITS, cookie, guard, reading, see_other, sign_in};
use crate::{fault::Fault, route::html, shell::Shell, site::Site};

/// How long somebody may take at the provider.
const LIVES: Duration = Duration::from_mins(10);

/// Something that comes later.
pub type Later<T> = Pin<Box<dyn Future<Output = Result<T, SignOnError>> + Send>>;

/// An organisation's own sign-on.
pub trait SignOn: Send + Sync {
    /// What the way in is called: `Sign in with your organisation`.
    fn name(&self) -> &str;

    /// Begins: the address to which the browser is sent, which carries the state.
    fn begin(&self, state: String) -> Later<Begun>;

    /// Finishes with the code that the browser has brought back: who it is.
    fn finish(&self, began: Began, code: String) -> Later<Identity>;
}

/// A sign-on that has begun.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Where the browser goes.
    pub address: String,
    /// What finishing needs.
    pub began: Began,
}

/// What is kept of a sign-on until it is finished.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Began {
    /// The nonce that the ID token must bear.
    pub nonce: String,
    /// The secret half of the PKCE challenge.
    pub verifier: String,
}

/// Why nobody was signed on. The texts are for the log.
#[derive(Debug, thiserror::Error)]
pub enum SignOnError {
    /// The provider does not answer, or not as one does.
    #[error("the organisation's sign-on cannot be asked: {0}")]
    Unreachable(String),
    /// It vouches for nobody.
    #[error("the organisation's sign-on vouches for nobody: {0}")]
    Refused(String),
}

/// What is kept while somebody is at the provider.
#[derive(Serialize, Deserialize)]
struct Kept {
    began: Began,
    next: String,
}

pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/sign-in/organisation", reading(begin))
        .route("/sign-in/organisation/back", reading(back))
}

#[derive(Template)]
#[template(path = "access/message.html")]
struct Message {
    shell: Shell,
    words: &'static str,
    again: bool,
}

/// `GET /sign-in/organisation`: a link, not a form, for it leads to another site.
async fn begin(ask: Ask) -> Result<Response, Fault> {
    let Some(sign_on) = &ask.access.sign_on else {
        return Err(Fault::missing("page", &ask.path));
    };
    guard::limit_address(&ask).await?;
    let (state, browser) = (Token::random()?, cookie::browser(&ask.headers)?);
    let begun = match sign_on.begin(state.reveal().to_owned()).await {
        Ok(begun) => begun,
        Err(cause) => return failed(&ask, &cause),
    };
    let kept = Kept {
        began: begun.began,
        next: sign_in::safe_next(ask.query.get("next").unwrap_or_default()).to_owned(),
    };
    let new = NewCeremony {
        ceremony: Ceremony::SignOn,
        token: &state,
        browser: &browser,
        person: None,
        at: ask.now,
        lives: LIVES,
    };
    ask.access.store.begin_ceremony(&new, &kept).await?;
    let mut response = see_other(&begun.address);
    cookie::mark_browser(response.headers_mut(), &browser);
    Ok(response)
}

/// `GET /sign-in/organisation/back`: whatever session the browser had before ends.
async fn back(ask: Ask) -> Result<Response, Fault> {
    let Some(sign_on) = &ask.access.sign_on else {
        return Err(Fault::missing("page", &ask.path));
    };
    guard::limit_address(&ask).await?;
    let store = &ask.access.store;
    let state = Token::parse(ask.query.get("state").unwrap_or_default());
    let browser = cookie::read(&ask.headers, cookie::ASKED);
    let (Some(state), Some(browser)) = (state, browser) else {
        return over(&ask);
    };
    let kept: Option<Kept> = store
        .end_ceremony(Ceremony::SignOn, &state, &browser, None, ask.now)
        .await?;
    let Some(kept) = kept else {
        return over(&ask);
    };
    let Some(code) = ask.query.get("code") else {
        return over(&ask);
    };
    let identity = match sign_on.finish(kept.began, code.to_owned()).await {
        Ok(identity) => identity,
        Err(cause) => return failed(&ask, &cause),
    };
    let secret = Token::random()?;
    let new = NewSession {
        token: &secret,
        agent: ask.agent(),
        at: ask.now,
        limits: LIMITS,
    };
    if store.enter_by_identity(&identity, &new).await?.is_none() {
        return say(
            &ask,
            StatusCode::NOT_FOUND,
            "Nobody takes part here by this name",
            "Your organisation knows you, but you are not invited here under the e-mail address that it \
             gives. Ask the programme lead for an invitation.",
        );
    }
    if let Some((_, old)) = &ask.signed_in {
        store.end_session(old).await?;
    }
    let mut response = see_other(sign_in::safe_next(&kept.next));
    cookie::keep_session(response.headers_mut(), &secret);
    cookie::forget(response.headers_mut(), cookie::ASKED);
    Ok(response)
}

/// What was begun is over: used before, too late, or of another browser.
fn over(ask: &Ask) -> Result<Response, Fault> {
    say(
        ask,
        StatusCode::NOT_FOUND,
        "You are not signed in",
        "This sign-in was given up, took too long, or began in another browser. Begin again.",
    )
}

fn failed(ask: &Ask, cause: &SignOnError) -> Result<Response, Fault> {
    tracing::warn!(%cause, "somebody could not sign on");
    match cause {
        SignOnError::Unreachable(_) => say(
            ask,
            StatusCode::BAD_GATEWAY,
            "Your organisation’s sign-on does not answer",
            "Try again in a few minutes, or ask for a link by e-mail.",
        ),
        SignOnError::Refused(_) => say(
            ask,
            StatusCode::FORBIDDEN,
            "Your organisation did not vouch for you",
            "Begin again, or ask for a link by e-mail.",
        ),
    }
}

fn say(ask: &Ask, status: StatusCode, title: &str, words: &'static str) -> Result<Response, Fault> {
    let page = html(&Message {
        shell: ask.shell(title),
        words,
        again: true,
    })?;
    Ok((status, page).into_response())
}
