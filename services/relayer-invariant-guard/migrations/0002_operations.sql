-- What relayers say that they did: for figures only, no verdict rests on it. A known id is taken once.
CREATE TABLE operation (
    operation_id    UUID PRIMARY KEY,
    holder          TEXT NOT NULL,
    kind            TEXT NOT NULL,
    outcome         TEXT NOT NULL,
    ended_at        TIMESTAMPTZ NOT NULL,
    duration_us     BIGINT CHECK (duration_us >= 0),
    things          BIGINT NOT NULL CHECK (things > 0),
    epoch           BIGINT NOT NULL CHECK (epoch >= 0),
    sequence        BIGINT NOT NULL CHECK (sequence >= 0)
);
CREATE INDEX operation_by_time ON operation (ended_at DESC);
