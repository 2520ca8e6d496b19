-- +goose Up
-- fresh is 1 until a fact has been fanned out: a row of deliveries for each endpoint. A cursor over ids would pass rows by, because
-- PostgreSQL gives ids before it commits. message and body are what every endpoint gets, frozen then.
ALTER TABLE outbox ADD COLUMN fresh INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN message TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN body TEXT NOT NULL DEFAULT '';
CREATE INDEX outbox_fresh ON outbox (id) WHERE fresh = 1;

-- endpoints are who is told. The secret of one that the configuration names stays there. events is empty for all.
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

-- deliveries: one fact for one endpoint, due while next_at > 0. step counts the tries of the present schedule, tries all of
-- them; status, error and tried_at are the last try's.
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
    error       TEXT    NOT NULL DEFAULT '',
    UNIQUE (outbox_id, endpoint_id)
) STRICT;
CREATE INDEX deliveries_due ON deliveries (endpoint_id, next_at) WHERE next_at > 0;
CREATE INDEX deliveries_state ON deliveries (state, id);
CREATE INDEX deliveries_open ON deliveries (endpoint_id, state) WHERE state <> 'delivered';

-- tries is what came of each.
CREATE TABLE tries (
    id          INTEGER PRIMARY KEY,
    delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
    at          INTEGER NOT NULL,
    took        INTEGER NOT NULL,
    status      INTEGER NOT NULL DEFAULT 0,
    answer      TEXT    NOT NULL DEFAULT '',
    error       TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX tries_delivery ON tries (delivery_id, id);

-- +goose Down
DROP TABLE tries;
DROP TABLE deliveries;
DROP TABLE endpoints;
DROP INDEX outbox_fresh;
ALTER TABLE outbox DROP COLUMN body;
ALTER TABLE outbox DROP COLUMN message;
ALTER TABLE outbox DROP COLUMN fresh;
