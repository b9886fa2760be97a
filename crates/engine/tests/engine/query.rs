//! SQL of strangers: what is answered, what is refused, and what it may cost.

use dfg_evidence::job::{Confinement, Query, QueryJob, SqlFault, Table, TableFiles};

use super::*;

/// Two tables on disk: `t` of one file, and `grown` of two, the later first in rights.
struct Shop {
    _rooms: [Done; 2],
    job: QueryJob,
}

fn shop() -> Shop {
    let dataset = dataset("csv", &usual(), &json!({}));
    let make = |text: &str| convert(&dataset, "a.csv", text.as_bytes()).unwrap();
    let one = make("AREACD,period,Observation\nE1,2023,1\nE2,2023,2\n");
    let two = make("AREACD,period,Observation\nE2,2023,20\nE1,2024,3\n");
    let path = |done: &Done| {
        let hash = &done.converted.table.as_ref().unwrap().hash;
        done.room.path().join(format!("{hash}.parquet"))
    };
    let key = vec!["area".to_owned(), "period".to_owned()];
    let tables = [
        (
            "t".to_owned(),
            TableFiles {
                files: vec![path(&one)],
                key: key.clone(),
            },
        ),
        (
            "grown".to_owned(),
            TableFiles {
                files: vec![path(&one), path(&two)],
                key,
            },
        ),
    ];
    Shop {
        _rooms: [one, two],
        job: QueryJob {
            tables: tables.into(),
            queries: Vec::new(),
            limits: Limits {
                wall_ms: 8_000,
                memory_mib: 512,
                rows: 1_000,
                bytes: 1 << 20,
            },
        },
    }
}

impl Shop {
    fn run(&self, sql: &str) -> Result<Result<Table, SqlFault>, EngineError> {
        let mut job = self.job.clone();
        job.queries.push(Query {
            name: "q".to_owned(),
            sql: sql.to_owned(),
        });
        match engine().run(&Job::Query(job))? {
            Answer::Query {
                mut answers,
                confined,
            } => {
                let all = Confinement {
                    files: true,
                    network: true,
                    memory: true,
                };
                // A kernel without Landlock cannot shut anything in; CI and servers have one.
                assert_eq!(confined, all, "the process is shut in");
                Ok(answers.remove(0).outcome)
            }
            other => panic!("{other:?}"),
        }
    }

    fn rows(&self, sql: &str) -> Vec<Vec<Value>> {
        self.run(sql).unwrap().unwrap().rows
    }

    fn fault(&self, sql: &str) -> SqlFault {
        self.run(sql).unwrap().unwrap_err()
    }
}

#[test]
fn questions_are_answered_and_later_files_count_before_earlier_ones() {
    let shop = shop();
    assert_eq!(
        shop.rows("SELECT area, value FROM t ORDER BY area"),
        [[json!("E1"), json!(1.0)], [json!("E2"), json!(2.0)]]
    );
    assert_eq!(
        shop.rows("SELECT area, period, value FROM grown ORDER BY area, period"),
        [
            [json!("E1"), json!("2023"), json!(1.0)],
            [json!("E1"), json!("2024"), json!(3.0)],
            [json!("E2"), json!("2023"), json!(20.0)],
        ]
    );
    let columns = shop.run("SELECT * FROM grown").unwrap().unwrap().columns;
    assert_eq!(columns.len(), 4, "{columns:?}");
    let many = shop.run("SELECT * FROM generate_series(1, 5000)").unwrap();
    assert!(many.is_err() || many.unwrap().more);
}

#[test]
fn queries_of_one_job_let_go_of_their_memory_when_they_are_answered() {
    let shop = shop();
    let mut job = shop.job.clone();
    job.limits.wall_ms = 60_000;
    let sql = "SELECT count(*) FROM generate_series(1, 300000) AS a(v) \
               JOIN generate_series(1, 300000) AS b(v) ON a.v = b.v";
    job.queries = (0..30)
        .map(|number| Query {
            name: number.to_string(),
            sql: sql.to_owned(),
        })
        .collect();
    // Room for some of their joins at once, and by far not for all.
    job.limits.memory_mib = 200;
    let Answer::Query { answers, .. } = engine().run(&Job::Query(job)).unwrap() else {
        panic!("another answer");
    };
    for (place, answer) in answers.iter().enumerate() {
        assert_eq!(answer.name, place.to_string(), "in their order");
        assert_eq!(answer.outcome.as_ref().unwrap().rows, [[json!(300_000)]]);
    }
}

#[test]
fn a_job_answers_its_queries_as_if_each_were_alone() {
    let mut shop = shop();
    let table = shop.job.tables["t"].clone();
    shop.job.tables.insert("other".to_owned(), table);
    let all = [
        "SELECT a.area, b.value * 2 FROM t a JOIN other b ON b.area = a.area WHERE b.value > 1",
        "SELECT count(*), min(period) FROM other NATURAL JOIN (SELECT area FROM t) AS t",
        // It fails only when it runs.
        "SELECT CAST(a.area AS BIGINT) FROM t a JOIN other b ON b.area = a.area",
        "SELECT nothing FROM t JOIN other ON other.area = t.area",
    ];
    let mut job = shop.job.clone();
    job.queries = all
        .map(|sql| Query {
            name: sql.to_owned(),
            sql: sql.to_owned(),
        })
        .into();
    let Answer::Query { answers, .. } = engine().run(&Job::Query(job)).unwrap() else {
        panic!("another answer");
    };
    for (sql, answer) in all.iter().zip(answers) {
        assert_eq!(answer.name, *sql);
        assert_eq!(answer.outcome, shop.run(sql).unwrap(), "{sql}");
    }
    assert_eq!(shop.rows(all[0]), [[json!("E2"), json!(4.0)]]);
    assert_eq!(shop.rows(all[1]), [[json!(2), json!("2023")]]);
    assert!(shop.fault(all[2]).message.contains("E1"));
}

#[test]
fn a_fault_says_where_it_is_and_what_to_write() {
    let shop = shop();
    for (sql, message, place, remedy) in [
        (
            "SELECT\n  valeu\nFROM t",
            "there is no column “valeu” here",
            Some((2, 3)),
            Some("value"),
        ),
        (
            "SELECT *\nFROM tt",
            "there is no table “tt”",
            Some((2, 6)),
            Some("t"),
        ),
        (
            "SELECT area FROM t t1, t t2",
            "“area” is a column of more than one table",
            None,
            None,
        ),
    ] {
        let fault = shop.fault(sql);
        assert!(fault.message.starts_with(message), "{sql}: {fault:?}");
        if place.is_some() {
            assert_eq!(fault.line.zip(fault.column), place, "{sql}: {fault:?}");
        }
        assert_eq!(fault.remedy.as_deref(), remedy, "{sql}: {fault:?}");
    }
    let fault = shop.fault("SELECT a b c FROM t");
    assert_eq!(fault.line, Some(1), "{fault:?}");
}

#[test]
fn only_reading_is_answered_and_only_of_the_tables() {
    let shop = shop();
    for sql in [
        "DROP TABLE t",
        "CREATE TABLE x AS SELECT 1",
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'",
        "INSERT INTO t VALUES ('a', 'b', 1, NULL)",
        "COPY t TO '/tmp/x.csv'",
        "SET datafusion.execution.batch_size = 1",
        "DELETE FROM t",
        "UPDATE t SET value = 1",
        "SELECT 1; SELECT 2",
        "WITH x AS (INSERT INTO t VALUES (1)) SELECT 1",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM \"/etc/passwd\"",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_parquet('/etc/passwd')",
        "SHOW ALL",
        "SELECT * FROM information_schema.df_settings",
        "EXPLAIN ANALYZE DROP TABLE t",
        "",
        ";",
    ] {
        let fault = shop.fault(sql);
        assert!(
            !fault.message.is_empty() && fault.message.len() < 500,
            "{sql}: {fault:?}"
        );
        assert!(!fault.message.contains("/root/"), "{sql}: {fault:?}");
    }
}

#[test]
fn what_costs_too_much_is_stopped_and_said_plainly() {
    let shop = shop();
    let terms = vec!["1"; 2_000].join(" + ");
    let deep = format!("SELECT {}1{}", "(".repeat(20_000), ")".repeat(20_000));
    let bomb =
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r";
    let wide = "SELECT sum(a.value * nn.value) FROM t a, t b, t c, t d, t e, t f, t g, t h, t i, t j, t k, t l, t m, \
                t n, t o, t p, t q, t r, t s, t u, t v, t w, t x, t y, t z, t aa, t bb, t cc, t dd, t ee, t ff, t gg, t hh, t ii, t jj, t kk, t ll, t mm, t nn";
    let long = format!("SELECT '{}'", "x".repeat(2 << 20));
    for (name, sql) in [
        ("2,000 terms", format!("SELECT {terms}")),
        ("nested", deep),
        ("recursion without end", bomb.to_owned()),
        ("a cross join of everything", wide.to_owned()),
        ("a long text", long),
        ("memory", "SELECT repeat('x', 2000000000)".to_owned()),
        ("memory by sorting", "SELECT array_agg(repeat('x', 100000)) FROM t a, t b, t c, t d, t e, t f, t g, t h, t i, t j, t k, t l, t m".to_owned()),
    ] {
        match shop.run(&sql) {
            // It was cheap after all, or refused.
            Ok(Ok(table)) => assert!(name == "2,000 terms" && table.rows == [[json!(2000)]], "{name}: {table:?}"),
            Ok(Err(fault)) => assert!(!fault.message.is_empty() && fault.message.len() < 500, "{name}: {fault:?}"),
            Err(EngineError::TooLong(_) | EngineError::TooLarge(_) | EngineError::Died { .. } | EngineError::TooMuch(_)) => {}
            Err(other) => panic!("{name}: {other}"),
        }
    }
    assert_eq!(
        shop.rows("SELECT count(*) FROM t"),
        [[json!(2)]],
        "the next one is answered"
    );
}

#[test]
fn a_missing_engine_says_how_to_make_one() {
    let missing = Engine::at("/nowhere/dfg-engine");
    let told = missing
        .run(&Job::Query(shop().job))
        .unwrap_err()
        .to_string();
    assert!(told.contains("cargo build -p dfg-engine"), "{told}");
}
