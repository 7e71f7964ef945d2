-- Look-ups and working tables that are not read models.

SET ROLE @owner@;
-- Which contact an identity belongs to: a keyed digest of the phone number or user id. Can be made
-- again from the sealed details of the contacts.
CREATE TABLE hub.contact_identity (
    tenant_id uuid NOT NULL,
    digest text NOT NULL,
    contact_id uuid NOT NULL,
    kind text NOT NULL,
    pepper_version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, digest)
);
CREATE INDEX contact_identity_contact ON hub.contact_identity (tenant_id, contact_id);
ALTER TABLE hub.contact_identity ENABLE ROW LEVEL SECURITY;
ALTER TABLE hub.contact_identity FORCE ROW LEVEL SECURITY;
CREATE POLICY own_firm ON hub.contact_identity FOR SELECT TO @serve@, @work@
    USING (tenant_id = hub.current_tenant());
CREATE POLICY every_firm ON hub.contact_identity TO @follow@ USING (true);
GRANT SELECT ON hub.contact_identity TO @serve@, @work@;
GRANT SELECT, INSERT, UPDATE, DELETE ON hub.contact_identity TO @follow@;

-- Parts of webhooks that belong to no known firm; sealed, listed and replayed by an operator.
CREATE TABLE hub.quarantine (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    inbox_id bigint NOT NULL,
    reason text NOT NULL,
    waba_id_digest text,
    phone_number_id_digest text,
    sealed_part bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    replayed_at timestamptz
);
GRANT SELECT, INSERT, UPDATE, DELETE ON hub.quarantine TO @follow@;

-- Attempts at due work (rows of `work_items` and `outbox`): leases and counters, no facts.
CREATE TABLE hub.work_attempt (
    kind text NOT NULL,
    reference uuid NOT NULL,
    tenant_id uuid NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz,
    lease_token bigint NOT NULL DEFAULT 0,
    last_error text,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, reference)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX work_attempt_due ON hub.work_attempt (due_at);
ALTER TABLE hub.work_attempt ENABLE ROW LEVEL SECURITY;
ALTER TABLE hub.work_attempt FORCE ROW LEVEL SECURITY;
CREATE POLICY own_firm ON hub.work_attempt TO @serve@, @work@
    USING (tenant_id = hub.current_tenant());
CREATE POLICY every_firm ON hub.work_attempt TO @follow@ USING (true);
GRANT SELECT ON hub.work_attempt TO @serve@;
GRANT SELECT, INSERT, UPDATE, DELETE ON hub.work_attempt TO @work@, @follow@;
RESET ROLE;
