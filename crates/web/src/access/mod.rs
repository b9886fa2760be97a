//! Getting in: sign-in by link, sessions, and the desk of people who take part.
//!
//! A feature behind the sign-in routes its handlers through [`reading`] and [`writing`], and asks
//! [`Ask::may`] before anything else: it sends strangers to sign in, and answers 404 to people who
//! may not. What a role allows is decided in [`dfg_plan::policy`], nowhere here.

pub(crate) mod account;
mod cookie;
pub(crate) mod desk;
mod guard;
mod held;
mod passkey;
mod people;
mod sign_in;
pub mod sign_on;

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::to_bytes,
    extract::{
        DefaultBodyLimit, FromRequest, FromRequestParts as _, Multipart, RawPathParams, Request,
        State, multipart::MultipartRejection,
    },
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, get, post},
};
use dfg_plan::{Act, Plan, may};
use dfg_store::{Current, Limits, Person, Store, StoreError, Token};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{
    cx::Query, fault::Fault, moment::Moment, route::refuse, shell::Shell, site::Site, view::View,
};

pub(crate) use account::spell_time;
pub(crate) use desk::ways;
pub(crate) use guard::{is_flood, limit_address, refuse_cross_site};
pub use sign_in::link_text;

/// How long sessions last: 12 hours without use, 30 days at most.
pub(crate) const LIMITS: Limits = Limits {
    idle: Duration::from_hours(12),
    absolute: Duration::from_hours(30 * 24),
};

/// The longest form that is taken, in bytes.
const LARGEST_FORM: usize = 1024 * 1024;
/// How long a form may take to arrive.
const SLOWEST_FORM: Duration = Duration::from_mins(1);

/// An e-mail in plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The address that it goes to.
    pub to: String,
    /// Its subject, in one line.
    pub subject: String,
    /// What it says.
    pub text: String,
}

/// Sends e-mail. Returns at once; what cannot be sent is told in the log.
pub trait Mail: Send + Sync {
    /// Sends a letter in the background.
    fn send(&self, letter: Letter);

    /// How many letters are still on their way: a command waits for them before it ends.
    fn in_hand(&self) -> usize {
        0
    }
}

/// What the site needs to let people in.
#[derive(Clone)]
pub struct Access {
    /// Where persons and sessions are kept.
    pub store: Store,
    /// How e-mail leaves.
    pub mail: Arc<dyn Mail>,
    /// What time it is.
    pub clock: fn() -> Timestamp,
    /// Where links in e-mail lead: scheme, host and port, without a final slash. Never taken from
    /// a request, whose sender could then choose where links lead.
    pub address: String,
    /// The header in which a proxy names the client's network address; none without a proxy.
    pub client_header: Option<String>,
    /// An organisation's own sign-on; none where people sign in by a link or passkey only.
    pub sign_on: Option<Arc<dyn sign_on::SignOn>>,
}

/// The addresses of this feature; none where nobody can sign in.
pub(crate) fn routes(site: &Site) -> Router<Site> {
    if site.0.access.is_none() {
        return Router::new();
    }
    Router::new()
        .merge(sign_in::routes())
        .merge(sign_on::routes())
        .merge(passkey::routes())
        .merge(desk::routes())
        .merge(account::routes())
        .merge(people::routes())
        .merge(crate::edition::desk_routes())
        .merge(crate::evidence::desk_routes())
}

/// The roots of addresses that are for one person alone.
const PERSONAL: [&str; 8] = [
    "/calendar",
    "/follow/letters",
    "/sign-in",
    "/sign-out",
    "/desk",
    "/update",
    "/signals/new",
    "/signals/follow",
];

/// Whether an address is for one person alone: never kept, in no cache.
pub(crate) fn is_under(path: &str) -> bool {
    PERSONAL.iter().any(|root| {
        path.strip_prefix(root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// A request, and who makes it.
pub(crate) struct Ask {
    pub site: Site,
    pub access: Access,
    pub path: String,
    pub params: Vec<(String, String)>,
    pub query: Query,
    pub form: Query,
    pub headers: HeaderMap,
    pub peer: Option<IpAddr>,
    /// Who is signed in, with the session's secret.
    pub signed_in: Option<(Current, Token)>,
    pub now: Timestamp,
}

impl Ask {
    /// The person who asks, if they may do this.
    pub fn may(&self, act: Act<'_>) -> Result<&Person, Fault> {
        let Some((current, _)) = &self.signed_in else {
            return Err(Fault::SignInFirst(self.path.clone()));
        };
        if may(&current.person.roles, act) {
            Ok(&current.person)
        } else {
            Err(Fault::missing("page", &self.path))
        }
    }

    /// A part of the path.
    pub fn param(&self, name: &str) -> &str {
        let mut params = self.params.iter();
        params
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// A field of the form, without space around it.
    pub fn field(&self, name: &str) -> &str {
        self.form.get(name).unwrap_or_default().trim()
    }

    /// The plan as it stands, published or not.
    pub fn plan(&self) -> Arc<Plan> {
        self.site.history().current()
    }

    /// What the public sees, where anything is published.
    pub fn published(&self) -> Option<Arc<View>> {
        let snapshot = self.site.snapshot();
        let latest = Moment::latest(&snapshot);
        latest.map(|latest| self.site.view(&snapshot, latest.point))
    }

    /// Today's date in UTC, in which entries are dated.
    pub fn today(&self) -> Date {
        self.now.to_zoned(TimeZone::UTC).date()
    }

    /// The frame of a page.
    pub fn shell(&self, title: impl Into<String>) -> Shell {
        let snapshot = self.site.snapshot();
        let latest = Moment::latest(&snapshot);
        let view: Option<Arc<View>> = latest
            .as_ref()
            .map(|latest| self.site.view(&snapshot, latest.point));
        let empty = Plan::default();
        let plan = view.as_ref().map_or(&empty, |view| &view.plan);
        let none = Query::default();
        Shell::for_moment(plan, latest.as_ref(), &self.path, &none, title.into())
            .with_sign_in(&self.site)
    }

    /// A request whose body is not read as a form.
    pub async fn without_form(mut parts: Parts, site: &Site) -> Result<Self, Response> {
        let path = parts.uri.path().to_owned();
        let query = Query::parse(parts.uri.query());
        let refused = |fault: Fault| refuse(site, &path, &query, &fault);
        let Some(access) = site.0.access.clone() else {
            return Err(refused(Fault::missing("page", &path)));
        };
        let Ok(params) = RawPathParams::from_request_parts(&mut parts, site).await else {
            return Err(refused(Fault::missing("page", &path)));
        };
        let params = params
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let peer = guard::peer(&parts, access.client_header.as_deref());
        let now = (access.clock)();
        let signed_in = signed_in(&access, &parts.headers, now)
            .await
            .map_err(|cause| refused(cause.into()))?;
        Ok(Self {
            site: site.clone(),
            access,
            params,
            form: Query::default(),
            headers: parts.headers,
            peer,
            signed_in,
            now,
            path,
            query,
        })
    }

    /// What the browser says it is.
    fn agent(&self) -> &str {
        let agent = self.headers.get(header::USER_AGENT);
        agent
            .and_then(|agent| agent.to_str().ok())
            .unwrap_or("unknown")
    }
}

impl FromRequest<Site> for Ask {
    type Rejection = Response;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let mut ask = Self::without_form(parts, site).await?;
        let body = tokio::time::timeout(SLOWEST_FORM, to_bytes(body, LARGEST_FORM));
        let Ok(Ok(body)) = body.await else {
            let fault =
                Fault::BadRequest("The form is too long, or did not arrive whole.".to_owned());
            return Err(refuse(site, &ask.path, &ask.query, &fault));
        };
        ask.form = Query::parse_form(std::str::from_utf8(&body).ok());
        Ok(ask)
    }
}

/// Who is signed in by the session that a request names, with the session's secret.
pub(crate) async fn signed_in(
    access: &Access,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Option<(Current, Token)>, StoreError> {
    let Some(token) = cookie::read(headers, cookie::SESSION) else {
        return Ok(None);
    };
    let current = access.store.current(&token, LIMITS, now).await?;
    Ok(current.map(|current| (current, token)))
}

/// An address that is read by a handler which knows who asks.
pub(crate) fn reading<F, R>(handler: F) -> MethodRouter<Site>
where
    F: Fn(Ask) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<Response, Fault>> + Send + 'static,
{
    get(async move |ask: Ask| answer(ask, handler).await)
}

/// An address that takes forms, with a handler which knows who asks.
pub(crate) fn writing<F, R>(handler: F) -> MethodRouter<Site>
where
    F: Fn(Ask) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<Response, Fault>> + Send + 'static,
{
    post(async move |ask: Ask| {
        if held::is_to_be_held(&ask) {
            answer(ask, async |ask| held::hold(&ask)).await
        } else {
            answer(ask, handler).await
        }
    })
}

/// An address that takes a file from those who may do something. Nobody else's file is kept; its
/// start is read all the same, so that a browser shows the answer.
pub(crate) fn taking_file<F, R>(act: Act<'static>, handler: F) -> MethodRouter<Site>
where
    F: Fn(Ask, Result<Multipart, MultipartRejection>) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<Response, Fault>> + Send + 'static,
{
    let take = async move |State(site): State<Site>, request: Request| {
        let (parts, body) = request.into_parts();
        let ask = match Ask::without_form(parts.clone(), &site).await {
            Ok(ask) => ask,
            Err(refused) => return refused,
        };
        if let Err(fault) = ask.may(act).map(drop) {
            drop(tokio::time::timeout(SLOWEST_FORM, to_bytes(body, LARGEST_FORM)).await);
            return answer(ask, async move |_| Err(fault)).await;
        }
        let file = Multipart::from_request(Request::from_parts(parts, body), &()).await;
        answer(ask, async move |ask| handler(ask, file).await).await
    };
    post(take).layer(DefaultBodyLimit::disable())
}

async fn answer<F, R>(ask: Ask, handler: F) -> Response
where
    F: FnOnce(Ask) -> R,
    R: Future<Output = Result<Response, Fault>>,
{
    let (site, path, query) = (ask.site.clone(), ask.path.clone(), ask.query.clone());
    handler(ask)
        .await
        .unwrap_or_else(|fault| refuse(&site, &path, &query, &fault))
}

/// A redirect to another page of this site, to be read.
pub(crate) fn see_other(path: &str) -> Response {
    let path = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/desk"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, path)]).into_response()
}

/// The way of a stranger to the page where one signs in, and from there back.
pub(crate) fn to_sign_in(next: &str) -> Response {
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    see_other(&format!("/sign-in?next={next}"))
}

/// Something wrong with a field of a form.
pub(crate) struct FieldError {
    /// The field's identifier in the page.
    pub field: &'static str,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl FieldError {
    pub fn new(field: &'static str, message: &str) -> Self {
        Self {
            field,
            message: message.to_owned(),
        }
    }
}

/// What is wrong with a field, empty where nothing is.
pub(crate) fn wrong<'a>(errors: &'a [FieldError], field: &str) -> &'a str {
    let mut errors = errors.iter();
    errors
        .find(|error| error.field == field)
        .map_or("", |error| error.message.as_str())
}

/// Whether a text can be an e-mail address: enough to catch slips, and nothing that could break out
/// of a header.
pub(crate) fn is_email(text: &str) -> bool {
    let plain = text.len() <= 254 && text.chars().all(|c| c.is_ascii_graphic());
    plain
        && !text.contains([',', ';', '<', '>', '"', '(', ')', '\\', ':'])
        && text.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty()
                && !host.contains('@')
                && host.split('.').count() > 1
                && host.split('.').all(|part| !part.is_empty())
        })
}
