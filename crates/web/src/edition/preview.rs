//! The site as it would be with the edition in preparation: every page, with `edition=next`.
//!
//! The edition is a pretended entry at the end of a copy of the ledger, so a preview is made by the
//! same code as the published page. It is for people who may read what is unpublished; to others
//! there is no such edition.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    extract::Request,
    http::HeaderMap,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use dfg_plan::{Act, Draft, Edition, Hash, History, may};
use dfg_store::edition::EditionText;
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    access::signed_in,
    api,
    cx::Query,
    fault::Fault,
    moment::NEXT,
    route::refuse,
    site::{Site, Snapshot},
};

/// The state that a previewed page is made from.
#[derive(Clone)]
pub(crate) struct Preview(pub Arc<Snapshot>);

/// The last preview: of which end of the ledger, which revision of the draft, and which day.
#[derive(Default)]
pub(crate) struct PreviewCache(Mutex<Option<(Key, Arc<Snapshot>)>>);

type Key = (Hash, i64, jiff::civil::Date);

/// Whether a request asks for a page of the edition in preparation.
pub(crate) fn asks_for_preview(request: &Request) -> bool {
    let uri = request.uri();
    uri.query().is_some_and(|query| query.contains(NEXT))
        && !api::is_under(uri.path())
        && Query::parse(uri.query()).get("edition") == Some(NEXT)
}

/// Answers such a request.
pub(crate) async fn preview(site: &Site, mut request: Request, next: Next) -> Response {
    match admit(site, request.headers()).await {
        Ok(snapshot) => {
            request.extensions_mut().insert(Preview(snapshot));
            next.run(request).await
        }
        Err(fault) => {
            let path = request.uri().path();
            refuse(site, path, &Query::default(), &fault).into_response()
        }
    }
}

async fn admit(site: &Site, headers: &HeaderMap) -> Result<Arc<Snapshot>, Fault> {
    let missing = || Fault::missing("edition", NEXT);
    let access = site.0.access.as_ref().ok_or_else(missing)?;
    let now = (access.clock)();
    let current = signed_in(access, headers, now).await?;
    let (current, _) = current.ok_or_else(missing)?;
    if !may(&current.person.roles, Act::ReadUnpublished) {
        return Err(missing());
    }
    let draft = access.store.edition_draft().await?;
    let revision = draft.as_ref().map_or(0, |draft| draft.revision);
    let text = draft.map(|draft| draft.text);
    snapshot(site, revision, text, now)
}

/// The state with the edition in preparation as the latest.
pub(super) fn snapshot(
    site: &Site,
    revision: i64,
    text: Option<EditionText>,
    now: Timestamp,
) -> Result<Arc<Snapshot>, Fault> {
    let history = site.history();
    let today = now.to_zoned(TimeZone::UTC).date();
    let key = (history.head().hash, revision, today);
    let kept = &site.0.preview.0;
    if let Some((known, snapshot)) = &*kept.lock().unwrap_or_else(PoisonError::into_inner)
        && *known == key
    {
        return Ok(Arc::clone(snapshot));
    }
    let mut next = (*history).clone();
    let sealed =
        draft(&next, text.unwrap_or_default(), today, "preview").seal(next.head(), now, today);
    next.append(sealed)
        .map_err(|cause| Fault::Refused(format!("There is nothing to preview: {cause}.")))?;
    let made = Arc::new(Snapshot::preview(next));
    *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some((key, Arc::clone(&made)));
    Ok(made)
}

/// The entry that publishes the next edition: all that is recorded, as true today.
pub(super) fn draft(
    history: &History,
    text: EditionText,
    today: jiff::civil::Date,
    actor: &str,
) -> Draft {
    let id = history.next_edition();
    Draft {
        actor: actor.to_owned(),
        reason: text.reason,
        decision: text.decision,
        edition: Some(Edition {
            id,
            title: if text.title.is_empty() {
                super::prepare::default_title(id, today)
            } else {
                text.title
            },
            foreword: text.foreword,
            as_of: today,
            through: history.head().seq,
        }),
        ..Draft::default()
    }
}
