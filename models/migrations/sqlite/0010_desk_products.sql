-- +goose Up
-- What the desk has changed of a product is the desk's (edited); each change counts its version up. Once the desk has sorted the shelf, the
-- configuration moves nothing (sorted). seeded tells those that came from the configuration.
ALTER TABLE products ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE products ADD COLUMN edited INTEGER NOT NULL DEFAULT 0;
ALTER TABLE products ADD COLUMN seeded INTEGER NOT NULL DEFAULT 1;
ALTER TABLE products ADD COLUMN sorted INTEGER NOT NULL DEFAULT 0;
-- Orders up to first_order are older than the variant, or than the picture.
ALTER TABLE variants ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
ALTER TABLE variants ADD COLUMN first_order INTEGER NOT NULL DEFAULT 0;

-- pictures are re-encoded uploads, each in a few widths; id is made of their content.
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

-- branding is how the shop looks, where the desk says something else than the configuration.
CREATE TABLE branding (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    value      TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE branding;
DROP TABLE pictures;
ALTER TABLE variants DROP COLUMN first_order;
ALTER TABLE variants DROP COLUMN hidden;
ALTER TABLE products DROP COLUMN sorted;
ALTER TABLE products DROP COLUMN seeded;
ALTER TABLE products DROP COLUMN edited;
ALTER TABLE products DROP COLUMN version;
