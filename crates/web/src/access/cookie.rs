//! The only two cookies: who is signed in, and which browser asked for a link.

use axum::http::{HeaderMap, HeaderValue, header};
use dfg_store::{StoreError, Token};

use super::{LIMITS, sign_in::LINK_LIVES};

/// The session. The prefix makes browsers refuse it from other hosts and without TLS.
pub(super) const SESSION: &str = "__Host-dfg";
/// The browser that asked for a link, until the link ends.
pub(super) const ASKED: &str = "__Host-dfg-asked";

/// The secret in a cookie; none where it cannot be one of ours.
pub(super) fn read(headers: &HeaderMap, name: &str) -> Option<Token> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .and_then(|(_, value)| Token::parse(value))
}

/// Keeps a session in the browser.
pub(super) fn keep_session(headers: &mut HeaderMap, token: &Token) {
    set(headers, SESSION, token.reveal(), LIMITS.absolute.as_secs());
}

/// The secret of the browser that asks for a way in: the one that it has, so that what it asked for
/// before still works, or a new one.
pub(super) fn browser(headers: &HeaderMap) -> Result<Token, StoreError> {
    read(headers, ASKED).map_or_else(Token::random, Ok)
}

/// Marks the browser that asks for a way in, for as long as a link lives.
pub(super) fn mark_browser(headers: &mut HeaderMap, token: &Token) {
    set(headers, ASKED, token.reveal(), LINK_LIVES.as_secs());
}

/// Takes a cookie away.
pub(super) fn forget(headers: &mut HeaderMap, name: &str) {
    set(headers, name, "", 0);
}

fn set(headers: &mut HeaderMap, name: &str, value: &str, seconds: u64) {
    let cookie =
        format!("{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        headers.append(header::SET_COOKIE, cookie);
    }
}
