-- Times in which something is worked on, and who was told of them when.

CREATE TABLE maintenance_window (
    -- That of the change that opened it.
    window_id   UUID PRIMARY KEY,
    from_at     TIMESTAMPTZ NOT NULL,
    until_at    TIMESTAMPTZ NOT NULL CHECK (until_at > from_at),
    -- None: all.
    services    TEXT[] NOT NULL,
    alerts      TEXT[] NOT NULL,
    reason      TEXT NOT NULL,
    closed_at   TIMESTAMPTZ
);
CREATE INDEX maintenance_window_until ON maintenance_window (until_at);

-- Each once: the second is refused by the key.
CREATE TABLE maintenance_notice (
    window_id   UUID NOT NULL REFERENCES maintenance_window (window_id),
    notice      TEXT NOT NULL CHECK (notice IN ('T-7 d', 'T-3 d', 'T-1 d', 'T-1 h')),
    told_at     TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (window_id, notice)
);
CREATE TRIGGER maintenance_notice_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON maintenance_notice
    FOR EACH STATEMENT EXECUTE FUNCTION console_refuse_change();
