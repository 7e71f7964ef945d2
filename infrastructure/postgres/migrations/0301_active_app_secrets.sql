-- The app secrets that numbers use now: after a rotation the store still holds older ones, and a
-- webhook signed with one of those is refused. A webhook names its app before it is known whose
-- numbers are in it, so this looks at every firm.

SET ROLE @owner@;
GRANT CREATE ON SCHEMA hub TO @follow@;
RESET ROLE;

SET ROLE @follow@;
CREATE FUNCTION hub.active_app_secrets(wanted_app text) RETURNS SETOF text
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    SELECT DISTINCT jsonb_array_elements_text(sender.app_fingerprints::jsonb)
    FROM read_model.sender_directory AS sender
    WHERE sender.app = wanted_app;
END
$$;
REVOKE ALL ON FUNCTION hub.active_app_secrets FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub.active_app_secrets TO @serve@;
RESET ROLE;

SET ROLE @owner@;
REVOKE CREATE ON SCHEMA hub FROM @follow@;
RESET ROLE;
