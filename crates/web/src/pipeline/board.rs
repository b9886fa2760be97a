//! The pipeline as a board: a column a stage, a card an activity.

use dfg_plan::{
    Kind, Slug,
    record::{Activity, Stage},
    story::join_and,
};

use crate::{
    cx::{Cx, Link},
    part::{stage_class, stage_words},
    shell::theme_class,
};

pub(super) struct Column {
    pub id: &'static str,
    pub stage: &'static str,
    pub class: String,
    pub cards: Vec<Card>,
}

pub(super) struct Card {
    pub link: Link,
    pub class: String,
    pub about: String,
}

/// The columns: the main stages always, the others where something stands in them.
pub(super) fn columns(cx: &Cx, found: &[(&Slug, &Activity)]) -> Vec<Column> {
    let stages = Stage::ALL.iter().copied().map(Some).chain([None]);
    stages
        .filter_map(|stage| {
            let cards: Vec<Card> = found
                .iter()
                .filter(|(_, activity)| activity.stage == stage)
                .map(|(slug, activity)| card(cx, slug, activity))
                .collect();
            let is_side = matches!(stage, None | Some(Stage::Paused | Stage::Stopped));
            (!is_side || !cards.is_empty()).then(|| Column {
                id: stage.map_or("none", Stage::word),
                stage: stage_words(stage),
                class: stage_class(stage),
                cards,
            })
        })
        .collect()
}

fn card(cx: &Cx, slug: &Slug, activity: &Activity) -> Card {
    let leads = cx.view.leads(activity);
    let theme = cx.view.theme_title(&activity.theme);
    Card {
        link: cx.link(Kind::Activity, slug),
        class: theme_class(&activity.theme),
        about: if leads.is_empty() {
            theme
        } else {
            format!("{theme} · {}", join_and(&leads))
        },
    }
}
