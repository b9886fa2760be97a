//! What is read is written again, byte for byte, and what is written is read again.

use std::{collections::BTreeMap, path::Path};

use dfg_region::{Diagnostic, Folder, read, starter, write};
use jiff::civil::date;

fn told(faults: &[Diagnostic]) -> String {
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    faults.join("\n")
}

fn check_round_trip(texts: &BTreeMap<String, String>) {
    let today = date(2026, 11, 22);
    let plan = read(&Folder::from_texts(texts), today)
        .unwrap_or_else(|faults| panic!("{}", told(&faults)));
    assert!(plan.len() > 10);
    let written = write(&plan, texts);
    for (path, text) in texts {
        assert_eq!(written.get(path), Some(text), "{path}");
    }
    assert_eq!(written.len(), texts.len());
    // Without a layout the same plan is said in other words.
    let rendered = write(&plan, &BTreeMap::new());
    let again = read(&Folder::from_texts(&rendered), today)
        .unwrap_or_else(|faults| panic!("{}", told(&faults)));
    assert!(again == plan);
}

#[test]
fn starter_comes_back_byte_for_byte() {
    check_round_trip(&starter());
}

#[test]
fn starter_with_windows_lines_says_the_same() {
    let windows = starter()
        .into_iter()
        .map(|(path, text)| (path, text.replace('\n', "\r\n")))
        .collect();
    check_round_trip(&windows);
    let today = date(2026, 11, 22);
    let unix = read(&Folder::from_texts(&starter()), today).unwrap();
    assert!(read(&Folder::from_texts(&windows), today).unwrap() == unix);
}

#[test]
fn every_region_of_this_repository_comes_back_byte_for_byte() {
    let regions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../regions");
    for region in std::fs::read_dir(regions).into_iter().flatten() {
        let folder = Folder::read(&region.unwrap().path())
            .unwrap_or_else(|faults| panic!("{}", told(&faults)));
        check_round_trip(&folder.texts());
    }
}
