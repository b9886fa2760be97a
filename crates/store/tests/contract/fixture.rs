//! Ledgers from outside: one of an earlier shape, and exports checked by the published script.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use dfg_plan::{EditionId, Entry, Hash, History, Sealed, entry::Head};
use dfg_store::{Store, export_line};
use jiff::civil::date;
use serde_json::Value;

use crate::support::{
    Place,
    entry::{reworded, titles},
};

/// Entries as they were first written: few fields, and none that came later. Never changed.
const V1: &str = include_str!("../fixtures/ledger-v1.jsonl");
const V1_END: &str = "1898009c262ad52a155c714f8a151bf7281c635872da488a3c77cfa058cae7e2";

fn v1() -> Vec<Sealed> {
    let mut head = Head::EMPTY;
    V1.lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let hash = Hash::parse(line["hash"].as_str().unwrap()).unwrap();
            let body = line["body"].as_str().unwrap().to_owned();
            let sealed = Sealed::open(head, line["seq"].as_u64().unwrap(), hash, body).unwrap();
            head = sealed.head();
            sealed
        })
        .collect()
}

fn check_v1(history: &History) {
    assert_eq!(history.head().hash.to_string(), V1_END);
    let plan = history.current();
    assert_eq!(plan.activities.len(), 2);
    let hub = &plan.activities["data-hub"];
    assert_eq!(hub.funding_pence.unwrap().0, 125_000_000);
    assert_eq!(
        (hub.confidence, hub.trend, hub.moves.len()),
        (None, None, 0)
    );
    assert_eq!(
        plan.activities["digital-skills"].summary,
        "Courses in libraries."
    );
    // The folds stopped earlier: at an entry, and on a date.
    let third = history.plan_at(3, date(2026, 11, 3));
    assert!(third.activities.contains_key("library-wifi"));
    assert_eq!(
        third.activities["digital-skills"].title,
        "Digital skills “for all”"
    );
    let october = history.plan_at(6, date(2026, 10, 1));
    assert!(october.activities.contains_key("library-wifi"));
    assert_eq!(october.activities["data-hub"].stage, None);
    let editions: Vec<EditionId> = history.editions().map(|(edition, _)| edition.id).collect();
    assert_eq!(
        editions,
        [EditionId::Published(1), EditionId::Reconstructed(1)]
    );
}

pub async fn an_older_ledger_is_read(place: &Place) {
    let entries = v1();
    let store = place.open().await;
    store.append_all(&entries, &[]).await.unwrap();
    store.close().await;
    let store = place.open().await;
    check_v1(&store.load(|_, _| ()).await.unwrap());
    let end = Hash::parse(V1_END);
    assert_eq!(store.verify(end).await.unwrap().expected_at, Some(6));
    // What comes out is what went in, to the byte.
    assert_eq!(
        export(&store).await,
        V1.trim_end().lines().collect::<Vec<_>>()
    );
}

async fn export(store: &Store) -> Vec<String> {
    let entries = store.entries_after(0).await.unwrap();
    entries
        .iter()
        .map(|(seq, hash, body)| export_line(*seq, *hash, body))
        .collect()
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/verify-ledger.py")
}

fn run_script(lines: &[String], expected: Option<&str>) -> Output {
    let mut child = Command::new("python3")
        .arg(script())
        .args(expected)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tests need python3 on the PATH");
    let text: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
    // The script stops reading at the first wrong line.
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    child.wait_with_output().unwrap()
}

fn refusal(lines: &[String], expected: Option<&str>) -> String {
    let output = run_script(lines, expected);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn line(sealed: &Sealed) -> String {
    export_line(sealed.entry.seq, sealed.hash, &sealed.body)
}

#[test]
fn the_script_accepts_a_sound_export() {
    let old: Vec<String> = V1.lines().map(str::to_owned).collect();
    for (lines, expected) in [
        (&old[..], None),
        (&old[..], Some(V1_END)),
        (&old[..0], None),
    ] {
        let output = run_script(lines, expected);
        assert!(output.status.success(), "{output:?}");
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(
            told.starts_with(&format!("{} entries", lines.len())),
            "{told}"
        );
    }
    let long: Vec<String> = titles(300).iter().map(line).collect();
    assert!(run_script(&long, None).status.success());
}

#[test]
fn the_script_names_the_first_wrong_line() {
    let entries = titles(6);
    let lines: Vec<String> = entries.iter().map(line).collect();
    let tampered = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        lines
    };
    let (body, hash) = reworded(&entries[3]);
    let renumbered = |at: usize, seq: u64| export_line(seq, entries[at].hash, &entries[at].body);
    for (lines, number, word) in [
        (
            tampered(&|lines| lines[3] = lines[3].replace("Hub 3", "Pub 3")),
            4,
            "edited",
        ),
        (
            tampered(&|lines| lines[3] = export_line(4, hash, &body)),
            5,
            "does not follow",
        ),
        (
            tampered(&|lines| drop(lines.remove(2))),
            3,
            "entry 3 is missing",
        ),
        (tampered(&|lines| lines.swap(2, 3)), 3, "missing"),
        (
            tampered(&|lines| {
                lines[2] = renumbered(3, 3);
                lines[3] = renumbered(2, 4);
            }),
            3,
            "says that it is entry 4",
        ),
        (tampered(&|lines| lines[1] = "{".into()), 2, "wrong"),
        (tampered(&|lines| lines[1] = "[]".into()), 2, "wrong"),
        (
            tampered(&|lines| lines[1] = r#"{"seq":2}"#.into()),
            2,
            "body",
        ),
        (
            tampered(&|lines| lines[0] = lines[0].replace(r#""seq":1}"#, r#""seq":2}"#)),
            1,
            "missing",
        ),
    ] {
        let told = refusal(&lines, None);
        assert!(
            told.starts_with(&format!("line {number} is wrong")),
            "{told}"
        );
        assert!(told.contains(word), "{told} has no “{word}”");
    }
    let noted = entries[5].hash.to_string();
    let told = refusal(&lines[..5], Some(&noted));
    assert!(told.contains(&noted), "{told}");
}

#[test]
fn the_fixture_is_canonical() {
    for line in V1.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let body = line["body"].as_str().unwrap();
        let value: Value = serde_json::from_str(body).unwrap();
        assert_eq!(dfg_plan::entry::canonical(&value), body);
        // And the entry, read and written again, is the same: nothing is lost on the way.
        let entry: Entry = serde_json::from_str(body).unwrap();
        assert_eq!(serde_json::to_value(&entry).unwrap(), value);
    }
}
