//! Scores with their ranks, drawn as SVG: a row an area, its score as a bar, its rank as a dot on a
//! line that spans where it lies with other weights. The table beneath carries everything.

use std::fmt::Write as _;

use dfg_plan::evidence::composite::told::{Ranked, spell_rank, spell_score};

use crate::chart::escape;

/// Width of the drawing, where scores end, and where ranks begin and end.
const WIDTH: f64 = 720.0;
const SCORES: f64 = 430.0;
const RANKS: (f64, f64) = (480.0, 710.0);
/// Height of the line that says what is drawn.
const HEAD: f64 = 36.0;
/// Height of a row: the name, and under it what is drawn.
const ROW: f64 = 62.0;

/// What is drawn.
pub(super) struct Drawing<'a> {
    /// The finding.
    pub heading: &'a str,
    /// What the drawing shows, for those who do not see it.
    pub description: &'a str,
    /// The class that gives its colour.
    pub class: &'a str,
    /// The areas with their names, the first in front.
    pub rows: &'a [(String, Ranked<'a>)],
    /// How many areas have a rank.
    pub of: usize,
    /// Digits after the point of a score.
    pub digits: u32,
}

/// Draws it; empty where there is no row.
pub(super) fn draw(drawing: &Drawing<'_>) -> String {
    let scores = || drawing.rows.iter().map(|(_, one)| one.score);
    let Some(best) = scores().reduce(f64::max) else {
        return String::new();
    };
    let low = scores().fold(0.0, f64::min);
    // Scores that end at 100 are shown on the whole of their scale.
    let high = if low >= 0.0 && best <= 100.0 {
        100.0
    } else {
        best.max(0.0)
    };
    let across = |score: f64| (score - low) / (high - low).max(f64::EPSILON) * SCORES;
    let last = f64::from(u32::try_from(drawing.of).unwrap_or(u32::MAX));
    let place = |rank: u32| {
        let share = (f64::from(rank) - 1.0) / (last - 1.0).max(1.0);
        RANKS.0 + share * (RANKS.1 - RANKS.0)
    };
    let rows = f64::from(u32::try_from(drawing.rows.len()).unwrap_or(u32::MAX));
    let mut svg = format!(
        "<svg class=\"chart {}\" viewBox=\"0 0 {WIDTH:.0} {:.0}\" role=\"img\" aria-labelledby=\"index-t index-d\">\
         <title id=\"index-t\">{}</title><desc id=\"index-d\">{}</desc>\
         <text class=\"tick end\" x=\"{SCORES:.0}\" y=\"28\">Score</text>\
         <text class=\"tick end\" x=\"{WIDTH:.0}\" y=\"28\">Rank</text>",
        escape(drawing.class),
        HEAD + rows * ROW,
        escape(drawing.heading),
        escape(drawing.description)
    );
    for (row, (name, one)) in drawing.rows.iter().enumerate() {
        let top = HEAD + f64::from(u32::try_from(row).unwrap_or_default()) * ROW;
        let (words, bar, middle) = (top + 30.0, top + 38.0, top + 45.0);
        let (from, to) = (across(one.score.min(0.0)), across(one.score.max(0.0)));
        let _ = write!(
            svg,
            "<text x=\"0\" y=\"{words:.0}\">{}</text>\
             <text class=\"value end\" x=\"{SCORES:.0}\" y=\"{words:.0}\">{}</text>\
             <text class=\"end\" x=\"{WIDTH:.0}\" y=\"{words:.0}\">{}</text>\
             <rect class=\"track\" x=\"0\" y=\"{bar:.0}\" width=\"{SCORES:.0}\" height=\"14\"/>\
             <rect class=\"bar\" x=\"{from:.1}\" y=\"{bar:.0}\" width=\"{:.1}\" height=\"14\"/>\
             <path class=\"axis\" d=\"M{:.0} {middle:.0}H{:.0}\"/>\
             <path class=\"line\" d=\"M{:.1} {middle:.0}H{:.1}\"/>\
             <circle class=\"dot dot--last\" cx=\"{:.1}\" cy=\"{middle:.0}\" r=\"6\"/>",
            escape(name),
            escape(&spell_score(one.score, drawing.digits)),
            escape(&spell_rank(one.interval)),
            to - from,
            RANKS.0,
            RANKS.1,
            place(one.interval.low),
            place(one.interval.high),
            place(one.interval.rank),
        );
    }
    svg.push_str("</svg>");
    svg
}

#[cfg(test)]
mod tests {
    use dfg_plan::evidence::composite::RankInterval;

    use super::*;

    fn row(name: &str, score: f64, rank: u32) -> (String, Ranked<'static>) {
        let one = Ranked {
            unit: 0,
            code: "E1",
            score,
            interval: RankInterval {
                rank,
                low: 1,
                middle: rank,
                high: 3,
            },
        };
        (name.to_owned(), one)
    }

    fn svg(rows: &[(String, Ranked<'_>)]) -> String {
        draw(&Drawing {
            heading: "<b>&\"",
            description: "d",
            class: "s1",
            rows,
            of: rows.len(),
            digits: 1,
        })
    }

    #[test]
    fn bars_are_as_long_as_scores_whatever_their_sign() {
        assert_eq!(svg(&[]), "");
        for (rows, widths) in [
            (vec![row("A", 100.0, 1), row("B", 50.0, 2)], [430.0, 215.0]),
            (vec![row("A", 1.0, 1), row("B", -1.0, 2)], [215.0, 215.0]),
            (vec![row("A", 250.0, 1), row("B", 125.0, 2)], [430.0, 215.0]),
            (vec![row("A", 0.0, 1), row("B", 0.0, 1)], [0.0, 0.0]),
        ] {
            let text = svg(&rows);
            let read = roxmltree::Document::parse(&text).unwrap();
            let title = read.root_element().first_element_child().unwrap();
            assert_eq!(title.text(), Some("<b>&\""));
            let bars = read
                .descendants()
                .filter(|one| one.attribute("class") == Some("bar"));
            let found: Vec<f64> = bars
                .map(|bar| bar.attribute("width").unwrap().parse().unwrap())
                .collect();
            assert_eq!(found, widths);
            assert!(!text.contains("NaN"), "{text}");
        }
    }
}
