-- A person waits for a reply: who holds the lane hears of the request itself, and need not wait until
-- a read model shows it. Messages to many ring as well; a ring is told once per transaction.
SET ROLE @owner@;

CREATE FUNCTION hub.announce_request() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM pg_notify('outbound_requested', '');
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION hub.announce_request() FROM PUBLIC;

CREATE TRIGGER announce_request AFTER INSERT ON hub.events
    FOR EACH ROW WHEN (NEW.topic LIKE 'outbound.requested.%')
    EXECUTE FUNCTION hub.announce_request();

RESET ROLE;
