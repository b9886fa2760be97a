//! The map, the sources and the pages about the site itself.

use crate::support::{Client, region};

#[test]
fn the_map_and_its_table_say_the_same() {
    let client = Client::north_east();
    let page = client.page("/areas");
    let plan = region::north_east_plan();
    let tiles: Vec<_> = page.with_class("tile").collect();
    assert_eq!(tiles.len(), 7);
    for tile in tiles {
        let slug = tile.get("href").trim_start_matches("/areas/");
        let count = plan
            .activities
            .values()
            .filter(|activity| activity.areas.iter().any(|area| area.as_str() == slug))
            .count();
        assert!(tile.text.ends_with(&format!(" {count}")), "{}", tile.text);
        let name = plan.areas[slug].name.as_str();
        let row = page
            .elements
            .iter()
            .find(|row| row.name == "tr" && row.text.starts_with(name))
            .unwrap();
        let words = row.text.trim_start_matches(name);
        assert!(words.starts_with(&count.to_string()), "{}", row.text);
    }
    assert_eq!(client.get("/areas/nowhere").status, 404);
}

#[test]
fn an_area_lists_what_happens_there_and_who_is_there() {
    let client = Client::north_east();
    let plan = region::north_east_plan();
    let page = client.page("/areas/sunderland");
    for (slug, activity) in &plan.activities {
        let is_here = activity
            .areas
            .iter()
            .any(|area| area.as_str() == "sunderland");
        let href = format!("/activities/{slug}");
        assert_eq!(page.hrefs().any(|link| link == href), is_here, "{slug}");
    }
    for (slug, organisation) in &plan.organisations {
        let is_here = organisation
            .area
            .as_ref()
            .is_some_and(|a| a.as_str() == "sunderland");
        let href = format!("/organisations/{slug}");
        assert_eq!(page.hrefs().any(|link| link == href), is_here, "{slug}");
    }
}

#[test]
fn every_cited_address_is_among_the_sources() {
    let client = Client::north_east();
    let page = client.page("/sources");
    let hrefs: std::collections::BTreeSet<&str> = page.hrefs().collect();
    for (key, record) in region::north_east_plan().iter() {
        for url in record
            .sources()
            .iter()
            .filter_map(|source| source.url.as_deref())
        {
            assert!(hrefs.contains(url), "{key}: {url}");
        }
    }
    assert!(
        page.says("not an official publication"),
        "{}",
        page.heading()
    );
}

#[test]
fn pages_about_the_site_are_there_for_every_region() {
    for client in [Client::north_east(), Client::starter()] {
        for path in [
            "glossary",
            "accessibility",
            "privacy",
            "data",
            "follow",
            "sources",
            "areas",
        ] {
            let page = client.page(&format!("/{path}"));
            assert!(page.text().len() > 200, "{path} says little");
        }
    }
}
