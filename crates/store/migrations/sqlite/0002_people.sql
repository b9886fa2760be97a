-- People and their access: personal data, beside the ledger and never in it, so that it can be
-- erased. Times are milliseconds since 1970. Of secrets only the SHA-256 is kept.

CREATE TABLE persons (
    id         TEXT PRIMARY KEY CHECK (length(id) = 32),
    name       TEXT,
    email      TEXT UNIQUE,
    created_at INTEGER NOT NULL,
    removed_at INTEGER,
    erased_at  INTEGER,
    CHECK ((erased_at IS NULL) = (name IS NOT NULL)),
    CHECK ((erased_at IS NULL) = (email IS NOT NULL))
) STRICT;

CREATE TABLE roles (
    person TEXT NOT NULL REFERENCES persons (id),
    role   TEXT NOT NULL,
    PRIMARY KEY (person, role)
) STRICT;

CREATE TABLE links (
    token      TEXT PRIMARY KEY CHECK (length(token) = 64),
    purpose    TEXT NOT NULL CHECK (purpose IN ('sign-in', 'invitation', 'first-start')),
    person     TEXT REFERENCES persons (id),
    browser    TEXT CHECK (length(browser) = 64),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER,
    CHECK ((purpose = 'first-start') = (person IS NULL)),
    CHECK ((purpose = 'sign-in') = (browser IS NOT NULL))
) STRICT;

CREATE INDEX links_of_person ON links (person);

CREATE TABLE sessions (
    token      TEXT PRIMARY KEY CHECK (length(token) = 64),
    id         TEXT NOT NULL UNIQUE CHECK (length(id) = 32),
    person     TEXT NOT NULL REFERENCES persons (id),
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    ends_at    INTEGER NOT NULL,
    agent      TEXT NOT NULL
) STRICT;

CREATE INDEX sessions_of_person ON sessions (person);

-- Who tried what, by the hash of an account or a network address: for limits.
CREATE TABLE attempts (
    who TEXT NOT NULL CHECK (length(who) = 64),
    at  INTEGER NOT NULL
) STRICT;

CREATE INDEX attempts_by_who ON attempts (who, at);
CREATE INDEX attempts_by_time ON attempts (at);

-- What happened to whose access. Names persons by id only.
CREATE TABLE access_events (
    seq    INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    person TEXT REFERENCES persons (id),
    actor  TEXT REFERENCES persons (id),
    what   TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

CREATE INDEX access_events_of_person ON access_events (person);
