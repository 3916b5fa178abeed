-- What other systems are asked to do: written with the step that wants it, before anybody is asked.
CREATE TABLE errand (
    errand_key      TEXT PRIMARY KEY,
    system          TEXT NOT NULL CHECK (system IN ('firefly', 'cacti')),
    position        BIGINT GENERATED ALWAYS AS IDENTITY,
    body            TEXT NOT NULL,
    expires_at      TIMESTAMPTZ NOT NULL,
    -- How far it has come, as its adapter's own JSON, compared as text when it changes.
    stage           TEXT NOT NULL,
    settled         BOOLEAN NOT NULL DEFAULT FALSE,
    inserted_at     TIMESTAMPTZ NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX errand_open ON errand (system, position) WHERE NOT settled;
