//! Work that is not yet published is invisible on every path; once published, it is there.

use std::collections::BTreeMap;

use crate::site::{Client, TODAY, commit, history, publish, settings};
use axum::http::StatusCode;
use dfg_plan::{
    Change, Draft, Edition, EditionId, History, Key, Kind, Record, Slug, change::Action,
};
use dfg_web::Site;
use jiff::{Timestamp, civil::date};
use serde_json::json;

/// A word that stands in everything unpublished.
const SECRET: &str = "zqcanary";
/// A word that stands nowhere.
const NOTHING: &str = "zqnobody";

const STARTS: [&str; 23] = [
    "/",
    "/editions",
    "/changes",
    "/changes?from=2000&to=2199",
    "/changes?from=r1&to=1",
    "/feeds/changes.atom",
    "/feeds/decisions.atom",
    "/healthz",
    "/metrics",
    "/theme.css",
    "/api/v1",
    "/api/v1/openapi.json",
    "/api/v1/changes?from=2000&to=2199",
    "/api/v1/activities?limit=500",
    "/api/v1/entries?limit=500",
    "/pipeline",
    "/search?q=data",
    "/sources",
    "/organisations",
    "/signals",
    "/?as-of=2024-01-01",
    "/?known-at=2026-11-22",
    "/?edition=r2",
];

fn later() -> Timestamp {
    "2026-12-03T09:00:00Z".parse().unwrap()
}

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn add(kind: Kind, value: serde_json::Value) -> Change {
    let record = Record::from_value(kind, value).unwrap();
    Change::add(slug(&format!("{SECRET}-{kind}")), record)
}

/// Changes to records that everyone sees, and records that nobody should see yet.
fn with_secrets() -> History {
    let mut history = history();
    let plan = history.current();
    let (activity, _) = plan.activities.iter().next_back().unwrap();
    let theme = plan.themes.keys().next().unwrap();
    let set = |kind, slug: &Slug, field: &str, on| Change {
        key: Key::new(kind, slug.clone()),
        on,
        action: Action::Set(BTreeMap::from([(
            field.to_owned(),
            json!(format!("{SECRET} {field}")),
        )])),
    };
    let known_since = history
        .track(&Key::new(Kind::Activity, activity.clone()))
        .unwrap()
        .versions()[0]
        .on;
    let title = format!("{SECRET} title");
    let changes = vec![
        add(
            Kind::Theme,
            json!({ "title": title, "promise": title, "colour": "#123456" }),
        ),
        add(Kind::Objective, json!({ "title": title, "theme": theme })),
        add(Kind::Organisation, json!({ "name": title })),
        add(
            Kind::Signal,
            json!({ "title": title, "kind": "challenge", "theme": theme, "summary": title }),
        ),
        add(
            Kind::Activity,
            json!({ "title": title, "theme": theme, "summary": title,
                "owners": [{ "name": title, "part": "leads" }] }),
        ),
        add(
            Kind::Decision,
            json!({ "title": title, "date": "2020-01-01", "activities": [activity] }),
        ),
        add(
            Kind::Milestone,
            json!({ "what": title, "date": "2020-01-01", "activities": [activity] }),
        ),
        set(Kind::Activity, activity, "title", None),
        // Told of the past, so that it changes every later state of the record too.
        set(Kind::Activity, activity, "summary", Some(known_since)),
        set(Kind::Theme, theme, "promise", None),
        set(Kind::Region, &slug("region"), "headline", None),
        set(Kind::Strategy, &slug("strategy"), "vision", None),
    ];
    commit(
        &mut history,
        later(),
        Draft {
            // True since a day that edition 1 tells of: only the order of recording hides it.
            true_on: Some(TODAY),
            actor: format!("{SECRET} actor"),
            reason: format!("{SECRET} reason"),
            changes,
            ..Draft::default()
        },
    );
    // A past edition made from entries that no published edition includes.
    let edition = Edition {
        id: EditionId::Reconstructed(9),
        title: format!("{SECRET} edition"),
        foreword: format!("{SECRET} foreword"),
        as_of: date(2025, 1, 1),
        through: history.head().seq,
    };
    commit(
        &mut history,
        later(),
        Draft {
            true_on: Some(TODAY),
            reason: format!("{SECRET} past"),
            edition: Some(edition),
            ..Draft::default()
        },
    );
    history
}

#[tokio::test]
async fn nothing_unpublished_is_on_any_page_list_feed_or_history() {
    let client = Client::new(&Site::new(with_secrets(), settings()));
    let plan = crate::site::plan();
    let activity = plan.activities.keys().next_back().unwrap();
    let theme = plan.themes.keys().next().unwrap();
    let touched = [
        format!("/activities/{activity}/history"),
        format!("/api/v1/activities/{activity}/history"),
        format!("/themes/{theme}/history"),
        "/strategy/history".to_owned(),
        "/api/v1/region/history".to_owned(),
        "/activities.csv".to_owned(),
        "/api/v1/strategy".to_owned(),
    ];
    let starts = touched.iter().map(String::as_str).chain(STARTS);
    let starts: Vec<&str> = starts.collect();
    let found = client.crawl(&starts, 6_000).await;
    for start in &touched {
        let (_, answer) = found.iter().find(|(address, _)| address == start).unwrap();
        assert_eq!(answer.status, StatusCode::OK, "{start} was not read");
    }
    let pages = found
        .iter()
        .filter(|(_, answer)| answer.status == StatusCode::OK);
    assert!(pages.count() > 400, "the crawl did not get far");
    for (address, answer) in &found {
        assert!(
            !answer.status.is_server_error(),
            "{address}: {}",
            answer.status
        );
        let headers = format!("{:?}", answer.headers);
        assert!(
            !answer.body.contains(SECRET) && !headers.contains(SECRET),
            "{address} tells what is not published"
        );
    }
}

#[tokio::test]
async fn asking_for_it_by_name_is_like_asking_for_nothing() {
    let client = Client::new(&Site::new(with_secrets(), settings()));
    let mut addresses: Vec<String> = Vec::new();
    for kind in Kind::ALL {
        let name = format!("{SECRET}-{kind}");
        let plural = kind.plural();
        addresses.push(format!("/{plural}/{name}"));
        addresses.push(format!("/{plural}/{name}/history"));
        addresses.push(format!("/api/v1/{plural}/{name}"));
        addresses.push(format!("/api/v1/{plural}/{name}/history"));
    }
    for query in [
        "as-of=2026-12-31",
        "as-of=2020",
        "known-at=2026-12-31",
        "edition=1",
    ] {
        addresses.push(format!("/activities/{SECRET}-activity?{query}"));
        addresses.push(format!("/api/v1/activities/{SECRET}-activity?{query}"));
        addresses.push(format!("/api/v1/activities?q={SECRET}&{query}"));
    }
    for address in [
        "/search?q=SECRET",
        "/pipeline?q=SECRET",
        "/pipeline?theme=SECRET-theme",
        "/pipeline?organisation=SECRET-organisation",
        "/activities.csv?q=SECRET",
        "/api/v1/search?q=SECRET",
        "/api/v1/activities?theme=SECRET-theme",
        "/api/v1/signals?theme=SECRET-theme",
    ] {
        addresses.push(address.replace("SECRET", SECRET));
    }
    for address in addresses {
        let asked = client.get(&address).await;
        let nothing = client.get(&address.replace(SECRET, NOTHING)).await;
        assert_eq!(asked.status, nothing.status, "{address}");
        assert_eq!(
            asked.body.replace(SECRET, NOTHING),
            nothing.body,
            "{address}"
        );
    }
    for address in [
        "/editions/r9",
        "/?edition=r9",
        "/changes?from=r9",
        "/api/v1/editions/r9",
        "/api/v1/changes?to=r9",
        "/editions/2",
        "/?edition=2",
    ] {
        let status = client.get(address).await.status;
        assert_eq!(status, StatusCode::NOT_FOUND, "{address}");
    }
}

#[tokio::test]
async fn pages_stay_as_they_were_while_work_goes_on_and_follow_the_next_edition() {
    let site = Site::new(history(), settings());
    let client = Client::new(&site);
    let addresses = [
        "/",
        "/editions",
        "/changes",
        "/feeds/changes.atom",
        "/feeds/decisions.atom",
        "/api/v1/activities",
        "/api/v1/decisions",
        "/api/v1/entries",
        "/api/v1/strategy/history",
    ];
    let mut before = Vec::new();
    for address in addresses {
        before.push(client.get(address).await.body);
    }
    let mut next = with_secrets();
    site.replace(next.clone());
    for (address, before) in addresses.iter().zip(&before) {
        assert_eq!(&client.get(address).await.body, before, "{address}");
    }
    publish(&mut next, later(), 2, "Now everyone knows");
    site.replace(next);
    for (address, before) in addresses.iter().zip(&before) {
        assert_ne!(&client.get(address).await.body, before, "{address}");
    }
    for address in [
        "/activities/zqcanary-activity",
        "/changes",
        "/changes?from=1&to=2",
        "/feeds/changes.atom",
        "/feeds/decisions.atom",
        "/api/v1/activities/zqcanary-activity",
        "/api/v1/activities/zqcanary-activity/history",
        "/api/v1/activities?q=zqcanary",
        "/api/v1/changes",
        "/api/v1/entries",
        "/editions/r9",
        "/",
    ] {
        let answer = client.get(address).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}");
        assert!(answer.body.contains(SECRET), "{address} does not tell it");
    }
    for address in ["/?edition=1", "/api/v1/activities?limit=500&edition=1"] {
        let answer = client.get(address).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}");
        assert!(
            !answer.body.contains(SECRET),
            "{address} is no longer what it was"
        );
    }
}
