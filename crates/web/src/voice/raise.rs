//! Raising a signal, and following it by the private link.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use dfg_plan::{Plan, record::SignalKind};
use dfg_store::{
    Token,
    voice::{NewRaised, Raised, Receipt, Standing},
};

use super::{
    BY_ADDRESS, BY_EMAIL, KEEPING, LONGEST, MOST_WAITING, area_choices, kind_choices, known, lines,
    news, theme_choices,
};
use crate::{
    access::{Ask, FieldError, Letter, is_email, is_flood, limit_address, see_other},
    cx::Link,
    fault::Fault,
    route::html,
    shell::Shell,
    update::Choice,
};

#[derive(Template)]
#[template(path = "voice/raise.html")]
struct RaisePage {
    shell: Shell,
    errors: Vec<FieldError>,
    kinds: Vec<Choice>,
    words: String,
    areas: Vec<Choice>,
    themes: Vec<Choice>,
    email: String,
    token: String,
    keeping: &'static str,
}

#[derive(Template)]
#[template(path = "voice/follow.html")]
struct FollowPage {
    shell: Shell,
    words: String,
    reason: String,
    links: Vec<Link>,
    keep: String,
    raised: String,
    written: Vec<String>,
    keeping: &'static str,
}

fn page(
    ask: &Ask,
    plan: &Plan,
    token: &Token,
    (status, errors): (StatusCode, Vec<FieldError>),
) -> Result<Response, Fault> {
    let page = html(&RaisePage {
        shell: ask.shell("Raise a signal").failed(!errors.is_empty()),
        errors,
        kinds: kind_choices(ask.field("kind")),
        words: ask.field("words").to_owned(),
        areas: area_choices(plan, ask.field("area")),
        themes: theme_choices(plan, ask.field("theme")),
        email: ask.field("email").to_owned(),
        token: token.reveal().to_owned(),
        keeping: KEEPING,
    })?;
    Ok((status, page).into_response())
}

/// `GET /signals/new`. The form carries the secret of the private link, so that a form that is
/// sent twice raises one signal and leads to one page. A stranger who sends another secret than
/// ours weakens nobody's link but the own.
pub(super) async fn show(ask: Ask) -> Result<Response, Fault> {
    let view = ask.published().ok_or(Fault::NothingPublished)?;
    page(
        &ask,
        &view.plan,
        &Token::random()?,
        (StatusCode::OK, Vec::new()),
    )
}

/// `POST /signals/new`.
pub(super) async fn send(ask: Ask) -> Result<Response, Fault> {
    let view = ask.published().ok_or(Fault::NothingPublished)?;
    let token = match Token::parse(ask.field("token")) {
        Some(token) => token,
        None => Token::random()?,
    };
    let new = match check(&ask, &view.plan) {
        Ok(new) => new,
        Err(errors) => {
            let wrong = (StatusCode::UNPROCESSABLE_ENTITY, errors);
            return page(&ask, &view.plan, &token, wrong);
        }
    };
    let refuse = |message: &str| {
        let errors = vec![FieldError::new("words", message)];
        page(
            &ask,
            &view.plan,
            &token,
            (StatusCode::TOO_MANY_REQUESTS, errors),
        )
    };
    if is_flood(&ask, "signal", None, BY_ADDRESS).await? {
        return refuse("Too many signals came from where you are. Please send it again in an hour");
    }
    let store = &ask.access.store;
    let receipt = store
        .raise_signal(&new, &token, MOST_WAITING, ask.now)
        .await?;
    let path = format!("/signals/follow/{}", token.reveal());
    match receipt {
        Receipt::Full => {
            return refuse("Too many signals wait to be read. Please send it again tomorrow");
        }
        Receipt::Kept => {
            if let Some(email) = &new.email {
                send_link(&ask, email, &path).await?;
            }
        }
        Receipt::Known => {}
    }
    Ok(see_other(&path))
}

/// What the form holds, or all that is wrong with it.
fn check(ask: &Ask, plan: &Plan) -> Result<NewRaised, Vec<FieldError>> {
    let mut errors = Vec::new();
    if !ask.field("reference").is_empty() {
        let message = "Leave the field “Leave this empty” empty: it is there to catch programs";
        errors.push(FieldError::new("reference", message));
    }
    let kind = SignalKind::from_word(ask.field("kind"));
    if kind.is_none() {
        errors.push(FieldError::new("kind", "Choose what sort of signal it is"));
    }
    let words = ask.field("words").replace("\r\n", "\n");
    let length = words.chars().count();
    let is_control = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if words.is_empty() {
        errors.push(FieldError::new("words", "Say what is happening"));
    } else if length > LONGEST {
        let message = format!("Use at most {LONGEST} characters; there are {length}");
        errors.push(FieldError::new("words", &message));
    } else if words.contains(is_control) {
        let message = "There is an invisible character in the text. Type it anew";
        errors.push(FieldError::new("words", message));
    }
    let area = known(ask.field("area"), &plan.areas);
    if area.is_none() && !ask.field("area").is_empty() {
        errors.push(FieldError::new("area", "Choose a place from the list"));
    }
    let theme = known(ask.field("theme"), &plan.themes);
    if theme.is_none() {
        errors.push(FieldError::new("theme", "Choose what it is about"));
    }
    let email = ask.field("email");
    if !email.is_empty() && !is_email(email) {
        let message = "Enter an e-mail address, like name@example.org, or leave it empty";
        errors.push(FieldError::new("email", message));
    }
    match (kind, theme, errors.is_empty()) {
        (Some(kind), Some(theme), true) => Ok(NewRaised {
            kind,
            theme,
            area,
            words,
            email: (!email.is_empty()).then(|| email.to_owned()),
        }),
        _ => Err(errors),
    }
}

/// Sends the private link. Nobody is flooded with letters that others ask for.
async fn send_link(ask: &Ask, email: &str, path: &str) -> Result<(), Fault> {
    if is_flood(ask, "letter on a signal to", Some(email), BY_EMAIL).await? {
        return Ok(());
    }
    let title = ask.shell("").site_title;
    ask.access.mail.send(Letter {
        to: email.to_owned(),
        subject: format!("Your signal: {title}"),
        text: format!(
            "Thank you. Somebody reads each signal, and each gets a response. See where yours \
             stands with this link. Keep it: it is yours alone, and is sent once.\n\n{}{path}\n\n\
             We write again when there is news. {KEEPING}\n\nDid you not raise a signal? Then do \
             nothing.\n",
            ask.access.address
        ),
    });
    Ok(())
}

/// `GET /signals/follow/{token}`: where a signal stands, for the person who raised it.
pub(super) async fn follow(ask: Ask) -> Result<Response, Fault> {
    let missing = || Fault::missing("signal", "behind this link");
    let Some(token) = Token::parse(ask.param("token")) else {
        limit_address(&ask).await?;
        return Err(missing());
    };
    let Some(raised) = ask.access.store.raised_by(&token).await? else {
        limit_address(&ask).await?;
        return Err(missing());
    };
    let told = news::tell(&raised, &ask.plan());
    html(&FollowPage {
        shell: ask.shell(told.title),
        words: told.words,
        reason: told.reason,
        links: links(&ask, &raised),
        keep: if raised.email.is_some() {
            "This page is yours alone: keep its address. We write to you when there is news."
                .to_owned()
        } else {
            "This page is yours alone. Keep its address: it is shown nowhere else.".to_owned()
        },
        raised: news::spell_when(raised.raised_at),
        written: raised.words.as_deref().map(lines).unwrap_or_default(),
        keeping: KEEPING,
    })
}

/// Where to read on: only what is published.
fn links(ask: &Ask, raised: &Raised) -> Vec<Link> {
    let (Standing::LetIn { signal }, Some(view)) = (&raised.standing, ask.published()) else {
        return Vec::new();
    };
    let plan = &view.plan;
    let there = plan.signals.get(signal);
    let own = there.map(|one| Link::new(format!("/signals/{signal}"), one.title.clone()));
    let answers = plan.activities.iter();
    let answers = answers.filter(|(_, activity)| activity.answers.contains(signal));
    own.into_iter()
        .chain(
            answers.map(|(slug, one)| Link::new(format!("/activities/{slug}"), one.title.clone())),
        )
        .collect()
}
