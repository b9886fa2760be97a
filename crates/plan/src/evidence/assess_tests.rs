//! Assessments worked out by hand.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::evidence::series::tests::reading;

fn indicator(more: serde_json::Value) -> Indicator {
    let mut fields = json!({
        "title": "Gigabit broadband",
        "meaning": "Premises that could get it.",
        "unit": "%",
        "direction": "up",
        "baseline": { "period": "2020", "value": "50" },
        "target": { "period": "2024", "value": "70" },
    });
    for (name, value) in more.as_object().unwrap() {
        fields[name] = value.clone();
    }
    if let Some(fields) = fields.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    serde_json::from_value(fields).unwrap()
}

fn series(readings: &[(&str, &str)]) -> Series {
    let readings = readings
        .iter()
        .map(|(period, value)| reading("R", period, value));
    Series::new(readings.collect()).unwrap()
}

fn with_interval(period: &str, value: &str, lower: &str, upper: &str) -> Reading {
    Reading {
        lower: Figure::parse(lower),
        upper: Figure::parse(upper),
        ..reading("R", period, value)
    }
}

fn figure_of(text: &str) -> Option<Figure> {
    Figure::parse(text)
}

fn judged(more: serde_json::Value, readings: &[(&str, &str)]) -> Assessment {
    assess(&indicator(more), "the North East", &series(readings), &[])
}

/// From 31 December 2020 to 31 December 2024 are 1,461 days; to the end of 2022, 730; to the end
/// of 2023, 1,095.
#[test]
fn a_straight_line_is_walked_by_days() {
    // 50 + 20 × 730 ÷ 1461 = 59.99315537…
    let on = judged(json!({}), &[("2020", "50"), ("2022", "60")]);
    assert_eq!(on.verdict, Verdict::OnTrack);
    assert_eq!(on.expected, figure_of("59.99315537"));
    assert_eq!(on.distance, figure_of("0.00684463"));
    assert_eq!(
        on.arithmetic,
        [
            "Baseline, as set: 50 in 2020.",
            "Target: 70 by 2024.",
            "From 31 December 2020 to 31 December 2024 are 1,461 days; to 31 December 2022, 730 days.",
            "Expected in 2022: 50 + (70 − 50) × 730 ÷ 1461 = 59.9932.",
            "Actual: 60 in 2022.",
            "Up is good: 60 − 59.9932 = 0.0068, at or ahead of what was expected.",
            "Verdict: on track.",
        ]
    );
    assert_eq!(
        judged(json!({}), &[("2022", "59.99")]).verdict,
        Verdict::OffTrack
    );
    let early = judged(json!({}), &[("2022", "70")]);
    assert_eq!((early.verdict, early.early), (Verdict::Met, true));
    let late = judged(json!({}), &[("2025", "71")]);
    assert_eq!((late.verdict, late.early), (Verdict::Met, false));
    let missed = judged(json!({}), &[("2026", "69.9")]);
    assert_eq!(missed.verdict, Verdict::OffTrack);
    assert_eq!(
        missed.expected,
        figure_of("70"),
        "the whole way, and no further"
    );
}

#[test]
fn down_is_good_where_the_record_says_so() {
    let down = json!({
        "direction": "down",
        "baseline": { "period": "2020", "value": "20" },
        "target": { "period": "2024", "value": "10" },
    });
    // 20 − 10 × 1095 ÷ 1461 = 12.505…
    for (value, verdict) in [
        ("12.5", Verdict::OnTrack),
        ("12.6", Verdict::OffTrack),
        ("10", Verdict::Met),
    ] {
        assert_eq!(
            judged(down.clone(), &[("2023", value)]).verdict,
            verdict,
            "{value}"
        );
    }
    // Without a direction, the target shows the way, and the arithmetic says so.
    let mut unsaid = down.clone();
    unsaid["direction"] = json!(null);
    let found = judged(unsaid, &[("2023", "12.5")]);
    assert_eq!(found.verdict, Verdict::OnTrack);
    assert!(found.arithmetic[1].contains("so down is good"));
}

#[test]
fn what_cannot_be_judged_has_its_reason() {
    for (more, readings, reason) in [
        (
            json!({}),
            &[][..],
            "No figure is published for the North East.",
        ),
        (
            json!({ "baseline": null }),
            &[("2022", "60")],
            "The indicator has no baseline.",
        ),
        (
            json!({ "target": null }),
            &[("2022", "60")],
            "The indicator has no target.",
        ),
        (
            json!({ "target": { "period": "2024" } }),
            &[("2022", "60")],
            "The target has no value.",
        ),
        (
            json!({ "baseline": { "period": "2020" } }),
            &[("2022", "60")],
            "Neither the record nor the series has a value for the baseline, 2020.",
        ),
        (
            json!({}),
            &[("2019", "60")],
            "The latest figure is from before the baseline.",
        ),
        (
            json!({ "breaks": [{ "period": "2021", "note": "A new survey" }] }),
            &[("2020", "50"), ("2022", "60")],
            "The series breaks at 2021: A new survey. The baseline, 2020, does not compare with \
             2022.",
        ),
    ] {
        let found = judged(more, readings);
        assert_eq!(found.verdict, Verdict::NotEnoughData);
        assert_eq!(found.reason.as_deref(), Some(reason));
    }
}

#[test]
fn a_break_is_never_bridged() {
    let breaks = json!({ "breaks": [{ "period": "2022", "note": "A new survey." }] });
    let found = judged(
        breaks.clone(),
        &[("2020", "50"), ("2021", "55"), ("2022", "60")],
    );
    assert_eq!(found.since_baseline, None);
    assert_eq!(found.since_last, None);
    // Beyond the break, years compare again; before it, the baseline still serves.
    let after = judged(breaks.clone(), &[("2022", "60"), ("2023", "61")]);
    assert_eq!(after.since_last.unwrap().by, figure_of("1").unwrap());
    let before = judged(breaks, &[("2020", "50"), ("2021", "56")]);
    assert_eq!(before.verdict, Verdict::OnTrack);
}

#[test]
fn a_baseline_without_value_is_the_series_own() {
    let found = judged(
        json!({ "baseline": { "period": "2020" } }),
        &[("2020", "50"), ("2022", "60")],
    );
    assert_eq!(found.verdict, Verdict::OnTrack);
    assert_eq!(
        found.arithmetic[0],
        "The record gives no value for the baseline. The series has 50 for 2020."
    );
}

#[test]
fn steps_hold_until_the_next() {
    let steps = json!({
        "baseline": null,
        "target": null,
        "trajectory": { "kind": "steps", "steps": [
            { "period": "2021", "value": "40" },
            { "period": "2023", "value": "60" },
        ] },
    });
    for (period, value, verdict, expected) in [
        ("2021", "40", Verdict::OnTrack, "40"),
        ("2022", "39", Verdict::OffTrack, "40"),
        ("2022", "60", Verdict::Met, "40"),
        ("2023", "59", Verdict::OffTrack, "60"),
        ("2024", "59", Verdict::OffTrack, "60"),
    ] {
        let found = judged(steps.clone(), &[(period, value)]);
        assert_eq!(found.verdict, verdict, "{period} {value}");
        assert_eq!(found.expected, figure_of(expected));
    }
    let too_soon = judged(steps, &[("2020", "39")]);
    assert_eq!(too_soon.verdict, Verdict::NotEnoughData);
}

#[test]
fn a_share_of_a_gap_follows_the_comparator() {
    let half = json!({
        "target": { "period": "2024" },
        "trajectory": { "kind": "share-of-gap", "comparator": "england", "share": "50" },
        "comparators": [{ "slug": "england", "title": "England", "areas": ["E92"] }],
    });
    let england = series(&[("2020", "60"), ("2022", "64")]);
    let slug = Slug::parse("england").unwrap();
    let beside = [Beside {
        slug: &slug,
        title: "England",
        series: &england,
    }];
    // The gap was 10. By the end of 2022 it may be 10 × (1 − 0.5 × 730 ÷ 1461) = 7.5017;
    // so 64 − 7.5017 = 56.4983 is expected. Met once no more than 5 are left: at 59.
    for (value, verdict) in [
        ("56.49", Verdict::OffTrack),
        ("56.5", Verdict::OnTrack),
        ("59", Verdict::Met),
    ] {
        let own = series(&[("2020", "50"), ("2022", value)]);
        let found = assess(&indicator(half.clone()), "the North East", &own, &beside);
        assert_eq!(found.verdict, verdict, "{value}: {:?}", found.arithmetic);
        assert_eq!(plain(found.expected.unwrap().0, 4), "56.4983");
        assert_eq!(found.target.unwrap().value, figure_of("59").unwrap());
        assert_eq!(found.gaps[0].at_baseline, figure_of("10"));
    }
    let own = series(&[("2020", "50"), ("2022", "53.5")]);
    let found = assess(&indicator(half.clone()), "the North East", &own, &beside);
    assert_eq!(found.gaps[0].now, figure_of("10.5"));
    assert_eq!(found.gaps[0].widened_by(), figure_of("0.5"));
    // No gap, nothing to close.
    let own = series(&[("2020", "61"), ("2022", "62")]);
    let ahead = indicator(json!({
        "baseline": { "period": "2020", "value": "61" },
        "target": half["target"], "trajectory": half["trajectory"],
        "comparators": half["comparators"],
    }));
    let found = assess(&ahead, "the North East", &own, &beside);
    assert_eq!(
        found.reason.as_deref(),
        Some("There was no gap to England to close at the baseline.")
    );
    // Without figures of the comparator, no verdict.
    let alone = assess(&indicator(half), "the North East", &own, &[]);
    assert_eq!(alone.verdict, Verdict::NotEnoughData);
}

#[test]
fn a_change_is_real_where_intervals_do_not_touch() {
    for (first, second, reality) in [
        (("48", "52"), ("53", "57"), Reality::Real),
        (("48", "53"), ("53", "57"), Reality::NotReal),
        (("", ""), ("53", "57"), Reality::Unknown),
        (("52", "48"), ("53", "57"), Reality::Unknown),
    ] {
        let own = Series::new(vec![
            with_interval("2020", "50", first.0, first.1),
            with_interval("2021", "55", second.0, second.1),
        ])
        .unwrap();
        let found = assess(&indicator(json!({})), "the North East", &own, &[]);
        assert_eq!(found.since_last.unwrap().reality, reality);
        assert_eq!(found.since_baseline.unwrap().reality, reality);
    }
}

#[test]
fn the_finding_is_one_sentence_of_the_figures() {
    let title = |title: &str| json!({ "title": title, "target": null });
    let months = &[("2024-01", "78.5"), ("2025-01", "84.2")];
    let long = "Share of all homes and firms of every kind and size that could have got a gigabit \
                connection if they had asked for it then";
    for (more, readings, sentence) in [
        (
            title("Gigabit broadband"),
            &months[..],
            "Gigabit broadband in the North East stood at 84.2% in January 2025, up 5.7 points in a year.",
        ),
        (
            json!({}),
            &[("2020", "50"), ("2022", "60")],
            "Gigabit broadband in the North East stood at 60% in 2022, up 10 points in 2 years: on track.",
        ),
        (
            json!({ "unit": "jobs", "target": null }),
            &[("2021 Q1", "62500"), ("2021 Q2", "62000")],
            "Gigabit broadband in the North East stood at 62,000 jobs in April to June 2021, down 500 \
             jobs since January to March 2021.",
        ),
        (
            title("Pay"),
            &[("2024", "5.0")],
            "Pay in the North East stood at 5.0% in 2024.",
        ),
        (
            title(long),
            &months[..],
            "The figure in the North East stood at 84.2% in January 2025.",
        ),
    ] {
        let found = judged(more, readings);
        assert_eq!(found.finding.as_deref(), Some(sentence));
    }
    let made = judged(
        title("Pay"),
        &[("2023", "0.00412345"), ("2024", "57.12345678")],
    );
    assert_eq!(
        made.finding.as_deref(),
        Some("Pay in the North East stood at 57.12% in 2024, up 57.12 points in a year."),
        "digits that nobody published do not crowd a heading"
    );
    let own = Series::new(vec![
        with_interval("2020", "50", "45", "55"),
        with_interval("2021", "51", "46", "56"),
    ])
    .unwrap();
    let found = assess(&indicator(json!({})), "the North East", &own, &[]);
    assert_eq!(
        found.finding.as_deref(),
        Some(
            "Gigabit broadband in the North East stood at 51% in 2021, with no real change in a year: \
             off track."
        )
    );
}

#[test]
fn figures_of_any_size_are_judged_or_refused_but_never_fall() {
    let huge = "99999999999999999999";
    let vast = json!({
        "baseline": { "period": "2020", "value": format!("-{huge}") },
        "target": { "period": "2024", "value": huge },
    });
    let found = judged(vast, &[("2020", huge), ("2022", &format!("-{huge}"))]);
    assert_ne!(found.verdict, Verdict::Met);
}

proptest! {
    /// A better figure never gets a worse verdict, and the result survives JSON.
    #[test]
    fn better_is_never_worse(a in -500_i64..500, b in -500_i64..500, up in any::<bool>()) {
        let rank = |value: i64| {
            let (from, to) = if up { ("-100", "100") } else { ("100", "-100") };
            let found = judged(
                json!({
                    "direction": if up { "up" } else { "down" },
                    "baseline": { "period": "2020", "value": from },
                    "target": { "period": "2024", "value": to },
                }),
                &[("2022", &value.to_string())],
            );
            let text = serde_json::to_string(&found).unwrap();
            assert_eq!(serde_json::from_str::<Assessment>(&text).unwrap(), found);
            assert!(found.finding.unwrap().split_whitespace().count() <= 25);
            match found.verdict {
                Verdict::OffTrack => 0,
                Verdict::OnTrack => 1,
                Verdict::Met => 2,
                Verdict::NotEnoughData => panic!("{:?}", found.reason),
            }
        };
        let (better, worse) = if up { (a.max(b), a.min(b)) } else { (a.min(b), a.max(b)) };
        prop_assert!(rank(better) >= rank(worse));
    }
}
