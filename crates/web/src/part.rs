//! Pieces that several pages share: a template macro in `part.html` lays each out.

use dfg_plan::{
    Key, Kind, Slug, Source,
    record::{Activity, Signal, Stage},
    spell_date,
};

use crate::{
    cx::{Cx, Link},
    shell::theme_class,
};

/// The class of a stage's mark.
pub(crate) fn stage_class(stage: Option<Stage>) -> String {
    format!("stage-{}", stage.map_or("unknown", Stage::word))
}

/// The words for a stage.
pub(crate) fn stage_words(stage: Option<Stage>) -> &'static str {
    match stage {
        Some(Stage::Idea) => "Idea",
        Some(Stage::Developing) => "Developing",
        Some(Stage::Approved) => "Approved",
        Some(Stage::Delivering) => "Delivering",
        Some(Stage::Completed) => "Completed",
        Some(Stage::Paused) => "Paused",
        Some(Stage::Stopped) => "Stopped",
        None => "Not stated",
    }
}

/// An activity in a list.
pub(crate) struct ActivityItem {
    pub link: Link,
    pub summary: String,
    pub stage: &'static str,
    pub stage_class: String,
    pub theme: String,
    pub theme_class: String,
    /// Who leads it, when and where: short facts in a row.
    pub facts: Vec<String>,
}

impl ActivityItem {
    pub fn new(cx: &Cx, slug: &Slug, activity: &Activity) -> Self {
        let leads = cx.view.leads(activity);
        let areas: Vec<String> = activity
            .areas
            .iter()
            .map(|area| cx.view.title(Kind::Area, area))
            .collect();
        let facts = [
            (!leads.is_empty()).then(|| format!("Led by {}", dfg_plan::story::join_and(&leads))),
            (!areas.is_empty()).then(|| areas.join(", ")),
            spell_period(activity),
            activity.funding_pence.map(|pence| pence.to_string()),
        ];
        Self {
            link: cx.link(Kind::Activity, slug),
            summary: activity.summary.clone(),
            stage: stage_words(activity.stage),
            stage_class: stage_class(activity.stage),
            theme: cx.view.theme_title(&activity.theme),
            theme_class: theme_class(&activity.theme),
            facts: facts.into_iter().flatten().collect(),
        }
    }

    /// The activities that should move an indicator.
    pub fn moving(cx: &Cx, indicator: &Key) -> Vec<Self> {
        let activities = cx.view.activities_naming(indicator, "moves").into_iter();
        activities
            .map(|(slug, activity)| Self::new(cx, slug, activity))
            .collect()
    }
}

/// When an activity runs: `October 2022 to September 2025`.
pub(crate) fn spell_period(activity: &Activity) -> Option<String> {
    match (activity.start, activity.end) {
        (Some(start), Some(end)) if start == end => Some(spell_date(start)),
        (Some(start), Some(end)) => Some(format!("{} to {}", spell_date(start), spell_date(end))),
        (Some(start), None) => Some(format!("from {}", spell_date(start))),
        (None, Some(end)) => Some(format!("until {}", spell_date(end))),
        (None, None) => None,
    }
}

/// A signal in a list.
pub(crate) struct SignalItem {
    pub link: Link,
    pub kind: String,
    pub summary: String,
    pub theme: String,
    pub theme_class: String,
    pub seen: String,
    pub response: String,
}

impl SignalItem {
    pub fn new(cx: &Cx, slug: &Slug, signal: &Signal) -> Self {
        let key = Key::new(Kind::Signal, slug.clone());
        let answers = cx.view.backlinks.to(&key, Kind::Activity, "answers").len();
        Self {
            link: cx.link(Kind::Signal, slug),
            kind: dfg_plan::story::capitalise(signal.kind.words()),
            summary: signal.summary.clone(),
            theme: cx.view.theme_title(&signal.theme),
            theme_class: theme_class(&signal.theme),
            seen: signal.seen.map_or_else(
                || "date not stated".to_owned(),
                |seen| format!("seen {}", spell_date(seen)),
            ),
            response: match (&signal.response, answers) {
                (Some(response), _)
                    if response.kind != dfg_plan::record::ResponseKind::Answered =>
                {
                    response.kind.words().to_owned()
                }
                (_, 0) => "no response yet".to_owned(),
                (_, 1) => "answered by 1 activity".to_owned(),
                (_, count) => format!("answered by {count} activities"),
            },
        }
    }

    /// The signals about an indicator.
    pub fn about(cx: &Cx, indicator: &Key) -> Vec<Self> {
        let plan = &cx.view.plan;
        let slugs = cx.view.backlinks.to(indicator, Kind::Signal, "indicators");
        slugs
            .into_iter()
            .filter_map(|slug| Some(Self::new(cx, slug, plan.signals.get(slug)?)))
            .collect()
    }
}

/// A source in a list.
pub(crate) struct SourceItem {
    pub href: String,
    pub title: String,
    pub about: String,
}

impl SourceItem {
    pub fn new(source: &Source) -> Self {
        let title = source
            .title
            .clone()
            .unwrap_or_else(|| source.name().to_owned());
        let date = source.date.map_or_else(|| "undated".to_owned(), spell_date);
        let publisher = source
            .publisher
            .clone()
            .filter(|publisher| *publisher != title);
        let about: Vec<String> = publisher
            .into_iter()
            .chain([date])
            .chain(source.note.clone())
            .collect();
        Self {
            href: source.url.clone().unwrap_or_default(),
            title,
            about: about.join(", "),
        }
    }

    pub fn list(sources: &[Source]) -> Vec<Self> {
        sources.iter().map(Self::new).collect()
    }
}

/// How many, with the right word: `1 activity`, `3 activities`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    let digits = dfg_plan::amount::group_thousands(&number.to_string());
    format!("{digits} {}", if number == 1 { one } else { many })
}
