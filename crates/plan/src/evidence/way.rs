//! The way from the baseline to the target: what a trajectory asks for at a period.

use rust_decimal::Decimal;

use super::{
    assess::{Beside, LINE_DIGITS, Point, ahead},
    number::{figure, plain, share},
    period::Period,
    series::Reading,
};
use crate::{
    date::spell_day,
    record::{Direction, Indicator},
};

pub(super) const TOO_LARGE: &str = "The figures are too large to reckon with.";

/// Where the way leads, and where it should be at the latest period.
pub(super) type Way = (Option<Point>, Option<Decimal>);

/// Days gone and days in all between the baseline and the target; the days gone stop at the target.
fn days(
    from: &Point,
    target: &Period,
    latest: &Reading,
    lines: &mut Vec<String>,
) -> Result<(Decimal, Decimal), String> {
    let between = |a: jiff::civil::Date, b: jiff::civil::Date| {
        Decimal::from(a.duration_until(b).as_hours() / 24)
    };
    let (start, end) = (from.period.last(), target.last());
    let whole = between(start, end);
    if whole <= Decimal::ZERO {
        return Err("The target lies no later than the baseline.".into());
    }
    let gone = between(start, latest.period.last());
    lines.push(format!(
        "From {} to {} are {} days; to {}, {} days.",
        spell_day(start),
        spell_day(end),
        plain(whole, 0),
        spell_day(latest.period.last()),
        plain(gone, 0)
    ));
    if gone > whole {
        lines.push("The target's date has passed, so the whole way is expected.".into());
    }
    Ok((gone.min(whole), whole))
}

pub(super) fn straight(
    indicator: &Indicator,
    from: Option<&Point>,
    latest: &Reading,
    lines: &mut Vec<String>,
) -> Result<Way, String> {
    let from = from.ok_or("The indicator has no baseline.")?;
    let target = indicator
        .target
        .as_ref()
        .ok_or("The indicator has no target.")?;
    let value = target.value.ok_or("The target has no value.")?;
    let period = Period::from(target.period);
    lines.push(format!("Target: {value} by {}.", period.words()));
    let (gone, whole) = days(from, &period, latest, lines)?;
    let expected = value
        .0
        .checked_sub(from.value.0)
        .and_then(|way| share(way, gone, whole))
        .and_then(|gained| from.value.0.checked_add(gained))
        .ok_or(TOO_LARGE)?;
    lines.push(format!(
        "Expected {}: {} + ({} − {}) × {gone} ÷ {whole} = {}.",
        latest.period.in_words(),
        from.value,
        value,
        from.value,
        plain(expected, LINE_DIGITS)
    ));
    Ok((Some(Point { period, value }), Some(expected)))
}

pub(super) fn steps(
    indicator: &Indicator,
    latest: &Reading,
    lines: &mut Vec<String>,
) -> Result<Way, String> {
    let steps = indicator
        .trajectory
        .as_ref()
        .map_or(&[][..], |one| one.steps.as_slice());
    let last = steps.last().ok_or("The trajectory has no steps.")?;
    let target = match &indicator.target {
        Some(target) => Point {
            period: target.period.into(),
            value: target.value.unwrap_or(last.value),
        },
        None => Point {
            period: last.period.into(),
            value: last.value,
        },
    };
    lines.push(format!(
        "Target: {} by {}.",
        target.value,
        target.period.words()
    ));
    let due = if target.period.last() <= latest.period.last() {
        Some((target.period.clone(), target.value))
    } else {
        steps
            .iter()
            .rfind(|step| step.period.last() <= latest.period.last())
            .map(|step| (step.period.into(), step.value))
    };
    if let Some((period, value)) = &due {
        lines.push(format!(
            "Expected {}: {value}, the step set for {}.",
            latest.period.in_words(),
            period.words()
        ));
    }
    Ok((Some(target), due.map(|(_, value)| value.0)))
}

pub(super) fn share_of_gap(
    indicator: &Indicator,
    good: Direction,
    from: Option<&Point>,
    latest: &Reading,
    beside: &[Beside<'_>],
    lines: &mut Vec<String>,
) -> Result<Way, String> {
    let from = from.ok_or("The indicator has no baseline.")?;
    let trajectory = indicator.trajectory.as_ref();
    let closing = trajectory
        .and_then(|one| one.share)
        .ok_or("The trajectory does not say how much of the gap is to close.")?
        .0;
    let slug = trajectory.and_then(|one| one.comparator.as_ref());
    let comparator = beside
        .iter()
        .find(|one| Some(one.slug) == slug)
        .ok_or("There are no figures for the comparator.")?;
    let period = Period::from(
        indicator
            .target
            .as_ref()
            .ok_or("The indicator has no target.")?
            .period,
    );
    let theirs = |at: &Period| {
        let value = comparator
            .series
            .within(at)
            .and_then(|reading| reading.value);
        value.ok_or_else(|| format!("{} has no figure for {}.", comparator.title, at.words()))
    };
    let (then, now) = (theirs(&from.period)?.0, theirs(&latest.period)?.0);
    let began = ahead(good, from.value.0, then).ok_or(TOO_LARGE)?;
    let number = |value| plain(value, LINE_DIGITS);
    let (a, b) = match good {
        Direction::Up => (then, from.value.0),
        Direction::Down => (from.value.0, then),
    };
    lines.push(format!(
        "Gap to {} {}: {} − {} = {}.",
        comparator.title,
        from.period.in_words(),
        number(a),
        number(b),
        number(began)
    ));
    if began <= Decimal::ZERO {
        return Err(format!(
            "There was no gap to {} to close at the baseline.",
            comparator.title
        ));
    }
    lines.push(format!(
        "Target: {}% of the gap to close by {}.",
        number(closing),
        period.words()
    ));
    let (gone, whole) = days(from, &period, latest, lines)?;
    let hundred = Decimal::ONE_HUNDRED;
    // A gap of which a part is left: the gap at first × (1 − part closed).
    let left_after = |gone: Decimal| {
        let of = hundred.checked_mul(whole)?;
        share(began, of.checked_sub(closing.checked_mul(gone)?)?, of)
    };
    let at_distance = |gap: Decimal| match good {
        Direction::Up => now.checked_sub(gap),
        Direction::Down => now.checked_add(gap),
    };
    let left = left_after(gone).ok_or(TOO_LARGE)?;
    let expected = at_distance(left).ok_or(TOO_LARGE)?;
    let value = left_after(whole).and_then(at_distance).ok_or(TOO_LARGE)?;
    lines.push(format!(
        "Gap that may be left by {}: {} × (1 − {} ÷ 100 × {gone} ÷ {whole}) = {}.",
        latest.period.words(),
        number(began),
        number(closing),
        number(left)
    ));
    let sign = match good {
        Direction::Up => "−",
        Direction::Down => "+",
    };
    lines.push(format!(
        "Expected {}: {} {sign} {} = {}.",
        latest.period.in_words(),
        number(now),
        number(left),
        number(expected)
    ));
    let value = figure(value);
    Ok((Some(Point { period, value }), Some(expected)))
}
