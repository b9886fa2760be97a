//! Deciding on a proposal: the decision's record, the entry that cites it, and what is accepted, all
//! in one transaction.
//!
//! The proposal's own page and a meeting both decide through [`decide`].

use std::collections::BTreeSet;

use dfg_plan::{
    Act, Change, Draft, Fault as Rule, Kind, Plan, Slug,
    diff::RecordDiff,
    history::Refusal,
    proposal::{Proposal, State, Step, StepError, in_the_way},
    record::{Decision, GroupKind},
};
use dfg_store::{
    StoreError,
    meeting::Minute,
    proposal::{KeptProposal, Ruling, Subject},
};

use crate::{access::Ask, fault::Fault};

/// How often an entry is made anew because others appended first.
const TRIES: usize = 5;

/// What is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The changes are made.
    Accept,
    /// They are not; the reason is needed.
    Decline,
    /// They are looked at later; the reason is needed.
    Defer,
}

/// A decision on a proposal, before it is recorded.
#[derive(Clone, Debug)]
pub(crate) struct Resolution<'a> {
    /// The proposal.
    pub proposal: i64,
    /// The revision of it that was decided on; any where none is given.
    pub revision: Option<i64>,
    pub verdict: Verdict,
    /// The decision in a few words.
    pub title: &'a str,
    /// Why.
    pub reason: &'a str,
    /// More about it, in Markdown; may be empty.
    pub text: &'a str,
    /// What it does; told from the proposal where it is empty.
    pub effect: &'a str,
    /// The day on which it was taken; today where none is given.
    pub date: Option<jiff::civil::Date>,
    /// The group that decided; the steering group where none is given.
    pub group: Option<Slug>,
    /// The agenda item, where it was decided at a meeting.
    pub minute: Option<Minute<'a>>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Decided {
    /// The decision's record.
    pub decision: Slug,
    /// The entry that carries it.
    pub entry: u64,
    /// Where the proposal stands now.
    pub state: State,
}

/// Why it could not be recorded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Undecided {
    /// Nobody who may, or nothing there.
    #[error("it may not be decided here")]
    Fault(#[from] Fault),
    /// The proposal does not wait for a decision, or a reason is missing.
    #[error(transparent)]
    Step(#[from] StepError),
    /// The proposal was changed since it was read.
    #[error("the proposal was changed by its author since this page was opened")]
    OtherRevision,
    /// Something beside the proposal was changed at the same time.
    #[error("somebody else was quicker: the {0} has changed")]
    Quicker(&'static str),
    /// The title has no letter and no digit.
    #[error("the decision needs a title in words")]
    NoName,
    /// Others have changed the same fields since the proposal was made.
    #[error(
        "the plan has changed in the same places since this was proposed: its author has to look \
         at both first"
    )]
    Stale(Vec<RecordDiff>),
    /// The plan would break rules.
    #[error("the plan would break rules")]
    Rules(Vec<Rule>),
    /// The entry cannot be made for another reason.
    #[error(transparent)]
    Refused(Refusal),
}

impl From<StoreError> for Undecided {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stale {
                what: "proposal", ..
            } => Self::OtherRevision,
            StoreError::Stale { what, .. } => Self::Quicker(what),
            StoreError::Step(cause) => Self::Step(cause),
            other => Self::Fault(other.into()),
        }
    }
}

/// Decides on a proposal. Once this returns, decision, changes and outcome are on the disk, and the
/// site shows the entry; after an error, nothing of it is recorded.
pub(crate) async fn decide(ask: &Ask, made: &Resolution<'_>) -> Result<Decided, Undecided> {
    let me = ask.may(Act::Decide)?;
    let store = &ask.access.store;
    let _turn = ask.site.0.making.lock().await;
    for _ in 0..TRIES {
        let absent = || Fault::missing("proposal", made.proposal);
        let kept = store.proposal(made.proposal).await?.ok_or_else(absent)?;
        if made
            .revision
            .is_some_and(|revision| revision != kept.revision)
        {
            return Err(Undecided::OtherRevision);
        }
        let history = ask.site.history();
        let plan = history.current();
        let (slug, step) = step_of(&plan, made).ok_or(Undecided::NoName)?;
        // Whether the step can be taken at all, before anything is made.
        let after = kept.proposal.state.after(step.clone())?;
        let draft = draft_of(
            &plan,
            made,
            &kept,
            &slug,
            after,
            (me.id.as_str(), ask.today()),
        );
        if made.verdict == Verdict::Accept {
            let stale = in_the_way(&history, &kept.proposal);
            if !stale.is_empty() {
                return Err(Undecided::Stale(stale));
            }
        }
        // What changed in other fields since is no hindrance: the draft is made from here.
        let head = history.head().seq;
        let prepared = history.prepare(draft, head, ask.now, ask.today());
        let (sealed, next) = prepared.map_err(|refusal| match refusal {
            Refusal::Faults { faults } => Undecided::Rules(faults),
            other => Undecided::Refused(other),
        })?;
        let ruling = Ruling {
            on: Subject::Proposal {
                id: kept.id,
                revision: kept.revision,
                step,
            },
            minute: made.minute,
        };
        match store.decide_and_append(&ruling, &sealed, &[]).await {
            Ok(state) => {
                ask.site.advance(next);
                return Ok(Decided {
                    decision: slug,
                    entry: sealed.entry.seq,
                    state: state.unwrap_or(kept.proposal.state),
                });
            }
            Err(StoreError::Moved { .. }) => ask.site.catch_up(store).await?,
            Err(cause) => return Err(cause.into()),
        }
    }
    Err(Undecided::OtherRevision)
}

/// A free slug for the decision, and the step that it takes; none where the title has no letter.
fn step_of(plan: &Plan, made: &Resolution<'_>) -> Option<(Slug, Step)> {
    let title: String = made.title.chars().take(60).collect();
    let first = Slug::from_text(&title)?;
    let numbered = (2..).filter_map(|number: u32| Slug::parse(&format!("{first}-{number}")).ok());
    let decision = std::iter::once(first.clone())
        .chain(numbered)
        .find(|slug| !plan.decisions.contains_key(slug))?;
    let reason = made.reason.to_owned();
    let step = match made.verdict {
        Verdict::Accept => Step::Accept {
            decision: decision.clone(),
        },
        Verdict::Decline => Step::Decline {
            decision: decision.clone(),
            reason,
        },
        Verdict::Defer => Step::Defer {
            decision: decision.clone(),
            reason,
        },
    };
    Some((decision, step))
}

fn draft_of(
    plan: &Plan,
    made: &Resolution<'_>,
    kept: &KeptProposal,
    slug: &Slug,
    after: State,
    (actor, today): (&str, jiff::civil::Date),
) -> Draft {
    let record = record_of(plan, made, &kept.proposal, today);
    let accepted = Proposal {
        state: after,
        ..kept.proposal.clone()
    };
    if let Ok(draft) = accepted.draft(actor, Some(record.clone())) {
        return draft;
    }
    Draft {
        actor: actor.to_owned(),
        reason: made.reason.to_owned(),
        decision: Some(slug.clone()),
        changes: vec![Change::add(slug.clone(), record.into())],
        ..Draft::default()
    }
}

fn record_of(
    plan: &Plan,
    made: &Resolution<'_>,
    proposal: &Proposal,
    today: jiff::civil::Date,
) -> Decision {
    let steering = plan
        .groups
        .iter()
        .find(|(_, group)| group.kind == GroupKind::Steering)
        .map(|(slug, _)| slug.clone());
    let group = made.group.clone().or(steering);
    let themes: Vec<Slug> = proposal.themes(plan).into_iter().collect();
    let accepts = made.verdict == Verdict::Accept;
    let concerned: BTreeSet<&Slug> = proposal
        .changes
        .iter()
        .filter(|change| change.key.kind == Kind::Activity)
        .map(|change| &change.key.slug)
        .collect();
    // What the entry itself takes out, and what a refusal leaves out, cannot be named.
    let withdrawn = |slug: &Slug| {
        proposal.changes.iter().any(|change| {
            change.key.kind == Kind::Activity
                && change.key.slug == *slug
                && change.action == dfg_plan::change::Action::Withdraw
        })
    };
    let there = |slug: &Slug| {
        if accepts {
            !withdrawn(slug)
        } else {
            plan.activities.contains_key(slug)
        }
    };
    let text = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    let verb = match made.verdict {
        Verdict::Accept => "The plan changes as proposed",
        Verdict::Decline => "The plan stays as it is",
        Verdict::Defer => "The proposal comes back later",
    };
    Decision {
        title: made.title.trim().to_owned(),
        date: made.date.unwrap_or(today).into(),
        by: group.is_none().then(|| "The steering group".to_owned()),
        group,
        organisation: None,
        theme: match themes.as_slice() {
            [one] if plan.themes.contains_key(one) => Some(one.clone()),
            _ => None,
        },
        activities: concerned
            .into_iter()
            .filter(|slug| there(slug))
            .cloned()
            .collect(),
        signals: Vec::new(),
        reason: text(made.reason),
        effect: text(made.effect).or_else(|| Some(format!("{verb}: {}", proposal.title))),
        was: Vec::new(),
        sources: Vec::new(),
        body: made.text.trim().to_owned(),
    }
}
