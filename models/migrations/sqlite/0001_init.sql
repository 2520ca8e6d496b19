-- +goose Up
CREATE TABLE products (
    id          INTEGER PRIMARY KEY,
    slug        TEXT    NOT NULL UNIQUE,
    category    TEXT    NOT NULL DEFAULT '{}',
    name        TEXT    NOT NULL DEFAULT '{}',
    description TEXT    NOT NULL DEFAULT '{}',
    image       TEXT    NOT NULL DEFAULT '',
    free_amount INTEGER NOT NULL DEFAULT 0,
    hidden      INTEGER NOT NULL DEFAULT 0,
    position    INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE variants (
    sku        TEXT    NOT NULL PRIMARY KEY,
    product_id INTEGER NOT NULL REFERENCES products (id),
    name       TEXT    NOT NULL DEFAULT '{}',
    cost_price INTEGER NOT NULL CHECK (cost_price >= 0),
    price      INTEGER NOT NULL CHECK (price >= 0),
    currency   TEXT    NOT NULL,
    stock      INTEGER,
    seed_stock INTEGER,
    position   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX variants_product ON variants (product_id, position);

CREATE TABLE orders (
    id         INTEGER PRIMARY KEY,
    number     TEXT    NOT NULL UNIQUE,
    token      TEXT    NOT NULL UNIQUE,
    code       TEXT    NOT NULL UNIQUE,
    intent     TEXT    UNIQUE,
    status     TEXT    NOT NULL,
    lines      TEXT    NOT NULL,
    amount     INTEGER NOT NULL CHECK (amount > 0),
    currency   TEXT    NOT NULL,
    customer   TEXT    NOT NULL DEFAULT '{}',
    email      TEXT    NOT NULL DEFAULT '',
    terminal   TEXT    NOT NULL DEFAULT '{}',
    language   TEXT    NOT NULL DEFAULT '',
    reference  TEXT    NOT NULL DEFAULT '',
    return_url TEXT    NOT NULL DEFAULT '',
    cancel_url TEXT    NOT NULL DEFAULT '',
    note       TEXT    NOT NULL DEFAULT '',
    attention  TEXT    NOT NULL DEFAULT '',
    held       INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    expired_at INTEGER NOT NULL DEFAULT 0,
    paid_at    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX orders_status ON orders (status, id);
CREATE INDEX orders_email ON orders (email, id) WHERE email <> '';
CREATE INDEX orders_reference ON orders (reference, id) WHERE reference <> '';
CREATE INDEX orders_attention ON orders (id) WHERE attention <> '';

CREATE TABLE payments (
    id                      INTEGER PRIMARY KEY,
    order_id                INTEGER NOT NULL REFERENCES orders (id),
    attempt                 INTEGER NOT NULL,
    merchant_id             TEXT    NOT NULL,
    merchant_transaction_id TEXT    NOT NULL UNIQUE,
    ll_transaction_id       TEXT    NOT NULL DEFAULT '',
    ll_transaction_ids      TEXT    NOT NULL DEFAULT '',
    processor               TEXT    NOT NULL,
    method                  TEXT    NOT NULL,
    status                  TEXT    NOT NULL,
    amount                  INTEGER NOT NULL CHECK (amount > 0),
    currency                TEXT    NOT NULL,
    web_url                 TEXT    NOT NULL DEFAULT '',
    wap_url                 TEXT    NOT NULL DEFAULT '',
    qr_content              TEXT    NOT NULL DEFAULT '',
    return_code             TEXT    NOT NULL DEFAULT '',
    decline_code            TEXT    NOT NULL DEFAULT '',
    trace_id                TEXT    NOT NULL DEFAULT '',
    settlement_amount       INTEGER NOT NULL DEFAULT 0,
    settlement_currency     TEXT    NOT NULL DEFAULT '',
    created_at              INTEGER NOT NULL,
    updated_at              INTEGER NOT NULL,
    paid_at                 INTEGER NOT NULL DEFAULT 0,
    scanned_at              INTEGER NOT NULL DEFAULT 0,
    next_query_at           INTEGER NOT NULL DEFAULT 0,
    queries                 INTEGER NOT NULL DEFAULT 0,
    UNIQUE (order_id, attempt)
) STRICT;
CREATE INDEX payments_due ON payments (next_query_at) WHERE next_query_at > 0;
CREATE INDEX payments_ll ON payments (ll_transaction_id) WHERE ll_transaction_id <> '';
CREATE INDEX payments_trace ON payments (trace_id) WHERE trace_id <> '';

-- events is the history: who said what, when, and what came of it. The same message again in the
-- same state is counted, not repeated.
CREATE TABLE events (
    id          INTEGER PRIMARY KEY,
    order_id    INTEGER NOT NULL REFERENCES orders (id),
    payment_id  INTEGER NOT NULL DEFAULT 0,
    digest      BLOB,
    at          INTEGER NOT NULL,
    last_at     INTEGER NOT NULL,
    times       INTEGER NOT NULL DEFAULT 1,
    kind        TEXT    NOT NULL,
    source      TEXT    NOT NULL DEFAULT '',
    verdict     TEXT    NOT NULL DEFAULT '',
    from_status TEXT    NOT NULL DEFAULT '',
    to_status   TEXT    NOT NULL DEFAULT '',
    detail      TEXT    NOT NULL DEFAULT '',
    raw         TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX events_digest ON events (order_id, digest);

-- outbox holds what the outside must be told, written in the transaction that made it true; fact
-- makes each of them unique.
CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY,
    fact       TEXT    NOT NULL UNIQUE,
    order_id   INTEGER NOT NULL REFERENCES orders (id),
    type       TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- readiness has one row, which is written to see whether the database can be written to.
CREATE TABLE readiness (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL
) STRICT;
INSERT INTO readiness (id, at) VALUES (1, 0);

-- +goose Down
DROP TABLE readiness;
DROP TABLE outbox;
DROP TABLE events;
DROP TABLE payments;
DROP TABLE orders;
DROP TABLE variants;
DROP TABLE products;
