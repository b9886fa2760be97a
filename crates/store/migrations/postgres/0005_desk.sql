-- Answers to a review's questions; and the private addresses of people's calendars, of which only
-- the hash is kept. Times are milliseconds since 1970.

CREATE TABLE answers (
    review   BIGINT NOT NULL REFERENCES reviews (id),
    member   TEXT NOT NULL,
    question BIGINT NOT NULL CHECK (question >= 0),
    text     TEXT NOT NULL,
    given_on TEXT NOT NULL,
    PRIMARY KEY (review, member, question)
);

CREATE TABLE calendars (
    person     TEXT PRIMARY KEY REFERENCES persons (id),
    token      TEXT NOT NULL UNIQUE CHECK (length(token) = 64),
    created_at BIGINT NOT NULL
);
