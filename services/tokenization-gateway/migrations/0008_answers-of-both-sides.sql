-- A transfer is told to both its sides by messages of one type: what names an answer is its id, which follows from both.
ALTER TABLE answer DROP CONSTRAINT answer_request_id_step_message_type_key;
CREATE INDEX answer_by_request ON answer (request_id);
