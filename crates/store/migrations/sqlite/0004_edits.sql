-- What an author writes on the way to a proposal's changes, and who took which step with it.
-- People are ids, never names. A body is JSON as dfg-plan writes it.

CREATE TABLE proposal_edits (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    proposal INTEGER NOT NULL REFERENCES proposals (id),
    body     TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision > 0)
) STRICT;

CREATE INDEX proposal_edits_by_proposal ON proposal_edits (proposal);

CREATE TABLE proposal_steps (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    proposal INTEGER NOT NULL REFERENCES proposals (id),
    taken_at TEXT NOT NULL,
    person   TEXT NOT NULL,
    step     TEXT NOT NULL,
    note     TEXT NOT NULL
) STRICT;

CREATE INDEX proposal_steps_by_proposal ON proposal_steps (proposal);
