//! What a visitor is told when a page cannot be shown: decided here and nowhere else.

use std::fmt::Display;

use axum::http::StatusCode;
use dfg_plan::spell_day;
use dfg_store::StoreError;
use jiff::civil::Date;

/// Why a request has no page.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// There is nothing at this address, or nothing that may be seen.
    #[error("there is no {what} “{name}”")]
    Missing { what: String, name: String },
    /// The record goes by another slug.
    #[error("moved to {0}")]
    Renamed(String),
    /// The request cannot be read.
    #[error("{0}")]
    BadRequest(String),
    /// What was asked cannot be done as things are.
    #[error("{0}")]
    Refused(String),
    /// What is needed for it is not there at the moment.
    #[error("{0}")]
    Unavailable(String),
    /// The date lies before anything that is recorded.
    #[error("nothing is recorded before {first}")]
    BeforeFirst { date: Date, first: Date },
    /// This system had published nothing by that date.
    #[error("nothing was published by {date}")]
    SaidNothing { date: Date, first: Option<Date> },
    /// No edition has been published.
    #[error("no edition has been published yet")]
    NothingPublished,
    /// The method does not fit the address.
    #[error("this address can only be read")]
    Method,
    /// The address is longer than any that this site gives.
    #[error("the address is too long")]
    TooLong,
    /// Only people who are signed in have this page; the path to come back to.
    #[error("sign in first")]
    SignInFirst(String),
    /// Another site sent the request.
    #[error("another site sent this")]
    CrossSite,
    /// Too many attempts; how many seconds to wait.
    #[error("too many attempts")]
    TooMany(u64),
    /// People and sessions could not be read or written.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// A page could not be made.
    #[error("the page could not be made: {0}")]
    Render(#[from] askama::Error),
}

impl Fault {
    pub fn missing(what: impl Into<String>, name: impl Display) -> Self {
        let name: String = name.to_string().chars().take(80).collect();
        Self::Missing {
            what: what.into(),
            name,
        }
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Self::Missing { .. } | Self::BeforeFirst { .. } | Self::SaidNothing { .. } => {
                StatusCode::NOT_FOUND
            }
            Self::Renamed(_) => StatusCode::PERMANENT_REDIRECT,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Refused(_) => StatusCode::CONFLICT,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLong => StatusCode::URI_TOO_LONG,
            Self::NothingPublished | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::SignInFirst(_) => StatusCode::SEE_OTHER,
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Store(cause) if cause.is_passing() => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(_) | Self::Render(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The heading that a visitor reads.
    pub fn title(&self) -> String {
        match self {
            Self::Missing { what, .. } if what == "page" => "There is no page here".to_owned(),
            Self::Missing { what, .. } => format!("There is no such {what} here"),
            Self::Renamed(_) => "This page has moved".to_owned(),
            Self::BadRequest(_) => "There is a mistake in what was asked".to_owned(),
            Self::Refused(_) => "This cannot be done now".to_owned(),
            Self::Unavailable(_) => "This cannot be done at the moment".to_owned(),
            Self::BeforeFirst { first, .. } => {
                format!("Nothing is recorded before {}", spell_day(*first))
            }
            Self::SaidNothing { .. } => "This site had said nothing by then".to_owned(),
            Self::NothingPublished => "Nothing has been published yet".to_owned(),
            Self::Method => "This address can only be read".to_owned(),
            Self::TooLong => "The address is too long".to_owned(),
            Self::SignInFirst(_) => "Sign in first".to_owned(),
            Self::CrossSite => "This came from another site".to_owned(),
            Self::TooMany(_) => "Too many attempts".to_owned(),
            Self::Store(_) | Self::Render(_) => "Something went wrong on our side".to_owned(),
        }
    }

    /// What a visitor reads below it: never a cause inside the system.
    pub fn explanation(&self) -> String {
        match self {
            Self::Missing { .. } => "It may have been withdrawn, or not yet recorded at the date \
                that you are looking at. Check the address, or search for what you need."
                .to_owned(),
            Self::Renamed(_) => "Follow the link to its new address.".to_owned(),
            Self::BadRequest(message) | Self::Refused(message) | Self::Unavailable(message) => {
                message.clone()
            }
            Self::BeforeFirst { date, first } => format!(
                "You asked for {}. The first dated event that this plan knows of is of {}.",
                spell_day(*date),
                spell_day(*first)
            ),
            Self::SaidNothing { date, first } => match first {
                Some(first) => format!(
                    "You asked what this site said on {}. Its first edition came out on {}.",
                    spell_day(*date),
                    spell_day(*first)
                ),
                None => "Its first edition is still to come.".to_owned(),
            },
            Self::NothingPublished => "The first edition is being prepared.".to_owned(),
            Self::Method => "Pages here are read, not written.".to_owned(),
            Self::TooLong => "Take some filters or words out of it.".to_owned(),
            Self::SignInFirst(_) => "This page is for people who take part.".to_owned(),
            Self::CrossSite => "Forms are taken from this site only. Open the page here, and \
                send the form again."
                .to_owned(),
            Self::TooMany(seconds) => format!(
                "Please wait {} minutes, then try again.",
                seconds.div_ceil(60)
            ),
            Self::Store(_) | Self::Render(_) => {
                "The fault has been noted. Please try again later.".to_owned()
            }
        }
    }
}
