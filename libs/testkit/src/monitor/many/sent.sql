-- Sends $1 to $2 of $3, of $4 accounts on $5 lanes, made of $6 real ones; ten a second, the last one just now.
INSERT INTO sent (change, message, lane, ramp, chain, block, log_index, block_hash, tx, at, message_id, id_origin,
    id_proof, computed_id, sequence, nonce, sender, receiver, data_hash, data_length, data_head, fee_token, fee, fee_juels,
    gas_limit, tokens, amounts, leaf, content, repeated)
SELECT last_change + 1 + 2 * i, last_change + 1 + 2 * i, load_lane.lane, load_lane.ramp, real.chain, 1000000 + i / 50, i % 50,
    sha256(int8send(i / 50)), sha256(int8send(-1 - i)), until - ($3 - i) * INTERVAL '100 milliseconds', sha256(int8send(i)),
    real.id_origin, real.id_proof, real.computed_id, 1000000 + i / $5, real.nonce, one.address, other.receiver,
    real.data_hash, real.data_length, real.data_head, real.fee_token, real.fee, real.fee_juels, real.gas_limit, real.tokens,
    real.amounts, real.leaf, hashint8extended(i, 7), FALSE
FROM load_start CROSS JOIN generate_series($1, $2) AS i
JOIN load_sent AS real ON real.number = i % $6
JOIN load_lane ON load_lane.number = i % $5
JOIN load_account AS one ON one.number = CASE WHEN i % 100 < 8 THEN 0 ELSE abs(hashint8(i)::BIGINT) % $4 END
JOIN load_account AS other ON other.number = abs(hashint8(i + 1)::BIGINT) % $4
