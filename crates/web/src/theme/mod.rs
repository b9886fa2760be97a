//! Themes and their objectives: what each promises, why, what is being done and what shows it.

mod objective;

use askama::Template;
use axum::{Router, response::Response};
use dfg_plan::{
    Key, Kind, Record, Slug,
    record::{Activity, SignalKind, Stage},
};

use crate::{
    cx::{Cx, Link},
    evidence::{self, AreaFigure, EvidenceSignal},
    fault::Fault,
    home::Matrix,
    indicator::{self, FigureItem},
    markdown,
    part::{SignalItem, SourceItem, count},
    record::{self, Dated, StageGroup},
    route::{html, page},
    shell::{Shell, theme_class},
    site::Site,
};

/// How many signals a theme's page shows before it links to the rest.
const SIGNALS_SHOWN: usize = 6;

#[derive(Template)]
#[template(path = "theme/list.html")]
struct ListPage {
    shell: Shell,
    trail: Vec<Link>,
    lede: String,
    themes: Vec<ListItem>,
}

struct ListItem {
    link: Link,
    class: String,
    promise: String,
    about: String,
    finding: String,
    objectives: Vec<Link>,
}

#[derive(Template)]
#[template(path = "theme/page.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    class: String,
    place: String,
    promise: String,
    finding: String,
    numbers: Vec<Number>,
    about: String,
    why: String,
    body: String,
    objectives: Vec<ObjectiveItem>,
    matrix: Matrix,
    stages: Vec<StageGroup>,
    pipeline: Link,
    signals: Vec<SignalItem>,
    signals_link: Link,
    figures: Vec<FigureItem>,
    evidence: Vec<AreaFigure>,
    figure_signals: Vec<EvidenceSignal>,
    moved: Vec<Link>,
    groups: Vec<GroupItem>,
    decisions: Vec<Dated>,
    sources: Vec<SourceItem>,
    history_href: String,
    data_href: String,
}

struct Number {
    words: String,
    link: Link,
}

struct ObjectiveItem {
    link: Link,
    text: String,
    about: String,
}

struct GroupItem {
    link: Link,
    purpose: String,
}

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
        .route("/themes", page(list))
        .route("/themes/{slug}", page(show))
        .route("/objectives/{slug}", page(objective::show))
}

/// `GET /themes`.
fn list(cx: &Cx) -> Result<Response, Fault> {
    let themes: Vec<ListItem> = cx
        .view
        .plan
        .themes_in_order()
        .into_iter()
        .map(|(slug, theme)| ListItem {
            link: Link::new(cx.href(Kind::Theme, slug), theme.title.clone()),
            class: theme_class(slug),
            promise: theme.promise.clone(),
            about: theme.about.clone().unwrap_or_default(),
            finding: record::stage_sentence(activities(cx, slug).into_iter().map(|(_, a)| a)),
            objectives: cx.links(Kind::Objective, objectives(cx, slug)),
        })
        .collect();
    let all = record::stage_sentence(cx.view.plan.activities.values().map(AsRef::as_ref));
    let title = match themes.len() {
        0 => "The strategy has no themes yet".to_owned(),
        1 => "One theme holds the plan together".to_owned(),
        number => format!("{number} themes hold the plan together"),
    };
    html(&ListPage {
        shell: cx.shell(title).described(all.clone()),
        trail: record::trail(cx, [Link::new(cx.moment.href("/strategy"), "Strategy")]),
        lede: all,
        themes,
    })
}

/// The activities of a theme, by slug.
fn activities<'a>(cx: &'a Cx, theme: &Slug) -> Vec<(&'a Slug, &'a Activity)> {
    let all = cx.view.plan.activities.iter();
    all.filter(|(_, activity)| activity.theme == *theme)
        .map(|(slug, activity)| (slug, activity.as_ref()))
        .collect()
}

/// The objectives of a theme in their own order.
fn objectives<'a>(cx: &'a Cx, theme: &Slug) -> Vec<&'a Slug> {
    let mut objectives: Vec<_> = cx
        .view
        .plan
        .objectives
        .iter()
        .filter(|(_, objective)| objective.theme == *theme)
        .collect();
    objectives.sort_by_key(|(slug, objective)| (objective.order, (*slug).clone()));
    objectives.into_iter().map(|(slug, _)| slug).collect()
}

/// `GET /themes/{slug}`.
fn show(cx: &Cx) -> Result<Response, Fault> {
    let (slug, record) = cx.record(Kind::Theme)?;
    let Record::Theme(theme) = record else {
        return Err(Fault::missing("theme", slug));
    };
    let plan = &cx.view.plan;
    let key = Key::new(Kind::Theme, slug.clone());
    let activities = activities(cx, &slug);
    let all_themes = plan.themes_in_order();
    let place = all_themes.iter().position(|(other, _)| **other == slug);
    let mut matrix = Matrix::new(cx);
    let class = theme_class(&slug);
    matrix.rows.retain(|row| row.class == class);
    let mut signals: Vec<_> = plan
        .signals
        .iter()
        .filter(|(_, signal)| signal.theme == slug)
        .collect();
    signals.sort_by_key(|(slug, signal)| (std::cmp::Reverse(signal.seen), (*slug).clone()));
    let own: Vec<&Slug> = indicator::in_order(cx)
        .into_iter()
        .filter(|(_, indicator)| indicator.theme.as_ref() == Some(&slug))
        .map(|(slug, _)| slug)
        .collect();
    let moved: Vec<&Slug> = indicator::in_order(cx)
        .into_iter()
        .map(|(slug, _)| slug)
        .filter(|slug| !own.contains(slug))
        .filter(|slug| activities.iter().any(|(_, a)| a.moves.contains(slug)))
        .collect();
    let pipeline_href = cx.moment.href(&format!("/pipeline?theme={slug}"));
    let signals_href = cx.moment.href(&format!("/signals?theme={slug}"));
    let finding = record::stage_sentence(activities.iter().map(|(_, a)| *a));
    html(&Page {
        shell: cx
            .shell(theme.title.clone())
            .described(theme.promise.clone()),
        trail: record::trail(
            cx,
            [
                Link::new(cx.moment.href("/strategy"), "Strategy"),
                Link::new(cx.moment.href("/themes"), "Themes"),
            ],
        ),
        place: place.map_or_else(
            || "Theme".to_owned(),
            |place| format!("Theme {} of {}", place + 1, all_themes.len()),
        ),
        promise: theme.promise.clone(),
        numbers: numbers(&activities, &signals, &pipeline_href, &signals_href),
        finding,
        about: theme.about.clone().unwrap_or_default(),
        why: theme.why.clone().unwrap_or_default(),
        body: markdown::render_linked(&theme.body, |path| cx.href_within(path)),
        objectives: objectives(cx, &slug)
            .into_iter()
            .map(|slug| objective_item(cx, slug))
            .collect(),
        matrix,
        stages: record::by_stage(cx, activities.iter().copied()),
        pipeline: Link::new(
            pipeline_href,
            format!(
                "Search and filter {}",
                count(activities.len(), "activity", "activities")
            ),
        ),
        signals_link: Link::new(
            signals_href,
            format!("All {}", count(signals.len(), "signal", "signals")),
        ),
        signals: signals
            .into_iter()
            .take(SIGNALS_SHOWN)
            .map(|(slug, signal)| SignalItem::new(cx, slug, signal))
            .collect(),
        figures: own
            .iter()
            .filter(|slug| !evidence::has_evidence(cx, slug))
            .filter_map(|slug| FigureItem::new(cx, slug, &class))
            .collect(),
        evidence: evidence::theme_figures(cx, Some(&slug)),
        figure_signals: evidence::on_indicators(cx, |one| own.contains(&one)),
        moved: cx.links(Kind::Indicator, moved),
        groups: plan
            .groups
            .iter()
            .filter(|(_, group)| group.theme.as_ref() == Some(&slug))
            .map(|(slug, group)| GroupItem {
                link: cx.link(Kind::Group, slug),
                purpose: group.purpose.clone().unwrap_or_default(),
            })
            .collect(),
        decisions: record::decisions_naming(cx, &key, "theme"),
        sources: SourceItem::list(&theme.sources),
        history_href: record::history_href(cx, Kind::Theme, &slug),
        data_href: record::data_href(cx, Kind::Theme, &slug),
        class,
    })
}

fn numbers(
    activities: &[(&Slug, &Activity)],
    signals: &[(&Slug, &std::sync::Arc<dfg_plan::record::Signal>)],
    pipeline_href: &str,
    signals_href: &str,
) -> Vec<Number> {
    let delivering = activities
        .iter()
        .filter(|(_, activity)| activity.stage == Some(Stage::Delivering))
        .count();
    let funded = activities
        .iter()
        .filter(|(_, activity)| activity.funding_pence.is_some())
        .count();
    let chances = signals
        .iter()
        .filter(|(_, signal)| signal.kind == SignalKind::Opportunity)
        .count();
    let number = |value: usize, words: String, href: &str| Number {
        words,
        link: Link::new(href, value.to_string()),
    };
    vec![
        number(
            activities.len(),
            format!("activities, of which {delivering} are being delivered"),
            pipeline_href,
        ),
        number(
            signals.len(),
            format!(
                "signals: {}, {}",
                count(chances, "opportunity", "opportunities"),
                count(signals.len() - chances, "challenge", "challenges")
            ),
            signals_href,
        ),
        number(
            funded,
            format!("of the {} activities state their funding", activities.len()),
            pipeline_href,
        ),
    ]
}

fn objective_item(cx: &Cx, slug: &Slug) -> ObjectiveItem {
    let key = Key::new(Kind::Objective, slug.clone());
    let number = cx
        .view
        .backlinks
        .to(&key, Kind::Activity, "objectives")
        .len();
    let objective = cx.view.plan.objectives.get(slug);
    let text = objective.and_then(|objective| objective.text.clone());
    ObjectiveItem {
        link: cx.link(Kind::Objective, slug),
        text: text.unwrap_or_default(),
        about: match number {
            0 => "No activity names it yet".to_owned(),
            1 => "1 activity works towards it".to_owned(),
            number => format!("{number} activities work towards it"),
        },
    }
}
