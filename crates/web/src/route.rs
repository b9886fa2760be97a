//! Every address of the site, and how a request becomes a page.

use std::sync::Arc;

use askama::Template;
use axum::{
    Extension, Router,
    extract::{RawPathParams, RawQuery, State, rejection::RawPathParamsRejection},
    http::{HeaderValue, Method, StatusCode, Uri, header},
    middleware,
    response::{Html, IntoResponse, Response},
    routing::{MethodRouter, get},
};
use dfg_plan::Plan;

use crate::{
    about, access, activity, api, area, asset, cache,
    cx::{Cx, Query},
    decision, download,
    edition::{self, Preview},
    evidence,
    fault::Fault,
    feed, group, health, history, home, indicator, meeting, milestone,
    moment::Moment,
    organisation, ownership, pipeline, proposal, review, search,
    shell::{Shell, theme_style},
    signal,
    site::{Site, Snapshot},
    strategy, theme, update, voice,
};

/// The whole site.
pub fn router(site: Site) -> Router {
    Router::new()
        .route("/", page(home::show))
        .route("/activities/{slug}", page(activity::show))
        .merge(about::routes())
        .merge(access::routes(&site))
        .merge(api::routes())
        .merge(area::routes())
        .merge(decision::routes())
        .merge(download::routes())
        .merge(edition::routes())
        .merge(evidence::routes())
        .merge(feed::routes())
        .merge(group::routes())
        .merge(health::routes())
        .merge(history::routes())
        .merge(indicator::routes())
        .merge(meeting::routes(&site))
        .merge(milestone::routes())
        .merge(organisation::routes())
        .merge(pipeline::routes())
        .merge(proposal::routes(&site))
        .merge(review::routes(&site))
        .merge(search::routes())
        .merge(signal::routes())
        .merge(strategy::routes())
        .merge(theme::routes())
        .merge(ownership::routes(&site))
        .merge(update::routes(&site))
        .merge(voice::routes(&site))
        .route("/theme.css", get(theme_css))
        .route("/assets/{name}", get(asset::serve))
        .fallback(no_page)
        .method_not_allowed_fallback(no_method)
        .layer(middleware::from_fn_with_state(
            site.clone(),
            access::refuse_cross_site,
        ))
        .layer(middleware::from_fn(api::share))
        .layer(middleware::from_fn_with_state(site.clone(), cache::serve))
        .with_state(site)
}

/// A handler that makes a page, or says why not.
pub(crate) type Handler = fn(&Cx) -> Result<Response, Fault>;

/// A readable address. What the handler refuses becomes a page that says so.
pub(crate) fn page(handler: Handler) -> MethodRouter<Site> {
    get(
        async move |State(site): State<Site>,
                    uri: Uri,
                    params: Result<RawPathParams, RawPathParamsRejection>,
                    preview: Option<Extension<Preview>>,
                    RawQuery(raw): RawQuery| {
            let query = Query::parse(raw.as_deref());
            let snapshot = match preview {
                Some(Extension(Preview(snapshot))) => snapshot,
                None => site.snapshot(),
            };
            // A path that is no text after decoding names nothing.
            let Ok(params) = params else {
                let fault = Fault::missing("page", uri.path());
                return refuse(&site, uri.path(), &query, &fault);
            };
            let params = params
                .iter()
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .collect();
            match resolve(&site, snapshot, &uri, params, query.clone()).and_then(|cx| handler(&cx))
            {
                Ok(response) => response,
                Err(fault) => refuse(&site, uri.path(), &query, &fault),
            }
        },
    )
}

/// Resolves a request to the moment that it asks for.
pub(crate) fn resolve(
    site: &Site,
    snapshot: Arc<Snapshot>,
    uri: &Uri,
    params: Vec<(String, String)>,
    query: Query,
) -> Result<Cx, Fault> {
    let moment = Moment::read(&snapshot, &query)?;
    let view = site.view(&snapshot, moment.point);
    let path = uri.path().to_owned();
    Ok(Cx {
        site: site.clone(),
        snapshot,
        moment,
        view,
        path,
        params,
        query,
    })
}

/// A template as a page.
pub(crate) fn html(template: &impl Template) -> Result<Response, Fault> {
    Ok(Html(template.render()?).into_response())
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    shell: Shell,
    explanation: String,
    first_href: Option<String>,
}

/// The page that says why there is no other.
pub(crate) fn refuse(site: &Site, path: &str, query: &Query, fault: &Fault) -> Response {
    if let Fault::Renamed(href) = fault {
        return (
            StatusCode::PERMANENT_REDIRECT,
            [(header::LOCATION, href.clone())],
        )
            .into_response();
    }
    if let Fault::SignInFirst(next) = fault {
        return access::to_sign_in(next);
    }
    // An address that is for one person alone may hold a secret: the log does not get it.
    let logged = if access::is_under(path) {
        "a personal page"
    } else {
        path
    };
    match fault {
        Fault::Render(cause) => {
            tracing::error!(path = logged, %cause, "a page could not be rendered");
        }
        Fault::CrossSite | Fault::TooMany(_) => {
            tracing::warn!(path = logged, cause = %fault, "a request was refused");
        }
        Fault::Store(cause) => tracing::error!(%cause, "people cannot be read or written"),
        _ => {}
    }
    let snapshot = site.snapshot();
    let latest = Moment::latest(&snapshot);
    let view = latest
        .as_ref()
        .map(|latest| site.view(&snapshot, latest.point));
    let empty = Plan::default();
    let plan = view.as_ref().map_or(&empty, |view| &view.plan);
    let first_href = match fault {
        Fault::BeforeFirst { first, .. } => Some(format!("{path}?as-of={first}")),
        _ => None,
    };
    let shell =
        Shell::for_moment(plan, latest.as_ref(), path, query, fault.title()).with_sign_in(site);
    let page = ErrorPage {
        shell,
        explanation: fault.explanation(),
        first_href,
    };
    match page.render() {
        Ok(page) => {
            let mut response = (fault.status(), Html(page)).into_response();
            if let Fault::TooMany(seconds) = fault {
                let headers = response.headers_mut();
                headers.insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
            }
            response
        }
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, fault.title()).into_response(),
    }
}

async fn no_page(State(site): State<Site>, uri: Uri, RawQuery(raw): RawQuery) -> Response {
    let fault = Fault::missing("page", uri.path());
    if api::is_under(uri.path()) {
        return api::refuse(uri.path(), &fault);
    }
    refuse(&site, uri.path(), &Query::parse(raw.as_deref()), &fault)
}

async fn no_method(
    State(site): State<Site>,
    method: Method,
    uri: Uri,
    RawQuery(raw): RawQuery,
) -> Response {
    if method == Method::OPTIONS {
        return api::methods();
    }
    if api::is_under(uri.path()) {
        return api::refuse(uri.path(), &Fault::Method);
    }
    let query = Query::parse(raw.as_deref());
    refuse(&site, uri.path(), &query, &Fault::Method)
}

/// `GET /theme.css`: the colours of the latest edition's themes.
async fn theme_css(State(site): State<Site>) -> Response {
    let snapshot = site.snapshot();
    let style = Moment::latest(&snapshot)
        .map(|latest| theme_style(&site.view(&snapshot, latest.point).plan))
        .unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], style).into_response()
}
