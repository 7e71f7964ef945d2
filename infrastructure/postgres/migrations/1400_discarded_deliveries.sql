-- What a person set aside that an endpoint could not be told; and where the hub's own code failed
-- on what it holds back: class and places, never content.

SET ROLE @owner@;
ALTER TABLE hub.webhook_delivery
    DROP CONSTRAINT webhook_delivery_state_check,
    ADD CONSTRAINT webhook_delivery_state_check
        CHECK (state IN ('due', 'delivered', 'dead', 'discarded')),
    ADD COLUMN discard_reason text;
CREATE INDEX webhook_delivery_letter ON hub.webhook_delivery
    ((md5(endpoint_id::text || event_id::text)::uuid)) WHERE state IN ('dead', 'discarded');
ALTER TABLE hub.quarantine
    ADD COLUMN defect jsonb,
    ADD COLUMN discarded_at timestamptz,
    ADD COLUMN discarded_by text,
    ADD COLUMN discard_reason text;
RESET ROLE;

SET ROLE @follow@;
ALTER TABLE read_model.follower_position ADD COLUMN parked_defect jsonb;
RESET ROLE;
