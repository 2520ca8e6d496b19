-- +goose Up
-- discounts counts how many orders that are paid or wait have a code; most is how many may, 0 any number.
CREATE TABLE discounts (
    code TEXT    NOT NULL PRIMARY KEY,
    used BIGINT NOT NULL DEFAULT 0 CHECK (used >= 0),
    most BIGINT NOT NULL DEFAULT 0 CHECK (most >= 0)
);
ALTER TABLE orders ADD COLUMN discount TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE orders DROP COLUMN discount;
DROP TABLE discounts;
