-- The trace in which a request was taken (W3C traceparent): every later step belongs to it, whichever process takes it.
ALTER TABLE request ADD COLUMN traceparent TEXT;
