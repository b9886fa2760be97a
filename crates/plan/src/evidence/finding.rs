//! The finding of an assessment in one plain sentence, made from its figures.

use rust_decimal::Decimal;

use super::{
    assess::{Assessment, Change, Reality, Verdict},
    number::{change_in_unit, in_unit, plain},
    period::Period,
};
use crate::{amount::Figure, record::Indicator};

/// The most words that a heading may have.
const MOST_WORDS: usize = 25;

/// `Gigabit broadband in the North East stood at 84.2% in January 2025, up 5.7 points in a year: on
/// track.` What does not fit in 25 words is left out: first the time of the change, then the area, the
/// change, and at last the title.
pub(super) fn sentence(indicator: &Indicator, area: &str, found: &Assessment) -> Option<String> {
    let latest = found.latest.as_ref()?;
    let value = latest.value?;
    let digits = digits_shown(indicator, value);
    // As published, idle zeros and all, where the indicator does not say how many digits are shown.
    let shown = match indicator.decimals {
        None if value.0.scale() <= digits => value.to_string(),
        _ => plain(value.0, digits),
    };
    let value = in_unit(&shown, &indicator.unit);
    let title = indicator.title.trim().trim_end_matches('.');
    let period = latest.period.in_words();
    let verdict = match found.verdict {
        Verdict::Met if found.early => ": the target is met early",
        Verdict::Met => ": the target is met",
        Verdict::OnTrack => ": on track",
        Verdict::OffTrack => ": off track",
        Verdict::NotEnoughData => "",
    };
    let change = found.since_last.as_ref();
    let moved = |with_time: bool| {
        change.map_or(String::new(), |change| {
            moved(change, &latest.period, &indicator.unit, digits, with_time)
        })
    };
    [
        format!(
            "{title} in {area} stood at {value} {period}{}{verdict}.",
            moved(true)
        ),
        format!(
            "{title} in {area} stood at {value} {period}{}{verdict}.",
            moved(false)
        ),
        format!(
            "{title} stood at {value} {period}{}{verdict}.",
            moved(false)
        ),
        format!("{title} stood at {value} {period}{verdict}."),
        format!("The figure in {area} stood at {value} {period}{verdict}."),
        format!("The figure stood at {shown} {period}{verdict}."),
    ]
    .into_iter()
    .find(|sentence| sentence.split_whitespace().count() <= MOST_WORDS)
}

/// A value of an indicator with its unit, with the digits that the indicator shows: `84.2%`.
pub fn spell_value(indicator: &Indicator, value: Figure) -> String {
    in_unit(&spell_number(indicator, value), &indicator.unit)
}

/// A value of an indicator without its unit: `84.2`.
pub fn spell_number(indicator: &Indicator, value: Figure) -> String {
    plain(value.0, digits_shown(indicator, value))
}

/// A change of an indicator: `up 2.6 points`, `no real change`, `unchanged`.
pub fn spell_change(indicator: &Indicator, change: &Change) -> String {
    if change.reality == Reality::NotReal {
        return "no real change".to_owned();
    }
    let size = plain(change.by.0.abs(), digits_shown(indicator, change.by));
    if size == "0" {
        return "unchanged".to_owned();
    }
    let way = if change.by.0.is_sign_negative() {
        "down"
    } else {
        "up"
    };
    format!("{way} {}", change_in_unit(&size, &indicator.unit))
}

/// How many digits after the point a sentence shows at most: as the indicator says, or else two,
/// and four below 1.
pub(super) fn digits_shown(indicator: &Indicator, value: Figure) -> u32 {
    let below_one = value.0.abs() < Decimal::ONE;
    let usual = if below_one { 4 } else { 2 };
    indicator.decimals.map_or(usual, u32::from)
}

/// `, up 5.7 points in a year`.
fn moved(change: &Change, to: &Period, unit: &str, digits: u32, with_time: bool) -> String {
    let time = match to.years_after(&change.from) {
        _ if !with_time => String::new(),
        Some(1) => " in a year".to_owned(),
        Some(years) => format!(" in {years} years"),
        None => format!(" since {}", change.from.words()),
    };
    if change.reality == Reality::NotReal {
        return format!(", with no real change{time}");
    }
    let size = plain(change.by.0.abs(), digits);
    if size == "0" {
        return format!(", unchanged{time}");
    }
    let way = if change.by.0.is_sign_negative() {
        "down"
    } else {
        "up"
    };
    format!(", {way} {}{time}", change_in_unit(&size, unit))
}
