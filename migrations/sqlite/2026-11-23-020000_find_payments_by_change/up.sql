-- Every second each process asks of which payments another one has learned something, for whoever
-- follows them. No booking writes here: a row is made when money is spoken of.
CREATE INDEX payments_by_change ON payments (updated_at);
