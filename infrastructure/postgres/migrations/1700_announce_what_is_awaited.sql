-- A ring says that a person waits, and for which sender number: the holder of its lane looks at once.
-- Messages to many (priority 9 and later, see BULK_PRIORITY) are found in the outbox, which rings for
-- itself.
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
