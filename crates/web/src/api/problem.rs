//! Errors of the API, as problem details (RFC 9457).

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use dfg_plan::story::capitalise;
use serde_json::{Value, json};

use crate::fault::Fault;

/// What stands before a problem's own word in its type.
const TYPE: &str = "urn:dfg:problem:";

/// The words of all problem types.
pub(super) const TYPES: [&str; 12] = [
    "not-found",
    "moved",
    "bad-request",
    "refused",
    "unavailable",
    "before-first-date",
    "before-first-edition",
    "nothing-published",
    "method-not-allowed",
    "cross-site",
    "too-many",
    "internal",
];

/// Whether an address belongs to the API.
pub(crate) fn is_under(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// The answer that says why there is no other.
pub(crate) fn refuse(path: &str, fault: &Fault) -> Response {
    if let Fault::Render(cause) = fault {
        tracing::error!(path, %cause, "an answer could not be rendered");
    }
    let status = fault.status();
    let mut response = (status, body(path, fault, status).to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    if let Fault::Renamed(href) = fault
        && let Ok(href) = HeaderValue::from_str(href)
    {
        headers.insert(header::LOCATION, href);
    }
    response
}

fn body(path: &str, fault: &Fault, status: StatusCode) -> Value {
    json!({
        "type": format!("{TYPE}{}", word(fault)),
        "title": fault.title(),
        "status": status.as_u16(),
        "detail": detail(fault),
        "instance": path,
    })
}

fn word(fault: &Fault) -> &'static str {
    match fault {
        Fault::Missing { .. } => "not-found",
        Fault::Renamed(_) => "moved",
        Fault::BadRequest(_) | Fault::TooLong => "bad-request",
        Fault::Refused(_) => "refused",
        Fault::Unavailable(_) => "unavailable",
        Fault::BeforeFirst { .. } => "before-first-date",
        Fault::SaidNothing { .. } => "before-first-edition",
        Fault::NothingPublished => "nothing-published",
        Fault::Method => "method-not-allowed",
        Fault::SignInFirst(_) => "not-found",
        Fault::CrossSite => "cross-site",
        Fault::TooMany(_) => "too-many",
        Fault::Store(_) | Fault::Render(_) => "internal",
    }
}

fn detail(fault: &Fault) -> String {
    match fault {
        Fault::Missing { .. } => format!("{}.", capitalise(&fault.to_string())),
        Fault::Renamed(href) => format!("It is at {href} now."),
        other => other.explanation(),
    }
}
