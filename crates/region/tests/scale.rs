//! A large folder is checked in a moment, also a broken one.
//!
//! The bounds are for builds without optimisation on a busy machine; what is asked of a release is
//! under a second for ten thousand records.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use dfg_region::{Folder, read, starter, write};
use jiff::civil::date;

/// Far more than any of this takes, and far less than work that grows with the square of a folder.
const MOST: Duration = Duration::from_mins(1);

/// The starter region with 4,000 activities, 1,000 signals, 3,000 organisations and 2,000
/// observations more.
fn large_region() -> Folder {
    let mut texts = starter();
    let (villages, signal) = (
        texts["activities/gigabit-villages.md"].clone(),
        texts["signals/villages-wait-longest.md"].clone(),
    );
    for number in 0..4_000 {
        texts.insert(format!("activities/copy-{number}.md"), villages.clone());
    }
    for number in 0..1_000 {
        let signal = signal.replace("\"answered\"", "\"closed\", reason = \"Enough.\"");
        texts.insert(format!("signals/copy-{number}.md"), signal);
    }
    let organisations = texts.get_mut("organisations.csv").unwrap();
    for number in 0..3_000 {
        let _ = writeln!(
            organisations,
            "firm-{number},\"Firm, {number}\",company,large,midford,skills;connectivity,a;b;c,https://a.example,,T,https://a.example,2024"
        );
    }
    let figures = texts
        .get_mut("observations/premises-with-gigabit.csv")
        .unwrap();
    for number in 0..2_000 {
        let _ = writeln!(
            figures,
            "{}-{:02},,{number}.5,,,,{}-03,Note {number}.,T,https://a.example,2024",
            1900 + number / 12 % 100,
            number % 12 + 1,
            2000 + number / 1200,
        );
    }
    Folder::from_texts(&texts)
}

fn within<T>(what: &str, most: Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    let took = start.elapsed();
    assert!(took < most, "{what} took {took:?}");
    result
}

#[test]
fn ten_thousand_records() {
    let folder = large_region();
    let today = date(2026, 11, 22);
    let plan = within("a sound folder", MOST, || read(&folder, today).unwrap());
    assert!(plan.len() > 10_000, "{}", plan.len());
    let texts = folder.texts();
    let written = within("writing it again", MOST, || write(&plan, &texts));
    assert!(written == texts);
}

#[test]
fn ten_thousand_faults() {
    let mut folder = large_region();
    for bytes in folder.files.values_mut() {
        let text = String::from_utf8(std::mem::take(bytes)).unwrap();
        let text = text
            .replace("stage = \"delivering\"", "stage = \"deliverd\"\ncolour = 3")
            .replace(",company,", ",compny,");
        *bytes = text.into_bytes();
    }
    let faults = within("a broken folder", MOST, || {
        read(&folder, date(2026, 11, 22)).unwrap_err()
    });
    assert!(faults.len() > 8_000, "{}", faults.len());
}

#[test]
fn files_that_are_all_one_thing() {
    let today = date(2026, 11, 22);
    let long = 1 << 20;
    for (path, text) in [
        (
            "strategy.md",
            format!(
                "+++\ntitle = \"a\"\nvision = \"b\"\n+++\n{}",
                "[".repeat(long)
            ),
        ),
        (
            "strategy.md",
            format!(
                "+++\ntitle = \"a\"\nvision = \"b\"\n+++\n{}",
                "<b>".repeat(long / 3)
            ),
        ),
        (
            "strategy.md",
            format!(
                "+++\ntitle = \"a\"\nvision = \"b\"\n+++\n{}",
                "a {#a}\n\n".repeat(long / 16)
            ),
        ),
        (
            "strategy.md",
            format!(
                "+++\ntitle = \"a\"\nvision = \"b\"\n+++\n{}",
                "> ".repeat(long / 8)
            ),
        ),
        (
            "groups/steering.toml",
            format!("roles = {}", "[".repeat(long)),
        ),
        ("groups/steering.toml", "a = 1\n".repeat(long / 8)),
        ("organisations.csv", "\"".repeat(long)),
        ("organisations.csv", ",".repeat(long)),
        (
            "organisations.csv",
            "slug,name\n".to_owned() + &"a,b\n".repeat(long / 8),
        ),
        (
            "organisations.csv",
            format!("slug,name,themes\na,b,{}", "skills;".repeat(long / 8)),
        ),
    ] {
        let mut folder = Folder::from_texts(&starter());
        let start: String = text.chars().take(60).collect();
        folder.files.insert(path.to_owned(), text.into_bytes());
        within(&start, MOST, || {
            drop(read(&folder, today));
        });
    }
}
