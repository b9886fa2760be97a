//! Rules of an index: its indicators, groups and weights, and a way to put them together that can
//! give every area a score.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::{Faults, nearest};
use crate::{
    amount::Figure,
    evidence::composite::MOST_LEVELS,
    plan::Plan,
    record::{Aggregation, AreaLevel, Composite, CompositePart, Direction, Indicator, Scaling},
    slug::Slug,
};

/// Adds the faults of an indicator that is an index.
pub(super) fn check(plan: &Plan, slug: &Slug, index: &Composite, faults: &mut Faults<'_>) {
    let own = plan.indicators.get(slug);
    if own.is_some_and(|own| own.sql.is_some()) {
        let message = "an index is made of indicators: it has no SQL of its own";
        faults.add("sql", message);
    }
    if index.parts.is_empty() {
        faults.add("index.parts", "an index has at least one indicator");
    }
    if index
        .fewest
        .is_some_and(|fewest| fewest.0 < Decimal::ZERO || fewest.0 > Decimal::ONE_HUNDRED)
    {
        faults.add("index.fewest", "a share is from 0 to 100 per cent");
    }
    check_scale(index, faults);
    check_groups(index, faults);
    let mut seen = BTreeSet::new();
    for (place, part) in index.parts.iter().enumerate() {
        let path = format!("index.parts.{place}");
        if !seen.insert(&part.indicator) {
            let message = format!("“{}” is named twice", part.indicator);
            faults.add(format!("{path}.indicator"), message);
        }
        check_weight(&path, part.weight, faults);
        check_group(index, &path, part.group.as_ref(), faults);
        // Where there is no such indicator, that is told of every reference.
        if let Some(indicator) = plan.indicators.get(&part.indicator) {
            check_part(plan, index, part, indicator, &path, faults);
        }
    }
}

fn check_weight(path: &str, weight: Option<Figure>, faults: &mut Faults<'_>) {
    if weight.is_some_and(|weight| weight.0 <= Decimal::ZERO) {
        let path = format!("{path}.weight");
        faults.add_with_hint(path, "a weight is a number above 0", "weight = 1");
    }
}

fn check_group(index: &Composite, path: &str, group: Option<&Slug>, faults: &mut Faults<'_>) {
    let names = || index.groups.iter().map(|group| group.slug.as_str());
    let Some(group) = group.filter(|group| !names().any(|name| name == group.as_str())) else {
        return;
    };
    let message = format!("there is no group “{group}” in this index");
    let path = format!("{path}.group");
    match nearest(group.as_str(), names()) {
        Some(near) => faults.add_with_hint(path, message, format!("did you mean \"{near}\"?")),
        None => faults.add(path, message),
    }
}

fn check_groups(index: &Composite, faults: &mut Faults<'_>) {
    let above: BTreeMap<&Slug, Option<&Slug>> = index
        .groups
        .iter()
        .map(|group| (&group.slug, group.group.as_ref()))
        .collect();
    let mut names: BTreeSet<&Slug> = index.parts.iter().map(|part| &part.indicator).collect();
    for (place, group) in index.groups.iter().enumerate() {
        let path = format!("index.groups.{place}");
        if !names.insert(&group.slug) {
            let message = format!("two parts are named “{}”", group.slug);
            faults.add(format!("{path}.slug"), message);
        }
        if index.members(Some(&group.slug)) == 0 {
            let message = format!("no indicator belongs to the group “{}”", group.slug);
            faults.add(path.as_str(), message);
        }
        check_weight(&path, group.weight, faults);
        check_group(index, &path, group.group.as_ref(), faults);
        // The index itself is a level, and so are its indicators.
        let mut at = Some(&group.slug);
        let levels = (2..=MOST_LEVELS).find(|_| {
            at = at.and_then(|slug| above.get(slug).copied().flatten());
            at.is_none()
        });
        if levels.is_none_or(|levels| levels == MOST_LEVELS) {
            let message = format!("groups stand in a circle, or on more than {MOST_LEVELS} levels");
            faults.add(format!("{path}.group"), message);
        }
    }
}

/// The ends of the scale, and that a geometric mean never meets a score of 0.
fn check_scale(index: &Composite, faults: &mut Faults<'_>) {
    let from = index.from.map_or(Decimal::ZERO, |from| from.0);
    let to = index.to.map_or(Decimal::ONE_HUNDRED, |to| to.0);
    let is_min_max = index.normalisation == Scaling::MinMax;
    for (name, end) in [("from", index.from), ("to", index.to)] {
        if end.is_some() && !is_min_max {
            let message = format!("only `normalisation = \"min-max\"` has `{name}`");
            faults.add(format!("index.{name}"), message);
        }
    }
    if is_min_max && (from < Decimal::ZERO || to <= from) {
        let path = if index.from.is_some() { "from" } else { "to" };
        let message = "a scale runs from a number of at least 0 to a greater one";
        faults.add(format!("index.{path}"), message);
    }
    let may_be_zero = match index.normalisation {
        Scaling::MinMax => from <= Decimal::ZERO,
        Scaling::ZScore => true,
        Scaling::Rank => false,
        Scaling::DistanceToTarget => index.parts.iter().any(|part| part.worst.is_none()),
    };
    let geometric = index
        .aggregation
        .iter()
        .position(|rule| *rule == Aggregation::Geometric);
    if let (Some(place), true) = (geometric, may_be_zero) {
        let hint = match index.normalisation {
            Scaling::DistanceToTarget => "give each part a `worst` that no area reaches",
            _ => "normalisation = \"min-max\" and from = 1",
        };
        faults.add_with_hint(
            format!("index.aggregation.{place}"),
            "a geometric mean needs scores above 0, and here the worst area scores 0 or less",
            hint,
        );
    }
}

fn check_part(
    plan: &Plan,
    index: &Composite,
    part: &CompositePart,
    indicator: &Indicator,
    path: &str,
    faults: &mut Faults<'_>,
) {
    let slug = &part.indicator;
    let named = format!("{path}.indicator");
    if indicator.index.is_some() {
        let message = format!("“{slug}” is an index: an index is not made of another one");
        faults.add(named, message);
        return;
    }
    let Some(direction) = indicator.direction else {
        let message = format!("“{slug}” does not say which way is good");
        faults.add_with_hint(named, message, format!("add `direction` to “{slug}”"));
        return;
    };
    let is_part = |area: &Slug| {
        let area = plan.areas.get(area);
        area.is_some_and(|area| area.level != Some(AreaLevel::Region))
    };
    let mut observed = plan.observations.values();
    let has_areas = indicator.sql.is_some()
        || observed.any(|one| one.indicator == *slug && one.area.as_ref().is_some_and(is_part));
    if !has_areas {
        faults.add(
            named,
            format!("“{slug}” has no figures for single areas: it needs SQL, or observations with an `area`"),
        );
    }
    let ends = [("worst", part.worst), ("best", part.best)];
    if index.normalisation != Scaling::DistanceToTarget {
        for (name, end) in ends {
            if end.is_some() {
                let message = format!("only `normalisation = \"distance-to-target\"` has `{name}`");
                faults.add(format!("{path}.{name}"), message);
            }
        }
        return;
    }
    let target = indicator.target.as_ref().and_then(|target| target.value);
    let Some(best) = part.best.or(target) else {
        let message = format!("“{slug}” has no target with a value");
        faults.add_with_hint(path, message, "best = 100");
        return;
    };
    let is_beyond = |worst: Figure| match direction {
        Direction::Up => best > worst,
        Direction::Down => best < worst,
    };
    if part.worst.is_some_and(|worst| !is_beyond(worst)) {
        let message = format!("{best} is no better than `worst`: of “{slug}”, {direction}");
        faults.add(format!("{path}.worst"), message);
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::{Value, json};

    use crate::{
        plan::Plan,
        record::{Kind, Record},
        rule,
        slug::Slug,
    };

    /// A plan with indicators to choose from, and an index of them.
    fn plan(index: &Value) -> Plan {
        let fibre = json!({"title": "Fibre", "meaning": "m", "unit": "%", "direction": "up", "sql": "SELECT"});
        let slow = json!({"title": "Slow", "meaning": "m", "unit": "%", "direction": "down", "sql": "SELECT"});
        let jobs = json!({"title": "Jobs", "meaning": "m", "unit": "jobs", "direction": "up"});
        let hours = json!({"title": "Hours", "meaning": "m", "unit": "hours", "sql": "SELECT"});
        let other = json!({"title": "Other", "meaning": "m", "unit": "points", "index": {
            "normalisation": "rank", "parts": [{"indicator": "fibre"}],
        }});
        let whole = json!({"title": "Whole", "meaning": "m", "unit": "points", "index": index});
        let all = [
            ("fibre", fibre),
            ("slow", slow),
            ("jobs", jobs),
            ("hours", hours),
            ("other", other),
            ("whole", whole),
        ];
        let record = |(slug, value): (&str, Value)| {
            (
                Slug::parse(slug).unwrap(),
                Record::from_value(Kind::Indicator, value).unwrap(),
            )
        };
        all.into_iter().map(record).collect()
    }

    fn faults(index: &Value) -> Vec<(String, String)> {
        let faults = rule::check(&plan(index), date(2026, 11, 22)).into_iter();
        let own = faults.filter(|fault| fault.key.slug.as_str() == "whole");
        own.map(|fault| (fault.path, fault.message)).collect()
    }

    #[test]
    fn a_sound_index_has_no_fault() {
        for sound in [
            json!({"normalisation": "min-max", "parts": [{"indicator": "fibre"}, {"indicator": "slow", "weight": "0.5"}]}),
            json!({"normalisation": "min-max", "from": "1", "aggregation": ["geometric"], "parts": [{"indicator": "fibre"}]}),
            json!({"normalisation": "rank", "aggregation": ["arithmetic", "geometric"], "parts": [{"indicator": "slow"}]}),
            json!({"normalisation": "distance-to-target", "parts": [{"indicator": "slow", "worst": "100", "best": "0"}]}),
            json!({"normalisation": "z-score", "fewest": "75",
                "groups": [{"slug": "a", "title": "A"}, {"slug": "b", "title": "B", "group": "a"}],
                "parts": [{"indicator": "fibre", "group": "b"}]}),
        ] {
            assert_eq!(faults(&sound), [], "{sound}");
        }
    }

    #[test]
    fn each_fault_is_told_at_its_place() {
        let part = json!({"indicator": "fibre"});
        let groups: Vec<Value> = (0..7)
            .map(|level| match level {
                0 => json!({"slug": "g0", "title": "0"}),
                _ => json!({"slug": format!("g{level}"), "title": "n", "group": format!("g{}", level - 1)}),
            })
            .collect();
        for (index, path, message) in [
            (
                json!({"normalisation": "rank", "parts": []}),
                "index.parts",
                "at least one indicator",
            ),
            (
                json!({"normalisation": "rank", "parts": [{"indicator": "fibr"}]}),
                "index.parts.0.indicator",
                "there is no indicator “fibr”",
            ),
            (
                json!({"normalisation": "rank", "parts": [part, part]}),
                "index.parts.1.indicator",
                "named twice",
            ),
            (
                json!({"normalisation": "rank", "parts": [{"indicator": "fibre", "weight": "0"}]}),
                "index.parts.0.weight",
                "above 0",
            ),
            (
                json!({"normalisation": "rank", "groups": [{"slug": "a", "title": "A", "weight": "-1"}], "parts": [{"indicator": "fibre", "group": "a"}]}),
                "index.groups.0.weight",
                "above 0",
            ),
            (
                json!({"normalisation": "rank", "parts": [{"indicator": "jobs"}]}),
                "index.parts.0.indicator",
                "no figures for single areas",
            ),
            (
                json!({"normalisation": "rank", "parts": [{"indicator": "hours"}]}),
                "index.parts.0.indicator",
                "which way is good",
            ),
            (
                json!({"normalisation": "rank", "parts": [{"indicator": "other"}]}),
                "index.parts.0.indicator",
                "not made of another one",
            ),
            (
                json!({"normalisation": "rank", "parts": [{"indicator": "whole"}]}),
                "index.parts.0.indicator",
                "not made of another one",
            ),
            (
                json!({"normalisation": "rank", "groups": [{"slug": "acc", "title": "A"}], "parts": [part, {"indicator": "slow", "group": "acc"}, {"indicator": "hours", "group": "ac"}]}),
                "index.parts.2.group",
                "no group “ac”",
            ),
            (
                json!({"normalisation": "rank", "groups": [{"slug": "a", "title": "A"}], "parts": [part]}),
                "index.groups.0",
                "no indicator belongs to",
            ),
            (
                json!({"normalisation": "rank", "groups": [{"slug": "fibre", "title": "A"}], "parts": [{"indicator": "fibre", "group": "fibre"}]}),
                "index.groups.0.slug",
                "two parts are named",
            ),
            (
                json!({"normalisation": "rank", "groups": [{"slug": "a", "title": "A", "group": "b"}, {"slug": "b", "title": "B", "group": "a"}], "parts": [part]}),
                "index.groups.0.group",
                "circle",
            ),
            (
                json!({"normalisation": "rank", "groups": groups, "parts": [{"indicator": "fibre", "group": "g6"}]}),
                "index.groups.6.group",
                "more than 8 levels",
            ),
            (
                json!({"normalisation": "rank", "fewest": "101", "parts": [part]}),
                "index.fewest",
                "0 to 100",
            ),
            (
                json!({"normalisation": "rank", "from": "1", "parts": [part]}),
                "index.from",
                "only `normalisation",
            ),
            (
                json!({"normalisation": "min-max", "to": "0", "parts": [part]}),
                "index.to",
                "to a greater one",
            ),
            (
                json!({"normalisation": "min-max", "aggregation": ["arithmetic", "geometric"], "parts": [part]}),
                "index.aggregation.1",
                "scores above 0",
            ),
            (
                json!({"normalisation": "z-score", "aggregation": ["geometric"], "parts": [part]}),
                "index.aggregation.0",
                "scores above 0",
            ),
            (
                json!({"normalisation": "distance-to-target", "aggregation": ["geometric"], "parts": [{"indicator": "fibre", "best": "9"}]}),
                "index.aggregation.0",
                "scores above 0",
            ),
            (
                json!({"normalisation": "distance-to-target", "parts": [part]}),
                "index.parts.0",
                "no target with a value",
            ),
            (
                json!({"normalisation": "distance-to-target", "parts": [{"indicator": "slow", "worst": "0", "best": "100"}]}),
                "index.parts.0.worst",
                "no better than",
            ),
            (
                json!({"normalisation": "rank", "parts": [{"indicator": "fibre", "best": "9"}]}),
                "index.parts.0.best",
                "only `normalisation",
            ),
        ] {
            let found = faults(&index);
            let told = found
                .iter()
                .any(|(at, said)| at == path && said.contains(message));
            assert!(told, "{index}: {path}: {message} is not in {found:?}");
        }
    }

    #[test]
    fn an_index_has_no_sql() {
        let mut plan = plan(&json!({"normalisation": "rank", "parts": [{"indicator": "fibre"}]}));
        let mut whole = Record::Indicator(plan.indicators["whole"].clone());
        whole.set("sql", json!("SELECT")).unwrap();
        plan.insert(Slug::parse("whole").unwrap(), whole);
        let faults = rule::check(&plan, date(2026, 11, 22));
        assert!(faults.iter().any(|fault| fault.path == "sql"), "{faults:?}");
    }
}
