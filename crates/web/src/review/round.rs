//! Rounds: the list, opening one, and what each who may see it finds there.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use dfg_plan::{
    Act, Slug, may,
    review::{Criterion, Member, Phase, Round as Body},
    spell_day,
};
use dfg_store::{Person, StoreError, Token};
use jiff::{ToSpan as _, civil::Date};

use super::{Round, group_name, today};
use crate::{
    access::{Ask, FieldError, desk::ways, see_other},
    cx::Link,
    fault::Fault,
    route::html,
    shell::Shell,
};

/// How many criteria the form has room for.
const CRITERIA: usize = 6;
/// The longest short text, in characters.
const SHORT: usize = 200;
/// What a new round suggests; the chair writes over it.
const SUGGESTED: [(&str, &str); 4] = [
    ("How well does it fit the strategy?", "30"),
    ("How much will it change for people and businesses?", "30"),
    ("How sure is delivery?", "20"),
    ("Is it worth its money?", "20"),
];

#[derive(Template)]
#[template(path = "review/list.html")]
struct ListPage {
    shell: Shell,
    ways: Vec<Link>,
    may_open: bool,
    rounds: Vec<Item>,
}

struct Item {
    link: Link,
    group: String,
    phase: &'static str,
    dates: String,
}

#[derive(Template)]
#[template(path = "review/choose.html")]
struct ChoosePage {
    shell: Shell,
    ways: Vec<Link>,
    groups: Vec<Link>,
}

#[derive(Template)]
#[template(path = "review/new.html")]
struct NewPage {
    shell: Shell,
    ways: Vec<Link>,
    errors: Vec<FieldError>,
    group: String,
    group_name: String,
    title: String,
    opens: String,
    closes: String,
    questions: String,
    criteria: Vec<(usize, String, String)>,
    activities: Vec<(String, String, bool)>,
}

#[derive(Template)]
#[template(path = "review/round.html")]
struct RoundPage {
    shell: Shell,
    ways: Vec<Link>,
    errors: Vec<FieldError>,
    path: String,
    group: String,
    phase: Phase,
    dates: String,
    closes: String,
    /// How many members have scored all that they can, of how many: for whoever closes it.
    done: String,
    may_run: bool,
    may_score: bool,
    criteria: Vec<(String, String)>,
    activities: Vec<Row>,
    questions: Vec<(usize, String, String)>,
}

struct Row {
    link: Link,
    note: String,
}

fn spell_dates(round: &Body) -> String {
    format!("{} to {}", spell_day(round.opens), spell_day(round.closes))
}

/// `GET /desk/reviews`.
pub(super) async fn list(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::UseDesk)?;
    let plan = ask.plan();
    let rounds = ask.access.store.reviews().await?;
    let seen = rounds.iter().rev().filter(|kept| {
        let group = &kept.round.group;
        may(&me.roles, Act::SeeReview { group })
    });
    html(&ListPage {
        shell: ask.shell("Reviews"),
        ways: ways(me),
        may_open: plan
            .groups
            .keys()
            .any(|group| may(&me.roles, Act::RunReview { group })),
        rounds: seen
            .map(|kept| Item {
                link: Link::new(format!("/desk/reviews/{}", kept.id), &*kept.round.title),
                group: group_name(&plan, &kept.round.group),
                phase: kept.round.phase(today(&ask)).words(),
                dates: spell_dates(&kept.round),
            })
            .collect(),
    })
}

/// `GET /desk/reviews/new`: the groups to choose from; with `?group=`, the form.
pub(super) async fn begin(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::UseDesk)?;
    let plan = ask.plan();
    let Some(group) = ask.query.get("group") else {
        let own = plan.groups.iter().filter(|(group, record)| {
            record.theme.is_some() && may(&me.roles, Act::RunReview { group })
        });
        let groups: Vec<Link> = own
            .map(|(slug, group)| Link::new(format!("/desk/reviews/new?group={slug}"), &*group.name))
            .collect();
        if groups.is_empty() {
            return Err(Fault::missing("page", &ask.path));
        }
        return html(&ChoosePage {
            shell: ask.shell("Whose review is it?"),
            ways: ways(me),
            groups,
        });
    };
    let group = Slug::parse(group).map_err(|_| Fault::missing("group", group))?;
    let me = ask.may(Act::RunReview { group: &group })?;
    let theme = plan
        .groups
        .get(&group)
        .and_then(|group| group.theme.clone());
    let chosen = plan.activities.iter();
    let chosen = chosen.filter(|(_, activity)| Some(&activity.theme) == theme.as_ref());
    let criteria = SUGGESTED.map(|(title, weight)| (title.to_owned(), weight.to_owned()));
    let day = today(&ask);
    form(
        &ask,
        me,
        Form {
            group: &group,
            title: "",
            opens: day.to_string(),
            closes: day.saturating_add(14.days()).to_string(),
            questions: "",
            criteria: criteria.to_vec(),
            activities: chosen.map(|(slug, _)| slug.clone()).collect(),
            errors: Vec::new(),
        },
    )
}

struct Form<'a> {
    group: &'a Slug,
    title: &'a str,
    opens: String,
    closes: String,
    questions: &'a str,
    criteria: Vec<(String, String)>,
    activities: Vec<Slug>,
    errors: Vec<FieldError>,
}

fn form(ask: &Ask, me: &Person, mut form: Form<'_>) -> Result<Response, Fault> {
    let plan = ask.plan();
    let theme = plan
        .groups
        .get(form.group)
        .and_then(|group| group.theme.clone());
    form.criteria.resize(CRITERIA, Default::default());
    let listed = plan.activities.iter().filter(|(slug, activity)| {
        Some(&activity.theme) == theme.as_ref() || form.activities.contains(slug)
    });
    let failed = !form.errors.is_empty();
    let page = html(&NewPage {
        shell: ask.shell("Open a review").failed(failed),
        ways: ways(me),
        group: form.group.to_string(),
        group_name: group_name(&plan, form.group),
        title: form.title.to_owned(),
        opens: form.opens,
        closes: form.closes,
        questions: form.questions.to_owned(),
        criteria: (1..)
            .zip(form.criteria)
            .map(|(n, (title, weight))| (n, title, weight))
            .collect(),
        activities: listed
            .map(|(slug, activity)| {
                (
                    slug.to_string(),
                    activity.title.clone(),
                    form.activities.contains(slug),
                )
            })
            .collect(),
        errors: form.errors,
    })?;
    Ok(if failed {
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    } else {
        page
    })
}

/// `POST /desk/reviews/new`.
pub(super) async fn open(ask: Ask) -> Result<Response, Fault> {
    ask.may(Act::UseDesk)?;
    let plan = ask.plan();
    let named = ask.field("group");
    let group = Slug::parse(named).map_err(|_| Fault::missing("group", named))?;
    let me = ask.may(Act::RunReview { group: &group })?;
    let (title, questions) = (ask.field("title"), ask.field("questions"));
    let (opens, closes) = (ask.field("opens"), ask.field("closes"));
    let day = today(&ask);
    let mut errors = Vec::new();
    if title.is_empty() || title.chars().count() > SHORT {
        errors.push(FieldError::new("title", "Enter what the review is called"));
    }
    let read = |text: &str| text.parse::<Date>().ok();
    if read(opens).is_none_or(|opens| opens < day) {
        errors.push(FieldError::new(
            "opens",
            "Enter the first day, today or later, like 2027-01-31",
        ));
    }
    if read(closes).is_none_or(|closes| read(opens).is_some_and(|opens| closes < opens)) {
        errors.push(FieldError::new(
            "closes",
            "Enter the last day, on or after the first",
        ));
    }
    let written: Vec<(String, String)> = (1..=CRITERIA)
        .map(|n| {
            let field = |name: &str| ask.field(&format!("{name}-{n}")).to_owned();
            (field("criterion"), field("weight"))
        })
        .collect();
    let mut criteria = Vec::new();
    for (n, (title, weight)) in (1..).zip(&written) {
        let weight = weight.parse::<u32>().ok().filter(|weight| *weight <= 1000);
        match (title.is_empty(), weight) {
            (true, _) => {}
            (false, Some(weight)) if title.chars().count() <= SHORT => {
                let Ok(id) = Slug::parse(&format!("criterion-{n}")) else {
                    continue;
                };
                criteria.push(Criterion {
                    id,
                    title: title.clone(),
                    weight,
                });
            }
            _ => {
                if errors.iter().all(|error| error.field != "criteria") {
                    errors.push(FieldError::new(
                        "criteria",
                        "Give each criterion a weight from 0 to 1000",
                    ));
                }
            }
        }
    }
    if criteria.iter().all(|one| one.weight == 0)
        && errors.iter().all(|error| error.field != "criteria")
    {
        errors.push(FieldError::new(
            "criteria",
            "Enter at least one criterion with a weight",
        ));
    }
    let activities: Vec<Slug> = ask
        .form
        .all("activity")
        .filter_map(|slug| Slug::parse(slug).ok())
        .filter(|slug| plan.activities.contains_key(slug))
        .collect();
    if activities.is_empty() {
        errors.push(FieldError::new(
            "activities",
            "Choose at least one activity",
        ));
    }
    let asked: Vec<String> = questions
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    if asked.len() > 20 || asked.iter().any(|one| one.chars().count() > 2 * SHORT) {
        errors.push(FieldError::new(
            "questions",
            "Ask at most 20 questions of 400 characters each",
        ));
    }
    if errors.is_empty()
        && let (Some(opens), Some(closes)) = (read(opens), read(closes))
    {
        let round = Body {
            title: title.to_owned(),
            group: group.clone(),
            activities: activities.clone(),
            criteria,
            opens,
            closes,
            questions: asked,
            ended: false,
        };
        match round.faults(&plan).first() {
            Some(fault) => errors.push(FieldError::new("activities", &fault.to_string())),
            None => {
                let digits = Token::random()?;
                let seed = u64::from_str_radix(&digits.reveal()[..16], 16).unwrap_or_default();
                let id = ask.access.store.add_review(&round, seed).await?;
                return Ok(see_other(&format!("/desk/reviews/{id}")));
            }
        }
    }
    form(
        &ask,
        me,
        Form {
            group: &group,
            title,
            opens: opens.to_owned(),
            closes: closes.to_owned(),
            questions,
            criteria: written,
            activities,
            errors,
        },
    )
}

/// `GET /desk/reviews/{id}`.
pub(super) async fn show(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::UseDesk)?;
    let round = Round::of(&ask).await?;
    page(&ask, me, &round, Vec::new()).await
}

/// The round's page. With errors it shows what was typed.
pub(super) async fn page(
    ask: &Ask,
    me: &Person,
    round: &Round,
    errors: Vec<FieldError>,
) -> Result<Response, Fault> {
    let failed = !errors.is_empty();
    let failed_on = |field| failed && errors.iter().any(|error| error.field == field);
    let body = &round.kept.round;
    let group = &body.group;
    let may_score = may(&me.roles, Act::Score { group });
    let store = &ask.access.store;
    let id = me.id.as_str();
    // A member's own, never anybody else's.
    let own = store.scores(round.kept.id, Some(id)).await?;
    let answers = store.answers(round.kept.id, Some(id)).await?;
    let row = |slug: &Slug| {
        let given = own.iter().filter(|score| score.activity == *slug).count();
        let all = body.criteria.len();
        let note = match round.interest(id, slug) {
            _ if !may_score => String::new(),
            Some(interest) => format!(
                "You do not score it: {}.",
                interest.reason.trim_end_matches('.')
            ),
            None if given == 0 => "Not scored yet.".to_owned(),
            None if given < all => format!("{given} of {all} criteria scored."),
            None => "Scored.".to_owned(),
        };
        let href = if may_score {
            format!("{}/activities/{slug}", round.path())
        } else {
            String::new()
        };
        Row {
            link: Link::new(href, round.title_of(slug)),
            note,
        }
    };
    let answer = |n: usize| {
        if failed_on("questions") {
            return ask.field(&format!("answer-{n}")).to_owned();
        }
        let found = answers
            .iter()
            .find(|(_, place, _)| usize::try_from(*place) == Ok(n));
        found.map_or(String::new(), |(_, _, text)| text.clone())
    };
    let may_run = may(&me.roles, Act::RunReview { group });
    let closes = if failed_on("closes") {
        ask.field("closes").to_owned()
    } else {
        body.closes.to_string()
    };
    let questions = body.questions.iter().enumerate();
    let page = html(&RoundPage {
        shell: ask.shell(&*body.title).failed(failed),
        ways: ways(me),
        path: round.path(),
        group: round.group_name(),
        phase: round.phase(),
        dates: spell_dates(body),
        closes,
        done: if may_run {
            spell_done(ask, round).await?
        } else {
            String::new()
        },
        may_run,
        may_score,
        criteria: body
            .criteria
            .iter()
            .map(|one| (one.title.clone(), one.weight.to_string()))
            .collect(),
        activities: body.activities.iter().map(row).collect(),
        questions: questions
            .map(|(n, text)| (n, text.clone(), answer(n)))
            .collect(),
        errors,
    })?;
    Ok(if failed {
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    } else {
        page
    })
}

/// How far the members are, without a word on what they gave.
async fn spell_done(ask: &Ask, round: &Round) -> Result<String, Fault> {
    let body = &round.kept.round;
    let scores = ask.access.store.scores(round.kept.id, None).await?;
    let is_done = |member: &&Member| {
        body.activities.iter().all(|slug| {
            let given = scores
                .iter()
                .filter(|score| score.member == member.id && score.activity == *slug);
            round.interest(&member.id, slug).is_some() || given.count() >= body.criteria.len()
        })
    };
    let done = round.members.iter().filter(is_done).count();
    Ok(match round.members.len() {
        0 => "Nobody sits in the group yet.".to_owned(),
        all => format!("{done} of {all} members have scored all that they can."),
    })
}

/// `POST /desk/reviews/{id}/closing`: another last day, or with `do=now` the end at once; not once
/// it has closed: results that somebody has seen are never opened again.
pub(super) async fn move_closing(ask: Ask) -> Result<Response, Fault> {
    let round = Round::of(&ask).await?;
    let kept = &round.kept;
    let me = ask.may(Act::RunReview {
        group: &kept.round.group,
    })?;
    if round.phase() == Phase::Closed {
        let message = "The review has closed. It is not opened again once results are seen.";
        return Err(Fault::Refused(message.to_owned()));
    }
    let mut body = kept.round.clone();
    let read = ask.field("closes").parse::<Date>().ok();
    let problem = match (ask.field("do"), read) {
        ("now", _) if round.phase() == Phase::Open => {
            body.end(round.today);
            ""
        }
        ("now", _) => "The review has not opened yet",
        (_, None) => "Enter the last day like 2027-01-31",
        (_, Some(closes)) if closes < round.today || closes < kept.round.opens => {
            "Enter today or a later day, and not one before the first day"
        }
        (_, Some(closes)) => {
            body.closes = closes;
            ""
        }
    };
    if !problem.is_empty() {
        let errors = vec![FieldError::new("closes", problem)];
        return page(&ask, me, &round, errors).await;
    }
    let saved = ask
        .access
        .store
        .save_review(kept.id, kept.revision, &body)
        .await;
    match saved {
        Ok(_) => Ok(see_other(&round.path())),
        Err(StoreError::Stale { .. }) => {
            let message = "Somebody else has just changed the review. Look at it again";
            page(&ask, me, &round, vec![FieldError::new("closes", message)]).await
        }
        Err(cause) => Err(cause.into()),
    }
}
