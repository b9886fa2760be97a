//! Editions, and what changed between any two of them or any two dates, and why.
//!
//! [`spot`] reads the two points, [`telling`] lays a story out as pieces of a page. [`prepare`] makes
//! the next edition, [`preview`] shows the site as it would be, [`letter`] tells those who follow,
//! and [`since`] what a person has not read.

mod changes;
mod letter;
mod list;
mod one;
mod prepare;
mod preview;
mod since;
mod spot;
mod telling;

use axum::Router;

pub use letter::tell_followers;
pub(crate) use preview::{Preview, PreviewCache, asks_for_preview, preview};
pub(crate) use spot::{
    Comparison, Shown, Spot, SpotFault, name_of, past_editions, point_of, public_editions,
};

use crate::{
    cx::{Cx, Link},
    route::page,
    site::Site,
};

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
        .route("/editions", page(list::show))
        .route("/editions/{id}", page(one::show))
        .route("/changes", page(changes::show))
}

/// The addresses that need somebody who is signed in, or an e-mail address.
pub(crate) fn desk_routes() -> Router<Site> {
    Router::new()
        .merge(letter::routes())
        .merge(prepare::routes())
        .merge(since::routes())
}

/// What changed in the latest edition of the request's moment: a link to the whole story, and its
/// summary. None where no edition was there by then.
pub(crate) fn latest_change(cx: &Cx) -> Option<(Link, String)> {
    let (edition, _) = past_editions(cx).into_iter().next()?;
    let to = Spot::of_edition(edition);
    let from = Spot::before(cx, &to);
    let comparison = Comparison::of(cx, from, to, Vec::new());
    let link = Link::new(
        cx.moment.href(&format!("/changes?{}", comparison.query())),
        format!("Edition {}: what changed in it, and why", edition.id),
    );
    Some((link, comparison.story(cx).summary()))
}

/// The points that a form suggests, and what was typed.
pub(crate) struct CompareForm {
    pub from: String,
    pub to: String,
    pub from_fault: Option<String>,
    pub to_fault: Option<String>,
    /// Editions by their name in an address, with words.
    pub suggestions: Vec<Link>,
}

impl CompareForm {
    fn new(cx: &Cx, from: &str, to: &str) -> Self {
        let editions = past_editions(cx);
        let suggestions = editions.iter().map(|(edition, _)| {
            let when = dfg_plan::spell_day(edition.as_of);
            Link::new(
                edition.id.to_string(),
                format!("Edition {}: {}, {when}", edition.id, edition.title),
            )
        });
        Self {
            from: from.to_owned(),
            to: to.to_owned(),
            from_fault: None,
            to_fault: None,
            suggestions: suggestions.collect(),
        }
    }

    /// The latest edition against the one before it.
    fn with_defaults(cx: &Cx) -> Self {
        let editions = past_editions(cx);
        let mut ids = editions.iter().map(|(edition, _)| edition.id.to_string());
        let to = ids.next().unwrap_or_default();
        let from = ids.next().unwrap_or_default();
        Self::new(cx, &from, &to)
    }
}
