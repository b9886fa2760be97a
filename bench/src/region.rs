//! A real region as served: memory once every page was read, time to the first page, and what the
//! home page weighs.

use std::{
    collections::{BTreeSet, VecDeque},
    net::SocketAddr,
    path::Path,
};

use anyhow::ensure;

use crate::{
    http,
    server::Server,
    table::{Row, Unit, say},
    timing::Times,
};

/// The region that is served.
pub const REGION: &str = "regions/north-east";
const STARTS: usize = 5;
/// More pages than a region has; a walk that exceeds it goes round in circles.
const MOST_PAGES: usize = 5_000;

/// Measures the region that comes with the product.
pub fn measure() -> anyhow::Result<Vec<Row>> {
    let scratch = tempfile::tempdir()?;
    let data = scratch.path().join("data");
    let region = Path::new(REGION);
    drop(Server::dfg(region, &data)?);

    let mut starts = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        starts.push(Server::dfg(region, &data)?.first_answer);
    }
    let first_page = starts.into_iter().collect::<Times>().median();

    let server = Server::dfg(region, &data)?;
    let home = weigh_home(server.address)?;
    let pages = visit_every_page(server.address)?;
    let memory = server.resident()?;
    let row = |what: String, unit, found, limit| Row::limited(what, unit, found, limit);
    #[expect(clippy::cast_precision_loss, reason = "bytes of one process's memory")]
    let memory = memory as f64;
    Ok(vec![
        row(
            format!("North East: resident memory after all {pages} pages were read"),
            Unit::Megabytes,
            memory,
            100e6,
        ),
        row(
            "North East: from start to first page, the data folder being there".to_owned(),
            Unit::Milliseconds,
            first_page,
            1000.0,
        ),
        row(
            format!(
                "North East: home page with all it needs ({} requests), as sent to a browser",
                home.requests
            ),
            Unit::Kilobytes,
            home.kilobytes,
            100e3,
        ),
        row(
            "North East: requests of the home page to others".to_owned(),
            Unit::Count,
            home.elsewhere,
            0.0,
        ),
    ])
}

struct Weight {
    kilobytes: f64,
    requests: usize,
    elsewhere: f64,
}

/// Weighs the home page with everything that a browser loads for it, as compressed as browsers ask
/// for, header fields included.
fn weigh_home(address: SocketAddr) -> anyhow::Result<Weight> {
    let mut waiting = VecDeque::from(["/".to_owned()]);
    let mut seen = BTreeSet::from(["/".to_owned()]);
    let (mut weight, mut elsewhere) = (0, 0);
    while let Some(path) = waiting.pop_front() {
        let sent = http::get(address, &path, http::BROWSER)?;
        ensure!(
            sent.status == 200,
            "{path} is answered with {}",
            sent.status
        );
        weight += sent.weight;
        say(format!("  {path}: {} bytes", sent.weight))?;
        let kind = sent.field("content-type").unwrap_or_default();
        let needed = match kind.split(';').next() {
            Some("text/html") => loaded_by_page(&http::get(address, &path, "identity")?.text()),
            Some("text/css") => loaded_by_style(&http::get(address, &path, "identity")?.text()),
            _ => Vec::new(),
        };
        for target in needed {
            if target.starts_with("data:") {
                continue;
            }
            if target.contains("://") || target.starts_with("//") {
                elsewhere += 1;
                continue;
            }
            let target = join(&path, &target);
            if seen.insert(target.clone()) {
                waiting.push_back(target);
            }
        }
    }
    Ok(Weight {
        kilobytes: f64::from(u32::try_from(weight)?),
        requests: seen.len(),
        elsewhere: f64::from(elsewhere),
    })
}

/// What a browser loads for a page: styles, scripts, images and icons.
fn loaded_by_page(page: &str) -> Vec<String> {
    let mut targets = Vec::new();
    for tag in page
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split('>').next())
    {
        let name = tag.split_whitespace().next().unwrap_or_default();
        let relation = attribute(tag, "rel").unwrap_or_default();
        let target = match name {
            "link" if ["stylesheet", "icon", "preload", "manifest"].contains(&relation) => {
                attribute(tag, "href")
            }
            "script" | "img" | "source" | "iframe" | "embed" => attribute(tag, "src"),
            "image" | "use" => attribute(tag, "href"),
            _ => None,
        };
        let target = target.filter(|target| !target.starts_with('#'));
        targets.extend(target.map(|target| target.replace("&amp;", "&")));
    }
    targets
}

/// What a style sheet may load: every font and picture that it names.
fn loaded_by_style(style: &str) -> Vec<String> {
    style
        .split("url(")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(|target| target.trim_matches(['"', '\'']).to_owned())
        .collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

/// A target as a path of the site.
fn join(page: &str, target: &str) -> String {
    if target.starts_with('/') {
        return target.to_owned();
    }
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/{target}")
}

/// Reads every page that the site links to, but for those that are another's with a query.
fn visit_every_page(address: SocketAddr) -> anyhow::Result<usize> {
    let mut waiting = VecDeque::from(["/".to_owned()]);
    let mut seen = BTreeSet::from(["/".to_owned()]);
    while let Some(path) = waiting.pop_front() {
        let answer = http::get(address, &path, "identity")?;
        ensure!(
            (200..400).contains(&answer.status),
            "{path} is answered with {}",
            answer.status
        );
        // What browsers are sent is kept in memory too.
        http::get(address, &path, "gzip")?;
        http::get(address, &path, http::BROWSER)?;
        let kind = answer.field("content-type").unwrap_or_default();
        if !kind.starts_with("text/html") {
            continue;
        }
        let page = answer.text();
        let links = page.split(" href=\"").skip(1);
        for link in links.filter_map(|rest| rest.split(['"', '#']).next()) {
            let inside = link.starts_with('/') && !link.starts_with("//") && !link.contains('?');
            if inside && seen.insert(link.to_owned()) {
                waiting.push_back(link.to_owned());
            }
        }
        ensure!(seen.len() <= MOST_PAGES, "the site has too many pages");
    }
    Ok(seen.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_browser_loads() {
        let page = r##"<link rel="stylesheet" href="/a.css?v=1&amp;w=2"><link rel="canonical" href="/"><a href="/b"><img alt="" src="https://x.example/c.png"><use href="#d">"##;
        assert_eq!(
            loaded_by_page(page),
            ["/a.css?v=1&w=2", "https://x.example/c.png"]
        );
        let style = r#"@font-face{src:url("f.woff2") format("woff2")} a{background:url(/g.svg)}"#;
        assert_eq!(loaded_by_style(style), ["f.woff2", "/g.svg"]);
        assert_eq!(join("/assets/a.css", "f.woff2"), "/assets/f.woff2");
    }
}
