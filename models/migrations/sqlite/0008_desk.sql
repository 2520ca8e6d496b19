-- +goose Up
-- confirmed_at is when an operator said that the order is paid, which the gateway couldn't say. Who and why are in the history.
ALTER TABLE orders ADD COLUMN confirmed_at INTEGER NOT NULL DEFAULT 0;

-- actor is the operator whose doing an entry is; signature is the message's, as it came.
ALTER TABLE events ADD COLUMN actor TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN signature TEXT NOT NULL DEFAULT '';

-- exchanges is the wire log: the calls to the gateway. Headers and bodies hold no secrets; the oldest rows of an order, and old rows, go.
CREATE TABLE exchanges (
    id         INTEGER PRIMARY KEY,
    order_id   INTEGER NOT NULL REFERENCES orders (id),
    payment_id INTEGER NOT NULL DEFAULT 0,
    at         INTEGER NOT NULL,
    took       INTEGER NOT NULL DEFAULT 0,
    kind       TEXT    NOT NULL,
    method     TEXT    NOT NULL,
    url        TEXT    NOT NULL,
    sent       TEXT    NOT NULL DEFAULT '',
    body       TEXT    NOT NULL DEFAULT '',
    status     INTEGER NOT NULL DEFAULT 0,
    received   TEXT    NOT NULL DEFAULT '',
    answer     TEXT    NOT NULL DEFAULT '',
    trace_id   TEXT    NOT NULL DEFAULT '',
    error      TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX exchanges_order ON exchanges (order_id, id);

-- seen_at is when an operator had enough of a failure; one that nobody need see has it from the beginning.
ALTER TABLE deliveries ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mails ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;
UPDATE deliveries SET seen_at = done_at WHERE state = 'dead' AND endpoint_id IN (SELECT id FROM endpoints WHERE reason = 'removed');
UPDATE mails SET seen_at = failed_at WHERE failed_at > 0 AND order_id IN (SELECT id FROM orders WHERE email = '');
CREATE INDEX deliveries_lost ON deliveries (endpoint_id, id) WHERE state = 'dead' AND seen_at = 0;
CREATE INDEX mails_lost ON mails (id) WHERE failed_at > 0 AND seen_at = 0;

-- +goose Down
DROP INDEX mails_lost;
DROP INDEX deliveries_lost;
ALTER TABLE mails DROP COLUMN seen_at;
ALTER TABLE deliveries DROP COLUMN seen_at;
DROP TABLE exchanges;
ALTER TABLE events DROP COLUMN signature;
ALTER TABLE events DROP COLUMN actor;
ALTER TABLE orders DROP COLUMN confirmed_at;
