-- Circuit breakers: one row per number, token or endpoint that has failed lately. Losing the table
-- loses nothing but the memory of failures. `tenant_id` is null for what no firm owns.

SET ROLE @owner@;
CREATE TABLE hub.circuit (
    kind text NOT NULL,
    reference text NOT NULL,
    tenant_id uuid,
    state jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (tenant_id, kind, reference)
);
ALTER TABLE hub.circuit ENABLE ROW LEVEL SECURITY;
ALTER TABLE hub.circuit FORCE ROW LEVEL SECURITY;
CREATE POLICY own_firm ON hub.circuit TO @serve@, @work@
    USING (tenant_id IS NULL OR tenant_id = hub.current_tenant())
    WITH CHECK (tenant_id IS NULL OR tenant_id = hub.current_tenant());
CREATE POLICY every_firm ON hub.circuit TO @follow@ USING (true) WITH CHECK (true);
GRANT SELECT ON hub.circuit TO @serve@;
GRANT SELECT, INSERT, UPDATE, DELETE ON hub.circuit TO @work@, @follow@;
RESET ROLE;
