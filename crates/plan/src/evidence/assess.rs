//! An indicator against its trajectory: where it should be by now, where it is, and what moved.
//!
//! Each assessment carries its arithmetic, line by line, so that a person can redo it by hand.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    finding,
    number::{figure, plain},
    period::Period,
    series::{Reading, Series},
    way::{TOO_LARGE, share_of_gap, steps, straight},
};
use crate::{
    amount::Figure,
    record::{Direction, Indicator, TrajectoryKind},
    slug::Slug,
};

/// Digits after the point in the lines of arithmetic.
pub(super) const LINE_DIGITS: u32 = 4;

/// How an indicator stands against its trajectory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The target is reached.
    Met,
    /// At or beyond what the trajectory asks for by now.
    OnTrack,
    /// Short of what the trajectory asks for by now.
    OffTrack,
    /// Nothing can be said; the reason stands beside it.
    NotEnoughData,
}

impl Verdict {
    /// As people say it: `on track`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::OnTrack => "on track",
            Self::OffTrack => "off track",
            Self::NotEnoughData => "not enough data",
        }
    }
}

/// Whether a change is more than chance, by the published intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reality {
    /// The two intervals do not touch.
    Real,
    /// The two intervals overlap or touch.
    NotReal,
    /// At least one of the two has no published interval.
    Unknown,
}

impl Reality {
    /// By two readings' intervals.
    pub fn between(a: &Reading, b: &Reading) -> Self {
        match (a.interval(), b.interval()) {
            (Some(a), Some(b)) if a.1 < b.0 || b.1 < a.0 => Self::Real,
            (Some(_), Some(_)) => Self::NotReal,
            _ => Self::Unknown,
        }
    }

    /// As people say it: `no real change`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Real => "real change",
            Self::NotReal => "no real change",
            Self::Unknown => "no interval is published, so the change may be chance",
        }
    }
}

/// A change from an earlier period to the latest one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The earlier period.
    pub from: Period,
    /// The latest value less the earlier one, in the indicator's unit (points of a percentage).
    pub by: Figure,
    /// Whether it is more than chance.
    pub reality: Reality,
}

/// A comparator with its figures, as [`super::take_together`] makes them.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    /// Its slug in the indicator.
    pub slug: &'a Slug,
    /// What people read.
    pub title: &'a str,
    /// Its figures.
    pub series: &'a Series,
}

/// How far the area is behind a comparator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The comparator.
    pub comparator: Slug,
    /// What people read.
    pub title: String,
    /// At the latest period: how far the comparator is ahead in the good direction; negative where
    /// the area is ahead. None where the comparator has no figure for that period.
    pub now: Option<Figure>,
    /// The same at the baseline.
    pub at_baseline: Option<Figure>,
}

impl Gap {
    /// By how much the gap has grown since the baseline; negative where it has narrowed.
    pub fn widened_by(&self) -> Option<Figure> {
        let grown = self.now?.0.checked_sub(self.at_baseline?.0)?;
        Some(figure(grown))
    }
}

/// A value at a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// The period.
    pub period: Period,
    /// The value.
    pub value: Figure,
}

/// How an area stands on an indicator. All values are in the indicator's unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// The verdict.
    pub verdict: Verdict,
    /// Why there is not enough data.
    pub reason: Option<String>,
    /// The latest reading that has a value.
    pub latest: Option<Reading>,
    /// Where it began.
    pub baseline: Option<Point>,
    /// Where it should go, and by when; for a share of a gap, counted at the latest period.
    pub target: Option<Point>,
    /// What the trajectory asks for at the latest period.
    pub expected: Option<Figure>,
    /// Actual less expected in the good direction: negative is behind.
    pub distance: Option<Figure>,
    /// Whether the target was reached before its date.
    pub early: bool,
    /// Since the baseline; none across a break in the series.
    pub since_baseline: Option<Change>,
    /// Since the period before; none across a break in the series.
    pub since_last: Option<Change>,
    /// Against each comparator, in the indicator's order.
    pub gaps: Vec<Gap>,
    /// Lines with which a person can redo the verdict by hand.
    pub arithmetic: Vec<String>,
    /// The finding in one plain sentence of at most 25 words; none without a figure.
    pub finding: Option<String>,
}

/// Assesses one area's series of an indicator against its trajectory.
///
/// `area` is the area's name in a sentence: `the North East`. A series is never bridged over one of
/// the indicator's breaks.
pub fn assess(
    indicator: &Indicator,
    area: &str,
    series: &Series,
    beside: &[Beside<'_>],
) -> Assessment {
    let mut lines = Vec::new();
    let latest = series.latest();
    let mut found = Assessment {
        verdict: Verdict::NotEnoughData,
        reason: None,
        latest: latest.map(|(reading, _)| reading.clone()),
        baseline: None,
        target: None,
        expected: None,
        distance: None,
        early: false,
        since_baseline: None,
        since_last: None,
        gaps: Vec::new(),
        arithmetic: Vec::new(),
        finding: None,
    };
    let Some((latest, _)) = latest else {
        found.reason = Some(format!("No figure is published for {area}."));
        return found;
    };
    let baseline = baseline(indicator, series, &mut lines);
    found.since_last = since_last(indicator, series, latest);
    if let Ok((point, own)) = &baseline {
        found.baseline = Some(point.clone());
        if point.period < latest.period && crossed(indicator, &point.period, latest).is_none() {
            found.since_baseline = change(&point.period, point.value, *own, latest);
        }
    }
    let good = good(
        indicator,
        baseline.as_ref().ok().map(|(point, _)| point),
        &mut lines,
    );
    if let Some(good) = good {
        let from = found.baseline.as_ref();
        found.gaps = beside
            .iter()
            .map(|one| gap(indicator, one, good, from, latest))
            .collect();
    }
    match judge(
        indicator,
        good,
        baseline.map(|(point, _)| point),
        latest,
        beside,
        &mut lines,
    ) {
        Ok(judged) => {
            found.verdict = judged.verdict;
            found.target = judged.target;
            found.expected = judged.expected.map(figure);
            found.distance = judged.distance.map(figure);
            found.early = judged.early;
        }
        Err(reason) => {
            lines.push(reason.clone());
            found.reason = Some(reason);
        }
    }
    found.arithmetic = lines;
    found.finding = finding::sentence(indicator, area, &found);
    found
}

/// Which way is good: as the indicator says, or else from the baseline to the target.
fn good(indicator: &Indicator, from: Option<&Point>, lines: &mut Vec<String>) -> Option<Direction> {
    if indicator.direction.is_some() {
        return indicator.direction;
    }
    let (from, to) = (from?.value, indicator.target.as_ref()?.value?);
    let good = match from.cmp(&to) {
        std::cmp::Ordering::Less => Direction::Up,
        std::cmp::Ordering::Greater => Direction::Down,
        std::cmp::Ordering::Equal => return None,
    };
    lines.push(format!(
        "The record does not say which way is good. The target lies beyond the baseline, so {}.",
        good.words()
    ));
    Some(good)
}

/// The value where the indicator began, and the series' own reading there.
fn baseline<'a>(
    indicator: &Indicator,
    series: &'a Series,
    lines: &mut Vec<String>,
) -> Result<(Point, Option<&'a Reading>), String> {
    let record = indicator
        .baseline
        .as_ref()
        .ok_or("The indicator has no baseline.")?;
    let period = Period::from(record.period);
    let own = series.within(&period);
    if let Some(value) = record.value {
        lines.push(format!("Baseline, as set: {value} {}.", period.in_words()));
        // The interval of the series only speaks of the baseline where the two are the same figure.
        let own = own.filter(|reading| reading.value.is_some_and(|own| own.0 == value.0));
        return Ok((Point { period, value }, own));
    }
    match own.and_then(|reading| Some((reading, reading.value?))) {
        Some((reading, value)) => {
            let period = reading.period.clone();
            lines.push(format!(
                "The record gives no value for the baseline. The series has {value} for {}.",
                period.words()
            ));
            Ok((Point { period, value }, Some(reading)))
        }
        None => Err(format!(
            "Neither the record nor the series has a value for the baseline, {}.",
            period.words()
        )),
    }
}

/// The break that lies between a period and the latest reading.
fn crossed<'a>(
    indicator: &'a Indicator,
    from: &Period,
    latest: &Reading,
) -> Option<&'a crate::record::SeriesBreak> {
    indicator.breaks.iter().rfind(|one| {
        let first = one.period.first();
        from.first() < first && latest.period.last() >= first
    })
}

fn change(
    from: &Period,
    value: Figure,
    reading: Option<&Reading>,
    latest: &Reading,
) -> Option<Change> {
    Some(Change {
        from: from.clone(),
        by: figure(latest.value?.0.checked_sub(value.0)?),
        reality: reading.map_or(Reality::Unknown, |from| Reality::between(from, latest)),
    })
}

/// The change from the reading before the latest one, where no break lies between.
fn since_last(indicator: &Indicator, series: &Series, latest: &Reading) -> Option<Change> {
    let (before, value) = series.valued().rev().nth(1)?;
    crossed(indicator, &before.period, latest)
        .is_none()
        .then(|| change(&before.period, value, Some(before), latest))
        .flatten()
}

/// `b − a` where up is good, `a − b` where down is: how far `b` is ahead.
pub(super) fn ahead(good: Direction, a: Decimal, b: Decimal) -> Option<Decimal> {
    match good {
        Direction::Up => b.checked_sub(a),
        Direction::Down => a.checked_sub(b),
    }
}

fn gap(
    indicator: &Indicator,
    beside: &Beside<'_>,
    good: Direction,
    from: Option<&Point>,
    latest: &Reading,
) -> Gap {
    let at = |period: &Period, value: Figure| {
        let theirs = beside.series.within(period)?.value?;
        ahead(good, value.0, theirs.0).map(figure)
    };
    Gap {
        comparator: beside.slug.clone(),
        title: beside.title.to_owned(),
        now: latest.value.and_then(|value| at(&latest.period, value)),
        at_baseline: from
            .filter(|point| crossed(indicator, &point.period, latest).is_none())
            .and_then(|point| at(&point.period, point.value)),
    }
}

struct Judged {
    verdict: Verdict,
    target: Option<Point>,
    expected: Option<Decimal>,
    distance: Option<Decimal>,
    early: bool,
}

fn judge(
    indicator: &Indicator,
    good: Option<Direction>,
    baseline: Result<Point, String>,
    latest: &Reading,
    beside: &[Beside<'_>],
    lines: &mut Vec<String>,
) -> Result<Judged, String> {
    let kind = indicator
        .trajectory
        .as_ref()
        .map_or(TrajectoryKind::StraightLine, |one| one.kind);
    let from = match (&baseline, kind) {
        (Ok(point), _) => Some(point),
        (Err(_), TrajectoryKind::Steps) => None,
        (Err(reason), _) => return Err(reason.clone()),
    };
    if let Some(point) = from {
        if let Some(found) = crossed(indicator, &point.period, latest) {
            return Err(format!(
                "The series breaks at {}: {} The baseline, {}, does not compare with {}.",
                crate::date::spell_date(found.period),
                sentence_end(&found.note),
                point.period.words(),
                latest.period.words()
            ));
        }
        if latest.period.last() < point.period.last() {
            return Err("The latest figure is from before the baseline.".into());
        }
    }
    let good = good.ok_or("The indicator does not say which way is good.")?;
    let (target, expected) = match kind {
        TrajectoryKind::StraightLine => straight(indicator, from, latest, lines)?,
        TrajectoryKind::Steps => steps(indicator, latest, lines)?,
        TrajectoryKind::ShareOfGap => share_of_gap(indicator, good, from, latest, beside, lines)?,
    };
    let actual = latest.value.ok_or("The latest figure has no value.")?.0;
    let met = match &target {
        Some(point) => ahead(good, point.value.0, actual).ok_or(TOO_LARGE)? >= Decimal::ZERO,
        None => false,
    };
    let distance = match expected {
        Some(expected) => Some(ahead(good, expected, actual).ok_or(TOO_LARGE)?),
        None => None,
    };
    let number = |value| plain(value, LINE_DIGITS);
    let verdict = match distance {
        _ if met => Verdict::Met,
        Some(distance) if distance >= Decimal::ZERO => Verdict::OnTrack,
        Some(_) => Verdict::OffTrack,
        None => {
            return Err("The first step of the trajectory lies after the latest figure.".into());
        }
    };
    lines.push(format!(
        "Actual: {} {}.",
        number(actual),
        latest.period.in_words()
    ));
    if let (Some(expected), Some(distance)) = (expected, distance) {
        let (a, b) = match good {
            Direction::Up => (actual, expected),
            Direction::Down => (expected, actual),
        };
        let standing = if distance < Decimal::ZERO {
            "behind what was expected"
        } else {
            "at or ahead of what was expected"
        };
        lines.push(format!(
            "{}: {} − {} = {}, {standing}.",
            sentence_start(good.words()),
            number(a),
            number(b),
            number(distance)
        ));
    }
    if let (true, Some(point)) = (met, &target) {
        lines.push(format!(
            "{} has reached the target of {}.",
            number(actual),
            number(point.value.0)
        ));
    }
    lines.push(format!("Verdict: {}.", verdict.words()));
    let early = met
        && target
            .as_ref()
            .is_some_and(|point| latest.period.last() < point.period.last());
    Ok(Judged {
        verdict,
        target,
        expected,
        distance,
        early,
    })
}

fn sentence_end(text: &str) -> String {
    let text = text.trim();
    match text.chars().last() {
        Some('.' | '!' | '?') => text.to_owned(),
        _ => format!("{text}."),
    }
}

fn sentence_start(text: &str) -> String {
    let mut rest = text.chars();
    match rest.next() {
        Some(first) => first.to_uppercase().chain(rest).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
#[path = "assess_tests.rs"]
mod tests;
