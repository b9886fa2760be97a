-- What an author writes on the way to a proposal's changes, and who took which step with it.
-- People are ids, never names. A body is JSON as dfg-plan writes it.

CREATE TABLE proposal_edits (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    proposal BIGINT NOT NULL REFERENCES proposals (id),
    body     TEXT NOT NULL,
    revision BIGINT NOT NULL CHECK (revision > 0)
);

CREATE INDEX proposal_edits_by_proposal ON proposal_edits (proposal);

CREATE TABLE proposal_steps (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    proposal BIGINT NOT NULL REFERENCES proposals (id),
    taken_at TEXT NOT NULL,
    person   TEXT NOT NULL,
    step     TEXT NOT NULL,
    note     TEXT NOT NULL
);

CREATE INDEX proposal_steps_by_proposal ON proposal_steps (proposal);
