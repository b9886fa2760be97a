//! Following every internal link, as a patient reader would.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use axum::http::StatusCode;

use super::{Client, check_page, is_html};

/// What a walk through the site found.
#[derive(Debug, Default)]
pub struct Walk {
    /// Every address that was fetched, with its status.
    pub seen: BTreeMap<String, StatusCode>,
    /// Links that lead nowhere: the page that they stand on, the address, and why.
    pub broken: BTreeSet<(String, String, String)>,
}

impl Walk {
    /// The broken links in lines.
    pub fn report(&self) -> Vec<String> {
        let lines = self.broken.iter();
        lines
            .map(|(page, href, why)| format!("{page} -> {href}: {why}"))
            .collect()
    }
}

/// Follows the internal links from some addresses, in the order in which they are met, and checks
/// every page; fetches at most `most` addresses. `follow` says which addresses count.
pub fn crawl(client: &Client, starts: &[&str], most: usize, follow: impl Fn(&str) -> bool) -> Walk {
    let mut walk = Walk::default();
    let mut queue: VecDeque<(String, String)> = starts
        .iter()
        .map(|start| ("start".to_owned(), (*start).to_owned()))
        .collect();
    let mut anchors: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut wanted: Vec<(String, String, String)> = Vec::new();
    while let Some((from, address)) = queue.pop_front() {
        if walk.seen.contains_key(&address) || walk.seen.len() >= most {
            continue;
        }
        let answer = client.get(&address);
        walk.seen.insert(address.clone(), answer.status);
        if answer.status != StatusCode::OK {
            let broken = (from, address, answer.status.to_string());
            walk.broken.insert(broken);
            continue;
        }
        if !is_html(&answer) {
            continue;
        }
        let page = check_page(&answer);
        anchors.insert(
            address.clone(),
            page.ids().into_iter().map(str::to_owned).collect(),
        );
        for href in page.hrefs() {
            if href.starts_with('/') && !href.starts_with("//") {
                let (target, anchor) = href.split_once('#').unwrap_or((href, ""));
                if !follow(target) {
                    continue;
                }
                if !anchor.is_empty() {
                    wanted.push((address.clone(), target.to_owned(), anchor.to_owned()));
                }
                queue.push_back((address.clone(), target.to_owned()));
            } else if !is_elsewhere(href) && !href.starts_with('#') {
                let why = "neither internal nor a whole address";
                walk.broken
                    .insert((address.clone(), href.to_owned(), why.to_owned()));
            }
        }
    }
    for (from, target, anchor) in wanted {
        let there = anchors.get(&target);
        if there.is_some_and(|ids| !ids.contains(&anchor)) {
            let href = format!("{target}#{anchor}");
            walk.broken
                .insert((from, href, "no such anchor there".to_owned()));
        }
    }
    walk
}

fn is_elsewhere(href: &str) -> bool {
    ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| href.starts_with(scheme))
}
