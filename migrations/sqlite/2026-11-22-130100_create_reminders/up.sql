-- By which clients are reminded. Either minutes before the visit, or days before it at a minute of
-- the day.
CREATE TABLE reminder_rules (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    service_id    BLOB, -- only for this service
    lead_minutes  INTEGER CHECK (lead_minutes > 0),
    lead_days     INTEGER CHECK (lead_days > 0),
    at_minute     INTEGER CHECK (at_minute BETWEEN 0 AND 1439),
    quiet_from    INTEGER CHECK (quiet_from BETWEEN 0 AND 1439),
    quiet_to      INTEGER CHECK (quiet_to BETWEEN 0 AND 1439),
    is_active     BOOLEAN NOT NULL,
    rev           BIGINT  NOT NULL CHECK (rev > 0),
    CHECK ((lead_minutes IS NULL) <> (lead_days IS NULL)),
    CHECK ((lead_days IS NULL) = (at_minute IS NULL)),
    CHECK ((quiet_from IS NULL) = (quiet_to IS NULL))
) WITHOUT ROWID;

-- One for each rule and revision of a booking: the key is what makes a second one impossible.
CREATE TABLE reminders (
    booking_no      BIGINT    NOT NULL,
    rev             INTEGER   NOT NULL,
    rule_id         BLOB      NOT NULL,
    due_at          TIMESTAMP NOT NULL,
    not_after       TIMESTAMP NOT NULL,
    state           TEXT      NOT NULL,
    attempts        INTEGER   NOT NULL,
    next_attempt_at TIMESTAMP NOT NULL,
    last_error      TEXT,
    done_at         TIMESTAMP,
    PRIMARY KEY (booking_no, rev, rule_id)
) WITHOUT ROWID;
CREATE INDEX reminders_open ON reminders (next_attempt_at)
    WHERE state IN ('planned', 'leased', 'sending', 'retry');

-- Until somebody says otherwise, everybody is reminded a day before.
INSERT INTO reminder_rules (id, lead_minutes, is_active, rev)
VALUES (x'019ab6c0000070008000000000000001', 1440, TRUE, 1);
