-- Corrections that people approved: genesis, fees, swept donations, rescues. Facts, like the decisions about them.
CREATE TABLE adjustment (
    adjustment_id   UUID PRIMARY KEY,
    asset           TEXT NOT NULL,
    -- The term of the equations that it adds to.
    term            TEXT NOT NULL,
    -- Signed, in base units.
    amount          NUMERIC(155, 0) NOT NULL,
    reason          TEXT NOT NULL,
    proposer        TEXT NOT NULL,
    proposed_at     TIMESTAMPTZ NOT NULL
);
CREATE TRIGGER adjustment_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON adjustment
    FOR EACH STATEMENT EXECUTE FUNCTION guard_refuse_change();

-- One for each: the second decision is refused by the key.
CREATE TABLE adjustment_decision (
    adjustment_id   UUID PRIMARY KEY REFERENCES adjustment (adjustment_id),
    decision        TEXT NOT NULL CHECK (decision IN ('approved', 'refused')),
    operator        TEXT NOT NULL,
    at              TIMESTAMPTZ NOT NULL,
    comment         TEXT NOT NULL
);
CREATE TRIGGER adjustment_decision_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON adjustment_decision
    FOR EACH STATEMENT EXECUTE FUNCTION guard_refuse_change();
