//! Every internal link of the site leads somewhere, now and in the past.

use crate::support::{Client, crawl::crawl};

/// The first parts of the paths whose features are finished: links to others are not yet judged.
const FINISHED: &[&str] = &[
    "",
    "about",
    "accessibility",
    "areas",
    "assets",
    "data",
    "follow",
    "glossary",
    "pipeline",
    "privacy",
    "search",
    "sources",
    "theme.css",
];

/// How many addresses a walk fetches at most.
const MOST: usize = 1_500;

#[test]
fn every_link_of_the_present_leads_somewhere() {
    let client = Client::north_east();
    let walk = crawl(&client, &["/"], MOST, |address| !address.contains("as-of="));
    let broken = walk.broken_under(FINISHED);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(walk.seen.len() > 200, "only {} pages", walk.seen.len());
}

#[test]
fn every_link_of_the_past_stays_there_and_leads_somewhere() {
    let client = Client::north_east();
    for start in ["/?as-of=2020-03-01", "/?edition=r2"] {
        let carried = start.trim_start_matches("/?");
        let walk = crawl(&client, &[start], 400, |address| address.contains(carried));
        let broken = walk.broken_under(FINISHED);
        assert!(broken.is_empty(), "{}", broken.join("\n"));
        assert!(walk.seen.len() > 20, "{start}: {} pages", walk.seen.len());
    }
}

#[test]
fn every_link_of_the_starter_leads_somewhere() {
    let client = Client::starter();
    let walk = crawl(&client, &["/"], MOST, |_| true);
    let broken = walk.broken_under(FINISHED);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
