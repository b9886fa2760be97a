#!/bin/sh
# Measures everything beside limits and peers, prints one table, and writes it into
# docs/benchmarks.md. With words (ledger, folder, region, review, desk, pages, evidence), only those
# parts, and nothing is written. Needs wrk and python3; the first run fetches the peers.
set -eu
cd "$(dirname "$0")/.."
cargo build --release --quiet -p dfg-engine
cargo build --release --quiet -p dfg -p dfg-bench
exec "${CARGO_TARGET_DIR:-target}/release/dfg-bench" "$@"
