//! For those who run the site: whether it serves, and numbers to watch. Never kept.
//!
//! Reads one thing outside memory: how much of it the program uses, where the system says so.

use std::{fmt::Write as _, fs, sync::atomic::Ordering};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use dfg_plan::EditionId;
use serde_json::json;

use crate::site::Site;

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
        .route("/healthz", get(health))
        .route("/metrics", get(metrics))
}

/// `GET /healthz`: 200 where there is an edition to serve.
async fn health(State(site): State<Site>) -> Response {
    let snapshot = site.snapshot();
    let edition = snapshot.edition.as_ref().map(|shown| shown.edition.id);
    let body = json!({
        "status": if edition.is_some() { "serving" } else { "nothing published yet" },
        "edition": edition,
        "head": snapshot.history.head().seq,
        "version": site.0.settings.version,
    });
    let status = if edition.is_some() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, body.to_string()).into_response()
}

/// `GET /metrics`, as Prometheus reads it.
async fn metrics(State(site): State<Site>) -> Response {
    let snapshot = site.snapshot();
    let counters = &site.0.counters;
    let edition = match snapshot.edition.as_ref().map(|shown| shown.edition.id) {
        Some(EditionId::Published(number)) => u64::from(number),
        _ => 0,
    };
    let mut text = String::new();
    let version = escape(&site.0.settings.version);
    let _ = write!(
        text,
        "# HELP dfg_build_info The version that runs.\n# TYPE dfg_build_info gauge\n\
         dfg_build_info{{version=\"{version}\"}} 1\n"
    );
    let counted = [
        ("dfg_requests_total", "Requests taken.", &counters.requests),
        (
            "dfg_page_cache_hits_total",
            "Pages answered from those that are kept.",
            &counters.cache_hits,
        ),
        (
            "dfg_faults_total",
            "Pages that could not be made.",
            &counters.faults,
        ),
    ];
    for (name, help, counter) in counted {
        one(
            &mut text,
            name,
            help,
            "counter",
            counter.load(Ordering::Relaxed),
        );
    }
    let entries = snapshot.history.head().seq;
    one(
        &mut text,
        "dfg_ledger_entries",
        "Entries in the ledger.",
        "gauge",
        entries,
    );
    one(
        &mut text,
        "dfg_edition_number",
        "The edition that is shown.",
        "gauge",
        edition,
    );
    if let Some(bytes) = resident_bytes() {
        let help = "Memory in use.";
        one(
            &mut text,
            "process_resident_memory_bytes",
            help,
            "gauge",
            bytes,
        );
    }
    let headers = [
        (
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, text).into_response()
}

fn one(text: &mut String, name: &str, help: &str, kind: &str, value: u64) {
    let _ = write!(
        text,
        "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n"
    );
}

/// A label's value.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

/// The memory that the program holds, where the system tells it in kilobytes; pages, as in
/// `/proc/self/statm`, would need the size of a page.
fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
