-- What follows a halt: what was known at that moment, what people did, what the guard found out by itself.

-- The evidence of a halt, written by the statement that latches it: no crash comes between the two.
CREATE TABLE halt_evidence (
    halt_id     UUID PRIMARY KEY REFERENCES halt (halt_id),
    verdict_id  UUID NOT NULL,
    rules       BYTEA NOT NULL,
    evidence    BYTEA NOT NULL,
    evaluation  BYTEA NOT NULL
);
CREATE TRIGGER halt_evidence_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON halt_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION guard_refuse_change();

-- An incident is a halt and goes by its id. A halt without a row here is an incident that nobody has taken: nothing has to
-- happen for an incident to exist, so nothing can be lost.
CREATE TABLE incident (
    halt_id         UUID PRIMARY KEY REFERENCES halt (halt_id),
    state           TEXT NOT NULL
        CHECK (state IN ('open', 'acknowledged', 'decided', 'mitigated', 'closed')),
    acknowledged_by TEXT NOT NULL DEFAULT '',
    decision        TEXT CHECK (decision IN ('fix_forward', 'roll_back', 'false_alarm')),
    root_cause      TEXT NOT NULL DEFAULT ''
);

-- Its timeline. The first line, "fired", is the halt itself.
CREATE TABLE incident_entry (
    halt_id     UUID NOT NULL REFERENCES halt (halt_id),
    number      BIGINT NOT NULL CHECK (number > 0),
    at          TIMESTAMPTZ NOT NULL,
    kind        TEXT NOT NULL
        CHECK (kind IN ('acknowledged', 'root_cause', 'decision', 'mitigated', 'post_mortem', 'note', 'resume')),
    actor       TEXT NOT NULL,
    text        TEXT NOT NULL,
    PRIMARY KEY (halt_id, number)
);
CREATE TRIGGER incident_entry_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON incident_entry
    FOR EACH STATEMENT EXECUTE FUNCTION guard_refuse_change();

-- What the guard looked up after the halt. Once: later it would be another state.
CREATE TABLE investigation (
    halt_id     UUID NOT NULL REFERENCES halt (halt_id),
    name        TEXT NOT NULL,
    found_at    TIMESTAMPTZ NOT NULL,
    summary     TEXT NOT NULL,
    rows        TEXT NOT NULL,
    PRIMARY KEY (halt_id, name)
);
CREATE TRIGGER investigation_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON investigation
    FOR EACH STATEMENT EXECUTE FUNCTION guard_refuse_change();

-- What an operation was about, as far as its relayer said.
ALTER TABLE operation
    ADD COLUMN chain_id      BIGINT,
    ADD COLUMN tx_hash       BYTEA CHECK (octet_length(tx_hash) = 32),
    ADD COLUMN message_id    BYTEA CHECK (octet_length(message_id) = 32),
    ADD COLUMN batch_number  BIGINT,
    ADD COLUMN asset         TEXT,
    ADD COLUMN amount        NUMERIC(78, 0),
    ADD COLUMN gas_estimated BIGINT,
    ADD COLUMN gas_used      BIGINT;

-- How many there ever were: operations are kept for a time.
CREATE TABLE operation_total (
    kind        TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    operations  BIGINT NOT NULL CHECK (operations >= 0),
    things      BIGINT NOT NULL CHECK (things >= 0),
    PRIMARY KEY (kind, outcome)
);
INSERT INTO operation_total (kind, outcome, operations, things)
SELECT kind, outcome, COUNT(*), SUM(things) FROM operation GROUP BY kind, outcome;

-- Verdicts are kept for a time, checkpoints for ever: a checkpoint names its verdict without holding it.
ALTER TABLE checkpoint DROP CONSTRAINT checkpoint_verdict_id_fkey;
