-- Numbers of changes that a power failure took back are never given again (ADR 0012).
--
-- Up to here numbers may have been given. Written by commits that wait for the disk, so it is never behind what a watcher
-- has seen, while `last_change` of a back-fill may be.
ALTER TABLE ledger ADD COLUMN reserved BIGINT NOT NULL DEFAULT 0;
UPDATE ledger SET reserved = last_change;
