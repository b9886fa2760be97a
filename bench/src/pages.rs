//! Pages per second, beside the peers: each page and its peers in turn, so that a busy moment of
//! the machine meets all of them.

use std::path::Path;

use anyhow::Context as _;

use crate::{
    http,
    load::{self, Load},
    peer, region,
    server::Server,
    table::{Against, Row, Unit, say},
};

/// What share of the two words an edition's page gives, at least.
const OF_HELLO: f64 = 0.5;
/// How many times Datasette's comparable page it gives, at least.
const OF_DATASETTE: f64 = 30.0;

/// A page, and what Datasette has in its place.
struct Page {
    what: &'static str,
    path: String,
    theirs: String,
}

/// Measures pages of the region that comes with the product.
pub fn measure() -> anyhow::Result<Vec<Row>> {
    let scratch = tempfile::tempdir()?;
    let site = Server::dfg(Path::new(region::REGION), &scratch.path().join("data"))?;
    let hello = peer::hello(scratch.path())?;
    let csv = http::get(site.address, "/activities.csv", "identity")?;
    anyhow::ensure!(csv.status == 200, "/activities.csv: {}", csv.status);
    let datasette = peer::datasette(&csv.body, scratch.path())?;
    say(format!(
        "  beside {} and hello-world",
        peer::datasette_version()?
    ))?;

    let mut rows = Vec::new();
    for page in pages(&csv.text())? {
        let ours = load::measure(site.address, &page.path, &[])?;
        let words = load::measure(hello.address, "/", &[])?;
        let theirs = load::measure(datasette.address, &page.theirs, &[])?;
        say(format!(
            "  {}: {:.0}, hello-world {:.0}, Datasette {} {:.0}",
            page.path, ours.pages, words.pages, page.theirs, theirs.pages
        ))?;
        rows.extend(compare(page.what, ours, words, Some(theirs)));
    }
    let home = http::get(site.address, "/", http::BROWSER)?;
    let tag = home.field("etag").context("the home page has no ETag")?;
    let ours = load::measure(site.address, "/", &[format!("If-None-Match: {tag}")])?;
    let words = load::measure(hello.address, "/", &[])?;
    rows.extend(compare(
        "home, which the browser has (304)",
        ours,
        words,
        None,
    ));
    Ok(rows)
}

fn pages(csv: &str) -> anyhow::Result<Vec<Page>> {
    let slug = csv
        .lines()
        .nth(1)
        .and_then(|row| row.split(',').next())
        .context("there is no activity")?
        .trim_matches('"');
    let page = |what, path: &str, theirs: &str| Page {
        what,
        path: path.to_owned(),
        theirs: format!("/activities/activities{theirs}"),
    };
    Ok(vec![
        page("home", "/", ""),
        page(
            "pipeline with a filter",
            "/pipeline?stage=delivering",
            "?stage=delivering",
        ),
        page(
            "one activity",
            &format!("/activities/{slug}"),
            &format!("/{slug}"),
        ),
        page("changes between editions", "/changes?from=r3&to=1", ""),
        page(
            "activities in the API",
            "/api/v1/activities",
            ".json?_size=50",
        ),
    ])
}

fn compare(what: &str, ours: Load, hello: Load, datasette: Option<Load>) -> Vec<Row> {
    let row = |found, unit, what, against| Row {
        what,
        found,
        unit,
        against,
    };
    let pages = |peer, theirs: Load, wanted| Against::Times {
        peer,
        theirs: theirs.pages,
        wanted,
    };
    let mut rows = vec![row(
        ours.pages,
        Unit::PagesPerSecond,
        format!("Pages: {what}"),
        pages("hello-world", hello, OF_HELLO),
    )];
    rows.extend(datasette.map(|theirs| {
        row(
            ours.pages,
            Unit::PagesPerSecond,
            format!("Pages: {what}"),
            pages("Datasette", theirs, OF_DATASETTE),
        )
    }));
    rows.push(row(
        ours.p99,
        Unit::Milliseconds,
        format!("Pages: {what}, p99"),
        Against::Beside {
            peer: "hello-world",
            theirs: hello.p99,
        },
    ));
    rows.extend(datasette.map(|theirs| {
        row(
            ours.p99,
            Unit::Milliseconds,
            format!("Pages: {what}, p99"),
            Against::Beside {
                peer: "Datasette",
                theirs: theirs.p99,
            },
        )
    }));
    rows
}
