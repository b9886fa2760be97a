//! The published employment rate, read and judged: every area, every year. The file is not part of
//! this repository; the test says when it did not run.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::json;

use super::{number::plain, *};
use crate::{Figure, Slug, record::Indicator};

#[test]
fn the_employment_rate_is_read_and_judged_for_every_area() {
    let file = std::env::var("DFG_SHARED_DATA").map_or_else(
        |_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let file = file.join("ons-els/employment-rate.csv");
    if !file.is_file() && std::env::var("DFG_SHARED_DATA").is_err() {
        println!("1 test did not run: no shared data");
        return;
    }
    let text = fs::read_to_string(file).unwrap();
    let rows = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let readings = rows.filter(|row| row[4] == "Employment Rate").map(|row| {
        let figure = |column: usize| Figure::parse(row[column]);
        Reading {
            value: figure(5),
            numerator: figure(8),
            denominator: figure(9),
            lower: figure(10),
            upper: figure(11),
            ..Reading::empty(row[0], Period::parse(row[3]).unwrap(), None)
        }
    });
    let set = SeriesSet::new(readings.collect()).unwrap();
    let indicator: Indicator = serde_json::from_value(json!({
        "title": "Employment", "meaning": "People in work.", "unit": "%", "direction": "up",
        "baseline": { "period": "2014" },
        "target": { "period": "2034" },
        "trajectory": { "kind": "share-of-gap", "comparator": "rest", "share": "100" },
        "comparators": [{
            "slug": "rest", "title": "England without London",
            "areas": ["E92000001"], "without": ["E12000007"],
        }],
    }))
    .unwrap();
    let known = Gazetteer {
        names: &BTreeMap::new(),
        register: &Register::default(),
    };
    let rest = take_together(&set, &indicator.comparators[0], None, known);
    let at = |year: &str| {
        let reading = rest.series.at(&Period::parse(year).unwrap()).unwrap();
        plain(reading.value.unwrap().0, 3)
    };
    // (24,780,800 − 4,128,900) of (34,166,900 − 5,789,600); (26,695,000 − 4,606,700) of
    // (35,135,400 − 6,176,200).
    assert_eq!((at("2014"), at("2023")), ("72.776".into(), "76.274".into()));
    let slug = Slug::parse("rest").unwrap();
    let beside = [Beside {
        slug: &slug,
        title: "England without London",
        series: &rest.series,
    }];
    let mut areas = 0;
    for (area, _, series) in set.iter() {
        let found = assess(&indicator, "the area", series, &beside);
        assert!(
            found
                .finding
                .is_none_or(|text| text.split_whitespace().count() <= 25)
        );
        areas += 1;
        if area == "E12000001" {
            let gap = &found.gaps[0];
            assert_eq!(plain(gap.at_baseline.unwrap().0, 3), "4.376");
            assert_eq!(found.since_baseline.unwrap().reality, Reality::Real);
        }
    }
    assert!(areas > 300, "{areas}");
}
