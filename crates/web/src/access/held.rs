//! What somebody sent after their session had ended: given back to be sent again.
//!
//! It is kept in the page, not on the server: without a session nobody can say whose it is.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};

use super::Ask;
use crate::{fault::Fault, route::html, shell::Shell};

#[derive(Template)]
#[template(path = "access/held.html")]
struct Page<'a> {
    shell: Shell,
    sign_in: String,
    action: &'a str,
    sent: &'a [(String, String)],
}

/// Whether a form of the desk comes from somebody whose session has ended.
pub(super) fn is_to_be_held(ask: &Ask) -> bool {
    ask.signed_in.is_none() && ask.path.starts_with("/desk/") && !ask.form.pairs().is_empty()
}

/// The page that holds what was sent until they have signed in again.
pub(super) fn hold(ask: &Ask) -> Result<Response, Fault> {
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
