//! Indicators: what the figures say of each target, every figure with its source, and what is not
//! known.

mod list;
mod table;

use askama::Template;
use axum::{Router, response::Response};
use dfg_plan::{
    Key, Kind, Record, Slug,
    record::{Direction, Indicator, Observation},
    spell_date,
};
use rust_decimal::Decimal;

use self::table::Row;
use crate::{
    chart,
    cx::{Cx, Link},
    evidence,
    fault::Fault,
    part::{ActivityItem, SignalItem, SourceItem},
    record::{self, Fact},
    route::{html, page},
    shell::{Shell, theme_class},
    site::Site,
};

/// A chart beside its finding.
pub(crate) struct FigureItem {
    pub link: Link,
    pub finding: String,
    pub unit: String,
    pub chart: String,
    pub source: String,
}

impl FigureItem {
    /// The small chart of an indicator; none where no observation has a value.
    pub fn new(cx: &Cx, slug: &Slug, class: &str) -> Option<Self> {
        let indicator = cx.view.plan.indicators.get(slug)?;
        let observations = observations(cx, slug);
        let chart =
            chart::indicator_chart(&format!("chart-{slug}"), class, indicator, &observations)?;
        let last = chart::main_series(indicator, &observations).pop()?;
        let publisher = last.sources.first().map(|source| source.name().to_owned());
        Some(Self {
            link: cx.link(Kind::Indicator, slug),
            finding: finding(cx, indicator, &observations),
            unit: format!("{}, {}", indicator.title, spell_unit(indicator)),
            chart,
            source: format!(
                "{}; data for {}.",
                publisher.unwrap_or_else(|| "Source not named".to_owned()),
                spell_date(last.period)
            ),
        })
    }
}

/// How far an indicator has come towards its target, with the arithmetic.
pub(crate) struct Progress {
    /// `82.9% of the target`.
    pub short: String,
    /// `82,900 ÷ 100,000 = 82.9%`.
    pub working: String,
    /// Whether the last figure reaches the target.
    pub met: bool,
}

impl Progress {
    /// The progress that the last figure of the main measure shows.
    ///
    /// It is counted from the baseline where that has a value, else from nothing. A value beyond
    /// the baseline on the wrong side has gone the other way: no share is given.
    pub fn of(indicator: &Indicator, observations: &[&Observation]) -> Option<Self> {
        let value = chart::main_series(indicator, observations).pop()?.value?.0;
        let target = indicator.target.as_ref()?.value?.0;
        let base = indicator.baseline.as_ref().and_then(|base| base.value);
        let down = indicator.direction == Some(Direction::Down);
        let met = if down {
            value <= target
        } else {
            value >= target
        };
        let from = match base {
            Some(base) => base.0,
            None if down => return None,
            None => Decimal::ZERO,
        };
        let (gone, way) = (value - from, target - from);
        if way.is_zero() {
            return None;
        }
        let show = |value: Decimal| dfg_plan::Figure(value.normalize()).to_string();
        let share = gone.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(way)?;
        if share.is_sign_negative() && !share.is_zero() {
            return Some(Self {
                short: "the other way from the target".to_owned(),
                working: format!(
                    "{} against a target of {}: the other way",
                    show(value),
                    show(target)
                ),
                met,
            });
        }
        let share = show(share.round_dp(1));
        let working = if from.is_zero() {
            format!("{} ÷ {} = {share}%", show(value), show(target))
        } else {
            format!(
                "({} − {from}) ÷ ({} − {from}) = {share}%",
                show(value),
                show(target),
                from = show(from)
            )
        };
        Some(Self {
            short: format!("{share}% of the target"),
            working,
            met,
        })
    }
}

/// The indicators in their own order.
pub(crate) fn in_order(cx: &Cx) -> Vec<(&Slug, &Indicator)> {
    let mut indicators: Vec<_> = cx
        .view
        .plan
        .indicators
        .iter()
        .map(|(slug, indicator)| (slug, indicator.as_ref()))
        .collect();
    indicators.sort_by_key(|(slug, indicator)| (indicator.order, (*slug).clone()));
    indicators
}

/// The observations of an indicator: oldest period first, and of one period the first published.
pub(crate) fn observations<'a>(cx: &'a Cx, indicator: &Slug) -> Vec<&'a Observation> {
    let all = cx.view.plan.observations.values();
    let mut found: Vec<&Observation> = all
        .filter(|observation| observation.indicator == *indicator)
        .map(AsRef::as_ref)
        .collect();
    found.sort_by_key(|observation| (observation.period, observation.published));
    found
}

/// What the figures say. The past has only the figures of its time, so it is told from those.
pub(crate) fn finding(cx: &Cx, indicator: &Indicator, observations: &[&Observation]) -> String {
    if cx.moment.past.is_none()
        && let Some(finding) = &indicator.finding
    {
        return finding.clone();
    }
    let series = chart::main_series(indicator, observations);
    chart::spell_course(indicator, &series)
        .map(|course| format!("{course}."))
        .unwrap_or_else(|| match observations.last() {
            Some(last) => format!(
                "{}: {} in {}.",
                indicator.title,
                last.status.as_deref().unwrap_or("no figure"),
                spell_date(last.period)
            ),
            None => format!("{}: no figure yet.", indicator.title),
        })
}

/// The target in words: `100,000 jobs by 2024`.
pub(crate) fn spell_target(indicator: &Indicator) -> Option<String> {
    let target = indicator.target.as_ref()?;
    Some(format!(
        "{} by {}",
        chart::with_unit(target.value?, &indicator.unit),
        spell_date(target.period)
    ))
}

/// The last figure of the main measure in words: `82,900 jobs, 2024`.
pub(crate) fn spell_latest(indicator: &Indicator, observations: &[&Observation]) -> Option<String> {
    let last = chart::main_series(indicator, observations).pop()?;
    Some(format!(
        "{}, {}",
        chart::with_unit(last.value?, &indicator.unit),
        spell_date(last.period)
    ))
}

/// The class that colours an indicator's chart.
pub(crate) fn class(indicator: &Indicator) -> String {
    indicator
        .theme
        .as_ref()
        .map_or_else(|| "s1".to_owned(), theme_class)
}

/// What the numbers count: the unit, and the measure where the unit does not say it.
fn spell_unit(indicator: &Indicator) -> String {
    match &indicator.measure {
        Some(measure) if *measure != indicator.unit => format!("{} ({measure})", indicator.unit),
        _ => indicator.unit.clone(),
    }
}

#[derive(Template)]
#[template(path = "indicator/page.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    finding: String,
    meaning: String,
    chart_heading: String,
    unit: String,
    chart: Option<String>,
    has_superseded: bool,
    has_path: bool,
    progress: Option<Progress>,
    judgements: Vec<Row>,
    caption: String,
    rows: Vec<Row>,
    has_measures: bool,
    conflicts: Vec<String>,
    caveats: Vec<String>,
    activities: Vec<ActivityItem>,
    signals: Vec<SignalItem>,
    objectives: Vec<Link>,
    facts: Vec<Fact>,
    sources: Vec<SourceItem>,
    history_href: String,
    data_href: String,
}

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
        .route("/indicators", page(list::show))
        .route("/indicators/{slug}", page(show))
}

/// `GET /indicators/{slug}`.
fn show(cx: &Cx) -> Result<Response, Fault> {
    let (slug, record) = cx.record(Kind::Indicator)?;
    let Record::Indicator(indicator) = record else {
        return Err(Fault::missing("indicator", slug));
    };
    if indicator.index.is_some() {
        return evidence::show_index(cx, &slug, &indicator);
    }
    if evidence::has_evidence(cx, &slug) {
        return evidence::show_indicator(cx, &slug, &indicator);
    }
    let key = Key::new(Kind::Indicator, slug.clone());
    let observations = observations(cx, &slug);
    let chart = chart::large_chart("chart", &class(&indicator), &indicator, &observations);
    let progress = Progress::of(&indicator, &observations);
    let finding = finding(cx, &indicator, &observations);
    let series = chart::main_series(&indicator, &observations);
    let rows: Vec<Row> = observations
        .iter()
        .rev()
        .map(|observation| Row::new(cx, &indicator, observation))
        .collect();
    html(&Page {
        shell: cx.shell(indicator.title.clone()).described(finding.clone()),
        trail: record::trail(cx, [Link::new(cx.moment.href("/indicators"), "Evidence")]),
        finding,
        meaning: indicator.meaning.clone(),
        chart_heading: chart::spell_course(&indicator, &series)
            .unwrap_or_else(|| "No figure was published, only words".to_owned()),
        unit: spell_unit(&indicator),
        has_superseded: series.len() > 1
            && !chart::superseded(&indicator, &observations).is_empty(),
        has_path: series.len() > 1
            && indicator
                .baseline
                .as_ref()
                .is_some_and(|b| b.value.is_some())
            && indicator.target.as_ref().is_some_and(|t| t.value.is_some()),
        chart,
        judgements: observations
            .iter()
            .filter(|observation| observation.value.is_none())
            .map(|observation| Row::new(cx, &indicator, observation))
            .collect(),
        caption: format!("{}: every published figure", indicator.title),
        has_measures: observations.iter().any(|o| o.measure.is_some()),
        rows,
        conflicts: table::conflicts(&indicator, &observations),
        caveats: indicator.caveats.clone(),
        activities: ActivityItem::moving(cx, &key),
        signals: SignalItem::about(cx, &key),
        objectives: cx.links(Kind::Objective, &indicator.objectives),
        facts: facts(cx, &indicator, &observations, progress.as_ref()),
        progress,
        sources: SourceItem::list(&indicator.sources),
        history_href: record::history_href(cx, Kind::Indicator, &slug),
        data_href: record::data_href(cx, Kind::Indicator, &slug),
    })
}

fn facts(
    cx: &Cx,
    indicator: &Indicator,
    observations: &[&Observation],
    progress: Option<&Progress>,
) -> Vec<Fact> {
    let baseline = indicator.baseline.as_ref();
    let target = indicator.target.as_ref();
    let due = target.is_some_and(|target| target.period.last() <= cx.view.point.as_of);
    let verdict = progress.map(|progress| {
        match (progress.met, due) {
            (true, _) => "Reached, on the last figure",
            (false, true) => "Not reached",
            (false, false) => "Under way",
        }
        .to_owned()
    });
    let theme = indicator.theme.iter();
    vec![
        Fact::words("Unit", Some(spell_unit(indicator))),
        Fact::words(
            "Better is",
            indicator.direction.map(|direction| {
                match direction {
                    Direction::Up => "higher",
                    Direction::Down => "lower",
                }
                .to_owned()
            }),
        ),
        Fact::words(
            "Began at",
            baseline.map(|baseline| {
                let value = baseline.value.map_or_else(
                    || "no value".to_owned(),
                    |value| chart::with_unit(value, &indicator.unit),
                );
                format!("{value}, {}", spell_date(baseline.period))
            }),
        )
        .noted(baseline.and_then(|baseline| baseline.note.as_ref())),
        Fact::words("Target", spell_target(indicator))
            .noted(target.and_then(|target| target.note.as_ref())),
        Fact::words("Last figure", spell_latest(indicator, observations)),
        Fact::words("Verdict", verdict).noted(progress.map(|progress| &progress.short)),
        Fact::links(
            "Theme",
            if indicator.theme.is_some() {
                theme
                    .map(|slug| {
                        Link::new(cx.link(Kind::Theme, slug).href, cx.view.theme_title(slug))
                    })
                    .collect()
            } else {
                vec![Link::new("", "The whole strategy")]
            },
        ),
    ]
}
