//! Only what differs is rewritten: comments, order and form of all else stay.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;

use dfg_plan::{Key, Kind, Plan, Record, Slug};
use dfg_region::{Folder, read, starter, write};
use jiff::civil::date;
use serde_json::{Value, json};

fn plan_of(texts: &BTreeMap<String, String>) -> Plan {
    read(&Folder::from_texts(texts), date(2026, 11, 22)).unwrap()
}

fn key(kind: Kind, slug: &str) -> Key {
    Key::new(kind, Slug::parse(slug).unwrap())
}

fn set(plan: &mut Plan, key: &Key, field: &str, value: Value) {
    let mut record = plan.get(key).unwrap();
    record.set(field, value).unwrap();
    plan.insert(key.slug.clone(), record);
}

/// The lines that went and came, in order.
fn differences(old: &str, new: &str) -> Vec<String> {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let start = old
        .iter()
        .zip(&new)
        .take_while(|(old, new)| old == new)
        .count();
    let (old, new) = (&old[start..], &new[start..]);
    let end = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(|(old, new)| old == new)
        .count();
    let gone = old[..old.len() - end].iter().map(|line| format!("-{line}"));
    let come = new[..new.len() - end].iter().map(|line| format!("+{line}"));
    gone.chain(come).collect()
}

/// Changes a field of a record of the starter region, and tells how its file differs.
fn edit(kind: Kind, slug: &str, field: &str, value: Value, path: &str) -> Vec<String> {
    edit_in(&starter(), kind, slug, field, value, path)
}

fn edit_in(
    texts: &BTreeMap<String, String>,
    kind: Kind,
    slug: &str,
    field: &str,
    value: Value,
    path: &str,
) -> Vec<String> {
    let mut plan = plan_of(texts);
    set(&mut plan, &key(kind, slug), field, value);
    let written = write(&plan, texts);
    for (other, text) in texts.iter().filter(|(other, _)| *other != path) {
        assert_eq!(&written[other], text, "{other}");
    }
    differences(&texts[path], &written[path])
}

const VILLAGES: &str = "activities/gigabit-villages.md";

fn edit_villages(field: &str, value: Value) -> Vec<String> {
    edit(Kind::Activity, "gigabit-villages", field, value, VILLAGES)
}

#[test]
fn one_field_is_one_line() {
    assert_eq!(
        edit_villages("trend", json!("worsening")),
        ["-trend = \"improving\"", "+trend = \"worsening\""]
    );
    assert_eq!(
        edit_villages("funding_pence", json!(5)),
        [
            "-funding_pence = 1250000000                            # all the money in it: £12.5 million",
            "+funding_pence = 5                            # all the money in it: £12.5 million",
        ]
    );
    assert_eq!(
        edit_villages("trend", Value::Null),
        ["-trend = \"improving\""]
    );
    assert_eq!(
        edit_villages("body", json!("Less.")),
        [
            "-More about the activity, in Markdown. This part may be left out.",
            "+Less."
        ]
    );
}

#[test]
fn lists_keep_their_items() {
    let events = |more: bool| {
        let mut events = vec![
            json!({ "date": "2024-03", "what": "announced" }),
            json!({ "date": "2024-06-20", "what": "approved" }),
            json!({ "date": "2024-09", "what": "started", "note": "First cable laid at Lower Northfold." }),
        ];
        if more {
            events.push(json!({ "date": "2025-01", "what": "milestone" }));
        } else {
            events.remove(0);
        }
        Value::Array(events)
    };
    assert_eq!(
        edit_villages("events", events(true)),
        ["+  { date = \"2025-01\", what = \"milestone\" },"]
    );
    assert_eq!(
        edit_villages("events", events(false)),
        ["-  { date = \"2024-03\", what = \"announced\" },"]
    );
    assert_eq!(
        edit_villages("areas", json!(["northfold", "southwick-vale", "midford"])),
        [
            "-areas = [\"northfold\", \"southwick-vale\"]               # where it takes place",
            "+areas = [\"northfold\", \"southwick-vale\", \"midford\"]               # where it takes place",
        ]
    );
    assert_eq!(
        edit_villages("objectives", json!(["no-village-last"])),
        [
            "-objectives = [\"gigabit-for-all\", \"no-village-last\"]   # what it works towards",
            "+objectives = [\"no-village-last\"]   # what it works towards",
        ]
    );
    assert_eq!(
        edit_villages("depends_on", json!(["factory-data-school"]))
            .last()
            .unwrap(),
        "+depends_on = [\"factory-data-school\"]"
    );
}

#[test]
fn bare_dates_and_figures_stay_bare() {
    let mut texts = starter();
    let villages = texts.get_mut(VILLAGES).unwrap();
    *villages = villages.replace("start = \"2024-09\"", "start = 2024-09-01  # a day");
    assert_eq!(
        edit_in(
            &texts,
            Kind::Activity,
            "gigabit-villages",
            "start",
            json!("2024-09-02"),
            VILLAGES
        ),
        [
            "-start = 2024-09-01  # a day",
            "+start = 2024-09-02  # a day"
        ]
    );
    assert_eq!(
        edit_in(
            &texts,
            Kind::Activity,
            "gigabit-villages",
            "start",
            json!("2024"),
            VILLAGES
        ),
        ["-start = 2024-09-01  # a day", "+start = \"2024\"  # a day"]
    );
    assert_eq!(
        edit(
            Kind::Indicator,
            "premises-with-gigabit",
            "baseline",
            json!({ "period": "2022-12", "value": "48.50001" }),
            "indicators/premises-with-gigabit.toml"
        ),
        [
            "-baseline = { period = \"2022-12\", value = 48.5 }          # where it began",
            "+baseline = { period = \"2022-12\", value = 48.50001 }          # where it began",
        ]
    );
}

#[test]
fn records_inside_a_file_are_followed_by_slug() {
    let path = "themes/connectivity.md";
    assert_eq!(
        edit(Kind::Objective, "no-village-last", "order", json!(7), path),
        ["-order = 2", "+order = 7"]
    );
    let mut plan = plan_of(&starter());
    let objective = json!({ "title": "New", "theme": "connectivity", "order": 3 });
    let record = Record::from_value(Kind::Objective, objective).unwrap();
    plan.insert(Slug::parse("a-new-one").unwrap(), record);
    let written = write(&plan, &starter());
    assert_eq!(
        differences(&starter()[path], &written[path]),
        [
            "+",
            "+[[objective]]",
            "+slug = \"a-new-one\"",
            "+title = \"New\"",
            "+order = 3"
        ]
    );

    plan.remove(&key(Kind::Objective, "a-new-one"));
    plan.remove(&key(Kind::Area, "midford"));
    let written = write(&plan, &starter());
    let gone = differences(&starter()["region.toml"], &written["region.toml"]);
    assert_eq!(gone.len(), 7, "{gone:#?}");
    assert!(
        gone.iter().any(|line| line == "-slug = \"midford\""),
        "{gone:#?}"
    );
}

#[test]
fn a_renamed_record_takes_its_comments_along() {
    let mut plan = plan_of(&starter());
    let old = key(Kind::Activity, "gigabit-villages");
    let mut record = plan.remove(&old).unwrap();
    record.set("was", json!(["gigabit-villages"])).unwrap();
    plan.insert(Slug::parse("village-fibre").unwrap(), record);
    let written = write(&plan, &starter());
    assert!(!written.contains_key(VILLAGES));
    let come = differences(
        &starter()[VILLAGES],
        &written["activities/village-fibre.md"],
    );
    assert_eq!(come, ["+was = [\"gigabit-villages\"]"]);
}

#[test]
fn rows_keep_their_text() {
    let path = "organisations.csv";
    let mut texts = starter();
    let table = texts.get_mut(path).unwrap();
    *table = table
        .replace("Northfold Makers", "\"Northfold Makers\"")
        .replace("exampleshire-college,", " exampleshire-college ,");
    assert_eq!(
        edit_in(
            &texts,
            Kind::Organisation,
            "northfold-makers",
            "size",
            json!("small"),
            path
        ),
        [
            "-northfold-makers,\"Northfold Makers\",network,,northfold,skills,,,,,,",
            "+northfold-makers,\"Northfold Makers\",network,small,northfold,skills,,,,,,",
        ]
    );
    let source = json!([{ "title": "A", "publisher": "P" }, { "url": "https://a.example" }]);
    let lines = edit_in(
        &texts,
        Kind::Organisation,
        "northfold-makers",
        "sources",
        source,
        path,
    );
    assert_eq!(
        lines.len(),
        10,
        "every row gets the new columns: {lines:#?}"
    );
    assert!(
        lines[5].ends_with("source_date,source_publisher,source_2_url"),
        "{lines:#?}"
    );
    assert!(
        lines[7].starts_with("+ exampleshire-college ,"),
        "{lines:#?}"
    );
    assert!(lines[9].ends_with(",A,,,P,https://a.example"), "{lines:#?}");
}

#[test]
fn windows_lines_stay() {
    let texts: BTreeMap<String, String> = starter()
        .into_iter()
        .map(|(path, text)| (path, text.replace('\n', "\r\n")))
        .collect();
    let mut plan = plan_of(&texts);
    set(
        &mut plan,
        &key(Kind::Activity, "gigabit-villages"),
        "trend",
        json!("steady"),
    );
    let row = json!({ "date": "2025", "what": "M" });
    plan.insert(
        Slug::parse("m").unwrap(),
        Record::from_value(Kind::Milestone, row).unwrap(),
    );
    let written = write(&plan, &texts);
    for path in [VILLAGES, "milestones.csv"] {
        assert_ne!(written[path], texts[path]);
        let lines = written[path].matches('\n').count();
        assert_eq!(written[path].matches("\r\n").count(), lines, "{path}");
    }
}
