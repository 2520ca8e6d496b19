-- +goose Up
-- refunds are the ones that this shop has asked for. Each is stored before anything is sent, with the id by which the gateway knows
-- it. intent names what the operator or program meant: the same again is the same refund. refused is 1 when the gateway has answered the
-- request with a clear no that it didn't sign. Due while next_query_at > 0.
CREATE TABLE refunds (
    id                      INTEGER PRIMARY KEY,
    order_id                INTEGER NOT NULL REFERENCES orders (id),
    payment_id              INTEGER NOT NULL REFERENCES payments (id),
    merchant_transaction_id TEXT    NOT NULL UNIQUE,
    intent                  TEXT    UNIQUE,
    ll_transaction_id       TEXT    NOT NULL DEFAULT '',
    status                  TEXT    NOT NULL,
    amount                  INTEGER NOT NULL CHECK (amount > 0),
    currency                TEXT    NOT NULL,
    reason                  TEXT    NOT NULL DEFAULT '',
    restock                 INTEGER NOT NULL DEFAULT 0,
    made_by                 TEXT    NOT NULL DEFAULT '',
    return_code             TEXT    NOT NULL DEFAULT '',
    decline_code            TEXT    NOT NULL DEFAULT '',
    trace_id                TEXT    NOT NULL DEFAULT '',
    refused                 INTEGER NOT NULL DEFAULT 0,
    created_at              INTEGER NOT NULL,
    updated_at              INTEGER NOT NULL,
    done_at                 INTEGER NOT NULL DEFAULT 0,
    next_query_at           INTEGER NOT NULL DEFAULT 0,
    queries                 INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX refunds_order ON refunds (order_id, id);
CREATE INDEX refunds_due ON refunds (next_query_at) WHERE next_query_at > 0;
ALTER TABLE orders ADD COLUMN refund_count INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE orders DROP COLUMN refund_count;
DROP TABLE refunds;
