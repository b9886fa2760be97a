//! The evidence: every target with a small chart and its finding, then what is not known.

use askama::Template;
use axum::response::Response;
use dfg_plan::{Kind, spell_date, story::capitalise};

use super::{FigureItem, Progress, class, finding, in_order, observations};
use crate::{
    chart,
    cx::{Cx, Link},
    evidence::{self, AreaFigure, IndexItem},
    fault::Fault,
    part::count,
    record,
    route::html,
    shell::Shell,
    shell::theme_class,
};

#[derive(Template)]
#[template(path = "indicator/list.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    lede: String,
    figures: Vec<FigureItem>,
    heading: String,
    unmeasured: Vec<Unmeasured>,
    unknown: Vec<Unknown>,
    signals: Link,
    groups: Vec<Group>,
    indices: Vec<IndexItem>,
    datasets: Option<Link>,
}

/// The evidence of a theme.
struct Group {
    title: String,
    class: String,
    figures: Vec<AreaFigure>,
}

/// An indicator of which no figure was published.
struct Unmeasured {
    link: Link,
    finding: String,
    judgements: String,
}

/// What is not known of an indicator.
struct Unknown {
    link: Link,
    lines: Vec<String>,
}

/// Small numbers in words, as a sentence has them.
fn in_words(number: usize) -> String {
    const WORDS: [&str; 10] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    ];
    WORDS
        .get(number)
        .map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

/// `GET /indicators`.
pub(super) fn show(cx: &Cx) -> Result<Response, Fault> {
    let indicators = in_order(cx);
    let mut figures = Vec::new();
    let mut unmeasured = Vec::new();
    let mut unknown = Vec::new();
    let (mut targets, mut met) = (0, 0);
    for (slug, indicator) in &indicators {
        let observations = observations(cx, slug);
        let is_computed = indicator.sql.is_some();
        if indicator.index.is_some() {
            continue;
        }
        if is_computed && (evidence::has_evidence(cx, slug) || observations.is_empty()) {
            continue;
        }
        // What is computed stands on figures of its own: it is told in its own part of the page.
        if indicator.target.is_some() && !is_computed {
            targets += 1;
        }
        if !is_computed
            && Progress::of(indicator, &observations).is_some_and(|progress| progress.met)
        {
            met += 1;
        }
        match FigureItem::new(cx, slug, &class(indicator)) {
            Some(figure) => figures.push(figure),
            None => unmeasured.push(Unmeasured {
                link: cx.link(Kind::Indicator, slug),
                finding: finding(cx, indicator, &observations),
                judgements: observations
                    .iter()
                    .filter_map(|observation| {
                        let words = observation.status.as_ref()?;
                        Some(format!("{words} ({})", spell_date(observation.period)))
                    })
                    .collect::<Vec<_>>()
                    .join(", "),
            }),
        }
        let mut lines = Vec::new();
        if chart::main_series(indicator, &observations).is_empty() {
            lines.push("No source gives a figure.".to_owned());
        }
        if indicator.target.as_ref().is_some_and(|t| t.value.is_none()) {
            lines.push("No source gives the value of the target.".to_owned());
        }
        if indicator
            .baseline
            .as_ref()
            .is_none_or(|b| b.value.is_none())
        {
            lines.push("No source gives the value where it began.".to_owned());
        }
        lines.extend(indicator.caveats.iter().cloned());
        if !lines.is_empty() {
            unknown.push(Unknown {
                link: cx.link(Kind::Indicator, slug),
                lines,
            });
        }
    }
    let title = match (targets, met) {
        (0, _) => "No target is written down yet".to_owned(),
        (1, 0) => "The one target is not met, on the last figures published".to_owned(),
        (1, _) => "The one target is met, on the last figures published".to_owned(),
        (targets, met) => format!(
            "{} of {} targets {} met, on the last figures published",
            if met == 0 {
                "None".to_owned()
            } else {
                capitalise(&in_words(met))
            },
            in_words(targets),
            if met == 1 { "is" } else { "are" },
        ),
    };
    let signals = cx.view.plan.signals.len();
    html(&Page {
        shell: cx
            .shell(title)
            .described("Every target of the strategy with its figures and their sources."),
        trail: record::trail(cx, []),
        lede: format!(
            "{}, each drawn from figures that somebody published. Every number leads to its \
             source.",
            count(indicators.len(), "indicator", "indicators")
        ),
        heading: format!(
            "What the figures say of {}",
            count(figures.len(), "indicator", "indicators")
        ),
        figures,
        groups: groups(cx),
        indices: evidence::indices(cx),
        datasets: (!cx.view.plan.datasets.is_empty()).then(|| {
            let number = cx.view.plan.datasets.len();
            Link::new(
                cx.moment.href("/datasets"),
                format!(
                    "Read where they come from: {}",
                    count(number, "dataset", "datasets")
                ),
            )
        }),
        unmeasured,
        unknown,
        signals: Link::new(
            cx.moment.href("/signals"),
            format!(
                "Read the {} that were seen",
                count(signals, "signal", "signals")
            ),
        ),
    })
}

/// The evidence by theme, in the themes' order; last that of no theme.
fn groups(cx: &Cx) -> Vec<Group> {
    let themes = cx.view.plan.themes_in_order().into_iter();
    let themes = themes.map(|(slug, theme)| Group {
        title: theme.title.clone(),
        class: theme_class(slug),
        figures: evidence::theme_figures(cx, Some(slug)),
    });
    let rest = Group {
        title: "Across all themes".to_owned(),
        class: String::new(),
        figures: evidence::theme_figures(cx, None),
    };
    let all = themes.chain([rest]);
    all.filter(|group| !group.figures.is_empty()).collect()
}
