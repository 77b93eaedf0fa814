-- What came of each attempt to deliver an event: `no` goes on when somebody has it sent once more.
CREATE TABLE webhook_tries (
    delivery_id BYTEA     NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
    no          INTEGER   NOT NULL CHECK (no > 0),
    at          TIMESTAMP NOT NULL,
    status      INTEGER, -- what was answered, if anything was
    ms          INTEGER   NOT NULL,
    error       TEXT,
    PRIMARY KEY (delivery_id, no)
);
