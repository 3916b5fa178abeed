-- A turn of the indexer in which no deposit was new covers nothing.
ALTER TABLE operation DROP CONSTRAINT operation_things_check;
ALTER TABLE operation ADD CONSTRAINT operation_things_check CHECK (things >= 0);
