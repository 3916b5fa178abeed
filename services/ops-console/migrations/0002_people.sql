-- Who may sign in. Passwords are Argon2id in PHC form; of a session only the hash of its secret is stored, so that a copy of
-- this table opens no door.
CREATE TABLE account (
    name            TEXT PRIMARY KEY,
    role            TEXT NOT NULL CHECK (role IN ('observer', 'operator', 'approver', 'admin')),
    password        TEXT NOT NULL,
    disabled_at     TIMESTAMPTZ,
    created_at      TIMESTAMPTZ NOT NULL,
    changed_at      TIMESTAMPTZ NOT NULL
);

CREATE TABLE session (
    -- SHA-256 of the cookie's secret.
    secret          BYTEA PRIMARY KEY CHECK (octet_length(secret) = 32),
    name            TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
    -- Goes into each form, and comes back with it.
    form_token      TEXT NOT NULL,
    signed_in_at    TIMESTAMPTZ NOT NULL,
    last_seen_at    TIMESTAMPTZ NOT NULL
);
CREATE INDEX session_name ON session (name);
