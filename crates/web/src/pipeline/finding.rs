//! The pipeline's headline: a sentence that is true of what the filters show.

use dfg_plan::{record::Stage, story::join_and};

use super::filter::{Facet, Filter, NONE, shown};
use crate::view::View;

/// More values than this of one filter are not spelt out.
const MOST: usize = 2;

/// The headline: what share of the activities in view is where.
pub(super) fn headline(view: &View, filter: &Filter, is_past: bool) -> String {
    let pool = filter.found_but(view, Facet::Stage);
    let all = pool.len();
    if view.plan.activities.is_empty() {
        return "The pipeline is empty so far".to_owned();
    }
    if filter.found(view).is_empty() {
        return "Nothing in the pipeline matches".to_owned();
    }
    let chosen = filter.values(Facet::Stage);
    let default = [Stage::Delivering.word().to_owned()];
    let stages = if chosen.is_empty() { &default } else { chosen };
    let is_in = |word: &str| {
        let word = (word != NONE).then_some(word);
        pool.iter()
            .filter(|activity| activity.stage.map(Stage::word) == word)
            .count()
    };
    let number: usize = stages.iter().map(|word| is_in(word)).sum();
    let verbs = verbs(stages, number == 1, is_past);
    let noun = if all == 1 { "activity" } else { "activities" };
    let share = match number {
        0 => format!("none of {all} {noun}"),
        _ if number == all && all > 1 => format!("all {all} {noun}"),
        _ => format!("{number} of {all} {noun}"),
    };
    format!(
        "{}: {share}{} {verbs}",
        subject(view, filter),
        scope(view, filter)
    )
}

/// The themes, or the pipeline.
fn subject(view: &View, filter: &Filter) -> String {
    let themes = labels(view, filter, Facet::Theme);
    match themes.len() {
        1..=MOST => join_and(&themes),
        _ => "The pipeline".to_owned(),
    }
}

/// The other filters in words.
fn scope(view: &View, filter: &Filter) -> String {
    let mut scope = String::new();
    let mut vague = false;
    for (facet, before) in [(Facet::Area, " in "), (Facet::Organisation, " with ")] {
        let labels = labels(view, filter, facet);
        let spelt = filter.values(facet).iter().all(|value| value != NONE);
        match labels.len() {
            0 => {}
            1..=MOST if spelt => {
                scope.push_str(before);
                scope.push_str(&labels.join(" or "));
            }
            _ => vague = true,
        }
    }
    if !filter.words.is_empty() {
        scope.push_str(" that mention “");
        scope.push_str(&shown(&filter.words));
        scope.push('”');
    }
    let other = [Facet::Confidence, Facet::Funding]
        .iter()
        .any(|facet| !filter.values(*facet).is_empty());
    if vague || other || labels(view, filter, Facet::Theme).len() > MOST {
        scope.push_str(" that match");
    }
    scope
}

fn labels(view: &View, filter: &Filter, facet: Facet) -> Vec<String> {
    let values = filter.values(facet).iter();
    values
        .filter_map(|value| facet.label(view, value))
        .collect()
}

/// What activities in some stages do: `are being delivered now`.
fn verbs(stages: &[String], is_one: bool, is_past: bool) -> String {
    let be = match (is_one, is_past) {
        (true, false) => "is",
        (false, false) => "are",
        (true, true) => "was",
        (false, true) => "were",
    };
    let mut known: Vec<&str> = stages
        .iter()
        .filter_map(|word| {
            Some(match Stage::from_word(word) {
                Some(Stage::Idea) if is_one => "an idea",
                Some(Stage::Idea) => "ideas",
                Some(Stage::Developing) => "being developed",
                Some(Stage::Approved) => "approved",
                Some(Stage::Delivering) => "being delivered",
                Some(Stage::Completed) => "completed",
                Some(Stage::Paused) => "paused",
                Some(Stage::Stopped) => "stopped",
                None if word == NONE => "without a stated stage",
                None => return None,
            })
        })
        .collect();
    known.dedup();
    let now = if known == ["being delivered"] && !is_past {
        " now"
    } else {
        ""
    };
    format!("{be} {}{now}", known.join(" or "))
}
