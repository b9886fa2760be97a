-- People and their access: personal data, beside the ledger and never in it, so that it can be
-- erased. Times are milliseconds since 1970. Of secrets only the SHA-256 is kept.

CREATE TABLE persons (
    id         TEXT PRIMARY KEY CHECK (length(id) = 32),
    name       TEXT,
    email      TEXT UNIQUE,
    created_at BIGINT NOT NULL,
    removed_at BIGINT,
    erased_at  BIGINT,
    CHECK ((erased_at IS NULL) = (name IS NOT NULL)),
    CHECK ((erased_at IS NULL) = (email IS NOT NULL))
);

CREATE TABLE roles (
    person TEXT NOT NULL REFERENCES persons (id),
    role   TEXT NOT NULL,
    PRIMARY KEY (person, role)
);

CREATE TABLE links (
    token      TEXT PRIMARY KEY CHECK (length(token) = 64),
    purpose    TEXT NOT NULL CHECK (purpose IN ('sign-in', 'invitation', 'first-start')),
    person     TEXT REFERENCES persons (id),
    browser    TEXT CHECK (length(browser) = 64),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT,
    CHECK ((purpose = 'first-start') = (person IS NULL)),
    CHECK ((purpose = 'sign-in') = (browser IS NOT NULL))
);

CREATE INDEX links_of_person ON links (person);

CREATE TABLE sessions (
    token      TEXT PRIMARY KEY CHECK (length(token) = 64),
    id         TEXT NOT NULL UNIQUE CHECK (length(id) = 32),
    person     TEXT NOT NULL REFERENCES persons (id),
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    ends_at    BIGINT NOT NULL,
    agent      TEXT NOT NULL
);

CREATE INDEX sessions_of_person ON sessions (person);

-- Who tried what, by the hash of an account or a network address: for limits.
CREATE TABLE attempts (
    who TEXT NOT NULL CHECK (length(who) = 64),
    at  BIGINT NOT NULL
);

CREATE INDEX attempts_by_who ON attempts (who, at);
CREATE INDEX attempts_by_time ON attempts (at);

-- What happened to whose access. Names persons by id only.
CREATE TABLE access_events (
    seq    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     BIGINT NOT NULL,
    person TEXT REFERENCES persons (id),
    actor  TEXT REFERENCES persons (id),
    what   TEXT NOT NULL,
    detail TEXT NOT NULL
);

CREATE INDEX access_events_of_person ON access_events (person);
