//! Preparing an edition: its title and foreword, what changed since the last one, a preview of the
//! whole site, and publishing it.

use askama::Template;
use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use dfg_plan::{
    Act, Edition, EditionId, Slug, spell_date, spell_day,
    story::{self, capitalise},
};
use dfg_store::{
    StoreError,
    edition::{EditionDraft, EditionText},
};
use jiff::civil::Date;

use super::{letter, point_of, preview};
use crate::{
    access::{Ask, FieldError, reading, see_other, spell_time, ways, writing},
    commit::Commit,
    cx::Link,
    fault::Fault,
    part::count,
    route::html,
    shell::Shell,
    site::Site,
};

const PATH: &str = "/desk/edition";
/// The longest title and reason, in characters.
const LONGEST: usize = 300;
/// How many decisions can be chosen from, the newest first.
const DECISIONS: usize = 40;

pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/desk/edition", reading(show).merge(writing(save)))
        .route("/desk/edition/publication", writing(publish))
}

#[derive(Template)]
#[template(path = "edition/prepare.html")]
struct Page {
    shell: Shell,
    ways: Vec<Link>,
    errors: Vec<FieldError>,
    /// What somebody else saved meanwhile, field by field.
    other: Vec<(&'static str, String)>,
    id: String,
    last: String,
    summary: String,
    chapters: Vec<String>,
    changes_href: String,
    previews: Vec<Link>,
    title: String,
    foreword: String,
    reason: String,
    decisions: Vec<Choice>,
    revision: i64,
    saved: String,
    through: u64,
    followers: String,
    /// Whether all is there that publishing needs.
    is_ready: bool,
}

struct Choice {
    slug: String,
    words: String,
    chosen: bool,
}

/// “Edition 2, November 2026”.
pub(super) fn default_title(id: EditionId, today: Date) -> String {
    let month = today.strftime("%B %Y");
    format!("{}, {month}", capitalise(&id.words()))
}

/// What the form says; what it leaves out is empty.
fn typed(ask: &Ask) -> EditionText {
    EditionText {
        title: ask.field("title").to_owned(),
        foreword: ask.field("foreword").replace("\r\n", "\n"),
        reason: ask.field("reason").to_owned(),
        decision: Slug::parse(ask.field("decision")).ok(),
    }
}

/// What stands in the page beside what is saved.
struct Shown {
    text: EditionText,
    draft: Option<EditionDraft>,
    errors: Vec<FieldError>,
    other: Vec<(&'static str, String)>,
}

async fn page(ask: &Ask, status: StatusCode, shown: Shown) -> Result<Response, Fault> {
    let me = ask.may(Act::PublishEdition)?;
    let history = ask.site.history();
    let revision = shown.draft.as_ref().map_or(0, |draft| draft.revision);
    let saved_text = shown.draft.as_ref().map(|draft| draft.text.clone());
    let next = preview::snapshot(&ask.site, revision, saved_text.clone(), ask.now)?;
    let edition = next.edition.as_ref().ok_or(Fault::NothingPublished)?;
    let last: Option<&Edition> = history.latest_edition(None).map(|(last, _)| last);
    let (summary, chapters) = match last {
        None => (String::new(), Vec::new()),
        Some(last) => {
            let told = story::tell(&next.history, point_of(last), edition.point());
            let chapters = told.chapters.iter().map(|chapter| {
                let changes = count(chapter.items.len(), "change", "changes");
                format!("{}: {changes}", chapter.title)
            });
            (told.summary(), chapters.collect())
        }
    };
    let mut decisions: Vec<_> = ask.plan().decisions.clone().into_iter().collect();
    decisions.sort_by_key(|(_, decision)| std::cmp::Reverse(decision.date));
    let decisions = decisions.into_iter().take(DECISIONS);
    let saved = match &shown.draft {
        None => String::new(),
        Some(draft) => {
            let by = ask.access.store.person(&draft.saved_by).await?;
            let by = by.map_or_else(String::new, |person| person.shown_name().to_owned());
            format!("Saved by {by} on {}.", spell_time(draft.saved_at))
        }
    };
    let id = edition.edition.id;
    let preview = |path: &str, words: &str| Link::new(format!("{path}?edition=next"), words);
    let changes = last.map_or_else(String::new, |last| {
        format!("/changes?from={}&to={id}&edition=next", last.id)
    });
    let page = html(&Page {
        shell: ask
            .shell(format!("Prepare {}", id.words()))
            .failed(!shown.errors.is_empty()),
        ways: ways(me),
        id: id.words(),
        last: last.map_or_else(String::new, |last| {
            format!("{} of {}", last.id.words(), spell_day(last.as_of))
        }),
        summary,
        chapters,
        changes_href: changes,
        previews: vec![
            preview("/", "Home page"),
            preview("/strategy", "The strategy"),
            preview("/pipeline", "The pipeline"),
            preview(&format!("/editions/{id}"), "The edition's own page"),
        ],
        decisions: decisions
            .map(|(slug, decision)| Choice {
                chosen: shown.text.decision.as_ref() == Some(&slug),
                words: format!("{}, {}", decision.title, spell_date(decision.date)),
                slug: slug.to_string(),
            })
            .collect(),
        title: shown.text.title,
        foreword: shown.text.foreword,
        reason: shown.text.reason,
        revision,
        saved,
        through: history.head().seq,
        followers: letter::spell_followers(&ask.access.store, id).await?,
        is_ready: saved_text.is_some_and(|text| faults(&text).is_empty()),
        errors: shown.errors,
        other: shown.other,
    })?;
    Ok((status, page).into_response())
}

fn faults(text: &EditionText) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let long = |text: &str| text.chars().count() > LONGEST;
    if text.title.is_empty() {
        faults.push(FieldError::new("title", "Give the edition a title"));
    } else if long(&text.title) {
        faults.push(FieldError::new(
            "title",
            "Write the title in at most 300 characters",
        ));
    }
    if text.reason.is_empty() {
        faults.push(FieldError::new(
            "reason",
            "Say why this edition is published now",
        ));
    } else if long(&text.reason) {
        faults.push(FieldError::new(
            "reason",
            "Write the reason in at most 300 characters",
        ));
    }
    faults
}

/// Whether anything is recorded since the last edition.
fn is_anything_new(ask: &Ask) -> bool {
    let history = ask.site.history();
    let head = history.head().seq;
    let last = history.latest_edition(None).map(|(_, note)| note.seq);
    head > 0 && last != Some(head)
}

#[derive(Template)]
#[template(path = "edition/nothing.html")]
struct NothingPage {
    shell: Shell,
    ways: Vec<Link>,
}

/// `GET /desk/edition`.
async fn show(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::PublishEdition)?;
    if !is_anything_new(&ask) {
        return html(&NothingPage {
            shell: ask.shell("There is nothing to publish"),
            ways: ways(me),
        });
    }
    let draft = ask.access.store.edition_draft().await?;
    let text = draft.as_ref().map_or_else(
        || EditionText {
            title: default_title(ask.site.history().next_edition(), ask.today()),
            ..EditionText::default()
        },
        |draft| draft.text.clone(),
    );
    let shown = Shown {
        text,
        draft,
        errors: Vec::new(),
        other: Vec::new(),
    };
    page(&ask, StatusCode::OK, shown).await
}

/// `POST /desk/edition`: saves, faulty or not, so that nothing typed is lost.
async fn save(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::PublishEdition)?.id.clone();
    let text = typed(&ask);
    let revision = ask.field("revision").parse().unwrap_or_default();
    let store = &ask.access.store;
    let mut errors = faults(&text);
    if let Some(slug) = &text.decision
        && !ask.plan().decisions.contains_key(slug)
    {
        errors.push(FieldError::new("decision", "Choose a decision of the list"));
    }
    match store
        .save_edition_draft(revision, &text, &me, ask.now)
        .await
    {
        Ok(()) if errors.is_empty() => Ok(see_other(PATH)),
        Ok(()) => {
            let draft = store.edition_draft().await?;
            let shown = Shown {
                text,
                draft,
                errors,
                other: Vec::new(),
            };
            page(&ask, StatusCode::UNPROCESSABLE_ENTITY, shown).await
        }
        Err(StoreError::Stale { .. }) => {
            let draft = store.edition_draft().await?;
            let theirs = draft.as_ref().map(|draft| draft.text.clone());
            let shown = Shown {
                other: theirs.map_or_else(Vec::new, |theirs| differing(&text, theirs)),
                errors: vec![FieldError::new(
                    "title",
                    "Somebody else saved this edition since you opened it. Their words stand below \
                     yours: take over what you want, and save again",
                )],
                text,
                draft,
            };
            page(&ask, StatusCode::CONFLICT, shown).await
        }
        Err(other) => Err(other.into()),
    }
}

/// The fields in which what somebody else saved differs from what was typed.
fn differing(mine: &EditionText, theirs: EditionText) -> Vec<(&'static str, String)> {
    let slug = |slug: &Option<Slug>| slug.as_ref().map_or_else(String::new, Slug::to_string);
    let pairs = [
        ("Title", mine.title.clone(), theirs.title),
        ("Foreword", mine.foreword.clone(), theirs.foreword),
        ("Reason", mine.reason.clone(), theirs.reason),
        ("Decision", slug(&mine.decision), slug(&theirs.decision)),
    ];
    pairs
        .into_iter()
        .filter(|(_, mine, theirs)| mine != theirs)
        .map(|(name, _, theirs)| (name, theirs))
        .collect()
}

/// `POST /desk/edition/publication`: publishes what was previewed, and nothing else.
async fn publish(ask: Ask) -> Result<Response, Fault> {
    let actor = ask.may(Act::PublishEdition)?.id.to_string();
    let store = &ask.access.store;
    let through: u64 = ask.field("through").parse().unwrap_or_default();
    let revision: i64 = ask.field("revision").parse().unwrap_or_default();
    let draft = store.edition_draft().await?;
    let refuse = async |message: &str| {
        if !is_anything_new(&ask) {
            return Ok(see_other("/editions"));
        }
        let draft = store.edition_draft().await?;
        let shown = Shown {
            text: draft.as_ref().map(|d| d.text.clone()).unwrap_or_default(),
            draft,
            errors: vec![FieldError::new("publish", message)],
            other: Vec::new(),
        };
        page(&ask, StatusCode::CONFLICT, shown).await
    };
    let Some(draft) = draft.filter(|draft| draft.revision == revision) else {
        return refuse("Somebody changed the title or foreword since you looked. Read it again")
            .await;
    };
    if !faults(&draft.text).is_empty() {
        return refuse("The edition needs a title and a reason before it can be published").await;
    }
    let text = draft.text;
    let made = crate::commit::commit_at(&ask, through, |history| {
        preview::draft(history, text.clone(), ask.today(), &actor)
    })
    .await?;
    match made {
        None => {
            refuse(
                "Something was recorded since you looked. Look at what changed, and publish again",
            )
            .await
        }
        Some(Commit::Refused(refusal)) => refuse(&Commit::tell(&refusal)).await,
        Some(_) => {
            store.drop_edition_draft().await?;
            let history = ask.site.history();
            letter::tell_followers(&ask.access, &history).await?;
            let id = history.latest_edition(None).map(|(edition, _)| edition.id);
            Ok(see_other(&id.map_or_else(
                || "/editions".to_owned(),
                |id| format!("/editions/{id}"),
            )))
        }
    }
}
