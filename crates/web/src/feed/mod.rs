//! Atom feeds of changes and of decisions.
//!
//! Names of entries are made from hashes of the ledger, so they never change; an entry counts as
//! updated when its edition was recorded.

mod atom;

use axum::{
    Router,
    http::header,
    response::{IntoResponse, Response},
};
use dfg_plan::{
    Key, Kind,
    entry::Hash,
    spell_date,
    story::{Label, Story, plain},
};

use crate::{
    cx::Cx,
    edition::{Comparison, Shown, Spot, past_editions},
    fault::Fault,
    route::page,
    site::Site,
};
use atom::{Entry, Feed, absolute};

/// How many entries a feed has at most.
const MOST: usize = 200;

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
        .route("/feeds/changes.atom", page(changes))
        .route("/feeds/decisions.atom", page(decisions))
}

fn respond(feed: &Feed) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/atom+xml; charset=utf-8")];
    (kind, feed.write()).into_response()
}

/// The hash of the ledger's first entry: no other ledger has it.
fn ledger(cx: &Cx) -> Hash {
    let first = cx.snapshot.history.note(1);
    first.map_or(Hash::ZERO, |note| note.hash)
}

/// An empty feed about something.
fn feed(cx: &Cx, title: &str, word: &str, entries: Vec<Entry>) -> Feed {
    let region = cx.view.plan.region();
    let site = region.map_or_else(String::new, |region| region.title.clone());
    let place = region.map_or_else(String::new, |region| region.name.clone());
    let author = region.and_then(|region| region.short_name.clone());
    let updated = past_editions(cx)
        .iter()
        .map(|(_, note)| note.recorded_at)
        .max();
    Feed {
        id: format!("urn:dfg:feed:{word}:{}", ledger(cx)),
        title: format!("{title}: {site}, {place}"),
        author: author.map_or_else(|| site.clone(), |place| format!("{site}, {place}")),
        rights: region
            .and_then(|region| region.notice.clone())
            .unwrap_or_default(),
        language: region.and_then(|region| region.language.clone()),
        self_href: absolute(cx, &cx.moment.href(&cx.path)),
        page_href: absolute(cx, &cx.moment.href(&format!("/{word}"))),
        updated: updated.unwrap_or_default(),
        entries,
    }
}

/// `GET /feeds/changes.atom`: an entry an edition, and an entry a change, newest first.
#[expect(clippy::unnecessary_wraps, reason = "one signature for all pages")]
fn changes(cx: &Cx) -> Result<Response, Fault> {
    let mut entries = Vec::new();
    for (edition, note) in past_editions(cx) {
        let to = Spot::of_edition(edition);
        let from = Spot::before(cx, &to);
        let comparison = Comparison::of(cx, from, to, Vec::new());
        let story = comparison.story(cx);
        let href = format!("/changes?{}", comparison.query());
        entries.push(Entry {
            id: format!("urn:dfg:edition:{}", note.hash),
            title: format!("Edition {}: {}", edition.id, edition.title),
            href: absolute(cx, &format!("/editions/{}", edition.id)),
            summary: [edition.foreword.trim(), &story.summary()].join("\n\n"),
            updated: note.recorded_at,
            theme: None,
        });
        entries.extend(changes_of(cx, &(edition, note), &story, &href));
    }
    entries.truncate(MOST);
    Ok(respond(&feed(cx, "What changed", "changes", entries)))
}

/// The changes of an edition that people would want to hear of, the weightiest first.
fn changes_of(cx: &Cx, (edition, note): &Shown<'_>, story: &Story<'_>, href: &str) -> Vec<Entry> {
    let mut told: Vec<_> = story
        .chapters
        .iter()
        .flat_map(|chapter| chapter.items.iter().map(move |item| (chapter, item)))
        .filter(|(_, item)| is_news(&item.key, item.label))
        .collect();
    told.sort_by_key(|(_, item)| (item.label, &item.key));
    let entry = |(chapter, item): (&dfg_plan::story::Chapter<'_>, &dfg_plan::story::Item<'_>)| {
        let Key { kind, slug } = &item.key;
        let lines = item.details.iter().map(|line| plain(line));
        let reasons = item.reasons.iter().map(|reason| reason.text.to_string());
        Entry {
            id: format!("urn:dfg:change:{}:{kind}:{slug}", note.hash),
            title: format!(
                "{}: {} (edition {})",
                item.label.words(),
                plain(&item.sentence),
                edition.id
            ),
            href: absolute(cx, &format!("{href}#{}-{slug}", kind.plural())),
            summary: lines.chain(reasons).collect::<Vec<_>>().join("\n"),
            updated: note.recorded_at,
            theme: chapter.theme.as_ref().map(ToString::to_string),
        }
    };
    told.into_iter().map(entry).collect()
}

/// New organisations and links between them come by the hundred: the page lists them.
fn is_news(key: &Key, label: Label) -> bool {
    !matches!(
        (key.kind, label),
        (Kind::Organisation | Kind::Relationship | Kind::Area, _)
    )
}

/// `GET /feeds/decisions.atom`: an entry a decision, the latest first.
#[expect(clippy::unnecessary_wraps, reason = "one signature for all pages")]
fn decisions(cx: &Cx) -> Result<Response, Fault> {
    let mut decisions: Vec<_> = cx.view.plan.decisions.iter().collect();
    decisions.sort_by_key(|(slug, decision)| (std::cmp::Reverse(decision.date), (*slug).clone()));
    let history = &cx.snapshot.history;
    let through = cx.moment.point.through;
    let entries = decisions.into_iter().take(MOST).map(|(slug, decision)| {
        let key = Key::new(Kind::Decision, slug.clone());
        let notes = history.track(&key).into_iter().flat_map(|track| {
            let seqs = track.versions().iter().map(|version| version.seq);
            seqs.filter(|seq| *seq <= through)
                .filter_map(|seq| history.note(seq))
        });
        let notes: Vec<_> = notes.collect();
        let first = notes.iter().min_by_key(|note| note.seq);
        let updated = notes.iter().map(|note| note.recorded_at).max();
        let told = [&decision.effect, &decision.reason, &decision.by];
        let told: Vec<&str> = told.into_iter().flatten().map(String::as_str).collect();
        Entry {
            id: format!(
                "urn:dfg:decision:{}:{slug}",
                first.map_or(Hash::ZERO, |note| note.hash)
            ),
            title: format!("{} ({})", decision.title, spell_date(decision.date)),
            href: absolute(cx, &cx.href(Kind::Decision, slug)),
            summary: told.join("\n"),
            updated: updated.unwrap_or_default(),
            theme: decision.theme.as_ref().map(ToString::to_string),
        }
    });
    let entries = entries.collect();
    Ok(respond(&feed(cx, "Decisions", "decisions", entries)))
}
