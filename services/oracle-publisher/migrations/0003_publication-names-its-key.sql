-- The key whose sender an answer was given to, by its name in the configuration of whoever decided. Replicas that were configured
-- at different times would otherwise answer differently whose it is. NULL: an older program wrote it.
ALTER TABLE publication ADD COLUMN signer TEXT;
