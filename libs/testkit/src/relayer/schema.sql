-- The simulated relayer's own tables. A guard reads them and never writes them.
--
-- Amounts are base units. Ids, hashes and addresses are raw bytes. What a block holds is keyed by where it stands, so
-- that reading a block twice changes nothing. Every table below a watermark is complete up to it: rows and watermark
-- commit in one transaction.

-- How far each chain was read, and the block that ended there.
CREATE TABLE indexer_watermark (
    chain_id     BIGINT PRIMARY KEY,
    block_number BIGINT NOT NULL CHECK (block_number >= 0),
    block_hash   BYTEA NOT NULL CHECK (octet_length(block_hash) = 32),
    block_time   TIMESTAMPTZ NOT NULL,
    head_number  BIGINT NOT NULL CHECK (head_number >= block_number),
    updated_at   TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Value that was locked at the source.
CREATE TABLE deposit_confirmed (
    deposit_id   BYTEA PRIMARY KEY CHECK (octet_length(deposit_id) = 32),
    asset        BYTEA NOT NULL CHECK (octet_length(asset) = 20),
    amount       NUMERIC(78, 0) NOT NULL CHECK (amount >= 0),
    sender       BYTEA NOT NULL CHECK (octet_length(sender) = 20),
    recipient    BYTEA NOT NULL CHECK (octet_length(recipient) = 20),
    nonce        BIGINT NOT NULL,
    chain_id     BIGINT NOT NULL,
    block_number BIGINT NOT NULL,
    block_hash   BYTEA NOT NULL CHECK (octet_length(block_hash) = 32),
    block_time   TIMESTAMPTZ NOT NULL,
    tx_hash      BYTEA NOT NULL CHECK (octet_length(tx_hash) = 32),
    log_index    BIGINT NOT NULL,
    confirmed_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT deposit_confirmed_nonce_key UNIQUE (chain_id, nonce)
);
CREATE INDEX deposit_confirmed_block ON deposit_confirmed (chain_id, block_number) INCLUDE (amount);

-- Value that was released at the source. Not unique by message: a chain on which one is released twice must be told so.
CREATE TABLE withdrawal_confirmed (
    message_id   BYTEA NOT NULL CHECK (octet_length(message_id) = 32),
    asset        BYTEA NOT NULL CHECK (octet_length(asset) = 20),
    amount       NUMERIC(78, 0) NOT NULL CHECK (amount >= 0),
    recipient    BYTEA NOT NULL CHECK (octet_length(recipient) = 20),
    chain_id     BIGINT NOT NULL,
    block_number BIGINT NOT NULL,
    block_hash   BYTEA NOT NULL CHECK (octet_length(block_hash) = 32),
    block_time   TIMESTAMPTZ NOT NULL,
    tx_hash      BYTEA NOT NULL CHECK (octet_length(tx_hash) = 32),
    log_index    BIGINT NOT NULL,
    confirmed_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (tx_hash, log_index)
);
CREATE INDEX withdrawal_confirmed_block ON withdrawal_confirmed (chain_id, block_number) INCLUDE (amount);
CREATE INDEX withdrawal_confirmed_message ON withdrawal_confirmed (message_id);

-- Value that was minted at the destination: the counterpart of a deposit.
CREATE TABLE mint_confirmed (LIKE withdrawal_confirmed INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
ALTER TABLE mint_confirmed ADD PRIMARY KEY (tx_hash, log_index);
CREATE INDEX mint_confirmed_block ON mint_confirmed (chain_id, block_number) INCLUDE (amount);
CREATE INDEX mint_confirmed_message ON mint_confirmed (message_id);

-- Value that was burned at the destination: the cause of a withdrawal.
CREATE TABLE burn_confirmed (LIKE deposit_confirmed INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
ALTER TABLE burn_confirmed RENAME COLUMN deposit_id TO burn_id;
ALTER TABLE burn_confirmed ADD PRIMARY KEY (burn_id);
ALTER TABLE burn_confirmed ADD CONSTRAINT burn_confirmed_nonce_key UNIQUE (chain_id, nonce);
CREATE INDEX burn_confirmed_block ON burn_confirmed (chain_id, block_number) INCLUDE (amount);

-- A batch of messages of one direction. `chain_id` is where its root is anchored: that of the other end.
CREATE TABLE settlement_batch (
    id             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    batch_number   BIGINT NOT NULL CHECK (batch_number > 0),
    merkle_root    BYTEA NOT NULL CHECK (octet_length(merkle_root) = 32),
    direction      TEXT NOT NULL CHECK (direction IN ('deposit', 'withdrawal')),
    chain_id       BIGINT NOT NULL,
    size           INTEGER NOT NULL CHECK (size > 0),
    status         TEXT NOT NULL DEFAULT 'created' CHECK (status IN ('created', 'anchored', 'settled', 'failed')),
    created_at     TIMESTAMPTZ NOT NULL DEFAULT now(),
    anchored_at    TIMESTAMPTZ,
    settled_at     TIMESTAMPTZ,
    anchor_tx_hash BYTEA CHECK (octet_length(anchor_tx_hash) = 32),
    anchor_block   BIGINT,
    CONSTRAINT settlement_batch_batch_number_key UNIQUE (batch_number),
    CONSTRAINT settlement_batch_merkle_root_key UNIQUE (merkle_root)
);
CREATE INDEX settlement_batch_open ON settlement_batch (batch_number) WHERE status <> 'settled';

-- What is in a batch, with the hash of its leaf: keccak256(keccak256(abi.encode(chain id, settlement, batch number, message
-- id, asset, recipient, amount))), chain and settlement being those where it is claimed. Only the batch maker keeps a message out of a second one; no constraint does, so that one can be
-- seen to be needed.
CREATE TABLE settlement_batch_message (
    batch_id   BIGINT NOT NULL REFERENCES settlement_batch (id),
    position   INTEGER NOT NULL,
    message_id BYTEA NOT NULL CHECK (octet_length(message_id) = 32),
    leaf       BYTEA CHECK (octet_length(leaf) = 32),
    PRIMARY KEY (batch_id, position)
);
CREATE INDEX settlement_batch_message_id ON settlement_batch_message (message_id);

-- Each proof that was shown to a settlement, and what it thought of it. A claim that was refused for another reason, such as
-- a message that is settled already, is only in `relayer_operations`.
CREATE TABLE proof_executions (
    id                  BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    batch_number        BIGINT NOT NULL,
    message_id          BYTEA NOT NULL CHECK (octet_length(message_id) = 32),
    chain_id            BIGINT NOT NULL,
    settlement          BYTEA NOT NULL CHECK (octet_length(settlement) = 20),
    recipient           BYTEA NOT NULL CHECK (octet_length(recipient) = 20),
    amount              NUMERIC(78, 0) NOT NULL CHECK (amount >= 0),
    leaf                BYTEA NOT NULL CHECK (octet_length(leaf) = 32),
    proof               BYTEA[] NOT NULL,
    root                BYTEA NOT NULL CHECK (octet_length(root) = 32),
    outcome             TEXT NOT NULL CHECK (outcome IN ('accepted', 'rejected')),
    tx_hash             BYTEA NOT NULL UNIQUE CHECK (octet_length(tx_hash) = 32),
    block_number        BIGINT NOT NULL,
    block_hash          BYTEA NOT NULL CHECK (octet_length(block_hash) = 32),
    verification_micros BIGINT NOT NULL CHECK (verification_micros >= 0),
    executed_at         TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX proof_executions_message ON proof_executions (message_id);

-- The next nonce of each account that the relayer signs for, as the relayer sees it.
CREATE TABLE relayer_account (
    chain_id   BIGINT NOT NULL,
    account    BYTEA NOT NULL CHECK (octet_length(account) = 20),
    next_nonce BIGINT NOT NULL CHECK (next_nonce >= 0),
    PRIMARY KEY (chain_id, account)
);

-- Each transaction that the relayer signed: written before it is broadcast, with the bytes that are sent again after a
-- crash. `refused` means by the node: it took no nonce. `epoch` and `lease_sequence` are those of the lease under which it was last broadcast; absent while it was
-- not, and for what was done without a lease. `monotonic_nanos` is the machine's CLOCK_MONOTONIC at that moment.
CREATE TABLE relayer_operations (
    id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    operation_id    UUID NOT NULL UNIQUE,
    kind            TEXT NOT NULL CHECK (kind IN ('anchor', 'claim', 'mint', 'release', 'rescue', 'transfer')),
    status          TEXT NOT NULL DEFAULT 'signed'
                    CHECK (status IN ('signed', 'broadcast', 'confirmed', 'reverted', 'refused')),
    batch_number    BIGINT,
    message_id      BYTEA CHECK (octet_length(message_id) = 32),
    amount          NUMERIC(78, 0),
    chain_id        BIGINT NOT NULL,
    account         BYTEA NOT NULL CHECK (octet_length(account) = 20),
    nonce           BIGINT NOT NULL CHECK (nonce >= 0),
    tx_hash         BYTEA NOT NULL CHECK (octet_length(tx_hash) = 32),
    raw             BYTEA NOT NULL,
    gas_estimate    BIGINT,
    gas_used        BIGINT,
    epoch           BIGINT,
    lease_sequence  BIGINT,
    monotonic_nanos BIGINT,
    error           TEXT,
    block_number    BIGINT,
    block_hash      BYTEA CHECK (octet_length(block_hash) = 32),
    created_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
    broadcast_at    TIMESTAMPTZ,
    finished_at     TIMESTAMPTZ
);
CREATE INDEX relayer_operations_open ON relayer_operations (chain_id, account, nonce)
    WHERE status IN ('signed', 'broadcast');
CREATE INDEX relayer_operations_nonce ON relayer_operations (chain_id, account, nonce);

-- What one turn of the indexer took.
CREATE TABLE relayer_cycle (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chain_id    BIGINT NOT NULL,
    from_block  BIGINT NOT NULL,
    to_block    BIGINT NOT NULL,
    events      BIGINT NOT NULL,
    micros      BIGINT NOT NULL,
    finished_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
