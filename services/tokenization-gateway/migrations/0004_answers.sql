-- The accounts of a transaction as its message wrote them: what advices name.
ALTER TABLE request ADD COLUMN account_from TEXT, ADD COLUMN account_to TEXT;

-- How many requests of a message are open; with the last of them, the message is answered as a whole.
CREATE TABLE message_report (
    message_id      UUID PRIMARY KEY REFERENCES message (message_id),
    open            INTEGER NOT NULL CHECK (open >= 0),
    -- Transactions that became no request: position, reference, end_to_end, uetr, reason.
    refused         JSONB NOT NULL
);
INSERT INTO message_report (message_id, open, refused)
SELECT message_id, COUNT(*) FILTER (WHERE state NOT IN ('reported', 'rejected', 'failed')), '[]'
FROM request WHERE message_id IS NOT NULL GROUP BY message_id;

-- An answer about a whole message belongs to each of its requests.
ALTER TABLE answer ADD COLUMN message_id UUID REFERENCES message (message_id);
CREATE INDEX answer_by_message ON answer (message_id) WHERE message_id IS NOT NULL;
