//! `GET /indicators/{slug}` of an index: the finding, the scores with how sure their ranks are, and
//! how it is made, down to the arithmetic of one area.

mod chart;
pub(super) mod download;

use std::sync::Arc;

use askama::Template;
use axum::response::Response;
use dfg_evidence::{State, index::IndexStanding};
use dfg_plan::{
    Key, Kind, Slug,
    evidence::{
        Period,
        composite::{
            Made,
            told::{Ranked, method, shares, spell_hold, spell_rank, spell_score},
        },
    },
    record::{Direction, Indicator},
    story::capitalise,
};

use super::AreaFigure;
use crate::{
    cx::{Cx, Link},
    fault::Fault,
    indicator::{class, in_order},
    part::{ActivityItem, SignalItem, SourceItem},
    record::{self, Fact},
    route::html,
    shell::Shell,
};

#[derive(Template)]
#[template(path = "evidence/index.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    finding: String,
    meaning: String,
    /// Why there are no scores.
    why_none: String,
    scored: Option<Scored>,
    inputs: Vec<InputItem>,
    caveats: Vec<String>,
    activities: Vec<ActivityItem>,
    signals: Vec<SignalItem>,
    objectives: Vec<Link>,
    facts: Vec<Fact>,
    sources: Vec<SourceItem>,
    history_href: String,
    data_href: String,
}

/// What an index that has scores shows.
struct Scored {
    chart: String,
    unit: String,
    note: String,
    columns: Vec<String>,
    rows: Vec<Row>,
    caption: String,
    method: Vec<String>,
    weights: Vec<WeightItem>,
    example: Option<(String, Vec<String>)>,
    draws: String,
    moved_most: String,
    shifts: Vec<ShiftItem>,
    untried: Vec<String>,
    gaps: Vec<String>,
    downloads: Vec<Link>,
}

struct Row {
    rank: u32,
    area: Link,
    score: String,
    hold: String,
    parts: Vec<String>,
}

struct WeightItem {
    title: String,
    is_group: bool,
    within: String,
    weight: String,
    whole: String,
}

struct ShiftItem {
    assumption: String,
    mean: String,
    most: String,
}

struct InputItem {
    link: Link,
    about: String,
    datasets: Vec<Link>,
}

/// An index in a list.
pub(crate) struct IndexItem {
    pub link: Link,
    pub class: String,
    pub finding: String,
}

/// How an index stands; none where the page is the past.
pub(super) fn standing(cx: &Cx, slug: &Slug) -> Option<Arc<IndexStanding>> {
    let is_index = cx.view.plan.indicators.get(slug)?.index.is_some();
    if cx.moment.past.is_some() || !is_index {
        return None;
    }
    cx.site.evidence().indices.get(slug).map(Arc::clone)
}

fn digits(indicator: &Indicator) -> u32 {
    indicator.decimals.map_or(1, u32::from)
}

/// The finding; or that there are no scores, and why.
fn finding(cx: &Cx, indicator: &Indicator, standing: Option<&IndexStanding>) -> (String, String) {
    let why = match standing.map(|standing| (standing, &standing.made)) {
        Some((standing, Ok(made))) => {
            let name = |code: &str| standing.name(code);
            let finding = made.finding(&standing.home, &name, digits(indicator));
            return (finding, String::new());
        }
        Some((_, Err(why))) => why.clone(),
        None if cx.moment.past.is_some() => {
            "Scores are worked out from the figures of today, and this page shows the past."
                .to_owned()
        }
        None => "No figures have been read yet.".to_owned(),
    };
    (format!("{} has no scores to show.", indicator.title), why)
}

/// Every index of the region, in the indicators' order.
pub(crate) fn list(cx: &Cx) -> Vec<IndexItem> {
    let indices = in_order(cx)
        .into_iter()
        .filter(|(_, one)| one.index.is_some());
    indices
        .map(|(slug, indicator)| {
            let (finding, why) = finding(cx, indicator, standing(cx, slug).as_deref());
            IndexItem {
                link: cx.link(Kind::Indicator, slug),
                class: class(indicator),
                finding: format!("{finding} {why}").trim().to_owned(),
            }
        })
        .collect()
}

/// An area's score and rank in each index that has one.
pub(super) fn area_figures(cx: &Cx, area: &Slug) -> Vec<AreaFigure> {
    let code = cx
        .view
        .plan
        .areas
        .get(area)
        .and_then(|area| area.code.clone());
    let Some(code) = code else {
        return Vec::new();
    };
    let indices = in_order(cx)
        .into_iter()
        .filter(|(_, one)| one.index.is_some());
    indices
        .filter_map(|(slug, indicator)| {
            let standing = standing(cx, slug)?;
            let made = standing.made.as_ref().ok()?;
            let ranked = made.ranked();
            let own = ranked.iter().find(|one| one.code == code)?;
            Some(AreaFigure {
                link: cx.link(Kind::Indicator, slug),
                value: format!(
                    "{} {}",
                    spell_score(own.score, digits(indicator)),
                    indicator.unit
                ),
                period: periods(made),
                change: String::new(),
                since: String::new(),
                rank: format!("{} of {}", spell_rank(own.interval), ranked.len()),
                beside: None,
            })
        })
        .collect()
}

/// The period of the figures in words.
fn periods(made: &Made) -> String {
    made.period()
        .map_or_else(|| "the latest of each".to_owned(), Period::words)
}

/// The page of an index.
pub(crate) fn show(cx: &Cx, slug: &Slug, indicator: &Indicator) -> Result<Response, Fault> {
    let key = Key::new(Kind::Indicator, slug.clone());
    let state = cx.site.evidence();
    let standing = standing(cx, slug);
    let (finding, why_none) = finding(cx, indicator, standing.as_deref());
    let scored = standing.as_deref().and_then(|standing| {
        let made = standing.made.as_ref().ok()?;
        Some(scored(cx, slug, indicator, standing, made, &finding))
    });
    html(&Page {
        shell: cx.shell(indicator.title.clone()).described(finding.clone()),
        trail: record::trail(cx, [Link::new(cx.moment.href("/indicators"), "Evidence")]),
        finding,
        meaning: indicator.meaning.clone(),
        why_none,
        scored,
        inputs: inputs(cx, &state, indicator, standing.as_deref()),
        caveats: indicator.caveats.clone(),
        activities: ActivityItem::moving(cx, &key),
        signals: SignalItem::about(cx, &key),
        objectives: cx.links(Kind::Objective, &indicator.objectives),
        facts: facts(cx, indicator, standing.as_deref()),
        sources: SourceItem::list(&indicator.sources),
        history_href: record::history_href(cx, Kind::Indicator, slug),
        data_href: record::data_href(cx, Kind::Indicator, slug),
    })
}

fn scored(
    cx: &Cx,
    slug: &Slug,
    indicator: &Indicator,
    standing: &IndexStanding,
    made: &Made,
    finding: &str,
) -> Scored {
    let name = |code: &str| standing.name(code);
    let digits = digits(indicator);
    let ranked = made.ranked();
    let shown = shown(standing, &ranked);
    let drawn: Vec<_> = shown.iter().map(|one| (name(one.code), **one)).collect();
    let note = format!(
        "The bar is the score. The dot is the rank among {} areas, the first at the left; the line beside it spans its ranks, nine times in ten, with weights drawn at random.",
        ranked.len()
    );
    let top: Vec<_> = made
        .scores
        .parts
        .iter()
        .filter(|part| part.level == 1)
        .collect();
    Scored {
        chart: chart::draw(&chart::Drawing {
            heading: finding,
            description: &note,
            class: &class(indicator),
            rows: &drawn,
            of: ranked.len(),
            digits,
        }),
        unit: indicator.unit.clone(),
        note,
        columns: top.iter().map(|part| part.title.clone()).collect(),
        rows: shown
            .iter()
            .map(|one| Row {
                rank: one.interval.rank,
                area: area_link(cx, standing, one.code),
                score: spell_score(one.score, digits),
                hold: capitalise(&spell_hold(one.interval)),
                parts: top
                    .iter()
                    .map(|part| {
                        let score = part.scores.get(one.unit).copied().flatten();
                        score.map_or_else(|| "none".to_owned(), |score| spell_score(score, digits))
                    })
                    .collect(),
            })
            .collect(),
        caption: if shown.len() == ranked.len() {
            format!("{}: every area, the highest score first", indicator.title)
        } else {
            format!(
                "{}: the region’s areas and the first of all {}; every area is in the download",
                indicator.title,
                ranked.len()
            )
        },
        method: method(&made.of.definition),
        weights: weights(made),
        example: made
            .example(&standing.home)
            .map(|one| (name(one.code), made.steps(&cx.view.plan, one.unit))),
        draws: dfg_plan::amount::group_thousands(&made.draws.count.to_string()),
        moved_most: made.moved_most(&name),
        shifts: made
            .sensitivity
            .shifts
            .iter()
            .filter(|shift| shift.most > 0)
            .map(|shift| ShiftItem {
                assumption: shift.assumption.clone(),
                mean: spell_score(shift.mean, 1),
                most: format!("{}, by {}", name(&shift.unit), shift.most),
            })
            .collect(),
        untried: made.sensitivity.untried.clone(),
        gaps: made.gaps(&name),
        downloads: vec![
            Link::new(
                format!("/indicators/{slug}/figures.csv"),
                "Scores and figures (CSV)",
            ),
            Link::new(
                format!("/indicators/{slug}/figures.csv-metadata.json"),
                "What the columns mean (CSVW)",
            ),
        ],
    }
}

/// The areas that the page shows: the region's own, and whoever leads.
fn shown<'a, 'b>(standing: &IndexStanding, ranked: &'b [Ranked<'a>]) -> Vec<&'b Ranked<'a>> {
    let is_shown = |one: &&Ranked<'a>| {
        one.interval.rank == 1 || standing.home.iter().any(|code| code == one.code)
    };
    ranked.iter().filter(is_shown).collect()
}

fn area_link(cx: &Cx, standing: &IndexStanding, code: &str) -> Link {
    let mut areas = cx.view.plan.areas.iter();
    match areas.find(|(_, area)| area.code.as_deref() == Some(code)) {
        Some((slug, _)) => cx.link(Kind::Area, slug),
        None => Link::new("", standing.name(code)),
    }
}

fn weights(made: &Made) -> Vec<WeightItem> {
    let mut above = Vec::new();
    let all = shares(&made.of.definition).into_iter().map(|share| {
        above.truncate(share.level - 1);
        let within = above.last().cloned();
        above.push(share.title.clone());
        WeightItem {
            is_group: share.is_group,
            within: within.unwrap_or_else(|| "the index itself".to_owned()),
            weight: format!("{} ({}%)", share.weight, spell_score(share.beside, 0)),
            whole: format!("{}%", spell_score(share.whole, 1)),
            title: share.title,
        }
    });
    all.collect()
}

/// The indicators of the index, each with its period and its datasets.
fn inputs(
    cx: &Cx,
    state: &State,
    indicator: &Indicator,
    standing: Option<&IndexStanding>,
) -> Vec<InputItem> {
    let plan = &cx.view.plan;
    let made = standing.and_then(|standing| standing.made.as_ref().ok());
    let parts = indicator.index.iter().flat_map(|index| &index.parts);
    parts
        .map(|part| {
            let slug = &part.indicator;
            let way = plan.indicators.get(slug).and_then(|one| one.direction);
            let way = way.map(|way| match way {
                Direction::Up => "more is better",
                Direction::Down => "less is better",
            });
            let input =
                made.and_then(|made| made.of.inputs.iter().find(|one| one.indicator == *slug));
            let period = input.map(|input| input.period.words());
            let headline = standing.is_some_and(|standing| standing.headlines.contains(slug));
            let origin = headline.then_some("the region’s own headline figures");
            let about: Vec<String> = [period, way.map(str::to_owned), origin.map(str::to_owned)]
                .into_iter()
                .flatten()
                .collect();
            InputItem {
                link: cx.link(Kind::Indicator, slug),
                about: capitalise(&about.join(", ")),
                datasets: state
                    .inputs(plan, slug)
                    .iter()
                    .map(|(dataset, _)| cx.link(Kind::Dataset, dataset))
                    .collect(),
            }
        })
        .collect()
}

fn facts(cx: &Cx, indicator: &Indicator, standing: Option<&IndexStanding>) -> Vec<Fact> {
    let theme = indicator.theme.iter();
    let theme =
        theme.map(|slug| Link::new(cx.link(Kind::Theme, slug).href, cx.view.theme_title(slug)));
    let made = standing.and_then(|standing| standing.made.as_ref().ok());
    let parts = indicator
        .index
        .as_ref()
        .map(|index| index.parts.len().to_string());
    let mut facts = vec![
        Fact::words(
            "What it is",
            Some("An index: a construction out of several indicators".to_owned()),
        ),
        Fact::words("Unit", Some(indicator.unit.clone())),
        Fact::words("Indicators in it", parts),
    ];
    if let Some(made) = made {
        facts.push(Fact::words(
            "Areas with a score",
            Some(made.ranked().len().to_string()),
        ));
        facts.push(Fact::words("Figures of", Some(periods(made))));
    }
    facts.push(Fact::links("Theme", theme.collect()));
    facts
}
