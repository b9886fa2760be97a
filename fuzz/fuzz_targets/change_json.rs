//! Any bytes as the JSON of a change: what reads is written to what reads the same.

#![no_main]

use dfg_plan::Change;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(change) = serde_json::from_slice::<Change>(bytes) else {
        return;
    };
    let written = serde_json::to_string(&change).expect("a change is written as JSON");
    let again: Change = serde_json::from_str(&written).expect("a written change reads");
    assert_eq!(again, change);
});
