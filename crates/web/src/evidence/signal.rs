//! Signals that figures raise: on the pages of what they concern, for as long as they hold.

use dfg_evidence::State;
use dfg_plan::{
    Kind, Slug,
    evidence::{Raised, Rule},
};

use crate::{
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
