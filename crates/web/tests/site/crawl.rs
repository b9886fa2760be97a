//! Every internal link of the site leads somewhere, now and in the past.

use crate::support::{Client, crawl::crawl};

/// How many addresses a walk fetches at most.
const MOST: usize = 1_500;

#[test]
fn every_link_of_the_present_leads_somewhere() {
    let client = Client::north_east();
    let walk = crawl(&client, &["/"], MOST, |address| !address.contains("as-of="));
    let broken = walk.report();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(walk.seen.len() > 200, "only {} pages", walk.seen.len());
}

#[test]
fn every_link_of_the_past_stays_there_and_leads_somewhere() {
    let client = Client::north_east();
    for start in ["/?as-of=2020-03-01", "/?edition=r2"] {
        let carried = start.trim_start_matches("/?");
        let walk = crawl(&client, &[start], 400, |address| address.contains(carried));
        let broken = walk.report();
        assert!(broken.is_empty(), "{}", broken.join("\n"));
        assert!(walk.seen.len() > 20, "{start}: {} pages", walk.seen.len());
    }
}

#[test]
fn every_link_of_the_starter_leads_somewhere() {
    let client = Client::starter();
    let walk = crawl(&client, &["/"], MOST, |_| true);
    let broken = walk.report();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Pages that tell one point in time, whose links to other such pages must stay at it.
const OF_THE_PLAN: [&str; 9] = [
    "activities",
    "areas",
    "decisions",
    "groups",
    "indicators",
    "organisations",
    "pipeline",
    "signals",
    "themes",
];

#[test]
fn links_in_the_past_do_not_fall_into_the_present() {
    let client = Client::north_east();
    for path in [
        "/",
        "/strategy",
        "/pipeline",
        "/pipeline?view=timeline",
        "/pipeline?view=board&theme=data",
        "/areas",
        "/areas/sunderland",
        "/search?q=data",
        "/themes",
        "/signals",
        "/organisations",
        "/indicators",
        "/decisions",
        "/sources",
        "/data",
    ] {
        let joint = if path.contains('?') { '&' } else { '?' };
        let page = client.page(&format!("{path}{joint}as-of=2023-06-30"));
        let links = page.elements.iter().filter(|element| {
            element.name == "a" && element.within.iter().any(|name| name == "main")
        });
        let mut checked = 0;
        for href in links.map(|link| link.get("href")) {
            let first = href.trim_start_matches('/').split(['/', '?', '#']).next();
            if !href.starts_with('/') || !first.is_some_and(|one| OF_THE_PLAN.contains(&one)) {
                continue;
            }
            checked += 1;
            assert!(href.contains("as-of=2023-06-30"), "{path} leads to {href}");
        }
        assert!(
            checked > 0 || path == "/data" || path == "/strategy",
            "{path}"
        );
    }
}
