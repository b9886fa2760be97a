//! Any bytes as metadata of CSV on the Web: they end in a table or in a message, without a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| dfg_fuzz::read("csvw", "file.json", bytes));
