//! What an indicator's SQL gives: readings, and from what they were computed.

use std::collections::{BTreeMap, BTreeSet};

use dfg_plan::{
    Figure, Plan, Slug,
    evidence::{Period, Reading, Revision, SeriesSet, revisions},
    record::{Dataset, Indicator, Service},
};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    hash,
    job::{Answer, Job, Limits, Query, QueryAnswer, QueryJob, Table, TableFiles},
    runner::{Engine, EngineError},
    shelf::{Shelf, ShelfError},
    vintage::Journal,
};

/// After how long SQL that failed is tried again: it may have been for want of time, memory or another
/// machine.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// The engine that computes. Another one computes anew.
pub const ENGINE: &str = "DataFusion 55.2";
/// Digits after the point that a figure can carry.
const DIGITS: u32 = 8;

/// What an indicator's SQL gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// The hash of all that they depend on: SQL, vintages, engine.
    pub input: String,
    /// The SQL.
    pub sql: String,
    /// The engine.
    pub engine: String,
    /// The datasets and their vintages.
    pub inputs: Vec<Input>,
    /// When they were computed.
    pub computed: Timestamp,
    /// The readings.
    pub readings: SeriesSet,
    /// What the latest vintage gives otherwise than the one before.
    pub revisions: Vec<Revision>,
    /// Why there are none.
    pub fault: Option<String>,
}

/// A dataset from which figures were computed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The dataset.
    pub dataset: Slug,
    /// The hashes of the files as published, the earliest first.
    pub sources: Vec<String>,
    /// The hashes of the tables made of them.
    pub tables: Vec<String>,
}

impl Figures {
    /// The content hashes of everything they came from: vintages, then the SQL.
    pub fn lineage(&self) -> Vec<String> {
        let sources = self.inputs.iter().flat_map(|input| input.sources.clone());
        sources.chain([hash::of_text(&self.sql)]).collect()
    }

    /// Whether they failed long enough ago to be worth another try.
    pub(crate) fn may_be_tried_again(&self, now: Timestamp) -> bool {
        self.fault.is_some() && now.duration_since(self.computed) >= AGAIN
    }
}

/// SQL that shows the first rows of a dataset's table.
pub fn sample(slug: &Slug) -> String {
    format!("SELECT *\nFROM {}\nLIMIT 20", Dataset::table_name(slug))
}

/// An indicator that has SQL, with what it needs.
pub(crate) struct Wanted {
    pub slug: Slug,
    pub sql: String,
    pub inputs: Vec<Input>,
    /// Datasets that it names and that have no vintage.
    pub missing: Vec<Slug>,
    pub input: String,
}

/// The tables that there are, with the journals of their datasets.
pub(crate) struct Tables<'a> {
    pub plan: &'a Plan,
    pub journals: &'a BTreeMap<Slug, Journal>,
    pub shelf: &'a Shelf,
}

impl Tables<'_> {
    fn of(&self, slug: &Slug) -> Option<(&Dataset, &Journal)> {
        let dataset = self.plan.datasets.get(slug)?;
        Some((dataset, self.journals.get(slug)?))
    }

    /// The datasets that serve the site so and have a vintage.
    pub fn serving(&self, service: Service) -> Vec<(&Slug, &Dataset)> {
        let datasets = self.plan.datasets.iter();
        datasets
            .filter(|(_, dataset)| dataset.serves == Some(service))
            .map(|(slug, dataset)| (slug, dataset.as_ref()))
            .filter(|(slug, _)| !self.hashes(slug).is_empty())
            .collect()
    }

    /// The hashes of the tables of a dataset.
    pub fn hashes(&self, slug: &Slug) -> Vec<String> {
        let in_use = self
            .of(slug)
            .map_or(&[][..], |(dataset, journal)| journal.in_use(dataset));
        in_use.iter().map(|one| one.table.hash.clone()).collect()
    }

    /// The datasets whose tables a statement names.
    pub fn named(&self, sql: &str) -> Vec<&Slug> {
        let names = table_names(sql);
        let is_named = |slug: &&Slug| names.contains(&Dataset::table_name(slug));
        self.plan.datasets.keys().filter(is_named).collect()
    }

    /// The files of the tables named.
    pub fn files(&self, slugs: &[&Slug]) -> BTreeMap<String, TableFiles> {
        let file = |slug: &&Slug| {
            let (dataset, journal) = self.of(slug)?;
            let files = self.shelf.files(dataset, journal)?;
            Some((Dataset::table_name(slug), files))
        };
        slugs.iter().filter_map(file).collect()
    }

    /// What an indicator's SQL needs; none where it has none.
    pub fn wanted(&self, slug: &Slug, indicator: &Indicator) -> Option<Wanted> {
        let sql = indicator.sql.as_ref()?.trim().to_owned();
        let mut inputs = Vec::new();
        let mut missing = Vec::new();
        for dataset in self.named(&sql) {
            let vintages = match self.of(dataset) {
                Some((record, journal)) => journal.in_use(record),
                None => &[],
            };
            if vintages.is_empty() {
                missing.push(dataset.clone());
            }
            inputs.push(Input {
                dataset: dataset.clone(),
                sources: vintages.iter().map(|one| one.source.clone()).collect(),
                tables: vintages.iter().map(|one| one.table.hash.clone()).collect(),
            });
        }
        let input = hash::of_value(&(&sql, &inputs, ENGINE));
        Some(Wanted {
            slug: slug.clone(),
            sql,
            inputs,
            missing,
            input,
        })
    }
}

/// The names in lower case that stand where a statement names its tables: behind `FROM` and `JOIN`
/// and, there, behind a comma. Comments and texts name none. Names of subqueries may be among them.
fn table_names(sql: &str) -> BTreeSet<String> {
    const ENDS: [&str; 10] = [
        "where",
        "group",
        "order",
        "having",
        "limit",
        "union",
        "select",
        "window",
        "intersect",
        "except",
    ];
    let mut names = BTreeSet::new();
    // Whether tables are being named here and in each bracket around; whether the next word is one;
    // whether the last one was, so that a point behind it leads on to the table of a schema.
    let mut around = Vec::new();
    let (mut among_tables, mut is_next, mut was_one) = (false, false, false);
    for word in words(sql) {
        let names_one = is_next && !matches!(word.as_str(), "(" | ")" | "lateral");
        match word.as_str() {
            "from" | "join" => (among_tables, is_next) = (true, true),
            "," => is_next = among_tables,
            "." => is_next = was_one,
            "(" => {
                around.push(among_tables);
                (among_tables, is_next) = (is_next, is_next);
            }
            ")" => (among_tables, is_next) = (around.pop().unwrap_or_default(), false),
            end if ENDS.contains(&end) => (among_tables, is_next) = (false, false),
            _ if names_one => {
                names.insert(word);
                (is_next, was_one) = (false, true);
                continue;
            }
            _ => {}
        }
        was_one = false;
    }
    names
}

/// The words of a statement in lower case, with commas and brackets, points among them, without comments and texts.
fn words(sql: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut rest = sql.chars().peekable();
    while let Some(sign) = rest.next() {
        match sign {
            '-' if rest.peek() == Some(&'-') => {
                rest.by_ref().find(|sign| *sign == '\n');
                words.push(String::new());
            }
            '/' if rest.peek() == Some(&'*') => {
                let mut before = ' ';
                rest.by_ref().find(|sign| {
                    let ends = before == '*' && *sign == '/';
                    before = *sign;
                    ends
                });
                words.push(String::new());
            }
            '\'' => {
                rest.by_ref().find(|sign| *sign == '\'');
                words.push(String::new());
            }
            ',' | '(' | ')' | '.' => words.extend([sign.to_string(), String::new()]),
            sign if sign.is_alphanumeric() || sign == '_' => {
                if let Some(word) = words.last_mut() {
                    word.extend(sign.to_lowercase());
                }
            }
            // A name in quotes is the name without them.
            '"' => {}
            _ => words.push(String::new()),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Computes indicators. Those that kill the engine are told apart from the others.
pub(crate) fn compute(
    tables: &Tables<'_>,
    engine: &Engine,
    wanted: &[Wanted],
    now: Timestamp,
) -> Result<Vec<(Slug, Figures)>, EngineError> {
    let queries: Vec<Query> = wanted.iter().map(Wanted::query).collect();
    let named = |wanted: &[Wanted]| {
        let slugs: BTreeSet<&Slug> = wanted
            .iter()
            .flat_map(|one| one.inputs.iter().map(|input| &input.dataset))
            .collect();
        tables.files(&slugs.into_iter().collect::<Vec<_>>())
    };
    let together = ask(engine, named(wanted), queries);
    let outcomes: Vec<Result<Table, String>> = match together {
        Ok(answers) => answers
            .into_iter()
            .map(|answer| answer.outcome.map_err(|fault| fault.to_string()))
            .collect(),
        Err(cause) if cause.is_for_operator() => return Err(cause),
        // One of them was too much: each alone, so that the others are answered.
        Err(_) => wanted
            .iter()
            .map(|one| {
                let alone = std::slice::from_ref(one);
                match ask(engine, named(alone), vec![one.query()]) {
                    Ok(mut answers) => match answers.pop() {
                        Some(answer) => answer.outcome.map_err(|fault| fault.to_string()),
                        None => Err("the engine gave no answer".to_owned()),
                    },
                    Err(cause) => Err(cause.to_string()),
                }
            })
            .collect(),
    };
    let earlier = before(tables, engine, wanted);
    let figures = wanted.iter().zip(outcomes).map(|(one, outcome)| {
        let readings = outcome.and_then(|table| read(&table));
        let (readings, fault) = match readings {
            Ok(readings) => (readings, None),
            Err(fault) => (SeriesSet::default(), Some(fault)),
        };
        let revisions = earlier
            .get(&one.slug)
            .map_or_else(Vec::new, |before| revisions(before, &readings));
        let figures = Figures {
            input: one.input.clone(),
            sql: one.sql.clone(),
            engine: ENGINE.to_owned(),
            inputs: one.inputs.clone(),
            computed: now,
            readings,
            revisions,
            fault,
        };
        (one.slug.clone(), figures)
    });
    Ok(figures.collect())
}

/// What indicators gave before the latest vintage of each dataset, where there was one before.
fn before(tables: &Tables<'_>, engine: &Engine, wanted: &[Wanted]) -> BTreeMap<Slug, SeriesSet> {
    let mut found = BTreeMap::new();
    for one in wanted {
        let slugs: Vec<&Slug> = one.inputs.iter().map(|input| &input.dataset).collect();
        let mut files = tables.files(&slugs);
        let mut is_other = false;
        for slug in slugs {
            let Some((dataset, journal)) = tables.of(slug) else {
                continue;
            };
            let mut earlier = journal.clone();
            if earlier.vintages.len() > 1 {
                earlier.vintages.pop();
                if let Some(before) = tables.shelf.files(dataset, &earlier) {
                    files.insert(Dataset::table_name(slug), before);
                    is_other = true;
                }
            }
        }
        if !is_other {
            continue;
        }
        let answer = ask(engine, files, vec![one.query()]);
        let table = answer
            .ok()
            .and_then(|mut answers| answers.pop()?.outcome.ok());
        if let Some(readings) = table.and_then(|table| read(&table).ok()) {
            found.insert(one.slug.clone(), readings);
        }
    }
    found
}

impl Wanted {
    fn query(&self) -> Query {
        Query {
            name: self.slug.to_string(),
            sql: self.sql.clone(),
        }
    }
}

/// Runs queries of the region's own.
pub(crate) fn ask(
    engine: &Engine,
    tables: BTreeMap<String, TableFiles>,
    queries: Vec<Query>,
) -> Result<Vec<QueryAnswer>, EngineError> {
    let job = Job::Query(QueryJob {
        tables,
        queries,
        limits: Limits::OWN,
    });
    match engine.run(&job)? {
        Answer::Query { answers, .. } => Ok(answers),
        _ => Err(EngineError::Failed(
            "the engine answered another job".to_owned(),
        )),
    }
}

/// Reads the rows that an indicator's SQL gave.
pub fn read(table: &Table) -> Result<SeriesSet, String> {
    let place = |name: &str| table.columns.iter().position(|column| column.name == name);
    let needed = |name: &str| {
        place(name).ok_or_else(|| {
            let names: Vec<&str> = table.columns.iter().map(|one| one.name.as_str()).collect();
            format!(
                "the SQL gives no column “{name}”: it gives {}",
                names.join(", ")
            )
        })
    };
    let (area, period, value) = (needed("area")?, needed("period")?, needed("value")?);
    let others = [
        "lower",
        "upper",
        "numerator",
        "denominator",
        "status",
        "breakdown",
    ];
    let [lower, upper, numerator, denominator, status, breakdown] = others.map(place);
    if table.more {
        return Err(format!("the SQL gives more than {} rows", table.rows.len()));
    }
    let mut readings = Vec::with_capacity(table.rows.len());
    for (number, row) in (1..).zip(&table.rows) {
        let text = |place: usize| match row.get(place) {
            Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let figure = |place: Option<usize>, name: &str| {
            let Some(text) = place.and_then(text) else {
                return Ok(None);
            };
            match decimal(&text) {
                Some(figure) => Ok(Some(figure)),
                None => Err(format!("row {number}, {name}: “{text}” is not a number")),
            }
        };
        let area = text(area).ok_or_else(|| format!("row {number} has no area"))?;
        let period = text(period).ok_or_else(|| format!("row {number} has no period"))?;
        let period = Period::parse(&period).map_err(|not| format!("row {number}: {not}"))?;
        readings.push(Reading {
            area,
            period,
            breakdown: breakdown.and_then(text),
            value: figure(Some(value), "value")?,
            lower: figure(lower, "lower")?,
            upper: figure(upper, "upper")?,
            numerator: figure(numerator, "numerator")?,
            denominator: figure(denominator, "denominator")?,
            status: status.and_then(text),
        });
    }
    SeriesSet::new(readings).map_err(|twice| twice.to_string())
}

/// A number as the engine wrote it, with at most so many digits as a figure can carry.
fn decimal(text: &str) -> Option<Figure> {
    let number = text
        .parse::<Decimal>()
        .or_else(|_| Decimal::from_scientific(text))
        .ok()?;
    Some(Figure(number.round_dp(DIGITS).normalize()))
}

/// The journals of all datasets of a plan.
pub(crate) fn journals(plan: &Plan, shelf: &Shelf) -> Result<BTreeMap<Slug, Journal>, ShelfError> {
    let journal = |slug: &Slug| Ok((slug.clone(), shelf.journal(slug)?));
    plan.datasets.keys().map(journal).collect()
}

#[cfg(test)]
mod tests {
    use super::table_names;

    #[test]
    fn tables_are_named_behind_from_and_join_alone() {
        for (sql, names) in [
            ("SELECT employment FROM pay", &["pay"][..]),
            (
                "select a.x from Pay as a, \"jobs\" b join skills on skills.a = pay.b",
                &["jobs", "pay", "skills"],
            ),
            (
                "-- from employment\nSELECT 'x from jobs' /* from data */ FROM pay",
                &["pay"],
            ),
            (
                "WITH x AS (SELECT 1 FROM pay) SELECT a, jobs FROM x WHERE jobs IN (SELECT b FROM skills)",
                &["pay", "skills", "x"],
            ),
            (
                "SELECT 'it''s from jobs', pay FROM skills GROUP BY pay, jobs",
                &["skills"],
            ),
            (
                "SELECT * FROM (SELECT a FROM pay) x, jobs",
                &["jobs", "pay"],
            ),
            (
                "SELECT * FROM a JOIN b ON f(a.x, pay) = b.x, public.jobs WHERE b.x IN (1, skills)",
                &["a", "b", "jobs", "public"],
            ),
            (
                "SELECT * FROM (a JOIN b USING (x, pay)), jobs LIMIT 2",
                &["a", "b", "jobs"],
            ),
            ("SELECT 1", &[]),
        ] {
            assert_eq!(
                table_names(sql).into_iter().collect::<Vec<_>>(),
                names,
                "{sql}"
            );
        }
    }
}
