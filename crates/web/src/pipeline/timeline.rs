//! The pipeline against years: a bar an activity, drawn as SVG on the server.
//!
//! Each row says its dates in words, so the picture carries nothing alone.

use std::fmt::Write as _;

use dfg_plan::{
    Kind, Slug,
    record::{Activity, Stage},
};
use jiff::civil::Date;

use crate::{
    cx::{Cx, Link},
    part::{spell_period, stage_words},
    shell::theme_class,
};

/// How many years before the plan's date the picture shows at most; a bar that began earlier
/// begins at the edge.
const YEARS_BACK: i16 = 12;
/// How many years after it.
const YEARS_ON: i16 = 8;

/// The picture.
pub(super) struct Timeline {
    pub years: Vec<Year>,
    /// Width of the drawing in units: 100 a year.
    pub width: i32,
    /// The lines of the years, and the line of the plan's own date.
    pub year_lines: String,
    pub date_line: String,
    pub groups: Vec<Group>,
    /// Activities for which no source gives a date.
    pub undated: Vec<Link>,
    pub finding: String,
}

pub(super) struct Year {
    pub year: i16,
    pub is_minor: bool,
}

pub(super) struct Group {
    pub theme: String,
    pub class: String,
    pub rows: Vec<Row>,
}

pub(super) struct Row {
    pub link: Link,
    pub class: String,
    pub stage: &'static str,
    pub period: String,
    /// The paths of the bar.
    pub bar: String,
    pub start: String,
    pub end: String,
}

struct Axis {
    first: i16,
    width: i32,
}

impl Axis {
    /// Where a day stands, within the picture.
    fn at(&self, day: Date) -> i32 {
        let years = i32::from(day.year() - self.first) * 100;
        let within = i32::from(day.day_of_year() - 1) * 100 / 366;
        (years + within).clamp(0, self.width)
    }

    /// Whether a day stands left of the picture.
    fn is_before(&self, day: Date) -> bool {
        day.year() < self.first
    }
}

impl Timeline {
    pub fn new(cx: &Cx, found: &[(&Slug, &Activity)]) -> Self {
        let today = cx.view.point.as_of;
        let dates = || {
            found
                .iter()
                .flat_map(|(_, activity)| [activity.start, activity.end])
                .flatten()
        };
        let first = dates().map(|date| date.first().year()).min();
        let last = dates().map(|date| date.last().year()).max();
        let first = first
            .unwrap_or(today.year())
            .clamp(today.year() - YEARS_BACK, today.year());
        let last = last
            .unwrap_or(today.year())
            .clamp(today.year(), today.year() + YEARS_ON);
        let count = i32::from(last - first) + 1;
        let axis = Axis {
            first,
            width: count * 100,
        };
        let mut year_lines = String::new();
        for year in 0..=count {
            let _ = write!(year_lines, "M{} 0V20", year * 100);
        }
        let (dated, undated): (Vec<_>, Vec<_>) = found
            .iter()
            .partition(|(_, activity)| activity.start.is_some() || activity.end.is_some());
        let mut groups: Vec<Group> = Vec::new();
        for theme in super::themes_of(cx, &dated) {
            let mut rows: Vec<&(&Slug, &Activity)> = dated
                .iter()
                .filter(|(_, activity)| activity.theme == theme)
                .collect();
            rows.sort_by_key(|(slug, activity)| {
                let first = activity.start.or(activity.end).map(|date| date.first());
                (first, *slug)
            });
            groups.push(Group {
                theme: cx.view.theme_title(&theme),
                class: theme_class(&theme),
                rows: rows
                    .into_iter()
                    .map(|(slug, activity)| row(cx, slug, activity, &axis, today))
                    .collect(),
            });
        }
        let with_start = found.iter().filter(|(_, one)| one.start.is_some()).count();
        let with_both = found
            .iter()
            .filter(|(_, one)| one.start.is_some() && one.end.is_some())
            .count();
        Self {
            years: (first..=last)
                .map(|year| Year {
                    year,
                    is_minor: (year - first) % 4 != 0,
                })
                .collect(),
            width: axis.width,
            year_lines,
            date_line: format!("M{} 0V20", axis.at(today)),
            groups,
            undated: undated
                .into_iter()
                .map(|(slug, _)| cx.link(Kind::Activity, slug))
                .collect(),
            finding: format!(
                "{with_start} of {} say when they begin; {with_both} say both ends.",
                crate::part::count(found.len(), "activity", "activities")
            ),
        }
    }
}

fn row(cx: &Cx, slug: &Slug, activity: &Activity, axis: &Axis, today: Date) -> Row {
    let period = spell_period(activity).unwrap_or_default();
    let open = match (activity.start, activity.end) {
        (Some(_), None) if activity.stage == Some(Stage::Completed) => ", end not stated",
        (Some(_), None) => ", no end stated",
        (None, Some(_)) => ", no start stated",
        _ => "",
    };
    Row {
        link: cx.link(Kind::Activity, slug),
        class: theme_class(&activity.theme),
        stage: stage_words(activity.stage),
        period: format!("{period}{open}"),
        bar: bar(activity, axis, today),
        start: activity.start.map(dfg_plan::spell_date).unwrap_or_default(),
        end: activity.end.map(dfg_plan::spell_date).unwrap_or_default(),
    }
}

/// The paths of one bar: a known span is solid, one that is finished is hollow, an end that no
/// source states is dashed.
fn bar(activity: &Activity, axis: &Axis, today: Date) -> String {
    let mut paths = String::new();
    match (activity.start, activity.end) {
        (Some(start), Some(end)) => {
            let from = axis.at(start.first());
            let to = axis.at(end.last()).max(from + 4);
            let _ = write!(paths, "<path class=\"span\" d=\"M{from} 10H{to}\"/>");
            let is_over = matches!(activity.stage, Some(Stage::Completed | Stage::Stopped));
            if is_over && to - from > 6 {
                let (from, to) = (from + 2, to - 2);
                let _ = write!(paths, "<path class=\"hollow\" d=\"M{from} 10H{to}\"/>");
            }
        }
        (Some(start), None) => {
            let from = axis.at(start.first());
            let to = axis.at(today).max(from);
            let is_over = matches!(activity.stage, Some(Stage::Completed | Stage::Stopped));
            if to > from && !is_over {
                let _ = write!(paths, "<path class=\"open\" d=\"M{from} 10H{to}\"/>");
            }
            if !axis.is_before(start.first()) {
                let _ = write!(paths, "<path class=\"start\" d=\"M{from} 2V18\"/>");
            }
        }
        (None, Some(end)) => {
            let to = axis.at(end.last());
            let from = (to - 100).max(0);
            let _ = write!(
                paths,
                "<path class=\"open\" d=\"M{from} 10H{to}\"/><path class=\"start\" d=\"M{to} 2V18\"/>"
            );
        }
        (None, None) => {}
    }
    paths
}
