CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version (id, version_id, is_applied, tstamp) VALUES (1, 0, 1, '2026-11-26 01:34:27');
INSERT INTO goose_db_version (id, version_id, is_applied, tstamp) VALUES (2, 1, 1, '2026-11-26 01:34:27');
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
INSERT INTO products (id, slug, category, name, description, image, free_amount, hidden, position) VALUES (1, 'old-cup', '{"en":"Teaware"}', '{"en":"Old cup","zh-Hant":"舊杯"}', '{}', '', 0, 0, 1);
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
INSERT INTO variants (sku, product_id, name, cost_price, price, currency, stock, seed_stock, position) VALUES ('old-cup', 1, '{}', 20000, 16800, 'HKD', 5, 6, 0);
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
INSERT INTO orders (id, number, token, code, intent, status, lines, amount, currency, customer, email, terminal, language, reference, return_url, cancel_url, note, attention, held, created_at, updated_at, expires_at, expired_at, paid_at) VALUES (1, 'AAAA-2222', 'oldtokenpaid00000000000000000001', 'oldcode000000001', 'old1', 'paid', '[{"SKU":"old-cup","ProductSlug":"old-cup","Name":{"en":"Old cup"},"CostPrice":{"Amount":20000,"Currency":"HKD"},"Price":{"Amount":16800,"Currency":"HKD"},"Quantity":1}]', 16800, 'HKD', '{"full_name":"Chan Tai Man","email":"chan@example.com"}', 'chan@example.com', '{"order_ip":"192.0.2.7"}', 'en', '', '', '', '', '', 1, 1760000000000, 1760000060000, 1760001800000, 0, 1760000060000);
INSERT INTO orders (id, number, token, code, intent, status, lines, amount, currency, customer, email, terminal, language, reference, return_url, cancel_url, note, attention, held, created_at, updated_at, expires_at, expired_at, paid_at) VALUES (2, 'BBBB-3333', 'oldtokenwait00000000000000000002', 'oldcode000000002', NULL, 'pending', '[]', 16800, 'HKD', '{"full_name":"Lee Siu"}', 'lee@example.com', '{}', 'zh-Hant', '', '', '', '', '', 1, 1760000100000, 1760000100000, 1760001900000, 0, 0);
INSERT INTO orders (id, number, token, code, intent, status, lines, amount, currency, customer, email, terminal, language, reference, return_url, cancel_url, note, attention, held, created_at, updated_at, expires_at, expired_at, paid_at) VALUES (3, 'CCCC-4444', 'oldtokenover00000000000000000003', 'oldcode000000003', NULL, 'expired', '[]', 5000, 'HKD', '{}', '', '{}', '', '', '', '', '', '', 0, 1760000200000, 1760002000000, 1760002000000, 1760002000000, 0);
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
INSERT INTO payments (id, order_id, attempt, merchant_id, merchant_transaction_id, ll_transaction_id, ll_transaction_ids, processor, method, status, amount, currency, web_url, wap_url, qr_content, return_code, decline_code, trace_id, settlement_amount, settlement_currency, created_at, updated_at, paid_at, scanned_at, next_query_at, queries) VALUES (1, 1, 1, '2080898732499253', 'oldpayment0000000000000000000000000000000001', '2025100900000001', '2025100900000001', 'alipayhk', 'web_pay', 'PS', 16800, 'HKD', 'https://gateway.example/1', '', '', '', '', '', 2150, 'USD', 1760000000000, 1760000060000, 1760000060000, 0, 0, 0);
INSERT INTO payments (id, order_id, attempt, merchant_id, merchant_transaction_id, ll_transaction_id, ll_transaction_ids, processor, method, status, amount, currency, web_url, wap_url, qr_content, return_code, decline_code, trace_id, settlement_amount, settlement_currency, created_at, updated_at, paid_at, scanned_at, next_query_at, queries) VALUES (2, 2, 1, '2080898732499253', 'oldpayment0000000000000000000000000000000002', '2025100900000002', '2025100900000002', 'wechathk', 'web_pay', 'WP', 16800, 'HKD', 'https://gateway.example/2', '', '', '', '', '', 0, '', 1760000100000, 1760000100000, 0, 0, 1760000110000, 1);
INSERT INTO payments (id, order_id, attempt, merchant_id, merchant_transaction_id, ll_transaction_id, ll_transaction_ids, processor, method, status, amount, currency, web_url, wap_url, qr_content, return_code, decline_code, trace_id, settlement_amount, settlement_currency, created_at, updated_at, paid_at, scanned_at, next_query_at, queries) VALUES (3, 3, 1, '2080898732499253', 'oldpayment0000000000000000000000000000000003', '', '', 'alipaycn', 'wap_pay', 'PC', 5000, 'HKD', '', '', '', '', '', '', 0, '', 1760000200000, 1760002000000, 0, 0, 0, 0);
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
INSERT INTO events (id, order_id, payment_id, digest, at, last_at, times, kind, source, verdict, from_status, to_status, detail, raw) VALUES (1, 1, 1, NULL, 1760000000000, 1760000000000, 1, 'created', '', '', '', 'open', '', '');
INSERT INTO events (id, order_id, payment_id, digest, at, last_at, times, kind, source, verdict, from_status, to_status, detail, raw) VALUES (2, 1, 1, NULL, 1760000060000, 1760000660000, 2, 'evidence', 'notification', 'applied', 'WP', 'PS', '', '{"transaction_status":"PS"}');
CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY,
    fact       TEXT    NOT NULL UNIQUE,
    order_id   INTEGER NOT NULL REFERENCES orders (id),
    type       TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO outbox (id, fact, order_id, type, created_at) VALUES (1, '1:paid', 1, 'order.paid', 1760000060000);
CREATE TABLE readiness (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL
) STRICT;
INSERT INTO readiness (id, at) VALUES (1, 0);
CREATE INDEX variants_product ON variants (product_id, position);
CREATE INDEX orders_status ON orders (status, id);
CREATE INDEX orders_email ON orders (email, id) WHERE email <> '';
CREATE INDEX orders_reference ON orders (reference, id) WHERE reference <> '';
CREATE INDEX orders_attention ON orders (id) WHERE attention <> '';
CREATE INDEX payments_due ON payments (next_query_at) WHERE next_query_at > 0;
CREATE INDEX payments_ll ON payments (ll_transaction_id) WHERE ll_transaction_id <> '';
CREATE INDEX payments_trace ON payments (trace_id) WHERE trace_id <> '';
CREATE UNIQUE INDEX events_digest ON events (order_id, digest);
