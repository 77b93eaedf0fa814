-- Facts about the database itself. `daybook migrate` writes `epoch` and `claim_quantum_minutes` once.
CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- Numbers that are given out once and never again. `next` is the one to be given next.
CREATE TABLE counters (
    name TEXT   NOT NULL PRIMARY KEY,
    next BIGINT NOT NULL CHECK (next > 0)
) WITHOUT ROWID;
INSERT INTO counters (name, next)
VALUES ('booking', 1), ('team', 1), ('resource', 1), ('catalog', 1), ('audit', 1);

-- `no` is the high part of the team's ledger numbers; given once, never reused.
CREATE TABLE teams (
    no                INTEGER NOT NULL PRIMARY KEY CHECK (no > 0),
    id                BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    name              TEXT    NOT NULL,
    zone              TEXT    NOT NULL, -- a name of the IANA tz database
    default_limit     INTEGER NOT NULL CHECK (default_limit >= 0),
    emergency_reserve INTEGER NOT NULL CHECK (emergency_reserve >= 0),
    is_published      BOOLEAN NOT NULL,
    rev               BIGINT  NOT NULL CHECK (rev > 0)
);

CREATE TABLE services (
    id                        BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    slug                      TEXT    NOT NULL UNIQUE,
    name                      TEXT    NOT NULL,
    description               TEXT    NOT NULL,
    duration_minutes          INTEGER NOT NULL CHECK (duration_minutes > 0),
    buffer_before_minutes     INTEGER NOT NULL CHECK (buffer_before_minutes >= 0),
    buffer_after_minutes      INTEGER NOT NULL CHECK (buffer_after_minutes >= 0),
    units                     INTEGER NOT NULL CHECK (units > 0),
    slot_interval_minutes     INTEGER NOT NULL CHECK (slot_interval_minutes > 0),
    notice_minutes_min        INTEGER NOT NULL CHECK (notice_minutes_min >= 0),
    horizon_days_max          INTEGER NOT NULL CHECK (horizon_days_max >= 0),
    price_amount              BIGINT  NOT NULL CHECK (price_amount >= 0), -- minor units
    price_currency            TEXT    NOT NULL CHECK (length(price_currency) = 3),
    daily_units_max           INTEGER CHECK (daily_units_max >= 0),
    bookable_by               TEXT    NOT NULL CHECK (bookable_by IN ('public', 'clients', 'staff')),
    is_emergency_eligible     BOOLEAN NOT NULL,
    is_recurrence_allowed     BOOLEAN NOT NULL,
    is_approval_required      BOOLEAN NOT NULL,
    change_notice_minutes_min INTEGER NOT NULL CHECK (change_notice_minutes_min >= 0),
    free_cancel_minutes_min   INTEGER NOT NULL CHECK (free_cancel_minutes_min >= 0),
    cancel_fee_amount         BIGINT  NOT NULL CHECK (cancel_fee_amount >= 0), -- minor units
    needs                     TEXT    NOT NULL, -- JSON: array of kinds of resources
    is_active                 BOOLEAN NOT NULL,
    rev                       BIGINT  NOT NULL CHECK (rev > 0)
);

-- A team that is offered cannot be deleted: the service would change without its revision moving.
CREATE TABLE service_teams (
    service_id BLOB    NOT NULL REFERENCES services (id) ON DELETE CASCADE,
    team_no    INTEGER NOT NULL REFERENCES teams (no),
    PRIMARY KEY (service_id, team_no)
) WITHOUT ROWID;
