-- Keys, all of them wrapped: the master key wraps the keys of a firm, a firm's key wraps the data
-- keys of its data subjects and its secrets. Destroying a data key erases what it sealed.

SET ROLE @owner@;
CREATE TABLE hub.tenant_key (
    tenant_id uuid NOT NULL,
    purpose text NOT NULL CHECK (purpose IN ('wrap', 'digest')),
    version integer NOT NULL,
    key_id uuid NOT NULL,
    wrapped_by text NOT NULL,
    wrapped bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, purpose, version)
);
CREATE TABLE hub.data_key (
    key_id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    version integer NOT NULL,
    wrapped_by uuid NOT NULL,
    wrapped bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant_id, subject_id, version)
);
-- What was destroyed, so that a restored backup can be made to forget it again.
CREATE TABLE hub.destroyed_key (
    key_id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    destroyed_at timestamptz NOT NULL DEFAULT now()
);
-- App secrets, verify tokens and access tokens. `holder` is the app or the sender number.
CREATE TABLE hub.secret_store (
    tenant_id uuid NOT NULL,
    kind text NOT NULL,
    holder text NOT NULL,
    fingerprint text NOT NULL,
    wrapped_by uuid NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, kind, holder, fingerprint)
);
CREATE INDEX secret_store_holder ON hub.secret_store (holder, kind);

ALTER TABLE hub.tenant_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE hub.tenant_key FORCE ROW LEVEL SECURITY;
ALTER TABLE hub.data_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE hub.data_key FORCE ROW LEVEL SECURITY;
ALTER TABLE hub.destroyed_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE hub.destroyed_key FORCE ROW LEVEL SECURITY;
ALTER TABLE hub.secret_store ENABLE ROW LEVEL SECURITY;
ALTER TABLE hub.secret_store FORCE ROW LEVEL SECURITY;

CREATE POLICY own_firm ON hub.tenant_key TO @serve@, @work@
    USING (tenant_id = hub.current_tenant());
CREATE POLICY every_firm ON hub.tenant_key TO @follow@ USING (true);
GRANT SELECT, INSERT ON hub.tenant_key TO @serve@, @follow@, @work@;

CREATE POLICY own_firm ON hub.data_key TO @serve@, @work@ USING (tenant_id = hub.current_tenant());
CREATE POLICY every_firm ON hub.data_key TO @follow@, @shred@ USING (true);
GRANT SELECT, INSERT ON hub.data_key TO @serve@, @follow@, @work@;
GRANT SELECT, DELETE ON hub.data_key TO @shred@;

CREATE POLICY own_firm ON hub.destroyed_key FOR SELECT TO @serve@, @work@
    USING (tenant_id = hub.current_tenant());
CREATE POLICY every_firm ON hub.destroyed_key TO @follow@, @shred@ USING (true);
GRANT SELECT ON hub.destroyed_key TO @serve@, @follow@, @work@;
GRANT SELECT, INSERT ON hub.destroyed_key TO @shred@;

CREATE POLICY own_firm ON hub.secret_store TO @serve@, @work@
    USING (tenant_id = hub.current_tenant());
CREATE POLICY every_firm ON hub.secret_store TO @follow@ USING (true);
GRANT SELECT, INSERT, DELETE ON hub.secret_store TO @serve@, @follow@;
GRANT SELECT ON hub.secret_store TO @work@;
GRANT CREATE ON SCHEMA hub TO @shred@, @follow@;
RESET ROLE;

-- Destroys all data keys of a subject; the caller must be in a session of the same firm.
SET ROLE @shred@;
CREATE FUNCTION hub.destroy_data_keys(tenant uuid, subject uuid) RETURNS SETOF uuid
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF tenant IS DISTINCT FROM hub.current_tenant() THEN
        RAISE EXCEPTION 'keys of another firm than the one of this session are not destroyed'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY
    WITH destroyed AS (
        DELETE FROM hub.data_key
        WHERE data_key.tenant_id = tenant AND data_key.subject_id = subject
        RETURNING data_key.key_id
    )
    INSERT INTO hub.destroyed_key (key_id, tenant_id, subject_id)
    SELECT destroyed.key_id, tenant, subject FROM destroyed
    RETURNING destroyed_key.key_id;
    PERFORM pg_notify('destroyed_key', tenant::text || ' ' || subject::text);
END
$$;
REVOKE ALL ON FUNCTION hub.destroy_data_keys FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub.destroy_data_keys TO @serve@, @follow@, @work@;
RESET ROLE;

-- The secrets of a Meta app in every firm that uses it: a webhook names its app before it is known
-- whose numbers are in it.
SET ROLE @follow@;
CREATE FUNCTION hub.secrets_of_holder(wanted_holder text)
    RETURNS TABLE (tenant_id uuid, kind text, fingerprint text, wrapped_by uuid, sealed bytea)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT stored.tenant_id, stored.kind, stored.fingerprint, stored.wrapped_by, stored.sealed
    FROM hub.secret_store AS stored
    WHERE stored.holder = wanted_holder
    ORDER BY stored.created_at, stored.fingerprint
$$;
REVOKE ALL ON FUNCTION hub.secrets_of_holder FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub.secrets_of_holder TO @serve@;

-- The token with this SHA-256, whatever firm it belongs to, as the token directory shows it.
CREATE FUNCTION hub.authenticate_token(wanted_sha256 text) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN (
        SELECT to_jsonb(token) FROM read_model.token_directory AS token
        WHERE token.token_sha256 = wanted_sha256
    );
END
$$;
REVOKE ALL ON FUNCTION hub.authenticate_token FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub.authenticate_token TO @serve@, @work@;
RESET ROLE;

SET ROLE @owner@;
REVOKE CREATE ON SCHEMA hub FROM @shred@, @follow@;
RESET ROLE;
