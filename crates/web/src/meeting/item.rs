//! An item of an agenda: interests, votes, and what came of it.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use dfg_plan::{
    Act, Kind, Slug, may,
    meeting::{Choice, Item, Outcome, Sort, Tally, Vote, tally},
    proposal::State,
    record::{Decision, Stage},
    story::capitalise,
};
use dfg_store::{StoreError, meeting::Minute, proposal::KeptProposal};

use super::{
    Sitting,
    decide::{Matter, Verdict, decide},
    decision_link,
};
use crate::{
    access::{Ask, FieldError, desk::ways, see_other},
    cx::Link,
    fault::Fault,
    proposal::{
        decide::{Resolution, Undecided, Verdict as Answer, decide as decide_proposal},
        told::{Told, tell_changes},
    },
    route::html,
    shell::Shell,
};

/// The stages to which a decision can move an activity.
const STAGES: [Stage; 6] = [
    Stage::Developing,
    Stage::Approved,
    Stage::Delivering,
    Stage::Paused,
    Stage::Stopped,
    Stage::Completed,
];
/// The longest note, in characters.
const LONG: usize = 5000;
/// The longest line of a decision, in characters, as the rules of the plan have it.
const LINE: usize = 1000;

#[derive(Template)]
#[template(path = "meeting/item.html")]
struct Page {
    shell: Shell,
    ways: Vec<Link>,
    errors: Vec<FieldError>,
    path: String,
    back: Link,
    sort: &'static str,
    note: String,
    links: Vec<Link>,
    /// Why it was decided so.
    why: String,
    stage: String,
    outcome: String,
    decision: Option<Link>,
    interests: Vec<String>,
    own_interest: String,
    own_vote: String,
    sits: bool,
    may_vote: bool,
    chairs: bool,
    decides: bool,
    may_remove: bool,
    quorum: String,
    tally: String,
    votes: Vec<(String, String)>,
    is_proposal: bool,
    changes: Vec<Told>,
    stages: Vec<(String, String, bool)>,
    made_from: u64,
    revision: i64,
    fields: Fields,
}

/// What the chair has typed.
#[derive(Default)]
struct Fields {
    text: String,
    reason: String,
    effect: String,
    stage: String,
    result: String,
    casting: String,
}

/// The proposal that an item is about.
async fn proposal(ask: &Ask, item: &Item) -> Result<Option<KeptProposal>, Fault> {
    let id = item
        .id
        .strip_prefix("proposal.")
        .and_then(|id| id.parse().ok());
    match id {
        Some(id) if item.sort == Sort::Proposal => Ok(ask.access.store.proposal(id).await?),
        _ => Ok(None),
    }
}

/// The activity that an item is about.
fn activity(item: &Item) -> Option<&Slug> {
    let about = item.about.as_ref()?;
    (about.kind == Kind::Activity).then_some(&about.slug)
}

/// The signal that an item is about.
fn signal(item: &Item) -> Option<&Slug> {
    let about = item.about.as_ref()?;
    (about.kind == Kind::Signal).then_some(&about.slug)
}

/// The votes on an item counted; nothing where nobody has voted.
async fn count(
    ask: &Ask,
    sitting: &Sitting,
    item: &Item,
    casting: Option<Choice>,
) -> Result<Option<Tally>, Fault> {
    let votes = ask.access.store.votes(sitting.kept.id, &item.id).await?;
    if votes.is_empty() {
        return Ok(None);
    }
    // The table takes one vote a member: there are no two.
    Ok(tally(&sitting.bench(item), &votes, casting).ok())
}

fn spell_tally(tally: &Tally) -> String {
    let aside = match tally.set_aside.len() {
        0 => String::new(),
        count => format!(", {count} set aside"),
    };
    format!(
        "For {}, against {}, abstained {}{aside}: {}.",
        tally.votes_for,
        tally.against,
        tally.abstained,
        tally.outcome.words()
    )
}

/// `GET /desk/meetings/{id}/items/{item}`.
pub(super) async fn show(ask: Ask) -> Result<Response, Fault> {
    let sitting = Sitting::of(&ask).await?;
    let item = sitting.item(&ask)?;
    page(&ask, &sitting, &item, Fields::default(), Vec::new()).await
}

async fn page(
    ask: &Ask,
    sitting: &Sitting,
    item: &Item,
    fields: Fields,
    errors: Vec<FieldError>,
) -> Result<Response, Fault> {
    let me = ask.may(Act::UseDesk)?;
    let (id, store) = (sitting.kept.id, &ask.access.store);
    let outcome = sitting.outcome(item);
    let kept = proposal(ask, item).await?;
    let bench = sitting.bench(item);
    let votes = store.votes(id, &item.id).await?;
    let member = me.id.as_str();
    let own = votes.iter().find(|vote| vote.member == member);
    let sits = may(
        &me.roles,
        Act::SitInMeeting {
            group: sitting.seat(),
        },
    );
    let chairs = may(
        &me.roles,
        Act::ChairMeeting {
            group: sitting.seat(),
        },
    );
    let own_interest = sitting.interest(me, item).filter(|_| sits);
    let about = activity(item).and_then(|slug| sitting.plan.activities.get_key_value(slug));
    // How others vote is seen once the item has its outcome; until then the chair has the count.
    let counted = count(ask, sitting, item, None).await?;
    let counted = counted.filter(|_| chairs || outcome.is_some());
    let interests = sitting.members().filter_map(|person| {
        let reason = sitting.interest(person, item)?;
        Some(format!("{} ({reason})", person.shown_name()))
    });
    let stages = [("", "Leave it as it is")].into_iter();
    let stages = stages.chain(STAGES.iter().map(|stage| (stage.word(), stage.words())));
    let failed = !errors.is_empty();
    let made_from = match ask.field("made_from").parse() {
        Ok(made_from) if failed => made_from,
        _ => ask.site.history().head().seq,
    };
    let page = html(&Page {
        shell: ask.shell(&*item.title).failed(failed),
        ways: ways(me),
        path: sitting.item_path(item),
        back: Link::new(sitting.path(), &*sitting.kept.meeting.title),
        sort: item.sort.words(),
        note: capitalise(&item.note),
        links: links(ask, item).await?,
        why: outcome
            .and_then(|one| sitting.reason_of(one))
            .unwrap_or_default(),
        stage: about
            .and_then(|(_, record)| record.stage)
            .map_or_else(String::new, |stage| stage.words().to_owned()),
        outcome: outcome.map_or_else(String::new, |one| one.text.clone()),
        decision: outcome
            .and_then(|one| one.decision.as_ref())
            .map(|slug| decision_link(ask, slug)),
        interests: interests.collect(),
        own_vote: own.map_or_else(String::new, |vote| vote.choice.words().to_owned()),
        may_vote: sits
            && own.is_none()
            && own_interest.is_none()
            && outcome.is_none()
            && bench.present.contains(member),
        own_interest: own_interest.unwrap_or_default(),
        sits,
        chairs,
        may_remove: may(
            &me.roles,
            Act::PlanMeeting {
                group: sitting.seat(),
            },
        ) && !sitting.is_touched(ask, item).await?,
        decides: chairs && sitting.seat().is_none() && may(&me.roles, Act::Decide),
        quorum: format!(
            "{} present and free to vote; {} make the quorum.",
            bench.free(),
            bench.quorum
        ),
        tally: counted.as_ref().map_or_else(String::new, spell_tally),
        votes: votes
            .iter()
            .filter(|_| outcome.is_some())
            .map(|vote| (sitting.name(&vote.member), vote.choice.words().to_owned()))
            .collect(),
        is_proposal: kept.is_some(),
        changes: kept.as_ref().map_or_else(Vec::new, |kept| {
            let proposal = &kept.proposal;
            tell_changes(&ask.site.history(), &proposal.changes, proposal.made_from)
        }),
        stages: stages
            .filter(|_| about.is_some())
            .map(|(word, words)| (word.to_owned(), capitalise(words), word == fields.stage))
            .collect(),
        made_from,
        revision: kept.as_ref().map_or(0, |kept| kept.revision),
        fields,
        errors,
    })?;
    Ok(if failed {
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    } else {
        page
    })
}

/// Where there is more to read on an item.
async fn links(ask: &Ask, item: &Item) -> Result<Vec<Link>, Fault> {
    let me = ask.may(Act::UseDesk)?;
    let mut links = Vec::new();
    if let Some(key) = &item.about {
        links.push(Link::new(
            format!("/{}/{}", key.kind.plural(), key.slug),
            "Read all about it",
        ));
    }
    if let Some(kept) = proposal(ask, item).await? {
        let own = kept.author == me.id.as_str();
        let handed_in = kept.proposal.state != State::Draft;
        if may(&me.roles, Act::ReadProposal { own, handed_in }) {
            let path = format!("/desk/proposals/{}", kept.id);
            links.push(Link::new(path, "Read the proposal"));
        }
    }
    if let Some(id) = review(item)
        && let Some(kept) = ask.access.store.review(id).await?
    {
        let group = &kept.round.group;
        if may(&me.roles, Act::SeeReview { group }) {
            let path = format!("/desk/reviews/{id}/results");
            let words = format!("Results of the review: {}", kept.round.title);
            links.push(Link::new(path, words));
        }
    }
    Ok(links)
}

/// `POST /desk/meetings/{id}/items/{item}/vote`.
pub(super) async fn vote(ask: Ask) -> Result<Response, Fault> {
    let sitting = Sitting::of(&ask).await?;
    let me = ask.may(Act::SitInMeeting {
        group: sitting.seat(),
    })?;
    let item = sitting.item(&ask)?;
    let member = me.id.to_string();
    let bench = sitting.bench(&item);
    let problem = match Choice::from_word(ask.field("choice")) {
        None => "Choose how you vote",
        Some(_) if sitting.outcome(&item).is_some() => "The item has its outcome: voting is over",
        Some(_) if bench.interested.contains(&member) => {
            "You have an interest in this item and do not vote on it"
        }
        Some(_) if !bench.present.contains(&member) => "Only members who are noted as present vote",
        Some(choice) => {
            let vote = Vote { member, choice };
            match ask
                .access
                .store
                .cast_vote(sitting.kept.id, &item.id, &vote)
                .await
            {
                Ok(()) => return Ok(see_other(&sitting.item_path(&item))),
                Err(StoreError::Voted) => "You have voted on this item already",
                Err(StoreError::Stale { .. }) => "The item has its outcome: voting is over",
                Err(cause) => return Err(cause.into()),
            }
        }
    };
    let errors = vec![FieldError::new("choice", problem)];
    page(&ask, &sitting, &item, Fields::default(), errors).await
}

/// `POST /desk/meetings/{id}/items/{item}/interest`.
pub(super) async fn declare(ask: Ask) -> Result<Response, Fault> {
    let sitting = Sitting::of(&ask).await?;
    let me = ask.may(Act::SitInMeeting {
        group: sitting.seat(),
    })?;
    let item = sitting.item(&ask)?;
    let reason = ask.field("interest");
    let problem = if sitting.outcome(&item).is_some() {
        "The item has its outcome"
    } else if reason.is_empty() || reason.chars().count() > 500 {
        "Say what ties you to it, in at most 500 characters"
    } else {
        let (store, id) = (&ask.access.store, sitting.kept.id);
        store
            .declare_at_meeting(id, &item.id, me.id.as_str(), reason)
            .await?;
        return Ok(see_other(&sitting.item_path(&item)));
    };
    let errors = vec![FieldError::new("interest", problem)];
    page(&ask, &sitting, &item, Fields::default(), errors).await
}

/// `POST /desk/meetings/{id}/items/{item}`: what came of it; by the chair alone. `result` is `note`,
/// or for the steering group `decide`, `accept`, `decline` or `defer`.
pub(super) async fn record(ask: Ask) -> Result<Response, Fault> {
    let sitting = Sitting::of(&ask).await?;
    let me = ask.may(Act::ChairMeeting {
        group: sitting.seat(),
    })?;
    let item = sitting.item(&ask)?;
    let field = |name: &str| ask.field(name).to_owned();
    let fields = Fields {
        text: field("text"),
        reason: field("reason"),
        effect: field("effect"),
        stage: field("stage"),
        result: field("result"),
        casting: field("casting"),
    };
    let mut errors = Vec::new();
    let mut fail = |name, message: &str| errors.push(FieldError::new(name, message));
    let decided = fields.result != "note";
    if sitting.outcome(&item).is_some() {
        fail("text", "The outcome of this item is recorded already");
    }
    if sitting.kept.meeting.date > sitting.today {
        fail("text", "The meeting is still to come");
    }
    let longest = if decided { 200 } else { LONG };
    if fields.text.is_empty() || fields.text.chars().count() > longest {
        fail(
            "text",
            &format!("Say what came of it, in at most {longest} characters"),
        );
    }
    if decided && (fields.reason.is_empty() || fields.reason.chars().count() > LINE) {
        fail(
            "reason",
            &format!("Give the reason for the decision, in at most {LINE} characters"),
        );
    }
    if fields.effect.chars().count() > LINE {
        fail(
            "effect",
            &format!("Say what it does in at most {LINE} characters"),
        );
    }
    let kept = proposal(&ask, &item).await?;
    let answer = match fields.result.as_str() {
        "accept" => Some(Answer::Accept),
        "decline" => Some(Answer::Decline),
        "defer" => Some(Answer::Defer),
        _ => None,
    };
    let fits = match fields.result.as_str() {
        "note" => true,
        "decide" => kept.is_none(),
        _ => kept.is_some() && answer.is_some(),
    };
    if !fits {
        fail("result", "Choose what came of it");
    }
    let stage = Stage::from_word(&fields.stage);
    if (!fields.stage.is_empty() && stage.is_none()) || (stage.is_some() && !decided) {
        fail(
            "stage",
            "Only a decision moves an activity to another stage",
        );
    }
    let bench = sitting.bench(&item);
    let counted = count(&ask, &sitting, &item, Choice::from_word(&fields.casting)).await?;
    if decided {
        ask.may(Act::Decide)?;
        // Whoever chairs both decides at the steering group's meeting, not at another's.
        if sitting.seat().is_some() {
            return Err(Fault::missing("page", &ask.path));
        }
        if !bench.is_quorate() {
            fail(
                "result",
                "Too few are present and free to vote: note that, and decide at another meeting",
            );
        }
        let does = stage.is_some() || matches!(answer, Some(Answer::Accept));
        let lost = counted
            .as_ref()
            .is_some_and(|one| one.outcome != Outcome::Carried);
        if does && lost {
            fail("result", "The vote was not carried: it cannot take effect");
        }
    }
    if !errors.is_empty() {
        return page(&ask, &sitting, &item, fields, errors).await;
    }
    let mut text = format!(
        "{} {} present and free to vote, with a quorum of {}.",
        end(&fields.text),
        bench.free(),
        bench.quorum
    );
    if let Some(counted) = &counted {
        text.push(' ');
        text.push_str(&spell_tally(counted));
    }
    let minute = Minute {
        meeting: sitting.kept.id,
        item: &item.id,
        text: &text,
    };
    let problem = if decided {
        let done = rule(
            &ask,
            &sitting,
            &item,
            Wish {
                fields: &fields,
                kept,
                answer,
                stage,
                minute,
            },
            me.id.as_str(),
        );
        done.await?.err()
    } else {
        match ask.access.store.record_outcome(minute).await {
            Ok(()) => None,
            Err(StoreError::Stale { .. }) => {
                Some("The outcome of this item is recorded already".to_owned())
            }
            Err(cause) => return Err(cause.into()),
        }
    };
    match problem {
        None => Ok(see_other(&sitting.item_path(&item))),
        Some(words) => {
            let errors = vec![FieldError::new("result", &words)];
            page(&ask, &sitting, &item, fields, errors).await
        }
    }
}

/// `POST /desk/meetings/{id}/items/{item}/removal`: takes an item off the agenda, where nothing has
/// been recorded of it yet.
pub(super) async fn remove(ask: Ask) -> Result<Response, Fault> {
    let sitting = Sitting::of(&ask).await?;
    ask.may(Act::PlanMeeting {
        group: sitting.seat(),
    })?;
    let item = sitting.item(&ask)?;
    let kept = &sitting.kept;
    if sitting.is_touched(&ask, &item).await? {
        let message = "Something is recorded of this item: it stays on the agenda";
        let errors = vec![FieldError::new("removal", message)];
        return page(&ask, &sitting, &item, Fields::default(), errors).await;
    }
    let mut meeting = kept.meeting.clone();
    meeting.items.retain(|one| one.id != item.id);
    let saved = ask
        .access
        .store
        .save_meeting(kept.id, kept.revision, &meeting)
        .await;
    match saved {
        Ok(_) => Ok(see_other(&format!("{}#agenda", sitting.path()))),
        Err(StoreError::Stale { .. }) => {
            let message = "Somebody else has just changed the agenda. Look at it again";
            let errors = vec![FieldError::new("removal", message)];
            page(&ask, &sitting, &item, Fields::default(), errors).await
        }
        Err(cause) => Err(cause.into()),
    }
}

/// A text that ends a sentence.
fn end(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

/// What the chair wants to have decided.
struct Wish<'a> {
    fields: &'a Fields,
    kept: Option<KeptProposal>,
    answer: Option<Answer>,
    stage: Option<Stage>,
    minute: Minute<'a>,
}

async fn rule(
    ask: &Ask,
    sitting: &Sitting,
    item: &Item,
    wish: Wish<'_>,
    actor: &str,
) -> Result<Result<Slug, String>, Fault> {
    if let (Some(kept), Some(verdict)) = (&wish.kept, wish.answer) {
        let resolution = Resolution {
            proposal: kept.id,
            revision: Some(ask.field("revision").parse().unwrap_or_default()),
            verdict,
            title: &wish.fields.text,
            reason: &wish.fields.reason,
            text: "",
            effect: &wish.fields.effect,
            date: Some(sitting.kept.meeting.date),
            group: Some(sitting.kept.meeting.group.clone()),
            minute: Some(wish.minute),
        };
        return match decide_proposal(ask, &resolution).await {
            Ok(decided) => Ok(Ok(decided.decision)),
            Err(Undecided::Fault(fault)) => Err(fault),
            Err(Undecided::Rules(faults)) => {
                let faults: Vec<String> = faults.iter().take(3).map(ToString::to_string).collect();
                Ok(Err(format!(
                    "The plan would break its rules: {}",
                    faults.join("; ")
                )))
            }
            Err(other) => Ok(Err(capitalise(&other.to_string()))),
        };
    }
    let about = activity(item);
    let record = about.and_then(|slug| sitting.plan.activities.get(slug));
    let effect = wish.fields.effect.clone();
    let decision = Decision {
        group: Some(sitting.kept.meeting.group.clone()),
        theme: record.map(|record| record.theme.clone()),
        activities: record.and(about).into_iter().cloned().collect(),
        reason: Some(wish.fields.reason.clone()),
        effect: (!effect.is_empty()).then_some(effect),
        organisation: None,
        by: None,
        signals: signal(item).into_iter().cloned().collect(),
        was: Vec::new(),
        sources: Vec::new(),
        body: String::new(),
        title: wish.fields.text.clone(),
        date: sitting.kept.meeting.date.into(),
    };
    let made_from = ask.field("made_from").parse().unwrap_or_default();
    let on = match (review(item), about) {
        (Some(review), Some(activity)) => Matter::Advice {
            review,
            activity,
            stage: wish.stage,
        },
        _ => Matter::Item {
            activity: about,
            stage: wish.stage,
        },
    };
    let verdict = Verdict {
        decision,
        actor,
        made_from,
        on,
        minute: Some(wish.minute),
    };
    decide(ask, &verdict).await
}

/// The review of a recommendation: `recommendation.7.hub`.
fn review(item: &Item) -> Option<i64> {
    if item.sort != Sort::Recommendation {
        return None;
    }
    item.id.split('.').nth(1)?.parse().ok()
}
