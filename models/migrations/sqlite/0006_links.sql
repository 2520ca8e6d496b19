-- +goose Up
-- links are payment links. What they sell never changes; how often they were paid is counted from their orders.
CREATE TABLE links (
    id           INTEGER PRIMARY KEY,
    code         TEXT   NOT NULL UNIQUE,
    title        TEXT   NOT NULL,
    terms        TEXT   NOT NULL,
    max_payments INTEGER NOT NULL DEFAULT 0 CHECK (max_payments >= 0),
    inactive     INTEGER NOT NULL DEFAULT 0,
    expires_at   INTEGER NOT NULL DEFAULT 0,
    created_at   INTEGER NOT NULL
) STRICT;
ALTER TABLE orders ADD COLUMN link_id INTEGER NOT NULL DEFAULT 0;
CREATE INDEX orders_link ON orders (link_id, held, paid_at) WHERE link_id > 0;

-- +goose Down
DROP INDEX orders_link;
ALTER TABLE orders DROP COLUMN link_id;
DROP TABLE links;
