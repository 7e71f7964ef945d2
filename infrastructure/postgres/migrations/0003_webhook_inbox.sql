-- Raw webhook bodies, encrypted, until the ingest follower has made events of them; one partition
-- per day (UTC) so that a day is dropped whole.

SET ROLE @owner@;
CREATE SEQUENCE hub.webhook_inbox_id;
CREATE TABLE hub.webhook_inbox (
    id bigint NOT NULL DEFAULT nextval('hub.webhook_inbox_id'),
    received_at timestamptz NOT NULL,
    app text NOT NULL,
    app_fingerprint text NOT NULL,
    sealed_body bytea NOT NULL,
    traceparent text,
    PRIMARY KEY (id, received_at)
) PARTITION BY RANGE (received_at);
ALTER TABLE hub.webhook_inbox ALTER COLUMN sealed_body SET STORAGE EXTERNAL;
-- Catches what no day was prepared for; empty as long as the schedule runs.
CREATE TABLE hub.webhook_inbox_default PARTITION OF hub.webhook_inbox DEFAULT;
GRANT SELECT ON hub.webhook_inbox TO @follow@;
GRANT INSERT, SELECT ON hub.webhook_inbox TO @append@;
GRANT USAGE ON SEQUENCE hub.webhook_inbox_id TO @append@;
GRANT CREATE ON SCHEMA hub TO @append@;

-- Prepares partitions from today to `days` days ahead; returns the names of the new ones. A day
-- that already has rows in the default partition keeps them there.
CREATE FUNCTION hub.prepare_inbox_days(days integer) RETURNS SETOF text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    first_moment timestamptz;
    partition_name text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('hub.webhook_inbox days', 0));
    FOR ahead IN 0..days LOOP
        first_moment := (date_trunc('day', now() AT TIME ZONE 'UTC') + ahead * interval '1 day')
            AT TIME ZONE 'UTC';
        partition_name := 'webhook_inbox_' || to_char(first_moment AT TIME ZONE 'UTC', 'YYYYMMDD');
        CONTINUE WHEN to_regclass('hub.' || partition_name) IS NOT NULL;
        CONTINUE WHEN EXISTS (
            SELECT FROM hub.webhook_inbox_default AS kept
            WHERE kept.received_at >= first_moment
            AND kept.received_at < first_moment + interval '1 day'
        );
        EXECUTE format(
            'CREATE TABLE hub.%I (LIKE hub.webhook_inbox INCLUDING DEFAULTS INCLUDING STORAGE)',
            partition_name
        );
        -- Attaching, unlike creating in place, does not stop writers.
        EXECUTE format(
            'ALTER TABLE hub.webhook_inbox ATTACH PARTITION hub.%I FOR VALUES FROM (%L) TO (%L)',
            partition_name, first_moment, first_moment + interval '1 day'
        );
        RETURN NEXT partition_name;
    END LOOP;
END
$$;

-- Drops days that ended before `keep_from` and whose every body was ingested (id up to
-- `ingested_id`); returns the names of the dropped ones.
CREATE FUNCTION hub.drop_inbox_days(keep_from timestamptz, ingested_id bigint) RETURNS SETOF text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    partition_name text;
    has_waiting boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('hub.webhook_inbox days', 0));
    FOR partition_name IN
        SELECT child.relname
        FROM pg_inherits JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
        WHERE pg_inherits.inhparent = 'hub.webhook_inbox'::regclass
        AND child.relname ~ '^webhook_inbox_\d{8}$'
        AND (to_date(right(child.relname, 8), 'YYYYMMDD') + 1)::timestamp AT TIME ZONE 'UTC'
            <= keep_from
        ORDER BY child.relname
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM hub.%I WHERE id > $1)', partition_name)
            INTO has_waiting USING ingested_id;
        CONTINUE WHEN has_waiting;
        EXECUTE format('ALTER TABLE hub.webhook_inbox DETACH PARTITION hub.%I', partition_name);
        EXECUTE format('DROP TABLE hub.%I', partition_name);
        RETURN NEXT partition_name;
    END LOOP;
    DELETE FROM hub.webhook_inbox_default AS kept
    WHERE kept.received_at < keep_from AND kept.id <= ingested_id;
END
$$;
REVOKE ALL ON FUNCTION hub.prepare_inbox_days, hub.drop_inbox_days FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub.prepare_inbox_days, hub.drop_inbox_days TO @follow@;
RESET ROLE;

-- Stores a group of webhook bodies and returns their ids in order. The lock makes the order of ids
-- the order of commits, so that the ingest follower misses nothing.
SET ROLE @append@;
CREATE FUNCTION hub.store_webhooks(
    apps text[], app_fingerprints text[], sealed_bodies bytea[], traceparents text[]
) RETURNS bigint[]
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    ids bigint[];
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('store hub.webhook_inbox', 0));
    WITH inserted AS (
        INSERT INTO hub.webhook_inbox (received_at, app, app_fingerprint, sealed_body, traceparent)
        SELECT clock_timestamp(), input.app, input.app_fingerprint, input.sealed_body,
            input.traceparent
        FROM unnest(apps, app_fingerprints, sealed_bodies, traceparents) WITH ORDINALITY
            AS input (app, app_fingerprint, sealed_body, traceparent, ordinal)
        ORDER BY input.ordinal
        RETURNING id
    )
    SELECT array_agg(inserted.id ORDER BY inserted.id) INTO ids FROM inserted;
    PERFORM pg_notify('webhook_inbox', '');
    RETURN ids;
END
$$;
REVOKE ALL ON FUNCTION hub.store_webhooks FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub.store_webhooks TO @serve@;
RESET ROLE;

SET ROLE @owner@;
REVOKE CREATE ON SCHEMA hub FROM @append@;
RESET ROLE;
SELECT hub.prepare_inbox_days(7);
