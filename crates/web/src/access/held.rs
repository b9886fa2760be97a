//! What somebody sent after their session had ended: given back to be sent again.
//!
//! It is kept in the page, not on the server: without a session nobody can say whose it is.

use std::{
    future::{Future, ready},
    pin::Pin,
};

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};

use super::Ask;
use crate::{fault::Fault, route::html, shell::Shell};

type Answer = Pin<Box<dyn Future<Output = Result<Response, Fault>> + Send>>;

#[derive(Template)]
#[template(path = "access/held.html")]
struct Page<'a> {
    shell: Shell,
    sign_in: String,
    action: &'a str,
    sent: &'a [(String, String)],
}

/// For a handler that takes what somebody may have typed for long: where the session has ended, the
/// page holds all of it until they have signed in again.
pub(crate) fn kept<F, R>(handler: F) -> impl Fn(Ask) -> Answer + Clone + Send + Sync + 'static
where
    F: Fn(Ask) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<Response, Fault>> + Send + 'static,
{
    move |ask: Ask| {
        if ask.signed_in.is_none() && !ask.form.pairs().is_empty() {
            return Box::pin(ready(hold(&ask)));
        }
        Box::pin(handler(ask))
    }
}

fn hold(ask: &Ask) -> Result<Response, Fault> {
    let sign_in = "/sign-in?next=/desk".to_owned();
    let page = html(&Page {
        shell: ask.shell("Your session has ended"),
        action: &ask.path,
        sent: ask.form.pairs(),
        sign_in: sign_in.clone(),
    })?;
    let mut response = (StatusCode::UNAUTHORIZED, page).into_response();
    if let Ok(place) = HeaderValue::from_str(&sign_in) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}
