//! Rendered pages: an edition never changes, so a page is rendered and compressed once, and a
//! browser that has it is told so.

use std::{
    io::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    body::{Body, Bytes, HttpBody as _, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use quick_cache::{Weighter, sync::Cache};
use sha2::{Digest, Sha256};

use crate::{access, api, cx::Query, edition, fault::Fault, route, site::Site};

/// What all kept pages may weigh together, in bytes.
const BUDGET: u64 = 16 * 1024 * 1024;
/// Bodies below this many bytes are not worth compressing.
const SMALL: usize = 512;
/// The largest page that is kept or compressed.
const LARGE: usize = 8 * 1024 * 1024;
/// The longest path and query that are taken.
const LONGEST_ADDRESS: usize = 8 * 1024;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Encoding {
    Brotli,
    Gzip,
    Plain,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct PageKey {
    generation: u64,
    address: String,
    encoding: Encoding,
}

struct Page {
    headers: HeaderMap,
    body: Bytes,
}

#[derive(Clone)]
struct ByWeight;

impl Weighter<PageKey, Arc<Page>> for ByWeight {
    fn weight(&self, key: &PageKey, page: &Arc<Page>) -> u64 {
        (page.body.len() + key.address.len() + 512) as u64
    }
}

/// The rendered pages that are kept.
pub(crate) struct PageCache {
    pages: Cache<PageKey, Arc<Page>, ByWeight>,
    generation: AtomicU64,
}

impl PageCache {
    pub fn new() -> Self {
        Self {
            pages: Cache::with_weighter(2_000, BUDGET, ByWeight),
            generation: AtomicU64::new(0),
        }
    }

    /// Forgets every page; one that is being rendered now is not kept either.
    pub fn clear(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.pages.clear();
    }
}

/// A year over TLS alone, for browsers that reached the site over TLS; others pass it over.
const TLS_ONLY: &str = "max-age=31536000";

/// Answers as [`answer`] does. Where the site's address is one over TLS, browsers keep to TLS.
pub(crate) async fn serve(State(site): State<Site>, request: Request, next: Next) -> Response {
    let mut response = answer(&site, request, next).await;
    let address = site.0.settings.address.as_deref();
    if address.is_some_and(|address| address.starts_with("https://")) {
        response.headers_mut().insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(TLS_ONLY),
        );
    }
    response
}

/// Answers from the kept pages, or renders, compresses and keeps one.
async fn answer(site: &Site, request: Request, next: Next) -> Response {
    site.0.counters.requests.fetch_add(1, Ordering::Relaxed);
    let address = request
        .uri()
        .path_and_query()
        .map_or("/", |address| address.as_str());
    if address.len() > LONGEST_ADDRESS {
        let refuse = if api::is_under(request.uri().path()) {
            api::refuse("/api", &Fault::TooLong)
        } else {
            route::refuse(site, "/", &Query::default(), &Fault::TooLong)
        };
        return guard(refuse);
    }
    let path = request.uri().path();
    if access::is_under(path) {
        let mut response = guard(next.run(request).await);
        let headers = response.headers_mut();
        keep_private(headers);
        // The address may hold a secret: other sites do not even learn where a reader came from.
        headers.insert(
            header::REFERRER_POLICY,
            HeaderValue::from_static("same-origin"),
        );
        return response;
    }
    if edition::asks_for_preview(&request) {
        let mut response = guard(edition::preview(site, request, next).await);
        keep_private(response.headers_mut());
        return response;
    }
    let readable = matches!(*request.method(), Method::GET | Method::HEAD);
    if !readable || path == "/metrics" || path == "/healthz" {
        return guard(next.run(request).await);
    }
    let encoding = accepted(request.headers());
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let key = PageKey {
        generation: site.0.pages.generation.load(Ordering::SeqCst),
        address: address.to_owned(),
        encoding,
    };
    if let Some(page) = site.0.pages.pages.get(&key) {
        site.0.counters.cache_hits.fetch_add(1, Ordering::Relaxed);
        return respond(&page, known.as_ref());
    }
    let head = *request.method() == Method::HEAD;
    let response = next.run(request).await;
    if response.status().is_server_error() {
        site.0.counters.faults.fetch_add(1, Ordering::Relaxed);
    }
    if response.status() != StatusCode::OK || head {
        return guard(response);
    }
    // A file too large to be kept goes out as it is.
    let said = response.headers().get(header::CONTENT_LENGTH);
    let said = said.and_then(|size| size.to_str().ok()?.parse::<u64>().ok());
    let size = said.unwrap_or_else(|| response.body().size_hint().lower());
    if size > LARGE as u64 {
        return guard(response);
    }
    let (parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LARGE).await else {
        return guard(StatusCode::INTERNAL_SERVER_ERROR.into_response());
    };
    let compressed = tokio::task::spawn_blocking(move || compress(parts.headers, bytes, encoding));
    let Ok(page) = compressed.await else {
        return guard(StatusCode::INTERNAL_SERVER_ERROR.into_response());
    };
    let page = Arc::new(page);
    site.0.pages.pages.insert(key, Arc::clone(&page));
    respond(&page, known.as_ref())
}

fn respond(page: &Page, known: Option<&HeaderValue>) -> Response {
    let tag = page.headers.get(header::ETAG);
    let matches = known
        .and_then(|known| known.to_str().ok())
        .zip(tag.and_then(|t| t.to_str().ok()));
    let unchanged = matches.is_some_and(|(known, tag)| {
        known
            .split(',')
            .map(str::trim)
            .any(|one| one == "*" || one.trim_start_matches("W/") == tag)
    });
    let mut response = Response::new(if unchanged {
        Body::empty()
    } else {
        Body::from(page.body.clone())
    });
    *response.headers_mut() = page.headers.clone();
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().remove(header::CONTENT_ENCODING);
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    response
}

/// The best encoding that the client accepts.
fn accepted(headers: &HeaderMap) -> Encoding {
    let Some(accept) = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
    else {
        return Encoding::Plain;
    };
    let accepts = |name: &str| {
        accept.split(',').any(|part| {
            let mut words = part.split(';').map(str::trim);
            let refused = |word: &str| matches!(word, "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
            words.next() == Some(name) && !words.any(refused)
        })
    };
    if accepts("br") {
        Encoding::Brotli
    } else if accepts("gzip") {
        Encoding::Gzip
    } else {
        Encoding::Plain
    }
}

fn compress(mut headers: HeaderMap, body: Bytes, encoding: Encoding) -> Page {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let textual = kind.is_some_and(|kind| {
        kind.starts_with("text/") || kind.contains("json") || kind.contains("xml")
    });
    let worthwhile = textual && body.len() >= SMALL;
    let packed = match encoding {
        Encoding::Brotli if worthwhile => brotli(&body).map(|packed| ("br", packed)),
        Encoding::Gzip if worthwhile => gzip(&body).map(|packed| ("gzip", packed)),
        _ => None,
    };
    let digest = Sha256::digest(&body);
    let mut tag: String = digest
        .iter()
        .take(10)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let body = match packed {
        Some((name, packed)) => {
            tag = format!("{tag}-{name}");
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
            Bytes::from(packed)
        }
        None => body,
    };
    headers.remove(header::CONTENT_LENGTH);
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{tag}\"")) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-cache"));
    protect(&mut headers);
    Page { headers, body }
}

fn brotli(body: &[u8]) -> Option<Vec<u8>> {
    let mut packed = Vec::with_capacity(body.len() / 4);
    let mut writer = brotli::CompressorWriter::new(&mut packed, 32 * 1024, 5, 20);
    writer.write_all(body).ok()?;
    drop(writer);
    Some(packed)
}

fn gzip(body: &[u8]) -> Option<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(body).ok()?;
    writer.finish().ok()
}

const PROTECTION: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=()",
    ),
];

/// What a page may load that runs the site's own script.
const WITH_SCRIPT: &str = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; \
     script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'";

/// What a page may do that other sites show in a frame. Browsers heed this before `x-frame-options`.
const FRAMED: &str = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; \
     form-action 'none'; base-uri 'none'; frame-ancestors *";

/// Lets other sites show a page in a frame.
pub(crate) fn allow_framing(headers: &mut HeaderMap) {
    let policy = HeaderValue::from_static(FRAMED);
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
}

/// Lets a page run the site's own script.
pub(crate) fn allow_script(headers: &mut HeaderMap) {
    let policy = HeaderValue::from_static(WITH_SCRIPT);
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
}

/// Adds the headers that keep a page from being abused.
fn protect(headers: &mut HeaderMap) {
    for (name, value) in PROTECTION {
        headers
            .entry(HeaderName::from_static(name))
            .or_insert(HeaderValue::from_static(value));
    }
}

/// Keeps an answer for whom it is for: in no cache, and read by no other site. Tables of the desk and
/// of a preview are named like public ones, which other sites may read.
fn keep_private(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.remove(header::ACCESS_CONTROL_ALLOW_ORIGIN);
}

fn guard(mut response: Response) -> Response {
    protect(response.headers_mut());
    response
}
