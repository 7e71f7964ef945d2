-- How events are found must not depend on what the statistics know: about a firm that is new to them
-- PostgreSQL would read all its events to find those of one stream, and a plan that was made while
-- the table was small would read the whole of it.
SET ROLE @owner@;

-- The firm is a filter of what was found. Written so that no index serves it.
ALTER POLICY own_firm ON hub.events USING ((tenant_id = hub.current_tenant()) IS TRUE);

-- As before, but stream by stream and by the key: it is asked while the store's lock is held.
CREATE OR REPLACE FUNCTION hub.require_unchanged(streams uuid[], versions bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
    AS $$
BEGIN
    IF EXISTS (
        SELECT FROM unnest(streams, versions) AS seen (stream, version)
        WHERE EXISTS (
            SELECT FROM hub.events AS later
            WHERE later.originator_id = seen.stream
              AND later.originator_version = seen.version + 1
            -- Keeps PostgreSQL from making a join of it.
            OFFSET 0
        )
    ) THEN
        RAISE EXCEPTION 'something that the decision looked at has changed'
            USING ERRCODE = 'LH003';
    END IF;
END
$$;
RESET ROLE;
