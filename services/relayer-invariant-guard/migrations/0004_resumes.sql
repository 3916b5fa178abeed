-- The way out of a halt. Approvals are facts; the row is where the state machine of `domain::resume` stands.
CREATE TABLE resume (
    resume_id           UUID PRIMARY KEY,
    halt_id             UUID NOT NULL REFERENCES halt (halt_id),
    kind                TEXT NOT NULL CHECK (kind IN ('resume', 'release')),
    plan                TEXT NOT NULL,
    plan_hash           BYTEA NOT NULL CHECK (octet_length(plan_hash) = 32),
    evidence            BYTEA NOT NULL CHECK (octet_length(evidence) = 32),
    proposer            TEXT NOT NULL,
    proposed_at         TIMESTAMPTZ NOT NULL,
    expires_at          TIMESTAMPTZ NOT NULL,
    -- The policy at the time of the proposal: a proposal does not become easier by a change of settings.
    approvals_needed    BIGINT NOT NULL CHECK (approvals_needed > 0),
    validations_needed  BIGINT NOT NULL CHECK (validations_needed > 0),
    probation_needed    BIGINT NOT NULL CHECK (probation_needed >= 0),
    state               TEXT NOT NULL
        CHECK (state IN ('proposed', 'approved', 'validating', 'probation', 'running', 'ended')),
    validations         BIGINT NOT NULL DEFAULT 0 CHECK (validations >= 0),
    probation_passes    BIGINT NOT NULL DEFAULT 0 CHECK (probation_passes >= 0),
    -- How far the chains were at the last Pass that counted, in canonical bytes.
    heights             BYTEA NOT NULL,
    -- `refused:<operator>`, `expired`, `violation` or `halted:<halt id>`.
    ending              TEXT,
    CHECK ((state = 'ended') = (ending IS NOT NULL))
);
CREATE INDEX resume_by_time ON resume (proposed_at DESC, resume_id DESC);
-- One at a time.
CREATE UNIQUE INDEX resume_open ON resume (halt_id)
    WHERE state IN ('proposed', 'approved', 'validating', 'probation');

CREATE TABLE resume_approval (
    resume_id   UUID NOT NULL REFERENCES resume (resume_id),
    operator    TEXT NOT NULL,
    at          TIMESTAMPTZ NOT NULL,
    comment     TEXT NOT NULL,
    PRIMARY KEY (resume_id, operator)
);
CREATE TRIGGER resume_approval_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON resume_approval
    FOR EACH STATEMENT EXECUTE FUNCTION guard_refuse_change();
