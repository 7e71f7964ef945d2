-- A ring names the sender number that a person waits for: only the holder of its lane looks at once.
SET ROLE @owner@;

CREATE OR REPLACE FUNCTION hub.announce_request() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    facts json := convert_from(NEW.state, 'UTF8')::json -> 'data';
BEGIN
    IF coalesce((facts ->> 'priority')::integer, 0) < 9 THEN
        PERFORM pg_notify('outbound_requested', coalesce(facts ->> 'sender_number_id', ''));
    END IF;
    RETURN NULL;
END
$$;

RESET ROLE;
