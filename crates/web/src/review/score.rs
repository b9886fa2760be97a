//! Scoring: one activity a page, saved as one goes; interests, and answers to questions.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use dfg_plan::{
    Act, Slug,
    review::{Interest, MOST, Phase, Score},
    spell_day,
};

use super::Round;
use crate::{
    access::{Ask, FieldError, desk::ways, see_other},
    cx::Link,
    fault::Fault,
    route::html,
    shell::Shell,
};

/// The longest reason or answer, in characters.
const LONG: usize = 5000;

#[derive(Template)]
#[template(path = "review/score.html")]
struct Page {
    shell: Shell,
    ways: Vec<Link>,
    errors: Vec<Wrong>,
    path: String,
    back: Link,
    next: Option<Link>,
    summary: String,
    record: Link,
    notice: String,
    interest: String,
    can_score: bool,
    can_declare: bool,
    saved: bool,
    criteria: Vec<Part>,
}

/// A criterion on the form.
struct Part {
    n: usize,
    title: String,
    choices: Vec<(String, String, bool)>,
    reason: String,
    wrong: String,
}

/// What is wrong, with the identifier of its field.
struct Wrong {
    field: String,
    message: String,
}

/// The choices that a criterion offers: value and words.
fn choices(chosen: &str) -> Vec<(String, String, bool)> {
    const WORDS: [&str; 5] = [
        "0: not at all",
        "1: a little",
        "2: partly",
        "3: well",
        "4: fully",
    ];
    let points = (0..=MOST)
        .zip(WORDS)
        .map(|(n, words)| (n.to_string(), words.to_owned()));
    points
        .chain([("abstain".to_owned(), "I abstain".to_owned())])
        .map(|(value, words)| (value.clone(), words, value == chosen))
        .collect()
}

/// `GET /desk/reviews/{id}/activities/{activity}`.
pub(super) async fn show(ask: Ask) -> Result<Response, Fault> {
    let round = Round::of(&ask).await?;
    let group = &round.kept.round.group;
    let me = ask.may(Act::Score { group })?;
    let activity = round.activity(&ask)?;
    let own = ask
        .access
        .store
        .scores(round.kept.id, Some(me.id.as_str()))
        .await?;
    let written = round.kept.round.criteria.iter().map(|criterion| {
        let mut own = own.iter();
        let given = own.find(|one| one.activity == activity && one.criterion == criterion.id);
        given.map_or_else(Default::default, |score| {
            let points = score
                .points
                .map_or("abstain".to_owned(), |points| points.to_string());
            (points, score.reason.clone())
        })
    });
    let written = written.collect();
    page(&ask, &round, &activity, written, Vec::new())
}

fn page(
    ask: &Ask,
    round: &Round,
    activity: &Slug,
    written: Vec<(String, String)>,
    errors: Vec<Wrong>,
) -> Result<Response, Fault> {
    let me = ask.may(Act::UseDesk)?;
    let body = &round.kept.round;
    let interest = round.interest(me.id.as_str(), activity);
    let notice = match round.phase() {
        Phase::Planned => format!("Scores are taken from {}.", spell_day(body.opens)),
        Phase::Open => format!(
            "Nobody sees your scores before the review has closed, at the end of {}.",
            spell_day(body.closes)
        ),
        Phase::Closed if body.ended => format!(
            "The review was closed on {}. No score is taken any more.",
            spell_day(body.closes)
        ),
        Phase::Closed => format!(
            "The review closed on {}. What you give now is listed as late and does not count.",
            spell_day(body.closes)
        ),
    };
    let at = body.activities.iter().position(|slug| slug == activity);
    let next = at.and_then(|at| body.activities.get(at + 1));
    let failed = !errors.is_empty();
    let parts = body.criteria.iter().zip(written).enumerate();
    let record = round.plan.activities.get(activity);
    let page = html(&Page {
        shell: ask.shell(round.title_of(activity)).failed(failed),
        ways: ways(me),
        path: ask_path(round, activity),
        back: Link::new(round.path(), &*body.title),
        next: next.map(|slug| Link::new(ask_path(round, slug), round.title_of(slug))),
        summary: record.map_or_else(String::new, |record| record.summary.clone()),
        record: Link::new(format!("/activities/{activity}"), "Read all about it"),
        notice,
        interest: interest.map_or_else(String::new, |interest| interest.reason.clone()),
        can_score: interest.is_none() && round.phase() != Phase::Planned && !body.ended,
        can_declare: interest.is_none() && round.phase() != Phase::Closed,
        saved: ask.query.get("saved").is_some() && !failed,
        criteria: parts
            .map(|(n, (criterion, (points, reason)))| {
                let id = format!("points-{n}");
                let wrong = errors.iter().find(|wrong| wrong.field == id);
                Part {
                    n,
                    title: criterion.title.clone(),
                    choices: choices(&points),
                    reason,
                    wrong: wrong.map_or_else(String::new, |wrong| wrong.message.clone()),
                }
            })
            .collect(),
        errors,
    })?;
    Ok(if failed {
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    } else {
        page
    })
}

fn ask_path(round: &Round, activity: &Slug) -> String {
    format!("{}/activities/{activity}", round.path())
}

/// `POST /desk/reviews/{id}/activities/{activity}`: keeps every criterion that is right, and says
/// what is wrong with the others.
pub(super) async fn save(ask: Ask) -> Result<Response, Fault> {
    let round = Round::of(&ask).await?;
    let group = &round.kept.round.group;
    let me = ask.may(Act::Score { group })?;
    let activity = round.activity(&ask)?;
    let mut written = Vec::new();
    let mut errors = Vec::new();
    for (n, criterion) in round.kept.round.criteria.iter().enumerate() {
        let (points, reason) = (
            ask.field(&format!("points-{n}")),
            ask.field(&format!("reason-{n}")),
        );
        written.push((points.to_owned(), reason.to_owned()));
        let mut fail = |message: String| {
            errors.push(Wrong {
                field: format!("points-{n}"),
                message,
            });
        };
        if points.is_empty() {
            if !reason.is_empty() {
                fail(format!("Choose a score for “{}”", criterion.title));
            }
            continue;
        }
        if reason.chars().count() > LONG {
            fail(format!(
                "Give the reason in at most {LONG} characters: “{}”",
                criterion.title
            ));
            continue;
        }
        let given = match points {
            "abstain" => None,
            text => match text.parse::<u8>() {
                Ok(points) => Some(points),
                Err(_) => {
                    fail(format!("Choose 0 to {MOST} for “{}”", criterion.title));
                    continue;
                }
            },
        };
        let score = Score {
            member: me.id.to_string(),
            activity: activity.clone(),
            criterion: criterion.id.clone(),
            points: given,
            reason: reason.to_owned(),
            on: round.today,
        };
        if let Err(refused) = round
            .kept
            .round
            .admit(&round.members, &round.interests, &score)
        {
            fail(format!("“{}”: {refused}", criterion.title));
        } else if !ask.access.store.put_score(round.kept.id, &score).await? {
            fail(format!(
                "The review has closed: your earlier score of “{}” stands",
                criterion.title
            ));
        }
    }
    if errors.is_empty() {
        return Ok(see_other(&format!(
            "{}?saved=1",
            ask_path(&round, &activity)
        )));
    }
    page(&ask, &round, &activity, written, errors)
}

/// `POST /desk/reviews/{id}/activities/{activity}/interest`.
pub(super) async fn declare(ask: Ask) -> Result<Response, Fault> {
    let round = Round::of(&ask).await?;
    let group = &round.kept.round.group;
    let me = ask.may(Act::Score { group })?;
    let activity = round.activity(&ask)?;
    // After closing, whoever has seen the results could take the own scores out of them.
    if round.phase() == Phase::Closed {
        let message = "The review has closed: interests are declared no more.";
        return Err(Fault::Refused(message.to_owned()));
    }
    let reason = ask.field("interest");
    if reason.is_empty() || reason.chars().count() > 500 {
        let written = round.kept.round.criteria.iter().map(|_| Default::default());
        let errors = vec![Wrong {
            field: "interest".to_owned(),
            message: "Say what ties you to the activity, in at most 500 characters".to_owned(),
        }];
        return page(&ask, &round, &activity, written.collect(), errors);
    }
    let interest = Interest {
        member: me.id.to_string(),
        activity: activity.clone(),
        reason: reason.to_owned(),
    };
    let store = &ask.access.store;
    store.declare_interest(round.kept.id, &interest).await?;
    Ok(see_other(&ask_path(&round, &activity)))
}

/// `POST /desk/reviews/{id}/answers`: a member's answers to the questions, while it is open.
pub(super) async fn answer(ask: Ask) -> Result<Response, Fault> {
    let round = Round::of(&ask).await?;
    let group = &round.kept.round.group;
    let me = ask.may(Act::Score { group })?;
    if round.phase() != Phase::Open {
        let message = "Answers are taken while the review is open.";
        return Err(Fault::Refused(message.to_owned()));
    }
    let texts: Vec<&str> = (0..round.kept.round.questions.len())
        .map(|n| ask.field(&format!("answer-{n}")))
        .collect();
    if texts.iter().any(|text| text.chars().count() > LONG) {
        let message = format!("Answer in at most {LONG} characters each");
        let errors = vec![FieldError::new("questions", &message)];
        return super::round::page(&ask, me, &round, errors).await;
    }
    for (text, place) in texts.into_iter().zip(0_i64..) {
        let (store, id) = (&ask.access.store, round.kept.id);
        store
            .put_answer(id, me.id.as_str(), place, text, round.today)
            .await?;
    }
    Ok(see_other(&round.path()))
}
