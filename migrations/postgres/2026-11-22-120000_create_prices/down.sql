ALTER TABLE bookings DROP COLUMN price_terms;
ALTER TABLE services DROP COLUMN tax_mode;
ALTER TABLE services DROP COLUMN tax_rate;
ALTER TABLE services DROP COLUMN price_base;
DROP TABLE exchange_rates;
DROP TABLE redemptions;
DROP TABLE promos;
DROP TABLE price_steps;
DROP TABLE surcharges;
