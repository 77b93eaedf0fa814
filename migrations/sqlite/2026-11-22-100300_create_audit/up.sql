-- The audit trail: a chain, each entry sealing the one before it. Append-only, by trigger.
-- The counter `audit` is the chain's head: whoever appends locks it first.
CREATE TABLE audit (
    seq        INTEGER   NOT NULL PRIMARY KEY CHECK (seq > 0),
    at         TIMESTAMP NOT NULL,
    actor_kind TEXT      NOT NULL,
    actor_id   BLOB,
    action     TEXT      NOT NULL,
    object     TEXT      NOT NULL,
    before     TEXT      NOT NULL, -- JSON
    after      TEXT      NOT NULL, -- JSON
    reason     TEXT,
    request_id BLOB      NOT NULL,
    ledger_id  BIGINT,
    ledger_seq BIGINT,
    prev_hash  BLOB      NOT NULL CHECK (length(prev_hash) = 32),
    hash       BLOB      NOT NULL CHECK (length(hash) = 32)
);

CREATE TRIGGER audit_is_never_updated BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit is append-only');
END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit is append-only');
END;
