//! Search: what is found, in which order, and what is said where nothing is.

use std::time::Instant;

use crate::support::{Client, html::Page, region};
use dfg_plan::{Slug, record::Activity};

/// The titles and addresses of the results, in order.
fn results(page: &Page) -> Vec<(&str, &str)> {
    let headings = page.elements.iter().enumerate();
    headings
        .filter(|(_, element)| element.name == "h2" && element.has_class("item__title"))
        .filter_map(|(index, _)| {
            let link = page.elements[index + 1..].first()?;
            Some((link.text.as_str(), link.get("href")))
        })
        .collect()
}

#[test]
fn a_title_comes_before_a_mention() {
    let client = Client::north_east();
    let page = client.page("/search?q=national+innovation+centre+for+data");
    assert_eq!(
        results(&page)[0].0,
        "National Innovation Centre for Data",
        "{:?}",
        results(&page)
    );
    let page = client.page("/search?q=bede");
    assert!(results(&page)[0].0.contains("Bede"), "{:?}", results(&page));
}

#[test]
fn every_word_must_occur_and_is_marked() {
    let client = Client::north_east();
    let one = client.page("/search?q=fibre");
    let both = client.page("/search?q=fibre+sunderland");
    assert!(results(&both).len() < results(&one).len());
    let marked: Vec<String> = one.all("mark").map(|m| m.text.to_lowercase()).collect();
    assert!(!marked.is_empty());
    assert!(
        marked.iter().all(|word| word.starts_with("fibre")),
        "{marked:?}"
    );
    let other_way = client.page("/search?q=SUNDERLAND+Fibre");
    assert_eq!(results(&other_way), results(&both), "order and case");
}

#[test]
fn everything_can_be_found_by_its_title() {
    let client = Client::north_east();
    let plan = region::north_east_plan();
    for kind in [
        dfg_plan::Kind::Activity,
        dfg_plan::Kind::Organisation,
        dfg_plan::Kind::Signal,
        dfg_plan::Kind::Objective,
        dfg_plan::Kind::Theme,
        dfg_plan::Kind::Decision,
        dfg_plan::Kind::Milestone,
        dfg_plan::Kind::Indicator,
        dfg_plan::Kind::Group,
        dfg_plan::Kind::Area,
    ] {
        let (_, record) = plan.of_kind(kind).into_iter().next_back().unwrap();
        let title: String = record.title().chars().take(190).collect();
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("q", title.rsplit_once(' ').map_or(&title, |(most, _)| most))
            .append_pair("kind", kind.word())
            .finish();
        let page = client.page(&format!("/search?{query}"));
        let found = results(&page);
        assert!(
            found.iter().any(|(words, _)| *words == record.title()),
            "{kind} “{title}”: {found:?}"
        );
    }
}

#[test]
fn a_paragraph_of_the_strategy_is_found_where_it_stands() {
    let client = Client::north_east();
    let page = client.page("/search?q=picture+of+success&kind=strategy");
    let found = results(&page);
    assert_eq!(found[0].1, "/strategy#picture-of-success", "{found:?}");
}

#[test]
fn a_slip_of_the_keyboard_gets_a_suggestion() {
    let client = Client::north_east();
    let page = client.page("/search?q=newcastel+universty&as-of=2025-01-01");
    let nothing = "Nothing holds “newcastel universty”";
    assert_eq!(page.heading(), nothing);
    let near = page.link("university").unwrap();
    assert_eq!(near.text, "newcastle university");
    let found = client.page(near.get("href"));
    assert!(!results(&found).is_empty());
    assert!(near.get("href").contains("as-of=2025-01-01"));
    let page = client.page("/search?q=zzzzqqqq");
    assert!(!page.says("Did you mean"), "nothing is near that");
    assert!(page.link("Browse the pipeline").is_some());
}

#[test]
fn kinds_narrow_and_pages_carry_on() {
    let client = Client::north_east();
    let page = client.page("/search?q=digital");
    let all = page.heading().to_owned();
    let organisations = page.link("Organisations (").unwrap().get("href").to_owned();
    let narrowed = client.page(&organisations);
    assert_ne!(narrowed.heading(), all);
    assert!(
        results(&narrowed)
            .iter()
            .all(|(_, href)| href.starts_with("/organisations/")),
    );
    let mut seen = 0;
    let mut next = Some("/search?q=digital".to_owned());
    while let Some(address) = next {
        let page = client.page(&address);
        seen += results(&page).len();
        let link = page.elements.iter().find(|e| e.get("rel") == "next");
        next = link.map(|link| link.get("href").to_owned());
    }
    assert!(all.starts_with(&format!("{seen} results")), "{all}: {seen}");
}

#[test]
fn odd_questions_are_answered() {
    let client = Client::north_east();
    assert_eq!(client.page("/search").heading(), "Search everything");
    assert_eq!(client.page("/search?q=+++").heading(), "Search everything");
    for query in [
        "q=%21%21%21",
        "q=%3Cscript%3Ealert(1)%3C/script%3E",
        "q=%00%ff",
        "q=%C3%84%C3%96+%E6%97%A5%E6%9C%AC",
        "q=%C4%B0stanbul",
        "q=a&page=-1",
        "q=a&page=99999999",
        "q=a&kind=nonsense",
        "q=%22digital%22&kind=activity&page=2",
    ] {
        client.page(&format!("/search?{query}"));
    }
    client.page(&format!("/search?q={}", "x".repeat(4_000)));
    client.page(&format!("/search?q={}", "a+".repeat(2_000)));
}

#[test]
fn ten_thousand_records_are_searched_at_once() {
    let mut plan = region::north_east_plan();
    let patterns: Vec<Activity> = plan
        .activities
        .values()
        .map(|activity| activity.as_ref().clone())
        .collect();
    for number in 0..10_000 {
        let mut activity = patterns[number % patterns.len()].clone();
        activity.title = format!("{} {number}", activity.title);
        let slug = Slug::parse(&format!("copy-{number}")).unwrap();
        plan.insert(slug, activity.into());
    }
    let client = Client::new(region::site_of(&plan));
    client.page("/search?q=first");
    let start = Instant::now();
    for query in ["fibre", "d", "digital+data+university", "nosuchwrd"] {
        client.page(&format!("/search?q={query}"));
    }
    let took = start.elapsed();
    assert!(
        took.as_secs() < 4,
        "four searches took {took:?} in a debug build"
    );
}
