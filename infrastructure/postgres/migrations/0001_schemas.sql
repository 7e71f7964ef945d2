-- Two schemas: `hub` holds what cannot be derived again, `read_model` what can.
-- Names between at signs are filled in by the runner: @owner@, @append@, @shred@ (no login) and
-- @serve@, @follow@, @work@ (login) are the roles of this hub.

CREATE SCHEMA IF NOT EXISTS hub AUTHORIZATION @owner@;
CREATE SCHEMA read_model AUTHORIZATION @follow@;

SET ROLE @owner@;
GRANT USAGE ON SCHEMA hub TO @append@, @shred@, @serve@, @follow@, @work@;

-- The firm of this session, or NULL: comparing with NULL shows no row at all.
CREATE FUNCTION hub.current_tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.tenant', true), '')::uuid;

CREATE FUNCTION hub.refuse_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RAISE EXCEPTION '% of %.% is refused: what is stored there is only ever added to',
        tg_op, tg_table_schema, tg_table_name
        USING ERRCODE = 'insufficient_privilege',
              HINT = 'To correct a fact, append a new event. To erase personal content, destroy its key.';
END
$$;
RESET ROLE;

SET ROLE @follow@;
GRANT USAGE ON SCHEMA read_model TO @serve@, @work@;
ALTER DEFAULT PRIVILEGES IN SCHEMA read_model GRANT SELECT ON TABLES TO @serve@, @work@;
RESET ROLE;
