-- What was learned of payments and other systems were not told of yet: written with what was learned,
-- gone once deliveries are planned. `version` is that of what is known of the payment.
CREATE TABLE payment_news (
    booking_no BIGINT    NOT NULL,
    version    BIGINT    NOT NULL CHECK (version > 0),
    kind       TEXT      NOT NULL,
    at         TIMESTAMP NOT NULL,
    PRIMARY KEY (booking_no, version, kind)
) WITHOUT ROWID;
