-- Proposals, reviews and meetings: what leads to a decision. People are ids, never names.
-- A body is JSON as dfg-plan writes it. A revision counts the changes to a row: a change names
-- the revision that its author has seen.

CREATE TABLE proposals (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    author    TEXT NOT NULL,
    title     TEXT NOT NULL,
    reason    TEXT NOT NULL,
    made_from INTEGER NOT NULL CHECK (made_from >= 0),
    changes   TEXT NOT NULL,
    state     TEXT NOT NULL,
    standing  TEXT NOT NULL,
    revision  INTEGER NOT NULL CHECK (revision > 0)
) STRICT;

CREATE INDEX proposals_by_state ON proposals (state);

CREATE TABLE comments (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    proposal INTEGER NOT NULL REFERENCES proposals (id),
    author   TEXT NOT NULL,
    said_at  TEXT NOT NULL,
    text     TEXT NOT NULL
) STRICT;

CREATE INDEX comments_by_proposal ON comments (proposal);

CREATE TABLE reviews (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    body     TEXT NOT NULL,
    seed     TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision > 0)
) STRICT;

CREATE TABLE scores (
    review    INTEGER NOT NULL REFERENCES reviews (id),
    member    TEXT NOT NULL,
    activity  TEXT NOT NULL,
    criterion TEXT NOT NULL,
    points    INTEGER CHECK (points BETWEEN 0 AND 4),
    reason    TEXT NOT NULL,
    given_on  TEXT NOT NULL,
    PRIMARY KEY (review, member, activity, criterion)
) STRICT;

CREATE TABLE interests (
    review   INTEGER NOT NULL REFERENCES reviews (id),
    member   TEXT NOT NULL,
    activity TEXT NOT NULL,
    reason   TEXT NOT NULL,
    PRIMARY KEY (review, member, activity)
) STRICT;

CREATE TABLE recommendations (
    review   INTEGER NOT NULL REFERENCES reviews (id),
    activity TEXT NOT NULL,
    advice   TEXT NOT NULL,
    reason   TEXT NOT NULL,
    decision TEXT,
    PRIMARY KEY (review, activity)
) STRICT;

CREATE TABLE meetings (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    body     TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision > 0)
) STRICT;

CREATE TABLE attendances (
    meeting INTEGER NOT NULL REFERENCES meetings (id),
    member  TEXT NOT NULL,
    PRIMARY KEY (meeting, member)
) STRICT;

CREATE TABLE meeting_interests (
    meeting INTEGER NOT NULL REFERENCES meetings (id),
    item    TEXT NOT NULL,
    member  TEXT NOT NULL,
    reason  TEXT NOT NULL,
    PRIMARY KEY (meeting, item, member)
) STRICT;

CREATE TABLE votes (
    meeting INTEGER NOT NULL REFERENCES meetings (id),
    item    TEXT NOT NULL,
    member  TEXT NOT NULL,
    choice  TEXT NOT NULL CHECK (choice IN ('for', 'against', 'abstain')),
    PRIMARY KEY (meeting, item, member)
) STRICT;

CREATE TABLE outcomes (
    meeting  INTEGER NOT NULL REFERENCES meetings (id),
    item     TEXT NOT NULL,
    text     TEXT NOT NULL,
    decision TEXT,
    PRIMARY KEY (meeting, item)
) STRICT;

CREATE TABLE actions (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    meeting INTEGER NOT NULL REFERENCES meetings (id),
    what    TEXT NOT NULL,
    owner   TEXT NOT NULL,
    due     TEXT,
    done_on TEXT
) STRICT;
