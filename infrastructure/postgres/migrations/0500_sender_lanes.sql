-- Who may send for a sender number, and the guards of the transaction that records an attempt.

SET ROLE @owner@;
-- One row per sender number that was ever sent from. `token` rises with every new holder, so what
-- an earlier holder still believes can be told from what is true. Ids and times only: a lane
-- belongs to processes, which serve every firm.
CREATE TABLE hub.sender_lane (
    sender_number_id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    token bigint NOT NULL,
    holder uuid NOT NULL,
    lease_until timestamptz NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);
ALTER TABLE hub.sender_lane ENABLE ROW LEVEL SECURITY;
ALTER TABLE hub.sender_lane FORCE ROW LEVEL SECURITY;
CREATE POLICY every_firm ON hub.sender_lane TO @work@, @follow@ USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON hub.sender_lane TO @work@;
GRANT SELECT ON hub.sender_lane TO @follow@;

-- Fails unless the lane is still held with this token, and keeps it so until the transaction ends.
CREATE FUNCTION hub.require_lane(number uuid, held bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM FROM hub.sender_lane
    WHERE sender_number_id = number AND token = held FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the lane of % is held by another process', number
            USING ERRCODE = 'LH002';
    END IF;
END
$$;

-- Fails if anything has happened in one of the streams since it was read. Asked after the append,
-- which keeps everybody else from appending until the transaction ends.
CREATE FUNCTION hub.require_unchanged(streams uuid[], versions bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF EXISTS (
        SELECT FROM unnest(streams, versions) AS seen (stream, version)
        JOIN hub.events AS later
            ON later.originator_id = seen.stream AND later.originator_version = seen.version + 1
    ) THEN
        RAISE EXCEPTION 'something that the decision looked at has changed'
            USING ERRCODE = 'LH003';
    END IF;
END
$$;
REVOKE ALL ON FUNCTION hub.require_lane, hub.require_unchanged FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub.require_lane, hub.require_unchanged TO @work@;
RESET ROLE;

-- The sender numbers of all firms that have something to do: when the first of their messages is
-- due, when the oldest attempt without an outcome began, and until when somebody holds their lane
-- (NULL: nobody does). Walks from number to number, however many messages each of them has.
SET ROLE @follow@;
CREATE FUNCTION read_model.lanes_with_work()
    RETURNS TABLE (
        tenant_id uuid,
        sender_number_id uuid,
        due_at timestamptz,
        attempted_at timestamptz,
        holder uuid,
        lease_until timestamptz
    )
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY
    WITH RECURSIVE number AS (
        (
            SELECT outbox.sender_number_id AS id, outbox.tenant_id AS firm
            FROM read_model.outbox WHERE outbox.state IN ('due', 'attempting')
            ORDER BY outbox.sender_number_id LIMIT 1
        )
        UNION ALL
        SELECT later.id, later.firm FROM number CROSS JOIN LATERAL (
            SELECT outbox.sender_number_id AS id, outbox.tenant_id AS firm
            FROM read_model.outbox
            WHERE outbox.state IN ('due', 'attempting') AND outbox.sender_number_id > number.id
            ORDER BY outbox.sender_number_id LIMIT 1
        ) AS later
    )
    SELECT
        number.firm,
        number.id,
        (
            SELECT outbox.due_at FROM read_model.outbox
            WHERE outbox.sender_number_id = number.id AND outbox.state = 'due'
            ORDER BY outbox.due_at LIMIT 1
        ),
        (
            SELECT min(outbox.attempted_at) FROM read_model.outbox
            WHERE outbox.sender_number_id = number.id AND outbox.state = 'attempting'
        ),
        lane.holder,
        lane.lease_until
    FROM number
    LEFT JOIN hub.sender_lane AS lane
        ON lane.sender_number_id = number.id AND lane.lease_until > clock_timestamp();
END
$$;
REVOKE ALL ON FUNCTION read_model.lanes_with_work FROM PUBLIC;
GRANT EXECUTE ON FUNCTION read_model.lanes_with_work TO @work@;
RESET ROLE;
