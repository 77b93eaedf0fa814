DROP TABLE outbox;
DROP TABLE claims;
DROP TABLE idempotency;
DROP TABLE events;
DROP TABLE bookings;
DROP TABLE overrides;
DROP TABLE ledgers;
