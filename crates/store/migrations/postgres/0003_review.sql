-- Proposals, reviews and meetings: what leads to a decision. People are ids, never names.
-- A body is JSON as dfg-plan writes it. A revision counts the changes to a row: a change names
-- the revision that its author has seen.

CREATE TABLE proposals (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    author    TEXT NOT NULL,
    title     TEXT NOT NULL,
    reason    TEXT NOT NULL,
    made_from BIGINT NOT NULL CHECK (made_from >= 0),
    changes   TEXT NOT NULL,
    state     TEXT NOT NULL,
    standing  TEXT NOT NULL,
    revision  BIGINT NOT NULL CHECK (revision > 0)
);

CREATE INDEX proposals_by_state ON proposals (state);

CREATE TABLE comments (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    proposal BIGINT NOT NULL REFERENCES proposals (id),
    author   TEXT NOT NULL,
    said_at  TEXT NOT NULL,
    text     TEXT NOT NULL
);

CREATE INDEX comments_by_proposal ON comments (proposal);

CREATE TABLE reviews (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body     TEXT NOT NULL,
    seed     TEXT NOT NULL,
    revision BIGINT NOT NULL CHECK (revision > 0)
);

CREATE TABLE scores (
    review    BIGINT NOT NULL REFERENCES reviews (id),
    member    TEXT NOT NULL,
    activity  TEXT NOT NULL,
    criterion TEXT NOT NULL,
    points    BIGINT CHECK (points BETWEEN 0 AND 4),
    reason    TEXT NOT NULL,
    given_on  TEXT NOT NULL,
    PRIMARY KEY (review, member, activity, criterion)
);

CREATE TABLE interests (
    review   BIGINT NOT NULL REFERENCES reviews (id),
    member   TEXT NOT NULL,
    activity TEXT NOT NULL,
    reason   TEXT NOT NULL,
    PRIMARY KEY (review, member, activity)
);

CREATE TABLE recommendations (
    review   BIGINT NOT NULL REFERENCES reviews (id),
    activity TEXT NOT NULL,
    advice   TEXT NOT NULL,
    reason   TEXT NOT NULL,
    decision TEXT,
    PRIMARY KEY (review, activity)
);

CREATE TABLE meetings (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body     TEXT NOT NULL,
    revision BIGINT NOT NULL CHECK (revision > 0)
);

CREATE TABLE attendances (
    meeting BIGINT NOT NULL REFERENCES meetings (id),
    member  TEXT NOT NULL,
    PRIMARY KEY (meeting, member)
);

CREATE TABLE meeting_interests (
    meeting BIGINT NOT NULL REFERENCES meetings (id),
    item    TEXT NOT NULL,
    member  TEXT NOT NULL,
    reason  TEXT NOT NULL,
    PRIMARY KEY (meeting, item, member)
);

CREATE TABLE votes (
    meeting BIGINT NOT NULL REFERENCES meetings (id),
    item    TEXT NOT NULL,
    member  TEXT NOT NULL,
    choice  TEXT NOT NULL CHECK (choice IN ('for', 'against', 'abstain')),
    PRIMARY KEY (meeting, item, member)
);

CREATE TABLE outcomes (
    meeting  BIGINT NOT NULL REFERENCES meetings (id),
    item     TEXT NOT NULL,
    text     TEXT NOT NULL,
    decision TEXT,
    PRIMARY KEY (meeting, item)
);

CREATE TABLE actions (
    id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    meeting BIGINT NOT NULL REFERENCES meetings (id),
    what    TEXT NOT NULL,
    owner   TEXT NOT NULL,
    due     TEXT,
    done_on TEXT
);
