//! Files handed over in the workspace: looked at before anything changes, then made current or put
//! away.

use std::{io::Write as _, path::PathBuf, time::Duration};

use askama::Template;
use axum::{
    Router,
    extract::{
        Multipart,
        multipart::{Field, MultipartRejection},
    },
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use dfg_evidence::{
    Evidence,
    handed::{Change, Handed, HandedError, LARGEST, Place},
    job::{Profile, spell_cell},
    refresh::RefreshError,
    runner::EngineError,
    shelf::ShelfError,
    vintage::{Failure, Journal, Vintage},
};
use dfg_plan::{
    Act, Figure, Plan, Slug,
    evidence::{Period, spell_value},
    record::Dataset,
    story::capitalise,
};

use super::dataset::{day, rejected_rows};
use crate::{
    access::{Ask, FieldError, reading, see_other, taking_file, ways, writing},
    commit::wait_for,
    cx::Link,
    fault::Fault,
    part::count,
    route::html,
    shell::Shell,
    site::Site,
};

const PATH: &str = "/desk/evidence";
/// How long a file may take to arrive.
const SLOWEST: Duration = Duration::from_mins(15);
/// The longest name of a file that is kept, in characters.
const LONGEST_NAME: usize = 100;

pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/desk/evidence", reading(list))
        .route(
            "/desk/evidence/{dataset}",
            reading(begin).merge(taking_file(Act::EditEvidence, hand_over)),
        )
        .route(
            "/desk/evidence/handed/{id}",
            reading(show).merge(writing(decide)),
        )
        .route("/desk/evidence/handed/{id}/rejected.csv", reading(rejected))
}

#[derive(Template)]
#[template(path = "evidence/desk.html")]
struct ListPage {
    shell: Shell,
    ways: Vec<Link>,
    items: Vec<Item>,
}

struct Item {
    link: Link,
    state: String,
    trouble: String,
}

#[derive(Template)]
#[template(path = "evidence/hand-over.html")]
struct FormPage {
    shell: Shell,
    ways: Vec<Link>,
    errors: Vec<FieldError>,
    action: String,
    state: String,
    dataset: Link,
    pattern: String,
    format: String,
}

#[derive(Template)]
#[template(path = "evidence/handed.html")]
struct Page {
    shell: Shell,
    ways: Vec<Link>,
    notice: &'static str,
    lede: String,
    dataset: Link,
    action: String,
    again: String,
    can_be_used: bool,
    faults: Vec<String>,
    rejected_href: String,
    changes: Vec<ChangeItem>,
    columns: Vec<ColumnItem>,
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
    hash: String,
}

struct ChangeItem {
    link: Link,
    before: String,
    after: String,
}

struct ColumnItem {
    name: String,
    heading: String,
    range: String,
    empty: u64,
}

fn evidence(ask: &Ask) -> Result<&Evidence, Fault> {
    let evidence = ask.site.0.settings.evidence.as_deref();
    evidence.ok_or_else(|| Fault::missing("page", &ask.path))
}

fn named<'a>(plan: &'a Plan, text: &str) -> Result<(&'a Slug, &'a Dataset), Fault> {
    let found = plan.datasets.get_key_value(text);
    let (slug, dataset) = found.ok_or_else(|| Fault::missing("dataset", text))?;
    Ok((slug, dataset))
}

fn path_of(slug: &Slug) -> String {
    format!("{PATH}/{slug}")
}

fn handed_path(id: &str) -> String {
    format!("{PATH}/handed/{id}")
}

fn rows_of(rows: u64) -> String {
    count(usize::try_from(rows).unwrap_or(usize::MAX), "row", "rows")
}

/// What is in use of a dataset, in words.
fn in_use(journal: Option<&Journal>) -> String {
    match journal.and_then(Journal::current) {
        None => "Nothing is in use yet".to_owned(),
        Some(vintage) => {
            let through = vintage.through.as_ref();
            let through = through.map_or_else(String::new, |period| format!(" through {period}"));
            format!(
                "In use: {}{through}, from {}, retrieved {}",
                rows_of(vintage.rows),
                vintage.from,
                day(vintage.retrieved)
            )
        }
    }
}

/// `GET /desk/evidence`.
async fn list(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::EditEvidence)?;
    let (plan, state) = (ask.plan(), ask.site.evidence());
    let item = |(slug, dataset): (&Slug, &std::sync::Arc<Dataset>)| {
        let journal = state.journals.get(slug);
        let failure = journal.and_then(|journal| journal.failure.as_ref());
        Item {
            link: Link::new(path_of(slug), dataset.title.clone()),
            state: in_use(journal),
            trouble: failure.map_or_else(String::new, |failure| {
                format!(
                    "The file tried on {} was not taken in: {}",
                    day(failure.when),
                    failure.lines().into_iter().next().unwrap_or_default()
                )
            }),
        }
    };
    html(&ListPage {
        shell: ask.shell("Hand over a publisher’s file"),
        ways: ways(me),
        items: plan.datasets.iter().map(item).collect(),
    })
}

fn form(ask: &Ask, errors: Vec<FieldError>) -> Result<Response, Fault> {
    let me = ask.may(Act::EditEvidence)?;
    let (plan, state) = (ask.plan(), ask.site.evidence());
    let (slug, dataset) = named(&plan, ask.param("dataset"))?;
    let failed = !errors.is_empty();
    let page = html(&FormPage {
        shell: ask.shell(dataset.title.clone()).failed(failed),
        ways: ways(me),
        errors,
        action: path_of(slug),
        state: in_use(state.journals.get(slug)),
        dataset: Link::new(format!("/datasets/{slug}"), "The dataset’s page"),
        pattern: dataset.file.clone().unwrap_or_default(),
        format: dataset.format.words().to_owned(),
    })?;
    Ok(if failed {
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    } else {
        page
    })
}

/// `GET /desk/evidence/{dataset}`.
async fn begin(ask: Ask) -> Result<Response, Fault> {
    form(&ask, Vec::new())
}

/// `POST /desk/evidence/{dataset}`: a file, which is looked at and changes nothing.
async fn hand_over(
    ask: Ask,
    form_sent: Result<Multipart, MultipartRejection>,
) -> Result<Response, Fault> {
    let file = match form_sent {
        Ok(form) => tokio::time::timeout(SLOWEST, receive(&ask, form)).await,
        Err(_) => Ok(Err(Refused::Broken)),
    };
    match file.unwrap_or(Err(Refused::Broken)) {
        Ok((place, name)) => look_at(&ask, place, &name).await,
        Err(Refused::Fault(fault)) => Err(fault),
        Err(refused) => form(&ask, vec![FieldError::new("file", refused.words())]),
    }
}

/// Why a file was not received.
enum Refused {
    Nothing,
    TooLarge,
    Broken,
    Fault(Fault),
}

impl Refused {
    fn words(&self) -> &'static str {
        match self {
            Self::Nothing => "Choose a file",
            Self::TooLarge => "The file is larger than 512 MB: hand it over by command instead",
            Self::Broken | Self::Fault(_) => "The file did not arrive whole: try again",
        }
    }
}

impl From<HandedError> for Refused {
    fn from(cause: HandedError) -> Self {
        Self::Fault(failed(&cause))
    }
}

/// Writes the file that a form sends to a place of its own.
async fn receive(ask: &Ask, mut multipart: Multipart) -> Result<(Place, String), Refused> {
    loop {
        let field = multipart.next_field().await.map_err(|_| Refused::Broken)?;
        let Some(field) = field else {
            return Err(Refused::Nothing);
        };
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or_default();
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let plain = name.chars().filter(|c| !c.is_control());
        let name: String = plain.take(LONGEST_NAME).collect();
        if name.is_empty() {
            return Err(Refused::Nothing);
        }
        let evidence = evidence(ask).map_err(Refused::Fault)?;
        let place = evidence.shelf().place_for_file(ask.now)?;
        let path = place.file(&name);
        return match write(field, path).await? {
            0 => Err(Refused::Nothing),
            _ => Ok((place, name)),
        };
    }
}

async fn write(mut field: Field<'_>, path: PathBuf) -> Result<u64, Refused> {
    let cannot = |cause: std::io::Error| {
        tracing::error!(%cause, "a file that is handed over cannot be kept");
        Refused::Fault(unavailable())
    };
    let mut file = wait_for(|| std::fs::File::create(path)).map_err(cannot)?;
    let mut size = 0;
    loop {
        let part = field.chunk().await.map_err(|_| Refused::Broken)?;
        let Some(part) = part else {
            break;
        };
        size += u64::try_from(part.len()).unwrap_or(u64::MAX);
        // What is too large is read to its end and not kept: a browser shows the answer only then.
        if size <= LARGEST {
            wait_for(|| file.write_all(&part)).map_err(cannot)?;
        } else if size > 4 * LARGEST {
            return Err(Refused::TooLarge);
        }
    }
    if size > LARGEST {
        return Err(Refused::TooLarge);
    }
    Ok(size)
}

fn unavailable() -> Fault {
    Fault::Unavailable("Files cannot be read here at the moment. Try again later.".to_owned())
}

/// What the operator should know is in the log; whoever asked gets a sentence.
fn failed(cause: &HandedError) -> Fault {
    match cause {
        HandedError::Gone | HandedError::Unsound | HandedError::Moved => {
            Fault::Refused(format!("{}.", capitalise(&cause.to_string())))
        }
        HandedError::Refresh(RefreshError::Shelf(cause @ ShelfError::Busy)) => {
            Fault::Refused(format!("{}.", capitalise(&cause.to_string())))
        }
        HandedError::Refresh(RefreshError::Engine(EngineError::Missing(_))) => Fault::Unavailable(
            "The engine that reads files is still being built here. Try again in a few minutes."
                .to_owned(),
        ),
        cause => {
            tracing::error!(%cause, "a file that was handed over cannot be read");
            unavailable()
        }
    }
}

async fn look_at(ask: &Ask, place: Place, name: &str) -> Result<Response, Fault> {
    let me = ask.may(Act::EditEvidence)?;
    let plan = ask.plan();
    let (slug, _) = named(&plan, ask.param("dataset"))?;
    let _turn = ask.site.0.reading.lock().await;
    let found = wait_for(|| {
        evidence(ask).map(|all| all.look_at(&plan, slug, place, (name, me.shown_name()), ask.now))
    });
    let handed = found?.map_err(|cause| failed(&cause))?;
    Ok(see_other(&handed_path(&handed.id)))
}

/// A file that waits; only those who may decide about it get that far.
fn waiting(ask: &Ask) -> Result<Handed, Fault> {
    let gone = || failed(&HandedError::Gone);
    let found = evidence(ask)?.shelf().handed_over(ask.param("id"));
    found
        .map_err(|cause| failed(&cause.into()))?
        .ok_or_else(gone)
}

/// `GET /desk/evidence/handed/{id}`.
async fn show(ask: Ask) -> Result<Response, Fault> {
    ask.may(Act::EditEvidence)?;
    let handed = waiting(&ask)?;
    page(&ask, &handed, "")
}

fn page(ask: &Ask, handed: &Handed, notice: &'static str) -> Result<Response, Fault> {
    let me = ask.may(Act::EditEvidence)?;
    let (plan, state) = (ask.plan(), ask.site.evidence());
    let (slug, dataset) = named(&plan, handed.dataset.as_str())?;
    let failure = handed.outcome.as_ref().err();
    let vintage = handed.outcome.as_ref().ok();
    let title = match (failure, handed.is_known) {
        (Some(_), _) => "This file cannot be used",
        (None, true) => "This file is in use already",
        (None, false) => "This file keeps what is agreed",
    };
    let has_rejected = evidence(ask)?.shelf().handed_rejected(&handed.id).is_some();
    html(&Page {
        shell: ask.shell(title),
        ways: ways(me),
        notice,
        lede: lede(dataset, handed, state.journals.get(slug)),
        dataset: Link::new(format!("/datasets/{slug}"), dataset.title.clone()),
        action: handed_path(&handed.id),
        again: path_of(slug),
        can_be_used: failure.is_none() && !handed.is_known,
        faults: failure.map(Failure::lines).unwrap_or_default(),
        rejected_href: if has_rejected {
            format!("{}/rejected.csv", handed_path(&handed.id))
        } else {
            String::new()
        },
        changes: changes(&plan, &handed.changes),
        columns: vintage.map(columns).unwrap_or_default(),
        headings: handed
            .rows
            .columns
            .iter()
            .map(|one| one.name.clone())
            .collect(),
        rows: handed
            .rows
            .rows
            .iter()
            .map(|row| row.iter().map(spell_cell).collect())
            .collect(),
        hash: vintage.map(|one| one.source.clone()).unwrap_or_default(),
    })
}

fn lede(dataset: &Dataset, handed: &Handed, journal: Option<&Journal>) -> String {
    let now = in_use(journal);
    let handed_over = format!("{} handed it over on {}", handed.by, day(handed.when));
    match &handed.outcome {
        Ok(vintage) => {
            let through = vintage.through.as_ref();
            let through = through.map_or_else(String::new, |period| format!(" through {period}"));
            format!(
                "{} for “{}”: {}{through}. {now}. {handed_over}.",
                handed.name,
                dataset.title,
                rows_of(vintage.rows)
            )
        }
        Err(_) => format!(
            "{} for “{}” breaks what is agreed of this source. Nothing has changed. {now}. \
             {handed_over}.",
            handed.name, dataset.title
        ),
    }
}

fn changes(plan: &Plan, changes: &[Change]) -> Vec<ChangeItem> {
    let item = |change: &Change| {
        let indicator = plan.indicators.get(&change.indicator)?;
        let spell = |figure: &Option<(Period, Figure)>| match figure {
            Some((period, value)) => format!("{} ({period})", spell_value(indicator, *value)),
            None => "no figure".to_owned(),
        };
        Some(ChangeItem {
            link: Link::new(
                format!("/indicators/{}", change.indicator),
                indicator.title.clone(),
            ),
            before: spell(&change.before),
            after: match &change.fault {
                Some(fault) => format!("cannot be computed: {fault}"),
                None if change.after == change.before => "the same".to_owned(),
                None => spell(&change.after),
            },
        })
    };
    changes.iter().filter_map(item).collect()
}

fn columns(vintage: &Vintage) -> Vec<ColumnItem> {
    let item = |profile: &Profile| ColumnItem {
        name: profile.name.clone(),
        heading: profile.heading.clone().unwrap_or_default(),
        range: match (&profile.least, &profile.most) {
            (Some(least), Some(most)) if least != most => format!("{least} to {most}"),
            (Some(one), _) | (_, Some(one)) => one.clone(),
            (None, None) => String::new(),
        },
        empty: profile.empty,
    };
    vintage.columns.iter().map(item).collect()
}

/// `POST /desk/evidence/handed/{id}`: what becomes of it.
async fn decide(ask: Ask) -> Result<Response, Fault> {
    let me = ask.may(Act::EditEvidence)?;
    let handed = waiting(&ask)?;
    let (plan, evidence) = (ask.plan(), evidence(&ask)?);
    let _turn = ask.site.0.reading.lock().await;
    match ask.field("then") {
        "away" => {
            let put = evidence.shelf().put_away(&handed.id);
            put.map_err(|cause| failed(&cause))?;
            Ok(see_other(&path_of(&handed.dataset)))
        }
        "use" => match wait_for(|| evidence.make_current(&plan, &handed.id, ask.now)) {
            Ok(vintage) => {
                let detail = format!(
                    "{}: {}, BLAKE3 {}",
                    handed.dataset, handed.name, vintage.source
                );
                let store = &ask.access.store;
                store
                    .note_evidence(ask.now, &me.id, "file-made-current", &detail)
                    .await?;
                // Where this fails the server tries again by itself.
                if let Err(cause) = wait_for(|| evidence.bring_up_to_date(&plan, ask.now)) {
                    tracing::error!(%cause, "the evidence cannot be brought up to date");
                }
                ask.site.show_new_evidence();
                Ok(see_other(&format!("/datasets/{}", handed.dataset)))
            }
            Err(HandedError::Moved) => {
                let again = wait_for(|| evidence.look_again(&plan, &handed, ask.now));
                let handed = again.map_err(|cause| failed(&cause))?;
                let notice = "What is in use has changed since you looked at this file. This is \
                              what it would change now.";
                page(&ask, &handed, notice)
            }
            Err(cause) => Err(failed(&cause)),
        },
        _ => Err(Fault::BadRequest(
            "Say what becomes of the file: “use” or “away”.".to_owned(),
        )),
    }
}

/// `GET /desk/evidence/handed/{id}/rejected.csv`.
async fn rejected(ask: Ask) -> Result<Response, Fault> {
    ask.may(Act::EditEvidence)?;
    let handed = waiting(&ask)?;
    let path = evidence(&ask)?.shelf().handed_rejected(&handed.id);
    let path = path.ok_or_else(|| Fault::missing("file", "rejected.csv"))?;
    rejected_rows(&path, &handed.dataset)
}
