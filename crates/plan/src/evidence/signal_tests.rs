//! Rules that fire, and signals that last no longer than their condition.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::evidence::{
    assess::{Beside, assess},
    series::{Reading, Series, tests::reading},
};

fn indicator() -> Indicator {
    serde_json::from_value(json!({
        "title": "Gigabit broadband", "meaning": "Premises that could get it.", "unit": "%",
        "direction": "up",
        "baseline": { "period": "2020", "value": "50" },
        "target": { "period": "2024", "value": "70" },
        "comparators": [{ "slug": "england", "title": "England", "areas": ["E92"] }],
    }))
    .unwrap()
}

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn with_interval(period: &str, value: &str, lower: &str, upper: &str) -> Reading {
    Reading {
        lower: Figure::parse(lower),
        upper: Figure::parse(upper),
        ..reading("R", period, value)
    }
}

fn fired(rules: &SignalRules, own: Vec<Reading>, revisions: &[Revision]) -> Vec<Raised> {
    let (indicator, gigabit, england) = (indicator(), slug("gigabit"), slug("england"));
    let theirs = Series::new(vec![
        reading("E92", "2020", "60"),
        reading("E92", "2022", "66"),
    ]);
    let theirs = theirs.unwrap();
    let beside = [Beside {
        slug: &england,
        title: "England",
        series: &theirs,
    }];
    let own = Series::new(own).unwrap();
    let assessment = assess(&indicator, "the North East", &own, &beside);
    let look = Look {
        slug: &gigabit,
        indicator: &indicator,
        area: "R",
        area_name: "the North East",
        assessment: &assessment,
        revisions,
        lineage: &["sha256:1".to_owned()],
    };
    fire(rules, look)
}

fn told(signals: &[Raised]) -> Vec<(&str, &str)> {
    let each = signals
        .iter()
        .map(|one| (one.key.as_str(), one.sentence.as_str()));
    each.collect()
}

#[test]
fn each_rule_fires_with_its_sentence() {
    let rules = SignalRules::default();
    // The gap was 10 and is 14; 59.99 was expected.
    let own = vec![
        with_interval("2020", "50", "49", "51"),
        with_interval("2022", "52", "51.5", "52.5"),
    ];
    let revised = Revision {
        area: "R".into(),
        breakdown: None,
        period: Period::parse("2019").unwrap(),
        old: Figure::parse("48"),
        new: Figure::parse("45"),
        beyond: Some(true),
    };
    assert_eq!(
        told(&fired(&rules, own.clone(), &[revised])),
        [
            (
                "off-trajectory/gigabit/R/",
                "Gigabit broadband in the North East is off track: 52% in 2022, where 59.99% was \
                 expected."
            ),
            (
                "gap-widening/gigabit/R/england",
                "The gap in Gigabit broadband between the North East and England has widened by 4 \
                 points since the baseline."
            ),
            (
                "real-change/gigabit/R/up-2022-01-01-2022-12-31",
                "Gigabit broadband in the North East went up by 2 points from 2020 to 2022: more \
                 than chance."
            ),
            (
                "revision/gigabit/R/2019-01-01-2019-12-31",
                "Gigabit broadband in the North East in 2019 was revised from 48% to 45%, beyond \
                 the interval published before."
            ),
        ]
    );
    let early = fired(&rules, vec![reading("R", "2022", "71")], &[]);
    assert_eq!(
        told(&early),
        [(
            "met-early/gigabit/R/",
            "Gigabit broadband in the North East has met its target for 2024 early: 71% in 2022."
        )]
    );
    let off: SignalRules = serde_json::from_value(json!({
        "off_trajectory": false, "gap_widening": null, "met_early": false, "real_change": false,
        "revision": false, "overdue_days": null,
    }))
    .unwrap();
    assert_eq!(fired(&off, own, &[]), []);
}

#[test]
fn a_gap_within_the_allowed_share_is_quiet() {
    // The gap was 10 and is 11: exactly a tenth more. At 11.1 it is more than a tenth.
    let rules = SignalRules::default();
    let keys = |value| -> Vec<_> {
        let signals = fired(&rules, vec![reading("R", "2022", value)], &[]);
        signals.into_iter().map(|one| one.rule).collect()
    };
    assert_eq!(keys("55"), [Rule::OffTrajectory]);
    assert_eq!(keys("54.9"), [Rule::OffTrajectory, Rule::GapWidening]);
}

#[test]
fn a_source_is_overdue_after_the_days_allowed() {
    let due = PartialDate::parse("2025-03").unwrap();
    let source = slug("ofcom-coverage");
    let on = |day: &str| {
        let rules = SignalRules::default();
        let source = (&source, "Ofcom coverage");
        overdue(
            &rules,
            &slug("gigabit"),
            source,
            due,
            day.parse().unwrap(),
            &[],
        )
    };
    assert_eq!(on("2025-04-30"), None, "30 days after 31 March");
    let raised = on("2025-05-01").unwrap();
    assert_eq!(
        raised.sentence,
        "“Ofcom coverage” was due by March 2025 and has not arrived."
    );
    assert_eq!(on("2025-06-01").unwrap().key, raised.key);
}

#[test]
fn a_condition_is_one_signal_until_it_ends() {
    let rules = SignalRules::default();
    let today: Date = jiff::civil::date(2025, 3, 1);
    let first = fired(&rules, vec![reading("R", "2022", "56")], &[]);
    let none = BTreeSet::new();
    let raised = settle(&[], &first, &none, today);
    assert_eq!((raised.new.len(), raised.closed.len()), (1, 0));
    // A year on it still holds: the same signal, with the new sentence and the first period.
    let later = fired(&rules, vec![reading("R", "2023", "57")], &[]);
    let goes_on = settle(&raised.new, &later, &none, today);
    assert_eq!((goes_on.new.len(), goes_on.going_on.len()), (0, 1));
    assert_eq!(goes_on.going_on[0].since.as_str(), "2022");
    assert!(goes_on.going_on[0].sentence.contains("57% in 2023"));
    // Figures that could not be made close nothing.
    let unread = BTreeSet::from([slug("gigabit")]);
    let kept = settle(&goes_on.going_on, &[], &unread, today);
    assert_eq!(kept.going_on, goes_on.going_on);
    let closed = settle(&kept.going_on, &[], &none, today);
    assert_eq!(
        closed.closed[0].reason,
        "Closed on 1 March 2025. It is no longer behind its trajectory."
    );
}

proptest! {
    /// Every signal that fires is new or goes on; every open one goes on or closes; the same turn
    /// again raises and closes nothing.
    #[test]
    fn nothing_is_lost_or_raised_twice(
        open in proptest::collection::btree_set(0_u8..20, 0..12),
        firing in proptest::collection::vec(0_u8..20, 0..20),
    ) {
        let signal = |number: u8| Raised {
            rule: Rule::RealChange,
            indicator: slug("gigabit"),
            area: None,
            sentence: String::new(),
            since: Period::parse("2022").unwrap(),
            key: format!("{number:02}"),
            lineage: Vec::new(),
        };
        let today = jiff::civil::date(2025, 3, 1);
        let none = BTreeSet::new();
        let before: Vec<_> = open.iter().copied().map(signal).collect();
        let now: Vec<_> = firing.iter().copied().map(signal).collect();
        let turn = settle(&before, &now, &none, today);
        let distinct: BTreeSet<_> = firing.into_iter().collect();
        prop_assert_eq!(turn.new.len() + turn.going_on.len(), distinct.len());
        prop_assert_eq!(turn.going_on.len() + turn.closed.len(), open.len());
        let still: Vec<_> = turn.new.into_iter().chain(turn.going_on).collect();
        let again = settle(&still, &now, &none, today);
        prop_assert_eq!((again.new.len(), again.closed.len()), (0, 0));
    }
}
