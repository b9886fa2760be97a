-- What the public raises, and how people are asked for updates. Personal data, beside the ledger
-- and never in it. Times are milliseconds since 1970. Of secrets only the SHA-256 is kept.

CREATE TABLE raised_signals (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    token      TEXT NOT NULL UNIQUE CHECK (length(token) = 64),
    kind       TEXT NOT NULL,
    theme      TEXT NOT NULL,
    area       TEXT,
    words      TEXT,
    email      TEXT,
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'let-in', 'turned-away')),
    signal     TEXT,
    reason     TEXT,
    raised_at  INTEGER NOT NULL,
    decided_at INTEGER,
    decided_by TEXT REFERENCES persons (id),
    -- What the person was last told, and since when there is nothing more to tell.
    told       TEXT NOT NULL,
    done_at    INTEGER,
    erased_at  INTEGER,
    CHECK ((state = 'let-in') = (signal IS NOT NULL)),
    CHECK ((state = 'turned-away') = (reason IS NOT NULL)),
    CHECK ((state = 'waiting') = (decided_at IS NULL)),
    CHECK (erased_at IS NULL OR (words IS NULL AND email IS NULL))
) STRICT;

CREATE INDEX raised_signals_by_state ON raised_signals (state);

-- Links that open one update of one activity, once.
CREATE TABLE update_links (
    token      TEXT PRIMARY KEY CHECK (length(token) = 64),
    person     TEXT NOT NULL REFERENCES persons (id),
    activity   TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;

CREATE INDEX update_links_of_person ON update_links (person);

-- Who was reminded of what: whoever puts the row in sends the e-mail, so that of several servers
-- one does. A period is the day of the activity's last update, or `never`; of a digest, its week.
CREATE TABLE reminders (
    activity TEXT NOT NULL,
    period   TEXT NOT NULL,
    step     TEXT NOT NULL CHECK (step IN ('due', 'late', 'digest')),
    person   TEXT NOT NULL REFERENCES persons (id),
    at       INTEGER NOT NULL,
    PRIMARY KEY (activity, period, step, person)
) STRICT;
