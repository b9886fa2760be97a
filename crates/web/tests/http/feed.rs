//! The feeds are Atom that any reader takes, and their names never change.

use std::collections::BTreeSet;

use dfg_web::Site;
use jiff::Timestamp;
use roxmltree::{Document, Node};

use crate::site::{Client, history, publish, settings};

const ATOM: &str = "http://www.w3.org/2005/Atom";

fn child<'a>(node: Node<'a, 'a>, name: &str) -> &'a str {
    let found = node
        .children()
        .find(|child| child.has_tag_name((ATOM, name)));
    found
        .and_then(|child| child.text())
        .unwrap_or_else(|| panic!("no {name}"))
}

fn link<'a>(node: Node<'a, 'a>, rel: &str) -> &'a str {
    let found = node
        .children()
        .find(|child| child.attribute("rel") == Some(rel));
    found.and_then(|child| child.attribute("href")).unwrap()
}

/// Checks a feed, and gives the names of its entries.
fn check(xml: &str, address: &str) -> Vec<String> {
    let document = Document::parse(xml).unwrap_or_else(|error| panic!("{address}: {error}"));
    let feed = document.root_element();
    assert!(feed.has_tag_name((ATOM, "feed")));
    assert!(child(feed, "id").starts_with("urn:dfg:feed:"));
    assert!(!child(feed, "title").is_empty());
    let updated: Timestamp = child(feed, "updated").parse().unwrap();
    let author = feed
        .children()
        .find(|node| node.has_tag_name((ATOM, "author")));
    assert!(!child(author.unwrap(), "name").is_empty());
    assert_eq!(
        link(feed, "self"),
        format!("https://growth.example{address}")
    );
    let entries = feed
        .children()
        .filter(|node| node.has_tag_name((ATOM, "entry")));
    let mut ids = Vec::new();
    for entry in entries {
        let id = child(entry, "id");
        assert!(id.starts_with("urn:dfg:") && id.bytes().all(|byte| byte.is_ascii_graphic()));
        assert!(!child(entry, "title").is_empty(), "{id}");
        assert!(
            child(entry, "updated").parse::<Timestamp>().unwrap() <= updated,
            "{id}"
        );
        assert!(
            link(entry, "alternate").starts_with("https://growth.example/"),
            "{id}"
        );
        ids.push(id.to_owned());
    }
    let distinct: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len(), "a name stands twice");
    ids
}

#[tokio::test]
async fn feeds_are_well_formed_and_complete() {
    let client = Client::north_east();
    for (address, least) in [("/feeds/changes.atom", 50), ("/feeds/decisions.atom", 10)] {
        let answer = client.get(address).await;
        assert_eq!(
            answer.header("content-type"),
            "application/atom+xml; charset=utf-8"
        );
        let ids = check(&answer.body, address);
        assert!(ids.len() >= least, "{address} has {} entries", ids.len());
        assert!(ids.len() <= 200);
    }
}

#[tokio::test]
async fn links_lead_to_the_change_itself() {
    let client = Client::north_east();
    let feed = client.get("/feeds/changes.atom").await.body;
    let document = Document::parse(&feed).unwrap();
    let entries = document
        .root_element()
        .children()
        .filter(|node| node.has_tag_name((ATOM, "entry")));
    let mut followed = 0;
    for entry in entries.take(40) {
        let href = link(entry, "alternate").replace("https://growth.example", "");
        let (address, anchor) = href.split_once('#').unwrap_or((&href, ""));
        let page = client.get(address).await;
        assert_eq!(page.status, 200, "{href}");
        if !anchor.is_empty() {
            assert!(page.body.contains(&format!("id=\"{anchor}\"")), "{href}");
            followed += 1;
        }
    }
    assert!(followed > 20);
}

#[tokio::test]
async fn the_next_edition_adds_and_renames_nothing() {
    let site = Site::new(history(), settings());
    let client = Client::new(&site);
    let address = "/feeds/decisions.atom";
    let before = check(&client.get(address).await.body, address);
    let mut next = history();
    let later: Timestamp = "2026-12-03T09:00:00Z".parse().unwrap();
    publish(
        &mut next,
        later,
        2,
        "Nothing but <a new> title & \"quotes\"",
    );
    site.replace(next);
    assert_eq!(check(&client.get(address).await.body, address), before);
    let address = "/feeds/changes.atom";
    let answer = client.get(address).await;
    let after = check(&answer.body, address);
    assert!(after[0].starts_with("urn:dfg:edition:"));
    let document = Document::parse(&answer.body).unwrap();
    let newest = document
        .descendants()
        .find(|node| node.has_tag_name((ATOM, "entry")))
        .unwrap();
    assert_eq!(
        child(newest, "title"),
        "Edition 2: Nothing but <a new> title & \"quotes\""
    );
}
