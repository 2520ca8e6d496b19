-- +goose Up
-- erased_at is when the buyer's personal data was removed from a finished order; 0 while it is there.
ALTER TABLE orders ADD COLUMN erased_at BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE orders DROP COLUMN erased_at;
