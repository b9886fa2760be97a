//! Entries as JSON Lines, for other programs and for `scripts/verify-ledger.py`.

use dfg_plan::{Hash, entry::canonical};
use serde_json::json;

/// One entry as a line of JSON, without its end of line: `{"body":"…","hash":"…","seq":N}`.
///
/// The body is a string, so that its bytes, which were hashed, come through exactly.
pub fn export_line(seq: u64, hash: Hash, body: &str) -> String {
    canonical(&json!({ "seq": seq, "hash": hash.to_string(), "body": body }))
}
