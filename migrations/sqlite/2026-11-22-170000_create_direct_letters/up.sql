-- Letters that no event of a ledger asks for: about money, and with links to sign in by. The key is what
-- makes a second one impossible: of a kind, there is one about each topic.
CREATE TABLE direct_letters (
    kind            TEXT      NOT NULL,
    topic           TEXT      NOT NULL, -- an attempt, a refund, a link
    booking_id      BLOB      CHECK (length(booking_id) = 16),
    detail          TEXT, -- an amount, as it is told
    at              TIMESTAMP NOT NULL,
    not_after       TIMESTAMP NOT NULL,
    state           TEXT      NOT NULL,
    attempts        INTEGER   NOT NULL,
    next_attempt_at TIMESTAMP NOT NULL,
    last_error      TEXT,
    done_at         TIMESTAMP,
    PRIMARY KEY (kind, topic)
) WITHOUT ROWID;
CREATE INDEX direct_letters_open ON direct_letters (next_attempt_at)
    WHERE state IN ('planned', 'leased', 'sending', 'retry');
