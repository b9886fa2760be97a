//! Any bytes as JSON-stat: they end in a table or in a message, without a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| dfg_fuzz::read("json-stat", "file.json", bytes));
