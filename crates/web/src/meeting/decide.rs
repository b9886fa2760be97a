//! A decision's way into the ledger: its record, what it does to an activity, and the minute of it,
//! in one transaction. One on a proposal goes the way of [`crate::proposal::decide`].

use dfg_plan::{
    Change, Draft, History, PartialDate, Plan, Slug,
    history::Refusal,
    record::{Decision, Event, EventKind, Key, Kind, Record, Stage},
};
use dfg_store::{
    Followed, StoreError,
    meeting::Minute,
    proposal::{Ruling, Subject},
};
use jiff::tz::TimeZone;

use crate::{access::Ask, fault::Fault};

/// How often an append is tried again where others append at the same time.
const TRIES: usize = 8;

/// What is decided.
pub(super) struct Verdict<'a> {
    /// The decision's record.
    pub decision: Decision,
    /// Who records it, by id.
    pub actor: &'a str,
    /// The end of the ledger that whoever decides had seen.
    pub made_from: u64,
    /// What it is on.
    pub on: Matter<'a>,
    /// The minute of the meeting at which it was taken.
    pub minute: Option<Minute<'a>>,
}

/// What a decision is on, and what it does.
pub(super) enum Matter<'a> {
    /// A review's recommendation.
    Advice {
        review: i64,
        activity: &'a Slug,
        /// The stage that the activity moves to; none leaves it.
        stage: Option<Stage>,
    },
    /// An item about an activity, or none.
    Item {
        activity: Option<&'a Slug>,
        stage: Option<Stage>,
    },
}

/// Records a decision; gives its slug, or says in words why the plan does not take it. The site
/// shows it when this returns.
pub(super) async fn decide(
    ask: &Ask,
    verdict: &Verdict<'_>,
) -> Result<Result<Slug, String>, Fault> {
    let store = &ask.access.store;
    let today = ask.now.to_zoned(TimeZone::UTC).date();
    let _turn = ask.site.0.making.lock().await;
    for _ in 0..TRIES {
        let mut history = History::clone(&ask.site.history());
        if let Followed::Replaced(other) = store.follow(&mut history).await? {
            history = other;
        }
        let plan = history.current();
        let slug = free_slug(&plan, &verdict.decision.title);
        let draft = match draft(&plan, verdict, &slug) {
            Ok(found) => found,
            Err(words) => return Ok(Err(words)),
        };
        let prepared = history.prepare(draft, verdict.made_from, ask.now, today);
        let (sealed, next) = match prepared {
            Ok(prepared) => prepared,
            Err(refusal) => return Ok(Err(spell(&refusal))),
        };
        let on = match &verdict.on {
            Matter::Advice {
                review, activity, ..
            } => Subject::Advice {
                review: *review,
                activity,
            },
            Matter::Item { .. } => Subject::Item,
        };
        let ruling = Ruling {
            on,
            minute: verdict.minute,
        };
        match store.decide_and_append(&ruling, &sealed, &[]).await {
            Ok(_) => {
                ask.site.advance(next);
                return Ok(Ok(slug));
            }
            // Somebody else has appended in between: look again at what stands.
            Err(StoreError::Moved { .. }) => {}
            Err(StoreError::Stale { what, .. }) => {
                return Ok(Err(format!(
                    "Somebody else was quicker: the {what} has changed"
                )));
            }
            Err(cause) => return Err(cause.into()),
        }
    }
    Ok(Err(
        "Others are writing at the same time. Try again.".to_owned()
    ))
}

/// The entry to be: the decision, and what it does.
fn draft(plan: &Plan, verdict: &Verdict<'_>, slug: &Slug) -> Result<Draft, String> {
    let decision = verdict.decision.clone();
    let reason = decision.reason.clone().unwrap_or_default();
    let mut draft = Draft {
        actor: verdict.actor.to_owned(),
        reason,
        decision: Some(slug.clone()),
        ..Draft::default()
    };
    let (activity, stage) = match &verdict.on {
        Matter::Advice {
            activity, stage, ..
        } => (Some(*activity), *stage),
        Matter::Item { activity, stage } => (*activity, *stage),
    };
    let date = decision.date;
    draft
        .changes
        .push(Change::add(slug.clone(), decision.into()));
    if let (Some(activity), Some(stage)) = (activity, stage) {
        draft
            .changes
            .extend(move_to(plan, activity, stage, date, slug)?);
    }
    Ok(draft)
}

/// The change that moves an activity to a stage. One with dated events gets the event that says so.
fn move_to(
    plan: &Plan,
    slug: &Slug,
    stage: Stage,
    date: PartialDate,
    decision: &Slug,
) -> Result<Option<Change>, String> {
    let gone = || "The activity is in the plan no more".to_owned();
    let old = plan.activities.get(slug).ok_or_else(gone)?;
    if old.stage == Some(stage) {
        return Err(format!(
            "The activity is {} already: choose another stage, or none",
            stage.words()
        ));
    }
    let mut new = dfg_plan::record::Activity::clone(old);
    new.stage = Some(stage);
    if !new.events.is_empty() {
        let (what, stated) = match stage {
            Stage::Approved => (EventKind::Approved, None),
            Stage::Delivering => (EventKind::Started, None),
            Stage::Completed => (EventKind::Completed, None),
            Stage::Paused => (EventKind::Paused, None),
            Stage::Stopped => (EventKind::Stopped, None),
            Stage::Idea | Stage::Developing => (EventKind::Stated, Some(stage)),
        };
        new.events.push(Event {
            date,
            what,
            stage: stated,
            note: Some(format!("Decided: {decision}")),
            source: None,
        });
    }
    let key = Key::new(Kind::Activity, slug.clone());
    let old = Record::from(dfg_plan::record::Activity::clone(old));
    Ok(Change::set_difference(key, &old, &new.into()))
}

/// A slug that no decision has, from the decision's title.
fn free_slug(plan: &Plan, title: &str) -> Slug {
    let base = Slug::from_text(title);
    let base = base.as_ref().map_or("decision", Slug::as_str);
    let mut number = 1_u64;
    loop {
        let text = if number == 1 {
            base.to_owned()
        } else {
            format!(
                "{}-{number}",
                base.chars()
                    .take(70)
                    .collect::<String>()
                    .trim_end_matches('-')
            )
        };
        let taken = plan.decisions.contains_key(text.as_str())
            || plan.renamed(Kind::Decision, &text).is_some();
        if let (Ok(slug), false) = (Slug::parse(&text), taken) {
            return slug;
        }
        number += 1;
    }
}

/// Why the plan does not take it, with what a person can do.
fn spell(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Stale { .. } => {
            "What this is about has changed since you opened the page. Look at \
            it again, then record the decision."
                .to_owned()
        }
        Refusal::Faults { faults } => {
            let faults: Vec<String> = faults.iter().take(3).map(ToString::to_string).collect();
            format!("The plan would break its rules: {}", faults.join("; "))
        }
        other => other.to_string(),
    }
}
