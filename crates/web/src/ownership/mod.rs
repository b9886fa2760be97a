//! Ownership is accepted, not assigned: an organisation's representative accepts or declines its
//! part in each activity, and is asked again by each review and after a year.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use dfg_plan::{
    Act, Draft, History, Key, Kind, Plan, Record, Role, Slug,
    change::Change,
    may,
    ownership::{self, Standing},
    record::{Answer, AnswerKind, Ownership, Part},
    spell_day,
};
use dfg_store::{Person, StoreError};
use jiff::civil::Date;

use crate::{
    access::{Ask, reading, see_other, ways, writing},
    commit::{Commit, Spend, commit},
    cx::Link,
    fault::Fault,
    route::html,
    shell::Shell,
    site::Site,
};

/// The longest reason, in characters.
const LONGEST: usize = 1_000;

/// The addresses of this feature; none where nobody can sign in.
pub(crate) fn routes(site: &Site) -> Router<Site> {
    if site.0.access.is_none() {
        return Router::new();
    }
    Router::new().route("/desk/ownership", reading(show).merge(writing(answer)))
}

#[derive(Template)]
#[template(path = "ownership/page.html")]
struct Page {
    shell: Shell,
    ways: Vec<Link>,
    errors: Vec<Wrong>,
    lede: String,
    note: String,
    groups: Vec<Group>,
}

/// Something wrong with the form of one part.
struct Wrong {
    field: String,
    message: String,
}

/// An organisation for which the person speaks.
struct Group {
    id: String,
    name: String,
    parts: Vec<Item>,
}

struct Item {
    id: String,
    organisation: String,
    activity: String,
    part: &'static str,
    title: String,
    question: String,
    standing: String,
    yes: &'static str,
    reason: String,
    error: String,
}

/// Whether somebody speaks for an organisation.
pub(crate) fn speaks(person: &Person) -> bool {
    let places = person.roles.iter().filter_map(Role::place);
    places.into_iter().any(|organisation| {
        let act = Act::ConfirmOwnership { organisation };
        may(&person.roles, act)
    })
}

/// The organisations for which the person who asks speaks; nobody else has this page.
fn organisations(ask: &Ask, plan: &Plan) -> Result<Vec<Slug>, Fault> {
    let me = ask.may(Act::UseDesk)?;
    if !speaks(me) {
        return Err(Fault::missing("page", &ask.path));
    }
    let all = plan.organisations.keys();
    let own = all.filter(|organisation| may(&me.roles, Act::ConfirmOwnership { organisation }));
    Ok(own.cloned().collect())
}

/// When the latest review of each activity opened, as far as it has.
async fn reviewed(ask: &Ask) -> Result<BTreeMap<Slug, Date>, StoreError> {
    let today = ask.today();
    let mut latest: BTreeMap<Slug, Date> = BTreeMap::new();
    for kept in ask.access.store.reviews().await? {
        let opened = kept.round.opens;
        if opened > today {
            continue;
        }
        for activity in kept.round.activities {
            let known = latest.entry(activity).or_insert(opened);
            *known = (*known).max(opened);
        }
    }
    Ok(latest)
}

/// What was typed and is wrong, of one part's form.
struct Typed<'a> {
    organisation: &'a str,
    activity: &'a str,
    part: &'a str,
    reason: &'a str,
    error: String,
}

async fn page(ask: &Ask, typed: Option<Typed<'_>>) -> Result<Response, Fault> {
    let plan = ask.plan();
    let own = organisations(ask, &plan)?;
    let reviewed = reviewed(ask).await?;
    let today = ask.today();
    let mut groups = Vec::new();
    let mut errors = Vec::new();
    let mut open = 0;
    for (number, organisation) in own.iter().enumerate() {
        let mut parts: Vec<(Standing, Item)> = Vec::new();
        for (slug, activity) in &plan.activities {
            let owners = activity.owners.iter();
            for owner in owners.filter(|owner| owner.organisation.as_ref() == Some(organisation)) {
                let standing = ownership::standing(owner, today, reviewed.get(slug).copied());
                let id = format!("p-{number}-{}", parts.len() + 1);
                let mut item = item(id, slug, (&activity.title, owner), standing);
                let fits = |typed: &&Typed<'_>| {
                    typed.organisation == organisation.as_str()
                        && typed.activity == slug.as_str()
                        && typed.part == owner.part.word()
                };
                if let Some(typed) = typed.as_ref().filter(fits) {
                    typed.reason.clone_into(&mut item.reason);
                    item.error.clone_from(&typed.error);
                    errors.push(Wrong {
                        field: item.id.clone(),
                        message: typed.error.clone(),
                    });
                }
                if matches!(standing, Standing::Unanswered | Standing::Again { .. }) {
                    open += 1;
                }
                parts.push((standing, item));
            }
        }
        parts.sort_by_key(|(standing, item)| (*standing, item.title.to_lowercase()));
        groups.push(Group {
            id: format!("o-{number}"),
            name: plan
                .organisations
                .get(organisation)
                .map_or(organisation.to_string(), |one| one.name.clone()),
            parts: parts.into_iter().map(|(_, item)| item).collect(),
        });
    }
    let failed = !errors.is_empty();
    let me = ask.may(Act::UseDesk)?;
    let page = html(&Page {
        shell: ask.shell("Your organisation's parts").failed(failed),
        ways: ways(me),
        errors,
        lede: match open {
            0 => "You have answered for every part. You are asked again by each review, and after \
                a year."
                .to_owned(),
            1 => "1 part waits for your answer. A part counts only once you accept it.".to_owned(),
            _ => {
                format!("{open} parts wait for your answer. A part counts only once you accept it.")
            }
        },
        note: if ask.query.get("done").is_some() {
            "Your answer is recorded. Everybody can read it once the next edition is published."
                .to_owned()
        } else {
            String::new()
        },
        groups,
    })?;
    Ok(if failed {
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    } else {
        page
    })
}

fn item(id: String, slug: &Slug, (title, owner): (&str, &Ownership), standing: Standing) -> Item {
    let organisation = owner.organisation.as_ref();
    let reason = owner.answer.as_ref().and_then(|one| one.reason.clone());
    Item {
        id,
        organisation: organisation.map(Slug::to_string).unwrap_or_default(),
        activity: slug.to_string(),
        part: owner.part.word(),
        title: title.to_owned(),
        question: match owner.part {
            Part::Leads => "It is said to lead this: to answer for it.",
            Part::Delivers => "It is said to do part of the work.",
            Part::Funds => "It is said to pay for it.",
            Part::Advises => "It is said to give advice.",
        }
        .to_owned(),
        standing: match standing {
            Standing::Unanswered => "Not answered yet".to_owned(),
            Standing::Again { accepted } => {
                format!(
                    "Accepted on {}; please confirm it again",
                    spell_day(accepted)
                )
            }
            Standing::Accepted { accepted } => format!("Accepted on {}", spell_day(accepted)),
            Standing::Declined { declined } => format!("Declined on {}", spell_day(declined)),
        },
        yes: match standing {
            Standing::Again { .. } | Standing::Accepted { .. } => "We confirm it",
            _ => "We accept",
        },
        reason: reason.unwrap_or_default(),
        error: String::new(),
    }
}

/// `GET /desk/ownership`.
async fn show(ask: Ask) -> Result<Response, Fault> {
    page(&ask, None).await
}

/// `POST /desk/ownership`: an answer for one part.
async fn answer(ask: Ask) -> Result<Response, Fault> {
    let plan = ask.plan();
    organisations(&ask, &plan)?;
    let missing = || Fault::missing("page", &ask.path);
    let organisation = Slug::parse(ask.field("organisation")).map_err(|_| missing())?;
    // Nobody says yes for another organisation.
    let me = ask.may(Act::ConfirmOwnership {
        organisation: &organisation,
    })?;
    let activity = Slug::parse(ask.field("activity")).map_err(|_| missing())?;
    let part = Part::from_word(ask.field("part")).ok_or_else(missing)?;
    let kind = AnswerKind::from_word(ask.field("answer")).ok_or_else(missing)?;
    let reason = ask.field("reason").replace("\r\n", "\n");
    let declines = kind == AnswerKind::Declined;
    let wrong = |error: String| Typed {
        organisation: organisation.as_str(),
        activity: activity.as_str(),
        part: part.word(),
        reason: &reason,
        error,
    };
    if declines && reason.is_empty() {
        let error = "Say why you decline this part".to_owned();
        return page(&ask, Some(wrong(error))).await;
    }
    if reason.chars().count() > LONGEST {
        let error = format!("Use at most {LONGEST} characters");
        return page(&ask, Some(wrong(error))).await;
    }
    let said = Answer {
        kind,
        date: ask.today().into(),
        reason: declines.then(|| reason.clone()),
    };
    let make = |history: &History| {
        let draft = draft(history, (&activity, &organisation, part), &said);
        let mut draft = draft.ok_or_else(missing)?;
        draft.actor = me.id.to_string();
        Ok(draft)
    };
    match commit(&ask, make, Spend::Nothing).await? {
        Commit::Refused(dfg_plan::history::Refusal::Empty) | Commit::Done | Commit::Spent => {
            Ok(see_other("/desk/ownership?done=1"))
        }
        Commit::Refused(refusal) => page(&ask, Some(wrong(Commit::tell(&refusal)))).await,
    }
}

/// The draft that sets the answer of one part; none where the organisation has no such part.
fn draft(
    history: &History,
    (slug, organisation, part): (&Slug, &Slug, Part),
    answer: &Answer,
) -> Option<Draft> {
    let plan = history.current();
    let old = plan.activities.get(slug)?;
    let mut new = (**old).clone();
    let is_own = |owner: &&mut Ownership| {
        owner.organisation.as_ref() == Some(organisation) && owner.part == part
    };
    new.owners.iter_mut().find(is_own)?.answer = Some(answer.clone());
    let key = Key::new(Kind::Activity, slug.clone());
    let change = Change::set_difference(key, &Record::from((**old).clone()), &new.into());
    Some(Draft {
        reason: match answer.kind {
            AnswerKind::Accepted => "The organisation accepts its part".to_owned(),
            AnswerKind::Declined => "The organisation declines its part".to_owned(),
        },
        changes: change.into_iter().collect(),
        ..Draft::default()
    })
}
