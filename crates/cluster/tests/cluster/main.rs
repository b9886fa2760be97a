//! The same SQL on a cluster gives the same answers as on one machine, and fails as clearly.
#![expect(clippy::unwrap_used, reason = "a step that fails fails the test")]

mod house;

use std::{fmt::Write as _, path::Path};

use dfg_evidence::{
    job::{Query, QueryJob, TableFiles},
    runner::EngineError,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use self::house::{House, LIMITS, alone, ask, table};

/// Postcodes with their areas; companies that lie at some of them; two vintages of a figure, the
/// later of which has some of the earlier's rows anew.
fn job(folder: &Path) -> QueryJob {
    let text = |name: &str| json!({"name": name, "type": "text"});
    let number = |name: &str| json!({"name": name, "type": "decimal"});
    let whole = |name: &str| json!({"name": name, "type": "integer"});
    let mut postcodes = "postcode,area,speed,rank\n".to_owned();
    let mut companies = "number,postcode,status,kind\n".to_owned();
    for place in 0_u32..3_000 {
        let speed = f64::from(place * 7 % 1_001) / 8.0;
        let rank = place * 31 % 32_844;
        writeln!(postcodes, "NE{place},E{},{speed},{rank}", place % 12).unwrap();
    }
    for place in 0_u32..9_000 {
        let status = ["Active", "Liquidation"][usize::from(place % 5 == 0)];
        let (postcode, kind) = (place * 17 % 4_000, 60 + place % 7);
        writeln!(companies, "{place},NE{postcode},{status},{kind}").unwrap();
    }
    let series = json!([
        {"name": "area", "type": "area", "required": true},
        {"name": "period", "type": "period", "required": true},
        number("value"),
    ]);
    let one = "area,period,value\nE1,2023,1.5\nE2,2023,2\nE3,2023,4\n";
    let two = "area,period,value\nE2,2023,20\nE1,2024,3\n";
    let columns = json!([
        text("postcode"),
        text("area"),
        number("speed"),
        whole("rank")
    ]);
    let of = json!([
        whole("number"),
        text("postcode"),
        text("status"),
        text("kind")
    ]);
    let tables = [
        ("postcodes", alone(table(folder, &columns, &postcodes))),
        ("companies", alone(table(folder, &of, &companies))),
        (
            "grown",
            TableFiles {
                files: vec![table(folder, &series, one), table(folder, &series, two)],
                key: vec!["area".to_owned(), "period".to_owned()],
            },
        ),
    ];
    QueryJob {
        tables: tables
            .into_iter()
            .map(|(name, files)| (name.to_owned(), files))
            .collect(),
        queries: Vec::new(),
        limits: LIMITS,
    }
}

fn queries(sql: &[&str]) -> Vec<Query> {
    let named = sql.iter().enumerate().map(|(place, sql)| Query {
        name: format!("q{place}"),
        sql: (*sql).to_owned(),
    });
    named.collect()
}

/// As indicators are written: joins, shares, ranks, several vintages, faults.
const SQL: [&str; 9] = [
    "SELECT area, count(*) AS live FROM postcodes GROUP BY area ORDER BY area",
    "SELECT p.area, count(*) AS all_of_them, sum(CASE WHEN c.kind IN ('62', '63') THEN 1 ELSE 0 END) AS digital \
     FROM companies c JOIN postcodes p ON p.postcode = c.postcode WHERE c.status = 'Active' \
     GROUP BY p.area ORDER BY p.area",
    "WITH shares AS (SELECT area, 100.0 * sum(CASE WHEN speed >= 30 THEN 1 ELSE 0 END) / count(*) AS share \
     FROM postcodes GROUP BY area) \
     SELECT area, round(share, 6) AS share, rank() OVER (ORDER BY share DESC, area) AS place FROM shares ORDER BY place",
    "SELECT rank / 3285 AS tenth, min(speed), max(speed), avg(speed), count(*) FROM postcodes \
     GROUP BY rank / 3285 ORDER BY tenth",
    "SELECT area, period, value FROM grown ORDER BY area, period",
    "SELECT c.status, substr(c.postcode, 1, 3) AS beginning, count(*) FROM companies c \
     WHERE c.postcode NOT IN (SELECT postcode FROM postcodes) GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT 1 AS one, 'x' AS letter, NULL AS nothing",
    "SELECT areaa FROM postcodes",
    "CREATE TABLE mine AS SELECT 1",
];

#[test]
fn two_executors_give_the_answers_of_one_machine() {
    let house = House::start();
    let folder = TempDir::new().unwrap();
    let mut job = job(folder.path());
    job.queries = queries(&SQL);
    let here = dfg_engine::query::run(&job).unwrap();
    let there = ask(&house.engine(), &job).unwrap();
    assert_eq!(there.len(), SQL.len());
    for (here, there) in here.iter().zip(&there) {
        assert_eq!(here, there);
    }
    let rows = |place: usize| &there[place].outcome.as_ref().unwrap().rows;
    assert_eq!(rows(0).len(), 12);
    assert_eq!(
        rows(4)[1],
        [json!("E1"), json!("2024"), json!(3.0)].map(Value::from)
    );
    assert_eq!(rows(4)[2][2], json!(20.0), "the later vintage counts");
    let fault = there[7].outcome.as_ref().unwrap_err();
    assert_eq!(fault.remedy.as_deref(), Some("area"));
    assert!(there[8].outcome.is_err());
    let worked = house.worked();
    assert!(worked.iter().all(|files| *files > 0), "{worked:?}");

    // What is in the store is asked for by its hash, and sent once.
    let objects = house.objects();
    assert_eq!(objects.len(), 4, "{objects:?}");
    assert_eq!(ask(&house.engine(), &job).unwrap(), there);
    assert_eq!(house.objects(), objects);
}

#[test]
fn one_executor_goes_on_when_the_other_is_killed() {
    let mut house = House::start();
    let folder = TempDir::new().unwrap();
    let mut job = job(folder.path());
    job.queries = queries(&SQL[..2]);
    let before = ask(&house.engine(), &job).unwrap();
    house.executors[0].kill().unwrap();
    house.executors[0].wait().unwrap();
    let after = ask(&house.engine(), &job).unwrap();
    assert_eq!(after, before);
}

#[test]
fn what_cannot_be_reached_is_said() {
    let house = House::start();
    let folder = TempDir::new().unwrap();
    let mut job = job(folder.path());
    job.queries = queries(&SQL[..1]);
    let told = |engine| match ask(&engine, &job) {
        Err(EngineError::Away(message)) => message,
        other => panic!("{other:?}"),
    };
    let nobody = told(house.engine_at("ballista://127.0.0.1:1", &house.endpoint));
    assert!(
        nobody.contains("scheduler at ballista://127.0.0.1:1"),
        "{nobody}"
    );
    let nowhere = told(house.engine_at(&house.address, "http://127.0.0.1:1"));
    assert!(nowhere.contains("object store"), "{nowhere}");
}

#[test]
fn no_file_of_a_machine_is_read_and_time_is_kept() {
    let house = House::start();
    let folder = TempDir::new().unwrap();
    let mut job = job(folder.path());
    let secret = folder.path().join("secret.parquet");
    std::fs::copy(&job.tables["postcodes"].files[0], &secret).unwrap();
    job.queries = queries(&[
        &format!("SELECT * FROM '{}'", secret.display()),
        "COPY (SELECT 1) TO '/tmp/stolen.csv'",
        "EXPLAIN SELECT 1",
    ]);
    let answers = ask(&house.engine(), &job).unwrap();
    assert!(answers[0].outcome.is_err());
    assert!(answers[1].outcome.is_err());

    // Far more than can be counted in the time.
    job.limits.wall_ms = 5_000;
    job.queries = queries(&[
        "SELECT count(*) FROM companies a, companies b, companies c, companies d \
         WHERE a.kind || b.kind || c.kind || d.kind <> 'x'",
    ]);
    let message = ask(&house.engine(), &job).unwrap_err().to_string();
    assert!(message.contains("more than 5 s"), "{message}");
    job.limits.wall_ms = LIMITS.wall_ms;
    job.queries = queries(&SQL[..1]);
    assert!(ask(&house.engine(), &job).unwrap()[0].outcome.is_ok());
}
