-- The firms whose messages are served by workers of their own. Before the read model was rebuilt
-- that knows of it there are none.
SET ROLE @follow@;
CREATE FUNCTION read_model.firms_with_own_queue() RETURNS TABLE (firm_id uuid)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY SELECT DISTINCT sender.tenant_id FROM read_model.sender_directory AS sender
        WHERE sender.own_queue;
EXCEPTION WHEN undefined_column OR undefined_table THEN
    RETURN;
END
$$;
REVOKE ALL ON FUNCTION read_model.firms_with_own_queue FROM PUBLIC;
GRANT EXECUTE ON FUNCTION read_model.firms_with_own_queue TO @work@;
RESET ROLE;
