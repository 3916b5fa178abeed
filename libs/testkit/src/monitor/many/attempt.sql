-- The executions of the same messages, five seconds after their sends.
INSERT INTO attempt (change, message, link, lane, contract, chain, block, log_index, block_hash, tx, at, message_id,
    sequence, leaf, outcome, return_data, gas_used, content, ambiguous)
SELECT last_change + 2 + 2 * i, last_change + 1 + 2 * i, real.link, load_lane.lane, real.contract, real.chain,
    1000000 + i / 50, i % 50, sha256(int8send(-1 - i / 50)), sha256(int8send(i + 1000000000000)),
    until - ($3 - i) * INTERVAL '100 milliseconds' + INTERVAL '5 seconds', sha256(int8send(i)), 1000000 + i / $5, real.leaf,
    real.outcome, real.return_data, real.gas_used, real.content, real.ambiguous
FROM load_start CROSS JOIN generate_series($1, $2) AS i
JOIN load_attempt AS real ON real.number = i % $6
JOIN load_lane ON load_lane.number = i % $5
WHERE $4 > 0
