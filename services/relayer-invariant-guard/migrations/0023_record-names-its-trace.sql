-- In which trace it happened (OPS-8). No link covers it: it is where to look, and proves nothing.
ALTER TABLE audit ADD COLUMN trace_id TEXT CHECK (trace_id ~ '^[0-9a-f]{32}$');

-- The record of a halt may be written by another task or replica, in the trace in which it was latched.
ALTER TABLE halt ADD COLUMN traceparent TEXT CHECK (LENGTH(traceparent) <= 64);
