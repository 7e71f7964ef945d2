-- The firms of a hub, without looking through all events.

SET ROLE @owner@;
CREATE INDEX events_firms ON hub.events (notification_id) WHERE topic = 'tenant.created.v1';
RESET ROLE;
