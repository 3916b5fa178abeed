-- What a transaction has caused outside of the database: written with it, delivered after it.
CREATE TABLE causeway_outbox (
    id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic           TEXT NOT NULL,
    -- The idempotency key that the receiver sees on every attempt.
    key             TEXT NOT NULL,
    payload         JSONB NOT NULL,
    -- W3C trace context of the transaction's trace.
    traceparent     TEXT,
    state           TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
    -- Claims so far. It is also the claim's fence: only the newest claimant may settle the row.
    attempts        INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- Not before this time; a claim moves it behind the delivery's own deadline.
    due_at          TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    last_error      TEXT CHECK (octet_length(last_error) <= 2000),
    enqueued_at     TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    settled_at      TIMESTAMPTZ,
    UNIQUE (topic, key)
);

CREATE INDEX causeway_outbox_due ON causeway_outbox (topic, due_at, id) WHERE state = 'pending';
CREATE INDEX causeway_outbox_dead ON causeway_outbox (id) WHERE state = 'dead';
CREATE INDEX causeway_outbox_settled ON causeway_outbox (settled_at) WHERE state = 'delivered';
