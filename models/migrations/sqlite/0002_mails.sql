-- +goose Up
-- mails holds the e-mails to buyers: due while next_at > 0. A receipt's row is written in the transaction that paid
-- the order; fact makes it the only one.
CREATE TABLE mails (
    id         INTEGER PRIMARY KEY,
    fact       TEXT    NOT NULL UNIQUE,
    order_id   INTEGER NOT NULL REFERENCES orders (id),
    kind       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    next_at    INTEGER NOT NULL DEFAULT 0,
    tries      INTEGER NOT NULL DEFAULT 0,
    sent_at    INTEGER NOT NULL DEFAULT 0,
    failed_at  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX mails_due ON mails (next_at) WHERE next_at > 0;

-- +goose Down
DROP TABLE mails;
