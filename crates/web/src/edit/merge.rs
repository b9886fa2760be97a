//! Two versions of a record that began alike: somebody else's, which is in the plan by now, and the
//! one that is being written. Side by side, field by field; nothing is overwritten in silence.

use askama::Template;
use axum::response::Response;
use dfg_plan::{
    Plan, Record,
    edit::{Deed, Edit, merge_lists},
    story::Piece,
};
use dfg_store::{StoreError, edit::KeptEdit};
use jiff::civil::Date;
use serde_json::{Map, Value};

use super::{
    build::{base_of, is_stale, value_of},
    field::{Field, Input},
    open_edit, section,
    table::{STAGE_SINCE, sections},
    value::{Texts, collect, write},
};
use crate::{
    access::{Ask, see_other},
    cx::Link,
    fault::Fault,
    proposal::{Open, answered, told::tell_one},
    route::html,
    shell::Shell,
};

#[derive(Template)]
#[template(path = "edit/merge.html")]
struct Page {
    shell: Shell,
    ways: Vec<Link>,
    path: String,
    revision: i64,
    head: u64,
    is_gone: bool,
    is_withdrawal: bool,
    problem: bool,
    /// What others changed where nothing was typed here.
    only_theirs: Vec<Vec<Piece>>,
    rows: Vec<Row>,
}

/// A field that both changed.
struct Row {
    field: &'static str,
    ask: &'static str,
    theirs: Vec<Piece>,
    mine: Vec<Piece>,
    /// Whether both can be had: lists.
    is_list: bool,
    /// Whether it can be written anew: texts.
    is_text: bool,
    chosen: String,
    text: String,
}

/// How one field stands in three versions.
struct Three {
    field: &'static Field,
    base: Value,
    theirs: Value,
    mine: Value,
    /// What was typed, where it cannot be read.
    unread: Option<String>,
}

impl Three {
    fn is_theirs(&self) -> bool {
        self.theirs != self.base
    }

    fn is_mine(&self) -> bool {
        self.unread.is_some() || self.mine != self.base
    }

    fn is_clash(&self) -> bool {
        self.is_theirs() && self.is_mine() && (self.unread.is_some() || self.mine != self.theirs)
    }

    fn both(&self) -> Option<Value> {
        matches!(
            self.field.input,
            Input::Many(_) | Input::Lines | Input::Rows(..)
        )
        .then(|| merge_lists(&self.base, &self.theirs, &self.mine))
        .flatten()
        .filter(|_| self.unread.is_none())
    }
}

fn fields_of(record: Option<&Record>) -> Map<String, Value> {
    let value = record.map(Record::to_value);
    value
        .and_then(|value| value.as_object().cloned())
        .unwrap_or_default()
}

fn compare(edit: &Edit, base: Option<&Record>, theirs: Option<&Record>) -> Vec<Three> {
    let (before, now) = (fields_of(base), fields_of(theirs));
    let all = sections(edit.kind)
        .iter()
        .flat_map(|section| section.fields);
    all.filter(|field| field.name != STAGE_SINCE)
        .map(|field| {
            let mut misread = Vec::new();
            let mine = value_of(edit, Some(&before), field, &mut misread);
            let texts: Vec<&str> = edit.texts_of(field.name).map(|(_, text)| text).collect();
            Three {
                field,
                base: before.get(field.name).cloned().unwrap_or_default(),
                theirs: now.get(field.name).cloned().unwrap_or_default(),
                mine,
                unread: (!misread.is_empty()).then(|| texts.join("; ")),
            }
        })
        .collect()
}

fn row(ask: &Ask, plan: &Plan, edit: &Edit, three: &Three) -> Row {
    let field = three.field;
    let tell = |new: &Value| tell_one(plan, edit.kind, field.name, &three.base, new);
    let own = format!("own.{}", field.name);
    let typed = edit.typed.get(field.name).cloned().unwrap_or_default();
    Row {
        field: field.name,
        ask: field.ask,
        theirs: tell(&three.theirs),
        mine: match &three.unread {
            Some(typed) => vec![Piece::Inserted(typed.clone())],
            None => tell(&three.mine),
        },
        is_list: three.both().is_some(),
        is_text: matches!(field.input, Input::Line | Input::Text),
        chosen: ask.field(&format!("choice.{}", field.name)).to_owned(),
        text: ask.form.get(&own).map_or(typed, str::to_owned),
    }
}

fn page(ask: &Ask, open: &Open, kept: &KeptEdit, problem: bool) -> Result<Response, Fault> {
    let history = ask.site.history();
    let plan = history.current();
    let edit = &kept.edit;
    let base = base_of(&history, edit);
    let key = edit.key();
    let theirs = key.and_then(|key| plan.get(&key));
    let all = compare(edit, base.as_ref(), theirs.as_ref());
    let title = base.as_ref().map_or_else(String::new, Record::title);
    let mut ways = open.ways();
    ways.push(Link::new(
        format!("{}/changes/{}", open.path(), kept.id),
        title,
    ));
    let is_withdrawal = edit.deed == Deed::Withdraw;
    let tell = |three: &Three| {
        tell_one(
            &plan,
            edit.kind,
            three.field.name,
            &three.base,
            &three.theirs,
        )
    };
    let page = html(&Page {
        shell: ask
            .shell("Changed by others since you began")
            .failed(problem),
        ways,
        path: format!("{}/changes/{}", open.path(), kept.id),
        revision: kept.revision,
        head: history.head().seq,
        is_gone: theirs.is_none(),
        is_withdrawal,
        problem,
        only_theirs: all
            .iter()
            .filter(|three| three.is_theirs() && (is_withdrawal || !three.is_clash()))
            .map(tell)
            .collect(),
        rows: all
            .iter()
            .filter(|three| !is_withdrawal && three.is_clash())
            .map(|three| row(ask, &plan, edit, three))
            .collect(),
    })?;
    Ok(answered(page, problem))
}

/// `GET /desk/proposals/{proposal}/changes/{change}/merge`.
pub(super) async fn show(ask: Ask) -> Result<Response, Fault> {
    let (open, kept) = open_edit(&ask).await?;
    if !is_stale(&ask.site.history(), &kept.edit) {
        let path = format!("{}/changes/{}", open.path(), kept.id);
        return Ok(see_other(&path));
    }
    page(&ask, &open, &kept, false)
}

/// `POST /desk/proposals/{proposal}/changes/{change}/merge`.
pub(super) async fn save(ask: Ask) -> Result<Response, Fault> {
    let (open, mut kept) = open_edit(&ask).await?;
    let history = ask.site.history();
    let path = format!("{}/changes/{}", open.path(), kept.id);
    if !is_stale(&history, &kept.edit) {
        return Ok(see_other(&path));
    }
    let head = history.head().seq;
    let seen: u64 = ask.field("head").parse().unwrap_or_default();
    let key = kept.edit.key();
    let theirs = key
        .as_ref()
        .and_then(|key| history.record_at(key, seen, Date::MAX));
    let track = key.as_ref().and_then(|key| history.track(key));
    // What was compared must be what is there: the record again, or the draft, may have moved on.
    let moved = seen > head || track.is_none_or(|track| track.last_seq() > seen);
    if moved || ask.field("revision") != kept.revision.to_string() {
        return page(&ask, &open, &kept, false);
    }
    let Some(theirs) = theirs else {
        return page(&ask, &open, &kept, false);
    };
    let base = base_of(&history, &kept.edit);
    if kept.edit.deed == Deed::Change {
        let all = compare(&kept.edit, base.as_ref(), Some(&theirs));
        let choice = |three: &Three| ask.field(&format!("choice.{}", three.field.name));
        let is_open = |three: &&Three| match choice(three) {
            "theirs" | "mine" => false,
            "both" => three.both().is_none(),
            "own" => !matches!(three.field.input, Input::Line | Input::Text),
            _ => true,
        };
        if all
            .iter()
            .filter(|three| three.is_clash())
            .any(|three| is_open(&three))
        {
            return page(&ask, &open, &kept, true);
        }
        for three in &all {
            settle(&mut kept.edit, three, choice(three), &ask);
        }
    }
    kept.edit.made_from = head;
    let store = &ask.access.store;
    match store.save_edit(kept.id, kept.revision, &kept.edit).await {
        Ok(_) => Ok(see_other(&path)),
        Err(StoreError::Stale { .. }) => {
            let (open, kept) = open_edit(&ask).await?;
            page(&ask, &open, &kept, false)
        }
        Err(cause) => Err(cause.into()),
    }
}

/// Brings one field from its old ground to the new one.
fn settle(edit: &mut Edit, three: &Three, choice: &str, ask: &Ask) {
    let name = three.field.name;
    if !three.is_clash() {
        // Left as it was: the record's own value counts, whatever it is by now.
        if !three.is_mine() {
            edit.forget(name);
        }
        return;
    }
    match choice {
        "theirs" => edit.forget(name),
        "both" => {
            if let Some(both) = three.both() {
                section::set(edit, name, &both);
            }
        }
        "own" => {
            let own = ask.form.get(&format!("own.{name}")).unwrap_or_default();
            let texts = collect(three.field, name, &[(name.to_owned(), own.to_owned())]);
            edit.save(name, &texts);
        }
        // One's own stays as it was typed; what was never typed is written out.
        _ => {
            if !edit.saved.contains(name) {
                let mut texts = Texts::new();
                write(three.field, name, &three.mine, &mut texts);
                edit.save(name, &texts);
            }
        }
    }
}
