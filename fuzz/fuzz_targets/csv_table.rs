//! Any bytes as a table: read to the end, without a panic.

#![no_main]

use dfg_region::{Folder, read};
use jiff::civil::date;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for path in ["organisations.csv", "relationships.csv", "observations/jobs.csv"] {
        let mut folder = Folder::default();
        folder.files.insert(path.to_owned(), bytes.to_vec());
        drop(read(&folder, date(2026, 11, 22)));
    }
});
