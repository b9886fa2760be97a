//! Pages about the site itself: sources, words, accessibility, privacy, data, and how to follow.

mod glossary;
mod source;

use askama::Template;
use axum::{Router, response::Response};

use crate::{
    cx::{Cx, Link},
    download::LISTS,
    fault::Fault,
    route::{html, page},
    shell::Shell,
    site::Site,
};

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
        .route("/sources", page(source::show))
        .route("/glossary", page(glossary::show))
        .route("/accessibility", page(accessibility))
        .route("/privacy", page(privacy))
        .route("/data", page(data))
        .route("/follow", page(follow))
}

#[derive(Template)]
#[template(path = "about/accessibility.html")]
struct Accessibility {
    shell: Shell,
    contact: Option<String>,
}

/// `GET /accessibility`.
fn accessibility(cx: &Cx) -> Result<Response, Fault> {
    html(&Accessibility {
        shell: cx.shell("Everyone should be able to read this"),
        contact: contact(cx),
    })
}

#[derive(Template)]
#[template(path = "about/privacy.html")]
struct Privacy {
    shell: Shell,
}

/// `GET /privacy`.
fn privacy(cx: &Cx) -> Result<Response, Fault> {
    html(&Privacy {
        shell: cx.shell("We keep nothing about those who read"),
    })
}

#[derive(Template)]
#[template(path = "about/data.html")]
struct Data {
    shell: Shell,
    lists: Vec<Link>,
    edition: Option<(String, String)>,
}

/// `GET /data`.
fn data(cx: &Cx) -> Result<Response, Fault> {
    let lists = LISTS.iter().map(|kind| {
        let words = dfg_plan::story::capitalise(kind.plural());
        let count = cx.view.plan.count(*kind);
        Link::new(
            cx.moment.href(&format!("/{}.csv", kind.plural())),
            format!("{words} ({count})"),
        )
    });
    let edition = cx.snapshot.edition.as_ref().and_then(|shown| {
        let (_, note) = cx.snapshot.history.edition(shown.edition.id)?;
        Some((shown.edition.id.words(), note.hash.to_string()))
    });
    html(&Data {
        shell: cx.shell("Everything here is open data"),
        lists: lists.collect(),
        edition,
    })
}

#[derive(Template)]
#[template(path = "about/follow.html")]
struct Follow {
    shell: Shell,
    by_letter: bool,
}

/// `GET /follow`.
fn follow(cx: &Cx) -> Result<Response, Fault> {
    html(&Follow {
        shell: cx.shell("Hear when the plan changes"),
        by_letter: cx.site.0.access.is_some(),
    })
}

fn contact(cx: &Cx) -> Option<String> {
    cx.view.plan.region()?.contact.clone()
}
