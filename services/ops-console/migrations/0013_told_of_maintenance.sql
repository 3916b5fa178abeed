-- What each service was last told of maintenance by the replica that leads, for the page: who knows, who does not, and why.
CREATE TABLE maintenance_told (
    service     TEXT PRIMARY KEY,
    -- The open windows that it has taken last; none: it knows that nothing is worked on.
    windows     UUID[] NOT NULL,
    -- When it took them; NULL: it has taken nothing yet.
    taken_at    TIMESTAMPTZ,
    -- What came of the last try, and what the service said when it took nothing.
    outcome     TEXT NOT NULL CHECK (outcome IN ('taken', 'refused', 'not_reached')),
    words       TEXT NOT NULL,
    tried_at    TIMESTAMPTZ NOT NULL,
    CHECK (outcome <> 'taken' OR taken_at = tried_at)
);
