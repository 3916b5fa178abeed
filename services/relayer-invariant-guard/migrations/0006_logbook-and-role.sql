-- Log lines that somebody must look at, kept for 90 days (GRD-12).
CREATE TABLE logbook (
    entry       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          TIMESTAMPTZ NOT NULL,
    level       TEXT NOT NULL CHECK (level IN ('critical', 'error')),
    instance    TEXT NOT NULL,
    target      TEXT NOT NULL,
    message     TEXT NOT NULL,
    fields      JSONB NOT NULL
);
CREATE INDEX logbook_by_time ON logbook (at);

-- What the running service may do: everything with what changes, and nothing but adding to what are facts. The facts are
-- the tables with the trigger, so that a table that gets one later is meant as well. Call it after migrating, as the owner:
-- SELECT guard_grant('guard');
CREATE FUNCTION guard_grant(grantee TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    fact REGCLASS;
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), grantee);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %I', current_schema(), grantee);
    FOR fact IN
        SELECT DISTINCT tgrelid::REGCLASS FROM pg_trigger WHERE tgfoid = 'guard_refuse_change'::REGPROC
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %I', fact, grantee);
    END LOOP;
END
$$;
