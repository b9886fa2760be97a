use jiff::civil::date;

use super::*;
use crate::record::{Activity, Area, Dataset, Objective, Region, Strategy, Theme};

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn record<T: serde::de::DeserializeOwned>(json: &str) -> T
where
    Record: From<T>,
{
    serde_json::from_str(json).unwrap()
}

fn sound() -> Plan {
    let region: Region =
        record(r#"{"name":"the Vale","title":"Vale","headline":"What the Vale does"}"#);
    let strategy: Strategy = record(r#"{"title":"Strategy","vision":"Better"}"#);
    let theme: Theme = record(r##"{"title":"Data","promise":"Use it.","colour":"#12436d"}"##);
    [
        (slug(REGION), Record::from(region)),
        (slug(STRATEGY), Record::from(strategy)),
        (slug("data"), Record::from(theme)),
    ]
    .into_iter()
    .collect()
}

fn faults_with(name: &str, added: Record) -> Vec<String> {
    let mut plan = sound();
    plan.insert(slug(name), added);
    check(&plan, date(2026, 11, 22))
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn a_sound_plan_has_no_fault() {
    assert_eq!(check(&sound(), date(2026, 11, 22)), []);
}

#[test]
fn each_rule_of_an_activity_is_told() {
    for (extra, told) in [
        (r#","objectives":["nope"]"#, "there is no objective “nope”"),
        (
            r#","start":"2020","end":"2019-12""#,
            "it ends (December 2019) before it starts (2020)",
        ),
        (
            r#","owners":[{"part":"leads"}]"#,
            "either an `organisation` or a `name`",
        ),
        (
            r#","owners":[{"name":"A","part":"leads","pence":1}]"#,
            "only an owner whose part is “funds” pays",
        ),
        (
            r#","owners":[{"name":"A","part":"leads"},{"name":"A","part":"leads"}]"#,
            "given twice",
        ),
        (
            r#","owners":[{"name":"A","part":"leads","answer":{"kind":"accepted","date":"2026"}}]"#,
            "only an `organisation` with a record answers",
        ),
        (
            r#","owners":[{"name":"A","part":"leads","answer":{"kind":"declined","date":"2026-01"}}]"#,
            "who declines a part says why",
        ),
        (
            r#","updates":[{"date":"2027","confidence":"red"}]"#,
            "2027 is still to come",
        ),
        (
            r#","updates":[{"date":"2026-02","confidence":"red"},{"date":"2026-01","confidence":"red"}]"#,
            "updates stand in order of date",
        ),
        (
            &*format!(
                r#","updates":[{{"date":"2026-02","confidence":"red","text":"{}"}}]"#,
                "a ".repeat(251)
            ),
            "the report has 251 words; at most 250 fit",
        ),
        (
            r#","updates":[{"date":"2026-02","confidence":"red","milestones":[" "]}]"#,
            "the text is blank",
        ),
        (
            r#","events":[{"date":"2027","what":"announced"}]"#,
            "2027 is still to come",
        ),
        (
            r#","events":[{"date":"2020","what":"stated"}]"#,
            "`stage` goes with",
        ),
        (
            r#","stage":"idea","events":[{"date":"2020","what":"completed"}]"#,
            "makes it “completed”",
        ),
        (
            r#","events":[{"date":"2020","what":"started"}]"#,
            "the stage is left out",
        ),
        (
            r#","sources":[{"date":"2020"}]"#,
            "at least a title, a publisher or an address",
        ),
        (
            r#","sources":[{"url":"https://user@host/"}]"#,
            "not one that a browser can open",
        ),
        (r#","body":"a\u0000b""#, "control character"),
    ] {
        let json = format!(r#"{{"title":"A","theme":"data","summary":"S"{extra}}}"#);
        let activity: Activity = record(&json);
        let faults = faults_with("a", activity.into());
        assert!(
            faults.iter().any(|fault| fault.contains(told)),
            "{told}: {faults:?}"
        );
    }
}

#[test]
fn a_typo_gets_the_nearest_name() {
    let activity: Activity = record(r#"{"title":"A","theme":"dtaa","summary":"S"}"#);
    let faults = faults_with("a", activity.into());
    assert_eq!(
        faults,
        ["activity a, theme: there is no theme “dtaa” (did you mean \"data\"?)"]
    );
}

#[test]
fn circles_are_named() {
    let mut plan = sound();
    for (name, next) in [("one", "two"), ("two", "three"), ("three", "one")] {
        let objective: Objective = record(&format!(
            r#"{{"title":"O","theme":"data","contributes_to":["{next}"]}}"#
        ));
        plan.insert(slug(name), objective.into());
    }
    let faults = check(&plan, date(2026, 11, 22));
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(
        faults[0].message.contains("one → two → three → one") || faults[0].message.contains(" → ")
    );
}

#[test]
fn a_chain_of_many_is_no_circle() {
    let mut plan = sound();
    for number in 0..20_000 {
        let next = if number == 0 {
            String::new()
        } else {
            format!(r#","depends_on":["a{}"]"#, number - 1)
        };
        let activity: Activity = record(&format!(
            r#"{{"title":"A","theme":"data","summary":"S"{next}}}"#
        ));
        plan.insert(slug(&format!("a{number}")), activity.into());
    }
    assert_eq!(check(&plan, date(2026, 11, 22)), []);
}

#[test]
fn tiles_may_not_overlap_and_colours_must_be_readable() {
    let mut plan = sound();
    for name in ["north", "south"] {
        let area: Area = record(r#"{"name":"A","tile":{"column":1,"row":1,"width":2}}"#);
        plan.insert(slug(name), area.into());
    }
    let theme: Theme = record(r##"{"title":"Pale","promise":"P.","colour":"#ffcc00"}"##);
    plan.insert(slug("pale"), theme.into());
    let faults: Vec<String> = check(&plan, date(2026, 11, 22))
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        faults.iter().any(|fault| fault.contains("overlaps")),
        "{faults:?}"
    );
    assert!(
        faults.iter().any(|fault| fault.contains("too light")),
        "{faults:?}"
    );
}

#[test]
fn what_the_site_takes_from_a_dataset_has_its_columns() {
    for (extra, told) in [
        (
            r#""serves":"areas","area":"code","#,
            "there is no column “name”",
        ),
        (r#""serves":"postcodes","#, "there is no column “authority”"),
        (
            r#""serves":"area-changes","#,
            "say with `period` which column",
        ),
        (r#""serves":"neighbours","#, "say with `area` which column"),
    ] {
        let dataset: Dataset = record(&format!(
            r#"{{"title":"A","publisher":"B","licence":"C","format":"csv","file":"a.csv",{extra}
                "columns":[{{"name":"code","type":"area"}},{{"name":"postcode","type":"text"}}]}}"#
        ));
        let faults = faults_with("a", dataset.into());
        assert!(
            faults.iter().any(|fault| fault.contains(told)),
            "{extra} {faults:?}"
        );
    }
    let area: Area =
        record(r#"{"name":"A","code":"E1","earlier_codes":[{"code":"E1","until":2012}]}"#);
    let faults = faults_with("a", area.into());
    assert!(faults[0].contains("an earlier code is not"), "{faults:?}");
}
