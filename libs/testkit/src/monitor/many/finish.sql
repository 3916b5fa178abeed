-- After the rows: the ledger goes on behind them.
UPDATE ledger SET last_change = (SELECT max(change) FROM attempt), reserved = (SELECT max(change) FROM attempt);
