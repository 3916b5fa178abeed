-- What a part of a program remembers across restarts, as one document that is replaced as a whole.
CREATE TABLE causeway_snapshot (
    name            TEXT PRIMARY KEY,
    -- Grows by one with every write: a reader that saw the same number saw the same document.
    version         BIGINT NOT NULL CHECK (version > 0),
    document        JSONB NOT NULL,
    saved_at        TIMESTAMPTZ NOT NULL
);

-- The oldest message of a topic that is delivered in turn.
CREATE INDEX causeway_outbox_turn ON causeway_outbox (topic, id) WHERE state = 'pending';
