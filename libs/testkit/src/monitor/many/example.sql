-- The message of a place among those that were made.
SELECT '0x' || encode(sent.message_id, 'hex') AS id, '0x' || encode(sent.tx, 'hex') AS tx,
    '0x' || encode(sent.sender, 'hex') AS sender, '0x' || encode(substring(sent.receiver FROM octet_length(sent.receiver) - 19), 'hex') AS receiver,
    lane.name AS lane, to_char(sent.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS sent_at
FROM load_start JOIN sent ON sent.change = last_change + 1 + 2 * $1 JOIN lane USING (lane)
