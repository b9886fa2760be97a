//! Meetings: planned, prepared by an agenda that fills itself, and minuted on the page.
//!
//! Owns the pages, and the calendars that tell of meetings. What stands on an agenda and how votes
//! are counted is worked out in [`dfg_plan::meeting`]; [`decide`] brings a decision into the
//! ledger. A delivery group's meeting records what it says; only the steering group decides.

mod action;
mod calendar;
mod decide;
mod item;
mod plan;
mod show;

use std::{collections::BTreeSet, sync::Arc};

use axum::Router;
use dfg_plan::{
    Act, Plan, Slug, may,
    meeting::{Bench, Item, OpenProposal, agenda, overdue},
    proposal::State,
    record::GroupKind,
    speaks_for, spell_day,
};
use dfg_store::{
    Person,
    meeting::{KeptMeeting, KeptOutcome},
};
use jiff::civil::Date;

use crate::{
    access::{
        Ask,
        desk::{Waiting, counted},
        reading, writing,
    },
    cx::Link,
    fault::Fault,
    moment::Moment,
    review::today,
    site::Site,
};

/// After how many days without news an activity is on the agenda.
const SILENCE: i32 = 90;

/// The addresses of this feature; none where nobody can sign in.
pub(crate) fn routes(site: &Site) -> Router<Site> {
    if site.0.access.is_none() {
        return Router::new();
    }
    Router::new()
        .route("/desk/meetings", reading(plan::list))
        .route(
            "/desk/meetings/new",
            reading(plan::begin).merge(writing(plan::add)),
        )
        .route("/desk/meetings/{id}", reading(show::show))
        .route("/desk/meetings/{id}/minutes", reading(show::minutes))
        .route("/desk/meetings/{id}/agenda", writing(plan::refill))
        .route("/desk/meetings/{id}/presence", writing(show::note_presence))
        .route("/desk/meetings/{id}/actions", writing(action::add))
        .route("/desk/actions/{id}/done", writing(action::finish))
        .route(
            "/desk/meetings/{id}/items/{item}",
            reading(item::show).merge(writing(item::record)),
        )
        .route("/desk/meetings/{id}/items/{item}/vote", writing(item::vote))
        .route(
            "/desk/meetings/{id}/items/{item}/interest",
            writing(item::declare),
        )
        .route(
            "/desk/meetings/{id}/items/{item}/removal",
            writing(item::remove),
        )
        .route(
            "/desk/calendar",
            reading(calendar::show).merge(writing(calendar::issue)),
        )
        .route("/calendar/{group}", reading(calendar::of_group))
        .route("/calendar/own/{token}", reading(calendar::of_person))
}

/// The group as the policy names it: none for the steering group.
fn seat<'a>(plan: &Plan, group: &'a Slug) -> Option<&'a Slug> {
    let record = plan.groups.get(group);
    let is_steering = record.is_some_and(|record| record.kind == GroupKind::Steering);
    (!is_steering).then_some(group)
}

/// A meeting with who sits in it and what came of its items.
struct Sitting {
    kept: KeptMeeting,
    plan: Arc<Plan>,
    people: Vec<Person>,
    present: BTreeSet<String>,
    /// Declared: item, member and reason.
    declared: Vec<(String, String, String)>,
    outcomes: Vec<KeptOutcome>,
    today: Date,
}

impl Sitting {
    /// The meeting that the path names, where the person may see it.
    async fn of(ask: &Ask) -> Result<Self, Fault> {
        ask.may(Act::UseDesk)?;
        let text = ask.param("id");
        let missing = || Fault::missing("meeting", text);
        let id: i64 = text.parse().map_err(|_| missing())?;
        let store = &ask.access.store;
        let kept = store.meeting(id).await?.ok_or_else(missing)?;
        let plan = ask.plan();
        ask.may(Act::SeeMeeting {
            group: seat(&plan, &kept.meeting.group),
        })?;
        Ok(Self {
            people: store.people().await?,
            present: store.present(id).await?,
            declared: store.declared_at(id).await?,
            outcomes: store.outcomes(id).await?,
            today: today(ask),
            kept,
            plan,
        })
    }

    fn seat(&self) -> Option<&Slug> {
        seat(&self.plan, &self.kept.meeting.group)
    }

    fn path(&self) -> String {
        format!("/desk/meetings/{}", self.kept.id)
    }

    fn item_path(&self, item: &Item) -> String {
        format!("{}/items/{}", self.path(), item.id)
    }

    /// The item that the path names.
    fn item(&self, ask: &Ask) -> Result<Item, Fault> {
        let text = ask.param("item");
        let mut items = self.kept.meeting.items.iter();
        let found = items.find(|item| item.id == text);
        found.cloned().ok_or_else(|| Fault::missing("item", text))
    }

    /// Whether something has been recorded of an item: an outcome, an interest or a vote.
    async fn is_touched(&self, ask: &Ask, item: &Item) -> Result<bool, Fault> {
        let declared = self.declared.iter().any(|(at, _, _)| *at == item.id);
        if self.outcome(item).is_some() || declared {
            return Ok(true);
        }
        let votes = ask.access.store.votes(self.kept.id, &item.id).await?;
        Ok(!votes.is_empty())
    }

    fn outcome(&self, item: &Item) -> Option<&KeptOutcome> {
        self.outcomes.iter().find(|one| one.item == item.id)
    }

    /// Why it was decided so; none where nothing was decided.
    fn reason_of(&self, outcome: &KeptOutcome) -> Option<String> {
        let slug = outcome.decision.as_ref()?;
        self.plan.decisions.get(slug.as_str())?.reason.clone()
    }

    /// Who may sit in the meeting.
    fn members(&self) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(|person| {
            let act = Act::SitInMeeting { group: self.seat() };
            person.removed_at.is_none() && may(&person.roles, act)
        })
    }

    /// What ties a person to an item: declared, or plain from the plan.
    fn interest(&self, person: &Person, item: &Item) -> Option<String> {
        let id = person.id.as_str();
        let declared = self
            .declared
            .iter()
            .find(|(at, member, _)| *at == item.id && member == id);
        if let Some((_, _, reason)) = declared {
            return Some(reason.clone());
        }
        let activity = self.plan.activities.get(&item.about.as_ref()?.slug)?;
        let own = speaks_for(&person.roles);
        let owner = activity.owners.iter().find(|owner| {
            let organisation = owner.organisation.as_ref();
            organisation.is_some_and(|slug| own.contains(slug))
        })?;
        let slug = owner.organisation.as_ref()?;
        let record = self.plan.organisations.get(slug);
        let name = record.map_or(slug.as_str(), |record| record.name.as_str());
        Some(format!("{name} {} it", owner.part.words()))
    }

    /// Who can vote on an item. Only people who still sit in the group count as present.
    fn bench(&self, item: &Item) -> Bench {
        let ids = |found: Vec<&Person>| found.iter().map(|one| one.id.to_string()).collect();
        let present = self
            .members()
            .filter(|one| self.present.contains(one.id.as_str()));
        let interested = self
            .members()
            .filter(|one| self.interest(one, item).is_some());
        Bench {
            present: ids(present.collect()),
            interested: ids(interested.collect()),
            quorum: self.kept.meeting.quorum,
        }
    }

    fn name(&self, id: &str) -> String {
        let person = self.people.iter().find(|person| person.id.as_str() == id);
        person
            .map_or("a former participant", Person::shown_name)
            .to_owned()
    }
}

/// The way to a decision's page, or words alone as long as no edition has it.
fn decision_link(ask: &Ask, slug: &str) -> Link {
    let snapshot = ask.site.snapshot();
    let shown = Moment::latest(&snapshot).is_some_and(|latest| {
        let view = ask.site.view(&snapshot, latest.point);
        view.plan.decisions.contains_key(slug)
    });
    if shown {
        Link::new(format!("/decisions/{slug}"), "The decision")
    } else {
        Link::new("", "A decision, public with the next edition")
    }
}

/// The agenda of a group's meeting, as things stand.
async fn fill(ask: &Ask, plan: &Plan, group: &Slug) -> Result<Vec<Item>, Fault> {
    let store = &ask.access.store;
    let proposals: Vec<OpenProposal> = store
        .proposals()
        .await?
        .into_iter()
        .filter(|kept| kept.proposal.state.is_open())
        .map(|kept| OpenProposal {
            id: kept.id,
            themes: kept.proposal.themes(plan),
            title: kept.proposal.title,
            reason: kept.proposal.reason,
        })
        .collect();
    let advice = store.open_advice().await?;
    let actions = store.open_actions(group).await?;
    let overdue = overdue(&ask.site.history(), today(ask), SILENCE);
    let theme = plan
        .groups
        .get(group)
        .and_then(|group| group.theme.as_ref());
    let open = dfg_plan::meeting::Open {
        advice: &advice,
        proposals: &proposals,
        actions: &actions,
        overdue: &overdue,
    };
    Ok(agenda(plan, theme, open))
}

/// What waits for a person in meetings: votes, actions, and what they are to recommend or decide.
pub(crate) async fn waiting(
    ask: &Ask,
    person: &Person,
    plan: &Plan,
) -> Result<Vec<Waiting>, Fault> {
    let store = &ask.access.store;
    let me = person.id.as_str();
    let mut waiting = Vec::new();
    for kept in store.meetings().await? {
        let meeting = &kept.meeting;
        let group = seat(plan, &meeting.group);
        let link = |words: &str| {
            Link::new(
                format!("/desk/meetings/{}", kept.id),
                format!("{words}: {}", meeting.title),
            )
        };
        let sits = may(&person.roles, Act::SitInMeeting { group });
        if meeting.date > today(ask) && sits {
            waiting.push(Waiting {
                link: link("Meeting"),
                note: format!(
                    "{}, {}",
                    spell_day(meeting.date),
                    counted(meeting.items.len(), "item", "items")
                ),
            });
        }
        if meeting.date != today(ask) || !sits {
            continue;
        }
        let outcomes = store.outcomes(kept.id).await?;
        let is_open = |item: &&Item| outcomes.iter().all(|one| one.item != item.id);
        let open: Vec<&Item> = meeting.items.iter().filter(is_open).collect();
        if may(&person.roles, Act::ChairMeeting { group }) && !open.is_empty() {
            waiting.push(Waiting {
                link: link("Chair"),
                note: format!(
                    "Today, {} without an outcome",
                    counted(open.len(), "item", "items")
                ),
            });
        } else if !open.is_empty() {
            waiting.push(Waiting {
                link: link("Take part and vote"),
                note: format!("Today, {} open", counted(open.len(), "item", "items")),
            });
        }
    }
    for action in store.actions().await? {
        if action.owner == me && action.done_on.is_none() {
            let due = action
                .due
                .map_or("no date".to_owned(), |due| format!("by {}", spell_day(due)));
            waiting.push(Waiting {
                link: Link::new(
                    format!("/desk/meetings/{}#actions", action.meeting),
                    action.what,
                ),
                note: format!("An action of yours, {due}"),
            });
        }
    }
    waiting.extend(to_recommend(ask, person, plan).await?);
    if may(&person.roles, Act::Decide) {
        let open = store.open_advice().await?.len();
        let proposals = store.proposals().await?;
        let proposals = proposals
            .iter()
            .filter(|kept| kept.proposal.state.is_open())
            .count();
        if open + proposals > 0 {
            waiting.push(Waiting {
                link: Link::new("/desk/meetings", "Decide at a meeting"),
                note: format!(
                    "To be decided: {} and {}",
                    counted(open, "recommendation", "recommendations"),
                    counted(proposals, "proposal", "proposals")
                ),
            });
        }
    }
    Ok(waiting)
}

/// The proposals in the themes of a person's groups, on which none of the groups has said anything.
async fn to_recommend(ask: &Ask, person: &Person, plan: &Plan) -> Result<Vec<Waiting>, Fault> {
    let themes: BTreeSet<&Slug> = plan
        .groups
        .iter()
        .filter(|(group, _)| may(&person.roles, Act::Recommend { group }))
        .filter_map(|(_, record)| record.theme.as_ref())
        .collect();
    if themes.is_empty() {
        return Ok(Vec::new());
    }
    let proposals = ask.access.store.proposals().await?;
    let open = proposals.iter().filter(|kept| {
        let state = &kept.proposal.state;
        let waits = matches!(state, State::Submitted | State::Deferred { .. });
        waits
            && kept
                .proposal
                .themes(plan)
                .iter()
                .any(|one| themes.contains(one))
    });
    let waiting = open.map(|kept| Waiting {
        link: Link::new(
            format!("/desk/proposals/{}", kept.id),
            format!("Look at: {}", kept.proposal.title),
        ),
        note: "A proposal that a group can recommend".to_owned(),
    });
    Ok(waiting.collect())
}
