-- What the chains said, and what it makes of each message.
--
-- Evidence (sent, report, removal, attempt, judgement) is append-only: a row whose block is not on the chain any more is
-- marked, never deleted. `message` is a projection of it, one narrow row a message, that can be folded again at any time.
-- Every change takes its number from the one row of `ledger`, which ingest locks: numbers grow in the order of commits.
-- Amounts are NUMERIC(78,0), selectors NUMERIC(20,0), chain ids and heights BIGINT, hashes BYTEA, times TIMESTAMPTZ.
-- The large tables carry no foreign keys: they are written by one transaction that looks each key up, and a check per
-- row would cost as much as the row.

-- The one row that serialises the writers: a send and its execution in two transactions are never blind to each other.
CREATE TABLE ledger (
    one             BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one),
    -- The last number that was given to a change.
    last_change     BIGINT NOT NULL DEFAULT 0
);
INSERT INTO ledger DEFAULT VALUES;

-- One direction between two chains in one dialect. Made on sight; the configuration names it and says that it is listed.
CREATE TABLE lane (
    lane            INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dialect         TEXT NOT NULL,
    source          NUMERIC(20, 0) NOT NULL,
    destination     NUMERIC(20, 0) NOT NULL,
    -- By configuration, the official table, or the chain on which an event of the lane was seen.
    source_chain    BIGINT,
    destination_chain BIGINT,
    name            TEXT NOT NULL,
    listed          BOOLEAN NOT NULL DEFAULT FALSE,
    -- The most numbers that one report of the lane covers: bounds the search for the report of a number.
    widest_report   BIGINT NOT NULL DEFAULT 0,
    UNIQUE (dialect, source, destination)
);

-- An on-ramp of a lane. Numbers of messages count within it.
CREATE TABLE ramp (
    ramp            INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lane            INTEGER NOT NULL REFERENCES lane (lane),
    contract        BYTEA NOT NULL CHECK (octet_length(contract) = 20),
    UNIQUE (lane, contract)
);

-- Up to where a chain was read; moves in the transaction of the rows.
CREATE TABLE cursor (
    chain           BIGINT PRIMARY KEY,
    number          BIGINT NOT NULL,
    hash            BYTEA NOT NULL CHECK (octet_length(hash) = 32),
    time            TIMESTAMPTZ NOT NULL,
    final_height    BIGINT NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL,
    -- The chain's last block when its first blocks were read: what happened up to there is the past.
    watched_from    BIGINT NOT NULL
);

-- Blocks that were read and may still be reorganised, and the newest final one.
CREATE TABLE mark (
    chain           BIGINT NOT NULL,
    number          BIGINT NOT NULL,
    hash            BYTEA NOT NULL CHECK (octet_length(hash) = 32),
    time            TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (chain, number)
);

-- A reorganisation that was followed: what it undid carries its number.
CREATE TABLE unwinding (
    unwinding       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chain           BIGINT NOT NULL,
    -- The last block that stayed; NULL: none.
    number          BIGINT,
    hash            BYTEA,
    at              TIMESTAMPTZ NOT NULL
);

-- A message's send, whole. Never updated but for `unwinding`.
CREATE TABLE sent (
    change          BIGINT PRIMARY KEY,
    -- The message: the change of its first send.
    message         BIGINT NOT NULL,
    lane            INTEGER NOT NULL,
    ramp            INTEGER NOT NULL,
    chain           BIGINT NOT NULL,
    block           BIGINT NOT NULL,
    log_index       BIGINT NOT NULL,
    block_hash      BYTEA NOT NULL,
    tx              BYTEA NOT NULL,
    at              TIMESTAMPTZ NOT NULL,
    message_id      BYTEA NOT NULL,
    -- 0 stated, 1 derived.
    id_origin       SMALLINT NOT NULL,
    -- 0 verified, 1 mismatch, 2 not derivable.
    id_proof        SMALLINT NOT NULL,
    computed_id     BYTEA,
    sequence        BIGINT,
    nonce           BIGINT,
    sender          BYTEA NOT NULL,
    receiver        BYTEA NOT NULL,
    data_hash       BYTEA NOT NULL,
    data_length     BIGINT NOT NULL,
    data_head       BYTEA NOT NULL,
    fee_token       BYTEA NOT NULL,
    fee             NUMERIC(78, 0) NOT NULL,
    fee_juels       NUMERIC(78, 0),
    gas_limit       NUMERIC(78, 0),
    tokens          BYTEA[] NOT NULL,
    amounts         NUMERIC[] NOT NULL,
    leaf            BYTEA,
    -- Tag of sender and data: 8 bytes of keccak256(sender ‖ data hash). Narrows a search, proves nothing.
    content         BIGINT NOT NULL,
    -- The same (lane, id) was there already and on the chain: a finding. The first one is the message.
    repeated        BOOLEAN NOT NULL,
    unwinding       BIGINT
);
-- One log at one place of the chain as it is.
CREATE UNIQUE INDEX sent_place ON sent (chain, block, log_index) WHERE unwinding IS NULL;
CREATE UNIQUE INDEX sent_id ON sent (message_id, lane) WHERE unwinding IS NULL AND NOT repeated;
CREATE INDEX sent_undone_id ON sent (message_id) WHERE unwinding IS NOT NULL;
CREATE INDEX sent_undone_message ON sent (message) WHERE unwinding IS NOT NULL OR repeated;
CREATE INDEX sent_tx ON sent USING hash (tx);
CREATE INDEX sent_sequence ON sent (ramp, sequence) WHERE unwinding IS NULL AND sequence IS NOT NULL;
CREATE INDEX sent_content ON sent (content, at) WHERE unwinding IS NULL;

-- A range of numbers that arrived.
CREATE TABLE report (
    change          BIGINT PRIMARY KEY,
    lane            INTEGER NOT NULL,
    contract        BYTEA NOT NULL,
    chain           BIGINT NOT NULL,
    block           BIGINT NOT NULL,
    log_index       BIGINT NOT NULL,
    -- Among the reports of one log.
    ordinal         INTEGER NOT NULL,
    block_hash      BYTEA NOT NULL,
    tx              BYTEA NOT NULL,
    at              TIMESTAMPTZ NOT NULL,
    first           BIGINT NOT NULL,
    last            BIGINT NOT NULL CHECK (last >= first),
    root            BYTEA NOT NULL,
    -- Whether there is a send for every number of it: 0 not looked at, 1 yes, 2 no.
    audited         SMALLINT NOT NULL DEFAULT 0,
    unwinding       BIGINT
);
CREATE UNIQUE INDEX report_place ON report (chain, block, log_index, ordinal) WHERE unwinding IS NULL;
CREATE INDEX report_range ON report (lane, last);
CREATE INDEX report_root ON report (root);
CREATE INDEX report_audit ON report (audited, change) WHERE audited <> 1 AND unwinding IS NULL;

-- A report that was withdrawn.
CREATE TABLE removal (
    change          BIGINT PRIMARY KEY,
    contract        BYTEA NOT NULL,
    chain           BIGINT NOT NULL,
    block           BIGINT NOT NULL,
    log_index       BIGINT NOT NULL,
    block_hash      BYTEA NOT NULL,
    tx              BYTEA NOT NULL,
    at              TIMESTAMPTZ NOT NULL,
    root            BYTEA NOT NULL,
    unwinding       BIGINT
);
CREATE UNIQUE INDEX removal_place ON removal (chain, block, log_index) WHERE unwinding IS NULL;
CREATE INDEX removal_root ON removal (root);

-- What a destination says of one message by its id: an execution that left a log, or an arrival. Waits here until its
-- message is known.
CREATE TABLE attempt (
    change          BIGINT PRIMARY KEY,
    -- NULL: it waits.
    message         BIGINT,
    -- 0 by id, 1 by content in order.
    link            SMALLINT,
    lane            INTEGER NOT NULL,
    contract        BYTEA NOT NULL,
    chain           BIGINT NOT NULL,
    block           BIGINT NOT NULL,
    log_index       BIGINT NOT NULL,
    block_hash      BYTEA NOT NULL,
    tx              BYTEA NOT NULL,
    at              TIMESTAMPTZ NOT NULL,
    message_id      BYTEA NOT NULL,
    sequence        BIGINT,
    leaf            BYTEA,
    -- 0 succeeded, 1 failed; 2 arrived, which is no execution.
    outcome         SMALLINT NOT NULL,
    return_data     BYTEA NOT NULL,
    gas_used        NUMERIC(78, 0),
    -- As `sent.content`, where the event repeats what it carried.
    content         BIGINT,
    -- Cannot be linked without guessing: a finding, and for people.
    ambiguous       BOOLEAN NOT NULL,
    unwinding       BIGINT
);
CREATE UNIQUE INDEX attempt_place ON attempt (chain, block, log_index) WHERE unwinding IS NULL;
CREATE INDEX attempt_message ON attempt (message) WHERE message IS NOT NULL;
CREATE INDEX attempt_waiting ON attempt (message_id) WHERE message IS NULL;
CREATE INDEX attempt_waiting_content ON attempt (lane, at)
    WHERE message IS NULL AND content IS NOT NULL AND NOT ambiguous AND unwinding IS NULL;
CREATE INDEX attempt_linked_content ON attempt (lane, content, message) WHERE link = 1 AND unwinding IS NULL;
CREATE INDEX attempt_linked_id ON attempt (message_id) WHERE link = 1 AND unwinding IS NULL;
-- Executions of a window of time. Rows come nearly in the order of time, so a block range says enough.
CREATE INDEX attempt_at ON attempt USING brin (at) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX attempt_tx ON attempt USING hash (tx);

-- What the monitor itself found out about a message, by the destination chain's clock.
CREATE TABLE judgement (
    change          BIGINT PRIMARY KEY,
    message         BIGINT NOT NULL,
    -- A name of `domain::standing::Occurrence`.
    occurrence      TEXT NOT NULL CHECK (occurrence IN ('underway', 'reverted', 'timed_out', 'time_extended')),
    chain           BIGINT NOT NULL,
    -- The destination chain's block that it was made at.
    block           BIGINT NOT NULL,
    at              TIMESTAMPTZ NOT NULL,
    tx              BYTEA,
    cause           TEXT NOT NULL,
    unwinding       BIGINT
);
CREATE INDEX judgement_message ON judgement (message);
CREATE INDEX judgement_at ON judgement (at);
CREATE INDEX judgement_block ON judgement (chain, block) WHERE unwinding IS NULL;
CREATE UNIQUE INDEX judgement_once ON judgement (message, occurrence, tx) WHERE tx IS NOT NULL AND unwinding IS NULL;

-- Changes of messages that no evidence of their own says: undone, or linked later.
CREATE TABLE aside (
    change          BIGINT PRIMARY KEY,
    message         BIGINT NOT NULL
);

-- A message as it stands.
CREATE TABLE message (
    message         BIGINT PRIMARY KEY,
    -- The send that counts.
    sent            BIGINT NOT NULL,
    -- The execution that counts: the last one.
    last_attempt    BIGINT,
    lane            INTEGER NOT NULL,
    -- 0 sent, 1 delivered, 2 executing, 3 executed, 4 failed, 5 expired.
    status          SMALLINT NOT NULL CHECK (status BETWEEN 0 AND 5),
    -- The whole state of `domain::message::State`, of which the status is a part.
    state           SMALLINT NOT NULL,
    -- As `attempt.link`, of the last execution.
    link            SMALLINT,
    attempts        INTEGER NOT NULL,
    -- Tags: 8 bytes of keccak256. They narrow a search; the whole value stands in `sent`.
    sender          BIGINT NOT NULL,
    receiver        BIGINT NOT NULL,
    sent_at         TIMESTAMPTZ NOT NULL,
    delivered_at    TIMESTAMPTZ,
    executed_at     TIMESTAMPTZ,
    created_at      TIMESTAMPTZ NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL,
    -- Its send is not on the chain any more.
    orphaned        BOOLEAN NOT NULL
);
CREATE INDEX message_newest ON message (lane, status, sent_at, message) WHERE NOT orphaned;
CREATE INDEX message_sender ON message (sender, lane, status, sent_at, message) WHERE NOT orphaned;
CREATE INDEX message_receiver ON message (receiver, lane, status, sent_at, message) WHERE NOT orphaned;

-- An execution that was passed over.
CREATE TABLE skip (
    lane            INTEGER NOT NULL,
    chain           BIGINT NOT NULL,
    block           BIGINT NOT NULL,
    log_index       BIGINT NOT NULL,
    block_hash      BYTEA NOT NULL,
    tx              BYTEA NOT NULL,
    at              TIMESTAMPTZ NOT NULL,
    contract        BYTEA NOT NULL,
    sequence        BIGINT,
    sender          BYTEA,
    nonce           BIGINT,
    reason          TEXT NOT NULL,
    unwinding       BIGINT
);
CREATE INDEX skip_place ON skip (chain, block, log_index);
CREATE INDEX skip_sequence ON skip (lane, sequence);

-- A change of the contracts' own settings.
CREATE TABLE setting (
    setting         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chain           BIGINT NOT NULL,
    block           BIGINT NOT NULL,
    log_index       BIGINT NOT NULL,
    block_hash      BYTEA NOT NULL,
    tx              BYTEA NOT NULL,
    at              TIMESTAMPTZ NOT NULL,
    contract        BYTEA NOT NULL,
    kind            TEXT NOT NULL,
    peer            NUMERIC(20, 0),
    subject         BYTEA NOT NULL,
    unwinding       BIGINT
);
CREATE INDEX setting_place ON setting (chain, block, log_index);

-- What is there and could not be read. Kept until it is.
CREATE TABLE hole (
    hole            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chain           BIGINT NOT NULL,
    first_block     BIGINT NOT NULL,
    last_block      BIGINT NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('undecodable', 'missing_messages')),
    -- Of a log that could not be decoded.
    log_index       BIGINT,
    block_hash      BYTEA,
    tx              BYTEA,
    at              TIMESTAMPTZ,
    contract        BYTEA NOT NULL,
    topics          BYTEA[],
    data            BYTEA,
    reason          TEXT,
    -- Of numbers that are missing.
    lane            INTEGER,
    first           BIGINT,
    last            BIGINT,
    opened_at       TIMESTAMPTZ NOT NULL,
    closed_at       TIMESTAMPTZ
);
CREATE UNIQUE INDEX hole_log ON hole (chain, block_hash, log_index) WHERE kind = 'undecodable';
CREATE UNIQUE INDEX hole_numbers ON hole (lane, contract, first, last) WHERE kind = 'missing_messages';
CREATE INDEX hole_open ON hole (hole) WHERE closed_at IS NULL;

-- What must never be, and was seen. Seen again, it is the same one.
CREATE TABLE finding (
    finding         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind            TEXT NOT NULL,
    chain           BIGINT NOT NULL,
    subject         TEXT NOT NULL,
    lane            INTEGER,
    message_id      BYTEA,
    detail          TEXT NOT NULL,
    block           BIGINT,
    tx              BYTEA,
    log_index       BIGINT,
    seen_at         TIMESTAMPTZ NOT NULL,
    closed_at       TIMESTAMPTZ,
    -- Why: 'undone' with its block, 'over' by what came later, or 'accepted' by a person. What a person accepted stays
    -- closed when it is seen again.
    closing         TEXT CHECK (closing IN ('undone', 'over', 'accepted')),
    UNIQUE (kind, chain, subject)
);
CREATE INDEX finding_open ON finding (finding) WHERE closed_at IS NULL;
CREATE INDEX finding_place ON finding (chain, block) WHERE closed_at IS NULL;

-- What operators are told. Numbered like changes, in the order of commits.
CREATE TABLE event (
    change          BIGINT PRIMARY KEY,
    at              TIMESTAMPTZ NOT NULL,
    kind            TEXT NOT NULL,
    subject         TEXT NOT NULL,
    summary         TEXT NOT NULL,
    detail          JSONB NOT NULL,
    trace_id        TEXT
);

-- Balances of the accounts that pay fees, as they were read.
CREATE TABLE balance (
    chain           BIGINT NOT NULL,
    account         BYTEA NOT NULL CHECK (octet_length(account) = 20),
    token           BYTEA NOT NULL CHECK (octet_length(token) = 20),
    block           BIGINT NOT NULL,
    at              TIMESTAMPTZ NOT NULL,
    amount          NUMERIC(78, 0) NOT NULL,
    PRIMARY KEY (chain, account, token, block)
);

-- The operators' table (CCIP-6) under its own names: hashes as 0x text, an id that is the same on every replica and after
-- every rebuild (UUID version 8 of SHA-256 over lane and message id).
CREATE VIEW ccip_messages AS
SELECT
    encode(set_byte(set_byte(named.digest, 6, (get_byte(named.digest, 6) & 15) | 128),
                    8, (get_byte(named.digest, 8) & 63) | 128), 'hex')::UUID AS id,
    ('0x' || encode(sent.message_id, 'hex'))::VARCHAR(66) AS message_id,
    lane.source_chain AS source_chain_id,
    ('0x' || encode(sent.tx, 'hex'))::VARCHAR(66) AS source_tx_hash,
    sent.block AS source_block_number,
    lane.destination_chain AS destination_chain_id,
    ('0x' || encode(attempt.tx, 'hex'))::VARCHAR(66) AS destination_tx_hash,
    attempt.block AS destination_block_number,
    (ARRAY ['sent', 'delivered', 'executing', 'executed', 'failed', 'expired'])[message.status + 1] AS status,
    message.sent_at,
    message.executed_at,
    message.created_at,
    message.updated_at
FROM message
JOIN lane ON lane.lane = message.lane
JOIN sent ON sent.change = message.sent
LEFT JOIN attempt ON attempt.change = message.last_attempt
CROSS JOIN LATERAL (
    SELECT substr(sha256(convert_to(lane.dialect || '/' || lane.source || '/' || lane.destination || '/', 'UTF8')
                         || sent.message_id), 1, 16) AS digest
) AS named
WHERE NOT message.orphaned;
