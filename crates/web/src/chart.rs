//! Charts of an indicator, drawn as SVG on the server. The table beneath each carries everything.

use std::fmt::Write as _;

use dfg_plan::{
    Figure, PartialDate,
    record::{Indicator, Observation},
    spell_date,
};
use jiff::civil::Date;
use rust_decimal::prelude::ToPrimitive;

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

/// The observations of an indicator's main measure that have a value, oldest first.
pub(crate) fn main_series<'a>(
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

/// The chart of an indicator, or nothing where no observation has a value.
///
/// Three or more points make a line over time; fewer make a bar against the target.
pub(crate) fn indicator_chart(
    id: &str,
    class: &str,
    indicator: &Indicator,
    observations: &[&Observation],
) -> Option<String> {
    let series = main_series(indicator, observations);
    let last = series.last()?;
    let value = last.value?;
    let target = indicator
        .target
        .as_ref()
        .and_then(|target| Some((target.period, target.value?)));
    let mut finding = format!(
        "{}: {} in {}",
        indicator.title,
        with_unit(value, &indicator.unit),
        spell_date(last.period)
    );
    if let Some((period, target)) = target {
        let _ = write!(
            finding,
            ", target {} by {}",
            with_unit(target, &indicator.unit),
            spell_date(period)
        );
    }
    let frame = Frame {
        id,
        class,
        finding: &finding,
    };
    Some(if series.len() >= 3 {
        line_chart(&frame, indicator, &series, target)
    } else {
        bar_chart(
            &frame,
            value,
            target.map(|(_, target)| target),
            &indicator.unit,
        )
    })
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

const LEFT: f64 = 40.0;
const RIGHT: f64 = 600.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 290.0;

fn days(date: Date) -> f64 {
    f64::from(date.year()) * 365.25 + f64::from(date.day_of_year())
}

fn number(figure: Figure) -> f64 {
    figure.0.to_f64().unwrap_or_default()
}

fn line_chart(
    frame: &Frame<'_>,
    indicator: &Indicator,
    series: &[&Observation],
    target: Option<(PartialDate, Figure)>,
) -> String {
    let baseline = indicator
        .baseline
        .as_ref()
        .and_then(|base| Some((base.period, base.value?)));
    let mut points: Vec<(f64, f64)> = baseline
        .iter()
        .map(|(period, value)| (days(period.first()), number(*value)))
        .collect();
    points.extend(
        series
            .iter()
            .filter_map(|o| Some((days(o.period.last()), number(o.value?)))),
    );
    let goal = target.map(|(period, value)| (days(period.last()), number(value)));
    let all = || points.iter().chain(goal.iter());
    let (first, last) = bounds(all().map(|(when, _)| *when));
    let (mut low, mut high) = bounds(all().map(|(_, value)| *value));
    low = low.min(0.0);
    high = high.max(0.0);
    let span = (high - low).max(f64::EPSILON);
    let x = |when: f64| LEFT + (when - first) / (last - first).max(1.0) * (RIGHT - LEFT);
    let y = |value: f64| BOTTOM - (value - low) / span * (BOTTOM - TOP);

    let mut svg = frame.open(330);
    for step in 1..4 {
        let value = low + span * f64::from(step) / 4.0;
        let _ = write!(
            svg,
            "<path class=\"grid\" d=\"M{LEFT} {y:.0}H{RIGHT}\"/>",
            y = y(value)
        );
    }
    let _ = write!(
        svg,
        "<path class=\"axis\" d=\"M{LEFT} {zero:.0}H{RIGHT}\"/>",
        zero = y(0.0)
    );
    let drawn_target = target.zip(goal).zip(points.first());
    if let Some((((_, target), (when, value)), (start, from))) = drawn_target {
        let _ = write!(
            svg,
            "<path class=\"path\" d=\"M{:.0} {:.0}L{:.0} {:.0}\"/>\
             <path class=\"target\" d=\"M{LEFT} {ty:.0}H{RIGHT}\"/>\
             <text class=\"end\" x=\"{RIGHT}\" y=\"{above:.0}\">Target {target}</text>",
            x(*start),
            y(*from),
            x(when),
            y(value),
            ty = y(value),
            above = y(value) - 14.0,
        );
    }
    let path: Vec<String> = points
        .iter()
        .map(|(when, value)| format!("{:.0} {:.0}", x(*when), y(*value)))
        .collect();
    let _ = write!(svg, "<path class=\"line\" d=\"M{}\"/>", path.join("L"));
    for (index, (when, value)) in points.iter().enumerate() {
        let last = if index + 1 == points.len() {
            " dot--last"
        } else {
            ""
        };
        let _ = write!(
            svg,
            "<circle class=\"dot{last}\" cx=\"{:.0}\" cy=\"{:.0}\" r=\"5\"/>",
            x(*when),
            y(*value)
        );
    }
    if let (Some((when, height)), Some(value)) =
        (points.last(), series.last().and_then(|o| o.value))
    {
        let _ = write!(
            svg,
            "<text class=\"value\" x=\"{:.0}\" y=\"{:.0}\">{value}</text>",
            (x(*when) + 10.0).min(RIGHT + 10.0),
            y(*height) + 6.0
        );
    }
    let years = [first, last].map(|when| (when / 365.25).floor());
    let _ = write!(
        svg,
        "<text class=\"tick\" x=\"{LEFT}\" y=\"320\">{:.0}</text>\
         <text class=\"tick end\" x=\"{RIGHT}\" y=\"320\">{:.0}</text></svg>",
        years[0], years[1]
    );
    svg
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
