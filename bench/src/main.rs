//! Measures Digital for Growth beside limits and peers, in one run, and prints one table.
//!
//! [`ledger`] measures a long ledger, [`folder`] a large region folder, [`region`] a real region as
//! served, [`review`] the results of a large review, [`desk`] people who work at once, [`pages`]
//! how many pages a second the site gives beside [`peer`]s, and [`evidence`] large files to indicators. Every figure
//! becomes a [`table::Row`]; what was not met says so. Start it through `bench/run.sh`.

mod desk;
mod evidence;
mod folder;
mod generate;
mod http;
mod ledger;
mod load;
mod machine;
mod pages;
mod peer;
mod region;
mod review;
mod sample;
mod server;
mod table;
mod timing;

use std::path::PathBuf;

use anyhow::{Context as _, bail};

/// The parts of a run, in order.
const PARTS: [&str; 7] = [
    "ledger", "folder", "region", "review", "desk", "pages", "evidence",
];

/// As in the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["open", file] => ledger::open(file).await,
        ["evidence-run", files, room] => evidence::run(files.as_ref(), room.as_ref()),
        [] => run(&PARTS, Some(PathBuf::from("docs/benchmarks.md"))).await,
        parts if parts.iter().all(|part| PARTS.contains(part)) => run(parts, None).await,
        _ => bail!("name parts to measure: {}", PARTS.join(", ")),
    }
}

/// Measures parts. Only a whole run is fit to be written into the documents.
async fn run(parts: &[&str], document: Option<PathBuf>) -> anyhow::Result<()> {
    let machine = machine::describe()?;
    let mut rows = Vec::new();
    for part in parts {
        table::say(format!("Measuring: {part}"))?;
        let measured = match *part {
            "ledger" => ledger::measure().await,
            "folder" => folder::measure(),
            "region" => region::measure(),
            "review" => review::measure(),
            "desk" => desk::measure().await,
            "evidence" => evidence::measure(),
            _ => pages::measure(),
        };
        rows.extend(measured.with_context(|| format!("while measuring: {part}"))?);
    }
    let table = table::render(&machine, &rows);
    table::say(&table)?;
    match document {
        Some(path) => table::write_into(&path, &table),
        None => Ok(()),
    }
}
