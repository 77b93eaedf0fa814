-- Work that comes back by the clock. What is due is counted from `decided_until`, the last time that
-- was decided or the moment at which the schedule was set.
CREATE TABLE cron_jobs (
    name          TEXT      NOT NULL PRIMARY KEY,
    schedule      TEXT      NOT NULL,
    zone          TEXT      NOT NULL,
    is_active     BOOLEAN   NOT NULL,
    is_edited     BOOLEAN   NOT NULL, -- by somebody: the settings no longer say when
    decided_until TIMESTAMP NOT NULL,
    rev           BIGINT    NOT NULL CHECK (rev > 0)
) WITHOUT ROWID;

-- What became of each time of each job. The key is what makes a second decision impossible.
CREATE TABLE cron_runs (
    job           TEXT      NOT NULL,
    scheduled_for TIMESTAMP NOT NULL,
    decision      TEXT      NOT NULL,
    is_manual     BOOLEAN   NOT NULL,
    term          BIGINT    NOT NULL, -- of whoever decided; 0 where somebody asked by hand
    state         TEXT      NOT NULL,
    tries         INTEGER   NOT NULL,
    holder        BLOB, -- whose run it is, while it runs
    next_look_at  TIMESTAMP NOT NULL,
    started_at    TIMESTAMP,
    finished_at   TIMESTAMP,
    detail        TEXT,
    PRIMARY KEY (job, scheduled_for)
) WITHOUT ROWID;
-- A job never runs twice at once, whoever decides.
CREATE UNIQUE INDEX cron_runs_open ON cron_runs (job) WHERE state IN ('planned', 'running', 'retry');

-- Who leads. Nothing is safe because of it: it spares the others work.
CREATE TABLE leases (
    name       TEXT      NOT NULL PRIMARY KEY,
    holder     BLOB        NOT NULL,
    term       BIGINT    NOT NULL CHECK (term > 0),
    expires_at TIMESTAMP NOT NULL
) WITHOUT ROWID;

-- Up to when old rows were removed, of each kind: whoever checks what is stored misses none of them.
CREATE TABLE purges (
    what         TEXT      NOT NULL PRIMARY KEY,
    purged_until TIMESTAMP NOT NULL
) WITHOUT ROWID;
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX reminders_done ON reminders (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
