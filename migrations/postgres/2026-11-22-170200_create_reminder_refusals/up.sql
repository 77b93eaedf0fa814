-- Addresses that want no reminders, as SHA-256 of what is written in lower case: it is enough to ask
-- whether one is among them, and nobody's address is kept for having said no.
CREATE TABLE reminder_refusals (
    address_hash BYTEA     NOT NULL PRIMARY KEY CHECK (octet_length(address_hash) = 32),
    at           TIMESTAMP NOT NULL
);
