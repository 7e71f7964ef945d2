-- Moves a unit of following from where it stands. Raising instead of answering lets a follower send
-- the whole transaction of a page at once.

SET ROLE @follow@;
CREATE FUNCTION read_model.advance(
    unit text, from_position bigint, to_position bigint, of_build integer
) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    UPDATE read_model.follower_position
    SET position = to_position, updated_at = now()
    WHERE name = unit AND position = from_position AND build = of_build AND parked_reason IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the unit % does not stand at position % any more', unit, from_position
            USING ERRCODE = 'LH001';
    END IF;
END
$$;
REVOKE ALL ON FUNCTION read_model.advance FROM PUBLIC;
RESET ROLE;
