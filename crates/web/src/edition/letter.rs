//! Letters to those who follow editions: asked for by anyone, confirmed from the mailbox, ended by a
//! link in each.

use std::time::Duration;

use askama::Template;
use axum::{Router, response::Response};
use dfg_plan::{EditionId, History, spell_day, story};
use dfg_store::{Store, StoreError, Token};

use super::point_of;
use crate::{
    access::{
        Access, Ask, FieldError, Letter, is_email, is_flood, limit_address, reading, see_other,
        writing,
    },
    fault::Fault,
    part::count,
    route::html,
    shell::Shell,
    site::Site,
};

const PATH: &str = "/follow/letters";
/// How long a request waits to be confirmed.
const PATIENCE: Duration = Duration::from_hours(48);
/// How often one address is written to within a day because somebody asks.
const BY_EMAIL: (u64, Duration) = (3, Duration::from_hours(24));

pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/follow/letters", reading(show).merge(writing(ask_for)))
        .route("/follow/letters/asked", reading(asked))
        .route("/follow/letters/ended", reading(ended))
        .route(
            "/follow/letters/{token}",
            reading(one).merge(writing(choose)),
        )
}

#[derive(Template)]
#[template(path = "edition/follow.html")]
struct Page {
    shell: Shell,
    errors: Vec<FieldError>,
    email: String,
}

#[derive(Template)]
#[template(path = "edition/follower.html")]
struct OnePage {
    shell: Shell,
    action: String,
    email: String,
    is_confirmed: bool,
}

#[derive(Template)]
#[template(path = "edition/said.html")]
struct SaidPage {
    shell: Shell,
    words: &'static str,
}

fn page(ask: &Ask, errors: Vec<FieldError>) -> Result<Response, Fault> {
    html(&Page {
        shell: ask
            .shell("Hear of each edition by e-mail")
            .failed(!errors.is_empty()),
        errors,
        email: ask.field("email").to_owned(),
    })
}

/// `GET /follow/letters`.
async fn show(ask: Ask) -> Result<Response, Fault> {
    page(&ask, Vec::new())
}

/// `POST /follow/letters`. The answer does not tell whether the address follows already.
async fn ask_for(ask: Ask) -> Result<Response, Fault> {
    let email = ask.field("email").to_lowercase();
    if !is_email(&email) {
        let message = "Enter an e-mail address, like name@example.org";
        return page(&ask, vec![FieldError::new("email", message)]);
    }
    limit_address(&ask).await?;
    if !is_flood(&ask, "letters", Some(&email), BY_EMAIL).await?
        && let Some(follower) = ask
            .access
            .store
            .ask_to_follow(&email, PATIENCE, ask.now)
            .await?
    {
        let link = link(&ask.access, &follower.token);
        let text = if follower.confirmed_at.is_some() {
            format!(
                "You hear of each new edition already. To end that, open this link:\n\n{link}\n"
            )
        } else {
            format!(
                "Somebody, probably you, asked for an e-mail whenever a new edition of the strategy \
                 is published. To begin, open this link within two days and press the button:\n\n\
                 {link}\n\nIf it was not you, do nothing: you will hear no more of it.\n"
            )
        };
        ask.access.mail.send(Letter {
            to: email,
            subject: "Hear of each new edition".to_owned(),
            text,
        });
    }
    Ok(see_other("/follow/letters/asked"))
}

/// `GET /follow/letters/asked`.
async fn asked(ask: Ask) -> Result<Response, Fault> {
    html(&SaidPage {
        shell: ask.shell("Look into your mailbox"),
        words: "We have written to you. Open the link in the e-mail within two days: then you hear \
                of each new edition.",
    })
}

/// `GET /follow/letters/ended`.
async fn ended(ask: Ask) -> Result<Response, Fault> {
    html(&SaidPage {
        shell: ask.shell("You will hear no more"),
        words: "Your address is erased. You can always ask for the e-mails again.",
    })
}

/// `GET /follow/letters/{token}`: shows what the link can do, and does nothing.
async fn one(ask: Ask) -> Result<Response, Fault> {
    let missing = || Fault::missing("page", &ask.path);
    let token = Token::parse(ask.param("token")).ok_or_else(missing)?;
    let follower = ask.access.store.follower(&token).await?;
    let follower = follower.ok_or_else(missing)?;
    let is_confirmed = follower.confirmed_at.is_some();
    html(&OnePage {
        shell: ask.shell(if is_confirmed {
            "You hear of each new edition"
        } else {
            "Hear of each new edition?"
        }),
        action: ask.path.clone(),
        email: follower.email,
        is_confirmed,
    })
}

/// `POST /follow/letters/{token}`.
async fn choose(ask: Ask) -> Result<Response, Fault> {
    let missing = || Fault::missing("page", &ask.path);
    let token = Token::parse(ask.param("token")).ok_or_else(missing)?;
    let store = &ask.access.store;
    if store.follower(&token).await?.is_none() {
        return Err(missing());
    }
    if ask.field("do") == "end" {
        store.end_following(&token).await?;
        return Ok(see_other("/follow/letters/ended"));
    }
    let history = ask.site.history();
    let latest = history.latest_edition(None).map(|(edition, _)| edition.id);
    store.confirm_follower(&token, latest, ask.now).await?;
    Ok(see_other(&ask.path))
}

fn link(access: &Access, token: &Token) -> String {
    format!("{}{PATH}/{}", access.address, token.reveal())
}

/// How many will hear of an edition, in a sentence.
pub(super) async fn spell_followers(store: &Store, id: EditionId) -> Result<String, StoreError> {
    let many = store.untold_followers(id).await?.len();
    Ok(match many {
        0 => "Nobody follows by e-mail yet.".to_owned(),
        many => format!(
            "{} by e-mail.",
            count(many, "person is told", "people are told")
        ),
    })
}

/// Tells of the latest edition all who follow and have not heard of it; how many. Of several servers
/// one tells each.
pub async fn tell_followers(access: &Access, history: &History) -> Result<usize, StoreError> {
    let Some((edition, _)) = history.latest_edition(None) else {
        return Ok(0);
    };
    let untold = access.store.untold_followers(edition.id).await?;
    if untold.is_empty() {
        return Ok(0);
    }
    let before = history
        .editions()
        .map(|(other, _)| other)
        .filter(|other| other.id < edition.id)
        .max_by_key(|other| other.id);
    let summary = before.map_or_else(String::new, |before| {
        let told = story::tell(history, point_of(before), point_of(edition));
        format!("{}\n\n", told.summary())
    });
    let region = history
        .current()
        .region()
        .map(|region| region.title.clone());
    let region = region.unwrap_or_else(|| "The digital strategy".to_owned());
    let mut count = 0;
    for follower in untold {
        if !access
            .store
            .claim_follower(&follower.token, edition.id)
            .await?
        {
            continue;
        }
        access.mail.send(Letter {
            to: follower.email.clone(),
            subject: format!("{region}: {} is out", edition.id.words()),
            text: format!(
                "{}\nPublished on {}.\n\n{summary}Read it: {}/editions/{}\n\nYou get this because you \
                 asked to hear of each new edition. To hear no more, open this link:\n{}\n",
                edition.title,
                spell_day(edition.as_of),
                access.address,
                edition.id,
                link(access, &follower.token),
            ),
        });
        count += 1;
    }
    Ok(count)
}
