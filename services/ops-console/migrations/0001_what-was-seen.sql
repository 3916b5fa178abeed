-- What the console saw of the services. It is nobody's truth but its own: each service keeps its own record.

-- Times in which a service was the same. The newest span of a service grows while nothing changes; a gap is a time in which
-- nobody looked.
CREATE TABLE span (
    span            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    service         TEXT NOT NULL,
    condition       TEXT NOT NULL CHECK (condition IN ('ok', 'unknown', 'degraded', 'down')),
    -- Why, in the words of the look that began it.
    reason          TEXT NOT NULL,
    began_at        TIMESTAMPTZ NOT NULL,
    seen_until      TIMESTAMPTZ NOT NULL CHECK (seen_until >= began_at)
);
CREATE INDEX span_newest ON span (service, span DESC);
CREATE INDEX span_until ON span (seen_until);

-- A version or a configuration of a replica that was not seen there before.
CREATE TABLE deployment (
    deployment      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    service         TEXT NOT NULL,
    version         TEXT NOT NULL,
    config_hash     TEXT NOT NULL,
    first_seen_at   TIMESTAMPTZ NOT NULL,
    UNIQUE (service, version, config_hash)
);

-- What the services told, as they told it: a row and the place up to which was read are one thing.
CREATE TABLE event (
    service         TEXT NOT NULL,
    -- The service's own number.
    sequence        NUMERIC(20, 0) NOT NULL,
    at              TIMESTAMPTZ NOT NULL,
    kind            TEXT NOT NULL,
    subject         TEXT NOT NULL,
    summary         TEXT NOT NULL,
    -- 32 hexadecimal digits; empty when the event has no trace.
    trace_id        TEXT NOT NULL,
    PRIMARY KEY (service, sequence)
);
CREATE INDEX event_at ON event (at);
