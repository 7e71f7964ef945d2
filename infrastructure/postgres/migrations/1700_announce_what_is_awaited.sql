-- A ring says that a person waits: the holder of the lane looks at once. Messages to many (priority 9
-- and later, see BULK_PRIORITY) are found in the outbox, which rings for itself.
SET ROLE @owner@;

CREATE OR REPLACE FUNCTION hub.announce_request() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF coalesce((convert_from(NEW.state, 'UTF8')::json #>> '{data,priority}')::integer, 0) < 9 THEN
        PERFORM pg_notify('outbound_requested', '');
    END IF;
    RETURN NULL;
END
$$;

RESET ROLE;
