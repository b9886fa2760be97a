//! Signals from the public: raised without an account, read by moderators, responded to, and
//! followed by a private link.
//!
//! A stranger's words and address stay in the store and are erased after a time. What enters the
//! ledger is the signal in a moderator's words.

mod moderate;
mod news;
mod raise;
mod respond;

use std::time::Duration;

use axum::Router;
use dfg_plan::{Plan, Slug, story::capitalise};

use crate::{
    access::{reading, writing},
    site::Site,
    update::Choice,
};

pub use news::{erase_old, tell_news};

/// The most characters of what a stranger writes, and of a signal's summary.
const LONGEST: usize = 1_000;
/// How many signals one network address may raise within the window.
const BY_ADDRESS: (u64, Duration) = (10, Duration::from_hours(1));
/// How many letters one e-mail address is sent on raising signals within the window.
const BY_EMAIL: (u64, Duration) = (3, Duration::from_hours(24));
/// How many signals may wait to be read.
const MOST_WAITING: u32 = 200;
/// How many days after the last news a stranger's words and address are erased.
const KEPT_AFTER: i64 = 30;
/// How many days after it was raised they are erased at the latest.
const KEPT_AT_MOST: i64 = 365;
/// The same in words, for those whom it concerns.
const KEEPING: &str = "We delete your words and your address 30 days after the last response, and \
    at the latest a year after you raise the signal.";

/// The addresses of this feature; none where nobody can sign in.
pub(crate) fn routes(site: &Site) -> Router<Site> {
    if site.0.access.is_none() {
        return Router::new();
    }
    Router::new()
        .route(
            "/signals/new",
            reading(raise::show).merge(writing(raise::send)),
        )
        .route("/signals/follow/{token}", reading(raise::follow))
        .route("/desk/signals", reading(moderate::list))
        .route(
            "/desk/signals/{id}",
            reading(moderate::show).merge(writing(moderate::decide)),
        )
        .route(
            "/desk/responses/{slug}",
            reading(respond::show).merge(writing(respond::record)),
        )
}

/// The whole region, then its areas.
fn area_choices(plan: &Plan, chosen: &str) -> Vec<Choice> {
    let whole = Choice::new("", "The whole region, or not one place", chosen);
    let areas = plan.areas.iter();
    let areas = areas.map(|(slug, area)| Choice::new(slug.as_str(), area.name.clone(), chosen));
    std::iter::once(whole).chain(areas).collect()
}

fn theme_choices(plan: &Plan, chosen: &str) -> Vec<Choice> {
    let themes = plan.themes_in_order();
    let themes = themes.into_iter();
    themes
        .map(|(slug, theme)| Choice::new(slug.as_str(), theme.title.clone(), chosen))
        .collect()
}

fn kind_choices(chosen: &str) -> Vec<Choice> {
    use dfg_plan::record::SignalKind;
    let words = |kind: SignalKind| match kind {
        SignalKind::Opportunity => "something to gain",
        SignalKind::Challenge => "something in the way",
    };
    SignalKind::ALL
        .iter()
        .map(|kind| {
            let words = format!("{}: {}", capitalise(kind.words()), words(*kind));
            Choice::new(kind.word(), words, chosen)
        })
        .collect()
}

/// The slug in a field; none where it is empty or names nothing among these.
fn known<T>(text: &str, among: &std::collections::BTreeMap<Slug, T>) -> Option<Slug> {
    let slug = Slug::parse(text).ok()?;
    among.contains_key(&slug).then_some(slug)
}

/// A text by lines, without empty ones.
fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}
