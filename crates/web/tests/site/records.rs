//! The pages of single records and of their lists: each true to the plan, each linked both ways.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{
    Client,
    html::Page,
    region::{north_east_plan, site_of},
};
use axum::http::StatusCode;
use dfg_plan::{Kind, Plan, Slug, record::Part};

/// The kinds whose records have a page among those tested here.
const KINDS: [Kind; 7] = [
    Kind::Theme,
    Kind::Objective,
    Kind::Group,
    Kind::Signal,
    Kind::Indicator,
    Kind::Decision,
    Kind::Organisation,
];

fn slug(text: &str) -> Slug {
    Slug::parse(text).expect("a slug")
}

#[test]
fn every_record_has_a_page_with_its_name_and_a_history() {
    for (client, plan) in [
        (Client::north_east(), north_east_plan()),
        (Client::starter(), crate::support::region::starter_plan()),
    ] {
        for kind in KINDS {
            assert!(plan.count(kind) > 0, "no {kind} to test with");
            // Organisations are many: every seventh stands for them.
            let step = if plan.count(kind) > 100 { 7 } else { 1 };
            for (slug, record) in plan.of_kind(kind).into_iter().step_by(step) {
                let page = client.page(&format!("/{}/{slug}", kind.plural()));
                assert_eq!(page.heading(), record.title(), "{kind} {slug}");
                let history = format!("/{}/{slug}/history", kind.plural());
                assert!(
                    page.hrefs().any(|href| href == history),
                    "{kind} {slug} does not lead to its history"
                );
            }
        }
    }
}

#[test]
fn lists_name_every_record() {
    let (client, plan) = (Client::north_east(), north_east_plan());
    for (kind, path) in [
        (Kind::Theme, "/themes"),
        (Kind::Group, "/groups"),
        (Kind::Signal, "/signals"),
        (Kind::Indicator, "/indicators"),
        (Kind::Organisation, "/organisations"),
    ] {
        let page = client.page(path);
        let hrefs: BTreeSet<&str> = page.hrefs().collect();
        for slug in plan.slugs(kind) {
            let href = format!("{path}/{slug}");
            assert!(hrefs.contains(href.as_str()), "{path} misses {slug}");
        }
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let client = Client::north_east();
    for kind in KINDS {
        for slug in ["no-such-thing", "..", "%3Cscript%3E", "%F0%9F%92%A9"] {
            client.refusal(&format!("/{}/{slug}", kind.plural()), StatusCode::NOT_FOUND);
        }
    }
}

#[test]
fn a_renamed_record_redirects_and_stays_in_its_moment() {
    let mut plan = north_east_plan();
    let key = dfg_plan::Key::new(Kind::Organisation, slug("newcastle-university"));
    let mut record = plan.get(&key).unwrap();
    record.set("was", serde_json::json!(["ncl"])).unwrap();
    plan.insert(key.slug, record);
    let client = Client::new(site_of(&plan));
    assert_eq!(
        client.redirect("/organisations/ncl"),
        "/organisations/newcastle-university"
    );
    assert_eq!(
        client.redirect("/organisations/ncl/history?as-of=2026-01-01"),
        "/organisations/newcastle-university/history?as-of=2026-01-01"
    );
}

#[test]
fn the_strategy_can_be_cited_by_paragraph() {
    let (client, plan) = (Client::north_east(), north_east_plan());
    let page = client.page("/strategy");
    let strategy = plan.strategy().unwrap();
    assert_eq!(page.heading(), strategy.title);
    assert!(page.says(&strategy.vision));
    let ids = page.ids();
    let marks: Vec<_> = page.with_class("para__mark").collect();
    assert!(marks.len() > 20, "{} paragraphs", marks.len());
    for mark in marks {
        let anchor = mark.get("href").trim_start_matches('#').to_owned();
        assert!(ids.contains(anchor.as_str()), "no paragraph {anchor}");
    }
    assert!(ids.contains("one-digital-economy"));
    let contents = page
        .all("a")
        .filter(|a| a.within.iter().any(|n| n == "nav"));
    let contents = contents.filter(|a| a.get("href").starts_with('#'));
    let contents: Vec<_> = contents.collect();
    assert!(contents.len() >= 8, "{} contents", contents.len());
    for link in contents {
        let anchor = link.get("href").trim_start_matches('#').to_owned();
        assert!(
            anchor == "main" || ids.contains(anchor.as_str()),
            "{anchor}"
        );
    }
}

#[test]
fn links_inside_texts_stay_in_the_past() {
    let page = Client::north_east().page("/strategy?as-of=2025-01-01");
    let link = page.link("More jobs").expect("a link in the text");
    assert_eq!(link.get("href"), "/indicators/more-jobs?as-of=2025-01-01");
}

#[test]
fn an_indicator_shows_its_arithmetic_its_conflicts_and_every_figure() {
    let (client, plan) = (Client::north_east(), north_east_plan());
    let page = client.page("/indicators/more-jobs");
    for words in [
        "82,900 more jobs than in 2014",
        "82,900 ÷ 100,000 = 82.9%",
        "March 2020 was published as 68,200 jobs",
        "68,900 jobs",
        "Both are kept",
        "Not reached",
    ] {
        assert!(page.says(words), "{words}");
    }
    let rows = page.all("tr").count() - 1;
    let known = plan
        .observations
        .values()
        .filter(|o| o.indicator.as_str() == "more-jobs")
        .count();
    assert_eq!(rows, known);
    let drawn = page.with_class("chart").count();
    assert_eq!(drawn, 1);
    let words_only = client.page("/indicators/productivity-gap");
    assert_eq!(words_only.with_class("chart").count(), 0);
    assert!(words_only.says("Off track"));
    assert!(words_only.says("No source gives a figure."));
}

#[test]
fn a_figure_that_went_the_wrong_way_gets_no_share_of_the_target() {
    let page = Client::north_east().page("/indicators/economic-activity-gap");
    assert!(page.says("−40 against a target of 50: the other way"));
    assert!(!page.says("-80%") && !page.says("−80%"));
}

#[test]
fn the_past_does_not_know_later_figures() {
    let client = Client::north_east();
    for address in [
        "/indicators?as-of=2021-01-01",
        "/indicators/more-jobs?as-of=2021-01-01",
    ] {
        let page = client.page(address);
        assert!(!page.says("82,900"), "{address} tells of 2024");
        assert!(page.says("68,200"), "{address} misses the figure of 2020");
    }
}

#[test]
fn the_evidence_counts_targets_truly() {
    let page = Client::north_east().page("/indicators");
    assert_eq!(
        page.heading(),
        "One of six targets is met, on the last figures published"
    );
    assert_eq!(page.with_class("chart").count(), 5);
    assert!(page.says("No source gives the value of the target."));
}

/// Who is tied to whom, counted anew.
fn ties(plan: &Plan) -> BTreeMap<Slug, BTreeSet<Slug>> {
    let mut ties: BTreeMap<Slug, BTreeSet<Slug>> = BTreeMap::new();
    let mut join = |one: &Slug, other: &Slug| {
        if one != other {
            ties.entry(one.clone()).or_default().insert(other.clone());
            ties.entry(other.clone()).or_default().insert(one.clone());
        }
    };
    for relationship in plan.relationships.values() {
        join(&relationship.from, &relationship.to);
    }
    for activity in plan.activities.values() {
        for one in &activity.owners {
            for other in &activity.owners {
                if let (Some(one), Some(other)) = (&one.organisation, &other.organisation) {
                    join(one, other);
                }
            }
        }
    }
    ties
}

#[test]
fn who_takes_part_begins_with_a_true_finding_and_a_bounded_picture() {
    let (client, plan) = (Client::north_east(), north_east_plan());
    let ties = ties(&plan);
    let (top, partners) = ties.iter().max_by_key(|(_, others)| others.len()).unwrap();
    let name = &plan.organisations[top.as_str()].name;
    let page = client.page("/organisations");
    assert_eq!(
        page.heading(),
        format!(
            "{name} works with {} others, more than anyone else",
            partners.len()
        )
    );
    assert!(page.says(&format!("{} of them share", ties.len())));
    let arcs = page
        .all("path")
        .filter(|path| path.within.iter().any(|name| name == "svg"))
        .count();
    assert!((50..=220).contains(&arcs), "{arcs} arcs");
    assert!(page.with_class("net__row").count() <= 71);
    let chosen = client.page(&format!("/organisations?organisation={top}"));
    assert_eq!(chosen.with_class("is-lit").count(), 1);
    let lit = chosen.with_class("lit").count();
    assert!(lit >= 60 && lit <= partners.len(), "{lit} lit arcs");
}

#[test]
fn organisations_can_be_filtered_in_the_address() {
    let (client, plan) = (Client::north_east(), north_east_plan());
    let all = plan.organisations.len();
    let councils = client.page("/organisations?kind=council");
    assert!(councils.says(&format!("7 of {all} organisations")));
    let rows = |page: &Page| {
        page.all("tr")
            .filter(|row| row.within.iter().any(|name| name == "tbody"))
            .count()
    };
    assert_eq!(rows(&councils), 7);
    let in_sunderland = client.page("/organisations?kind=council&area=sunderland&q=CITY");
    assert_eq!(rows(&in_sunderland), 1);
    assert!(in_sunderland.says("Sunderland City Council"));
    let chips = in_sunderland.with_class("chips").next().expect("chips");
    assert!(chips.text.contains("Kind: Council") && chips.text.contains("Words: CITY"));
    let nobody = client.page("/organisations?kind=%3Cb%3E&theme=none");
    assert!(nobody.says("Nobody fits these filters"));
    assert!(nobody.says("Kind: <b>"));
}

#[test]
fn an_organisation_sees_every_part_that_it_has() {
    let (client, plan) = (Client::north_east(), north_east_plan());
    for who in ["newcastle-university", "sunderland-city-council", "dcms"] {
        let page = client.page(&format!("/organisations/{who}"));
        let hrefs: BTreeSet<&str> = page.hrefs().collect();
        for (activity, record) in &plan.activities {
            for owner in &record.owners {
                if owner
                    .organisation
                    .as_ref()
                    .is_some_and(|o| o.as_str() == who)
                {
                    let href = format!("/activities/{activity}");
                    assert!(hrefs.contains(href.as_str()), "{who} misses {activity}");
                }
            }
        }
        for other in &ties(&plan)[who] {
            let href = format!("/organisations/{other}");
            assert!(hrefs.contains(href.as_str()), "{who} misses {other}");
        }
    }
    let leads = plan
        .activities
        .values()
        .filter(|a| {
            a.organisations(Part::Leads)
                .any(|o| o.as_str() == "newcastle-university")
        })
        .count();
    let page = client.page("/organisations/newcastle-university");
    assert!(page.says(&format!("It leads {leads} activities")));
}

#[test]
fn signals_split_by_their_response() {
    let (client, plan) = (Client::north_east(), north_east_plan());
    let mut shown = BTreeSet::new();
    for response in ["answered", "watched", "closed", "none"] {
        let page = client.page(&format!("/signals?response={response}"));
        for slug in plan.slugs(Kind::Signal) {
            if page.hrefs().any(|href| href == format!("/signals/{slug}")) {
                assert!(shown.insert(slug.clone()), "{slug} has two responses");
            }
        }
    }
    assert_eq!(shown.len(), plan.signals.len());
    let some = client.page("/signals?kind=challenge&theme=data");
    let fitting = plan
        .signals
        .values()
        .filter(|s| s.kind.word() == "challenge" && s.theme.as_str() == "data")
        .count();
    assert!(some.says(&format!("{fitting} of {} signals", plan.signals.len())));
}

#[test]
fn a_signal_leads_to_the_activities_that_answer_it() {
    let (client, plan) = (Client::north_east(), north_east_plan());
    let (answered, activity) = plan
        .activities
        .iter()
        .find_map(|(slug, a)| Some((a.answers.first()?, slug)))
        .unwrap();
    let page = client.page(&format!("/signals/{answered}"));
    let href = format!("/activities/{activity}");
    assert!(page.hrefs().any(|other| other == href));
    assert!(page.says("this signal."));
}

#[test]
fn a_theme_lists_its_whole_pipeline() {
    let (client, plan) = (Client::north_east(), north_east_plan());
    for theme in plan.themes.keys() {
        let page = client.page(&format!("/themes/{theme}"));
        let hrefs: BTreeSet<&str> = page.hrefs().collect();
        let own = plan.activities.iter().filter(|(_, a)| a.theme == *theme);
        for (slug, _) in own {
            let href = format!("/activities/{slug}");
            assert!(hrefs.contains(href.as_str()), "{theme} misses {slug}");
        }
        assert!(page.says(&plan.themes[theme].promise));
    }
}
