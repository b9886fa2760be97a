//! Indices worked out by hand.

use proptest::prelude::*;
use serde_json::json;

use super::{normalise::draw_in, *};
use crate::review::draw::Draws;

/// Access (coverage and price, twice the weight) and use.
fn definition(more: serde_json::Value) -> IndexDefinition {
    let mut fields = json!({
        "index": { "slug": "index", "title": "Index", "parts": [
            { "slug": "access", "title": "Access", "weight": 2.0, "parts": [
                { "slug": "coverage", "title": "Coverage" },
                { "slug": "price", "title": "Price", "direction": "down" },
            ] },
            { "slug": "use", "title": "Use", "parts": [
                { "slug": "online", "title": "Online", "direction": "up" },
            ] },
        ] },
        "normalisation": { "by": "min-max", "from": 0.0, "to": 100.0 },
        "aggregation": ["arithmetic"],
    });
    for (name, value) in more.as_object().unwrap() {
        fields[name] = value.clone();
    }
    serde_json::from_value(fields).unwrap()
}

fn data(values: &serde_json::Value) -> IndexData {
    serde_json::from_value(json!({
        "units": [{ "code": "A" }, { "code": "B" }, { "code": "C" }],
        "values": values,
    }))
    .unwrap()
}

fn three() -> IndexData {
    data(&json!({
        "coverage": [50.0, 75.0, 100.0],
        "price": [10.0, 30.0, 20.0],
        "online": [40.0, 60.0, 50.0],
    }))
}

fn of<'a>(scores: &'a Scores, slug: &str) -> &'a PartScores {
    scores
        .parts
        .iter()
        .find(|part| part.slug.as_str() == slug)
        .unwrap()
}

fn near(found: &[Option<f64>], expected: &[Option<f64>]) {
    assert_eq!(found.len(), expected.len());
    for (found_one, expected_one) in found.iter().zip(expected) {
        let same = match (found_one, expected_one) {
            (Some(a), Some(b)) => (a - b).abs() < 1e-9,
            (a, b) => a == b,
        };
        assert!(same, "{found:?} is not {expected:?}");
    }
}

fn some<const N: usize>(values: [f64; N]) -> [Option<f64>; N] {
    values.map(Some)
}

#[test]
fn an_index_is_made_level_by_level() {
    let scores = score(&definition(json!({})), &three()).unwrap();
    let order: Vec<_> = scores
        .parts
        .iter()
        .map(|part| (part.slug.as_str(), part.level))
        .collect();
    assert_eq!(
        order,
        [
            ("index", 0),
            ("access", 1),
            ("coverage", 2),
            ("price", 2),
            ("use", 1),
            ("online", 2)
        ]
    );
    near(&of(&scores, "coverage").scores, &some([0.0, 50.0, 100.0]));
    // The dearest gets 0.
    near(&of(&scores, "price").scores, &some([100.0, 0.0, 50.0]));
    near(&of(&scores, "access").scores, &some([50.0, 25.0, 75.0]));
    near(&of(&scores, "use").scores, &some([0.0, 100.0, 50.0]));
    // (2 × 50 + 0) ÷ 3, (2 × 25 + 100) ÷ 3, (2 × 75 + 50) ÷ 3.
    near(
        &of(&scores, "index").scores,
        &some([100.0 / 3.0, 50.0, 200.0 / 3.0]),
    );
    assert_eq!(of(&scores, "index").ranks, [Some(3), Some(2), Some(1)]);
}

#[test]
fn a_geometric_mean_needs_scores_above_nought() {
    let one_up = json!({
        "normalisation": { "by": "min-max", "from": 1.0, "to": 100.0 },
        "aggregation": ["geometric", "arithmetic"],
    });
    // Access: 50.5, 25.75, 75.25; use: 1, 100, 50.5; the cube root of access² × use.
    let scores = score(&definition(one_up), &three()).unwrap();
    let expected = [
        (50.5_f64 * 50.5).cbrt(),
        (25.75_f64 * 25.75 * 100.0).cbrt(),
        (75.25_f64 * 75.25 * 50.5).cbrt(),
    ];
    near(&of(&scores, "index").scores, &some(expected));
    let fault = score(
        &definition(json!({ "aggregation": ["geometric"] })),
        &three(),
    );
    assert_eq!(
        fault,
        Err(IndexFault::NotPositive(Slug::parse("coverage").unwrap()))
    );
}

#[test]
fn each_normalisation_has_its_scale() {
    let target = |slug: &str, direction: &str, target: f64| json!({ "slug": slug, "title": slug, "direction": direction, "target": target });
    let index = json!({ "slug": "index", "title": "Index", "parts": [
        target("coverage", "up", 150.0), target("online", "up", 50.0), target("price", "down", 15.0),
    ] });
    let data = data(&json!({
        "coverage": [50.0, 75.0, 100.0],
        "online": [40.0, 60.0, 40.0],
        "price": [30.0, 20.0, 10.0],
    }));
    for (by, coverage, online, price) in [
        // Mean 75, deviation 25; for the others 46.67 and 11.547.
        (
            "z-score",
            [-1.0, 0.0, 1.0],
            [-0.577_350_269, 1.154_700_538, -0.577_350_269],
            [-1.0, 0.0, 1.0],
        ),
        ("rank", [1.0, 2.0, 3.0], [1.5, 3.0, 1.5], [1.0, 2.0, 3.0]),
        // 25 of the 100 up to 150; beyond the target no more than 100; 10 of the 15 down to 15.
        (
            "distance-to-target",
            [0.0, 25.0, 50.0],
            [0.0, 100.0, 0.0],
            [0.0, 200.0 / 3.0, 100.0],
        ),
    ] {
        let by = json!({ "index": index, "normalisation": { "by": by } });
        let scores = score(&definition(by), &data).unwrap();
        for (slug, expected) in [("coverage", coverage), ("online", online), ("price", price)] {
            for (found, expected) in of(&scores, slug).scores.iter().zip(expected) {
                assert!(
                    (found.unwrap() - expected).abs() < 1e-8,
                    "{slug}: {found:?} {expected}"
                );
            }
        }
    }
}

#[test]
fn missing_values_are_left_out_filled_or_refused() {
    let mut gappy = three();
    gappy.values.get_mut("price").unwrap()[0] = None;
    // Left out: access is coverage alone, 0. Of the others' prices the dearest gets 0.
    let left = score(&definition(json!({})), &gappy).unwrap();
    near(&of(&left, "access").scores, &some([0.0, 25.0, 100.0]));
    // The mean of 30 and 20 is 25, half way.
    let fill = json!({ "missing": { "fill": "mean" } });
    let filled = score(&definition(fill.clone()), &gappy).unwrap();
    near(&of(&filled, "price").scores, &some([50.0, 0.0, 100.0]));
    // A's own group has no other price: left out.
    gappy.units[0].group = Some("alone".into());
    let alone = score(&definition(fill), &gappy).unwrap();
    near(&of(&alone, "price").scores, &[None, Some(0.0), Some(100.0)]);
    // A has two of three.
    let refused = json!({ "missing": { "fewest": 0.7 } });
    let refused = score(&definition(refused), &gappy).unwrap();
    assert_eq!(of(&refused, "index").ranks, [None, Some(2), Some(1)]);
    assert_eq!(
        refused.refused[0].reason,
        "A has values for 2 of 3 indicators, which is too few."
    );
}

#[test]
fn outliers_are_drawn_in_or_eased_by_logarithms() {
    let given: Vec<_> = (1..=20).map(f64::from).chain([1000.0]).map(Some).collect();
    let mut drawn = given.clone();
    draw_in(&mut drawn, Outliers::default());
    assert_eq!(drawn[20], Some(20.0));
    assert_eq!(drawn[..20], given[..20]);
    let mut low: Vec<_> = given.iter().map(|value| value.map(|x| -x)).collect();
    draw_in(&mut low, Outliers::default());
    assert_eq!(low[20], Some(-20.0));
    let mut eased = given.clone();
    let none = Outliers {
        most: 0,
        ..Outliers::default()
    };
    draw_in(&mut eased, none);
    // The range is 999: ln(x − 1 + 9.99).
    assert!((eased[0].unwrap() - 9.99_f64.ln()).abs() < 1e-12);
    assert!((eased[20].unwrap() - 1008.99_f64.ln()).abs() < 1e-12);
    let mut calm: Vec<_> = (0..20).map(|x| Some(f64::from(x))).collect();
    let before = calm.clone();
    draw_in(&mut calm, Outliers::default());
    assert_eq!(calm, before);
}

#[test]
fn what_makes_no_index_says_so() {
    let part = |slug: &str, weight: f64| json!({ "slug": slug, "title": slug, "weight": weight });
    let index = |parts: serde_json::Value| json!({ "index": { "slug": "index", "title": "Index", "parts": parts } });
    let mut deep = part("p8", 1.0);
    for level in (0..8).rev() {
        deep = json!({ "slug": format!("p{level}"), "title": "", "parts": [deep] });
    }
    for (more, message) in [
        (index(json!([])), "the index has no parts"),
        (index(json!([deep])), "an index has at most 8 levels"),
        (
            index(json!([part("online", 1.0), part("online", 1.0)])),
            "two parts are named “online”",
        ),
        (
            index(json!([part("online", 0.0)])),
            "the weight of “online” is not a number above 0",
        ),
        (
            index(json!([part("other", 1.0)])),
            "there are no values for “other”",
        ),
        (
            json!({ "aggregation": [] }),
            "say how the parts are put together: arithmetic or geometric",
        ),
        (
            json!({ "missing": { "fewest": 1.5 } }),
            "the fewest values are a share from 0 to 1",
        ),
        (
            json!({ "normalisation": { "by": "min-max", "from": 5.0, "to": 5.0 } }),
            "a scale runs from a number of at least 0 to a greater one",
        ),
        (
            json!({ "normalisation": { "by": "distance-to-target" } }),
            "“coverage” has no target beyond its worst value, which the distance to a target needs",
        ),
    ] {
        let fault = score(&definition(more), &three()).unwrap_err();
        assert_eq!(fault.to_string(), message);
    }
    for (values, message) in [
        (
            vec![Some(1.0); 3],
            "“online” has the same value everywhere and tells no area from another",
        ),
        (
            vec![None; 3],
            "“online” has the same value everywhere and tells no area from another",
        ),
        (vec![Some(1.0)], "“online” has 1 values for 3 units"),
        (
            vec![Some(1.0), Some(f64::NAN), None],
            "“online” has a value that is not a finite number",
        ),
    ] {
        let mut data = three();
        data.values.insert(Slug::parse("online").unwrap(), values);
        let fault = score(&definition(json!({})), &data).unwrap_err();
        assert_eq!(fault.to_string(), message);
    }
}

#[test]
fn rank_intervals_hang_on_the_weights_only_where_units_differ_in_profile() {
    // A is best throughout, D worst; B and C change places with the weights.
    let data: IndexData = serde_json::from_value(json!({
        "units": [{ "code": "A" }, { "code": "B" }, { "code": "C" }, { "code": "D" }],
        "values": {
            "coverage": [100.0, 90.0, 20.0, 0.0],
            "price": [0.0, 10.0, 80.0, 100.0],
            "online": [100.0, 10.0, 95.0, 0.0],
        },
    }))
    .unwrap();
    let draws = Draws {
        count: 2_000,
        ..Draws::seeded(7)
    };
    let made = sensitivity(&definition(json!({})), &data, draws).unwrap();
    let ends: Vec<_> = made
        .intervals
        .iter()
        .map(|one| one.map(|one| (one.rank, one.low, one.high)).unwrap())
        .collect();
    // B: (2 × 90 + 10) ÷ 3 = 63.3; C: (2 × 20 + 95) ÷ 3 = 45.
    assert_eq!(ends, [(1, 1, 1), (2, 2, 3), (3, 2, 3), (4, 4, 4)]);
    assert_eq!(
        made,
        sensitivity(&definition(json!({})), &data, draws).unwrap()
    );
    // Access half as much: (90 + 10) ÷ 2 = 50 to (20 + 95) ÷ 2 = 57.5: B and C change places, which
    // is 2 ranks over 4 units. Nothing moves ranks more.
    let access = made
        .shifts
        .iter()
        .find(|shift| shift.assumption == "Weight of Access: half as much")
        .unwrap();
    assert_eq!(
        (access.mean, access.unit.as_str(), access.most),
        (0.5, "B", 1)
    );
    assert!((made.shifts[0].mean - 0.5).abs() < 1e-12);
    assert!(
        made.shifts
            .windows(2)
            .all(|pair| pair[0].mean >= pair[1].mean)
    );
    // Scores of 0 have no geometric mean, and there are no targets.
    assert_eq!(made.untried.len(), 2, "{:?}", made.untried);
    let few = Draws {
        count: 999,
        ..draws
    };
    let fault = sensitivity(&definition(json!({})), &data, few);
    assert_eq!(fault, Err(IndexFault::Draws));
}

proptest! {
    /// Another unit of measurement, and weights on another scale, change no score.
    #[test]
    fn scales_do_not_matter(
        values in proptest::collection::vec(-1e3..1e3_f64, 9),
        factor in 0.1..10.0_f64,
        by in 0..3_usize,
    ) {
        let normalisation = [
            json!({ "by": "min-max", "from": 0.0, "to": 100.0 }),
            json!({ "by": "z-score" }),
            json!({ "by": "rank" }),
        ][by].clone();
        let one = definition(json!({ "normalisation": normalisation }));
        let mut other = one.clone();
        for part in &mut other.index.parts {
            part.weight *= factor;
        }
        let read = |values: &[f64]| data(&json!({
            "coverage": values[..3], "price": values[3..6], "online": values[6..],
        }));
        let scaled: Vec<_> = values.iter().map(|value| value * factor + 7.0).collect();
        let (first, second) = (score(&one, &read(&values)), score(&other, &read(&scaled)));
        if let (Ok(first), Ok(second)) = (first, second) {
            for (a, b) in first.parts.iter().zip(&second.parts) {
                for (a, b) in a.scores.iter().zip(&b.scores) {
                    prop_assert!((a.unwrap() - b.unwrap()).abs() < 1e-6);
                }
                if by == 0 {
                    prop_assert!(a.scores.iter().flatten().all(|x| (-1e-9..=100.000_001).contains(x)));
                }
            }
        }
    }
}
