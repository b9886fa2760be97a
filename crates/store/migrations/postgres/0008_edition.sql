-- The edition in preparation, who follows editions by e-mail, and what each person has read.
-- Beside the ledger and never in it. Times are milliseconds since 1970.

CREATE TABLE edition_draft (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    revision BIGINT NOT NULL,
    title    TEXT NOT NULL,
    foreword TEXT NOT NULL,
    reason   TEXT NOT NULL,
    decision TEXT,
    saved_by TEXT NOT NULL REFERENCES persons (id),
    saved_at BIGINT NOT NULL
);

-- The token stands in every letter, and can do no more than confirm and end the letters: so it is
-- kept as it is. `heard` is the last edition that the follower was told of.
CREATE TABLE followers (
    token        TEXT PRIMARY KEY CHECK (length(token) = 64),
    email        TEXT NOT NULL UNIQUE,
    asked_at     BIGINT NOT NULL,
    confirmed_at BIGINT ,
    heard        TEXT NOT NULL
);

-- How far in the ledger each person has read.
CREATE TABLE visits (
    person TEXT PRIMARY KEY REFERENCES persons (id),
    seq    BIGINT NOT NULL,
    at     BIGINT NOT NULL
);
