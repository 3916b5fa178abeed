-- People whom a provider of OpenID Connect vouches for. Who somebody is there (`iss` and `sub`) never passes to anybody else;
-- his name here is the first that he came with, and stays.
ALTER TABLE account ALTER COLUMN password DROP NOT NULL;
ALTER TABLE account ADD COLUMN issuer TEXT;
ALTER TABLE account ADD COLUMN subject TEXT;
-- When the provider last said so; none: it does not any more.
ALTER TABLE account ADD COLUMN vouched_at TIMESTAMPTZ;
ALTER TABLE account ADD CONSTRAINT account_voucher CHECK (
    (password IS NOT NULL AND issuer IS NULL AND subject IS NULL AND vouched_at IS NULL)
    OR (password IS NULL AND issuer IS NOT NULL AND subject IS NOT NULL)
);
CREATE UNIQUE INDEX account_person ON account (issuer, subject);
