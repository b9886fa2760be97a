//! Signals that figures raise: on the pages of what they concern, for as long as they hold.

use dfg_evidence::State;
use dfg_plan::{
    Kind, Plan, Role, Slug,
    evidence::{Raised, Rule},
    spell_day,
};
use dfg_store::Person;

use crate::{
    access::{Ask, desk::Waiting},
    cx::{Cx, Link},
    shell::theme_class,
};

/// A signal that figures raised, in a list.
pub(crate) struct EvidenceSignal {
    pub sentence: String,
    pub kind: &'static str,
    pub since: String,
    pub link: Link,
    pub theme_class: String,
}

impl EvidenceSignal {
    fn new(cx: &Cx, raised: &Raised) -> Self {
        let indicator = cx.view.plan.indicators.get(&raised.indicator);
        let theme = indicator.and_then(|indicator| indicator.theme.as_ref());
        Self {
            sentence: raised.sentence.clone(),
            kind: match raised.rule {
                Rule::OffTrajectory => "Off its trajectory",
                Rule::GapWidening => "A gap is widening",
                Rule::MetEarly => "Met early",
                Rule::RealChange => "A real change",
                Rule::Revision => "Revised",
                Rule::Overdue => "Source overdue",
            },
            since: raised.since.words(),
            link: cx.link(Kind::Indicator, &raised.indicator),
            theme_class: theme.map_or_else(String::new, theme_class),
        }
    }
}

/// The open signals that pass; none in the past.
fn listed(cx: &Cx, state: &State, passes: impl Fn(&Raised) -> bool) -> Vec<EvidenceSignal> {
    if cx.moment.past.is_some() {
        return Vec::new();
    }
    let open = state.signals.open.iter();
    open.filter(|raised| passes(raised))
        .filter(|raised| cx.view.plan.indicators.contains_key(&raised.indicator))
        .map(|raised| EvidenceSignal::new(cx, raised))
        .collect()
}

/// Those on one indicator.
pub(super) fn on_indicator(cx: &Cx, state: &State, slug: &Slug) -> Vec<EvidenceSignal> {
    listed(cx, state, |raised| raised.indicator == *slug)
}

/// Those on one indicator that have ended, the latest first: what was said, why it ended, and when.
pub(super) fn ended_on(state: &State, slug: &Slug) -> Vec<(String, String, String)> {
    let closed = state.signals.closed.iter();
    closed
        .filter(|closed| closed.signal.indicator == *slug)
        .take(MOST_ENDED)
        .map(|closed| {
            (
                closed.signal.sentence.clone(),
                closed.reason.clone(),
                spell_day(closed.on),
            )
        })
        .collect()
}

/// All that are open.
pub(crate) fn open(cx: &Cx) -> Vec<EvidenceSignal> {
    listed(cx, &cx.site.evidence(), |_| true)
}

/// Those on indicators that pass.
pub(crate) fn on_indicators(cx: &Cx, passes: impl Fn(&Slug) -> bool) -> Vec<EvidenceSignal> {
    listed(cx, &cx.site.evidence(), |raised| passes(&raised.indicator))
}

/// Those in one area.
pub(crate) fn on_area(cx: &Cx, area: &Slug) -> Vec<EvidenceSignal> {
    let code = cx
        .view
        .plan
        .areas
        .get(area)
        .and_then(|area| area.code.clone());
    match code {
        Some(code) => listed(cx, &cx.site.evidence(), |raised| {
            raised.area.as_deref() == Some(code.as_str())
        }),
        None => Vec::new(),
    }
}

/// How many signals that have ended a page shows.
const MOST_ENDED: usize = 5;
/// How many activities wait at most, so that other things are seen beside them.
const MOST_WAITING: usize = 10;

/// What figures ask a person whose organisation has a part in activities that they concern.
pub(crate) fn waiting(ask: &Ask, person: &Person, plan: &Plan) -> Vec<Waiting> {
    let own: Vec<&Slug> = person
        .roles
        .iter()
        .filter_map(|role| match role {
            Role::Partner(organisation) => Some(organisation),
            _ => None,
        })
        .collect();
    asked(&ask.site.evidence().signals.open, &own, plan)
}

/// For each activity in which one of the organisations has a part, and which should move an
/// indicator on which a signal is open: whether it is still right.
fn asked(open: &[Raised], own: &[&Slug], plan: &Plan) -> Vec<Waiting> {
    let activities = plan.activities.iter().filter(|(_, activity)| {
        let mut owners = activity.owners.iter();
        owners.any(|owner| {
            owner
                .organisation
                .as_ref()
                .is_some_and(|one| own.contains(&one))
        })
    });
    let asked = activities.filter_map(|(slug, activity)| {
        let moved = |raised: &&Raised| activity.moves.contains(&raised.indicator);
        let raised = open.iter().find(moved)?;
        Some(Waiting {
            link: Link::new(
                format!("/activities/{slug}"),
                format!("Is “{}” still right?", activity.title),
            ),
            note: format!("The figures have moved: {}", raised.sentence),
        })
    });
    asked.take(MOST_WAITING).collect()
}

#[cfg(test)]
mod tests {
    use dfg_plan::Record;
    use serde_json::json;

    use super::*;

    #[test]
    fn owners_are_asked_about_what_the_figures_concern_and_nobody_else_is() {
        let slug = |text: &str| Slug::parse(text).unwrap();
        let mut plan = Plan::default();
        for (name, organisation, moves) in [
            ("fibre", "hub", "coverage"),
            ("courses", "hub", "skills"),
            ("masts", "other", "coverage"),
        ] {
            let activity = json!({
                "title": name, "theme": "data", "summary": "s", "moves": [moves],
                "owners": [{"organisation": organisation, "part": "leads"}],
            });
            let activity: dfg_plan::record::Activity = serde_json::from_value(activity).unwrap();
            plan.insert(slug(name), Record::Activity(activity.into()));
        }
        let raised: Raised = serde_json::from_value(json!({
            "rule": "off-trajectory", "indicator": "coverage", "area": null,
            "sentence": "Coverage is off track.", "since": "2024", "key": "k", "lineage": [],
        }))
        .unwrap();
        let hub = slug("hub");
        let waiting = asked(std::slice::from_ref(&raised), &[&hub], &plan);
        let links: Vec<&str> = waiting.iter().map(|one| one.link.href.as_str()).collect();
        assert_eq!(links, ["/activities/fibre"]);
        assert_eq!(
            waiting[0].note,
            "The figures have moved: Coverage is off track."
        );
        assert!(asked(&[raised], &[], &plan).is_empty());
        assert!(asked(&[], &[&hub], &plan).is_empty());
    }
}
