//! The starter region with any one file replaced: where it reads, it is written back byte for byte,
//! and without its layout it says the same.

#![no_main]

use std::collections::BTreeMap;

use dfg_region::{Folder, read, starter, write};
use jiff::civil::date;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (number, bytes) = input;
    let mut folder = Folder::from_texts(&starter());
    let place = usize::from(number) % folder.files.len();
    if let Some(file) = folder.files.values_mut().nth(place) {
        *file = bytes.to_vec();
    }
    let today = date(2026, 11, 22);
    let Ok(plan) = read(&folder, today) else {
        return;
    };
    assert_eq!(write(&plan, &folder.texts()), folder.texts());
    let rendered = write(&plan, &BTreeMap::new());
    let again = read(&Folder::from_texts(&rendered), today);
    assert!(again.is_ok_and(|again| again == plan));
});
