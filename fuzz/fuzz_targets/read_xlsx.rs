//! Any bytes as an Excel workbook: they end in a table or in a message, without a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| dfg_fuzz::read("xlsx", "file.xlsx", bytes));
