//! Signing in by a link, and signing out.

use std::time::Duration;

use askama::Template;
use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use dfg_store::{Holder, NewLink, NewSession, Purpose, StoreError, Token};
use jiff::Timestamp;

use super::{
    Access, Ask, FieldError, LIMITS, Letter, cookie, guard, is_email, passkey, reading, see_other,
    to_sign_in, writing,
};
use crate::{fault::Fault, route::html, shell::Shell, site::Site};

/// How long a link works that was asked for.
pub(super) const LINK_LIVES: Duration = Duration::from_mins(10);

pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/sign-in", reading(show).merge(writing(ask_for_link)))
        .route("/sign-in/sent", reading(sent))
        .route("/sign-in/{token}", reading(offer).merge(writing(enter)))
        .route("/sign-out", writing(leave))
}

#[derive(Template)]
#[template(path = "access/sign-in.html")]
struct SignInPage {
    shell: Shell,
    errors: Vec<FieldError>,
    email: String,
    next: String,
    /// What an organisation's own sign-on is called; empty where there is none.
    sign_on: String,
    sign_on_href: String,
    /// The script for passkeys; empty where none are offered.
    script: String,
}

impl SignInPage {
    fn new(ask: &Ask, email: String, next: String, errors: Vec<FieldError>) -> Self {
        let sign_on = ask.access.sign_on.as_ref();
        let to: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let passkeys = passkey::is_offered(&ask.access);
        Self {
            shell: ask.shell("Sign in").failed(!errors.is_empty()),
            sign_on: sign_on.map_or_else(String::new, |one| one.name().to_owned()),
            sign_on_href: format!("/sign-in/organisation?next={to}"),
            script: if passkeys {
                passkey::script_href()
            } else {
                String::new()
            },
            errors,
            email,
            next,
        }
    }

    fn render(&self) -> Result<Response, Fault> {
        let page = html(self)?;
        Ok(if self.script.is_empty() {
            page
        } else {
            passkey::with_script(page)
        })
    }
}

#[derive(Template)]
#[template(path = "access/message.html")]
struct Message {
    shell: Shell,
    words: &'static str,
    again: bool,
}

#[derive(Template)]
#[template(path = "access/link.html")]
struct LinkPage {
    shell: Shell,
    errors: Vec<FieldError>,
    action: String,
    next: String,
    is_first: bool,
    name: String,
    email: String,
}

/// A path within this site to go on to, or the desk.
pub(super) fn safe_next(next: &str) -> &str {
    let plain = next
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if plain && next.starts_with('/') && !next.starts_with("//") && next.len() <= 2000 {
        next
    } else {
        "/desk"
    }
}

/// `GET /sign-in`.
async fn show(ask: Ask) -> Result<Response, Fault> {
    let next = safe_next(ask.query.get("next").unwrap_or_default());
    if ask.signed_in.is_some() {
        return Ok(see_other(next));
    }
    SignInPage::new(&ask, String::new(), next.to_owned(), Vec::new()).render()
}

/// `POST /sign-in`: the answer is the same whether or not there is an account, and does not wait
/// for finding out.
async fn ask_for_link(ask: Ask) -> Result<Response, Fault> {
    let email = ask.field("email").to_owned();
    let next = safe_next(ask.field("next")).to_owned();
    if !is_email(&email) {
        let message = "Enter an e-mail address, like name@example.org";
        let errors = vec![FieldError::new("email", message)];
        let page = SignInPage::new(&ask, email, next, errors).render()?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    guard::limit_address(&ask).await?;
    guard::limit_account(&ask, &email).await?;
    let browser = cookie::browser(&ask.headers)?;
    let title = ask.shell("").site_title;
    let mut response = see_other("/sign-in/sent");
    cookie::mark_browser(response.headers_mut(), &browser);
    tokio::spawn(async move {
        if let Err(cause) = send_link(&ask.access, &email, &browser, &next, &title, ask.now).await {
            tracing::error!(%cause, "a link to sign in could not be made");
        }
    });
    Ok(response)
}

async fn send_link(
    access: &Access,
    email: &str,
    browser: &Token,
    next: &str,
    title: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let Some(person) = access.store.person_by_email(email).await? else {
        return Ok(());
    };
    let Some(to) = person.email else {
        return Ok(());
    };
    let token = Token::random()?;
    let link = NewLink {
        holder: Holder::SignIn(&person.id, browser),
        token: &token,
        at,
        lives: LINK_LIVES,
    };
    access.store.issue_link(&link).await?;
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    let href = format!("{}?next={next}", link_text(&access.address, &token));
    access.mail.send(Letter {
        to,
        subject: format!("Your link to sign in: {title}"),
        text: format!(
            "Open this link in the browser in which you asked for it, within ten minutes. It works \
             once.\n\n{href}\n\nDid you not ask for it? Then do nothing: without it nobody gets in.\n"
        ),
    });
    Ok(())
}

/// The address that a link's secret leads to.
pub fn link_text(address: &str, token: &Token) -> String {
    format!("{address}/sign-in/{}", token.reveal())
}

/// `GET /sign-in/sent`.
async fn sent(ask: Ask) -> Result<Response, Fault> {
    html(&Message {
        shell: ask.shell("Check your e-mail"),
        words: "If you take part here, a link is on its way to you. Open it in this browser within \
            ten minutes. It works once.",
        again: true,
    })
}

/// Says why a link lets nobody in.
pub(super) fn useless(ask: &Ask, title: &str, words: &'static str) -> Result<Response, Fault> {
    let page = html(&Message {
        shell: ask.shell(title),
        words,
        again: true,
    })?;
    Ok((StatusCode::NOT_FOUND, page).into_response())
}

fn spent(ask: &Ask) -> Result<Response, Fault> {
    useless(
        ask,
        "This link no longer works",
        "A link works once, and for a short time. Ask for a new one.",
    )
}

fn elsewhere(ask: &Ask) -> Result<Response, Fault> {
    useless(
        ask,
        "Open this link in the browser that asked for it",
        "The link was asked for in another browser, or a private window. Open it there, or ask \
         for a new one here.",
    )
}

/// `GET /sign-in/{token}`: a page with a button. Programs that follow links in e-mail to look for
/// harm do not use the link up.
async fn offer(ask: Ask) -> Result<Response, Fault> {
    let Some(token) = Token::parse(ask.param("token")) else {
        guard::limit_address(&ask).await?;
        return spent(&ask);
    };
    let browser = cookie::read(&ask.headers, cookie::ASKED);
    let Some(link) = ask
        .access
        .store
        .link(&token, browser.as_ref(), ask.now)
        .await?
    else {
        guard::limit_address(&ask).await?;
        return spent(&ask);
    };
    if !link.fits_browser {
        return elsewhere(&ask);
    }
    let is_first = link.purpose == Purpose::FirstStart;
    html(&LinkPage {
        shell: ask.shell(if is_first { "Begin" } else { "Sign in" }),
        errors: Vec::new(),
        action: ask.path.clone(),
        next: safe_next(ask.query.get("next").unwrap_or_default()).to_owned(),
        is_first,
        name: String::new(),
        email: String::new(),
    })
}

/// `POST /sign-in/{token}`: uses the link up. Whatever session the browser had before ends.
async fn enter(ask: Ask) -> Result<Response, Fault> {
    let Some(token) = Token::parse(ask.param("token")) else {
        guard::limit_address(&ask).await?;
        return spent(&ask);
    };
    let store = &ask.access.store;
    let browser = cookie::read(&ask.headers, cookie::ASKED);
    let Some(link) = store.link(&token, browser.as_ref(), ask.now).await? else {
        guard::limit_address(&ask).await?;
        return spent(&ask);
    };
    if !link.fits_browser {
        return elsewhere(&ask);
    }
    let secret = Token::random()?;
    let new = NewSession {
        token: &secret,
        agent: ask.agent(),
        at: ask.now,
        limits: LIMITS,
    };
    let entered = if link.purpose == Purpose::FirstStart {
        let (name, email) = (ask.field("name"), ask.field("email"));
        let mut errors = Vec::new();
        if name.is_empty() || name.chars().count() > 200 {
            errors.push(FieldError::new("name", "Enter your name"));
        }
        if !is_email(email) {
            let message = "Enter an e-mail address, like name@example.org";
            errors.push(FieldError::new("email", message));
        }
        if !errors.is_empty() {
            return begin_again(&ask, errors);
        }
        match store.use_first_start(&token, name, email, &new).await {
            Err(StoreError::EmailTaken) => {
                let message = "Somebody with this e-mail address takes part already. Enter another \
                    one, or make them programme lead with dfg person invite";
                return begin_again(&ask, vec![FieldError::new("email", message)]);
            }
            done => done?,
        }
    } else {
        store.use_link(&token, browser.as_ref(), &new).await?
    };
    if entered.is_none() {
        return spent(&ask);
    }
    if let Some((_, old)) = &ask.signed_in {
        store.end_session(old).await?;
    }
    let mut response = see_other(safe_next(ask.field("next")));
    cookie::keep_session(response.headers_mut(), &secret);
    cookie::forget(response.headers_mut(), cookie::ASKED);
    Ok(response)
}

/// The form of the first start again, with what is wrong and what was typed.
fn begin_again(ask: &Ask, errors: Vec<FieldError>) -> Result<Response, Fault> {
    let page = html(&LinkPage {
        shell: ask.shell("Begin").failed(true),
        errors,
        action: ask.path.clone(),
        next: "/desk".to_owned(),
        is_first: true,
        name: ask.field("name").to_owned(),
        email: ask.field("email").to_owned(),
    })?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// `POST /sign-out`.
async fn leave(ask: Ask) -> Result<Response, Fault> {
    let Some((_, token)) = &ask.signed_in else {
        return Ok(to_sign_in("/desk"));
    };
    ask.access.store.end_session(token).await?;
    let mut response = see_other("/");
    cookie::forget(response.headers_mut(), cookie::SESSION);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_on_within_this_site_only() {
        for (next, to) in [
            ("/desk/people", "/desk/people"),
            ("/search?q=data", "/search?q=data"),
            ("", "/desk"),
            ("//other.example", "/desk"),
            ("/\\other.example", "/desk"),
            ("https://other.example", "/desk"),
            ("javascript:alert(1)", "/desk"),
            ("/a\r\nSet-Cookie: a=b", "/desk"),
            ("/\t/other.example", "/desk"),
        ] {
            assert_eq!(safe_next(next), to, "{next:?}");
        }
    }
}
