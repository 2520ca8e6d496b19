-- +goose Up
-- users sign in at the desk. Without a password somebody is still invited; invite is the digest of the link to set one. totp_secret is
-- readable, because codes are computed from it; totp_step is the last time step whose code was used.
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
CREATE UNIQUE INDEX users_invite ON users (invite) WHERE invite <> '';

-- user_codes are digests of recovery codes that weren't used yet.
CREATE TABLE user_codes (
    user_id INTEGER NOT NULL REFERENCES users (id),
    code    TEXT    NOT NULL,
    PRIMARY KEY (user_id, code)
) STRICT;

-- desk_sessions are open sessions by the digest of their token. user_id 0 is the operator of the configuration, as in desk_devices:
-- browsers that somebody has signed in with.
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
CREATE INDEX desk_sessions_user ON desk_sessions (user_id, id);
CREATE TABLE desk_devices (
    token      TEXT    NOT NULL PRIMARY KEY,
    user_id    INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- audit is what was done at the desk, by whom.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    name    TEXT    NOT NULL,
    action  TEXT    NOT NULL,
    object  TEXT    NOT NULL,
    network TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_name ON audit (name, id);
CREATE INDEX audit_action ON audit (action, id);

-- api_keys are digests of bearer keys, beside those of the configuration.
CREATE TABLE api_keys (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL,
    hash       TEXT    NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL DEFAULT 0,
    revoked_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX api_keys_name ON api_keys (name) WHERE revoked_at = 0;

-- +goose Down
DROP TABLE api_keys;
DROP TABLE audit;
DROP TABLE desk_devices;
DROP TABLE desk_sessions;
DROP TABLE user_codes;
DROP TABLE users;
