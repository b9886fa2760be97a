-- The ledger: entries in order, the texts that they name, and the recorded end.
-- docs/ledger.md describes what the columns hold.

CREATE TABLE entries (
    seq  INTEGER PRIMARY KEY CHECK (seq > 0),
    hash TEXT NOT NULL CHECK (length(hash) = 64),
    body TEXT NOT NULL
) STRICT;

CREATE TABLE blobs (
    hash  TEXT PRIMARY KEY CHECK (length(hash) = 64),
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE head (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    seq  INTEGER NOT NULL CHECK (seq >= 0),
    hash TEXT NOT NULL CHECK (length(hash) = 64)
) STRICT;

INSERT INTO head (one, seq, hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- INSERT OR REPLACE deletes without firing delete triggers, hence the two on insert.

CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: entries cannot be changed'); END;

CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: entries cannot be deleted'); END;

CREATE TRIGGER entries_no_replace BEFORE INSERT ON entries
WHEN EXISTS (SELECT 1 FROM entries WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: entries cannot be replaced'); END;

CREATE TRIGGER blobs_no_update BEFORE UPDATE ON blobs
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: blobs cannot be changed'); END;

CREATE TRIGGER blobs_no_delete BEFORE DELETE ON blobs
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: blobs cannot be deleted'); END;

CREATE TRIGGER blobs_no_replace BEFORE INSERT ON blobs
WHEN EXISTS (SELECT 1 FROM blobs WHERE hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: blobs cannot be replaced'); END;

CREATE TRIGGER head_only_forward BEFORE UPDATE ON head
WHEN NEW.seq <= OLD.seq
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: its end only moves forward'); END;

CREATE TRIGGER head_no_delete BEFORE DELETE ON head
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: its end cannot be deleted'); END;
