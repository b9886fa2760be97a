//! Reviews: a chair opens a round, members score on their own, and after closing all see what it
//! came to and what the group recommends.
//!
//! Owns the pages. What counts and what it is worth is worked out in [`dfg_plan::review`]. Nobody
//! gets another's score from here before the round has closed: whoever asks for more than their
//! own goes through [`Round::closed`].

mod advice;
mod chart;
mod export;
mod results;
mod round;
mod score;

use std::sync::Arc;

use axum::Router;
use dfg_plan::{
    Act, Plan, Slug, may,
    review::{Interest, Member, Phase},
    speaks_for, spell_day,
};
use dfg_store::{Person, review::KeptReview};
use jiff::{civil::Date, tz::TimeZone};

use crate::{
    access::{
        Ask,
        desk::{Waiting, counted},
        reading, writing,
    },
    cx::Link,
    fault::Fault,
    site::Site,
};

/// The addresses of this feature; none where nobody can sign in.
pub(crate) fn routes(site: &Site) -> Router<Site> {
    if site.0.access.is_none() {
        return Router::new();
    }
    Router::new()
        .route("/desk/reviews", reading(round::list))
        .route(
            "/desk/reviews/new",
            reading(round::begin).merge(writing(round::open)),
        )
        .route("/desk/reviews/{id}", reading(round::show))
        .route("/desk/reviews/{id}/closing", writing(round::move_closing))
        .route("/desk/reviews/{id}/answers", writing(score::answer))
        .route(
            "/desk/reviews/{id}/activities/{activity}",
            reading(score::show).merge(writing(score::save)),
        )
        .route(
            "/desk/reviews/{id}/activities/{activity}/interest",
            writing(score::declare),
        )
        .route("/desk/reviews/{id}/results", reading(results::show))
        .route("/desk/reviews/{id}/results.csv", reading(export::results))
        .route("/desk/reviews/{id}/scores.csv", reading(export::scores))
        .route("/desk/reviews/{id}/results.json", reading(export::whole))
        .route(
            "/desk/reviews/{id}/advice/{activity}",
            reading(advice::show).merge(writing(advice::save)),
        )
}

/// The day that it is.
pub(crate) fn today(ask: &Ask) -> Date {
    ask.now.to_zoned(TimeZone::UTC).date()
}

/// A review with all that decides what counts in it.
struct Round {
    kept: KeptReview,
    plan: Arc<Plan>,
    people: Vec<Person>,
    members: Vec<Member>,
    /// Declared, and plain from the plan.
    interests: Vec<Interest>,
    today: Date,
}

/// The people who score in a group's reviews.
fn members_of(people: &[Person], group: &Slug) -> Vec<Member> {
    let sitting = people
        .iter()
        .filter(|person| person.removed_at.is_none() && may(&person.roles, Act::Score { group }));
    let members = sitting.map(|person| Member {
        id: person.id.to_string(),
        organisations: speaks_for(&person.roles),
    });
    members.collect()
}

impl Round {
    /// The review that the path names, where the person may see it.
    async fn of(ask: &Ask) -> Result<Self, Fault> {
        ask.may(Act::UseDesk)?;
        let text = ask.param("id");
        let missing = || Fault::missing("review", text);
        let id: i64 = text.parse().map_err(|_| missing())?;
        let store = &ask.access.store;
        let kept = store.review(id).await?.ok_or_else(missing)?;
        let group = &kept.round.group;
        ask.may(Act::SeeReview { group })?;
        Self::from(ask, kept).await
    }

    async fn from(ask: &Ask, kept: KeptReview) -> Result<Self, Fault> {
        let plan = ask.plan();
        let store = &ask.access.store;
        let people = store.people().await?;
        let members = members_of(&people, &kept.round.group);
        let mut interests = kept.round.plain_interests(&plan, &members);
        interests.extend(store.interests(kept.id).await?);
        Ok(Self {
            kept,
            plan,
            people,
            members,
            interests,
            today: today(ask),
        })
    }

    fn phase(&self) -> Phase {
        self.kept.round.phase(self.today)
    }

    /// Nothing is to be seen of others' scores before closing: as if it were not there.
    fn closed(self, ask: &Ask) -> Result<Self, Fault> {
        if self.phase() == Phase::Closed {
            Ok(self)
        } else {
            Err(Fault::missing("page", &ask.path))
        }
    }

    fn path(&self) -> String {
        format!("/desk/reviews/{}", self.kept.id)
    }

    fn group_name(&self) -> String {
        group_name(&self.plan, &self.kept.round.group)
    }

    fn title_of(&self, activity: &Slug) -> String {
        let record = self.plan.activities.get(activity);
        record.map_or_else(|| activity.to_string(), |record| record.title.clone())
    }

    /// The activity that the path names.
    fn activity(&self, ask: &Ask) -> Result<Slug, Fault> {
        let text = ask.param("activity");
        let mut activities = self.kept.round.activities.iter();
        let found = activities.find(|slug| slug.as_str() == text);
        found
            .cloned()
            .ok_or_else(|| Fault::missing("activity", text))
    }

    fn interest(&self, member: &str, activity: &Slug) -> Option<&Interest> {
        let mut interests = self.interests.iter();
        interests.find(|one| one.member == member && one.activity == *activity)
    }

    /// What people call a member.
    fn name(&self, id: &str) -> String {
        let person = self.people.iter().find(|person| person.id.as_str() == id);
        person
            .map_or("a former participant", Person::shown_name)
            .to_owned()
    }
}

/// What people call a group.
pub(crate) fn group_name(plan: &Plan, group: &Slug) -> String {
    let record = plan.groups.get(group);
    record.map_or_else(|| group.to_string(), |record| record.name.clone())
}

/// What waits for a person in reviews.
pub(crate) async fn waiting(
    ask: &Ask,
    person: &Person,
    plan: &Plan,
) -> Result<Vec<Waiting>, Fault> {
    let store = &ask.access.store;
    let mut waiting = Vec::new();
    for kept in store.reviews().await? {
        let (round, id) = (&kept.round, kept.id);
        let group = &round.group;
        let phase = round.phase(today(ask));
        if phase == Phase::Open && may(&person.roles, Act::Score { group }) {
            let me = person.id.as_str();
            let own = store.scores(id, Some(me)).await?;
            let member = Member {
                id: me.to_owned(),
                organisations: speaks_for(&person.roles),
            };
            let mut tied = round.plain_interests(plan, std::slice::from_ref(&member));
            tied.extend(store.interests(id).await?);
            let open = round.activities.iter().filter(|activity| {
                let is_tied = tied
                    .iter()
                    .any(|one| one.member == me && one.activity == **activity);
                let given = own.iter().filter(|score| score.activity == **activity);
                !is_tied && given.count() < round.criteria.len()
            });
            let open = open.count();
            if open > 0 {
                waiting.push(Waiting {
                    link: Link::new(
                        format!("/desk/reviews/{id}"),
                        format!("Score: {}", round.title),
                    ),
                    note: format!(
                        "{} to score by {}",
                        counted(open, "activity", "activities"),
                        spell_day(round.closes)
                    ),
                });
            }
        }
        if phase == Phase::Closed && may(&person.roles, Act::Recommend { group }) {
            let made = store.recommendations(id).await?.len();
            let open = round.activities.len().saturating_sub(made);
            if open > 0 {
                waiting.push(Waiting {
                    link: Link::new(
                        format!("/desk/reviews/{id}/results"),
                        format!("Recommend: {}", round.title),
                    ),
                    note: format!(
                        "{} without a recommendation",
                        counted(open, "activity", "activities")
                    ),
                });
            }
        }
    }
    Ok(waiting)
}
