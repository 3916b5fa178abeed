-- Decisions, answers on their way to the chain, their transactions, and the states that survive a restart.
-- Amounts are NUMERIC(78,0), round ids NUMERIC(39,0) (a proxy's ids need 80 bits), hashes BYTEA, times TIMESTAMPTZ.

-- Each version of a feed's policy, once. Decisions name it by digest.
CREATE TABLE policy (
    digest          BYTEA PRIMARY KEY CHECK (octet_length(digest) = 32),
    record          TEXT NOT NULL,
    first_used_at   TIMESTAMPTZ NOT NULL
);

-- Every decision, hold included. Append-only; `digest` chains the records of a feed.
CREATE TABLE decision (
    decision_id     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed_id         TEXT NOT NULL,
    sequence        BIGINT NOT NULL CHECK (sequence > 0),
    decided_at      TIMESTAMPTZ NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('publish', 'hold', 'refuse')),
    reason          TEXT NOT NULL,
    record          TEXT NOT NULL,
    policy_digest   BYTEA NOT NULL REFERENCES policy (digest),
    digest          BYTEA NOT NULL CHECK (octet_length(digest) = 32),
    trace_id        TEXT,
    UNIQUE (feed_id, sequence)
);
CREATE INDEX decision_by_time ON decision (decided_at);

-- The last link of each feed's chain of decisions, kept apart so that a cut at the end shows.
CREATE TABLE decision_head (
    feed_id         TEXT PRIMARY KEY,
    sequence        BIGINT NOT NULL CHECK (sequence > 0),
    digest          BYTEA NOT NULL CHECK (octet_length(digest) = 32)
);

-- What shall happen on chain: written with the decision, before anything is signed.
CREATE TABLE intent (
    intent_key      TEXT PRIMARY KEY,
    position        BIGINT GENERATED ALWAYS AS IDENTITY,
    contract        BYTEA NOT NULL CHECK (octet_length(contract) = 20),
    value           NUMERIC(78, 0) NOT NULL,
    data            BYTEA NOT NULL,
    expect          TEXT NOT NULL,
    on_nonce_taken  TEXT NOT NULL,
    expires_at      TIMESTAMPTZ,
    traceparent     TEXT,
    -- The sender's stage as its own JSON, compared as text when it changes.
    stage           TEXT NOT NULL,
    settled         BOOLEAN NOT NULL DEFAULT FALSE,
    inserted_at     TIMESTAMPTZ NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX intent_open ON intent (position) WHERE NOT settled;

-- Every signed version of an intent, written before it is broadcast.
CREATE TABLE attempt (
    intent_key      TEXT NOT NULL REFERENCES intent (intent_key) ON DELETE CASCADE,
    ordinal         INTEGER NOT NULL CHECK (ordinal > 0),
    nonce           NUMERIC(20, 0) NOT NULL,
    gas_limit       NUMERIC(20, 0) NOT NULL,
    fees            TEXT NOT NULL,
    raw             BYTEA NOT NULL,
    hash            BYTEA NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    signed_at       TIMESTAMPTZ NOT NULL,
    sent_at         TIMESTAMPTZ,
    PRIMARY KEY (intent_key, ordinal)
);

-- One answer on its way to the chain, and what became of it.
CREATE TABLE publication (
    intent_key      TEXT PRIMARY KEY REFERENCES intent (intent_key),
    feed_id         TEXT NOT NULL,
    decision_id     BIGINT NOT NULL UNIQUE REFERENCES decision (decision_id),
    based_on_round  NUMERIC(39, 0) NOT NULL,
    answer          NUMERIC(78, 0) NOT NULL,
    reason          TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('pending', 'confirmed', 'reverted', 'failed')),
    round_id        NUMERIC(39, 0),
    tx_hash         BYTEA,
    block_number    BIGINT,
    decided_at      TIMESTAMPTZ NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL,
    trace_id        TEXT
);

-- The fence on answers: of one feed, one is on its way at a time, and a round once answered is not answered again.
-- Two replicas that both believe to lead collide here, and not on the chain.
CREATE UNIQUE INDEX publication_one_pending_per_feed ON publication (feed_id) WHERE state = 'pending';
CREATE UNIQUE INDEX publication_one_answer_per_round ON publication (feed_id, based_on_round)
    WHERE state IN ('pending', 'confirmed');
CREATE INDEX publication_newest_first ON publication (decided_at DESC, intent_key DESC);
CREATE INDEX publication_by_round ON publication (feed_id, round_id);

-- The life cycle of a source, as JSON, so that a restart forgives nothing.
CREATE TABLE source_state (
    feed_id         TEXT NOT NULL,
    source_id       TEXT NOT NULL,
    state           TEXT NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (feed_id, source_id)
);

-- The circuit breaker of a feed.
CREATE TABLE breaker_state (
    feed_id         TEXT PRIMARY KEY,
    state           TEXT NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL
);

-- What operators are told: transitions, rounds, orders. Append-only.
CREATE TABLE event (
    sequence        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              TIMESTAMPTZ NOT NULL,
    kind            TEXT NOT NULL,
    subject         TEXT NOT NULL,
    summary         TEXT NOT NULL,
    detail          JSONB NOT NULL,
    trace_id        TEXT
);
