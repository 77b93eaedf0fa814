-- Who outside hears of events. Secrets are not here: they follow from the server's key and the number.
CREATE TABLE webhook_endpoints (
    id              BYTEA     NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    url             TEXT      NOT NULL,
    description     TEXT      NOT NULL,
    events          TEXT      NOT NULL, -- names with commas between them; empty: all
    is_active       BOOLEAN   NOT NULL,
    stopped_because TEXT,
    secret_no       INTEGER   NOT NULL CHECK (secret_no > 0),
    former_until    TIMESTAMP, -- until then the secret before signs as well
    created_at      TIMESTAMP NOT NULL,
    rev             BIGINT    NOT NULL CHECK (rev > 0)
);

-- One event on its way to one endpoint. The second key is what makes a second plan impossible.
CREATE TABLE webhook_deliveries (
    id              BYTEA     NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    endpoint_id     BYTEA     NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    ledger_id       BIGINT    NOT NULL,
    seq             BIGINT    NOT NULL,
    kind            TEXT      NOT NULL,
    body            TEXT      NOT NULL,
    at              TIMESTAMP NOT NULL,
    state           TEXT      NOT NULL,
    attempts        INTEGER   NOT NULL,
    next_attempt_at TIMESTAMP NOT NULL,
    last_status     INTEGER,
    last_ms         INTEGER,
    last_error      TEXT,
    done_at         TIMESTAMP,
    UNIQUE (endpoint_id, ledger_id, seq, kind)
);
CREATE INDEX webhook_deliveries_open ON webhook_deliveries (endpoint_id, next_attempt_at)
    WHERE done_at IS NULL;

-- Whether deliveries of a row were planned. Nobody waits for what happened before there were any.
ALTER TABLE outbox ADD COLUMN is_announced BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE outbox SET is_announced = TRUE;
CREATE INDEX outbox_unannounced ON outbox (ledger_id, seq) WHERE NOT is_announced;
