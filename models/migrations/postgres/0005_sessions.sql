-- +goose Up
-- session marks the orders that the session API made: when their time is over they are over. cancelled_at is when the merchant ended one.
ALTER TABLE orders ADD COLUMN session BIGINT NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN cancelled_at BIGINT NOT NULL DEFAULT 0;

-- idempotency keeps what was answered to a request with an Idempotency-Key. id is a digest of the API key and the Idempotency-Key, request
-- one of the body; until there is an answer, a process has it until locked_until. intent is that of the order that the request makes.
CREATE TABLE idempotency (
    id           TEXT    NOT NULL PRIMARY KEY,
    request      TEXT    NOT NULL,
    intent       TEXT    NOT NULL,
    created_at   BIGINT NOT NULL,
    locked_until BIGINT NOT NULL,
    status       BIGINT NOT NULL DEFAULT 0,
    answer       TEXT    NOT NULL DEFAULT ''
);
CREATE INDEX idempotency_age ON idempotency (created_at);

-- +goose Down
DROP TABLE idempotency;
ALTER TABLE orders DROP COLUMN cancelled_at;
ALTER TABLE orders DROP COLUMN session;
