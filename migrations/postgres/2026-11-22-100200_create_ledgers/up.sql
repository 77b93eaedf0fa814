-- One row per team and local day on which something happened. `version` is the commit fence, and the
-- CHECK on the counters is the last line of defence against overselling.
--
-- Tables that a booking writes have no foreign keys: each would be one more lookup and, on
-- PostgreSQL, one more lock on a row that every booking shares. `daybook verify` looks for orphans.
CREATE TABLE ledgers (
    id            BIGINT    NOT NULL PRIMARY KEY, -- team number << 20 | day since 1970
    version       BIGINT    NOT NULL CHECK (version >= 0),
    epoch         BIGINT    NOT NULL,
    limit_units   INTEGER   NOT NULL CHECK (limit_units >= 0),
    is_inherited  BOOLEAN   NOT NULL,
    reserve_units INTEGER   NOT NULL CHECK (reserve_units >= 0),
    is_closed     BOOLEAN   NOT NULL,
    used          INTEGER   NOT NULL CHECK (used >= 0),
    held          INTEGER   NOT NULL CHECK (held >= 0),
    hard_limit    INTEGER   NOT NULL,
    opening       TEXT      NOT NULL, -- JSON: the capacity that its history begins with
    last_batch_id BYTEA     NOT NULL, -- tells after a lost answer whether a batch was written
    updated_at    TIMESTAMP NOT NULL,
    CHECK (used + held <= hard_limit)
) WITH (
    -- Updated by every booking: room for new versions on the page, and vacuum before it is gone.
    fillfactor = 50,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0
);

CREATE TABLE overrides (
    id            BYTEA     NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    ledger_id     BIGINT    NOT NULL,
    delta         INTEGER   NOT NULL,
    expires_at    TIMESTAMP,
    reason        TEXT      NOT NULL CHECK (length(reason) > 0),
    created_by    BYTEA,
    created_at    TIMESTAMP NOT NULL,
    revoked_by    BYTEA,
    revoked_at    TIMESTAMP,
    revoke_reason TEXT
);
CREATE INDEX overrides_by_ledger ON overrides (ledger_id);

-- `no` is the rowid on SQLite: neighbours in time are neighbours on disk.
CREATE TABLE bookings (
    no               BIGINT    NOT NULL PRIMARY KEY CHECK (no > 0),
    id               BYTEA     NOT NULL UNIQUE CHECK (length(id) = 16),
    ledger_id        BIGINT    NOT NULL,
    seq              BIGINT    NOT NULL CHECK (seq > 0), -- of the ledger, at the last change
    rev              INTEGER   NOT NULL CHECK (rev > 0),
    status           TEXT      NOT NULL
        CHECK (status IN ('waitlisted', 'held', 'pending', 'confirmed', 'in_progress', 'completed',
                          'no_show', 'cancelled', 'declined', 'expired')),
    service_id       BYTEA     NOT NULL,
    units            INTEGER   NOT NULL CHECK (units > 0),
    units_past_limit INTEGER   NOT NULL CHECK (units_past_limit BETWEEN 0 AND units),
    class            TEXT      NOT NULL CHECK (class IN ('standard', 'emergency')),
    member_no        INTEGER,
    resources        TEXT      NOT NULL DEFAULT '[]', -- JSON: array of ids of rooms and vehicles
    starts_at        TIMESTAMP NOT NULL,
    ends_at          TIMESTAMP NOT NULL,
    busy_from        TIMESTAMP NOT NULL,
    busy_to          TIMESTAMP NOT NULL,
    client_user_id   BYTEA,
    client_name      TEXT      NOT NULL,
    client_email     TEXT      NOT NULL,
    client_phone     TEXT,
    price_amount     BIGINT    NOT NULL, -- minor units
    price_currency   TEXT      NOT NULL,
    payment_method   TEXT      NOT NULL,
    details          TEXT      NOT NULL, -- JSON: notes, answers, address, locale, …
    link_no          INTEGER   NOT NULL,
    series_id        BYTEA,
    series_index     INTEGER, -- which one of the series, from 0
    fee_amount       BIGINT CHECK (fee_amount >= 0), -- owed for calling it off, in minor units
    is_displaced     BOOLEAN   NOT NULL DEFAULT FALSE, -- cannot take place, and nobody chose anew
    created_at       TIMESTAMP NOT NULL,
    updated_at       TIMESTAMP NOT NULL,
    CHECK (starts_at < ends_at AND busy_from <= starts_at AND ends_at <= busy_to)
);
CREATE INDEX bookings_by_ledger ON bookings (ledger_id);
CREATE INDEX bookings_by_client ON bookings (client_user_id) WHERE client_user_id IS NOT NULL;
CREATE INDEX bookings_by_series ON bookings (series_id) WHERE series_id IS NOT NULL;
CREATE INDEX bookings_pending ON bookings (created_at) WHERE status = 'pending';

-- What happened to a ledger, 1, 2, 3 … without a gap. Enough to rebuild it.
CREATE TABLE events (
    ledger_id  BIGINT    NOT NULL,
    seq        BIGINT    NOT NULL CHECK (seq > 0),
    at         TIMESTAMP NOT NULL,
    kind       TEXT      NOT NULL,
    booking_no BIGINT,
    payload    TEXT      NOT NULL, -- JSON: the event
    actor_kind TEXT      NOT NULL,
    actor_id   BYTEA,
    reason     TEXT,
    request_id BYTEA     NOT NULL,
    PRIMARY KEY (ledger_id, seq)
);

-- The answer to a key, written with what it speaks of.
CREATE TABLE idempotency (
    principal   TEXT      NOT NULL,
    key         TEXT      NOT NULL,
    fingerprint BYTEA     NOT NULL CHECK (length(fingerprint) = 32),
    status      SMALLINT  NOT NULL,
    body        BYTEA     NOT NULL,
    etag        TEXT,
    location    TEXT,
    booking_id  BYTEA,
    created_at  TIMESTAMP NOT NULL,
    PRIMARY KEY (principal, key)
);

-- The time of a member, room or vehicle, one row per quantum: the key is what makes a second booking
-- impossible, whatever ledger it is in. `ledger_id` is the one that took it and gives it back.
CREATE TABLE claims (
    resource_no INTEGER NOT NULL,
    quantum     INTEGER NOT NULL,
    booking_no  BIGINT  NOT NULL,
    ledger_id   BIGINT  NOT NULL,
    PRIMARY KEY (resource_no, quantum)
);

-- What somebody outside must hear of, written with the event that causes it.
CREATE TABLE outbox (
    ledger_id       BIGINT    NOT NULL,
    seq             BIGINT    NOT NULL,
    kind            TEXT      NOT NULL,
    state           TEXT      NOT NULL DEFAULT 'planned',
    attempts        INTEGER   NOT NULL DEFAULT 0,
    next_attempt_at TIMESTAMP NOT NULL,
    PRIMARY KEY (ledger_id, seq, kind)
);
