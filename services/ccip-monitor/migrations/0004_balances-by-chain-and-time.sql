-- Balances are forgotten by the clock of their own chain: another chain's may be years away.
DROP INDEX balance_at;
CREATE INDEX balance_at ON balance (chain, at);
