//! An index of a region worked out by hand: figures, periods, gaps, arithmetic.

use serde_json::{Value, json};

use super::*;
use crate::{
    evidence::{Reading, Series, SeriesSet, series::tests::reading},
    plan::Plan,
    record::{Composite, Kind, Record},
    review::draw::Draws,
};

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

/// Fibre (more is better) and slow lines (less is better), and an index of the two.
fn plan(index: &Value) -> Plan {
    let indicator = |title: &str, direction: &str| json!({"title": title, "meaning": "m", "unit": "%", "direction": direction, "sql": "SELECT"});
    let whole = json!({"title": "Lines", "meaning": "m", "unit": "points", "index": index});
    [
        ("fibre", indicator("Fibre", "up")),
        ("slow", indicator("Slow lines", "down")),
        ("lines", whole),
    ]
    .into_iter()
    .map(|(name, value)| {
        (
            slug(name),
            Record::from_value(Kind::Indicator, value).unwrap(),
        )
    })
    .collect()
}

fn index(more: &Value) -> Value {
    let mut fields = json!({
        "normalisation": "min-max",
        "groups": [{"slug": "good", "title": "Good lines", "weight": "2"}, {"slug": "bad", "title": "Bad lines"}],
        "parts": [{"indicator": "fibre", "group": "good"}, {"indicator": "slow", "group": "bad"}],
    });
    for (name, value) in more.as_object().unwrap() {
        fields[name] = value.clone();
    }
    fields
}

fn set(rows: &[(&str, &str, &str)]) -> SeriesSet {
    let each = rows
        .iter()
        .map(|(area, period, value)| reading(area, period, value));
    SeriesSet::new(each.collect::<Vec<Reading>>()).unwrap()
}

fn fibre() -> SeriesSet {
    set(&[
        ("A", "2023", "10"),
        ("B", "2023", "20"),
        ("C", "2023", "15"),
        ("A", "2024", "50"),
        ("B", "2024", "100"),
        ("C", "2024", "75"),
        // One early return makes no period.
        ("A", "2025", "99"),
    ])
}

fn slow() -> SeriesSet {
    set(&[
        ("A", "2023", "8"),
        ("B", "2023", "4"),
        ("C", "2023", "6"),
        ("A", "2024", "4"),
        ("B", "2024", "2"),
    ])
}

fn gathered(plan: &Plan, sets: [(&str, &SeriesSet); 2]) -> Result<Gathered, Unmade> {
    let record: Composite = plan.indicators["lines"].index.clone().unwrap();
    let codes = ["A", "B", "C"].map(str::to_owned);
    let areas = |set: &'static str, of: &SeriesSet| -> (Slug, BTreeMap<String, Series>) {
        let series = of
            .iter()
            .map(|(area, _, series)| (area.to_owned(), series.clone()));
        (slug(set), series.collect())
    };
    let kept: Vec<_> = sets
        .into_iter()
        .map(|(name, set)| areas(if name == "fibre" { "fibre" } else { "slow" }, set))
        .collect();
    let figures = kept
        .iter()
        .map(|(slug, areas)| {
            let areas = areas.iter().map(|(code, series)| (code.clone(), series));
            (slug.clone(), areas.collect())
        })
        .collect();
    gather(plan, &slug("lines"), &record, &codes, &figures)
}

fn made(more: &Value) -> (Plan, Made) {
    let plan = plan(&index(more));
    let of = gathered(&plan, [("fibre", &fibre()), ("slow", &slow())]).unwrap();
    let draws = Draws {
        count: 1_000,
        ..Draws::seeded(1)
    };
    (plan, of.work_out(draws).unwrap())
}

fn name(code: &str) -> String {
    format!("Area {code}")
}

fn scores(made: &Made) -> Vec<(&str, String)> {
    let ranked = made.ranked().into_iter();
    ranked
        .map(|one| (one.code, told::spell_score(one.score, 1)))
        .collect()
}

#[test]
fn the_latest_common_period_counts_and_what_is_missing_is_told() {
    let (_, made) = made(&json!({}));
    let periods: Vec<_> = made
        .of
        .inputs
        .iter()
        .map(|one| one.period.as_str())
        .collect();
    assert_eq!(periods, ["2024", "2024"]);
    // B has the best of both; C has half of fibre and nothing of slow lines; A the worst of both.
    assert_eq!(
        scores(&made),
        [
            ("B", "100.0".into()),
            ("C", "50.0".into()),
            ("A", "0.0".into())
        ]
    );
    assert_eq!(
        made.gaps(&name),
        [
            "Area C has no figure for “Slow lines” in 2024: it is left out, and the weights beside it grow."
        ]
    );
    let home = ["A".to_owned(), "B".to_owned(), "C".to_owned()];
    assert_eq!(
        made.finding(&home, &name, 1),
        "Area B scores highest of 3 areas in 2024, 100.0, and Area A lowest, 0.0. \
         With weights drawn at random, nine times in ten Area B keeps rank 1 and Area A keeps rank 3."
    );
    // Of a wider comparison the region's places are told beside whoever leads.
    let finding = made.finding(&home[2..], &name, 1);
    assert_eq!(
        finding,
        "Area B scores highest of 3 areas in 2024, 100.0. Area C has rank 2; with weights drawn at random, nine times in ten it keeps rank 2."
    );
    assert_eq!(made.example(&home).unwrap().code, "C");
}

#[test]
fn the_latest_of_each_tells_each_period() {
    let plan = plan(&index(&json!({"period": "latest-of-each"})));
    let later = set(&[("A", "2025", "1"), ("B", "2025", "3"), ("C", "2025", "2")]);
    let of = gathered(&plan, [("fibre", &fibre()), ("slow", &later)]).unwrap();
    let periods: Vec<_> = of.inputs.iter().map(|one| one.period.as_str()).collect();
    assert_eq!(periods, ["2024", "2025"]);
    let made = of
        .work_out(Draws {
            count: 1_000,
            ..Draws::seeded(1)
        })
        .unwrap();
    assert_eq!(made.period(), None);
    assert!(
        made.finding(&[], &name, 0)
            .starts_with("Area B scores highest of 3 areas, 67")
    );
}

#[test]
fn why_there_are_no_scores_is_told() {
    let plan = plan(&index(&json!({})));
    let none = SeriesSet::default();
    let one = set(&[("A", "2024", "1")]);
    let other = set(&[("A", "2021", "1"), ("B", "2021", "2")]);
    for (slow, told) in [
        (
            &none,
            "There are no figures for single areas of “Slow lines” yet.",
        ),
        (&other, "Its indicators have no period in common."),
        (
            &one,
            "It cannot be worked out: “Slow lines” has the same value everywhere and tells no area from another.",
        ),
    ] {
        let made = gathered(&plan, [("fibre", &fibre()), ("slow", slow)]);
        let unmade = made
            .and_then(|of| of.work_out(Draws::seeded(1)))
            .unwrap_err();
        assert_eq!(unmade.to_string(), told);
    }
    let strict = self::plan(&json!({
        "normalisation": "distance-to-target",
        "fewest": "100",
        "parts": [
            {"indicator": "fibre", "worst": "0", "best": "100"},
            {"indicator": "slow", "worst": "100", "best": "0"},
        ],
    }));
    let of = gathered(&strict, [("fibre", &fibre()), ("slow", &one)]).unwrap();
    let unmade = of.work_out(Draws::seeded(1)).unwrap_err();
    assert_eq!(
        unmade.to_string(),
        "Only 1 of its areas has enough figures: ranks need at least two."
    );
}

#[test]
fn every_step_of_the_arithmetic_comes_out() {
    let steps = |more: &Value, unit: usize| {
        let (plan, made) = made(more);
        made.steps(&plan, unit)
    };
    assert_eq!(
        steps(&json!({"from": "1"}), 2),
        [
            "Fibre: 75% in 2024. The worst area has 50%, the best 100%: 1 + (75 − 50) ÷ (100 − 50) × 99 = 50.50.",
            "Good lines: (1 × 50.50) ÷ (1) = 50.50.",
            "Slow lines: no figure. It is left out, and the weights beside it grow.",
            "Bad lines: no score.",
            "Lines: (2 × 50.50) ÷ (2) = 50.50.",
        ]
    );
    let mean = steps(
        &json!({"missing": "mean", "from": "1", "aggregation": ["geometric"]}),
        2,
    );
    assert_eq!(
        mean[2],
        "Slow lines: no figure; the mean of the others, 3%, takes its place. The worst area has 4%, the best 2%: 1 + (4 − 3) ÷ (4 − 2) × 99 = 50.50."
    );
    assert_eq!(
        mean[4],
        "Lines, the geometric mean: (50.50 to the power of 2 × 50.50) to the power of 1 ÷ (2 + 1) = 50.50."
    );
    let ends = json!({
        "normalisation": "distance-to-target",
        "parts": [
            {"indicator": "fibre", "group": "good", "worst": "0", "best": "80"},
            {"indicator": "slow", "group": "bad", "worst": "10", "best": "0"},
        ],
    });
    assert_eq!(
        steps(&ends, 1),
        [
            "Fibre: 100% in 2024. 0% scores 0 and 80% scores 100: (100 − 0) ÷ (80 − 0) × 100 = 100.00, as scores end at 0 and 100.",
            "Good lines: (1 × 100.00) ÷ (1) = 100.00.",
            "Slow lines: 2% in 2024. 10% scores 0 and 0% scores 100: (10 − 2) ÷ (10 − 0) × 100 = 80.00.",
            "Bad lines: (1 × 80.00) ÷ (1) = 80.00.",
            "Lines: (2 × 100.00 + 1 × 80.00) ÷ (2 + 1) = 93.33.",
        ]
    );
    let spread = steps(&json!({"normalisation": "z-score"}), 0);
    assert_eq!(
        spread[0],
        "Fibre: 50% in 2024. The mean of the areas is 75%, their standard deviation 25: (50 − 75) ÷ 25 = −1.00."
    );
    assert!(steps(&json!({"normalisation": "rank"}), 0)[0].ends_with("several tie: 1.00."));
}

#[test]
fn what_all_share_still_has_a_score_between_set_ends() {
    let plan = plan(&json!({
        "normalisation": "distance-to-target",
        "parts": [
            {"indicator": "fibre", "worst": "0", "best": "100"},
            {"indicator": "slow", "worst": "100", "best": "0"},
        ],
    }));
    let all = set(&[
        ("A", "2024", "100"),
        ("B", "2024", "100"),
        ("C", "2024", "100"),
    ]);
    let of = gathered(&plan, [("fibre", &all), ("slow", &slow())]).unwrap();
    let made = of
        .work_out(Draws {
            count: 1_000,
            ..Draws::seeded(1)
        })
        .unwrap();
    assert_eq!(
        scores(&made),
        [
            ("C", "100.0".into()),
            ("B", "99.0".into()),
            ("A", "98.0".into())
        ]
    );
    // Between ends that move with the figures it tells no area from another.
    assert!(
        made.sensitivity
            .untried
            .iter()
            .any(|line| line.contains("same value everywhere"))
    );
}

#[test]
fn weights_and_methods_are_told_by_level() {
    let (_, made) = made(&json!({"aggregation": ["arithmetic", "arithmetic"], "fewest": "50"}));
    let shares: Vec<_> = told::shares(&made.of.definition)
        .into_iter()
        .map(|one| (one.level, one.title, told::spell_score(one.whole, 1)))
        .collect();
    assert_eq!(
        shares,
        [
            (1, "Good lines".into(), "66.7".into()),
            (2, "Fibre".into(), "66.7".into()),
            (1, "Bad lines".into(), "33.3".into()),
            (2, "Slow lines".into(), "33.3".into()),
        ]
    );
    let method = told::method(&made.of.definition);
    assert_eq!(method.len(), 6, "{method:?}");
    assert!(method[5].contains("less than 50%"), "{method:?}");
}

#[test]
fn scores_and_ranks_read_as_people_write_them() {
    assert_eq!(told::spell_score(-0.04, 1), "0.0");
    assert_eq!(told::spell_score(-1.25, 1), "−1.3");
    assert_eq!(told::spell_score(98.0, 1), "98.0");
    let at = |rank, low, high| RankInterval {
        rank,
        low,
        middle: rank,
        high,
    };
    assert_eq!(told::spell_rank(at(2, 2, 2)), "2");
    assert_eq!(told::spell_rank(at(2, 1, 3)), "2 (1–3)");
    assert_eq!(told::spell_hold(at(2, 1, 3)), "ranks from 1 to 3");
    assert_eq!(told::spell_hold(at(2, 3, 3)), "has rank 3");
}
