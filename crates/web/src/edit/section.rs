//! One page of questions: shown with what was typed, saved whatever it is, and told what is wrong.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use dfg_plan::{
    Kind, Record,
    edit::{Deed, Edit},
    story::Piece,
};
use dfg_store::{StoreError, edit::KeptEdit};
use serde_json::Value;

use super::{
    build::{base_of, is_stale, name, rule_faults, texts_of},
    control::{Block, Layout},
    field::{Input, Section},
    open_edit,
    table::{find, sections},
    value::{Misread, Texts, collect, read, write},
};
use crate::{
    access::{Ask, see_other},
    cx::Link,
    fault::Fault,
    proposal::{Open, Part, part_of, parts, plan_with, told::tell_one},
    route::html,
    shell::Shell,
};

#[derive(Template)]
#[template(path = "edit/section.html")]
struct Page {
    shell: Shell,
    ways: Vec<Link>,
    faults: Vec<Link>,
    title: String,
    action: String,
    back: String,
    revision: i64,
    is_stale: bool,
    /// Whether the page was just saved with what is wrong.
    saved: bool,
    blocks: Vec<Block>,
}

#[derive(Template)]
#[template(path = "edit/clash.html")]
struct ClashPage {
    shell: Shell,
    ways: Vec<Link>,
    action: String,
    revision: i64,
    problem: bool,
    rows: Vec<Row>,
    /// What was sent, to be sent again.
    sent: Vec<(String, String)>,
}

/// A field that was saved elsewhere with another answer.
struct Row {
    field: &'static str,
    ask: &'static str,
    theirs: String,
    mine: Vec<Piece>,
}

/// The page of a form on which a place is asked for.
pub(crate) fn section_of(kind: Kind, place: &str) -> Option<&'static Section> {
    let name = place.split('.').next().unwrap_or_default();
    let mut sections = sections(kind).iter();
    sections.find(|section| section.fields.iter().any(|field| field.name == name))
}

/// Where an answer is put right: its page, at the question.
pub(crate) fn href_of(change: &str, kind: Kind, place: &str) -> String {
    match section_of(kind, place) {
        Some(section) => format!("{change}/{}#{}", section.slug, id_of(kind, place)),
        None => change.to_owned(),
    }
}

/// The id of the question at a place: of several records that are chosen, the first.
fn id_of(kind: Kind, place: &str) -> &str {
    let name = place.split('.').next().unwrap_or_default();
    let is_many = find(kind, name).is_some_and(|field| matches!(field.input, Input::Many(_)));
    if is_many { name } else { place }
}

/// Types a value into an edit, as its form would show it.
pub(crate) fn set(edit: &mut Edit, name: &str, value: &Value) {
    if let Some(field) = find(edit.kind, name) {
        let mut texts = Texts::new();
        write(field, name, value, &mut texts);
        edit.save(name, &texts);
    }
}

fn current(ask: &Ask, kept: &KeptEdit) -> Result<&'static Section, Fault> {
    let slug = ask.param("section");
    let mut sections = sections(kept.edit.kind).iter();
    sections
        .find(|section| section.slug == slug && kept.edit.deed != Deed::Withdraw)
        .ok_or_else(|| Fault::missing("page", &ask.path))
}

/// What is wrong with the answers on a page: what cannot be read, and the rules of the plan.
fn faults_on(ask: &Ask, section: &Section, part: &Part, all: &[Part]) -> Vec<Misread> {
    let mut faults = part.built.misread.clone();
    if let (Some(key), true) = (part.kept.edit.key(), part.built.change.is_some()) {
        let plan = plan_with(&ask.plan(), all);
        faults.extend(rule_faults(&plan, &key, ask.today()));
    }
    faults.retain(|fault| {
        section_of(part.kept.edit.kind, &fault.place).is_some_and(|of| of.slug == section.slug)
    });
    faults
}

fn page(
    ask: &Ask,
    open: &Open,
    section: &Section,
    part: &Part,
    all: &[Part],
    saved: bool,
) -> Result<Response, Fault> {
    let edit = &part.kept.edit;
    let base = base_of(&ask.site.history(), edit);
    let is_shown = saved
        || section
            .fields
            .iter()
            .any(|field| edit.saved.contains(field.name));
    let faults = if is_shown {
        faults_on(ask, section, part, all)
    } else {
        Vec::new()
    };
    let plan = plan_with(&ask.plan(), all);
    let more = ask.query.get("more").unwrap_or_default();
    let mut blocks = Vec::new();
    for field in section.fields {
        let layout = Layout {
            plan: &plan,
            texts: &texts_of(edit, base.as_ref(), field),
            faults: &faults,
            more,
        };
        blocks.extend(layout.field(field));
    }
    let mut ways = open.ways();
    ways.push(Link::new(part.path(), part.title.clone()));
    let failed = !faults.is_empty();
    let page = html(&Page {
        shell: ask.shell(section.title).failed(failed),
        ways,
        faults: faults
            .iter()
            .map(|fault| {
                let id = id_of(edit.kind, &fault.place);
                Link::new(format!("#{id}"), fault.message.clone())
            })
            .collect(),
        title: part.title.clone(),
        action: format!("{}/{}", part.path(), section.slug),
        back: part.path(),
        revision: part.kept.revision,
        is_stale: is_stale(&ask.site.history(), edit),
        saved,
        blocks,
    })?;
    Ok(if failed && saved {
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    } else {
        page
    })
}

/// `GET /desk/proposals/{proposal}/changes/{change}/{section}`.
pub(super) async fn show(ask: Ask) -> Result<Response, Fault> {
    let (open, kept) = open_edit(&ask).await?;
    let section = current(&ask, &kept)?;
    let all = parts(&ask, open.kept.id).await?;
    let part = part_of(&ask.site.history(), &ask.plan(), kept, ask.today());
    page(&ask, &open, section, &part, &all, false)
}

/// Where somebody else, or oneself in another window, has saved other answers since.
fn rows(ask: &Ask, section: &Section, edit: &Edit, base: Option<&Record>) -> Vec<Row> {
    let plan = ask.plan();
    let rows = section.fields.iter().filter_map(|field| {
        let theirs = texts_of(edit, base, field);
        let mine = collect(field, field.name, ask.form.pairs());
        if theirs == mine {
            return None;
        }
        // What cannot be read is told as it was typed.
        let value = |texts: &Texts| {
            let mut misread = Vec::new();
            let value = read(field, field.name, texts, &mut misread).unwrap_or_default();
            if misread.is_empty() {
                return value;
            }
            let typed: Vec<&str> = texts.values().map(String::as_str).collect();
            Value::from(typed.join("; "))
        };
        let (old, new) = (value(&theirs), value(&mine));
        Some(Row {
            field: field.name,
            ask: field.ask,
            theirs: dfg_plan::story::describe(&plan, edit.kind, field.name, &old),
            mine: tell_one(&plan, edit.kind, field.name, &old, &new),
        })
    });
    rows.collect()
}

fn clash(
    ask: &Ask,
    open: &Open,
    section: &Section,
    kept: &KeptEdit,
    rows: Vec<Row>,
    problem: bool,
) -> Result<Response, Fault> {
    let skip = ["revision", "clash", "more"];
    let page = html(&ClashPage {
        shell: ask
            .shell("This was saved in another window")
            .failed(problem),
        ways: open.ways(),
        action: format!("{}/changes/{}/{}", open.path(), kept.id, section.slug),
        revision: kept.revision,
        problem,
        rows,
        sent: ask
            .form
            .pairs()
            .iter()
            .filter(|(name, _)| !skip.contains(&name.as_str()) && !name.starts_with("keep."))
            .cloned()
            .collect(),
    })?;
    Ok((StatusCode::CONFLICT, page).into_response())
}

/// `POST /desk/proposals/{proposal}/changes/{change}/{section}`.
pub(super) async fn save(ask: Ask) -> Result<Response, Fault> {
    let (open, mut kept) = open_edit(&ask).await?;
    let section = current(&ask, &kept)?;
    let history = ask.site.history();
    let base = base_of(&history, &kept.edit);
    let keep = |field: &str| ask.form.get(&format!("keep.{field}")).unwrap_or_default();
    // Fields of which two answers were shown: each needs a choice.
    let undecided = ask
        .form
        .all("clash")
        .any(|field| !matches!(keep(field), "theirs" | "mine"));
    let is_current = ask.field("revision") == kept.revision.to_string();
    if !is_current || undecided {
        let rows = rows(&ask, section, &kept.edit, base.as_ref());
        if !rows.is_empty() {
            return clash(&ask, &open, section, &kept, rows, undecided && is_current);
        }
    }
    let before = kept.edit.clone();
    for field in section.fields {
        if keep(field.name) != "theirs" {
            let texts = collect(field, field.name, ask.form.pairs());
            kept.edit.save(field.name, &texts);
        }
    }
    let others = parts(&ask, open.kept.id).await?;
    let taken: Vec<_> = others
        .iter()
        .filter(|part| part.kept.id != kept.id)
        .filter_map(|part| part.kept.edit.key())
        .collect();
    name(&history, &mut kept.edit, &taken);
    if kept.edit != before {
        let store = &ask.access.store;
        match store.save_edit(kept.id, kept.revision, &kept.edit).await {
            Ok(revision) => kept.revision = revision,
            Err(StoreError::Stale { .. }) => {
                let (open, kept) = open_edit(&ask).await?;
                let rows = rows(&ask, section, &kept.edit, base.as_ref());
                return clash(&ask, &open, section, &kept, rows, false);
            }
            Err(cause) => return Err(cause.into()),
        }
    }
    let more = ask.field("more");
    if section.fields.iter().any(|field| field.name == more) {
        let path = format!("{}?more={more}#{more}", ask.path);
        return Ok(see_other(&path));
    }
    let all = parts(&ask, open.kept.id).await?;
    let part = part_of(&history, &history.current(), kept, ask.today());
    if !faults_on(&ask, section, &part, &all).is_empty() {
        return page(&ask, &open, section, &part, &all, true);
    }
    let kind = part.kept.edit.kind;
    let next = sections(kind)
        .iter()
        .skip_while(|one| one.slug != section.slug)
        .nth(1)
        .filter(|_| part.kept.edit.deed == Deed::Add);
    Ok(see_other(&match next {
        Some(next) => format!("{}/{}", part.path(), next.slug),
        None => part.path(),
    }))
}
