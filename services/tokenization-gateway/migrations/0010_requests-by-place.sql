-- Lists ask by state and reason, and each such place is one stretch of this index: what is held is found at once, however much is
-- done. All places together are the list of everything, newest first.
CREATE INDEX request_by_place ON request (state, reason, created_at DESC, request_id DESC);
DROP INDEX request_newest_first;
