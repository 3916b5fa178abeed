-- Files that hold what was taken out of a table: who looks for a row that is not there any more finds here where it is.
CREATE TABLE causeway_archive (
    archive         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    relation        TEXT NOT NULL,
    lines           BIGINT NOT NULL CHECK (lines > 0),
    -- All of them were older than this.
    older_than      TIMESTAMPTZ NOT NULL,
    file            TEXT NOT NULL UNIQUE,
    -- Of the file as it lies there, compressed.
    sha256          BYTEA NOT NULL CHECK (octet_length(sha256) = 32),
    archived_at     TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);

-- There from the first archive on: then a service removes nothing old itself any more, since it might be in no file.
CREATE TABLE causeway_archiving (
    singleton       BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (singleton),
    since           TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);

-- The next four work on any table of the database, with the rights of whoever calls them. Conditions and orders stand in the
-- program and never come from outside; in a condition `old` is the row and `$1` the time.

CREATE FUNCTION causeway_count_old(relation REGCLASS, condition TEXT, older_than TIMESTAMPTZ)
RETURNS BIGINT LANGUAGE plpgsql STABLE AS $$
DECLARE
    found_rows BIGINT;
BEGIN
    EXECUTE format('SELECT count(*) FROM %s AS old WHERE %s', relation, condition) INTO found_rows USING older_than;
    RETURN found_rows;
END
$$;

-- Rows whole, with where they lie. They are locked: nobody changes or removes them before the transaction ends.
CREATE FUNCTION causeway_old_rows(
    relation REGCLASS, condition TEXT, turn TEXT, older_than TIMESTAMPTZ, most BIGINT
) RETURNS TABLE (place TEXT, line TEXT) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT old.ctid::TEXT, to_jsonb(old)::TEXT FROM %s AS old WHERE %s ORDER BY %s LIMIT %s FOR UPDATE OF old',
        relation, condition, turn, most) USING older_than;
END
$$;

CREATE FUNCTION causeway_remove_rows(relation REGCLASS, places TEXT[])
RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    removed BIGINT;
BEGIN
    EXECUTE format('DELETE FROM %s WHERE ctid = ANY ($1::TID[])', relation) USING places;
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$$;

-- Puts rows back as they were, their numbers too. One that is there already stays as it is.
CREATE FUNCTION causeway_restore_rows(relation REGCLASS, lines TEXT[])
RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    restored BIGINT;
BEGIN
    EXECUTE format(
        'INSERT INTO %s OVERRIDING SYSTEM VALUE
         SELECT given.* FROM unnest($1) AS line, LATERAL jsonb_populate_record(NULL::%s, line::JSONB) AS given
         ON CONFLICT DO NOTHING', relation, relation) USING lines;
    GET DIAGNOSTICS restored = ROW_COUNT;
    RETURN restored;
END
$$;
