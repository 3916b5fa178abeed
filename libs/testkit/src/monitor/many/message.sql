-- The messages of these sends, executed.
INSERT INTO message (message, sent, last_attempt, lane, status, state, link, attempts, sender, receiver, sent_at,
    delivered_at, executed_at, created_at, updated_at, orphaned)
SELECT last_change + 1 + 2 * i, last_change + 1 + 2 * i, last_change + 2 + 2 * i, load_lane.lane, real.status, real.state,
    real.link, real.attempts, one.tag, other.receiver_tag, until - ($3 - i) * INTERVAL '100 milliseconds',
    until - ($3 - i) * INTERVAL '100 milliseconds' + INTERVAL '4 seconds',
    until - ($3 - i) * INTERVAL '100 milliseconds' + INTERVAL '5 seconds', now(), now(), FALSE
FROM load_start CROSS JOIN generate_series($1, $2) AS i
JOIN load_message AS real ON real.number = i % $6
JOIN load_lane ON load_lane.number = i % $5
JOIN load_account AS one ON one.number = CASE WHEN i % 100 < 8 THEN 0 ELSE abs(hashint8(i)::BIGINT) % $4 END
JOIN load_account AS other ON other.number = abs(hashint8(i + 1)::BIGINT) % $4
