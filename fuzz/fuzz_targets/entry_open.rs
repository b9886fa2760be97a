//! Any text as the body of a ledger entry, with a hash that fits: opened or refused, without a
//! panic.

#![no_main]

use dfg_plan::{
    Sealed,
    entry::{Hash, Head},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &str| {
    let hash = Hash::of(body.as_bytes());
    if let Ok(sealed) = Sealed::open(Head::EMPTY, 1, hash, body.to_owned()) {
        assert_eq!(sealed.entry.seq, 1);
        assert_eq!(sealed.head().hash, hash);
    }
    assert!(Sealed::open(Head::EMPTY, 1, Hash::ZERO, body.to_owned()).is_err());
});
