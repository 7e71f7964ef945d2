-- What a part of a webhook in quarantine needs to be replayed after its raw body is gone, and the
-- keyed digest that keeps a redelivered part single.

SET ROLE @owner@;
ALTER TABLE hub.quarantine
    ADD COLUMN app text NOT NULL,
    ADD COLUMN app_fingerprint text NOT NULL,
    ADD COLUMN received_at timestamptz NOT NULL,
    ADD COLUMN traceparent text,
    ADD COLUMN part_digest text NOT NULL,
    ADD COLUMN place text;
CREATE UNIQUE INDEX quarantine_part ON hub.quarantine (part_digest);
CREATE INDEX quarantine_waiting ON hub.quarantine (reason, id) WHERE replayed_at IS NULL;
RESET ROLE;
