-- +goose Up
-- processor is the wallet that counts: that of the payment which brought the money, else the newest. tallied is 1 when the order stands in takings.
ALTER TABLE orders ADD COLUMN processor TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN tallied INTEGER NOT NULL DEFAULT 0;
UPDATE orders SET tallied = CASE WHEN paid_at > 0 THEN 1 ELSE 0 END, processor = COALESCE((SELECT p.processor FROM payments p WHERE p.order_id = orders.id
    ORDER BY CASE WHEN p.status IN ('PS', 'RP', 'PR', 'RS', 'CB') THEN p.attempt ELSE 1000000 - p.attempt END LIMIT 1), '');

-- takings is what was paid, by day (days since 1970-01-01 in Hong Kong), currency and wallet; by_hand is 1 for what an operator
-- confirmed when the gateway couldn't. Nobody who pays waits for it: orders are added
-- a little later, each once, and until then found by orders_paid.
CREATE TABLE takings (
    day       INTEGER NOT NULL,
    currency  TEXT    NOT NULL,
    processor TEXT    NOT NULL,
    by_hand   INTEGER NOT NULL,
    paid      INTEGER NOT NULL,
    gross     INTEGER NOT NULL,
    PRIMARY KEY (day, currency, processor, by_hand)
) STRICT;
INSERT INTO takings (day, currency, processor, by_hand, paid, gross)
SELECT (paid_at + 28800000) / 86400000, currency, processor, CASE WHEN confirmed_at > 0 THEN 1 ELSE 0 END, COUNT(*), CAST(SUM(amount) AS INTEGER) FROM orders WHERE paid_at > 0 GROUP BY 1, 2, 3, 4;

-- Any filter of the list is a few stretches of one of these, each in the list's order (models/store_list.go). Within them SQLite orders by id itself;
-- named as a column it couldn't be searched by (created_at, id).
DROP INDEX orders_status;
CREATE INDEX orders_listed ON orders (status, currency, processor, created_at);
CREATE INDEX orders_placed ON orders (created_at);
DROP INDEX orders_attention;
CREATE INDEX orders_attention ON orders (created_at) WHERE attention <> '';
CREATE INDEX orders_of_link ON orders (link_id, created_at) WHERE link_id > 0;
CREATE INDEX orders_paid ON orders (tallied, paid_at, currency, processor, confirmed_at, amount) WHERE paid_at > 0;
CREATE INDEX payments_paid ON payments (paid_at, id, order_id, currency, amount, settlement_currency, settlement_amount) WHERE paid_at > 0;
CREATE INDEX refunds_done ON refunds (done_at) WHERE done_at > 0;

-- +goose Down
DROP INDEX refunds_done;
DROP INDEX payments_paid;
DROP INDEX orders_paid;
DROP INDEX orders_of_link;
DROP INDEX orders_attention;
CREATE INDEX orders_attention ON orders (id) WHERE attention <> '';
DROP INDEX orders_placed;
DROP INDEX orders_listed;
CREATE INDEX orders_status ON orders (status, id);
DROP TABLE takings;
ALTER TABLE orders DROP COLUMN tallied;
ALTER TABLE orders DROP COLUMN processor;
