//! What the pages of single records share: their trail, facts, dated links and activities by stage.
//!
//! The macros that lay these out are in `part.html` beside this file.

use dfg_plan::{
    Key, Kind, PartialDate, Slug,
    record::{Activity, Stage},
    spell_date,
};

use crate::{
    cx::{Cx, Link},
    part::{ActivityItem, stage_class, stage_words},
};

/// A line of the facts beside a record: a name and what is known.
pub(crate) struct Fact {
    pub name: &'static str,
    /// What is known; where it is empty the page says that no source says.
    pub values: Vec<Link>,
    pub note: String,
}

impl Fact {
    /// Facts that are links to records.
    pub fn links(name: &'static str, values: Vec<Link>) -> Self {
        Self {
            name,
            values,
            note: String::new(),
        }
    }

    /// A fact in words.
    pub fn words(name: &'static str, words: Option<String>) -> Self {
        Self::links(
            name,
            words.map(|text| Link::new("", text)).into_iter().collect(),
        )
    }

    /// With something to add.
    #[must_use]
    pub fn noted(mut self, note: Option<&String>) -> Self {
        self.note = note.cloned().unwrap_or_default();
        self
    }
}

/// A link with a date before it.
pub(crate) struct Dated {
    pub date: String,
    pub datetime: String,
    pub link: Link,
    pub about: String,
}

impl Dated {
    pub fn new(date: PartialDate, link: Link, about: impl Into<String>) -> Self {
        Self {
            date: spell_date(date),
            datetime: date.to_string(),
            link,
            about: about.into(),
        }
    }
}

/// The decisions that name a record in a field, the newest first.
pub(crate) fn decisions_naming(cx: &Cx, key: &Key, field: &str) -> Vec<Dated> {
    let slugs = cx.view.backlinks.to(key, Kind::Decision, field);
    decisions(cx, slugs)
}

/// Decisions, the newest first.
pub(crate) fn decisions<'a>(cx: &Cx, slugs: impl IntoIterator<Item = &'a Slug>) -> Vec<Dated> {
    let mut found: Vec<_> = slugs
        .into_iter()
        .filter_map(|slug| Some((slug, cx.view.plan.decisions.get(slug)?)))
        .collect();
    found.sort_by(|(one, a), (two, b)| b.date.cmp(&a.date).then(one.cmp(two)));
    found
        .into_iter()
        .map(|(slug, decision)| {
            Dated::new(
                decision.date,
                cx.link(Kind::Decision, slug),
                decided_by(cx, decision).unwrap_or_default(),
            )
        })
        .collect()
}

/// Who took a decision, in words.
pub(crate) fn decided_by(cx: &Cx, decision: &dfg_plan::record::Decision) -> Option<String> {
    let group = decision.group.as_ref();
    let organisation = decision.organisation.as_ref();
    decision
        .by
        .clone()
        .or(group.map(|slug| cx.view.title(Kind::Group, slug)))
        .or(organisation.map(|slug| cx.view.title(Kind::Organisation, slug)))
}

/// The activities in one stage.
pub(crate) struct StageGroup {
    pub id: String,
    pub stage: &'static str,
    pub class: String,
    pub items: Vec<ActivityItem>,
}

/// Activities by stage, in the order of stages; what no source states comes last.
pub(crate) fn by_stage<'a>(
    cx: &Cx,
    activities: impl IntoIterator<Item = (&'a Slug, &'a Activity)>,
) -> Vec<StageGroup> {
    let activities: Vec<(&Slug, &Activity)> = activities.into_iter().collect();
    Stage::ALL
        .iter()
        .copied()
        .map(Some)
        .chain([None])
        .filter_map(|stage| {
            let items: Vec<ActivityItem> = activities
                .iter()
                .filter(|(_, activity)| activity.stage == stage)
                .map(|(slug, activity)| ActivityItem::new(cx, slug, activity))
                .collect();
            (!items.is_empty()).then(|| StageGroup {
                id: format!("stage-{}", stage.map_or("unknown", Stage::word)),
                stage: stage_words(stage),
                class: stage_class(stage),
                items,
            })
        })
        .collect()
}

/// What the activities of a list do, in a sentence: `38 activities: 20 are being delivered, …`.
pub(crate) fn stage_sentence<'a>(activities: impl IntoIterator<Item = &'a Activity>) -> String {
    let stages: Vec<Option<Stage>> = activities.into_iter().map(|a| a.stage).collect();
    let number = |wanted: &[Stage]| {
        stages
            .iter()
            .flatten()
            .filter(|stage| wanted.contains(stage))
            .count()
    };
    let parts: Vec<String> = [
        (number(&[Stage::Delivering]), "being delivered"),
        (
            number(&[Stage::Idea, Stage::Developing, Stage::Approved]),
            "being prepared",
        ),
        (number(&[Stage::Completed]), "completed"),
        (
            number(&[Stage::Paused, Stage::Stopped]),
            "paused or stopped",
        ),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, words)| format!("{count} {words}"))
    .collect();
    let all = crate::part::count(stages.len(), "activity", "activities");
    if stages.is_empty() {
        "No activity yet.".to_owned()
    } else if parts.is_empty() {
        format!("{all}.")
    } else {
        format!("{all}: {}.", dfg_plan::story::join_and(&parts))
    }
}

/// The way to a page from the top: the home page first.
pub(crate) fn trail(cx: &Cx, links: impl IntoIterator<Item = Link>) -> Vec<Link> {
    std::iter::once(Link::new(cx.moment.href("/"), "Home"))
        .chain(links)
        .collect()
}

/// The address of a record's history.
pub(crate) fn history_href(cx: &Cx, kind: Kind, slug: &Slug) -> String {
    cx.moment
        .href(&format!("/{}/{slug}/history", kind.plural()))
}

/// The address of a record as data.
pub(crate) fn data_href(cx: &Cx, kind: Kind, slug: &Slug) -> String {
    cx.moment.href(&format!("/api/v1/{}/{slug}", kind.plural()))
}
