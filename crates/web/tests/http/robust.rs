//! Whatever is sent, the site answers with sense: never with a fault of its own.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

use axum::http::{Method, StatusCode};
use dfg_web::{Site, router};
use tokio::net::TcpListener;

use crate::{
    access::{Desk, HOST},
    site::{Client, history, settings},
};

const STARTS: [&str; 10] = [
    "/",
    "/editions",
    "/changes",
    "/feeds/changes.atom",
    "/feeds/decisions.atom",
    "/healthz",
    "/metrics",
    "/theme.css",
    "/api/v1",
    "/api/v1/openapi.json",
];

/// Two addresses of every shape that the site has.
async fn addresses(client: &Client) -> Vec<String> {
    let mut shapes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (address, answer) in client.crawl(&STARTS, 2_000).await {
        if answer.status != StatusCode::OK {
            continue;
        }
        let path = address.split('?').next().unwrap_or_default();
        let mut parts: Vec<&str> = path.split('/').collect();
        if let Some(slug) = parts.get_mut(if path.starts_with("/api/") { 4 } else { 2 }) {
            *slug = "…";
        }
        let shape = parts.join("/");
        let kept = shapes.entry(shape).or_default();
        if kept.len() < 2 {
            kept.insert(address);
        }
    }
    shapes.into_values().flatten().collect()
}

#[tokio::test]
async fn every_address_takes_every_method_with_grace() {
    let client = Client::north_east();
    let addresses = addresses(&client).await;
    assert!(addresses.len() > 60, "only {} shapes", addresses.len());
    for address in &addresses {
        let got = client.get(address).await;
        let head = client.ask(Method::HEAD, address, &[]).await;
        assert_eq!(head.status, got.status, "HEAD {address}");
        assert_eq!(head.body, "", "HEAD {address}");
        assert_eq!(
            head.header("content-type"),
            got.header("content-type"),
            "HEAD {address}"
        );
        let options = client.ask(Method::OPTIONS, address, &[]).await;
        assert_eq!(options.status, StatusCode::NO_CONTENT, "OPTIONS {address}");
        assert_eq!(options.header("allow"), "GET, HEAD, OPTIONS", "{address}");
        for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE", "FROBNICATE"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let answer = client.ask(method.clone(), address, &[]).await;
            assert_eq!(
                answer.status,
                StatusCode::METHOD_NOT_ALLOWED,
                "{method} {address}"
            );
            assert!(answer.header("allow").contains("GET"), "{method} {address}");
            if address.starts_with("/api/") {
                assert_eq!(answer.json()["status"], 405, "{method} {address}");
            } else {
                let told = answer.body.contains("<h1");
                assert!(told, "{method} {address} has no page");
            }
        }
    }
}

#[tokio::test]
async fn every_answer_protects_its_reader() {
    let client = Client::north_east();
    for address in [
        "/",
        "/nowhere",
        "/api/v1",
        "/api/v1/nowhere",
        "/healthz",
        "/?as-of=x",
    ] {
        let answer = client.get(address).await;
        for (name, part) in [
            ("content-security-policy", "default-src 'none'"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            // The test site's address is one over TLS.
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert!(answer.header(name).contains(part), "{address}: {name}");
        }
    }
}

#[tokio::test]
async fn malformed_addresses_are_refused_with_a_page() {
    let client = Client::north_east();
    let long = "x".repeat(9_000);
    let cases = [
        ("/activities/%00", 404),
        ("/activities/%ff%fe", 404),
        ("/activities/..%2f..%2fetc%2fpasswd", 404),
        ("/activities/../../etc/passwd", 404),
        ("/activities/%F0%9F%90%BE", 404),
        ("/activities/%", 404),
        ("/activities/a%20b", 404),
        ("/activities/ACTIVITY", 404),
        ("//", 404),
        ("/editions/0", 404),
        ("/editions/r99999999999", 404),
        ("/editions/%C3%A9", 404),
        ("/?as-of=yesterday", 400),
        ("/?as-of=2020-02-30", 400),
        ("/?as-of=%00", 400),
        ("/?as-of=%ff", 400),
        ("/?as-of=1000-01-01", 400),
        ("/?as-of=1900-01-01", 404),
        ("/?as-of=2199-12-31", 200),
        ("/?known-at=never", 400),
        ("/?known-at=1950-01-01", 404),
        ("/?known-at=2199-12-31&as-of=1900", 404),
        ("/?edition=99", 404),
        ("/?edition=one", 404),
        ("/?edition=%27%20or%201%3D1", 404),
        ("/?as-of=2020-01-01&as-of=x", 200),
        ("/?=&&&=%", 200),
        ("/?%ff=%fe", 200),
        ("/changes?from=%00", 400),
        ("/changes?from=%3Cscript%3Ealert(1)%3C%2Fscript%3E", 400),
        ("/changes?from=99", 404),
        ("/changes?from=1900&to=2199", 200),
        ("/changes?from=&to=", 200),
        ("/api/v1/activities?limit=abc", 400),
        ("/api/v1/activities?limit=0", 400),
        ("/api/v1/activities?limit=501", 400),
        ("/api/v1/activities?limit=-1", 400),
        ("/api/v1/activities?limit=99999999999999999999999", 400),
        ("/api/v1/activities?offset=1000000", 200),
        ("/api/v1/activities?them=data", 400),
        ("/api/v1/activities?stage=started", 400),
        ("/api/v1/activities?as-of=", 400),
        ("/api/v1/activities/%ff", 404),
        ("/api/v1/activities/%00/history", 404),
        ("/api/v2", 404),
        ("/api", 404),
        ("/assets/..%2f..%2fCargo.toml", 404),
    ];
    for (address, status) in cases {
        let answer = client.get(address).await;
        assert_eq!(answer.status.as_u16(), status, "{address}");
        assert!(!answer.body.contains("<script"), "{address}");
        if status >= 400 && address.starts_with("/api") {
            assert_eq!(answer.header("content-type"), "application/problem+json");
            let problem = answer.json();
            for field in ["type", "title", "detail", "instance"] {
                assert!(problem[field].is_string(), "{address}: {problem}");
            }
            assert_eq!(problem["status"], status, "{address}");
        } else if status >= 400 && !address.starts_with("/assets/") {
            assert!(answer.body.contains("<h1"), "{address} has no page");
        }
    }
    for address in [
        format!("/search?q={long}"),
        format!("/{long}"),
        format!("/api/v1/activities?q={long}"),
    ] {
        let answer = client.get(&address).await;
        assert_eq!(answer.status, StatusCode::URI_TOO_LONG);
        let told = answer.body.contains("The address is too long");
        assert!(told, "{}", answer.body);
    }
}

#[tokio::test]
async fn a_mistyped_comparison_keeps_what_was_typed() {
    let client = Client::north_east();
    let answer = client.get("/changes?from=r1&to=next+%22week").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.body.contains("value=\"r1\""));
    assert!(answer.body.contains("value=\"next &#34;week\""));
    assert!(answer.body.contains("id=\"to-error\""));
    assert!(!answer.body.contains("id=\"from-error\""));
}

/// Sends bytes over a real connection, and gives the answer's first line.
async fn send(address: SocketAddr, request: &[u8]) -> String {
    let request = request.to_vec();
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        // A server that refuses early may close before all is sent.
        let _ = stream.write_all(&request);
        let mut answer = [0; 64];
        let count = stream.read(&mut answer).unwrap_or(0);
        String::from_utf8_lossy(&answer[..count]).into_owned()
    });
    let answer = answer.await.unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn strange_requests_over_a_real_connection_do_no_harm() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = router(Site::new(history(), settings()));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let huge = "y".repeat(100_000);
    let request =
        |line: &str, headers: &str| format!("{line}\r\n{headers}connection: close\r\n\r\n");
    let host = "host: 127.0.0.1\r\n";
    let cases = [
        (request("GET / HTTP/1.1", host), "200"),
        (
            request("GET / HTTP/1.1", "host: evil.example:99\r\n"),
            "200",
        ),
        (request("GET / HTTP/1.1", "host: \r\n"), "200"),
        (request("GET / HTTP/1.0", ""), "200"),
        (request("OPTIONS * HTTP/1.1", host), "404"),
        (request("GET http://other.example/ HTTP/1.1", host), "200"),
        (request(&format!("GET /?q={huge} HTTP/1.1"), host), "414"),
        (request(&format!("GET /{huge} HTTP/1.1"), host), "414"),
        (request("GET /\u{0} HTTP/1.1", host), "400"),
        (request("GET / HTTP/9.9", host), "400"),
        (request("NONSENSE", host), "400"),
        (
            request(&format!("{} / HTTP/1.1", "M".repeat(500)), host),
            "405",
        ),
        (
            request("GET / HTTP/1.1", "host: a\r\nif-none-match: \u{1F43E}\r\n"),
            "200",
        ),
        (
            request("POST / HTTP/1.1", "host: a\r\ncontent-length: 5\r\n") + "hello",
            "405",
        ),
    ];
    for (request, status) in cases {
        let line = send(address, request.as_bytes()).await;
        let shown: String = request.chars().take(60).collect();
        assert!(line.contains(status), "{shown:?} gave {line:?}");
    }
    let raw = b"GET /\xff\xfe?\xff HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let line = send(address, raw).await;
    assert!(line.contains("40"), "raw bytes gave {line:?}");
    let line = send(address, request("GET / HTTP/1.1", host).as_bytes()).await;
    assert!(line.contains("200"), "afterwards: {line:?}");
}

#[tokio::test]
async fn whatever_is_sent_to_the_desk_after_a_session_has_ended_is_given_back() {
    let desk = Desk::new().await;
    for path in [
        "/desk/edition",
        "/desk/ownership",
        "/desk/meetings/1/actions",
        "/desk/reviews/1/answers",
    ] {
        let headers = [("origin", HOST)];
        let form = "foreword=Long+in+the+%3Cmaking%3E&revision=1";
        let answer = desk.ask(Method::POST, path, &headers, form).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        assert!(
            answer.body.contains("Long in the &#60;making&#62;"),
            "{path}"
        );
        assert!(
            answer.body.contains(&format!("action=\"{path}\"")),
            "{path}"
        );
    }
}
