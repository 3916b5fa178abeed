-- The journal of the account that pauses contracts: see libs/journal.

-- What shall happen on chain: written before anything is signed.
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
