//! The home page: the region's offer, its pipeline as a picture, and what changed last.

use askama::Template;
use axum::response::Response;
use dfg_plan::{
    Key, Kind, Slug,
    record::{Observation, Stage},
    spell_date, spell_day,
};

use crate::{
    chart,
    cx::{Cx, Link},
    edition,
    fault::Fault,
    markdown,
    part::{SignalItem, count, stage_class, stage_words},
    route::html,
    shell::{Shell, theme_class},
    tile::{self, TileItem},
};

#[derive(Template)]
#[template(path = "home/page.html")]
struct Page {
    shell: Shell,
    counts: String,
    edition: Option<Link>,
    edition_date: String,
    strategy_href: String,
    changes_href: String,
    areas_href: String,
    tiles: Vec<TileItem>,
    everywhere: usize,
    matrix: Matrix,
    themes: Vec<ThemeItem>,
    themes_heading: String,
    figures_heading: String,
    figures: Vec<FigureItem>,
    offer: String,
    strengths: Vec<StrengthItem>,
    signals: Vec<SignalItem>,
    signals_href: String,
    signals_count: usize,
    lately: Vec<Dated>,
    changed: Option<Changed>,
    views: [Link; 3],
}

/// The latest edition and what changed in it.
struct Changed {
    heading: String,
    link: Link,
    summary: String,
}

struct ThemeItem {
    link: Link,
    class: String,
    promise: String,
    about: String,
}

struct FigureItem {
    sentence: String,
    href: String,
    unit: String,
    chart: String,
    source: String,
}

struct StrengthItem {
    title: String,
    text: String,
    source: Option<Link>,
}

struct Dated {
    date: String,
    datetime: String,
    what: String,
    links: Vec<Link>,
}

/// `GET /`.
pub(crate) fn show(cx: &Cx) -> Result<Response, Fault> {
    let plan = &cx.view.plan;
    let region = plan.region();
    let headline = region.map_or_else(String::new, |region| region.headline.clone());
    let matrix = Matrix::new(cx);
    let shown = cx.snapshot.edition.as_ref().map(|shown| &shown.edition);
    let themes = plan.themes.len();
    let counts = format!(
        "{}. {}. {} {}, and one plan that anyone can read, question and follow.",
        count(plan.activities.len(), "activity", "activities"),
        count(plan.organisations.len(), "organisation", "organisations"),
        spell_number(themes),
        if themes == 1 { "theme" } else { "themes" },
    );
    let tiles = tile::tiles(cx);
    html(&Page {
        shell: cx.shell(headline).described(counts.clone()),
        counts,
        edition: shown.map(|edition| {
            Link::new(
                cx.moment.href(&format!("/editions/{}", edition.id)),
                format!("Edition {}", edition.id),
            )
        }),
        edition_date: shown
            .map(|edition| spell_day(edition.as_of))
            .unwrap_or_default(),
        strategy_href: cx.moment.href("/strategy"),
        changes_href: cx.moment.href("/editions"),
        areas_href: cx.moment.href("/areas"),
        everywhere: tile::everywhere(cx),
        tiles,
        matrix,
        themes: plan
            .themes_in_order()
            .into_iter()
            .map(|(slug, theme)| {
                let key = Key::new(Kind::Theme, slug.clone());
                let activities = cx.view.backlinks.to(&key, Kind::Activity, "theme").len();
                let signals = cx.view.backlinks.to(&key, Kind::Signal, "theme").len();
                ThemeItem {
                    link: Link::new(cx.href(Kind::Theme, slug), cx.view.theme_title(slug)),
                    class: theme_class(slug),
                    promise: theme.promise.clone(),
                    about: format!(
                        "{} · {}",
                        count(activities, "activity", "activities"),
                        count(signals, "signal", "signals")
                    ),
                }
            })
            .collect(),
        themes_heading: format!("{} themes hold the plan together", spell_number(themes)),
        figures_heading: region
            .and_then(|region| region.headlines_title.clone())
            .unwrap_or_else(|| "What the figures say".to_owned()),
        figures: figures(cx),
        offer: region
            .map(|region| markdown::render_html(&region.offer))
            .unwrap_or_default(),
        strengths: region
            .map(|region| {
                let strengths = region.strengths.iter();
                strengths
                    .map(|strength| StrengthItem {
                        title: strength.title.clone(),
                        text: strength.text.clone(),
                        source: strength.sources.first().map(|source| {
                            Link::new(source.url.clone().unwrap_or_default(), source.name())
                        }),
                    })
                    .collect()
            })
            .unwrap_or_default(),
        signals: latest_signals(cx),
        signals_href: cx.moment.href("/signals"),
        signals_count: plan.signals.len(),
        lately: lately(cx),
        changed: edition::latest_change(cx).map(|(link, summary)| Changed {
            heading: link.text.clone(),
            link: Link::new(link.href, "Read every change and its reason"),
            summary,
        }),
        views: [
            ("list", "a list"),
            ("timeline", "a timeline"),
            ("board", "a board"),
        ]
        .map(|(view, words)| Link::new(cx.moment.href(&format!("/pipeline?view={view}")), words)),
    })
}

/// Small numbers in words, at the start of a sentence.
fn spell_number(number: usize) -> String {
    const WORDS: [&str; 10] = [
        "No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine",
    ];
    WORDS
        .get(number)
        .map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

fn figures(cx: &Cx) -> Vec<FigureItem> {
    let plan = &cx.view.plan;
    let headlines = plan
        .region()
        .map(|region| region.headlines.clone())
        .unwrap_or_default();
    headlines
        .iter()
        .zip(1..)
        .filter_map(|(headline, number)| {
            let indicator = plan.indicators.get(&headline.indicator)?;
            let observations: Vec<&Observation> = plan
                .observations
                .values()
                .filter(|observation| observation.indicator == headline.indicator)
                .map(AsRef::as_ref)
                .collect();
            let class = indicator.theme.clone().or_else(|| {
                plan.themes_in_order()
                    .get((number - 1) % 4)
                    .map(|(slug, _)| (*slug).clone())
            });
            let class = class.as_ref().map(theme_class).unwrap_or_default();
            let chart = chart::indicator_chart(
                &format!("headline-{number}"),
                &class,
                indicator,
                &observations,
            )?;
            let last = chart::main_series(indicator, &observations)
                .last()
                .copied()?;
            let publisher = last.sources.first().map(|source| source.name().to_owned());
            Some(FigureItem {
                sentence: headline.sentence.clone(),
                href: cx.href(Kind::Indicator, &headline.indicator),
                unit: indicator.title.clone(),
                chart,
                source: format!(
                    "{}; data for {}.",
                    publisher.unwrap_or_else(|| "Source not named".to_owned()),
                    spell_date(last.period)
                ),
            })
        })
        .collect()
}

fn latest_signals(cx: &Cx) -> Vec<SignalItem> {
    let mut signals: Vec<_> = cx.view.plan.signals.iter().collect();
    signals.sort_by_key(|(slug, signal)| (std::cmp::Reverse(signal.seen), (*slug).clone()));
    signals
        .into_iter()
        .take(6)
        .map(|(slug, signal)| SignalItem::new(cx, slug, signal))
        .collect()
}

fn lately(cx: &Cx) -> Vec<Dated> {
    let plan = &cx.view.plan;
    let milestones = plan
        .milestones
        .values()
        .map(|m| (m.date, m.what.clone(), m.activities.clone(), None));
    let decisions = plan.decisions.iter().map(|(slug, d)| {
        (
            d.date,
            d.title.clone(),
            d.activities.clone(),
            Some(slug.clone()),
        )
    });
    let mut all: Vec<(dfg_plan::PartialDate, String, Vec<Slug>, Option<Slug>)> =
        milestones.chain(decisions).collect();
    all.sort_by_key(|(date, ..)| std::cmp::Reverse(*date));
    all.into_iter()
        .take(5)
        .map(|(date, what, activities, decision)| Dated {
            date: spell_date(date),
            datetime: date.to_string(),
            what,
            links: decision
                .iter()
                .map(|slug| Link::new(cx.href(Kind::Decision, slug), "The decision"))
                .chain(cx.links(Kind::Activity, &activities))
                .collect(),
        })
        .collect()
}

/// The signature picture: a square is an activity, rows are themes, columns are stages.
pub(crate) struct Matrix {
    pub heading: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

pub(crate) struct Column {
    pub stage: &'static str,
    pub class: String,
}

pub(crate) struct Row {
    pub theme: Link,
    pub class: String,
    pub cells: Vec<Cell>,
}

pub(crate) struct Cell {
    pub stage: &'static str,
    pub class: String,
    pub squares: Vec<Link>,
    pub href: String,
    /// What the number says to those who hear it: ` activities: Data, delivering`.
    pub spoken: String,
}

impl Matrix {
    pub fn new(cx: &Cx) -> Self {
        let plan = &cx.view.plan;
        let stages: Vec<Option<Stage>> = Stage::ALL
            .iter()
            .copied()
            .map(Some)
            .chain([None])
            .filter(|stage| {
                let main = matches!(
                    stage,
                    Some(
                        Stage::Idea
                            | Stage::Developing
                            | Stage::Approved
                            | Stage::Delivering
                            | Stage::Completed
                    )
                );
                main || plan
                    .activities
                    .values()
                    .any(|activity| activity.stage == *stage)
            })
            .collect();
        let mut rows: Vec<Slug> = plan
            .themes_in_order()
            .into_iter()
            .map(|(slug, _)| slug.clone())
            .collect();
        for activity in plan.activities.values() {
            if !rows.contains(&activity.theme) {
                rows.push(activity.theme.clone());
            }
        }
        let rows = rows
            .iter()
            .map(|theme| Row {
                theme: Link::new(cx.href(Kind::Theme, theme), cx.view.theme_title(theme)),
                class: theme_class(theme),
                cells: stages
                    .iter()
                    .map(|stage| Self::cell(cx, theme, *stage))
                    .collect(),
            })
            .collect();
        let columns = stages
            .iter()
            .map(|stage| Column {
                stage: stage_words(*stage),
                class: stage_class(*stage),
            })
            .collect();
        Self {
            heading: Self::finding(cx),
            columns,
            rows,
        }
    }

    fn cell(cx: &Cx, theme: &Slug, stage: Option<Stage>) -> Cell {
        let squares: Vec<Link> = cx
            .view
            .plan
            .activities
            .iter()
            .filter(|(_, activity)| activity.theme == *theme && activity.stage == stage)
            .map(|(slug, activity)| {
                Link::new(cx.href(Kind::Activity, slug), activity.title.clone())
            })
            .collect();
        let word = stage.map_or("none", Stage::word);
        let noun = if squares.len() == 1 {
            "activity"
        } else {
            "activities"
        };
        Cell {
            stage: stage_words(stage),
            class: stage_class(stage),
            href: cx
                .moment
                .href(&format!("/pipeline?theme={theme}&stage={word}")),
            spoken: format!(
                " {noun}: {}, {}",
                cx.view.theme_title(theme),
                stage_words(stage).to_lowercase()
            ),
            squares,
        }
    }

    /// A true sentence about the pipeline.
    fn finding(cx: &Cx) -> String {
        let activities = &cx.view.plan.activities;
        let with = |stage: Stage| {
            activities
                .values()
                .filter(|a| a.stage == Some(stage))
                .count()
        };
        let (delivering, completed, all) = (
            with(Stage::Delivering),
            with(Stage::Completed),
            activities.len(),
        );
        if all == 0 {
            "Nothing is in the pipeline yet".to_owned()
        } else if delivering * 2 > all {
            "Most of the pipeline is being delivered now".to_owned()
        } else if completed * 2 > all {
            "Most of the pipeline is completed".to_owned()
        } else {
            format!("{delivering} of {all} activities are being delivered now")
        }
    }
}
