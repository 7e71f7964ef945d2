-- Where followers and rebuilds stand, and what waits for a follower.

-- New builds of read models stand here until they are swapped in: nobody else may look.
CREATE SCHEMA read_model_build AUTHORIZATION @follow@;

SET ROLE @follow@;
-- One row per unit of following. `position` is written in the transaction of the page that led to
-- it. A parked unit waits for a person, or for another version of the program (`parked_program`).
CREATE TABLE read_model.follower_position (
    name text PRIMARY KEY,
    position bigint NOT NULL DEFAULT 0,
    table_version integer NOT NULL DEFAULT 0,
    build integer NOT NULL DEFAULT 0,
    parked_at timestamptz,
    parked_reason text,
    parked_event text,
    parked_position bigint,
    parked_program text,
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);

-- One row per rebuild that is under way or was interrupted; a later one goes on from here.
CREATE TABLE read_model.rebuild (
    name text PRIMARY KEY,
    build integer NOT NULL,
    table_version integer NOT NULL,
    is_copied boolean NOT NULL DEFAULT false,
    head bigint NOT NULL,
    position bigint NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
RESET ROLE;

SET ROLE @owner@;
-- Delivery statuses that came before it was known which message they belong to.
CREATE TABLE hub.unmatched_status (
    status_event_id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    stream_id uuid NOT NULL,
    wamid_digest text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX unmatched_status_digest ON hub.unmatched_status (tenant_id, wamid_digest);
ALTER TABLE hub.unmatched_status ENABLE ROW LEVEL SECURITY;
ALTER TABLE hub.unmatched_status FORCE ROW LEVEL SECURITY;
CREATE POLICY every_firm ON hub.unmatched_status TO @follow@ USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON hub.unmatched_status TO @follow@;
RESET ROLE;
