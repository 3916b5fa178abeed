-- The beginning of the day that a message is for: nothing of the request is done before. NULL where it names none, and for those
-- that were taken before this.
ALTER TABLE request ADD COLUMN not_before TIMESTAMPTZ;
