//! The North East as a site with one edition, and a client that asks it in process.

use std::{collections::BTreeSet, path::Path};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode},
};
use dfg_plan::{Draft, Edition, EditionId, History, Plan, Sealed, genesis};
use dfg_web::{Settings, Site, router};
use jiff::{
    Timestamp,
    civil::{Date, date},
};
use tower::ServiceExt as _;

/// The day of the first import.
pub const TODAY: Date = date(2026, 11, 22);

/// The moment of the first import.
pub fn now() -> Timestamp {
    "2026-11-22T09:00:00Z".parse().unwrap()
}

pub fn commit(history: &mut History, at: Timestamp, draft: Draft) {
    let today = at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let sealed = draft.seal(history.head(), at, today);
    history.append(sealed).unwrap();
}

pub fn publish(history: &mut History, at: Timestamp, number: u32, title: &str) {
    let today = at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let draft = edition(history, today, number, title);
    commit(history, at, draft);
}

fn edition(history: &History, today: Date, number: u32, title: &str) -> Draft {
    let edition = Edition {
        id: EditionId::Published(number),
        title: title.to_owned(),
        foreword: String::new(),
        as_of: today,
        through: history.head().seq,
    };
    Draft {
        reason: format!("Edition {number}"),
        edition: Some(edition),
        ..Draft::default()
    }
}

/// The plan in the North East's folder.
pub fn plan() -> Plan {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../regions/north-east");
    let folder = dfg_region::Folder::read(&dir).unwrap();
    dfg_region::read(&folder, TODAY).unwrap()
}

/// The North East with its past editions and edition 1.
pub fn history() -> History {
    let mut history = History::default();
    for sealed in entries() {
        history.append(sealed).unwrap();
    }
    history
}

/// The entries of that history, as a store keeps them.
pub fn entries() -> Vec<Sealed> {
    let plan = plan();
    let mut history = History::default();
    let mut entries = Vec::new();
    let mut seal = |history: &mut History, draft: Draft| {
        let sealed = draft.seal(history.head(), now(), TODAY);
        history.append(sealed.clone()).unwrap();
        entries.push(sealed);
    };
    for draft in genesis::first_entries(&plan, TODAY) {
        seal(&mut history, draft);
    }
    for draft in genesis::past_editions(&plan, history.head().seq, TODAY) {
        seal(&mut history, draft);
    }
    let edition = edition(&history, TODAY, 1, "The pipeline in one place");
    seal(&mut history, edition);
    entries
}

pub fn settings() -> Settings {
    Settings {
        address: Some("https://growth.example".to_owned()),
        version: "1.2.3".to_owned(),
        evidence: None,
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// Asks a site in process.
#[derive(Clone)]
pub struct Client(Router);

impl Client {
    pub fn new(site: &Site) -> Self {
        Self(router(site.clone()))
    }

    pub fn north_east() -> Self {
        Self::new(&Site::new(history(), settings()))
    }

    pub async fn get(&self, address: &str) -> Answer {
        self.ask(Method::GET, address, &[]).await
    }

    pub async fn ask(&self, method: Method, address: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(address);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = self.0.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// Follows every link of the site from some addresses, and gives what each address answered.
    pub async fn crawl(&self, starts: &[&str], most: usize) -> Vec<(String, Answer)> {
        let mut waiting: Vec<String> = starts.iter().map(ToString::to_string).collect();
        let mut seen: BTreeSet<String> = waiting.iter().cloned().collect();
        let mut found = Vec::new();
        while let Some(address) = waiting.pop() {
            let answer = self.get(&address).await;
            for link in links(&answer.body) {
                if seen.len() < most && seen.insert(link.clone()) {
                    waiting.push(link);
                }
            }
            found.push((address, answer));
        }
        found
    }
}

/// The addresses within the site that a page, a feed or an answer names.
fn links(body: &str) -> Vec<String> {
    let mut links = Vec::new();
    for (before, after) in [("href=\"", '"'), ("\":\"", '"')] {
        for rest in body.split(before).skip(1) {
            let target = rest.split(after).next().unwrap_or_default();
            let target = target.replace("&amp;", "&");
            let target = target
                .strip_prefix("https://growth.example")
                .unwrap_or(&target);
            let target = target.split('#').next().unwrap_or_default();
            let is_plain = target
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
            if target.starts_with('/') && !target.starts_with("//") && is_plain {
                links.push(target.to_owned());
            }
        }
    }
    links
}
