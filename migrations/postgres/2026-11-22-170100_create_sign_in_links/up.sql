-- Who has asked to be sent a link to sign in by; whether there is such an account is looked up when the
-- letter is written, so that asking is the same work for every address. The link's secret is not here.
CREATE TABLE sign_in_links (
    id         BYTEA     NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    email      TEXT      NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    used_at    TIMESTAMP
);
CREATE INDEX sign_in_links_by_email ON sign_in_links (email);
CREATE INDEX sign_in_links_by_end ON sign_in_links (expires_at);
