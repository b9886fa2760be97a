//! Editions and what changed between them, as people read it.

use axum::http::StatusCode;
use dfg_plan::{Change, Draft, History, Key, Kind, Slug, change::Action};
use dfg_web::Site;
use jiff::Timestamp;
use serde_json::json;

use crate::site::{Client, commit, history, publish, settings};

fn heading(body: &str) -> &str {
    let start = body.split("<h1").nth(1).unwrap();
    let start = start.split_once('>').unwrap().1;
    start.split("</h1>").next().unwrap()
}

#[tokio::test]
async fn every_edition_is_listed_and_can_be_read() {
    let client = Client::north_east();
    let list = client.get("/editions").await.body;
    let places: Vec<usize> = [
        "/editions/1\"",
        "/editions/r3\"",
        "/editions/r2\"",
        "/editions/r1\"",
    ]
    .iter()
    .map(|href| list.find(href).unwrap_or_else(|| panic!("no {href}")))
    .collect();
    assert!(places.is_sorted(), "newest first");
    assert_eq!(list.matches(">Reconstructed<").count(), 3);
    for id in ["1", "r1", "r2", "r3"] {
        let page = client.get(&format!("/editions/{id}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(heading(&page.body).starts_with(&format!("Edition {id}: ")));
        let data = client.get(&format!("/api/v1/editions/{id}")).await.json();
        assert!(page.body.contains(data["hash"].as_str().unwrap()));
        let count = data["counts"]["activities"].as_u64().unwrap();
        assert!(page.body.contains(&format!("It holds {count} activities")));
        let marked = page
            .body
            .contains("is reconstructed from dated public sources");
        assert_eq!(marked, id.starts_with('r'));
    }
    let r1 = client.get("/editions/r1").await.body;
    assert!(r1.contains("href=\"/pipeline?edition=r1\""));
    let latest = client.get("/editions/1").await.body;
    assert!(latest.contains("href=\"/pipeline\""));
}

/// How many changes a page tells: in sentences, or by name.
fn told(page: &str) -> u64 {
    let count = |class: &str| page.matches(&format!("class=\"{class}\"")).count() as u64;
    count("change") + count("change-name")
}

#[tokio::test]
async fn without_points_the_latest_edition_is_told_against_the_one_before() {
    let client = Client::north_east();
    let page = client.get("/changes").await.body;
    assert_eq!(
        heading(&page),
        "What changed between edition r3 and edition 1, and why"
    );
    let named = client.get("/changes?from=r3&to=1").await.body;
    assert_eq!(heading(&named), heading(&page));
    let data = client.get("/api/v1/changes").await.json();
    let summary = data["summary"].as_str().unwrap();
    assert!(page.contains(summary), "{summary}");
    let home = client.get("/").await.body;
    assert!(home.contains(summary), "the home page tells it too");
    let total = data["total"].as_u64().unwrap();
    assert_eq!(told(&page), total);
    assert!(page.contains("<details"), "long runs are folded");
}

#[tokio::test]
async fn points_may_be_editions_or_dates_in_any_order() {
    let client = Client::north_east();
    for (query, title, notice) in [
        (
            "from=r1&to=2020-03-01",
            "What changed between edition r1 and 1 March 2020, and why",
            "",
        ),
        (
            "from=1&to=r1",
            "What changed between edition r1 and edition 1, and why",
            "the two were swapped",
        ),
        (
            "from=2021&to=2020-05",
            "What changed between 31 May 2020 and 31 December 2021, and why",
            "the two were swapped",
        ),
        (
            "from=1&to=1",
            "Nothing changed: both points are edition 1",
            "",
        ),
        (
            "from=2024-06-01&to=2150-01-01",
            "What changed between 1 June 2024 and 22 November 2026, and why",
            "Edition 1 tells what was true by 22 November 2026",
        ),
        (
            "from=1950&to=r1",
            "What changed between 31 December 1950 and edition r1, and why",
            "Nothing is recorded before",
        ),
        (
            "to=r2",
            "What changed between edition r1 and edition r2, and why",
            "",
        ),
        (
            "from=1950&to=1951",
            "Nothing changed between 31 December 1950 and 31 December 1951",
            "Nothing is recorded before",
        ),
    ] {
        let page = client.get(&format!("/changes?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        assert_eq!(heading(&page.body), title, "{query}");
        assert!(page.body.contains(notice), "{query}");
        let data = client.get(&format!("/api/v1/changes?{query}")).await.json();
        let changes = told(&page.body);
        assert_eq!(data["total"], changes, "{query}");
        assert_eq!(changes == 0, title.starts_with("Nothing"), "{query}");
    }
}

#[tokio::test]
async fn the_past_knows_only_of_what_was_there() {
    let client = Client::north_east();
    let list = client.get("/editions?edition=r2").await.body;
    assert!(list.contains("/editions/r1?edition=r2") && !list.contains("/editions/r3"));
    let page = client.get("/changes?edition=r2").await.body;
    assert_eq!(
        heading(&page),
        "What changed between edition r1 and edition r2, and why"
    );
    let page = client.get("/changes?as-of=2020-03-01").await.body;
    assert_eq!(
        heading(&page),
        "What changed between edition r1 and 1 March 2020, and why"
    );
    let later = client.get("/changes?from=r3&to=1&edition=r1").await;
    assert_eq!(later.status, StatusCode::OK, "a later edition can be named");
    let early = client.get("/editions?as-of=2012-01-01").await;
    assert_eq!(early.status, StatusCode::OK);
    assert!(!early.body.contains("/editions/r1"));
}

/// A second edition that rewords an objective, by a decision.
fn second() -> (History, Slug) {
    let mut history = history();
    let plan = history.current();
    let (slug, objective) = plan.objectives.iter().next().unwrap();
    let words: Vec<&str> = objective.title.split(' ').collect();
    let (last, most) = words.split_last().unwrap();
    let title = format!("{} <b>bold</b> {last}", most.join(" "));
    let later: Timestamp = "2026-12-03T09:00:00Z".parse().unwrap();
    let fields = [("title".to_owned(), json!(title))];
    let change = Change {
        key: Key::new(Kind::Objective, slug.clone()),
        on: None,
        action: Action::Set(fields.into_iter().collect()),
    };
    let decision = plan.decisions.keys().next().unwrap();
    let draft = Draft {
        reason: "The group asked for <plainer> words".to_owned(),
        decision: Some(decision.clone()),
        changes: vec![change],
        ..Draft::default()
    };
    commit(&mut history, later, draft);
    publish(&mut history, later, 2, "Plainer words");
    (history, decision.clone())
}

#[tokio::test]
async fn a_reworded_text_shows_its_words_its_reason_and_its_decision() {
    let (history, decision) = second();
    let client = Client::new(&Site::new(history, settings()));
    let page = client.get("/changes").await.body;
    assert_eq!(
        heading(&page),
        "What changed between edition 1 and edition 2, and why"
    );
    assert!(page.contains("The wording of one text changed."));
    assert!(page.contains(">Reworded</p>"));
    assert!(page.contains("<ins>&#60;b&#62;bold&#60;/b&#62;"), "{page}");
    assert!(page.contains("The group asked for &#60;plainer&#62; words."));
    assert!(page.contains(&format!("href=\"/decisions/{decision}\"")));
    let home = client.get("/").await.body;
    assert!(home.contains("Edition 2: what changed in it"));
    let old = client.get("/?edition=1").await.body;
    assert!(old.contains("Edition 1: what changed in it"));
    let known = client.get("/editions?known-at=2026-11-25").await.body;
    assert!(!known.contains("Edition 2"), "it was not yet said");
    let asked = client.get("/changes?known-at=2026-11-25&to=2").await;
    assert_eq!(asked.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_region_without_past_editions_tells_its_first_from_nothing() {
    let mut history = History::default();
    let at = crate::site::now();
    for draft in dfg_plan::genesis::first_entries(&crate::site::plan(), crate::site::TODAY) {
        commit(&mut history, at, draft);
    }
    publish(&mut history, at, 1, "The first");
    let client = Client::new(&Site::new(history, settings()));
    for address in [
        "/",
        "/editions",
        "/editions/1",
        "/changes",
        "/feeds/changes.atom",
    ] {
        assert_eq!(
            client.get(address).await.status,
            StatusCode::OK,
            "{address}"
        );
    }
    let page = client.get("/changes").await.body;
    assert!(page.contains("so everything since is told as new"));
}

#[tokio::test]
async fn before_the_first_edition_the_site_says_so() {
    let client = Client::new(&Site::new(History::default(), settings()));
    for address in [
        "/",
        "/editions",
        "/changes",
        "/feeds/changes.atom",
        "/api/v1",
        "/healthz",
    ] {
        let answer = client.get(address).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{address}");
    }
    assert_eq!(client.get("/metrics").await.status, StatusCode::OK);
}
