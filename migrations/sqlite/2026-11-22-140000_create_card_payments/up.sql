-- When somebody has to look at a payment again, unless something is heard of it before.
ALTER TABLE payments ADD COLUMN next_look_at TIMESTAMP;
CREATE INDEX payments_open ON payments (next_look_at) WHERE next_look_at IS NOT NULL;

-- What the provider calls the pages and payments of our attempts, so that news of them finds the
-- booking.
CREATE TABLE payment_sessions (
    session_id TEXT    NOT NULL PRIMARY KEY,
    booking_id BLOB    NOT NULL CHECK (length(booking_id) = 16),
    attempt    INTEGER NOT NULL CHECK (attempt > 0)
) WITHOUT ROWID;

-- What the provider told of its own accord, each thing once, until somebody has acted on it.
CREATE TABLE provider_events (
    event_id    TEXT      NOT NULL PRIMARY KEY,
    kind        TEXT      NOT NULL,
    body        TEXT      NOT NULL,
    received_at TIMESTAMP NOT NULL,
    state       TEXT      NOT NULL,
    tries       INTEGER   NOT NULL,
    next_try_at TIMESTAMP NOT NULL,
    last_error  TEXT
) WITHOUT ROWID;
CREATE INDEX provider_events_open ON provider_events (next_try_at) WHERE state = 'received';
