//! The history of a record: both times, every visible version, and nothing that is unpublished.

use crate::support::{
    Client,
    html::Page,
    region::{TODAY, append, history_of, north_east_plan, publish, settings},
};
use axum::http::StatusCode;
use dfg_plan::{Change, Draft, History, Key, Kind, Slug};
use dfg_web::Site;
use jiff::{Timestamp, civil::date};

const LATER: &str = "2026-12-01T09:00:00Z";
const WHERE: &str = "/organisations/newcastle-university/history";

fn later() -> Timestamp {
    LATER.parse().expect("a moment")
}

fn key() -> Key {
    Key::new(
        Kind::Organisation,
        Slug::parse("newcastle-university").expect("a slug"),
    )
}

/// The North East with a longer name for Newcastle University, recorded later and not published.
fn changed() -> History {
    let mut history = history_of(&north_east_plan());
    let old = history.current().get(&key()).expect("the university");
    let mut new = old.clone();
    new.set("name", serde_json::json!("Newcastle University upon Tyne"))
        .expect("it fits");
    new.set("size", serde_json::json!("large"))
        .expect("it fits");
    let change = Change::set_difference(key(), &old, &new).expect("it fits");
    let draft = Draft {
        true_on: Some(date(2026, 11, 25)),
        actor: "programme lead".to_owned(),
        reason: "The university asked for its full name".to_owned(),
        changes: vec![change],
        ..Draft::default()
    };
    append(&mut history, draft, later());
    history
}

fn client(history: History) -> Client {
    Client::new(Site::new(history, settings()))
}

fn versions(page: &Page) -> usize {
    page.with_class("change").count()
}

#[test]
fn what_is_not_published_is_not_told() {
    let client = client(changed());
    for address in [
        WHERE.to_owned(),
        format!("{WHERE}?as-of=2027-01-01"),
        format!("{WHERE}?known-at=2026-12-31"),
        "/organisations/newcastle-university".to_owned(),
        "/organisations".to_owned(),
    ] {
        let page = client.page(&address);
        assert!(
            !page.source.contains("Newcastle University upon Tyne"),
            "{address} tells an unpublished name"
        );
        assert!(
            !page.source.contains("asked for its full name"),
            "{address}"
        );
    }
}

#[test]
fn a_published_change_is_told_with_both_times_and_its_reason() {
    let mut history = changed();
    let entry = history.head().seq;
    publish(
        &mut history,
        2,
        "The second edition",
        later(),
        date(2026, 12, 1),
    );
    let client = client(history);
    let page = client.page(WHERE);
    for words in [
        "upon Tyne",
        "True since 25 November 2026",
        "recorded on 1 December 2026",
        "The university asked for its full name",
    ] {
        assert!(page.says(words), "{words}");
    }
    assert!(page.says(&format!("entry {entry}")));
    let inserted: Vec<&str> = page.all("ins").map(|ins| ins.text.as_str()).collect();
    assert!(
        inserted.iter().any(|text| text.contains("upon Tyne")),
        "{inserted:?}"
    );
    let first = page.with_class("change").next().unwrap();
    assert!(first.text.contains("Changed"), "{}", first.text);
    // On the day before it became true the change had not happened yet.
    let before = client.page(&format!("{WHERE}?as-of=2026-11-24"));
    assert_eq!(versions(&before) + 1, versions(&page));
    assert!(!before.says("asked for its full name"));
    // What this site said on the day of edition 1 does not tell of the change either.
    let said = client.page(&format!("{WHERE}?known-at={TODAY}"));
    assert!(!said.says("asked for its full name"));
}

#[test]
fn a_record_keeps_its_history_under_a_new_slug_and_after_it_is_withdrawn() {
    let mut history = history_of(&north_east_plan());
    let signal = Key::new(Kind::Signal, Slug::parse("5g-testbed-bid-lost").unwrap());
    let mut record = history.current().get(&signal).unwrap();
    record
        .set("was", serde_json::json!(["5g-testbed-bid-lost"]))
        .unwrap();
    let renamed = Slug::parse("first-5g-bid-lost").unwrap();
    let group = Key::new(Kind::Group, Slug::parse("workforce").unwrap());
    let draft = Draft {
        reason: "A clearer address".to_owned(),
        changes: vec![
            Change::withdraw(signal),
            Change::add(renamed, record),
            Change::withdraw(group),
        ],
        ..Draft::default()
    };
    append(&mut history, draft, later());
    publish(&mut history, 2, "Renamed", later(), date(2026, 12, 1));
    let client = client(history);
    let page = client.page("/signals/first-5g-bid-lost/history");
    assert!(page.says("Renamed") && page.says("Recorded"));
    assert!(versions(&page) >= 2);
    assert!(!page.says("Withdrawn"));
    assert_eq!(
        client.redirect("/signals/5g-testbed-bid-lost/history"),
        "/signals/first-5g-bid-lost/history"
    );
    client.refusal("/groups/workforce", StatusCode::NOT_FOUND);
    let gone = client.page("/groups/workforce/history");
    assert!(gone.says("Withdrawn") && gone.says("no longer part of the plan"));
}

#[test]
fn every_kind_with_a_page_has_a_history() {
    let (client, plan) = (Client::north_east(), north_east_plan());
    for kind in [
        Kind::Activity,
        Kind::Organisation,
        Kind::Theme,
        Kind::Objective,
        Kind::Group,
        Kind::Decision,
        Kind::Signal,
        Kind::Indicator,
        Kind::Area,
    ] {
        let slug = plan.slugs(kind)[0];
        let page = client.page(&format!("/{}/{slug}/history", kind.plural()));
        assert!(page.heading().starts_with("History: "));
        assert!(versions(&page) > 0, "{kind}");
        client.refusal(
            &format!("/{}/no-such/history", kind.plural()),
            StatusCode::NOT_FOUND,
        );
    }
    let strategy = client.page("/strategy/history");
    assert!(strategy.says("True since"));
}

#[test]
fn stages_are_told_as_they_moved() {
    let page = Client::north_east().page("/activities/newcastle-urban-observatory/history");
    assert!(versions(&page) > 1, "{}", page.text());
    assert!(page.says("22 November 2026"), "when it was recorded");
}
