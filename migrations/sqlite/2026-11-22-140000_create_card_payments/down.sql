DROP TABLE provider_events;
DROP TABLE payment_sessions;
DROP INDEX payments_open;
ALTER TABLE payments DROP COLUMN next_look_at;
