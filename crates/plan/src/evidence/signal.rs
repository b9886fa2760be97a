//! Signals from evidence: rules over assessments, and one signal for as long as a condition lasts.
//!
//! [`fire`] says which rules hold now. [`settle`] compares that with the signals still open, so that
//! a refresh raises nothing twice and a condition that ends closes its signal with a reason.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    assess::{Assessment, Reality, Verdict},
    finding::digits_shown,
    number::{change_in_unit, in_unit, plain},
    period::Period,
    place::Revision,
};
use crate::{
    amount::Figure,
    date::{PartialDate, spell_date, spell_day},
    record::Indicator,
    slug::Slug,
};

/// Which rules are on, and from where they hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SignalRules {
    /// An indicator is behind its trajectory.
    pub off_trajectory: bool,
    /// The gap to a comparator has grown since the baseline by more than this share of the gap at
    /// the baseline, in per cent; off where left out.
    pub gap_widening: Option<Figure>,
    /// A target is reached before its date.
    pub met_early: bool,
    /// An area's change from the period before is more than chance.
    pub real_change: bool,
    /// A revised value lies beyond the interval published before.
    pub revision: bool,
    /// A source is so many days past its next release; off where left out.
    pub overdue_days: Option<u16>,
}

/// All rules on; a gap counts as wider from a tenth; a source is overdue after 30 days.
impl Default for SignalRules {
    fn default() -> Self {
        Self {
            off_trajectory: true,
            gap_widening: Some(Figure(Decimal::TEN)),
            met_early: true,
            real_change: true,
            revision: true,
            overdue_days: Some(30),
        }
    }
}

/// The rule that raised a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Behind its trajectory.
    OffTrajectory,
    /// The gap to a comparator is widening.
    GapWidening,
    /// The target is met early.
    MetEarly,
    /// A real change in an area.
    RealChange,
    /// A revision beyond its interval.
    Revision,
    /// The source is overdue.
    Overdue,
}

impl Rule {
    /// The word of the rule in keys.
    pub fn word(self) -> &'static str {
        match self {
            Self::OffTrajectory => "off-trajectory",
            Self::GapWidening => "gap-widening",
            Self::MetEarly => "met-early",
            Self::RealChange => "real-change",
            Self::Revision => "revision",
            Self::Overdue => "overdue",
        }
    }

    /// The sentence with which a signal of the rule closes.
    fn closing(self) -> &'static str {
        match self {
            Self::OffTrajectory => "It is no longer behind its trajectory.",
            Self::GapWidening => "The gap is no longer wider than the rule allows.",
            Self::MetEarly => "The target is no longer met before its date.",
            Self::RealChange => "The latest figures show no real change in this direction.",
            Self::Revision => "The latest figures no longer go beyond what was published before.",
            Self::Overdue => "The source has been published, or has a later date of release.",
        }
    }
}

/// A signal that evidence raises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    /// The rule.
    pub rule: Rule,
    /// The indicator.
    pub indicator: Slug,
    /// The code of the area; none where it concerns the source.
    pub area: Option<String>,
    /// What happened, in a sentence.
    pub sentence: String,
    /// The period on which it was first seen; once raised, it stays.
    pub since: Period,
    /// The same for as long as the condition is the same.
    pub key: String,
    /// What the figures came from: content hashes of vintages and of the SQL.
    pub lineage: Vec<String>,
}

/// What the rules look at for one area of an indicator.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// The indicator's slug.
    pub slug: &'a Slug,
    /// The indicator.
    pub indicator: &'a Indicator,
    /// The code of the area.
    pub area: &'a str,
    /// Its name in a sentence.
    pub area_name: &'a str,
    /// How it stands.
    pub assessment: &'a Assessment,
    /// The revisions of the latest vintage, of any area and breakdown.
    pub revisions: &'a [Revision],
    /// What the figures came from.
    pub lineage: &'a [String],
}

/// The signals that hold for an area of an indicator, at most one for each key.
pub fn fire(rules: &SignalRules, look: Look<'_>) -> Vec<Raised> {
    let found = look.assessment;
    let digits = match found.latest.as_ref().and_then(|latest| latest.value) {
        Some(value) => digits_shown(look.indicator, value),
        None => 2,
    };
    let unit = look.indicator.unit.as_str();
    let (title, place) = (look.indicator.title.trim(), look.area_name);
    let amount = |value: Figure| change_in_unit(&plain(value.0.abs(), digits), unit);
    let whole = |value: Figure| in_unit(&plain(value.0, digits), unit);
    let mut raised = Vec::new();
    let mut add = |rule: Rule, detail: &str, since: &Period, sentence: String| {
        raised.push(Raised {
            rule,
            indicator: look.slug.clone(),
            area: Some(look.area.to_owned()),
            sentence,
            since: since.clone(),
            key: key(rule, look.slug, Some(look.area), detail),
            lineage: look.lineage.to_vec(),
        });
    };
    if let Some((latest, value)) = found
        .latest
        .as_ref()
        .and_then(|latest| Some((latest, latest.value?)))
    {
        let (period, now) = (&latest.period, latest.period.in_words());
        if let (true, Verdict::OffTrack, Some(expected)) =
            (rules.off_trajectory, found.verdict, found.expected)
        {
            let sentence = format!(
                "{title} in {place} is off track: {} {now}, where {} was expected.",
                whole(value),
                whole(expected)
            );
            add(Rule::OffTrajectory, "", period, sentence);
        }
        if let (true, true, Some(target)) = (rules.met_early, found.early, &found.target) {
            let sentence = format!(
                "{title} in {place} has met its target for {} early: {} {now}.",
                target.period.words(),
                whole(value)
            );
            add(Rule::MetEarly, "", period, sentence);
        }
        if let Some(allowed) = rules.gap_widening {
            // The first comparator is the one that counts: others would say the same again.
            for gap in found.gaps.iter().take(1) {
                let (Some(then), Some(by)) = (gap.at_baseline, gap.widened_by()) else {
                    continue;
                };
                // More than the allowed share of the gap at first, whichever side it was on.
                let limit = then.0.abs().checked_mul(allowed.0);
                let grown = by.0.checked_mul(Decimal::ONE_HUNDRED);
                let behind = gap.now.is_some_and(|now| now.0 > Decimal::ZERO);
                // What is too small to be shown is nothing to tell.
                if behind
                    && by.0.round_dp(digits) > Decimal::ZERO
                    && limit.zip(grown).is_some_and(|(limit, grown)| grown > limit)
                {
                    let sentence = format!(
                        "The gap in {title} between {place} and {} has widened by {} since the \
                         baseline.",
                        gap.title,
                        amount(by)
                    );
                    add(Rule::GapWidening, gap.comparator.as_str(), period, sentence);
                }
            }
        }
        if let (true, Some(change)) = (rules.real_change, &found.since_last)
            && change.reality == Reality::Real
        {
            let way = if change.by.0.is_sign_negative() {
                "down"
            } else {
                "up"
            };
            let sentence = format!(
                "{title} in {place} went {way} by {} from {} to {}: more than chance.",
                amount(change.by),
                change.from.words(),
                period.words()
            );
            // Each move is a signal of its own; the next period brings another or none.
            let detail = format!("{way}-{}", span(period));
            add(Rule::RealChange, &detail, period, sentence);
        }
    }
    if rules.revision {
        let beyond = look.revisions.iter().filter(|revision| {
            revision.beyond == Some(true)
                && revision.area == look.area
                && revision.breakdown.is_none()
        });
        for revision in beyond {
            let (Some(old), Some(new)) = (revision.old, revision.new) else {
                continue;
            };
            let sentence = format!(
                "{title} in {place} {} was revised from {} to {}, beyond the interval published \
                 before.",
                revision.period.in_words(),
                whole(old),
                whole(new)
            );
            add(
                Rule::Revision,
                &span(&revision.period),
                &revision.period,
                sentence,
            );
        }
    }
    raised
}

/// The signal that a source is overdue: it was to be published by `next_release`, and more days
/// than the rule allows have passed since.
pub fn overdue(
    rules: &SignalRules,
    indicator: &Slug,
    source: (&Slug, &str),
    next_release: PartialDate,
    today: Date,
    lineage: &[String],
) -> Option<Raised> {
    let allowed = i64::from(rules.overdue_days?);
    let late = next_release.last().duration_until(today).as_hours() / 24;
    let (slug, title) = source;
    (late > allowed).then(|| Raised {
        rule: Rule::Overdue,
        indicator: indicator.clone(),
        area: None,
        sentence: format!(
            "“{title}” was due by {} and has not arrived.",
            spell_date(next_release)
        ),
        since: next_release.into(),
        key: key(
            Rule::Overdue,
            indicator,
            None,
            &format!("{slug}-{next_release}"),
        ),
        lineage: lineage.to_vec(),
    })
}

/// `off-trajectory/gigabit/E12000001/`: rule, indicator, area and what else tells two conditions
/// apart; never a value, which changes while the condition lasts.
fn key(rule: Rule, indicator: &Slug, area: Option<&str>, detail: &str) -> String {
    format!(
        "{}/{indicator}/{}/{detail}",
        rule.word(),
        area.unwrap_or_default()
    )
}

/// A period's days, the same however it is written.
fn span(period: &Period) -> String {
    format!("{}-{}", period.first(), period.last())
}

/// What a refresh does to the signals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Raised for the first time.
    pub new: Vec<Raised>,
    /// Still open, with today's sentence and lineage and the period on which each was first seen.
    pub going_on: Vec<Raised>,
    /// Closed.
    pub closed: Vec<Closed>,
}

/// A signal whose condition has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// The signal as it was.
    pub signal: Raised,
    /// Why it closes, in a sentence or two.
    pub reason: String,
    /// The day.
    pub on: Date,
}

/// Compares the signals open before with those that hold now.
///
/// `unread` are indicators whose figures could not be made this time: what is open on them goes on
/// as it was, since nothing is known of its end. In each list, signals stand in order of key.
pub fn settle(open: &[Raised], firing: &[Raised], unread: &BTreeSet<Slug>, today: Date) -> Turn {
    let by_key = |signals: &[Raised]| -> BTreeMap<String, Raised> {
        let pairs = signals.iter().map(|one| (one.key.clone(), one.clone()));
        pairs.collect()
    };
    let (open, mut firing) = (by_key(open), by_key(firing));
    let mut turn = Turn::default();
    for (key, before) in open {
        match firing.remove(&key) {
            Some(now) => turn.going_on.push(Raised {
                since: before.since,
                ..now
            }),
            None if unread.contains(&before.indicator) => turn.going_on.push(before),
            None => turn.closed.push(Closed {
                reason: format!("Closed on {}. {}", spell_day(today), before.rule.closing()),
                signal: before,
                on: today,
            }),
        }
    }
    turn.new = firing.into_values().collect();
    turn
}

#[cfg(test)]
#[path = "signal_tests.rs"]
mod tests;
