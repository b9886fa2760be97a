//! Every source that the plan cites, by who published it.

use std::{cmp::Reverse, collections::BTreeMap};

use askama::Template;
use axum::response::Response;
use dfg_plan::{Key, Kind, Source, spell_date, story::capitalise};

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
    let mut cited: BTreeMap<String, BTreeMap<Source, Vec<Key>>> = BTreeMap::new();
    let records: Vec<_> = cx.view.plan.iter().collect();
    let mut undated = 0;
    for (key, record) in &records {
        for source in record.sources() {
            let under = cited
                .entry(publisher(source))
                .or_default()
                .entry(source.clone())
                .or_default();
            under.push(key.clone());
        }
    }
    let total: usize = cited.values().map(BTreeMap::len).sum();
    let mut cited: Vec<_> = cited.into_iter().collect();
    cited.sort_by_key(|(name, sources)| (Reverse(sources.len()), name.to_lowercase()));
    let finding = match cited.as_slice() {
        [(name, sources), _, ..] => {
            format!(
                "{} of them come from {name}, more than from any other.",
                sources.len()
            )
        }
        _ => String::new(),
    };
    let publishers: Vec<Publisher> = cited
        .into_iter()
        .map(|(name, sources)| Publisher {
            name,
            count: count(sources.len(), "source", "sources"),
            sources: sources
                .into_iter()
                .map(|(source, keys)| {
                    undated += usize::from(source.date.is_none());
                    Cited {
                        item: item(&source),
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
        lede: match undated {
            0 => finding,
            1 => format!("{finding} One carries no date of its own."),
            _ => format!("{finding} {undated} carry no date of their own."),
        },
        publishers,
    })
}

/// A source under its publisher's name, which need not stand there again.
fn item(source: &Source) -> SourceItem {
    let mut item = SourceItem::new(source);
    let name = source.publisher.as_deref().unwrap_or_default();
    if let Some(about) = item.about.strip_prefix(name).filter(|_| !name.is_empty()) {
        item.about = about.trim_start_matches([',', ' ']).to_owned();
    }
    item.about = capitalise(item.about.trim_end_matches('.'));
    item
}

/// Who published a source: as it says, or the host of its address.
fn publisher(source: &Source) -> String {
    let named = source.publisher.as_deref().map(str::trim);
    let address = source
        .url
        .as_deref()
        .and_then(|url| url::Url::parse(url).ok());
    let host = address.as_ref().and_then(|address| address.host_str());
    let host = host.map(|host| host.strip_prefix("www.").unwrap_or(host));
    named
        .filter(|name| !name.is_empty())
        .or(host)
        .unwrap_or("Publisher not named")
        .to_owned()
}

fn link(cx: &Cx, key: &Key) -> Link {
    let plan = &cx.view.plan;
    let title = match key.kind {
        Kind::Relationship => plan.relationships.get(&key.slug).map(|tie| {
            let name = |slug| cx.view.title(Kind::Organisation, slug);
            format!("{} and {}", name(&tie.from), name(&tie.to))
        }),
        Kind::Observation => plan.observations.get(&key.slug).map(|figure| {
            let indicator = cx.view.title(Kind::Indicator, &figure.indicator);
            format!("{indicator}, {}", spell_date(figure.period))
        }),
        _ => None,
    };
    let title = title.unwrap_or_else(|| cx.view.title(key.kind, &key.slug));
    // A figure may be older than what is known of its indicator, which has the page.
    let href = cx.href_within(&record_path(&cx.view, key));
    Link::new(href.unwrap_or_default(), title)
}
