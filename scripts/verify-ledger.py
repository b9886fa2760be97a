#!/usr/bin/env python3
"""Verifies a ledger exported as JSON Lines, one {"body":"…","hash":"…","seq":N} for each entry.

    dfg log --json | scripts/verify-ledger.py [HASH]

HASH is one that you noted down earlier: some entry must have it. docs/ledger.md says what is
checked and why. Names the first wrong line and exits with 1, or tells where the ledger ends.
"""
import hashlib, json, sys

expected, seq, previous, seen = sys.argv[1] if len(sys.argv) > 1 else None, 0, "0" * 64, False
for number, line in enumerate(sys.stdin.buffer, 1):
    try:
        row = json.loads(line.decode("utf-8"))
        entry = json.loads(row["body"])
        digest = hashlib.sha256(row["body"].encode("utf-8")).hexdigest()
        checks = {
            f"the text was edited: its hash is {digest}": digest == row["hash"],
            f"entry {seq + 1} is missing: entry {row['seq']} is here": row["seq"] == seq + 1,
            f"it was moved: its text says that it is entry {entry['seq']}": entry["seq"] == seq + 1,
            f"it does not follow the entry with hash {previous}": entry["previous"] == previous,
        }
        faults = [fault for fault, passed in checks.items() if not passed]
    except (AttributeError, KeyError, TypeError, ValueError) as fault:
        faults = [f"it cannot be read ({fault!r})"]
    if faults:
        sys.exit(f"line {number} is wrong: {faults[0]}")
    seq, previous, seen = seq + 1, row["hash"], seen or row["hash"] == expected
if expected and not seen:
    sys.exit(f"no entry has the hash {expected}: the ledger was written anew or cut off")
print(f"{seq} entries are in order; the last has the hash {previous}")
