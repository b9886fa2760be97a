//! Areas taken together, by what was counted and out of how many; never by the mean of rates.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    number::{figure, share},
    period::Period,
    register::Register,
    series::{Reading, Series, SeriesSet},
};
use crate::record::Comparator;

/// What a whole number of the numerator stands for in the value, tried in turn: a plain ratio, per
/// cent, per thousand and so on.
const SCALES: [i64; 6] = [1, 100, 1_000, 10_000, 100_000, 1_000_000];

/// Areas taken together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aggregate {
    /// A reading for each period that could be made; without intervals, since none is published.
    pub series: Series,
    /// The periods that could not be made, and why.
    pub unmade: Vec<Unmade>,
    /// How it was made, in a sentence.
    pub made: String,
}

/// A period for which there is no figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmade {
    /// The period.
    pub period: Period,
    /// Why: `South Tyneside has no denominator for 2023.`
    pub reason: String,
}

/// What is known of areas beside their figures.
#[derive(Clone, Copy, Debug)]
pub struct Gazetteer<'a> {
    /// What people call an area, by its code.
    pub names: &'a BTreeMap<String, String>,
    /// Which areas were there together.
    pub register: &'a Register,
}

/// The figures of a comparator: its areas less those it goes without. Areas that were never there
/// together are not added up.
///
/// `known` gives what people call an area's code; a code without name stands for itself. A comparator
/// of a single area keeps that area's figures as published.
pub fn take_together(
    set: &SeriesSet,
    comparator: &Comparator,
    breakdown: Option<&str>,
    known: Gazetteer<'_>,
) -> Aggregate {
    join(
        set,
        comparator.slug.as_str(),
        (&comparator.areas, &comparator.without),
        breakdown,
        known,
    )
}

/// The figures of a whole, from those of its parts. `area` is the code that the result carries.
pub fn from_parts(
    set: &SeriesSet,
    area: &str,
    parts: &[String],
    breakdown: Option<&str>,
    known: Gazetteer<'_>,
) -> Aggregate {
    join(set, area, (parts, &[]), breakdown, known)
}

fn join(
    set: &SeriesSet,
    area: &str,
    (plus, minus): (&[String], &[String]),
    breakdown: Option<&str>,
    known: Gazetteer<'_>,
) -> Aggregate {
    let name = |code: &str| {
        let names = known.names.get(code);
        names.map_or(code, String::as_str).to_owned()
    };
    let list = |codes: &[String]| {
        let named: Vec<_> = codes.iter().map(|code| name(code)).collect();
        match named.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => named.concat(),
        }
    };
    if let ([only], []) = (plus, minus) {
        let readings = set.get(only, breakdown).map(Series::readings);
        let readings = readings.unwrap_or_default().iter().cloned().map(|mut one| {
            area.clone_into(&mut one.area);
            one
        });
        return Aggregate {
            // In order and unlike already: they come from a series.
            series: Series::new(readings.collect()).unwrap_or_else(|_| Series::none()),
            unmade: Vec::new(),
            made: format!("As published for {}.", name(only)),
        };
    }
    // An area named twice counts once.
    let once = |codes: &'_ [String], sign: Decimal| -> Vec<(String, Decimal)> {
        let codes: BTreeSet<_> = codes.iter().collect();
        codes.into_iter().map(|code| (code.clone(), sign)).collect()
    };
    let mut parts = once(plus, Decimal::ONE);
    parts.extend(once(minus, Decimal::NEGATIVE_ONE));
    let scale = scale(set, &parts, breakdown);
    let clash = known
        .register
        .clash(parts.iter().map(|(code, _)| code.as_str()));
    let periods: BTreeSet<_> = parts
        .iter()
        .filter_map(|(code, _)| set.get(code, breakdown))
        .flat_map(Series::readings)
        .map(|reading| reading.period.clone())
        .collect();
    let (mut readings, mut unmade) = (Vec::new(), Vec::new());
    for period in periods {
        let possible = clash.clone().map_or(Ok(()), Err);
        let summed = possible
            .and_then(|()| sum(set, &parts, breakdown, &period, &name))
            // Nothing counted is nought, whatever it is a share of.
            .and_then(|sums| {
                let scale = if sums.0.is_zero() {
                    Decimal::ONE
                } else {
                    scale.clone()?
                };
                Ok((sums, scale))
            })
            .and_then(|((numerator, denominator), scale)| {
                let value = share(numerator, scale, denominator)
                    .ok_or_else(|| format!("The sums for {} are too large.", period.words()))?;
                Ok((numerator, denominator, value))
            });
        match summed {
            Ok((numerator, denominator, value)) => readings.push(Reading {
                value: Some(figure(value)),
                numerator: Some(figure(numerator)),
                denominator: Some(figure(denominator)),
                ..Reading::empty(area, period, breakdown)
            }),
            Err(reason) => unmade.push(Unmade { period, reason }),
        }
    }
    let mut made = format!(
        "Made from the numerators and denominators of {}",
        list(plus)
    );
    if !minus.is_empty() {
        made = format!("{made}, less those of {}", list(minus));
    }
    Aggregate {
        series: Series::new(readings).unwrap_or_else(|_| Series::none()),
        unmade,
        made: format!("{made}. No mean of rates was taken."),
    }
}

/// The sums of a period over all parts.
fn sum(
    set: &SeriesSet,
    parts: &[(String, Decimal)],
    breakdown: Option<&str>,
    period: &Period,
    name: &dyn Fn(&str) -> String,
) -> Result<(Decimal, Decimal), String> {
    let (mut numerators, mut denominators) = (Decimal::ZERO, Decimal::ZERO);
    for (code, sign) in parts {
        let lacks = |what: &str| format!("{} has no {what} for {}.", name(code), period.words());
        let reading = set
            .get(code, breakdown)
            .and_then(|series| series.at(period))
            .ok_or_else(|| lacks("figure"))?;
        let numerator = reading.numerator.ok_or_else(|| lacks("numerator"))?.0;
        let denominator = reading.denominator.ok_or_else(|| lacks("denominator"))?.0;
        let add = |sum: Decimal, part: Decimal| {
            sum.checked_add(part * sign)
                .ok_or_else(|| format!("The sums for {} are too large.", period.words()))
        };
        numerators = add(numerators, numerator)?;
        denominators = add(denominators, denominator)?;
    }
    if denominators <= Decimal::ZERO {
        return Err(format!(
            "The denominators for {} do not add up to more than 0.",
            period.words()
        ));
    }
    Ok((numerators, denominators))
}

/// What the parts' values are of their numerators over denominators: 100 for per cent.
///
/// A scale fits a reading when it gives the value within one unit of its last digit or 2%, since
/// numerators are often rounded; it must fit all readings, and be the only one that does.
fn scale(
    set: &SeriesSet,
    parts: &[(String, Decimal)],
    breakdown: Option<&str>,
) -> Result<Decimal, String> {
    let mut fitting: Vec<_> = SCALES.map(Decimal::from).to_vec();
    let readings = parts
        .iter()
        .filter_map(|(code, _)| set.get(code, breakdown))
        .flat_map(Series::valued);
    let mut seen = false;
    for (reading, value) in readings {
        let (Some(numerator), Some(denominator)) = (reading.numerator, reading.denominator) else {
            continue;
        };
        if value.0.is_zero() || numerator.0.is_zero() || denominator.0.is_zero() {
            continue;
        }
        seen = true;
        let last_digit = Decimal::new(1, value.0.scale());
        let slack = last_digit.max(value.0.abs() * Decimal::new(2, 2));
        fitting.retain(|scale| {
            share(numerator.0, *scale, denominator.0)
                .and_then(|made| made.checked_sub(value.0))
                .is_some_and(|off| off.abs() <= slack)
        });
    }
    match fitting[..] {
        [only] => Ok(only),
        [] => Err("The published values are not their numerators over their denominators.".into()),
        _ if !seen => Err("No part has a published value that tells what it is a share of.".into()),
        _ => Err("The published values are too small to tell what they are a share of.".into()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::{amount::Figure, evidence::series::tests::reading, slug::Slug};

    fn counted(area: &str, period: &str, value: &str, numerator: &str, out_of: &str) -> Reading {
        Reading {
            numerator: Figure::parse(numerator),
            denominator: Figure::parse(out_of),
            ..reading(area, period, value)
        }
    }

    fn codes(codes: &[&str]) -> Vec<String> {
        codes.iter().map(|code| (*code).to_owned()).collect()
    }

    fn known() -> Gazetteer<'static> {
        static NAMES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
            [
                ("E1", "Gateshead"),
                ("E2", "South Tyneside"),
                ("E3", "Durham"),
            ]
            .map(|(code, name)| (code.to_owned(), name.to_owned()))
            .into()
        });
        static REGISTER: LazyLock<Register> = LazyLock::new(crate::evidence::register::tests::real);
        Gazetteer {
            names: &NAMES,
            register: &REGISTER,
        }
    }

    #[test]
    fn a_whole_is_made_from_what_was_counted_and_not_from_rates() {
        // 90 of 100 and 10 of 900: 100 of 1,000 is 10%. The mean of 90% and 1.1% would be 45.6%.
        let set = SeriesSet::new(vec![
            counted("E1", "2023", "90.0", "90", "100"),
            counted("E2", "2023", "1.1", "10", "900"),
        ])
        .unwrap();
        let whole = from_parts(&set, "R", &codes(&["E1", "E2"]), None, known());
        let one = &whole.series.readings()[0];
        assert_eq!((one.area.as_str(), one.value), ("R", Figure::parse("10")));
        assert_eq!(one.denominator, Figure::parse("1000"));
        assert_eq!(
            whole.made,
            "Made from the numerators and denominators of Gateshead and South Tyneside. No mean of \
             rates was taken."
        );
    }

    #[test]
    fn areas_that_were_never_there_together_are_not_added_up() {
        let counted = |code, value| counted(code, "2013", value, value, "100");
        let set = SeriesSet::new(vec![
            counted("E08000020", "50"),
            counted("E08000037", "51"),
            counted("E08000024", "60"),
            counted("E07000026", "70"),
            counted("E06000064", "71"),
        ])
        .unwrap();
        let add = |parts: &[&str]| {
            let whole = from_parts(&set, "R", &codes(parts), None, known());
            let value = whole.series.latest().map(|(_, value)| value.to_string());
            value.ok_or_else(|| whole.unmade[0].reason.clone())
        };
        assert_eq!(add(&["E08000037", "E08000024"]), Ok("55.5".to_owned()));
        assert_eq!(
            add(&["E08000037", "E08000024", "E08000020"]),
            Err(
                "Gateshead (E08000037) took the place of Gateshead (E08000020): their figures are \
                 not added up."
                    .to_owned()
            )
        );
        // Neither followed the other, and yet they were never there together.
        assert_eq!(
            add(&["E07000026", "E06000064"]),
            Err(
                "Allerdale (E07000026) ended before Westmorland and Furness (E06000064) began: \
                 their figures are not added up."
                    .to_owned()
            )
        );
    }

    #[test]
    fn an_area_named_twice_counts_once() {
        let set = SeriesSet::new(vec![
            counted("E1", "2023", "90.0", "90", "100"),
            counted("E2", "2023", "1.1", "10", "900"),
        ])
        .unwrap();
        let twice = from_parts(&set, "R", &codes(&["E1", "E2", "E1"]), None, known());
        assert_eq!(twice.series.readings()[0].value, Figure::parse("10"));
    }

    #[test]
    fn what_is_missing_gives_no_figure_but_the_reason() {
        let set = SeriesSet::new(vec![
            counted("E1", "2023", "90", "90", "100"),
            counted("E2", "2023", "1.1", "10", ""),
            counted("E1", "2024", "91", "91", "100"),
        ])
        .unwrap();
        let whole = from_parts(&set, "R", &codes(&["E1", "E2"]), None, known());
        assert_eq!(whole.series.readings(), []);
        let reasons: Vec<_> = whole.unmade.iter().map(|one| one.reason.as_str()).collect();
        assert_eq!(
            reasons,
            [
                "South Tyneside has no denominator for 2023.",
                "South Tyneside has no figure for 2024."
            ]
        );
    }

    #[test]
    fn a_comparator_goes_without_what_it_says() {
        // (500 − 200) of (1,000 − 250): 40%.
        let set = SeriesSet::new(vec![
            counted("ENG", "2023", "50", "500", "1000"),
            counted("LON", "2023", "80", "200", "250"),
        ])
        .unwrap();
        let mut comparator = Comparator {
            slug: Slug::parse("england-without-london").unwrap(),
            title: "England without London".into(),
            areas: codes(&["ENG"]),
            without: codes(&["LON"]),
            one_by_one: false,
        };
        let made = take_together(&set, &comparator, None, known());
        assert_eq!(
            made.series.latest().unwrap().1,
            Figure::parse("40").unwrap()
        );
        assert!(made.made.contains("less those of LON"));
        // All of it taken off leaves nobody.
        comparator.without = codes(&["ENG"]);
        let none = take_together(&set, &comparator, None, known());
        assert_eq!(
            none.unmade[0].reason,
            "The denominators for 2023 do not add up to more than 0."
        );
        // One area stays as published, without numerators.
        comparator.without.clear();
        let one = take_together(&set, &comparator, None, known());
        assert_eq!(one.series.latest().unwrap().1, Figure::parse("50").unwrap());
        assert_eq!(one.made, "As published for ENG.");
    }

    #[test]
    fn values_that_do_not_follow_from_their_counts_are_not_taken_together() {
        for (first, second, reason) in [
            (
                ("50", "3", "10"),
                ("50", "5", "10"),
                "are not their numerators",
            ),
            (
                ("", "3", "10"),
                ("", "5", "10"),
                "No part has a published value",
            ),
        ] {
            let set = SeriesSet::new(vec![
                counted("E1", "2023", first.0, first.1, first.2),
                counted("E2", "2023", second.0, second.1, second.2),
            ])
            .unwrap();
            let whole = from_parts(&set, "R", &codes(&["E1", "E2"]), None, known());
            assert_eq!(whole.series.readings(), []);
            assert!(
                whole.unmade[0].reason.contains(reason),
                "{:?}",
                whole.unmade
            );
        }
    }

    #[test]
    fn sums_that_no_number_holds_are_a_reason_and_not_a_fall() {
        let huge = "99999999999999999999";
        let rows = (0..4).map(|one| counted(&format!("E{one}"), "2023", "100", huge, "1"));
        let set = SeriesSet::new(rows.collect()).unwrap();
        let parts = codes(&["E0", "E1", "E2", "E3"]);
        let whole = from_parts(&set, "R", &parts, None, known());
        assert_eq!(whole.unmade.len(), 1);
    }
}
