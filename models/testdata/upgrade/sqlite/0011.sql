CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version (id, version_id, is_applied, tstamp) VALUES (1, 0, 1, '2026-11-26 11:40:07');
INSERT INTO goose_db_version (id, version_id, is_applied, tstamp) VALUES (2, 1, 1, '2026-11-26 11:40:07');
INSERT INTO goose_db_version (id, version_id, is_applied, tstamp) VALUES (3, 2, 1, '2026-11-26 11:40:07');
INSERT INTO goose_db_version (id, version_id, is_applied, tstamp) VALUES (4, 3, 1, '2026-11-26 11:40:07');
INSERT INTO goose_db_version (id, version_id, is_applied, tstamp) VALUES (5, 4, 1, '2026-11-26 11:40:07');
INSERT INTO goose_db_version (id, version_id, is_applied, tstamp) VALUES (6, 5, 1, '2026-11-26 11:40:07');
INSERT INTO goose_db_version (id, version_id, is_applied, tstamp) VALUES (7, 6, 1, '2026-11-26 11:40:07');
INSERT INTO goose_db_version (id, version_id, is_applied, tstamp) VALUES (8, 7, 1, '2026-11-26 11:40:07');
INSERT INTO goose_db_version (id, version_id, is_applied, tstamp) VALUES (9, 8, 1, '2026-11-26 11:40:07');
INSERT INTO goose_db_version (id, version_id, is_applied, tstamp) VALUES (10, 9, 1, '2026-11-26 11:40:07');
INSERT INTO goose_db_version (id, version_id, is_applied, tstamp) VALUES (11, 10, 1, '2026-11-26 11:40:08');
INSERT INTO goose_db_version (id, version_id, is_applied, tstamp) VALUES (12, 11, 1, '2026-11-26 11:40:08');
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
, version INTEGER NOT NULL DEFAULT 1, edited INTEGER NOT NULL DEFAULT 0, seeded INTEGER NOT NULL DEFAULT 1, sorted INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO products (id, slug, category, name, description, image, free_amount, hidden, position, version, edited, seeded, sorted) VALUES (1, 'old-cup', '{"en":"Teaware"}', '{"en":"Old cup","zh-Hant":"舊杯"}', '{}', '', 0, 0, 1, 1, 1, 1, 0);
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
, hidden INTEGER NOT NULL DEFAULT 0, first_order INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO variants (sku, product_id, name, cost_price, price, currency, stock, seed_stock, position, hidden, first_order) VALUES ('old-cup', 1, '{}', 20000, 16800, 'HKD', 5, 6, 0, 0, 0);
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
, discount TEXT NOT NULL DEFAULT '', session INTEGER NOT NULL DEFAULT 0, cancelled_at INTEGER NOT NULL DEFAULT 0, link_id INTEGER NOT NULL DEFAULT 0, confirmed_at INTEGER NOT NULL DEFAULT 0, refund_count INTEGER NOT NULL DEFAULT 0, processor TEXT NOT NULL DEFAULT '', tallied INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO orders (id, number, token, code, intent, status, lines, amount, currency, customer, email, terminal, language, reference, return_url, cancel_url, note, attention, held, created_at, updated_at, expires_at, expired_at, paid_at, discount, session, cancelled_at, link_id, confirmed_at, refund_count, processor, tallied) VALUES (1, 'AAAA-2222', 'oldtokenpaid00000000000000000001', 'oldcode000000001', 'old1', 'paid', '[{"SKU":"old-cup","ProductSlug":"old-cup","Name":{"en":"Old cup"},"CostPrice":{"Amount":20000,"Currency":"HKD"},"Price":{"Amount":16800,"Currency":"HKD"},"Quantity":1}]', 16800, 'HKD', '{"full_name":"Chan Tai Man","email":"chan@example.com"}', 'chan@example.com', '{"order_ip":"192.0.2.7"}', 'en', '', '', '', '', '', 1, 1760000000000, 1760000060000, 1760001800000, 0, 1760000060000, '', 0, 0, 0, 0, 0, 'alipayhk', 1);
INSERT INTO orders (id, number, token, code, intent, status, lines, amount, currency, customer, email, terminal, language, reference, return_url, cancel_url, note, attention, held, created_at, updated_at, expires_at, expired_at, paid_at, discount, session, cancelled_at, link_id, confirmed_at, refund_count, processor, tallied) VALUES (2, 'BBBB-3333', 'oldtokenwait00000000000000000002', 'oldcode000000002', NULL, 'pending', '[]', 16800, 'HKD', '{"full_name":"Lee Siu"}', 'lee@example.com', '{}', 'zh-Hant', '', '', '', '', '', 1, 1760000100000, 1760000100000, 1760001900000, 0, 0, 'OLD10', 0, 0, 0, 0, 0, 'wechathk', 0);
INSERT INTO orders (id, number, token, code, intent, status, lines, amount, currency, customer, email, terminal, language, reference, return_url, cancel_url, note, attention, held, created_at, updated_at, expires_at, expired_at, paid_at, discount, session, cancelled_at, link_id, confirmed_at, refund_count, processor, tallied) VALUES (3, 'CCCC-4444', 'oldtokenover00000000000000000003', 'oldcode000000003', NULL, 'expired', '[]', 5000, 'HKD', '{}', '', '{}', '', '', '', '', '', '', 0, 1760000200000, 1760002000000, 1760002000000, 1760002000000, 0, '', 0, 0, 0, 0, 0, 'alipaycn', 0);
INSERT INTO orders (id, number, token, code, intent, status, lines, amount, currency, customer, email, terminal, language, reference, return_url, cancel_url, note, attention, held, created_at, updated_at, expires_at, expired_at, paid_at, discount, session, cancelled_at, link_id, confirmed_at, refund_count, processor, tallied) VALUES (4, 'DDDD-5555', 'oldtokensess00000000000000000004', 'oldcode000000004', 'api.old4', 'cancelled', '[]', 7000, 'HKD', '{}', '', '{}', '', 'ticket-7', 'https://old.example/back', '', '', '', 0, 1760000300000, 1760000400000, 1760002100000, 0, 0, '', 1, 1760000400000, 0, 0, 0, '', 0);
INSERT INTO orders (id, number, token, code, intent, status, lines, amount, currency, customer, email, terminal, language, reference, return_url, cancel_url, note, attention, held, created_at, updated_at, expires_at, expired_at, paid_at, discount, session, cancelled_at, link_id, confirmed_at, refund_count, processor, tallied) VALUES (5, 'EEEE-6666', 'oldtokenlink00000000000000000005', 'oldcode000000005', NULL, 'partially_refunded', '[]', 3000, 'HKD', '{}', '', '{}', '', '', '', '', '', '', 1, 1760000500000, 1760000710000, 1760002300000, 0, 1760000560000, '', 0, 0, 1, 0, 1, 'alipayhk', 1);
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
INSERT INTO payments (id, order_id, attempt, merchant_id, merchant_transaction_id, ll_transaction_id, ll_transaction_ids, processor, method, status, amount, currency, web_url, wap_url, qr_content, return_code, decline_code, trace_id, settlement_amount, settlement_currency, created_at, updated_at, paid_at, scanned_at, next_query_at, queries) VALUES (4, 4, 1, '2080898732499253', 'oldpayment0000000000000000000000000000000004', '', '', '', '', 'IN', 7000, 'HKD', '', '', '', '', '', '', 0, '', 1760000300000, 1760000300000, 0, 0, 0, 0);
INSERT INTO payments (id, order_id, attempt, merchant_id, merchant_transaction_id, ll_transaction_id, ll_transaction_ids, processor, method, status, amount, currency, web_url, wap_url, qr_content, return_code, decline_code, trace_id, settlement_amount, settlement_currency, created_at, updated_at, paid_at, scanned_at, next_query_at, queries) VALUES (5, 5, 1, '2080898732499253', 'oldpayment0000000000000000000000000000000005', '2025100900000005', '2025100900000005', 'alipayhk', 'web_pay', 'PR', 3000, 'HKD', '', '', '', '', '', '', 0, '', 1760000500000, 1760000560000, 1760000560000, 0, 0, 0);
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
, actor TEXT NOT NULL DEFAULT '', signature TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO events (id, order_id, payment_id, digest, at, last_at, times, kind, source, verdict, from_status, to_status, detail, raw, actor, signature) VALUES (1, 1, 1, NULL, 1760000000000, 1760000000000, 1, 'created', '', '', '', 'open', '', '', '', '');
INSERT INTO events (id, order_id, payment_id, digest, at, last_at, times, kind, source, verdict, from_status, to_status, detail, raw, actor, signature) VALUES (2, 1, 1, NULL, 1760000060000, 1760000660000, 2, 'evidence', 'notification', 'applied', 'WP', 'PS', '', '{"transaction_status":"PS"}', '', '');
CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY,
    fact       TEXT    NOT NULL UNIQUE,
    order_id   INTEGER NOT NULL REFERENCES orders (id),
    type       TEXT    NOT NULL,
    created_at INTEGER NOT NULL
, fresh INTEGER NOT NULL DEFAULT 0, message TEXT NOT NULL DEFAULT '', body TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO outbox (id, fact, order_id, type, created_at, fresh, message, body) VALUES (1, '1:paid', 1, 'order.paid', 1760000060000, 0, 'msg_old1', '{"type":"order.paid"}');
CREATE TABLE readiness (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL
) STRICT;
INSERT INTO readiness (id, at) VALUES (1, 0);
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
, seen_at INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO mails (id, fact, order_id, kind, created_at, next_at, tries, sent_at, failed_at, seen_at) VALUES (1, '1:paid', 1, 'receipt', 1760000060000, 0, 1, 1760000061000, 0, 0);
CREATE TABLE discounts (
    code TEXT    NOT NULL PRIMARY KEY,
    used INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
    most INTEGER NOT NULL DEFAULT 0 CHECK (most >= 0)
) STRICT;
INSERT INTO discounts (code, used, most) VALUES ('OLD10', 1, 100);
CREATE TABLE endpoints (
    id          INTEGER PRIMARY KEY,
    url         TEXT    NOT NULL UNIQUE,
    kind        TEXT    NOT NULL,
    secret      TEXT    NOT NULL DEFAULT '',
    events      TEXT    NOT NULL DEFAULT '',
    created_at  INTEGER NOT NULL,
    disabled_at INTEGER NOT NULL DEFAULT 0,
    reason      TEXT    NOT NULL DEFAULT ''
) STRICT;
INSERT INTO endpoints (id, url, kind, secret, events, created_at, disabled_at, reason) VALUES (1, 'https://old.example/hook', 'config', '', '', 1760000000000, 0, '');
CREATE TABLE deliveries (
    id          INTEGER PRIMARY KEY,
    outbox_id   INTEGER NOT NULL REFERENCES outbox (id),
    endpoint_id INTEGER NOT NULL REFERENCES endpoints (id),
    state       TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    next_at     INTEGER NOT NULL DEFAULT 0,
    done_at     INTEGER NOT NULL DEFAULT 0,
    step        INTEGER NOT NULL DEFAULT 0,
    tries       INTEGER NOT NULL DEFAULT 0,
    tried_at    INTEGER NOT NULL DEFAULT 0,
    status      INTEGER NOT NULL DEFAULT 0,
    error       TEXT    NOT NULL DEFAULT '', seen_at INTEGER NOT NULL DEFAULT 0,
    UNIQUE (outbox_id, endpoint_id)
) STRICT;
INSERT INTO deliveries (id, outbox_id, endpoint_id, state, created_at, next_at, done_at, step, tries, tried_at, status, error, seen_at) VALUES (1, 1, 1, 'delivered', 1760000060000, 0, 1760000062000, 1, 1, 1760000062000, 204, '', 0);
CREATE TABLE tries (
    id          INTEGER PRIMARY KEY,
    delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
    at          INTEGER NOT NULL,
    took        INTEGER NOT NULL,
    status      INTEGER NOT NULL DEFAULT 0,
    answer      TEXT    NOT NULL DEFAULT '',
    error       TEXT    NOT NULL DEFAULT ''
) STRICT;
INSERT INTO tries (id, delivery_id, at, took, status, answer, error) VALUES (1, 1, 1760000062000, 20, 204, '', '');
CREATE TABLE idempotency (
    id           TEXT    NOT NULL PRIMARY KEY,
    request      TEXT    NOT NULL,
    intent       TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    locked_until INTEGER NOT NULL,
    status       INTEGER NOT NULL DEFAULT 0,
    answer       TEXT    NOT NULL DEFAULT ''
) STRICT;
INSERT INTO idempotency (id, request, intent, created_at, locked_until, status, answer) VALUES ('old', 'old', 'api.old4', 1760000300000, 0, 201, '{}');
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
INSERT INTO links (id, code, title, terms, max_payments, inactive, expires_at, created_at) VALUES (1, 'oldlink000000001', '{"en":"Old link"}', '{}', 0, 0, 0, 1760000000000);
CREATE TABLE users (
    id            INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    role          TEXT    NOT NULL CHECK (role IN ('reader', 'staff', 'owner')),
    password_hash TEXT    NOT NULL DEFAULT '',
    disabled      INTEGER NOT NULL DEFAULT 0,
    invite        TEXT    NOT NULL DEFAULT '',
    invite_until  INTEGER NOT NULL DEFAULT 0,
    totp_secret   TEXT    NOT NULL DEFAULT '',
    totp_step     INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL,
    signed_in_at  INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO users (id, name, role, password_hash, disabled, invite, invite_until, totp_secret, totp_step, created_at, signed_in_at) VALUES (1, 'mei@old.example', 'staff', '$argon2id$v=19$m=4096,t=1,p=1$b2xkb2xkb2xkb2xkb2xkbw$b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2w', 0, '', 0, '', 0, 1760000600000, 0);
CREATE TABLE user_codes (
    user_id INTEGER NOT NULL REFERENCES users (id),
    code    TEXT    NOT NULL,
    PRIMARY KEY (user_id, code)
) STRICT;
CREATE TABLE desk_sessions (
    id         INTEGER PRIMARY KEY,
    token      TEXT    NOT NULL UNIQUE,
    user_id    INTEGER NOT NULL,
    data       BLOB    NOT NULL,
    network    TEXT    NOT NULL,
    browser    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE desk_devices (
    token      TEXT    NOT NULL PRIMARY KEY,
    user_id    INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    name    TEXT    NOT NULL,
    action  TEXT    NOT NULL,
    object  TEXT    NOT NULL,
    network TEXT    NOT NULL
) STRICT;
INSERT INTO audit (id, at, name, action, object, network) VALUES (1, 1760000610000, 'mei@old.example', 'session.begun', '', '203.0.113.0/24');
CREATE TABLE api_keys (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL,
    hash       TEXT    NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL DEFAULT 0,
    revoked_at INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO api_keys (id, name, hash, created_at, used_at, revoked_at) VALUES (1, 'old site', 'b1946ac92492d2347c6235b4d2611184b1946ac92492d2347c6235b4d2611184', 1760000620000, 0, 0);
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
INSERT INTO exchanges (id, order_id, payment_id, at, took, kind, method, url, sent, body, status, received, answer, trace_id, error) VALUES (1, 1, 1, 1760000001000, 40, 'create', 'POST', 'https://gateway.example/v4/merchants/2080898732499253/payments', '', '', 200, '', '', '', '');
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
INSERT INTO refunds (id, order_id, payment_id, merchant_transaction_id, intent, ll_transaction_id, status, amount, currency, reason, restock, made_by, return_code, decline_code, trace_id, refused, created_at, updated_at, done_at, next_query_at, queries) VALUES (1, 5, 5, 'oldrefund00000000000000000000000000000000001', 'oldintent1', '2025100900000105', 'succeeded', 1000, 'HKD', 'chipped', 0, 'mei@old.example', '', '', '', 0, 1760000700000, 1760000710000, 1760000710000, 0, 0);
CREATE TABLE pictures (
    id          TEXT    NOT NULL,
    width       INTEGER NOT NULL,
    height      INTEGER NOT NULL,
    type        TEXT    NOT NULL,
    data        BLOB    NOT NULL,
    first_order INTEGER NOT NULL DEFAULT 0,
    made_at     INTEGER NOT NULL,
    PRIMARY KEY (id, width)
) STRICT;
CREATE TABLE branding (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    value      TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE takings (
    day       INTEGER NOT NULL,
    currency  TEXT    NOT NULL,
    processor TEXT    NOT NULL,
    by_hand   INTEGER NOT NULL,
    paid      INTEGER NOT NULL,
    gross     INTEGER NOT NULL,
    PRIMARY KEY (day, currency, processor, by_hand)
) STRICT;
INSERT INTO takings (day, currency, processor, by_hand, paid, gross) VALUES (20370, 'HKD', 'alipayhk', 0, 2, 19800);
CREATE INDEX variants_product ON variants (product_id, position);
CREATE INDEX orders_email ON orders (email, id) WHERE email <> '';
CREATE INDEX orders_reference ON orders (reference, id) WHERE reference <> '';
CREATE INDEX payments_due ON payments (next_query_at) WHERE next_query_at > 0;
CREATE INDEX payments_ll ON payments (ll_transaction_id) WHERE ll_transaction_id <> '';
CREATE INDEX payments_trace ON payments (trace_id) WHERE trace_id <> '';
CREATE UNIQUE INDEX events_digest ON events (order_id, digest);
CREATE INDEX mails_due ON mails (next_at) WHERE next_at > 0;
CREATE INDEX outbox_fresh ON outbox (id) WHERE fresh = 1;
CREATE INDEX deliveries_due ON deliveries (endpoint_id, next_at) WHERE next_at > 0;
CREATE INDEX deliveries_state ON deliveries (state, id);
CREATE INDEX deliveries_open ON deliveries (endpoint_id, state) WHERE state <> 'delivered';
CREATE INDEX tries_delivery ON tries (delivery_id, id);
CREATE INDEX idempotency_age ON idempotency (created_at);
CREATE INDEX orders_link ON orders (link_id, held, paid_at) WHERE link_id > 0;
CREATE UNIQUE INDEX users_invite ON users (invite) WHERE invite <> '';
CREATE INDEX desk_sessions_user ON desk_sessions (user_id, id);
CREATE INDEX audit_name ON audit (name, id);
CREATE INDEX audit_action ON audit (action, id);
CREATE UNIQUE INDEX api_keys_name ON api_keys (name) WHERE revoked_at = 0;
CREATE INDEX exchanges_order ON exchanges (order_id, id);
CREATE INDEX deliveries_lost ON deliveries (endpoint_id, id) WHERE state = 'dead' AND seen_at = 0;
CREATE INDEX mails_lost ON mails (id) WHERE failed_at > 0 AND seen_at = 0;
CREATE INDEX refunds_order ON refunds (order_id, id);
CREATE INDEX refunds_due ON refunds (next_query_at) WHERE next_query_at > 0;
CREATE INDEX orders_listed ON orders (status, currency, processor, created_at);
CREATE INDEX orders_placed ON orders (created_at);
CREATE INDEX orders_attention ON orders (created_at) WHERE attention <> '';
CREATE INDEX orders_of_link ON orders (link_id, created_at) WHERE link_id > 0;
CREATE INDEX orders_paid ON orders (tallied, paid_at, currency, processor, confirmed_at, amount) WHERE paid_at > 0;
CREATE INDEX payments_paid ON payments (paid_at, id, order_id, currency, amount, settlement_currency, settlement_amount) WHERE paid_at > 0;
CREATE INDEX refunds_done ON refunds (done_at) WHERE done_at > 0;
