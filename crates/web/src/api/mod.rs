//! The JSON API at `/api/v1`: every record, list, history, edition and change, as of any moment.
//!
//! One table, [`endpoints`], holds every address: the router and the description of the API are
//! both made from it. Errors are problem details ([`problem`]).

mod description;
mod edition;
mod parameter;
mod problem;
mod record;
mod schema;

use axum::{
    Router,
    extract::{RawPathParams, RawQuery, Request, State, rejection::RawPathParamsRejection},
    http::{HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use dfg_plan::{Kind, Slug};
use serde_json::{Value, json};

pub(crate) use problem::{is_under, refuse};

use crate::{
    cx::{Cx, Query},
    fault::Fault,
    route::resolve,
    site::Site,
};
use parameter::Parameter;

/// What a read answers.
pub(super) struct Answer {
    body: Value,
    /// Where the next and previous parts of a list are.
    links: Vec<(&'static str, String)>,
}

impl From<Value> for Answer {
    fn from(body: Value) -> Self {
        Self {
            body,
            links: Vec::new(),
        }
    }
}

/// One address of the API.
#[derive(Clone)]
pub(super) struct Endpoint {
    path: String,
    /// A name for programs that are made from the description.
    operation: String,
    summary: String,
    /// What it takes beside the moment.
    parameters: Vec<Parameter>,
    /// The name of the schema of its answer.
    schema: String,
    read: fn(&Cx) -> Result<Answer, Fault>,
}

/// Every address of the API.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let fixed = |path: &str,
                 operation: &str,
                 summary: &str,
                 parameters: &[Parameter],
                 schema: &str,
                 read| {
        Endpoint {
            path: format!("/api/v1{path}"),
            operation: operation.to_owned(),
            summary: summary.to_owned(),
            parameters: parameters.to_vec(),
            schema: schema.to_owned(),
            read,
        }
    };
    let paged = [Parameter::Limit, Parameter::Offset];
    let mut all = vec![
        fixed("", "index", "What there is", &[], "Index", index),
        fixed(
            "/openapi.json",
            "description",
            "This description",
            &[],
            "Description",
            description::show,
        ),
        fixed(
            "/editions",
            "listEditions",
            "Every edition, newest first",
            &paged,
            "EditionList",
            edition::list,
        ),
        fixed(
            "/editions/{id}",
            "getEdition",
            "One edition",
            &[],
            "EditionItem",
            edition::one,
        ),
        fixed(
            "/changes",
            "listChanges",
            "What changed between two points, and why",
            &[Parameter::From, Parameter::To],
            "Changes",
            edition::changes,
        ),
        fixed(
            "/entries",
            "listEntries",
            "The published entries of the ledger, newest first",
            &paged,
            "EntryList",
            edition::entries,
        ),
        fixed(
            "/search",
            "search",
            "What holds all the words, the best first",
            &[&paged[..], &[Parameter::Search, Parameter::RecordKind]].concat(),
            "HitList",
            record::search,
        ),
    ];
    for kind in Kind::ALL {
        let (plural, name) = (kind.plural(), kind.spoken());
        let base = if is_single(*kind) {
            all.push(fixed(
                &format!("/{plural}"),
                &format!("get{name}"),
                &format!("The {}", kind.word()),
                &[],
                &format!("{name}Item"),
                record::one,
            ));
            format!("/{plural}")
        } else {
            let filters = record::filters(*kind);
            let taken = [paged.as_slice(), filters].concat();
            let many = schema::many(*kind);
            all.push(fixed(
                &format!("/{plural}"),
                &format!("list{many}"),
                &format!("{many}, in order of slug"),
                &taken,
                &format!("{name}List"),
                record::list,
            ));
            let one = format!("/{plural}/{{slug}}");
            all.push(fixed(
                &one,
                &format!("get{name}"),
                &format!("One {}", kind.word()),
                &[],
                &format!("{name}Item"),
                record::one,
            ));
            one
        };
        all.push(fixed(
            &format!("{base}/history"),
            &format!("get{name}History"),
            &format!("How the {} came to be as it is, newest first", kind.word()),
            &[],
            "History",
            record::history,
        ));
    }
    all
}

/// Whether there is exactly one record of a kind.
pub(super) fn is_single(kind: Kind) -> bool {
    matches!(kind, Kind::Region | Kind::Strategy)
}

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    endpoints()
        .into_iter()
        .fold(Router::new(), |router, endpoint| {
            let path = endpoint.path.clone();
            router.route(&path, read(endpoint))
        })
}

/// A readable address of the API.
fn read(endpoint: Endpoint) -> MethodRouter<Site> {
    get(
        async move |State(site): State<Site>,
                    uri: Uri,
                    params: Result<RawPathParams, RawPathParamsRejection>,
                    RawQuery(raw): RawQuery| {
            let answer = || {
                let params = params.map_err(|_| Fault::missing("page", uri.path()))?;
                let params = params
                    .iter()
                    .map(|(k, v)| (k.to_owned(), v.to_owned()))
                    .collect();
                let query = Query::parse(raw.as_deref());
                let taken = [endpoint.parameters.as_slice(), &Parameter::MOMENT].concat();
                parameter::check(&query, &taken)?;
                (endpoint.read)(&resolve(&site, site.snapshot(), &uri, params, query)?)
            };
            match answer() {
                Ok(answer) => respond(answer),
                Err(fault) => refuse(uri.path(), &fault),
            }
        },
    )
}

fn respond(Answer { body, links }: Answer) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    let mut response = (kind, body.to_string()).into_response();
    let links: Vec<String> = links
        .into_iter()
        .map(|(rel, href)| format!("<{href}>; rel=\"{rel}\""))
        .collect();
    if !links.is_empty()
        && let Ok(links) = HeaderValue::from_str(&links.join(", "))
    {
        response.headers_mut().insert(header::LINK, links);
    }
    response
}

/// Lets pages of other sites read what is public data: the API, tables and feeds.
pub(crate) async fn share(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let public = is_under(path)
        || path.starts_with("/feeds/")
        || path
            .rsplit_once('.')
            .is_some_and(|(_, extension)| extension == "csv");
    let asks = *request.method() == Method::OPTIONS;
    let mut response = next.run(request).await;
    if public {
        let headers = response.headers_mut();
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        );
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("ETag, Link"),
        );
        if asks {
            headers.insert(
                header::ACCESS_CONTROL_ALLOW_METHODS,
                HeaderValue::from_static("GET, HEAD"),
            );
            headers.insert(
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                HeaderValue::from_static("*"),
            );
            headers.insert(
                header::ACCESS_CONTROL_MAX_AGE,
                HeaderValue::from_static("86400"),
            );
        }
    }
    response
}

/// What an address answers that is asked for its methods.
pub(crate) fn methods() -> Response {
    (
        StatusCode::NO_CONTENT,
        [(header::ALLOW, "GET, HEAD, OPTIONS")],
    )
        .into_response()
}

/// The state that an answer shows.
pub(super) fn moment(cx: &Cx) -> Value {
    let point = cx.moment.point;
    json!({
        "as_of": point.as_of,
        "through": point.through,
        "is_past": cx.moment.past.is_some(),
    })
}

/// The slug of the path, or why it names nothing.
pub(super) fn slug_of(cx: &Cx, kind: Kind) -> Result<Slug, Fault> {
    let text = if is_single(kind) {
        kind.plural()
    } else {
        cx.param("slug")
    };
    Slug::parse(text).map_err(|_| Fault::missing(kind.word(), text))
}

/// `GET /api/v1`.
#[expect(clippy::unnecessary_wraps, reason = "one signature for all reads")]
fn index(cx: &Cx) -> Result<Answer, Fault> {
    let href = |path: &str| cx.moment.href(&format!("/api/v1{path}"));
    let records: serde_json::Map<String, Value> = Kind::ALL
        .iter()
        .map(|kind| {
            let plural = kind.plural();
            (plural.to_owned(), json!(href(&format!("/{plural}"))))
        })
        .collect();
    Ok(json!({
        "title": record::region_title(cx),
        "version": cx.site.0.settings.version,
        "moment": moment(cx),
        "records": records,
        "links": {
            "self": href(""),
            "description": href("/openapi.json"),
            "editions": href("/editions"),
            "changes": href("/changes"),
            "entries": href("/entries"),
            "search": href("/search"),
            "page": cx.moment.href("/"),
        },
    })
    .into())
}
