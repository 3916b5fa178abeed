-- Accounts: number, address, tag, and the same as a receiver.
INSERT INTO load_account SELECT * FROM UNNEST($1::BIGINT[], $2::BYTEA[], $3::BIGINT[], $4::BYTEA[], $5::BIGINT[])
