//! Charts of an indicator, drawn as SVG on the server. The table beneath each carries everything.

use std::fmt::Write as _;

use dfg_plan::{
    Figure, PartialDate,
    record::{Indicator, Observation},
    spell_date,
};
use jiff::civil::Date;
use rust_decimal::{
    Decimal,
    prelude::{FromPrimitive, ToPrimitive},
};

/// Text made safe for SVG and HTML.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The observations of an indicator's main measure that have a value: oldest period first, and of
/// one period the first published.
pub(crate) fn comparable<'a>(
    indicator: &Indicator,
    observations: &[&'a Observation],
) -> Vec<&'a Observation> {
    let mut series: Vec<&Observation> = observations
        .iter()
        .copied()
        .filter(|observation| observation.value.is_some())
        .filter(|observation| {
            observation
                .unit
                .as_ref()
                .is_none_or(|unit| *unit == indicator.unit)
        })
        .filter(|observation| observation.area.is_none())
        .filter(|observation| match &indicator.measure {
            Some(measure) => observation
                .measure
                .as_ref()
                .is_none_or(|one| one == measure),
            None => true,
        })
        .collect();
    series.sort_by_key(|observation| (observation.period, observation.published));
    series
}

/// The series that is drawn: of the comparable figures for one period, the last published.
pub(crate) fn main_series<'a>(
    indicator: &Indicator,
    observations: &[&'a Observation],
) -> Vec<&'a Observation> {
    let series = comparable(indicator, observations);
    // Of several figures for one period the last published is drawn; the table shows them all.
    let mut latest: Vec<&Observation> = Vec::new();
    for observation in series {
        if latest
            .last()
            .is_some_and(|last| last.period == observation.period)
        {
            latest.pop();
        }
        latest.push(observation);
    }
    latest
}

/// A value with its unit: `121%`, `82,900 jobs`.
pub(crate) fn with_unit(value: Figure, unit: &str) -> String {
    match unit.strip_prefix('%') {
        Some(rest) => format!("{value}%{rest}"),
        None => format!("{value} {unit}"),
    }
}

/// How much a chart shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Size {
    /// The line, its end and its target, to be read beside others.
    Small,
    /// All of it: a scale, years, intervals and figures that were revised later.
    Large,
}

/// The chart of an indicator, or nothing where no observation has a value.
///
/// Three or more points make a line over time; fewer make a bar against the target.
pub(crate) fn indicator_chart(
    id: &str,
    class: &str,
    indicator: &Indicator,
    observations: &[&Observation],
) -> Option<String> {
    draw(id, class, indicator, observations, Size::Small)
}

/// The chart of an indicator with its scale, its intervals and the figures that were revised.
pub(crate) fn large_chart(
    id: &str,
    class: &str,
    indicator: &Indicator,
    observations: &[&Observation],
) -> Option<String> {
    draw(id, class, indicator, observations, Size::Large)
}

fn draw(
    id: &str,
    class: &str,
    indicator: &Indicator,
    observations: &[&Observation],
    size: Size,
) -> Option<String> {
    let series = main_series(indicator, observations);
    let last = series.last()?;
    let value = last.value?;
    let target = indicator
        .target
        .as_ref()
        .and_then(|target| Some((target.period, target.value?)));
    let finding = spell_course(indicator, &series)?;
    let frame = Frame {
        id,
        class,
        finding: &finding,
    };
    let enough = if size == Size::Large { 2 } else { 3 };
    Some(if series.len() >= enough {
        let superseded = match size {
            Size::Small => Vec::new(),
            Size::Large => superseded(indicator, observations),
        };
        Line::new(indicator, &series, superseded, target).draw(&frame, size)
    } else {
        bar_chart(
            &frame,
            value,
            target.map(|(_, target)| target),
            &indicator.unit,
        )
    })
}

/// The course of a series in words: its last value, its first, and the target.
pub(crate) fn spell_course(indicator: &Indicator, series: &[&Observation]) -> Option<String> {
    let last = series.last()?;
    let unit = &indicator.unit;
    let mut words = format!(
        "{}: {} in {}",
        indicator.title,
        with_unit(last.value?, unit),
        spell_date(last.period)
    );
    if let Some((first, value)) = series.first().and_then(|first| Some((first, first.value?)))
        && series.len() > 1
    {
        let _ = write!(
            words,
            ", after {} in {}",
            with_unit(value, unit),
            spell_date(first.period)
        );
    }
    if let Some((period, value)) = indicator
        .target
        .as_ref()
        .and_then(|target| Some((target.period, target.value?)))
    {
        let _ = write!(
            words,
            "; target {} by {}",
            with_unit(value, unit),
            spell_date(period)
        );
    }
    Some(words)
}

/// The figures of the main measure that another figure for the same period has replaced.
pub(crate) fn superseded<'a>(
    indicator: &Indicator,
    observations: &[&'a Observation],
) -> Vec<&'a Observation> {
    let kept = main_series(indicator, observations);
    let all = comparable(indicator, observations);
    all.into_iter()
        .filter(|one| !kept.iter().any(|other| std::ptr::eq(*one, *other)))
        .collect()
}

struct Frame<'a> {
    id: &'a str,
    class: &'a str,
    finding: &'a str,
}

impl Frame<'_> {
    fn open(&self, height: u32) -> String {
        format!(
            "<svg class=\"chart {}\" viewBox=\"0 0 720 {height}\" role=\"img\" \
             aria-labelledby=\"{id}-t\"><title id=\"{id}-t\">{}</title>",
            self.class,
            escape(self.finding),
            id = self.id,
        )
    }
}

const LEFT: f64 = 10.0;
const RIGHT: f64 = 600.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 290.0;

/// A date as days, near enough to place it.
pub(crate) fn days(date: Date) -> f64 {
    f64::from(date.year()) * 365.25 + f64::from(date.day_of_year() - 1)
}

/// A figure as a number to be drawn.
pub(crate) fn number(figure: Figure) -> f64 {
    figure.0.to_f64().unwrap_or_default()
}

/// A line over time: points in data units and the scale that places them.
struct Line {
    /// The baseline, where its value is known.
    baseline: Option<(f64, f64)>,
    points: Vec<(f64, f64)>,
    superseded: Vec<(f64, f64)>,
    /// When, and the ends of the confidence interval.
    intervals: Vec<(f64, f64, f64)>,
    target: Option<(f64, f64, Figure)>,
    last: Option<Figure>,
    time: (f64, f64),
    values: (f64, f64),
}

impl Line {
    fn new(
        indicator: &Indicator,
        series: &[&Observation],
        superseded: Vec<&Observation>,
        target: Option<(PartialDate, Figure)>,
    ) -> Self {
        let place = |o: &&Observation| Some((days(o.period.last()), number(o.value?)));
        let baseline = indicator
            .baseline
            .as_ref()
            .and_then(|base| Some((days(base.period.first()), number(base.value?))));
        let points: Vec<(f64, f64)> = series.iter().filter_map(place).collect();
        let superseded: Vec<(f64, f64)> = superseded.iter().filter_map(place).collect();
        let intervals: Vec<(f64, f64, f64)> = series
            .iter()
            .filter_map(|o| Some((days(o.period.last()), number(o.lower?), number(o.upper?))))
            .collect();
        let target = target.map(|(period, value)| (days(period.last()), number(value), value));
        let goal = target.map(|(when, value, _)| (when, value));
        let ends = intervals
            .iter()
            .flat_map(|(when, lower, upper)| [(*when, *lower), (*when, *upper)]);
        let all: Vec<(f64, f64)> = baseline
            .iter()
            .chain(&points)
            .chain(&superseded)
            .chain(&goal)
            .copied()
            .chain(ends)
            .collect();
        let time = bounds(all.iter().map(|(when, _)| *when));
        let (low, high) = bounds(all.iter().map(|(_, value)| *value));
        Self {
            baseline,
            points,
            superseded,
            intervals,
            target,
            last: series.last().and_then(|o| o.value),
            time,
            values: (low.min(0.0), high.max(0.0)),
        }
    }

    fn x(&self, when: f64) -> f64 {
        let (first, last) = self.time;
        LEFT + (when - first) / (last - first).max(1.0) * (RIGHT - LEFT)
    }

    fn y(&self, value: f64) -> f64 {
        let (low, high) = self.values;
        BOTTOM - (value - low) / (high - low).max(f64::EPSILON) * (BOTTOM - TOP)
    }

    fn draw(&self, frame: &Frame<'_>, size: Size) -> String {
        let mut svg = frame.open(330);
        self.draw_grid(&mut svg, size);
        self.draw_target(&mut svg);
        if self.intervals.len() > 1 {
            let upper = self
                .intervals
                .iter()
                .map(|(when, _, upper)| (*when, *upper));
            let lower = self.intervals.iter().rev();
            let lower = lower.map(|(when, lower, _)| (*when, *lower));
            let band: Vec<(f64, f64)> = upper.chain(lower).collect();
            let _ = write!(svg, "<path class=\"band\" d=\"M{}Z\"/>", self.path(&band));
        }
        let line: Vec<(f64, f64)> = self.baseline.iter().chain(&self.points).copied().collect();
        let _ = write!(svg, "<path class=\"line\" d=\"M{}\"/>", self.path(&line));
        let plain = line.split_last().map_or(&[][..], |(_, before)| before);
        for (class, points) in [
            ("dot dot--provisional", self.superseded.as_slice()),
            ("dot", plain),
            ("dot dot--last", &line[plain.len()..]),
        ] {
            for (when, value) in points {
                let _ = write!(
                    svg,
                    "<circle class=\"{class}\" cx=\"{:.0}\" cy=\"{:.0}\" r=\"5\"/>",
                    self.x(*when),
                    self.y(*value)
                );
            }
        }
        if let (Some((when, height)), Some(value)) = (self.points.last(), self.last) {
            let _ = write!(
                svg,
                "<text class=\"value\" x=\"{:.0}\" y=\"{:.0}\">{value}</text>",
                self.x(*when) + 12.0,
                self.y(*height) + 6.0
            );
        }
        self.draw_years(&mut svg, size);
        svg.push_str("</svg>");
        svg
    }

    fn path(&self, points: &[(f64, f64)]) -> String {
        let places: Vec<String> = points
            .iter()
            .map(|(when, value)| format!("{:.0} {:.0}", self.x(*when), self.y(*value)))
            .collect();
        places.join("L")
    }

    fn draw_grid(&self, svg: &mut String, size: Size) {
        let (low, high) = self.values;
        let step = nice_step((high - low) / 4.0);
        let taken: Vec<f64> = self
            .points
            .last()
            .filter(|(when, _)| self.x(*when) > RIGHT - 90.0)
            .map(|(_, value)| self.y(*value))
            .into_iter()
            .collect();
        let mut tick = (low / step).ceil() * step;
        while tick <= high {
            let y = self.y(tick);
            let class = if tick.abs() < step / 2.0 {
                "axis"
            } else {
                "grid"
            };
            let _ = write!(
                svg,
                "<path class=\"{class}\" d=\"M{LEFT} {y:.0}H{RIGHT}\"/>"
            );
            if size == Size::Large && taken.iter().all(|other| (other - y).abs() > 22.0) {
                let words =
                    Decimal::from_f64(tick).map(|tick| Figure(tick.round_dp(2).normalize()));
                let words = words.map(|tick| tick.to_string()).unwrap_or_default();
                let _ = write!(
                    svg,
                    "<text class=\"tick minor\" x=\"612\" y=\"{:.0}\">{words}</text>",
                    y + 6.0
                );
            }
            tick += step;
        }
    }

    /// The target, and the way to it from the baseline where that has a value.
    fn draw_target(&self, svg: &mut String) {
        let Some((when, value, target)) = self.target else {
            return;
        };
        let y = self.y(value);
        if let Some((start, from)) = self.baseline {
            let _ = write!(
                svg,
                "<path class=\"path\" d=\"M{:.0} {:.0}L{:.0} {y:.0}\"/>",
                self.x(start),
                self.y(from),
                self.x(when),
            );
        }
        let crossed = self.points.iter().any(|(when, value)| {
            self.x(*when) > RIGHT - 160.0 && (self.y(*value) - y + 20.0).abs() < 24.0
        });
        let label = if crossed { y + 26.0 } else { y - 14.0 };
        let _ = write!(
            svg,
            "<path class=\"target\" d=\"M{LEFT} {y:.0}H{RIGHT}\"/>\
             <text class=\"end\" x=\"{RIGHT}\" y=\"{label:.0}\">Target {target}</text>",
        );
    }

    fn draw_years(&self, svg: &mut String, size: Size) {
        let (first, last) = self.time;
        let years = [first, last].map(|when| (when / 365.25).floor());
        let _ = write!(
            svg,
            "<text class=\"tick\" x=\"{LEFT}\" y=\"320\">{:.0}</text>",
            years[0]
        );
        if years[1] > years[0] {
            let _ = write!(
                svg,
                "<text class=\"tick end\" x=\"{RIGHT}\" y=\"320\">{:.0}</text>",
                years[1]
            );
        }
        if size == Size::Large {
            let mut year = years[0] + 2.0;
            while year < years[1] {
                let x = self.x(year * 365.25);
                if x > LEFT + 90.0 && x < RIGHT - 90.0 {
                    let _ = write!(
                        svg,
                        "<text class=\"tick mid minor\" x=\"{x:.0}\" y=\"320\">{year:.0}</text>"
                    );
                }
                year += 2.0;
            }
        }
    }
}

/// The next round step from a rough one: 1, 2, 2.5 or 5 times a power of ten.
pub(crate) fn nice_step(rough: f64) -> f64 {
    let rough = rough.max(1e-6);
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .find(|step| step * power >= rough - power * 1e-9);
    step.unwrap_or(10.0) * power
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

/// A bar against the target; what lies below zero is drawn to the left of it.
fn bar_chart(frame: &Frame<'_>, value: Figure, target: Option<Figure>, unit: &str) -> String {
    let short = unit.split(' ').next().unwrap_or(unit);
    let worth = number(value);
    let goal = target.map(number);
    let high = worth.max(goal.unwrap_or(worth)).max(0.0) * 1.08;
    let low = worth.min(0.0) * 1.08;
    let span = (high - low).max(f64::EPSILON);
    let x = |value: f64| (value - low) / span * 720.0;
    let (from, to) = (x(worth.min(0.0)), x(worth.max(0.0)));
    let mut svg = frame.open(150);
    let _ = write!(
        svg,
        "<rect class=\"track\" x=\"0\" y=\"50\" width=\"720\" height=\"46\"/>\
         <rect class=\"bar\" x=\"{from:.0}\" y=\"50\" width=\"{width:.0}\" height=\"46\"/>\
         <text class=\"value\" x=\"0\" y=\"34\">{}</text>",
        escape(&with_unit(value, short)),
        width = (to - from).max(3.0),
    );
    if low < 0.0 {
        let zero = x(0.0);
        let _ = write!(
            svg,
            "<path class=\"axis\" d=\"M{zero:.0} 38V108\"/>\
             <text class=\"tick mid\" x=\"{zero:.0}\" y=\"142\">0</text>"
        );
    }
    if let (Some(goal), Some(target)) = (goal, target) {
        let place = x(goal);
        let class = if place > 560.0 { "end" } else { "mid" };
        let _ = write!(
            svg,
            "<path class=\"mark-line\" d=\"M{place:.0} 38V108\"/>\
             <text class=\"{class}\" x=\"{place:.0}\" y=\"142\">Target {}</text>",
            escape(&with_unit(target, short)),
        );
    }
    svg.push_str("</svg>");
    svg
}
