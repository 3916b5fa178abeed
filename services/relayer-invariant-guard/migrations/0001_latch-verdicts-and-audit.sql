-- What is halted, what was judged by which evidence, who may act, and the record of all of it.
-- Ids are UUID, hashes BYTEA of 32, times TIMESTAMPTZ, epochs BIGINT.

-- Rows of these tables are facts: never changed, never removed. Retention archives whole partitions of the record
-- behind an anchored link, with another role.
CREATE FUNCTION guard_refuse_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

-- Halts: any replica adds them, without a lease and without waiting for anything else.
CREATE TABLE halt (
    halt_id     UUID PRIMARY KEY,
    scope       TEXT NOT NULL CHECK (scope IN ('batch_creation', 'settlement', 'all')),
    cause       TEXT NOT NULL,
    reason      TEXT NOT NULL,
    caused_by   TEXT NOT NULL,
    evidence    BYTEA NOT NULL CHECK (octet_length(evidence) = 32),
    epoch       BIGINT NOT NULL CHECK (epoch >= 0),
    halted_at   TIMESTAMPTZ NOT NULL,
    parent      UUID REFERENCES halt (halt_id)
);
CREATE TRIGGER halt_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON halt
    FOR EACH STATEMENT EXECUTE FUNCTION guard_refuse_change();

-- Releases: approved, in a higher epoch than the halt's.
CREATE TABLE halt_release (
    halt_id     UUID PRIMARY KEY REFERENCES halt (halt_id),
    epoch       BIGINT NOT NULL CHECK (epoch > 0),
    resume_id   UUID NOT NULL,
    released_at TIMESTAMPTZ NOT NULL
);
CREATE TRIGGER halt_release_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON halt_release
    FOR EACH STATEMENT EXECUTE FUNCTION guard_refuse_change();

-- The one fencing epoch of leases to relayers: rises with each change of leader and each release.
CREATE TABLE guard_epoch (
    singleton   BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (singleton),
    epoch       BIGINT NOT NULL CHECK (epoch >= 0),
    leadership  BIGINT NOT NULL CHECK (leadership >= 0)
);
INSERT INTO guard_epoch (epoch, leadership) VALUES (0, 0);

-- The newest lease for each scope and holder, so that a new leader knows for whom to wait.
CREATE TABLE relayer_lease (
    scope       TEXT NOT NULL CHECK (scope IN ('batch_creation', 'settlement', 'all')),
    holder      TEXT NOT NULL,
    epoch       BIGINT NOT NULL CHECK (epoch > 0),
    sequence    BIGINT NOT NULL CHECK (sequence > 0),
    verdict_id  UUID NOT NULL,
    ttl_ms      BIGINT NOT NULL CHECK (ttl_ms > 0),
    granted_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (scope, holder)
);

-- Each version of the rules, once. Verdicts name it by hash.
CREATE TABLE rules (
    hash            BYTEA PRIMARY KEY CHECK (octet_length(hash) = 32),
    record          BYTEA NOT NULL,
    first_used_at   TIMESTAMPTZ NOT NULL
);

-- Verdicts with the canonical bytes of what they rest on and of what they say: a replay makes the second from the first.
CREATE TABLE verdict (
    verdict_id      UUID PRIMARY KEY,
    at              TIMESTAMPTZ NOT NULL,
    outcome         TEXT NOT NULL CHECK (outcome IN ('pass', 'violation', 'indeterminate')),
    reason          TEXT NOT NULL,
    cause           TEXT NOT NULL,
    epoch           BIGINT NOT NULL CHECK (epoch >= 0),
    took_ms         BIGINT NOT NULL CHECK (took_ms >= 0),
    rules_hash      BYTEA NOT NULL REFERENCES rules (hash),
    evidence_hash   BYTEA NOT NULL CHECK (octet_length(evidence_hash) = 32),
    evidence        BYTEA NOT NULL,
    evaluation      BYTEA NOT NULL
);
CREATE INDEX verdict_by_time ON verdict (at DESC, verdict_id DESC);
CREATE INDEX verdict_not_passed ON verdict (at DESC) WHERE outcome <> 'pass';

-- Checkpoints, linked by hash. The first one is an approved genesis.
CREATE TABLE checkpoint (
    sequence    BIGINT PRIMARY KEY CHECK (sequence >= 0),
    hash        BYTEA NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    record      BYTEA NOT NULL,
    verdict_id  UUID REFERENCES verdict (verdict_id),
    made_at     TIMESTAMPTZ NOT NULL
);
CREATE TRIGGER checkpoint_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION guard_refuse_change();

-- Messages that are not over after the newest verdict: the next evidence needs them. Replaced as a whole with it.
CREATE TABLE open_messages (
    singleton   BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (singleton),
    record      BYTEA NOT NULL
);

-- The record. `link` chains the bodies; the index has no gaps because it is taken from the head, which is locked.
CREATE TABLE audit (
    index       BIGINT PRIMARY KEY CHECK (index > 0),
    at          TIMESTAMPTZ NOT NULL,
    kind        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    actor       TEXT NOT NULL,
    body        TEXT NOT NULL,
    link        BYTEA NOT NULL CHECK (octet_length(link) = 32),
    -- A thing happens once: what is recorded again after a crash is there already.
    UNIQUE (kind, subject)
);
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION guard_refuse_change();

-- The newest link, apart from the rows so that a cut at the end shows. It is also sent outside with every page.
CREATE TABLE audit_head (
    singleton   BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (singleton),
    index       BIGINT NOT NULL CHECK (index >= 0),
    link        BYTEA CHECK (octet_length(link) = 32)
);
INSERT INTO audit_head (index) VALUES (0);
