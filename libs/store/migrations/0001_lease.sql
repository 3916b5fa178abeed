-- Who leads. A row is never deleted: its epoch only grows, and that is what fences a stale leader off.
CREATE TABLE causeway_lease (
    name            TEXT PRIMARY KEY,
    epoch           BIGINT NOT NULL CHECK (epoch > 0),
    holder          TEXT NOT NULL,
    acquired_at     TIMESTAMPTZ NOT NULL,
    -- By the database's clock, which all holders share.
    expires_at      TIMESTAMPTZ NOT NULL
);

-- Makes the epoch a key column. A change of epoch then waits for the FOR KEY SHARE locks of open write
-- transactions, while a renewal, which changes no key, does not.
CREATE UNIQUE INDEX causeway_lease_epoch_is_a_key ON causeway_lease (name, epoch);
