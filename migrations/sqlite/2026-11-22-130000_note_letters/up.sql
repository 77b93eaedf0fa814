-- Letters that were not taken, and when the others were. What is open is found by time.
ALTER TABLE outbox ADD COLUMN last_error TEXT;
ALTER TABLE outbox ADD COLUMN done_at TIMESTAMP;
CREATE INDEX outbox_open ON outbox (next_attempt_at)
    WHERE state IN ('planned', 'leased', 'sending', 'retry');
