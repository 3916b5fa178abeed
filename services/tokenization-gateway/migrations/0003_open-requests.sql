-- Requests that are not over are counted every few seconds; of those that are, there are ever more.
CREATE INDEX request_open ON request (state, reason, updated_at) WHERE state NOT IN ('reported', 'rejected', 'failed');
