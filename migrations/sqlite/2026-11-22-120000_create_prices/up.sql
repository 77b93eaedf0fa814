-- Rules that add to prices, promos that take off, and rates that tell them in other currencies.

CREATE TABLE surcharges (
    id        BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name      TEXT    NOT NULL,
    kind      TEXT    NOT NULL
        CHECK (kind IN ('weekend', 'peak-hours', 'holiday', 'emergency', 'lead-time')),
    rule      TEXT    NOT NULL, -- JSON: when it applies, to what, and how much it adds
    position  INTEGER NOT NULL,
    stacking  TEXT    NOT NULL CHECK (stacking IN ('additive', 'exclusive')),
    is_active BOOLEAN NOT NULL,
    rev       BIGINT  NOT NULL CHECK (rev > 0)
) WITHOUT ROWID;

-- To a multiple of how many minor units prices are rounded, where that is not one.
CREATE TABLE price_steps (
    currency TEXT    NOT NULL PRIMARY KEY CHECK (length(currency) = 3),
    step     INTEGER NOT NULL CHECK (step > 0)
) WITHOUT ROWID;

-- `used_count` is moved in the commit that uses a promo or gives it back; the row is what two commits
-- that want the same promo wait for.
CREATE TABLE promos (
    id                    BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    code                  TEXT    NOT NULL UNIQUE CHECK (code = upper(code)),
    name                  TEXT    NOT NULL,
    rule                  TEXT    NOT NULL, -- JSON: what it takes off, from what, and when
    is_first_booking_only BOOLEAN NOT NULL,
    limit_total           INTEGER CHECK (limit_total >= 0),
    limit_per_client      INTEGER CHECK (limit_per_client >= 0),
    is_stackable          BOOLEAN NOT NULL,
    position              INTEGER NOT NULL,
    state                 TEXT    NOT NULL CHECK (state IN ('active', 'ended')),
    used_count            INTEGER NOT NULL DEFAULT 0 CHECK (used_count >= 0),
    rev                   BIGINT  NOT NULL CHECK (rev > 0),
    CHECK (limit_total IS NULL OR used_count <= limit_total)
) WITHOUT ROWID;

-- Which booking uses which promo. No foreign keys: `daybook verify` looks for orphans.
CREATE TABLE redemptions (
    booking_id  BLOB      NOT NULL,
    promo_id    BLOB      NOT NULL,
    client      BLOB      NOT NULL CHECK (length(client) = 16),
    redeemed_at TIMESTAMP NOT NULL,
    released_at TIMESTAMP, -- when the booking ended before it took place
    PRIMARY KEY (booking_id, promo_id)
) WITHOUT ROWID;
CREATE INDEX redemptions_by_promo ON redemptions (promo_id, client);

-- What one euro was in other currencies on a day, as one source says.
CREATE TABLE exchange_rates (
    id         BLOB      NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    day        DATE      NOT NULL CHECK (day IS date(day)),
    source     TEXT      NOT NULL,
    rates      TEXT      NOT NULL, -- JSON: object of decimal numbers by currency
    created_at TIMESTAMP NOT NULL,
    rev        BIGINT    NOT NULL CHECK (rev > 0),
    UNIQUE (day, source)
) WITHOUT ROWID;

-- JSON: what `price_amount` is worked out of; NULL for the same amount for every visit.
ALTER TABLE services ADD COLUMN price_base TEXT;
-- In hundredths of a percent; NULL where nothing is said about tax.
ALTER TABLE services ADD COLUMN tax_rate INTEGER CHECK (tax_rate >= 0);
ALTER TABLE services ADD COLUMN tax_mode TEXT CHECK (tax_mode IN ('inclusive', 'exclusive'));
-- JSON: the lines that come to the price, and the promos that are used.
ALTER TABLE bookings ADD COLUMN price_terms TEXT;
-- Whether somebody has booked before, which some promos ask.
CREATE INDEX bookings_by_email ON bookings (lower(client_email));
