//! Every source that the plan cites, by who published it.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::Response;
use dfg_plan::{Key, Kind, Source};

use crate::{
    cx::{Cx, Link, record_path},
    fault::Fault,
    part::{SourceItem, count},
    route::html,
    shell::Shell,
};

#[derive(Template)]
#[template(path = "about/sources.html")]
struct Page {
    shell: Shell,
    lede: String,
    publishers: Vec<Publisher>,
}

struct Publisher {
    name: String,
    count: String,
    sources: Vec<Cited>,
}

struct Cited {
    item: SourceItem,
    /// Some of the records that rest on it.
    records: Vec<Link>,
    more: usize,
}

/// How many records are named beside a source; the rest are counted.
const NAMED: usize = 4;

/// `GET /sources`.
pub(super) fn show(cx: &Cx) -> Result<Response, Fault> {
    let mut cited: BTreeMap<&str, BTreeMap<Source, Vec<Key>>> = BTreeMap::new();
    let records: Vec<_> = cx.view.plan.iter().collect();
    let mut undated = 0;
    for (key, record) in &records {
        for source in record.sources() {
            let under = cited
                .entry(source.name())
                .or_default()
                .entry(source.clone())
                .or_default();
            under.push(key.clone());
        }
    }
    let total: usize = cited.values().map(BTreeMap::len).sum();
    let publishers = cited
        .into_iter()
        .map(|(name, sources)| Publisher {
            name: name.to_owned(),
            count: count(sources.len(), "source", "sources"),
            sources: sources
                .into_iter()
                .map(|(source, keys)| {
                    undated += usize::from(source.date.is_none());
                    Cited {
                        item: SourceItem::new(&source),
                        more: keys.len().saturating_sub(NAMED),
                        records: keys.iter().take(NAMED).map(|key| link(cx, key)).collect(),
                    }
                })
                .collect(),
        })
        .collect();
    html(&Page {
        shell: cx.shell(format!(
            "Every fact here comes from one of {}",
            count(total, "source", "sources")
        )),
        lede: format!("{undated} of them carry no date of their own."),
        publishers,
    })
}

fn link(cx: &Cx, key: &Key) -> Link {
    let title = match key.kind {
        Kind::Relationship | Kind::Observation => key.kind.spoken().to_owned(),
        _ => cx.view.title(key.kind, &key.slug),
    };
    Link::new(cx.moment.href(&record_path(&cx.view, key)), title)
}
