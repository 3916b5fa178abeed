-- Before the rows: lanes and ramps beside the one that was read, accounts, and the real rows to make others of.
DROP INDEX sent_tx, attempt_tx, message_sender, message_receiver;
INSERT INTO lane (dialect, source, destination, source_chain, destination_chain, name, listed, widest_report)
SELECT dialect, source, destination + number, source_chain, destination_chain, name || '-' || number, TRUE, widest_report
FROM lane CROSS JOIN generate_series(1, 19) AS number;
INSERT INTO ramp (lane, contract)
SELECT lane.lane, ramp.contract FROM lane CROSS JOIN (SELECT contract FROM ramp ORDER BY ramp LIMIT 1) AS ramp
ON CONFLICT DO NOTHING;
CREATE UNLOGGED TABLE load_lane AS
SELECT row_number() OVER (ORDER BY ramp) - 1 AS number, lane.lane, lane.name, ramp FROM ramp JOIN lane USING (lane);
CREATE UNLOGGED TABLE load_account (number BIGINT PRIMARY KEY, address BYTEA, tag BIGINT, receiver BYTEA, receiver_tag BIGINT);
CREATE UNLOGGED TABLE load_sent AS SELECT row_number() OVER (ORDER BY change) - 1 AS number, sent.* FROM sent;
CREATE UNLOGGED TABLE load_attempt AS
SELECT load_sent.number, attempt.* FROM load_sent JOIN attempt ON attempt.message = load_sent.message;
CREATE UNLOGGED TABLE load_message AS
SELECT load_sent.number, message.* FROM load_sent JOIN message ON message.message = load_sent.message;
CREATE UNLOGGED TABLE load_start AS
SELECT last_change, (SELECT min(time) FROM cursor) AS until FROM ledger;
ANALYZE load_lane, load_sent, load_attempt, load_message;
