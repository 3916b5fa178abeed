-- A gateway that issues tokens acts under a scope of its own, beside the relayer.
ALTER TABLE halt DROP CONSTRAINT halt_scope_check;
ALTER TABLE halt ADD CONSTRAINT halt_scope_check
    CHECK (scope IN ('batch_creation', 'settlement', 'tokenization', 'all'));
ALTER TABLE relayer_lease DROP CONSTRAINT relayer_lease_scope_check;
ALTER TABLE relayer_lease ADD CONSTRAINT relayer_lease_scope_check
    CHECK (scope IN ('batch_creation', 'settlement', 'tokenization', 'all'));
