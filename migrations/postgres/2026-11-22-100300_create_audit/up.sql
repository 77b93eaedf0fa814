-- The audit trail: a chain, each entry sealing the one before it. Append-only, by trigger.
-- The counter `audit` is the chain's head: whoever appends locks it first.
CREATE TABLE audit (
    seq        BIGINT    NOT NULL PRIMARY KEY CHECK (seq > 0),
    at         TIMESTAMP NOT NULL,
    actor_kind TEXT      NOT NULL,
    actor_id   BYTEA,
    action     TEXT      NOT NULL,
    object     TEXT      NOT NULL,
    before     TEXT      NOT NULL, -- JSON
    after      TEXT      NOT NULL, -- JSON
    reason     TEXT,
    request_id BYTEA     NOT NULL,
    ledger_id  BIGINT,
    ledger_seq BIGINT,
    prev_hash  BYTEA     NOT NULL CHECK (length(prev_hash) = 32),
    hash       BYTEA     NOT NULL CHECK (length(hash) = 32)
);

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit is append-only';
END
$$;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
