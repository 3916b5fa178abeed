-- Balances are forgotten by their age, whoever's they are, each time that one is kept.
CREATE INDEX balance_at ON balance (at);
