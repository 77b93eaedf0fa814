-- Calendars that programs subscribe to, one for each team or member that has one. The secret in the
-- address is here as SHA-256 only.
CREATE TABLE calendar_feeds (
    owner_kind TEXT      NOT NULL CHECK (owner_kind IN ('team', 'member')),
    owner_id   BLOB      NOT NULL CHECK (length(owner_id) = 16),
    token_hash BLOB      NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (owner_kind, owner_id)
) WITHOUT ROWID;
