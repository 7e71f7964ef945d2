-- Calls to other systems of a firm: one lane per endpoint, one row per event that it is to be told.
-- Kept by the follower `webhooks`, worked off by `hub deliver`. No facts: what happened stands in
-- the events.

SET ROLE @owner@;
CREATE TABLE hub.webhook_lane (
    endpoint_id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    event_types text[] NOT NULL,
    is_active boolean NOT NULL DEFAULT true,
    is_slow boolean NOT NULL DEFAULT false,
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    paused_until timestamptz,
    last_turn_at timestamptz,
    last_success_at timestamptz,
    last_failure_at timestamptz,
    last_failure text,
    lease_until timestamptz,
    lease_token bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX webhook_lane_tenant ON hub.webhook_lane (tenant_id);

CREATE TABLE hub.webhook_delivery (
    endpoint_id uuid NOT NULL REFERENCES hub.webhook_lane ON DELETE CASCADE,
    event_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    event_type text NOT NULL,
    event_seq bigint NOT NULL,
    stream_id uuid,
    stream_version bigint,
    state text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'delivered', 'dead')),
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    last_status integer,
    last_failure text,
    PRIMARY KEY (endpoint_id, event_id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX webhook_delivery_due ON hub.webhook_delivery (endpoint_id, due_at, event_seq)
    WHERE state = 'due';
CREATE INDEX webhook_delivery_dead ON hub.webhook_delivery (tenant_id, ended_at)
    WHERE state = 'dead';
CREATE INDEX webhook_delivery_ended ON hub.webhook_delivery (ended_at) WHERE state <> 'due';

ALTER TABLE hub.webhook_lane ENABLE ROW LEVEL SECURITY;
ALTER TABLE hub.webhook_lane FORCE ROW LEVEL SECURITY;
ALTER TABLE hub.webhook_delivery ENABLE ROW LEVEL SECURITY;
ALTER TABLE hub.webhook_delivery FORCE ROW LEVEL SECURITY;
CREATE POLICY own_firm ON hub.webhook_lane TO @serve@, @work@
    USING (tenant_id = hub.current_tenant());
CREATE POLICY every_firm ON hub.webhook_lane TO @follow@ USING (true);
CREATE POLICY own_firm ON hub.webhook_delivery TO @serve@, @work@
    USING (tenant_id = hub.current_tenant());
CREATE POLICY every_firm ON hub.webhook_delivery TO @follow@ USING (true);
GRANT SELECT ON hub.webhook_lane TO @serve@;
GRANT SELECT, UPDATE ON hub.webhook_lane TO @work@;
GRANT SELECT, INSERT, UPDATE, DELETE ON hub.webhook_lane TO @follow@;
GRANT SELECT, INSERT, UPDATE ON hub.webhook_delivery TO @serve@;
GRANT SELECT, UPDATE ON hub.webhook_delivery TO @work@;
GRANT SELECT, INSERT, UPDATE, DELETE ON hub.webhook_delivery TO @follow@;
GRANT CREATE ON SCHEMA hub TO @follow@;
RESET ROLE;

-- The next endpoint that has something to be told, whatever firm it belongs to: the one that waits
-- longest for its turn. A lane is held by one deliverer at a time.
SET ROLE @follow@;
CREATE FUNCTION hub.claim_webhook_lane(slow boolean, lease_s double precision)
    RETURNS TABLE (claimed_tenant uuid, claimed_endpoint uuid, claimed_token bigint)
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
    UPDATE hub.webhook_lane AS claimed
    SET lease_until = clock_timestamp() + make_interval(secs => lease_s),
        lease_token = claimed.lease_token + 1,
        last_turn_at = clock_timestamp()
    WHERE claimed.endpoint_id = (
        SELECT lane.endpoint_id FROM hub.webhook_lane AS lane
        WHERE lane.is_active AND lane.is_slow = slow
          AND coalesce(lane.lease_until <= clock_timestamp(), true)
          AND coalesce(lane.paused_until <= clock_timestamp(), true)
          AND EXISTS (
              SELECT FROM hub.webhook_delivery AS delivery
              WHERE delivery.endpoint_id = lane.endpoint_id AND delivery.state = 'due'
                AND delivery.due_at <= clock_timestamp())
        ORDER BY lane.last_turn_at NULLS FIRST
        LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING claimed.tenant_id, claimed.endpoint_id, claimed.lease_token
$$;
REVOKE ALL ON FUNCTION hub.claim_webhook_lane FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub.claim_webhook_lane TO @work@;
RESET ROLE;

SET ROLE @owner@;
REVOKE CREATE ON SCHEMA hub FROM @follow@;
RESET ROLE;
