//! The chart of an indicator's evidence: the region beside its comparators over time, drawn as SVG.
//!
//! Series differ by dash as well as by colour, so that they can be told apart in greyscale and in
//! print; the legend and the table beneath carry everything in words.

use std::fmt::Write as _;

use dfg_plan::{
    Figure,
    evidence::{Assessment, Period, Series, spell_value},
    record::Indicator,
};
use jiff::civil::Date;
use rust_decimal::{Decimal, prelude::FromPrimitive as _};

pub(super) use crate::chart::number;
use crate::chart::{days, escape, nice_step};

/// Where the drawing lies on its 720 units of width.
const LEFT: f64 = 10.0;
const RIGHT: f64 = 610.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = 290.0;
/// Of a small chart, on 240 units.
const SMALL: (f64, f64, f64, f64) = (6.0, 234.0, 10.0, 84.0);

/// A series that is drawn.
pub(super) struct Drawn<'a> {
    /// What people read.
    pub title: &'a str,
    /// The class that gives its colour and dash: `s1`.
    pub class: String,
    /// Its figures.
    pub series: &'a Series,
}

/// The scale on which values stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    /// A scale that holds all values. It begins at nought where the values are not far from it,
    /// and for small differences near their least.
    pub fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        if low > high {
            return None;
        }
        let span = high - low;
        // As large as their distance from nought, or nearly: the whole is shown.
        let (low, high) = if low >= 0.0 && low <= span * 2.0 {
            (0.0, high)
        } else if high <= 0.0 && -high <= span * 2.0 {
            (low, 0.0)
        } else {
            (low, high)
        };
        let span = if (high - low).abs() < f64::EPSILON {
            high.abs().max(1.0)
        } else {
            high - low
        };
        let step = nice_step(span / 4.0);
        Some(Self {
            low: (low / step).floor() * step,
            high: (high / step).ceil() * step,
        })
    }

    /// Whether it begins at nought.
    pub fn has_zero(self) -> bool {
        self.low <= 0.0 && self.high >= 0.0
    }

    fn place(self, value: f64, top: f64, bottom: f64) -> f64 {
        bottom - (value - self.low) / (self.high - self.low).max(f64::EPSILON) * (bottom - top)
    }

    fn ticks(self) -> Vec<f64> {
        let step = nice_step((self.high - self.low) / 4.0);
        let mut ticks = Vec::new();
        let mut number = 0.0;
        while self.low + number * step <= self.high + step / 100.0 && ticks.len() < 12 {
            ticks.push(self.low + number * step);
            number += 1.0;
        }
        ticks
    }
}

/// The span of time of a chart.
#[derive(Clone, Copy)]
struct Time {
    first: f64,
    last: f64,
}

impl Time {
    fn of<'a>(periods: impl Iterator<Item = &'a Period>) -> Option<Self> {
        let (first, last) = periods.fold((f64::MAX, f64::MIN), |(first, last), period| {
            let day = days(period.last());
            (first.min(day), last.max(day))
        });
        (first <= last).then_some(Self { first, last })
    }

    fn place(self, day: f64, left: f64, right: f64) -> f64 {
        if self.last - self.first < 1.0 {
            return f64::midpoint(left, right);
        }
        left + (day - self.first) / (self.last - self.first) * (right - left)
    }
}

/// Draws the region's series beside others, with its target and the way to it. None where no
/// series has a value.
pub(super) fn draw(
    id: &str,
    heading: &str,
    indicator: &Indicator,
    series: &[Drawn<'_>],
    assessment: Option<&Assessment>,
) -> Option<String> {
    let target = assessment.and_then(|one| one.target.as_ref());
    let baseline = assessment.and_then(|one| one.baseline.as_ref());
    let values = series.iter().flat_map(|one| {
        one.series.readings().iter().flat_map(|reading| {
            let ends = reading.interval().map(|(low, high)| [low, high]);
            reading.value.into_iter().chain(ends.into_iter().flatten())
        })
    });
    let values = values.chain(target.map(|point| point.value)).map(number);
    let scale = Scale::of(values)?;
    let periods = series
        .iter()
        .flat_map(|one| one.series.valued().map(|(reading, _)| &reading.period));
    let time = Time::of(periods.chain(target.map(|point| &point.period)))?;
    let x = |day: f64| time.place(day, LEFT, RIGHT);
    let y = |value: f64| scale.place(value, TOP, BOTTOM);
    let mut svg = format!(
        "<svg class=\"chart\" viewBox=\"0 0 720 330\" role=\"img\" aria-labelledby=\"{id}-t\">\
         <title id=\"{id}-t\">{}</title>",
        escape(heading)
    );
    for tick in scale.ticks() {
        let height = y(tick);
        let class = if tick.abs() < f64::EPSILON {
            "axis"
        } else {
            "grid"
        };
        let _ = write!(
            svg,
            "<path class=\"{class}\" d=\"M{LEFT} {height:.0}H{RIGHT}\"/>\
             <text class=\"tick\" x=\"{}\" y=\"{:.0}\">{}</text>",
            RIGHT + 10.0,
            height + 6.0,
            spell_tick(tick)
        );
    }
    draw_years(&mut svg, time);
    for one in &indicator.breaks {
        let at = days(one.period.first());
        if at > time.first && at < time.last {
            let _ = write!(
                svg,
                "<path class=\"target\" d=\"M{:.0} {TOP}V{BOTTOM}\"/>",
                x(at)
            );
        }
    }
    if let (Some(from), Some(to)) = (baseline, target) {
        let _ = write!(
            svg,
            "<path class=\"path\" d=\"M{:.0} {:.0}L{:.0} {:.0}\"/>\
             <path class=\"target\" d=\"M{:.0} {:.0}h-28h56\"/>",
            x(days(from.period.last())),
            y(number(from.value)),
            x(days(to.period.last())),
            y(number(to.value)),
            x(days(to.period.last())),
            y(number(to.value)),
        );
    }
    // The first series lies on top of the others.
    for (place, one) in series.iter().enumerate().rev() {
        let lines = lines(indicator, one.series);
        if place == 0 {
            draw_band(&mut svg, &one.class, &lines, &x, &y);
        }
        for line in &lines {
            let points: Vec<String> = line
                .iter()
                .map(|point| format!("{:.1} {:.1}", x(point.day), y(point.value)))
                .collect();
            let _ = write!(
                svg,
                "<path class=\"line {}\" d=\"M{}\"/>",
                one.class,
                points.join("L")
            );
        }
        if place == 0 {
            draw_dots(&mut svg, indicator, one, &x, &y);
        }
    }
    svg.push_str("</svg>");
    Some(svg)
}

struct Point {
    day: f64,
    value: f64,
    interval: Option<(f64, f64)>,
}

/// The parts of a series that hang together: it is never bridged over a missing value or a break.
fn lines(indicator: &Indicator, series: &Series) -> Vec<Vec<Point>> {
    let mut lines: Vec<Vec<Point>> = vec![Vec::new()];
    let mut before: Option<&Period> = None;
    for reading in series.readings() {
        let breaks = indicator.breaks.iter().any(|one| {
            before.is_some_and(|before| {
                before.last() < one.period.first() && reading.period.last() >= one.period.first()
            })
        });
        if (breaks || reading.value.is_none()) && lines.last().is_some_and(|line| !line.is_empty())
        {
            lines.push(Vec::new());
        }
        if let (Some(value), Some(line)) = (reading.value, lines.last_mut()) {
            line.push(Point {
                day: days(reading.period.last()),
                value: number(value),
                interval: reading
                    .interval()
                    .map(|(low, high)| (number(low), number(high))),
            });
        }
        before = Some(&reading.period);
    }
    lines.retain(|line| !line.is_empty());
    lines
}

fn draw_band(
    svg: &mut String,
    class: &str,
    lines: &[Vec<Point>],
    x: &impl Fn(f64) -> f64,
    y: &impl Fn(f64) -> f64,
) {
    for line in lines {
        let upper = line
            .iter()
            .filter_map(|one| Some((one.day, one.interval?.1)));
        let lower = line.iter().rev();
        let lower = lower.filter_map(|one| Some((one.day, one.interval?.0)));
        let edge: Vec<String> = upper
            .chain(lower)
            .map(|(day, value)| format!("{:.1} {:.1}", x(day), y(value)))
            .collect();
        if edge.len() > 3 {
            let _ = write!(
                svg,
                "<path class=\"band {class}\" d=\"M{}Z\"/>",
                edge.join("L")
            );
        }
    }
}

fn draw_dots(
    svg: &mut String,
    indicator: &Indicator,
    one: &Drawn<'_>,
    x: &impl Fn(f64) -> f64,
    y: &impl Fn(f64) -> f64,
) {
    let Some((latest, last)) = one.series.latest() else {
        return;
    };
    let many = one.series.valued().count() > 24;
    for (reading, value) in one.series.valued() {
        let is_last = reading.period == latest.period;
        if many && !is_last {
            continue;
        }
        let class = if is_last { "dot dot--last" } else { "dot" };
        let _ = write!(
            svg,
            "<circle class=\"{class} {}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"5\"><title>{}: {}</title></circle>",
            one.class,
            x(days(reading.period.last())),
            y(number(value)),
            escape(&reading.period.words()),
            escape(&spell_value(indicator, value)),
        );
    }
    let (across, height) = (x(days(latest.period.last())), y(number(last)));
    // Above its dot, off a line that rises to it, or below where the top is near; it ends where the
    // drawing does.
    let before = one.series.valued().rev().nth(1);
    let rises = before.is_some_and(|(_, value)| y(number(value)) > height);
    let room = if rises { TOP + 3.0 } else { TOP + 26.0 };
    let label = if height < room {
        height + 28.0
    } else {
        height - 13.0
    };
    let class = if across > RIGHT - 60.0 {
        "value end"
    } else {
        "value mid"
    };
    let _ = write!(
        svg,
        "<text class=\"{class}\" x=\"{across:.0}\" y=\"{label:.0}\">{}</text>",
        escape(&spell_value(indicator, last))
    );
}

/// The years along the bottom: the first, the last and some between.
fn draw_years(svg: &mut String, time: Time) {
    let year = |day: f64| (day / 365.25).floor();
    let (first, last) = (year(time.first), year(time.last));
    let span = last - first;
    let step = if span <= 6.0 {
        1.0
    } else {
        (span / 4.0).ceil()
    };
    let mut at = first;
    while at <= last + 0.5 {
        // A year stands at its end, as its figures do; months at the end of the chart's first.
        let day = ((at + 1.0) * 365.25 - 1.0).clamp(time.first, time.last);
        let across = time.place(day, LEFT, RIGHT);
        let edge = at <= first || at + step > last + 0.5;
        let class = if at <= first && span > 0.0 {
            "tick"
        } else if across > RIGHT - 30.0 {
            "tick end"
        } else {
            "tick mid"
        };
        let minor = if edge { "" } else { " minor" };
        let across = if at <= first && span > 0.0 {
            LEFT
        } else {
            across
        };
        let _ = write!(
            svg,
            "<text class=\"{class}{minor}\" x=\"{across:.0}\" y=\"320\">{at}</text>"
        );
        at += step;
    }
}

fn spell_tick(tick: f64) -> String {
    let rounded = Decimal::from_f64(tick).map(|tick| Figure(tick.round_dp(4).normalize()));
    rounded.map_or_else(String::new, |tick| match tick {
        tick if tick.0.is_zero() => "0".to_owned(),
        // Millions are long words beside a chart.
        tick if tick.0.abs() >= Decimal::from(10_000_000) => {
            format!(
                "{}m",
                Figure((tick.0 / Decimal::from(1_000_000)).round_dp(1).normalize())
            )
        }
        tick => tick.to_string(),
    })
}

/// A small chart of one area, on a scale that it shares with others.
pub(super) fn draw_small(
    id: &str,
    heading: &str,
    indicator: &Indicator,
    class: &str,
    series: &Series,
    scale: Scale,
    periods: (Date, Date),
) -> String {
    let (left, right, top, bottom) = SMALL;
    let time = Time {
        first: days(periods.0),
        last: days(periods.1),
    };
    let x = |day: f64| time.place(day, left, right);
    let y = |value: f64| scale.place(value, top, bottom);
    let mut svg = format!(
        "<svg class=\"chart chart--small\" viewBox=\"0 0 240 94\" role=\"img\" aria-labelledby=\"{id}-t\">\
         <title id=\"{id}-t\">{}</title>\
         <path class=\"axis\" d=\"M{left} {bottom}H{right}\"/>",
        escape(heading)
    );
    for line in lines(indicator, series) {
        let points: Vec<String> = line
            .iter()
            .map(|point| format!("{:.1} {:.1}", x(point.day), y(point.value)))
            .collect();
        let _ = write!(
            svg,
            "<path class=\"line {class}\" d=\"M{}\"/>",
            points.join("L")
        );
    }
    if let Some((reading, value)) = series.latest() {
        let _ = write!(
            svg,
            "<circle class=\"dot dot--last {class}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"4\"/>",
            x(days(reading.period.last())),
            y(number(value))
        );
    }
    svg.push_str("</svg>");
    svg
}

#[cfg(test)]
mod tests {
    use dfg_plan::evidence::Reading;

    use super::*;

    fn series(values: &[(&str, Option<&str>)]) -> Series {
        let reading = |(period, value): &(&str, Option<&str>)| Reading {
            value: value.and_then(Figure::parse),
            ..Reading::empty("E1", Period::parse(period).unwrap(), None)
        };
        Series::new(values.iter().map(reading).collect()).unwrap()
    }

    fn indicator(more: &str) -> Indicator {
        let text = format!("{{\"title\": \"A\", \"meaning\": \"B\", \"unit\": \"%\"{more}}}");
        serde_json::from_str(&text).unwrap()
    }

    fn drawn(indicator: &Indicator, series: &Series, heading: &str) -> String {
        let one = Drawn {
            title: "A",
            class: "s1".to_owned(),
            series,
        };
        draw("c", heading, indicator, &[one], None).unwrap()
    }

    #[test]
    fn a_scale_holds_its_values_and_shows_nought_when_it_is_near() {
        let scale = |values: &[f64]| Scale::of(values.iter().copied()).unwrap();
        assert!(scale(&[5.0, 80.0]).has_zero());
        assert!(scale(&[-3.0, 4.0]).has_zero());
        let far = scale(&[68.0, 73.0]);
        assert!(!far.has_zero() && far.low <= 68.0 && far.high >= 73.0);
        let same = scale(&[7.0, 7.0]);
        assert!(same.low < same.high, "{same:?}");
        assert_eq!(Scale::of(std::iter::empty()), None);
        for ends in [(0.0, 1e-9), (1e12, 1e12 + 1.0), (-5.0, -4.9)] {
            let scale = scale(&[ends.0, ends.1]);
            assert!(
                scale.low <= ends.0 && scale.high >= ends.1 - 1e-6,
                "{scale:?}"
            );
            assert!(
                (2..=12).contains(&scale.ticks().len()),
                "{:?}",
                scale.ticks()
            );
        }
    }

    #[test]
    fn a_line_is_bridged_neither_over_a_gap_nor_over_a_break() {
        let years = [
            ("2018", Some("1")),
            ("2019", Some("2")),
            ("2020", None),
            ("2021", Some("3")),
            ("2022", Some("4")),
        ];
        let whole = series(&years);
        assert_eq!(
            drawn(&indicator(""), &whole, "x")
                .matches("class=\"line")
                .count(),
            2
        );
        let broken = indicator(", \"breaks\": [{\"period\": \"2022\", \"note\": \"n\"}]");
        let svg = drawn(&broken, &whole, "x");
        assert_eq!(svg.matches("class=\"line").count(), 3);
        assert_eq!(
            svg.matches("class=\"target").count(),
            1,
            "the break is drawn"
        );
    }

    #[test]
    fn whatever_is_drawn_is_sound_xml_and_says_its_finding() {
        let hostile = "<script>&\"'";
        for values in [
            &[("2020", Some("5"))][..],
            &[("2020", Some("5")), ("2021", Some("5"))],
            &[
                ("2020", Some("-99999999999")),
                ("2021", Some("99999999999")),
            ],
            &[("2020-01", Some("0")), ("2020-02", Some("0.00000001"))],
        ] {
            let svg = drawn(&indicator(""), &series(values), hostile);
            let read = roxmltree::Document::parse(&svg).unwrap();
            let title = read.root_element().first_element_child().unwrap();
            assert_eq!(title.text(), Some(hostile));
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
        let none = series(&[("2020", None)]);
        let one = Drawn {
            title: "",
            class: "s1".to_owned(),
            series: &none,
        };
        assert!(draw("c", "x", &indicator(""), &[one], None).is_none());
    }
}
