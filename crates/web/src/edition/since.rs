//! What was recorded since a person last said that they have read everything, published or not.

use std::sync::Arc;

use askama::Template;
use axum::{Router, response::Response};
use dfg_plan::{Act, story::Point};

use super::{
    preview,
    spot::{Comparison, Spot},
    telling::{ChapterView, CommonReason, Teller},
};
use crate::{
    access::{Ask, reading, see_other, spell_time, ways, writing},
    cx::{Cx, Link},
    fault::Fault,
    moment::Moment,
    route::html,
    shell::Shell,
    site::Site,
};

const PATH: &str = "/desk/since";

pub(super) fn routes() -> Router<Site> {
    Router::new().route("/desk/since", reading(show).merge(writing(read)))
}

#[derive(Template)]
#[template(path = "edition/since.html")]
struct Page {
    shell: Shell,
    ways: Vec<Link>,
    lede: String,
    since: String,
    chapters: Vec<ChapterView>,
    common: Vec<CommonReason>,
    seq: u64,
}

/// `GET /desk/since`.
async fn show(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::ReadUnpublished)?;
    let store = &ask.access.store;
    let history = ask.site.history();
    let seq = history.head().seq;
    let (from, since) = match store.read_until(&me.id).await? {
        Some((from, at)) => (from.min(seq), format!("since {}", spell_time(at))),
        // Whoever never said so has read the latest edition.
        None => match history.latest_edition(None) {
            Some((edition, _)) => (edition.through, format!("since {}", edition.id.words())),
            None => (0, "since the beginning".to_owned()),
        },
    };
    let draft = store.edition_draft().await?;
    let revision = draft.as_ref().map_or(0, |draft| draft.revision);
    let snapshot = preview::snapshot(&ask.site, revision, draft.map(|draft| draft.text), ask.now)?;
    let edition = snapshot.edition.clone().ok_or(Fault::NothingPublished)?;
    let moment = Moment::preview(&edition);
    let point = |through| Point {
        through,
        as_of: moment.point.as_of,
    };
    let spot = |point, name: &str| Spot {
        point,
        text: String::new(),
        name: name.to_owned(),
        edition: None,
    };
    let view = ask.site.view(&snapshot, moment.point);
    let (from, to) = (spot(point(from), "then"), spot(moment.point, "now"));
    let cx = Cx {
        site: ask.site.clone(),
        snapshot: Arc::clone(&snapshot),
        moment,
        view,
        path: ask.path.clone(),
        params: Vec::new(),
        query: ask.query.clone(),
    };
    let comparison = Comparison::of(&cx, from, to, Vec::new());
    let story = comparison.story(&cx);
    html(&Page {
        shell: ask.shell("Since your last visit"),
        ways: ways(me),
        lede: story.summary(),
        since,
        chapters: Teller::new(&cx, &comparison, &story).chapters(&story),
        common: Teller::common(&story),
        seq,
    })
}

/// `POST /desk/since`: all of it is read.
async fn read(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::ReadUnpublished)?;
    let end = ask.site.history().head().seq;
    if let Ok(seq) = ask.field("seq").parse::<u64>() {
        let store = &ask.access.store;
        store.keep_read_until(&me.id, seq.min(end), ask.now).await?;
    }
    Ok(see_other(PATH))
}
