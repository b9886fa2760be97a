//! An objective: its text, what contributes to it and what shows it.

use askama::Template;
use axum::response::Response;
use dfg_plan::{Key, Kind, Record};

use crate::{
    cx::{Cx, Link},
    evidence::{self, EvidenceSignal},
    fault::Fault,
    part::SourceItem,
    record::{self, Fact, StageGroup},
    route::html,
    shell::{Shell, theme_class},
};

#[derive(Template)]
#[template(path = "theme/objective.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    theme: Link,
    class: String,
    text: String,
    finding: String,
    stages: Vec<StageGroup>,
    helped_by: Vec<Link>,
    helps: Vec<Link>,
    indicators: Vec<Link>,
    figure_signals: Vec<EvidenceSignal>,
    facts: Vec<Fact>,
    sources: Vec<SourceItem>,
    history_href: String,
    data_href: String,
}

/// `GET /objectives/{slug}`.
pub(super) fn show(cx: &Cx) -> Result<Response, Fault> {
    let (slug, record) = cx.record(Kind::Objective)?;
    let Record::Objective(objective) = record else {
        return Err(Fault::missing("objective", slug));
    };
    let key = Key::new(Kind::Objective, slug.clone());
    let activities = cx.view.activities_naming(&key, "objectives");
    let theme = Link::new(
        cx.link(Kind::Theme, &objective.theme).href,
        cx.view.theme_title(&objective.theme),
    );
    let text = objective
        .text
        .clone()
        .filter(|text| *text != objective.title)
        .unwrap_or_default();
    let indicators = cx.links(
        Kind::Indicator,
        cx.view.backlinks.to(&key, Kind::Indicator, "objectives"),
    );
    let shown = cx.view.backlinks.to(&key, Kind::Indicator, "objectives");
    let figure_signals = evidence::on_indicators(cx, |slug| shown.contains(&slug));
    html(&Page {
        figure_signals,
        shell: cx.shell(objective.title.clone()).described(text.clone()),
        trail: record::trail(
            cx,
            [
                Link::new(cx.moment.href("/strategy"), "Strategy"),
                theme.clone(),
            ],
        ),
        class: theme_class(&objective.theme),
        text,
        finding: record::stage_sentence(activities.iter().map(|(_, a)| a.as_ref())),
        stages: record::by_stage(cx, activities.iter().map(|(slug, a)| (*slug, a.as_ref()))),
        helped_by: cx.links(
            Kind::Objective,
            cx.view
                .backlinks
                .to(&key, Kind::Objective, "contributes_to"),
        ),
        helps: cx.links(Kind::Objective, &objective.contributes_to),
        facts: vec![
            Fact::links("Theme", vec![theme.clone()]),
            Fact::links("Shown by", indicators.clone()),
        ],
        indicators,
        theme,
        sources: SourceItem::list(&objective.sources),
        history_href: record::history_href(cx, Kind::Objective, &slug),
        data_href: record::data_href(cx, Kind::Objective, &slug),
    })
}
