-- Other ways in than a link: an organisation's own sign-on, and passkeys. Beside the ledger and never
-- in it. Times are milliseconds since 1970. Of secrets only the SHA-256 is kept.

-- What was begun in a browser and is to be finished there, once. What is kept of it is what finishing
-- needs, as JSON.
CREATE TABLE ceremonies (
    token      TEXT PRIMARY KEY CHECK (length(token) = 64),
    browser    TEXT NOT NULL CHECK (length(browser) = 64),
    purpose    TEXT NOT NULL CHECK (purpose IN ('sign-on', 'add-passkey', 'use-passkey')),
    person     TEXT REFERENCES persons (id),
    kept       TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    CHECK ((purpose = 'add-passkey') = (person IS NOT NULL))
);

CREATE INDEX ceremonies_of_person ON ceremonies (person);
CREATE INDEX ceremonies_by_end ON ceremonies (expires_at);

-- Who somebody is at an organisation's sign-on.
CREATE TABLE identities (
    issuer     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    person     TEXT NOT NULL REFERENCES persons (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject),
    -- Whoever is given somebody's address there later does not become them here.
    UNIQUE (person, issuer)
);

CREATE INDEX identities_of_person ON identities (person);

-- The public halves of passkeys.
CREATE TABLE passkeys (
    id         TEXT PRIMARY KEY,
    person     TEXT NOT NULL REFERENCES persons (id),
    name       TEXT NOT NULL,
    passkey    TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at    BIGINT
);

CREATE INDEX passkeys_of_person ON passkeys (person);
