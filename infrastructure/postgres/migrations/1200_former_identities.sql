-- Who had a phone number before: a message that was written while a contact still had its number
-- belongs to that contact, in whatever order webhooks arrive. Keyed digests only, like the look-up
-- of identities; kept so that a number that somebody else has by now never leads to the former one.

SET ROLE @owner@;
CREATE TABLE hub.contact_identity_former (
    tenant_id uuid NOT NULL,
    digest text NOT NULL,
    contact_id uuid NOT NULL,
    held_until timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, digest, contact_id)
);
ALTER TABLE hub.contact_identity_former ENABLE ROW LEVEL SECURITY;
ALTER TABLE hub.contact_identity_former FORCE ROW LEVEL SECURITY;
CREATE POLICY own_firm ON hub.contact_identity_former FOR SELECT TO @serve@, @work@
    USING (tenant_id = hub.current_tenant());
CREATE POLICY every_firm ON hub.contact_identity_former TO @follow@ USING (true);
GRANT SELECT ON hub.contact_identity_former TO @serve@, @work@;
GRANT SELECT, INSERT, UPDATE, DELETE ON hub.contact_identity_former TO @follow@;
RESET ROLE;
