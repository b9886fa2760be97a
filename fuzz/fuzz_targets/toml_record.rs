//! Any bytes as a TOML file of records: read to the end, without a panic.

#![no_main]

use dfg_region::{Folder, read};
use jiff::civil::date;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for path in ["region.toml", "groups/steering.toml", "indicators/jobs.toml"] {
        let mut folder = Folder::default();
        folder.files.insert(path.to_owned(), bytes.to_vec());
        drop(read(&folder, date(2026, 11, 22)));
    }
});
