//! From a file to a signal: vintages on disk, indicators computed only when something changed, and
//! what a killed or failed refresh leaves.

use std::path::PathBuf;

use dfg_evidence::{
    Evidence,
    fetch::Allowed,
    refresh::{Outcome, Refresher},
    shelf::{Shelf, ShelfError},
};
use dfg_plan::{Plan, Record, Slug};
use jiff::Timestamp;

use super::*;

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn now(second: i64) -> Timestamp {
    Timestamp::from_second(1_764_000_000 + second).unwrap()
}

/// A region of two councils, a dataset and an indicator with a target.
fn plan(accumulates: bool) -> Plan {
    let mut plan = Plan::default();
    let mut put = |key: &str, record: Record| drop(plan.insert(slug(key), record));
    for (key, code, level) in [
        ("whole", "E47000099", "region"),
        ("one", "E06000001", "local-authority"),
        ("two", "E06000002", "local-authority"),
    ] {
        let area = json!({"name": key, "code": code, "level": level, "parent": if key == "whole" { None } else { Some("whole") }});
        put(
            key,
            Record::Area(
                serde_json::from_value::<dfg_plan::record::Area>(area)
                    .unwrap()
                    .into(),
            ),
        );
    }
    let columns = json!([
        {"name": "area", "type": "area", "required": true}, {"name": "period", "type": "period", "required": true},
        {"name": "value", "type": "decimal"}, {"name": "people", "type": "integer"}, {"name": "of", "type": "integer"},
    ]);
    let more = json!({"file": "jobs*.csv", "key": ["area", "period"], "area": "area", "period": "period", "accumulates": accumulates, "rows_may_change": 100});
    put(
        "jobs",
        Record::Dataset(dataset("csv", &columns, &more).into()),
    );
    let indicator = json!({
        "title": "Jobs", "meaning": "m", "unit": "%", "direction": "up",
        "baseline": {"period": "2020"}, "target": {"period": "2024", "value": "90"},
        "sql": "SELECT area, period, value, people AS numerator, \"of\" AS denominator\nFROM jobs",
    });
    put(
        "jobs-rate",
        Record::Indicator(
            serde_json::from_value::<dfg_plan::record::Indicator>(indicator)
                .unwrap()
                .into(),
        ),
    );
    plan
}

struct House {
    _folder: TempDir,
    evidence: Evidence,
    files: PathBuf,
}

fn house() -> House {
    let folder = TempDir::new().unwrap();
    let shelf = Shelf::open(folder.path().join("evidence")).unwrap();
    let files = folder.path().join("files");
    fs::create_dir(&files).unwrap();
    House {
        evidence: Evidence::open(shelf, engine()),
        _folder: folder,
        files,
    }
}

impl House {
    fn refresh(&self, plan: &Plan, name: &str, text: &str, second: i64) -> Outcome {
        let path = self.files.join(name);
        fs::write(&path, text).unwrap();
        let refresher = Refresher {
            shelf: self.evidence.shelf(),
            engine: self.evidence.engine(),
            allowed: Allowed::default(),
            areas: self.evidence.register(plan).unwrap().codes(),
            now: now(second),
        };
        let dataset = plan.datasets.get("jobs").unwrap();
        refresher
            .take_files(&slug("jobs"), dataset, &[path])
            .unwrap()
    }
}

const FIRST: &str = "area,period,value,people,of\nE06000001,2020,50,50,100\nE06000002,2020,80,240,300\nE06000001,2023,60,60,100\nE06000002,2023,82,246,300\n";

#[test]
fn a_file_becomes_figures_a_verdict_and_one_signal_that_closes_again() {
    let (house, plan) = (house(), plan(false));
    assert!(
        matches!(house.refresh(&plan, "jobs.csv", FIRST, 0), Outcome::New(new) if new.len() == 1)
    );
    assert_eq!(house.refresh(&plan, "jobs.csv", FIRST, 1), Outcome::Same);
    assert_eq!(house.evidence.bring_up_to_date(&plan, now(2)).unwrap(), 1);
    assert_eq!(
        house.evidence.bring_up_to_date(&plan, now(3)).unwrap(),
        0,
        "nothing changed"
    );
    let state = house.evidence.state();
    let standing = &state.standings[&slug("jobs-rate")];
    let region = standing.region.as_ref().unwrap();
    // 306 of 400 people, and not the mean of 60 and 82.
    assert_eq!(region.series.latest().unwrap().1.to_string(), "76.5");
    assert!(region.made.as_ref().unwrap().contains("No mean of rates"));
    assert_eq!(region.assessment.verdict.words(), "off track");
    let open: Vec<&str> = state
        .signals
        .open
        .iter()
        .map(|one| one.rule.word())
        .collect();
    assert_eq!(open, ["off-trajectory"], "one for the region, none twice");
    assert_eq!(
        state.signals.open[0].lineage.len(),
        2,
        "the file and the SQL"
    );

    // A later file: the signal closes, with the day and a reason.
    let better = FIRST
        .replace("E06000001,2023,60,60,100", "E06000001,2023,99,99,100")
        .replace("E06000002,2023,82,246,300", "E06000002,2023,95,285,300");
    assert!(matches!(
        house.refresh(&plan, "jobs.csv", &better, 4),
        Outcome::New(_)
    ));
    assert_eq!(house.evidence.bring_up_to_date(&plan, now(5)).unwrap(), 1);
    let state = house.evidence.state();
    let open: Vec<&str> = state
        .signals
        .open
        .iter()
        .map(|one| one.rule.word())
        .collect();
    assert_eq!(open, ["met-early"]);
    assert_eq!(state.signals.closed.len(), 1);
    assert!(!state.signals.closed[0].reason.is_empty());
    let revisions = &state.standings[&slug("jobs-rate")].revisions;
    assert_eq!(revisions.len(), 2, "{revisions:?}");

    // Another process finds the same.
    let again = Evidence::open(house.evidence.shelf().clone(), Engine::at("/nowhere"));
    assert_eq!(again.bring_up_to_date(&plan, now(6)).unwrap(), 0);
    assert_eq!(again.state().key, state.key);
    assert_eq!(again.state().signals, state.signals);
}

#[test]
fn releases_of_one_period_each_stand_upon_each_other() {
    let (house, plan) = (house(), plan(true));
    let head = "area,period,value,people,of\n";
    for (name, text) in [
        ("jobs_b.csv", "E06000001,2021,7,7,100\n"),
        (
            "jobs_a.csv",
            "E06000001,2020,5,5,100\nE06000001,2021,6,6,100\n",
        ),
        ("jobs_c.csv", "E06000001,2022,9,9,100\n"),
    ] {
        house.refresh(&plan, name, &format!("{head}{text}"), 0);
    }
    house.evidence.bring_up_to_date(&plan, now(1)).unwrap();
    let state = house.evidence.state();
    let part = &state.standings[&slug("jobs-rate")].parts[0];
    let values: Vec<String> = part
        .series
        .valued()
        .map(|(_, value)| value.to_string())
        .collect();
    assert_eq!(values.len(), 3, "{values:?}");
    assert_eq!((values[0].as_str(), values[2].as_str()), ("5", "9"));
}

#[test]
fn a_file_that_breaks_the_contract_changes_nothing_and_is_told() {
    let (house, plan) = (house(), plan(false));
    house.refresh(&plan, "jobs.csv", FIRST, 0);
    house.evidence.bring_up_to_date(&plan, now(1)).unwrap();
    let before = house.evidence.state();
    let broken = FIRST.replace("2023,82", "2023,many");
    let Outcome::Failed(failure) = house.refresh(&plan, "jobs.csv", &broken, 2) else {
        panic!("it was taken in");
    };
    assert_eq!(failure.lines(), ["row 5, value: “many” is not a number"]);
    let rejected = house.evidence.shelf().rejected(&slug("jobs")).unwrap();
    assert!(
        fs::read_to_string(rejected)
            .unwrap()
            .contains("5,value,many,is not a number")
    );
    assert_eq!(house.evidence.bring_up_to_date(&plan, now(3)).unwrap(), 0);
    let after = house.evidence.state();
    assert_eq!(
        after.journals[&slug("jobs")].vintages,
        before.journals[&slug("jobs")].vintages
    );
    assert!(after.journals[&slug("jobs")].failure.is_some());
    // A sound file again: the failure is forgotten.
    house.refresh(&plan, "jobs.csv", &FIRST.replace("82,246", "83,249"), 4);
    assert_eq!(
        house
            .evidence
            .shelf()
            .journal(&slug("jobs"))
            .unwrap()
            .failure,
        None
    );
    assert_eq!(house.evidence.shelf().rejected(&slug("jobs")), None);
}

#[test]
fn sql_that_fails_says_why_and_the_others_are_computed() {
    let (house, mut plan) = (house(), plan(false));
    house.refresh(&plan, "jobs.csv", FIRST, 0);
    for (key, sql) in [
        ("no-column", "SELECT area, period, valu FROM jobs"),
        ("no-period", "SELECT area, value FROM jobs"),
        (
            "twice",
            "SELECT area, period, value FROM jobs UNION ALL SELECT area, period, value FROM jobs",
        ),
        ("words", "SELECT area, period, 'many' AS value FROM jobs"),
        (
            "endless",
            "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT 'E1' AS area, '2020' AS period, repeat('x', n) AS value FROM r, jobs",
        ),
    ] {
        if key == "endless" && std::env::var_os("DFG_SLOW").is_none() {
            println!("not run: a query that takes its five minutes (DFG_SLOW=1 runs it)");
            continue;
        }
        let indicator = json!({"title": key, "meaning": "m", "unit": "%", "sql": sql});
        let indicator: dfg_plan::record::Indicator = serde_json::from_value(indicator).unwrap();
        plan.insert(slug(key), Record::Indicator(indicator.into()));
    }
    house.evidence.bring_up_to_date(&plan, now(1)).unwrap();
    let state = house.evidence.state();
    assert!(state.standings[&slug("jobs-rate")].fault.is_none());
    for (key, words) in [
        (
            "no-column",
            "line 1, column 22: there is no column “valu” here (write value)",
        ),
        (
            "no-period",
            "the SQL gives no column “period”: it gives area, value",
        ),
        ("twice", "E06000001 has two figures for 2020"),
        ("words", "row 1, value: “many” is not a number"),
    ] {
        let fault = state.standings[&slug(key)].fault.clone().unwrap();
        assert_eq!(fault, words, "{key}");
    }
    // What failed is tried again after an hour, in case it was for want of something else.
    let again = |second| house.evidence.bring_up_to_date(&plan, now(second)).unwrap();
    assert_eq!(again(3_600), 0);
    assert_eq!(again(3_601), 4);
    assert_eq!(again(3_602), 0);
}

#[test]
fn two_who_refresh_at_once_take_turns_and_a_damaged_journal_is_told() {
    let house = house();
    let shelf = house.evidence.shelf();
    let turn = shelf.take_turn().unwrap();
    let other = Shelf::open(shelf.root()).unwrap();
    assert!(matches!(other.take_turn(), Err(ShelfError::Busy)));
    drop(turn);
    other.take_turn().unwrap();
    fs::write(shelf.root().join("journals/jobs.json"), "{\"vintages\": [").unwrap();
    let told = shelf.journal(&slug("jobs")).unwrap_err().to_string();
    assert!(told.contains("is damaged; remove it"), "{told}");
}
