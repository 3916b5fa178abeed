-- A sender's messages to one receiver are told apart within the index: a busy sender has too many to look each one up.
DROP INDEX message_sender;
CREATE INDEX message_sender ON message (sender, lane, status, sent_at, message, receiver) WHERE NOT orphaned;
