-- Comparisons of our books with the payment provider's. `position` is where a run that was interrupted goes on.
CREATE TABLE reconciliation_runs (
    id          BYTEA     NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    day         DATE      NOT NULL,
    is_nightly  BOOLEAN   NOT NULL,
    since       TIMESTAMP NOT NULL, -- pages made before that are left alone
    phase       TEXT      NOT NULL,
    position    TEXT,
    matched     INTEGER   NOT NULL,
    fixed       INTEGER   NOT NULL,
    review      INTEGER   NOT NULL,
    failed      INTEGER   NOT NULL,
    last_error  TEXT,
    version     BIGINT    NOT NULL CHECK (version > 0),
    started_at  TIMESTAMP NOT NULL,
    finished_at TIMESTAMP
);
-- One nightly run for each day, however many ask for it.
CREATE UNIQUE INDEX reconciliation_nights ON reconciliation_runs (day) WHERE is_nightly;

-- What did not agree, and what was done about it.
CREATE TABLE reconciliation_items (
    run_id     BYTEA     NOT NULL REFERENCES reconciliation_runs (id) ON DELETE CASCADE,
    key        TEXT      NOT NULL,
    booking_id BYTEA,
    attempt    INTEGER,
    session_id TEXT,
    verdict    TEXT      NOT NULL,
    fix        TEXT      NOT NULL,
    outcome    TEXT      NOT NULL,
    error      TEXT,
    PRIMARY KEY (run_id, key)
);
