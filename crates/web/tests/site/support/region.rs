//! Sites to test with: the North East, the starter region, and any plan.

use std::{path::Path, sync::Arc};

use dfg_evidence::{Evidence, runner::Engine, shelf::Shelf};
use dfg_plan::{Draft, Edition, EditionId, History, Plan, genesis};
use dfg_region::Folder;
use dfg_web::{Settings, Site};
use jiff::{Timestamp, civil::Date};

/// The day on which test regions are imported.
pub const TODAY: Date = jiff::civil::date(2026, 11, 22);

/// When test entries are recorded.
pub fn now() -> Timestamp {
    "2026-11-22T09:00:00Z".parse().expect("a moment")
}

/// The North East's folder as a plan.
pub fn north_east_plan() -> Plan {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../regions/north-east");
    read_dir(&dir)
}

/// A region folder as a plan.
pub fn read_dir(dir: &Path) -> Plan {
    read(&Folder::read(dir).unwrap_or_else(|faults| panic!("{}", list(&faults))))
}

/// The starter region's folder as a plan.
pub fn starter_plan() -> Plan {
    read(&Folder::from_texts(&dfg_region::starter()))
}

fn read(folder: &Folder) -> Plan {
    dfg_region::read(folder, TODAY).unwrap_or_else(|faults| panic!("{}", list(&faults)))
}

fn list(faults: &[dfg_region::Diagnostic]) -> String {
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    faults.join("\n")
}

/// The North East's site with edition 1.
pub fn north_east() -> Site {
    site_of(&north_east_plan())
}

/// The starter region's site with edition 1.
pub fn starter() -> Site {
    site_of(&starter_plan())
}

/// A site of a plan, imported and published on [`TODAY`], with its evidence: the headline figures
/// that the region publishes itself, since nothing was fetched.
pub fn site_of(plan: &Plan) -> Site {
    let history = history_of(plan);
    let room = tempfile::tempdir().expect("a folder").keep();
    let evidence = Evidence::open(
        Shelf::open(room).expect("a folder"),
        Engine::at("/no/engine"),
    );
    let current = history.current();
    evidence
        .bring_up_to_date(&current, now())
        .expect("the evidence");
    let settings = Settings {
        evidence: Some(Arc::new(evidence)),
        ..settings()
    };
    Site::new(history, settings)
}

/// What the operator of a test site sets.
pub fn settings() -> Settings {
    Settings {
        address: Some("https://strategy.example".to_owned()),
        version: "0.0.0-test".to_owned(),
        evidence: None,
    }
}

/// The ledger of a plan's first import, its past editions, and edition 1.
pub fn history_of(plan: &Plan) -> History {
    let mut history = History::default();
    for draft in genesis::first_entries(plan, TODAY) {
        append(&mut history, draft, now());
    }
    for draft in genesis::past_editions(plan, history.head().seq, TODAY) {
        append(&mut history, draft, now());
    }
    publish(&mut history, 1, "The first edition", now(), TODAY);
    history
}

/// Adds an entry.
pub fn append(history: &mut History, draft: Draft, recorded_at: Timestamp) {
    let today = recorded_at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let sealed = draft.seal(history.head(), recorded_at, today);
    history.append(sealed).expect("the entry fits the ledger");
}

/// Publishes all that is in the ledger as an edition.
pub fn publish(history: &mut History, number: u32, title: &str, at: Timestamp, as_of: Date) {
    let draft = Draft {
        true_on: Some(as_of),
        actor: "test".to_owned(),
        reason: format!("Publish edition {number}"),
        edition: Some(Edition {
            id: EditionId::Published(number),
            title: title.to_owned(),
            foreword: String::new(),
            as_of,
            through: history.head().seq,
        }),
        ..Draft::default()
    };
    append(history, draft, at);
}
