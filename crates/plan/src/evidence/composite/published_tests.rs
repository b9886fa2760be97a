//! A published index made again: the ASEM Sustainable Connectivity index, as the package `COINr`
//! publishes its results. The files are not part of this repository; the test says when it did not
//! run.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::json;

use super::*;
use crate::review::draw::Draws;

type Row = BTreeMap<String, String>;

/// The folder of shared data: as the environment names it, or beside the repository.
fn folder() -> Option<PathBuf> {
    if let Ok(named) = std::env::var("DFG_SHARED_DATA") {
        return Some(PathBuf::from(named).join("index-asem"));
    }
    let beside = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/index-asem"
    );
    Some(PathBuf::from(beside)).filter(|folder| folder.is_dir())
}

fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => fields.last_mut().unwrap().push(letter),
        }
    }
    fields
}

fn table(text: &str) -> Vec<Row> {
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let headings = fields(lines.next().unwrap());
    let rows = lines.map(|line| headings.iter().cloned().zip(fields(line)).collect());
    rows.collect()
}

fn number(row: &Row, column: &str) -> Option<f64> {
    row[column].parse().ok()
}

fn slug(code: &str) -> Slug {
    Slug::parse(&format!("x-{}", code.to_lowercase())).unwrap()
}

fn part(meta: &[Row], row: &Row) -> serde_json::Value {
    let code = &row["iCode"];
    let parts: Vec<_> = meta
        .iter()
        .filter(|child| child["Parent"] == *code)
        .map(|child| part(meta, child))
        .collect();
    let direction = match number(row, "Direction") {
        Some(way) if way < 0.0 => "down",
        _ => "up",
    };
    json!({
        "slug": slug(code), "title": row["iName"], "weight": number(row, "Weight").unwrap(),
        "direction": direction, "parts": parts,
    })
}

#[test]
fn the_published_index_comes_out_to_two_decimals() {
    let Some(folder) = folder() else {
        println!("1 test did not run: no shared data");
        return;
    };
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let (meta, rows) = (
        table(&read("ASEM_iMeta.csv")),
        table(&read("ASEM_iData.csv")),
    );
    let index = meta.iter().find(|row| row["iCode"] == "Index").unwrap();
    let definition: IndexDefinition = serde_json::from_value(json!({
        "index": part(&meta, index),
        "normalisation": { "by": "min-max", "from": 0.0, "to": 100.0 },
        "aggregation": ["arithmetic"],
        "missing": { "fill": "mean" },
        "outliers": {},
    }))
    .unwrap();
    let unit = |row: &Row| Unit {
        code: row["uCode"].clone(),
        group: Some(row["EurAsia_group"].clone()),
    };
    let indicators = meta.iter().filter(|row| row["Type"] == "Indicator");
    let values = indicators.map(|indicator| {
        let per = &indicator["Denominator"];
        let value = |row: &Row| {
            let value = number(row, &indicator["iCode"])?;
            if per.is_empty() {
                Some(value)
            } else {
                Some(value / number(row, per)?)
            }
        };
        (slug(&indicator["iCode"]), rows.iter().map(value).collect())
    });
    let data = IndexData {
        units: rows.iter().map(unit).collect(),
        values: values.collect(),
    };
    let scores = score(&definition, &data).unwrap();
    let (article, mut checked) = (read("results_article.txt"), (0, 0));
    let mut check = |code: &str, unit: &str, published: &str, rank: Option<&str>| {
        let at = scores.units.iter().position(|one| one == unit).unwrap();
        let part = scores
            .parts
            .iter()
            .find(|part| part.slug == slug(code))
            .unwrap();
        assert_eq!(
            format!("{:.2}", part.scores[at].unwrap()),
            published,
            "{unit} {code}"
        );
        checked.0 += 1;
        if let Some(rank) = rank {
            assert_eq!(part.ranks[at].unwrap().to_string(), rank, "{unit} {code}");
            checked.1 += 1;
        }
    };
    let mut best = Vec::new();
    let mut rest = 0;
    for line in article
        .lines()
        .filter_map(|line| line.strip_prefix("#&gt; "))
    {
        let words: Vec<_> = line.split_whitespace().collect();
        let is_score = |word: &&str| word.contains('.') && word.parse::<f64>().is_ok();
        match words[..] {
            // The six best: place, code, rank and nine scores; their last two stand further down.
            [_, unit, rank, ref nine @ ..] if nine.len() == 9 && nine.iter().all(is_score) => {
                let codes = [
                    "Index",
                    "Conn",
                    "Sust",
                    "Physical",
                    "ConEcFin",
                    "Political",
                    "Instit",
                    "P2P",
                    "Environ",
                ];
                for (code, score) in codes.into_iter().zip(nine) {
                    check(code, unit, score, (code == "Index").then_some(rank));
                }
                best.push(unit);
            }
            [_, social, finance] if is_score(&social) && is_score(&finance) => {
                check("Social", best[rest], social, None);
                check("SusEcFin", best[rest], finance, None);
                rest += 1;
            }
            // One country at every level: place, code, name, score and rank.
            [_, code, .., score, rank] if is_score(&score) && is_group(code) => {
                check(code, "IND", score, Some(rank));
            }
            _ => {}
        }
    }
    assert_eq!(
        checked,
        (6 * 11 + 11, 6 + 11),
        "scores and ranks found in the article"
    );

    let draws = Draws {
        count: 1_000,
        ..Draws::seeded(1)
    };
    let sure = sensitivity(&definition, &data, draws).unwrap();
    for interval in sure.intervals.iter().flatten() {
        assert!(interval.low <= interval.middle && interval.middle <= interval.high);
    }
    // 49 indicators, 8 pillars and 2 halves, each twice; and of normalisations two. Scores of 0 have
    // no geometric mean, and there are no targets here.
    assert_eq!((sure.shifts.len(), sure.untried.len()), (2 * 59 + 2, 2));
}

/// Whether the article's code is a group, and no indicator whose raw value it shows elsewhere.
fn is_group(code: &str) -> bool {
    [
        "Index",
        "Conn",
        "Sust",
        "Physical",
        "ConEcFin",
        "Political",
        "Instit",
        "P2P",
        "Environ",
        "Social",
        "SusEcFin",
    ]
    .contains(&code)
}
