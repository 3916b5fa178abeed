-- Who stands for the leases of a contest, and for which of them. From these rows every replica computes the same division.
CREATE TABLE causeway_candidate (
    contest         TEXT NOT NULL,
    holder          TEXT NOT NULL,
    leases          TEXT[] NOT NULL,
    -- By the database's clock. A candidate that is gone leaves its row; the next ones of its contest remove it.
    expires_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (contest, holder)
);
