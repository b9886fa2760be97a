//! The ranking with its intervals, drawn as SVG. The table beneath carries everything.

use std::fmt::Write as _;

use dfg_plan::review::rank::Hold;

use super::results::Closed;
use crate::chart::escape;

/// Width of the drawing, and of its column of names.
const WIDTH: f64 = 640.0;
const NAMES: f64 = 260.0;
/// Height of a row.
const ROW: f64 = 30.0;

/// The drawing; empty where nothing has a rank.
pub(super) fn intervals(closed: &Closed) -> String {
    let ranked = closed.ranked();
    let ranked: Vec<_> = ranked
        .into_iter()
        .filter_map(|outcome| Some((outcome, outcome.standing.as_ref()?)))
        .collect();
    if ranked.is_empty() {
        return String::new();
    }
    let last = f64::from(u32::try_from(ranked.len()).unwrap_or(u32::MAX));
    let x = |rank: u32| {
        let share = (f64::from(rank) - 1.0) / (last - 1.0).max(1.0);
        NAMES + 12.0 + share * (WIDTH - NAMES - 30.0)
    };
    let firm = ranked
        .iter()
        .filter(|(_, found)| found.interval.hold != Hold::Open)
        .count();
    let height = ROW * last + 34.0;
    let finding = format!(
        "{firm} of {} ranks hold, whatever the weights",
        ranked.len()
    );
    let mut svg = format!(
        "<svg class=\"chart chart--ranks\" viewBox=\"0 0 {WIDTH:.0} {height:.0}\" role=\"img\" aria-labelledby=\"ranks-title\">\
         <title id=\"ranks-title\">{finding}</title>"
    );
    for (row, (outcome, found)) in ranked.iter().enumerate() {
        let row = f64::from(u32::try_from(row).unwrap_or_default());
        let y = row * ROW + 20.0;
        let name = closed.round.title_of(&outcome.activity);
        let mut short: String = name.chars().take(34).collect();
        if short.len() < name.len() {
            short.push('…');
        }
        let (low, high) = (x(found.interval.low), x(found.interval.high));
        let _ = write!(
            svg,
            "<text class=\"tick\" x=\"0\" y=\"{:.0}\">{}</text>\
             <line x1=\"{low:.1}\" y1=\"{y:.0}\" x2=\"{high:.1}\" y2=\"{y:.0}\" stroke=\"#28A197\" stroke-width=\"6\" stroke-linecap=\"round\"/>\
             <circle cx=\"{:.1}\" cy=\"{y:.0}\" r=\"6\" fill=\"#12436D\"/>",
            y + 5.0,
            escape(&short),
            x(found.rank),
        );
    }
    let foot = height - 6.0;
    let end = u32::try_from(ranked.len()).unwrap_or(u32::MAX);
    let _ = write!(
        svg,
        "<text class=\"tick mid\" x=\"{:.1}\" y=\"{foot:.0}\">1st</text>\
         <text class=\"tick end\" x=\"{:.1}\" y=\"{foot:.0}\">rank {end}</text></svg>",
        x(1) + 4.0,
        x(end) + 8.0,
    );
    svg
}
