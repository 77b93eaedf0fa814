-- What is known about the money for a booking. A booking that nothing is known of has no row: what it
-- costs and how it is to be paid is its own. `status` is what follows from `facts`, for looking rows up.
CREATE TABLE payments (
    booking_id BYTEA     NOT NULL PRIMARY KEY CHECK (length(booking_id) = 16),
    version    BIGINT    NOT NULL CHECK (version > 0),
    status     TEXT      NOT NULL,
    facts      TEXT      NOT NULL, -- JSON
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX payments_by_status ON payments (status);
