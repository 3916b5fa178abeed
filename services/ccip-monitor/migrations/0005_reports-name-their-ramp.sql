-- Numbers count within a ramp, and a lane may have a retired one: a report moves the messages of the ramp that it names.
-- NULL where the version does not say it, as in rows from before: then of every ramp of the lane.
ALTER TABLE report ADD COLUMN on_ramp BYTEA CHECK (octet_length(on_ramp) = 20);
