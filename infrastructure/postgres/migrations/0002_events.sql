-- The event table, in the layout of the event sourcing library plus the columns of the hub, and the
-- one function that adds to it. The runner fills in @schema@ = hub, @events@ = events,
-- @receipts@ = command_receipt, @append_events@ = append_events, @events_channel@ = 'events'; the
-- recorder makes further tables of the same kind from this file under other names.

SET ROLE @owner@;
CREATE TABLE @schema@.@events@ (
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,
    notification_id bigserial NOT NULL,
    tenant_id uuid NOT NULL,
    tenant_seq bigint NOT NULL,
    event_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (originator_id, originator_version),
    UNIQUE (notification_id),
    UNIQUE (tenant_id, tenant_seq)
) WITH (
    autovacuum_vacuum_insert_scale_factor = 0.05,
    autovacuum_analyze_scale_factor = 0.02
);
-- Mostly ciphertext: trying to compress it only costs.
ALTER TABLE @schema@.@events@ ALTER COLUMN state SET STORAGE EXTERNAL;

CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON @schema@.@events@
    FOR EACH STATEMENT EXECUTE FUNCTION hub.refuse_change();
ALTER TABLE @schema@.@events@ ENABLE ALWAYS TRIGGER only_added_to;

ALTER TABLE @schema@.@events@ ENABLE ROW LEVEL SECURITY;
ALTER TABLE @schema@.@events@ FORCE ROW LEVEL SECURITY;
CREATE POLICY own_firm ON @schema@.@events@ FOR SELECT TO @serve@, @work@
    USING (tenant_id = hub.current_tenant());
CREATE POLICY every_firm ON @schema@.@events@ FOR SELECT TO @follow@, @append@ USING (true);
CREATE POLICY append ON @schema@.@events@ FOR INSERT TO @append@ WITH CHECK (true);
GRANT SELECT ON @schema@.@events@ TO @serve@, @follow@, @work@;
GRANT SELECT, INSERT ON @schema@.@events@ TO @append@;
GRANT USAGE ON SEQUENCE @schema@.@events_sequence@ TO @append@;

CREATE TABLE @schema@.@receipts@ (
    tenant_id uuid NOT NULL,
    key text NOT NULL,
    body_digest text NOT NULL,
    result bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
ALTER TABLE @schema@.@receipts@ ENABLE ROW LEVEL SECURITY;
ALTER TABLE @schema@.@receipts@ FORCE ROW LEVEL SECURITY;
CREATE POLICY own_firm ON @schema@.@receipts@ FOR SELECT TO @serve@, @work@
    USING (tenant_id = hub.current_tenant());
CREATE POLICY every_firm ON @schema@.@receipts@ FOR SELECT TO @follow@, @append@ USING (true);
CREATE POLICY append ON @schema@.@receipts@ FOR INSERT TO @append@ WITH CHECK (true);
GRANT SELECT ON @schema@.@receipts@ TO @serve@, @follow@, @work@;
GRANT SELECT, INSERT ON @schema@.@receipts@ TO @append@;
GRANT CREATE ON SCHEMA @schema@ TO @append@;
RESET ROLE;

-- Appends a group of requests, each of them whole or not at all; a losing request does not touch
-- the others. The lock makes the order of positions the order of commits, so that a reader that
-- follows positions misses nothing; it is held until the caller's transaction ends.
--
-- `requests` names for each event the request it belongs to (0, 1, 2 … ascending), `first_of_stream`
-- whether it is the first event of its stream in its request. Within one call no two requests may
-- share a stream or a receipt key. `lenient` lists requests whose known facts are no conflict.
--
-- `outcomes` has one number per request: 0 stored, 1 stored before (same event ids), 2 duplicate,
-- 3 conflict, 4 repeated (receipt known), 5 receipt known with another body. `positions` and
-- `tenant_seqs` belong to the events of requests with outcome 0 in order, `known_…` to outcome 1,
-- `known_results` to the requests with outcome 4.
SET ROLE @append@;
CREATE FUNCTION @schema@.@append_events@(
    requests bigint[],
    first_of_stream boolean[],
    originator_ids uuid[],
    originator_versions bigint[],
    topics text[],
    states bytea[],
    tenant_ids uuid[],
    event_ids uuid[],
    lenient bigint[],
    receipt_requests bigint[],
    receipt_tenants uuid[],
    receipt_keys text[],
    receipt_digests text[],
    receipt_results bytea[],
    OUT outcomes smallint[],
    OUT moment timestamptz,
    OUT positions bigint[],
    OUT tenant_seqs bigint[],
    OUT known_positions bigint[],
    OUT known_tenant_seqs bigint[],
    OUT known_moments timestamptz[],
    OUT known_results bytea[]
)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    -- The plan must use the indexes whatever the size of the arrays or the age of the statistics.
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off
    SET jit = off
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(@append_lock@, 0));
    moment := clock_timestamp();

    SELECT array_agg(
        CASE
            WHEN checked.same = checked.events THEN 1
            WHEN checked.known = checked.events AND checked.request = ANY (lenient) THEN 2
            WHEN checked.taken OR checked.gap THEN 3
            ELSE 0
        END ORDER BY checked.request
    ) INTO outcomes
    FROM (
        SELECT
            input.request,
            count(*) AS events,
            count(*) FILTER (
                WHERE stored.event_id = input.event_id AND stored.tenant_id = input.tenant_id
            ) AS same,
            count(*) FILTER (
                WHERE input.version <= 1 AND stored.tenant_id = input.tenant_id
            ) AS known,
            bool_or(stored.event_id IS NOT NULL) AS taken,
            bool_or(
                input.is_first AND input.version > 1
                AND previous.tenant_id IS DISTINCT FROM input.tenant_id
            ) AS gap
        FROM unnest(
            requests, first_of_stream, originator_ids, originator_versions, tenant_ids, event_ids
        ) AS input (request, is_first, id, version, tenant_id, event_id)
        LEFT JOIN @schema@.@events@ AS stored
            ON stored.originator_id = input.id AND stored.originator_version = input.version
        LEFT JOIN @schema@.@events@ AS previous
            ON input.is_first AND input.version > 1
            AND previous.originator_id = input.id
            AND previous.originator_version = input.version - 1
        GROUP BY input.request
    ) AS checked;

    IF cardinality(receipt_requests) > 0 THEN
        SELECT
            array_agg(
                CASE
                    WHEN current.outcome = 1 OR receipt.key IS NULL THEN current.outcome
                    WHEN receipt.body_digest = given.body_digest THEN 4
                    ELSE 5
                END ORDER BY current.ordinal
            ),
            array_agg(receipt.result ORDER BY current.ordinal) FILTER (
                WHERE current.outcome <> 1 AND receipt.body_digest = given.body_digest
            )
        INTO outcomes, known_results
        FROM unnest(outcomes) WITH ORDINALITY AS current (outcome, ordinal)
        LEFT JOIN unnest(receipt_requests, receipt_tenants, receipt_keys, receipt_digests)
            AS given (request, tenant_id, key, body_digest) ON given.request = current.ordinal - 1
        LEFT JOIN @schema@.@receipts@ AS receipt
            ON receipt.tenant_id = given.tenant_id AND receipt.key = given.key;
    END IF;

    IF 0 = ANY (outcomes) THEN
        WITH fresh AS MATERIALIZED (
            SELECT input.*
            FROM unnest(
                requests, originator_ids, originator_versions, topics, states, tenant_ids, event_ids
            ) WITH ORDINALITY
                AS input (request, id, version, topic, state, tenant_id, event_id, ordinal)
            WHERE outcomes[input.request + 1] = 0
        ), head AS MATERIALIZED (
            SELECT
                firm.tenant_id,
                coalesce((
                    SELECT stored.tenant_seq FROM @schema@.@events@ AS stored
                    WHERE stored.tenant_id = firm.tenant_id
                    ORDER BY stored.tenant_seq DESC LIMIT 1
                ), 0) AS seq
            FROM (SELECT DISTINCT fresh.tenant_id FROM fresh) AS firm
        ), inserted AS (
            INSERT INTO @schema@.@events@ (
                originator_id, originator_version, topic, state,
                tenant_id, tenant_seq, event_id, recorded_at
            )
            SELECT
                fresh.id, fresh.version, fresh.topic, fresh.state, fresh.tenant_id,
                head.seq + row_number() OVER (
                    PARTITION BY fresh.tenant_id ORDER BY fresh.ordinal
                ),
                fresh.event_id, moment
            FROM fresh JOIN head USING (tenant_id)
            ORDER BY fresh.ordinal
            RETURNING notification_id, tenant_seq
        )
        SELECT
            array_agg(inserted.notification_id ORDER BY inserted.notification_id),
            array_agg(inserted.tenant_seq ORDER BY inserted.notification_id)
        INTO positions, tenant_seqs
        FROM inserted;

        IF cardinality(receipt_requests) > 0 THEN
            INSERT INTO @schema@.@receipts@ (tenant_id, key, body_digest, result, created_at)
            SELECT given.tenant_id, given.key, given.body_digest, given.result, moment
            FROM unnest(
                receipt_requests, receipt_tenants, receipt_keys, receipt_digests, receipt_results
            ) AS given (request, tenant_id, key, body_digest, result)
            WHERE outcomes[given.request + 1] = 0;
        END IF;

        PERFORM pg_notify(@events_channel@, '');
    END IF;

    -- What was stored before may still wait for its standby: this commit waits for it as well,
    -- which a transaction that writes nothing would not.
    IF outcomes && ARRAY[1, 2, 4]::smallint[] THEN
        PERFORM pg_logical_emit_message(true, 'hub', 'known');
    END IF;

    IF 1 = ANY (outcomes) THEN
        SELECT
            array_agg(stored.notification_id ORDER BY input.ordinal),
            array_agg(stored.tenant_seq ORDER BY input.ordinal),
            array_agg(stored.recorded_at ORDER BY input.ordinal)
        INTO known_positions, known_tenant_seqs, known_moments
        FROM unnest(requests, originator_ids, originator_versions) WITH ORDINALITY
            AS input (request, id, version, ordinal)
        JOIN @schema@.@events@ AS stored
            ON stored.originator_id = input.id AND stored.originator_version = input.version
        WHERE outcomes[input.request + 1] = 1;
    END IF;
END
$$;
REVOKE ALL ON FUNCTION @schema@.@append_events@ FROM PUBLIC;
GRANT EXECUTE ON FUNCTION @schema@.@append_events@ TO @serve@, @follow@, @work@;
RESET ROLE;

SET ROLE @owner@;
REVOKE CREATE ON SCHEMA @schema@ FROM @append@;
RESET ROLE;
