-- Rooms, vehicles and equipment. `no` is given by the counter `resource`, as that of members: the
-- claims of both share a table.
CREATE TABLE resources (
    no        INTEGER NOT NULL PRIMARY KEY CHECK (no > 0),
    id        BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    kind      TEXT    NOT NULL CHECK (kind IN ('room', 'vehicle', 'equipment')),
    name      TEXT    NOT NULL,
    is_active BOOLEAN NOT NULL,
    rev       BIGINT  NOT NULL CHECK (rev > 0)
);

CREATE TABLE resource_teams (
    team_no     INTEGER NOT NULL REFERENCES teams (no),
    resource_no INTEGER NOT NULL REFERENCES resources (no) ON DELETE CASCADE,
    PRIMARY KEY (team_no, resource_no)
) WITHOUT ROWID;

-- What several ledgers take part in, or what is decided later. Decided once: every decision sets
-- `status` only where it is still pending.
CREATE TABLE ops (
    id         BLOB      NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind       TEXT      NOT NULL CHECK (kind IN ('series', 'move', 'hold', 'offer')),
    status     TEXT      NOT NULL
        CHECK (status IN ('pending', 'confirmed', 'cancelled', 'expired')),
    owner      TEXT      NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    created_at TIMESTAMP NOT NULL,
    decided_at TIMESTAMP,
    bookings   TEXT, -- JSON: array of ids of what a confirmed one made or moved
    CHECK ((status = 'pending') = (decided_at IS NULL))
) WITHOUT ROWID;
CREATE INDEX ops_to_expire ON ops (expires_at) WHERE status = 'pending';
CREATE INDEX ops_by_owner ON ops (owner) WHERE status = 'pending';

-- What a ledger keeps for operations: a place, or a booking frozen because it may leave.
CREATE TABLE holds (
    ledger_id  BIGINT  NOT NULL,
    booking_id BLOB    NOT NULL,
    op_id      BLOB    NOT NULL,
    booking_no BIGINT  NOT NULL,
    role       TEXT    NOT NULL CHECK (role IN ('new', 'elsewhere', 'here', 'departing')),
    units      INTEGER NOT NULL CHECK (units >= 0), -- as they count in this ledger
    seq        BIGINT  NOT NULL CHECK (seq > 0), -- of the event that made it
    payload    TEXT    NOT NULL, -- JSON: the hold, or the line that is frozen
    PRIMARY KEY (ledger_id, booking_id)
) WITHOUT ROWID;
CREATE INDEX holds_by_op ON holds (op_id);
CREATE INDEX holds_by_booking ON holds (booking_id);

-- Who waits for a day, in order of `seq`. What was agreed with them is in `bookings`.
CREATE TABLE waiting (
    ledger_id      BIGINT    NOT NULL,
    seq            BIGINT    NOT NULL CHECK (seq > 0), -- of the event by which they joined
    booking_id     BLOB      NOT NULL,
    last_starts_at TIMESTAMP NOT NULL, -- from then on nothing can come of it
    payload        TEXT      NOT NULL, -- JSON: what they would be content with
    PRIMARY KEY (ledger_id, seq)
) WITHOUT ROWID;

-- Rules from which several bookings were made together.
CREATE TABLE series (
    id       BLOB      NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    rule     TEXT      NOT NULL, -- RFC 5545
    zone     TEXT      NOT NULL,
    first_at TIMESTAMP NOT NULL
) WITHOUT ROWID;

-- Ledgers that bookings were in before they moved: their events are there.
CREATE TABLE former_ledgers (
    booking_no BIGINT NOT NULL,
    ledger_id  BIGINT NOT NULL,
    PRIMARY KEY (booking_no, ledger_id)
) WITHOUT ROWID;

-- Work in many steps that is carried on after a crash.
CREATE TABLE jobs (
    id           BLOB      NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind         TEXT      NOT NULL,
    task         TEXT      NOT NULL, -- JSON: what it was asked to do
    created_by   BLOB,
    created_at   TIMESTAMP NOT NULL,
    is_done      BOOLEAN   NOT NULL,
    total_count  INTEGER   NOT NULL CHECK (total_count >= 0),
    done_count   INTEGER   NOT NULL CHECK (done_count >= 0),
    failed_count INTEGER   NOT NULL CHECK (failed_count >= 0),
    items        TEXT      NOT NULL, -- JSON: how each step went
    updated_at   TIMESTAMP NOT NULL
) WITHOUT ROWID;
CREATE INDEX jobs_open ON jobs (created_at) WHERE NOT is_done;
