//! A client for tests: it speaks to the router in process and checks the rules of every page that
//! it fetches.

#![expect(
    dead_code,
    reason = "each test program uses a part of what is shared here"
)]

pub mod crawl;
pub mod html;
pub mod region;

use std::sync::OnceLock;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use dfg_web::Site;
use tower::ServiceExt as _;

use html::Page;

/// Asks the site as a browser would, without a network.
pub struct Client {
    router: Router,
    runtime: tokio::runtime::Runtime,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The address that was asked for.
    pub address: String,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
}

impl Answer {
    /// A header's value; empty where there is none.
    pub fn header(&self, name: impl header::AsHeaderName) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }
}

impl Client {
    /// A client of a site.
    pub fn new(site: Site) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        Self {
            router: dfg_web::router(site),
            runtime: runtime.expect("a runtime starts"),
        }
    }

    /// A client of the North East's site, which is made once for a test program.
    pub fn north_east() -> Self {
        static SITE: OnceLock<Site> = OnceLock::new();
        Self::new(SITE.get_or_init(region::north_east).clone())
    }

    /// A client of the starter region's site.
    pub fn starter() -> Self {
        Self::new(region::starter())
    }

    /// `GET` an address; every answer is guarded, and none is a fault of ours.
    pub fn get(&self, address: &str) -> Answer {
        self.ask(Method::GET, address, &[])
    }

    /// Any request.
    pub fn ask(&self, method: Method, address: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(address);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty());
        let request = request.unwrap_or_else(|error| panic!("{address:?} is no address: {error}"));
        let (parts, bytes) = self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await;
            let (parts, body) = response.expect("the router never fails").into_parts();
            (parts, to_bytes(body, 64 << 20).await.expect("a whole body"))
        });
        let answer = Answer {
            address: address.to_owned(),
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        };
        assert!(
            !answer.status.is_server_error(),
            "{address} answered {}: {}",
            answer.status,
            answer.text
        );
        check_headers(&answer);
        answer
    }

    /// A page that is there, checked against the rules of every page.
    pub fn page(&self, address: &str) -> Page {
        let answer = self.get(address);
        assert_eq!(answer.status, StatusCode::OK, "{address}: {}", answer.text);
        check_page(&answer)
    }

    /// A page that says why there is no other, checked as well.
    pub fn refusal(&self, address: &str, status: StatusCode) -> Page {
        let answer = self.get(address);
        assert_eq!(answer.status, status, "{address}");
        check_page(&answer)
    }

    /// Where an address redirects to.
    pub fn redirect(&self, address: &str) -> String {
        let answer = self.get(address);
        assert!(
            answer.status.is_redirection(),
            "{address}: {}",
            answer.status
        );
        answer.header(header::LOCATION).to_owned()
    }
}

/// Whether an answer is a page for people.
pub fn is_html(answer: &Answer) -> bool {
    answer.header(header::CONTENT_TYPE).starts_with("text/html")
}

/// Reads a page and fails with every rule that it breaks.
pub fn check_page(answer: &Answer) -> Page {
    assert!(is_html(answer), "{} is no page", answer.address);
    let page = Page::read(&answer.address, &answer.text);
    let faults = page.faults();
    assert!(
        faults.is_empty(),
        "{} breaks rules:\n  {}",
        answer.address,
        faults.join("\n  ")
    );
    page
}

fn check_headers(answer: &Answer) {
    let policy = answer.header("content-security-policy");
    let guarded = policy.contains("default-src 'none'")
        // A chart may stand in a frame on other sites: that is what its page is for.
        && (policy.contains("frame-ancestors 'none'")
            || (answer.address.ends_with("/embed") && policy.contains("form-action 'none'")))
        && !policy.contains("unsafe")
        && answer.header("x-content-type-options") == "nosniff"
        && !answer.header("referrer-policy").is_empty();
    assert!(
        guarded,
        "{} is not guarded: {:?}",
        answer.address, answer.headers
    );
    if answer.status == StatusCode::OK && !answer.text.is_empty() {
        assert!(
            !answer.header(header::CONTENT_TYPE).is_empty(),
            "{} has no content type",
            answer.address
        );
    }
}
