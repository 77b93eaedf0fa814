-- `no` is what a member's claims on time are filed under; given once, never reused.
CREATE TABLE members (
    no        INTEGER NOT NULL PRIMARY KEY CHECK (no > 0),
    id        BYTEA   NOT NULL UNIQUE CHECK (length(id) = 16),
    name      TEXT    NOT NULL,
    skills    TEXT    NOT NULL, -- JSON: array of texts
    photo_url TEXT,
    is_active BOOLEAN NOT NULL,
    rev       BIGINT  NOT NULL CHECK (rev > 0)
);

CREATE TABLE team_members (
    team_no   INTEGER NOT NULL REFERENCES teams (no),
    member_no INTEGER NOT NULL REFERENCES members (no) ON DELETE CASCADE,
    PRIMARY KEY (team_no, member_no)
);

-- A member of a service cannot be deleted: the service would change without its revision moving.
CREATE TABLE service_members (
    service_id BYTEA   NOT NULL REFERENCES services (id) ON DELETE CASCADE,
    member_no  INTEGER NOT NULL REFERENCES members (no),
    PRIMARY KEY (service_id, member_no)
);

-- Hours of a team, or of a member in a team. Minutes after local midnight; `to_minute` may be 1440.
CREATE TABLE weekly_hours (
    id          BIGINT   NOT NULL PRIMARY KEY,
    team_no     INTEGER  NOT NULL REFERENCES teams (no) ON DELETE CASCADE,
    member_no   INTEGER REFERENCES members (no) ON DELETE CASCADE,
    weekday     SMALLINT NOT NULL CHECK (weekday BETWEEN 1 AND 7), -- ISO: 1 is Monday
    from_minute INTEGER  NOT NULL CHECK (from_minute >= 0),
    to_minute   INTEGER  NOT NULL CHECK (to_minute BETWEEN 1 AND 1440),
    CHECK (from_minute < to_minute)
);

-- Other hours on one date. `member_no` 0 is the team itself, so that the key has no NULL in it.
CREATE TABLE date_exceptions (
    team_no   INTEGER NOT NULL REFERENCES teams (no) ON DELETE CASCADE,
    member_no INTEGER NOT NULL,
    day       DATE    NOT NULL,
    note      TEXT    NOT NULL,
    open      TEXT    NOT NULL, -- JSON: array of [from_minute, to_minute]; empty when closed
    PRIMARY KEY (team_no, member_no, day)
);

CREATE TABLE time_off (
    id        BYTEA     NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    member_no INTEGER   NOT NULL REFERENCES members (no) ON DELETE CASCADE,
    starts_at TIMESTAMP NOT NULL, -- UTC, here and everywhere
    ends_at   TIMESTAMP NOT NULL,
    note      TEXT      NOT NULL,
    CHECK (starts_at < ends_at)
);

CREATE TABLE users (
    id            BYTEA     NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    email         TEXT      NOT NULL UNIQUE CHECK (email = lower(email)),
    name          TEXT      NOT NULL,
    role          TEXT      NOT NULL CHECK (role IN ('client', 'member', 'dispatcher', 'admin')),
    member_no     INTEGER REFERENCES members (no),
    password_hash TEXT, -- Argon2id, PHC string
    phone         TEXT,
    is_disabled   BOOLEAN   NOT NULL,
    rev           BIGINT    NOT NULL CHECK (rev > 0),
    created_at    TIMESTAMP NOT NULL
);

-- Only the hash of a cookie is kept: reading this table signs nobody in.
CREATE TABLE sessions (
    token_hash   BYTEA     NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    user_id      BYTEA     NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at   TIMESTAMP NOT NULL,
    last_seen_at TIMESTAMP NOT NULL,
    expires_at   TIMESTAMP NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
