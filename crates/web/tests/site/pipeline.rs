//! The pipeline: filters, the three views, and the same list as CSV.

use std::collections::BTreeSet;

use crate::support::{Client, region};
use dfg_plan::{
    Plan,
    record::{Confidence, Stage},
};
use proptest::prelude::*;

/// The slugs of the activities that a pipeline page shows.
fn shown(client: &Client, address: &str) -> BTreeSet<String> {
    let page = client.page(address);
    let links = page.elements.iter().filter(|element| element.name == "a");
    links
        .filter(|link| link.within.iter().any(|name| name == "main"))
        .filter_map(|link| {
            let slug = link.get("href").strip_prefix("/activities/")?;
            Some(slug.split('?').next().unwrap_or_default().to_owned())
        })
        .collect()
}

/// The slugs of the activities that satisfy a rule.
fn expected(plan: &Plan, rule: impl Fn(&dfg_plan::record::Activity) -> bool) -> BTreeSet<String> {
    let activities = plan.activities.iter();
    activities
        .filter(|(_, activity)| rule(activity))
        .map(|(slug, _)| slug.to_string())
        .collect()
}

#[test]
fn each_filter_shows_what_the_plan_holds() {
    let client = Client::north_east();
    let plan = region::north_east_plan();
    let all = expected(&plan, |_| true);
    assert_eq!(shown(&client, "/pipeline"), all);
    let is = |one: &dfg_plan::Slug, text: &str| one.as_str() == text;
    let data = |a: &dfg_plan::record::Activity| is(&a.theme, "data");
    assert_eq!(
        shown(&client, "/pipeline?theme=data"),
        expected(&plan, data)
    );
    assert_eq!(
        shown(
            &client,
            "/pipeline?theme=data&theme=workforce&stage=completed"
        ),
        expected(&plan, |a| {
            (data(a) || is(&a.theme, "workforce")) && a.stage == Some(Stage::Completed)
        })
    );
    assert_eq!(
        shown(&client, "/pipeline?stage=none"),
        expected(&plan, |a| a.stage.is_none())
    );
    assert_eq!(
        shown(&client, "/pipeline?area=sunderland&area=gateshead"),
        expected(&plan, |a| {
            let mut areas = a.areas.iter();
            areas.any(|area| is(area, "sunderland") || is(area, "gateshead"))
        })
    );
    assert_eq!(
        shown(&client, "/pipeline?organisation=newcastle-university"),
        expected(&plan, |a| {
            let mut owners = a.owners.iter().filter_map(|o| o.organisation.as_ref());
            owners.any(|slug| is(slug, "newcastle-university"))
        })
    );
    assert_eq!(
        shown(&client, "/pipeline?confidence=none"),
        expected(&plan, |a| a.confidence.is_none())
    );
    assert_eq!(
        shown(&client, "/pipeline?confidence=red"),
        expected(&plan, |a| a.confidence == Some(Confidence::Red))
    );
    let pounds = |a: &dfg_plan::record::Activity| a.funding_pence.map(dfg_plan::Pence::pounds);
    let mut parts = BTreeSet::new();
    for (word, band) in [
        ("under-1m", 0..1_000_000),
        ("1m-10m", 1_000_000..10_000_000),
        ("10m-up", 10_000_000..u64::MAX),
    ] {
        let found = shown(&client, &format!("/pipeline?funding={word}"));
        assert_eq!(
            found,
            expected(&plan, |a| pounds(a).is_some_and(|p| band.contains(&p))),
            "{word}"
        );
        parts.extend(found);
    }
    parts.extend(shown(&client, "/pipeline?funding=none"));
    assert_eq!(parts, all, "the bands and “none” cover everything");
}

#[test]
fn words_are_looked_for_everywhere_in_an_activity() {
    let client = Client::north_east();
    let found = shown(&client, "/pipeline?q=FIBRE+northumberland");
    assert!(!found.is_empty());
    let plan = region::north_east_plan();
    for slug in &found {
        let activity = &plan.activities[slug.as_str()];
        let value = dfg_plan::Record::Activity(activity.clone()).to_value();
        let text = value.to_string().to_lowercase();
        assert!(text.contains("fibre"), "{slug}");
    }
    assert!(found.len() < shown(&client, "/pipeline?q=fibre").len());
}

#[test]
fn the_headline_is_true_of_what_is_shown() {
    let client = Client::north_east();
    let plan = region::north_east_plan();
    let count = |rule: &dyn Fn(&dfg_plan::record::Activity) -> bool| {
        plan.activities.values().filter(|a| rule(a)).count()
    };
    let delivering = count(&|a| a.stage == Some(Stage::Delivering));
    assert_eq!(
        client.page("/pipeline").heading(),
        format!("The pipeline: {delivering} of 122 activities are being delivered now")
    );
    let data = count(&|a| a.theme.as_str() == "data");
    let done = count(&|a| a.theme.as_str() == "data" && a.stage == Some(Stage::Completed));
    assert_eq!(
        client
            .page("/pipeline?theme=data&stage=completed")
            .heading(),
        format!("Data: {done} of {data} activities are completed")
    );
    let past = client.page("/pipeline?as-of=2020-03-01");
    assert!(
        past.heading().contains("were being delivered"),
        "{}",
        past.heading()
    );
}

#[test]
fn filters_in_use_can_be_taken_off_one_by_one() {
    let client = Client::north_east();
    let address = "/pipeline?q=data&theme=data&theme=workforce&view=board&as-of=2024-01-01";
    let page = client.page(address);
    let chips: Vec<(&str, &str)> = page
        .elements
        .iter()
        .filter(|element| element.name == "a" && element.text.starts_with("Remove "))
        .map(|element| (element.text.as_str(), element.get("href")))
        .collect();
    assert_eq!(
        chips,
        [
            (
                "Remove Words: data",
                "/pipeline?theme=data&theme=workforce&view=board&as-of=2024-01-01"
            ),
            (
                "Remove Theme: Data",
                "/pipeline?q=data&theme=workforce&view=board&as-of=2024-01-01"
            ),
            (
                "Remove Theme: Workforce",
                "/pipeline?q=data&theme=data&view=board&as-of=2024-01-01"
            ),
            ("Remove all", "/pipeline?view=board&as-of=2024-01-01"),
        ]
    );
    let list = page.link("List").map(|link| link.get("href"));
    assert_eq!(
        list,
        Some("/pipeline?q=data&theme=data&theme=workforce&as-of=2024-01-01")
    );
    let kept = |name: &str, value: &str| {
        page.elements.iter().any(|element| {
            element.name == "input"
                && element.get("name") == name
                && element.get("value") == value
                && (element.get("type") == "hidden"
                    || element.attributes.contains_key("checked")
                    || element.get("type") == "search")
        })
    };
    for (name, value) in [
        ("q", "data"),
        ("theme", "data"),
        ("theme", "workforce"),
        ("view", "board"),
        ("as-of", "2024-01-01"),
    ] {
        assert!(kept(name, value), "the form forgets {name}={value}");
    }
}

#[test]
fn values_that_mean_nothing_say_so() {
    let client = Client::north_east();
    let page = client.page("/pipeline?theme=no-such-theme&stage=%3Cscript%3E");
    assert_eq!(page.heading(), "Nothing in the pipeline matches");
    assert!(
        page.says("“no-such-theme” is no theme here"),
        "{}",
        page.text()
    );
    assert!(page.says("“<script>” is no stage here"), "{}", page.text());
    let mixed = client.page("/pipeline?theme=no-such-theme&theme=data");
    assert!(mixed.says("“no-such-theme” is no theme here"));
    assert!(!shown(&client, "/pipeline?theme=no-such-theme&theme=data").is_empty());
}

#[test]
fn every_view_shows_every_activity_that_passes() {
    let client = Client::north_east();
    for filter in ["", "&stage=completed", "&q=fibre"] {
        let list = shown(&client, &format!("/pipeline?view=list{filter}"));
        for view in ["timeline", "board"] {
            let other = shown(&client, &format!("/pipeline?view={view}{filter}"));
            assert_eq!(other, list, "{view}{filter}");
        }
    }
}

#[test]
fn the_timeline_draws_a_bar_for_each_dated_activity() {
    let client = Client::north_east();
    let plan = region::north_east_plan();
    let page = client.page("/pipeline?view=timeline");
    let dated = plan
        .activities
        .values()
        .filter(|a| a.start.is_some() || a.end.is_some());
    let dated = dated.count();
    assert_eq!(page.with_class("timeline__bar").count(), dated);
    let drawn: BTreeSet<usize> = page
        .elements
        .iter()
        .filter(|element| {
            ["span", "open", "start"]
                .iter()
                .any(|c| element.has_class(c))
        })
        .filter_map(|element| element.ancestors.last().copied())
        .collect();
    assert_eq!(drawn.len(), dated, "a bar is empty");
    for path in page.all("path") {
        let numbers = path
            .get("d")
            .split(|c: char| !c.is_ascii_digit() && c != '-');
        for number in numbers.filter(|number| !number.is_empty()) {
            let number: i32 = number.parse().unwrap();
            assert!((0..=2_100).contains(&number), "{}", path.get("d"));
        }
    }
}

#[test]
fn the_spreadsheet_holds_what_the_page_shows() {
    let client = Client::north_east();
    let page = client.page("/pipeline?theme=data&stage=delivering&sort=name");
    let link = page.link("spreadsheet").unwrap();
    assert_eq!(
        link.get("href"),
        "/activities.csv?theme=data&stage=delivering"
    );
    let answer = client.get(link.get("href"));
    let mut reader = csv::Reader::from_reader(answer.text.as_bytes());
    let slugs: BTreeSet<String> = reader
        .records()
        .map(|row| row.unwrap()[0].to_owned())
        .collect();
    assert_eq!(
        slugs,
        shown(&client, "/pipeline?theme=data&stage=delivering")
    );
}

#[test]
fn long_lists_come_in_pages() {
    let mut plan = region::starter_plan();
    let (slug, pattern) = plan.activities.iter().next().unwrap();
    let (slug, pattern) = (slug.clone(), pattern.clone());
    for number in 0..450 {
        let mut activity = pattern.as_ref().clone();
        activity.title = format!("Copy {number:03}");
        let slug = dfg_plan::Slug::parse(&format!("{slug}-{number}")).unwrap();
        plan.insert(slug, activity.into());
    }
    let client = Client::new(region::site_of(&plan));
    let all = plan.activities.len();
    let mut seen = BTreeSet::new();
    let mut next = Some("/pipeline?sort=name".to_owned());
    let mut pages = 0;
    while let Some(address) = next {
        let found = shown(&client, &address);
        assert!(found.len() <= 200);
        assert!(found.is_disjoint(&seen), "{address} repeats");
        seen.extend(found);
        pages += 1;
        let page = client.page(&address);
        let link = page
            .elements
            .iter()
            .find(|element| element.get("rel") == "next");
        next = link.map(|link| link.get("href").to_owned());
    }
    assert_eq!((seen.len(), pages), (all, 3));
    assert_eq!(
        shown(&client, "/pipeline?page=99999999999999999999&sort=name").len(),
        200,
        "what is no number is the first page"
    );
    assert_eq!(
        shown(&client, "/pipeline?page=99&sort=name").len(),
        all - 400
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn any_query_is_answered_with_a_sound_page(
        query in "(&?(theme|stage|area|organisation|confidence|funding|q|view|sort|page)=[a-z%0-9+<\">é-]{0,12}){0,6}"
    ) {
        let address = format!("/pipeline?{}", query.replace(['<', '"', '>', 'é'], "%3C"));
        Client::starter().page(&address);
    }
}
