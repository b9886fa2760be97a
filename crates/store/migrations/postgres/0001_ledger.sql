-- The ledger: entries in order, the texts that they name, and the recorded end.
-- docs/ledger.md describes what the columns hold.

CREATE TABLE entries (
    seq  BIGINT PRIMARY KEY CHECK (seq > 0),
    hash TEXT NOT NULL CHECK (length(hash) = 64),
    body TEXT NOT NULL
);

CREATE TABLE blobs (
    hash  TEXT COLLATE "C" PRIMARY KEY CHECK (length(hash) = 64),
    bytes BYTEA NOT NULL
);

CREATE TABLE head (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    seq  BIGINT NOT NULL CHECK (seq >= 0),
    hash TEXT NOT NULL CHECK (length(hash) = 64)
);

INSERT INTO head (one, seq, hash) VALUES (1, 0, repeat('0', 64));

CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % of % is refused', TG_OP, TG_TABLE_NAME;
END
$$;

CREATE TRIGGER entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entries
FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

CREATE TRIGGER blobs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON blobs
FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

CREATE TRIGGER head_no_delete BEFORE DELETE OR TRUNCATE ON head
FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

CREATE TRIGGER head_only_forward BEFORE UPDATE ON head
FOR EACH ROW WHEN (NEW.seq <= OLD.seq) EXECUTE FUNCTION ledger_is_append_only();
