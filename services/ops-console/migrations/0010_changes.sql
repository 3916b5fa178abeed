-- What people want done to the system, who agreed, what came of it, and the record of all of it.

-- Rows of these tables are facts: never changed, never removed.
CREATE FUNCTION console_refuse_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

-- Where each change stands. A row moves by its revision: who has read an old one writes nothing.
CREATE TABLE change (
    change_id           UUID PRIMARY KEY,
    revision            BIGINT NOT NULL CHECK (revision > 0),
    state               TEXT NOT NULL CHECK (state IN (
        'proposed', 'checked', 'approved', 'executing', 'executed', 'validated', 'rolling_back', 'rolled_back', 'failed',
        'refused', 'withdrawn', 'expired', 'unknown', 'undo_unknown')),
    procedure           TEXT NOT NULL,
    service             TEXT NOT NULL,
    -- What a service does, or what a person does.
    action              TEXT,
    undo                TEXT CHECK (undo IS NULL OR action IS NOT NULL),
    instructions        TEXT CHECK ((instructions IS NULL) <> (action IS NULL)),
    parameters          JSONB NOT NULL,
    reason              TEXT NOT NULL,
    plan_hash           BYTEA NOT NULL CHECK (octet_length(plan_hash) = 32),
    proposer            TEXT NOT NULL,
    proposed_at         TIMESTAMPTZ NOT NULL,
    -- The terms at the time of the proposal: it becomes no easier by a change of settings.
    approvals_needed    BIGINT NOT NULL CHECK (approvals_needed >= 0),
    expires_at          TIMESTAMPTZ NOT NULL,
    validate_within_ms  BIGINT NOT NULL CHECK (validate_within_ms > 0),
    -- In the order in which they were given; none is the proposer's.
    approvals           TEXT[] NOT NULL CHECK (NOT (proposer = ANY (approvals))),
    look_verdict        TEXT CHECK (look_verdict IN ('holds', 'unknown', 'fails')),
    look_words          TEXT,
    look_at             TIMESTAMPTZ,
    doer                TEXT,
    due_at              TIMESTAMPTZ,
    outcome             TEXT NOT NULL,
    changed_at          TIMESTAMPTZ NOT NULL
);
CREATE INDEX change_by_time ON change (proposed_at DESC, change_id DESC);
CREATE INDEX change_open ON change (proposed_at)
    WHERE state IN ('proposed', 'checked', 'approved', 'executing', 'executed', 'rolling_back', 'unknown', 'undo_unknown');

-- The record. `link` chains the rows; the index has no gaps because it is taken from the head, which is locked.
CREATE TABLE audit (
    index       BIGINT PRIMARY KEY CHECK (index > 0),
    at          TIMESTAMPTZ NOT NULL,
    kind        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    actor       TEXT NOT NULL,
    body        TEXT NOT NULL,
    link        BYTEA NOT NULL CHECK (octet_length(link) = 32)
);
CREATE INDEX audit_subject ON audit (subject, index);
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION console_refuse_change();

-- The newest link, apart from the rows so that a cut at the end shows. It goes out with every webhook.
CREATE TABLE audit_head (
    singleton   BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (singleton),
    index       BIGINT NOT NULL CHECK (index >= 0),
    link        BYTEA CHECK (octet_length(link) = 32)
);
INSERT INTO audit_head (index) VALUES (0);
