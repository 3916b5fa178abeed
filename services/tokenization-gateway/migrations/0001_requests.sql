-- Messages, requests, the way of each of them, the books, and the record of all of it.
-- Ids are UUID, amounts NUMERIC(78,0) in the token's smallest unit, hashes and addresses BYTEA, times TIMESTAMPTZ.

-- Rows of these tables are facts: never changed, never removed.
CREATE FUNCTION gateway_refuse_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

-- What was handed in, to the byte.
CREATE TABLE message (
    message_id      UUID PRIMARY KEY,
    message_type    TEXT NOT NULL,
    digest          BYTEA NOT NULL CHECK (octet_length(digest) = 32),
    sender          TEXT NOT NULL,
    reference       TEXT NOT NULL,
    file_name       TEXT NOT NULL,
    content         BYTEA NOT NULL,
    received_at     TIMESTAMPTZ NOT NULL
);
CREATE INDEX message_by_digest ON message (digest);
CREATE TRIGGER message_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON message
    FOR EACH STATEMENT EXECUTE FUNCTION gateway_refuse_change();

CREATE TABLE request (
    request_id      UUID PRIMARY KEY,
    -- state, reason and attempt are the saga's place: changed together, and only from the place that the writer saw.
    state           TEXT NOT NULL,
    reason          TEXT NOT NULL,
    attempt         INTEGER NOT NULL CHECK (attempt >= 0),
    asset_id        TEXT NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('mint', 'transfer', 'redeem', 'bridge')),
    units           NUMERIC(78, 0) NOT NULL CHECK (units >= 0),
    amount          TEXT NOT NULL,
    holder_from     BYTEA CHECK (octet_length(holder_from) = 20),
    holder_to       BYTEA CHECK (octet_length(holder_to) = 20),
    destination     NUMERIC(20, 0),
    -- What the token contract remembers: no two requests ever share it.
    reference       BYTEA NOT NULL CHECK (octet_length(reference) = 32),
    basis           TEXT NOT NULL CHECK (basis IN ('instructed', 'confirmed')),
    maker           TEXT NOT NULL,
    message_id      UUID REFERENCES message (message_id),
    position        INTEGER CHECK (position > 0),
    role            TEXT,
    sender          TEXT,
    sender_reference TEXT,
    end_to_end      TEXT,
    uetr            TEXT,
    -- When the runner looks at it next; NULL when it is over.
    due_at          TIMESTAMPTZ,
    created_at      TIMESTAMPTZ NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL,
    CONSTRAINT request_reference_once UNIQUE (reference),
    UNIQUE (request_id, maker)
);
CREATE INDEX request_due ON request (due_at, request_id) WHERE due_at IS NOT NULL;
CREATE INDEX request_authorised ON request (asset_id) WHERE state IN ('approved', 'guarded');
CREATE INDEX request_newest_first ON request (created_at DESC, request_id DESC);
CREATE INDEX request_by_uetr ON request (uetr) WHERE uetr IS NOT NULL;
CREATE INDEX request_by_message ON request (message_id, position) WHERE message_id IS NOT NULL;

-- Every name of a request. What names one event by definition is there once; a sender's own reference may not be.
CREATE TABLE business_key (
    scheme          TEXT NOT NULL CHECK (scheme IN ('uetr', 'caller', 'reference', 'content')),
    digest          BYTEA NOT NULL CHECK (octet_length(digest) = 32),
    request_id      UUID NOT NULL REFERENCES request (request_id),
    content         BYTEA NOT NULL CHECK (octet_length(content) = 32),
    PRIMARY KEY (scheme, digest, request_id)
);
CREATE UNIQUE INDEX business_key_names_one ON business_key (scheme, digest) WHERE scheme <> 'reference';

-- The way of a request, and what followers read by number.
CREATE TABLE step (
    sequence        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id      UUID NOT NULL REFERENCES request (request_id),
    step            INTEGER NOT NULL CHECK (step > 0),
    event           TEXT NOT NULL,
    state           TEXT NOT NULL,
    reason          TEXT NOT NULL,
    actor           TEXT NOT NULL,
    at              TIMESTAMPTZ NOT NULL,
    UNIQUE (request_id, step)
);
CREATE TRIGGER step_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON step
    FOR EACH STATEMENT EXECUTE FUNCTION gateway_refuse_change();

-- A second person's yes. That it is a second one is held here, whatever a program thinks.
CREATE TABLE approval (
    request_id      UUID NOT NULL,
    maker           TEXT NOT NULL,
    approver        TEXT NOT NULL,
    digest          BYTEA NOT NULL CHECK (octet_length(digest) = 32),
    at              TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (request_id, approver),
    FOREIGN KEY (request_id, maker) REFERENCES request (request_id, maker),
    CONSTRAINT approval_by_a_second_person CHECK (approver <> maker)
);

-- The price that a request was last valued at.
CREATE TABLE valuation (
    request_id      UUID PRIMARY KEY REFERENCES request (request_id),
    feed_id         TEXT NOT NULL,
    round_id        NUMERIC(39, 0) NOT NULL,
    price           TEXT NOT NULL,
    age_ms          BIGINT NOT NULL CHECK (age_ms >= 0),
    venues          INTEGER NOT NULL CHECK (venues >= 0),
    valued_at       TIMESTAMPTZ NOT NULL
);

-- Where the effect is.
CREATE TABLE effect (
    request_id      UUID PRIMARY KEY REFERENCES request (request_id),
    chain_id        NUMERIC(20, 0) NOT NULL,
    tx_hash         BYTEA NOT NULL CHECK (octet_length(tx_hash) = 32),
    block_number    BIGINT NOT NULL CHECK (block_number >= 0),
    block_hash      BYTEA NOT NULL CHECK (octet_length(block_hash) = 32)
);

-- The books. An entry moves units from the credited account to the debited one; each attempt is opened once and closed
-- once.
CREATE TABLE ledger_entry (
    entry_id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asset_id        TEXT NOT NULL,
    request_id      UUID NOT NULL REFERENCES request (request_id),
    attempt         INTEGER NOT NULL CHECK (attempt > 0),
    phase           TEXT NOT NULL CHECK (phase IN ('pending', 'posted', 'voided')),
    debit           TEXT NOT NULL,
    credit          TEXT NOT NULL,
    units           NUMERIC(78, 0) NOT NULL CHECK (units >= 0),
    at              TIMESTAMPTZ NOT NULL,
    UNIQUE (request_id, attempt, phase),
    CHECK (debit <> credit)
);
CREATE UNIQUE INDEX ledger_entry_closes_once ON ledger_entry (request_id, attempt) WHERE phase <> 'pending';
CREATE INDEX ledger_entry_by_asset ON ledger_entry (asset_id, entry_id DESC);
CREATE TRIGGER ledger_entry_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION gateway_refuse_change();

CREATE TABLE ledger_account (
    asset_id        TEXT NOT NULL,
    account         TEXT NOT NULL,
    debits          NUMERIC(78, 0) NOT NULL,
    credits         NUMERIC(78, 0) NOT NULL,
    PRIMARY KEY (asset_id, account),
    CONSTRAINT ledger_account_not_overdrawn
        CHECK (CASE WHEN account = 'issued' THEN credits >= debits ELSE debits >= credits END)
);

-- Answers to callers, for as long as they may ask again.
CREATE TABLE idempotency (
    caller          TEXT NOT NULL,
    key             TEXT NOT NULL,
    body            BYTEA NOT NULL CHECK (octet_length(body) = 32),
    -- NULL while the first call runs.
    status          INTEGER,
    answer          TEXT,
    -- Until when a call that never ended keeps others out.
    running_until   TIMESTAMPTZ NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);

-- What is told to whoever ordered.
CREATE TABLE answer (
    answer_id       UUID PRIMARY KEY,
    request_id      UUID NOT NULL REFERENCES request (request_id),
    -- One for each step that has something to tell.
    step            INTEGER NOT NULL,
    message_type    TEXT NOT NULL,
    content         TEXT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    UNIQUE (request_id, step, message_type)
);

-- The record. `link` chains the bodies; the index has no gaps because it is taken from the head, which is locked.
CREATE TABLE audit (
    index           BIGINT PRIMARY KEY CHECK (index > 0),
    at              TIMESTAMPTZ NOT NULL,
    subject         TEXT NOT NULL,
    body            TEXT NOT NULL,
    link            BYTEA NOT NULL CHECK (octet_length(link) = 32)
);
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION gateway_refuse_change();

-- The newest link, apart from the rows so that a cut at the end shows.
CREATE TABLE audit_head (
    singleton       BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (singleton),
    index           BIGINT NOT NULL CHECK (index >= 0),
    link            BYTEA CHECK (octet_length(link) = 32)
);
INSERT INTO audit_head (index) VALUES (0);

-- What shall happen on chain: written with the step that wants it, before anything is signed.
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
