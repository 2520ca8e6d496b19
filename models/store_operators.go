package models

import (
	"context"
	"strconv"
	"time"

	"gorm.io/gorm"
)

// knownDevice is how long a browser is known that somebody signed in with.
const knownDevice = 400 * 24 * time.Hour

// BeginSession keeps a new session of the desk with its data, and the digest that the browser is known by from now on.
// What has expired is removed on the way.
func (s *Store) BeginSession(ctx context.Context, d DeskSession, data []byte, device string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		now := s.now()
		for _, old := range []struct {
			statement string
			args      []any
		}{
			{"DELETE FROM desk_sessions WHERE expires_at <= ?", []any{millis(now)}},
			{"DELETE FROM desk_devices WHERE created_at <= ?", []any{millis(now.Add(-knownDevice))}},
			{"UPDATE users SET signed_in_at = ? WHERE id = ?", []any{millis(now), d.User}},
			{"INSERT INTO desk_devices (token, user_id, created_at) VALUES (?, ?, ?) ON CONFLICT (token) DO NOTHING", []any{device, d.User, millis(now)}},
		} {
			if _, err := exec(tx, old.statement, old.args...); err != nil {
				return err
			}
		}
		_, err := exec(tx, `INSERT INTO desk_sessions (token, user_id, data, network, browser, created_at, seen_at, expires_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, d.Token, d.User, data, d.Network, d.Browser, millis(now), millis(now), millis(d.ExpiresAt))
		return err
	})
}

// KeepSession renews an open session's data and end. One that was ended meanwhile stays so.
func (s *Store) KeepSession(ctx context.Context, token string, data []byte, expires time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		_, err := exec(tx, "UPDATE desk_sessions SET data = ?, seen_at = ?, expires_at = ? WHERE token = ?", data, millis(s.now()), millis(expires), token)
		return err
	})
}

// SessionData is what KeepSession or BeginSession kept of an open session, or ErrNotFound.
func (s *Store) SessionData(ctx context.Context, token string) (data []byte, err error) {
	err = queryRow(s.reading(ctx), []any{&data}, "SELECT data FROM desk_sessions WHERE token = ? AND expires_at > ?", token, millis(s.now()))
	return data, storageError(err)
}

// EndSession ends one by its digest.
func (s *Store) EndSession(ctx context.Context, token string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		_, err := exec(tx, "DELETE FROM desk_sessions WHERE token = ?", token)
		return err
	})
}

// DeskSessions are somebody's open sessions, the newest first. 0 is the configured operator.
func (s *Store) DeskSessions(ctx context.Context, user int64) (list []DeskSession, err error) {
	err = query(s.reading(ctx), func(row scanner) error {
		d := DeskSession{User: user}
		var created, seen, expires int64
		if err := row.Scan(&d.ID, &d.Token, &d.Network, &d.Browser, &created, &seen, &expires); err != nil {
			return err
		}
		d.CreatedAt, d.SeenAt, d.ExpiresAt = fromMillis(created), fromMillis(seen), fromMillis(expires)
		list = append(list, d)
		return nil
	}, `SELECT id, token, network, browser, created_at, seen_at, expires_at FROM desk_sessions WHERE user_id = ? AND expires_at > ?
		ORDER BY id DESC LIMIT 100`, user, millis(s.now()))
	return list, storageError(err)
}

// EndSessionOf ends one of somebody's sessions, or is ErrNotFound.
func (s *Store) EndSessionOf(ctx context.Context, user, id int64) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, "DELETE FROM desk_sessions WHERE user_id = ? AND id = ?", user, id)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		return err
	})
}

// EndSessionsOf ends all of somebody's sessions but the one with that digest.
func (s *Store) EndSessionsOf(ctx context.Context, user int64, keep string) error {
	return s.write(ctx, func(tx *gorm.DB) error { return signOut(tx, user, keep) })
}

// signOut ends somebody's sessions but one. The browsers aren't known any more either, unless one is kept.
func signOut(tx *gorm.DB, user int64, keep string) error {
	if _, err := exec(tx, "DELETE FROM desk_sessions WHERE user_id = ? AND token <> ?", user, keep); err != nil || keep != "" {
		return err
	}
	_, err := exec(tx, "DELETE FROM desk_devices WHERE user_id = ?", user)
	return err
}

// KnownDevice tells whether somebody signed in with the browser of that digest before.
func (s *Store) KnownDevice(ctx context.Context, user int64, digest string) (bool, error) {
	var n int64
	err := queryRow(s.reading(ctx), []any{&n}, "SELECT count(*) FROM desk_devices WHERE token = ? AND user_id = ?", digest, user)
	return n > 0, storageError(err)
}

// AddAudit keeps what was done at the desk.
func (s *Store) AddAudit(ctx context.Context, e AuditEntry) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		_, err := exec(tx, "INSERT INTO audit (at, name, action, object, network) VALUES (?, ?, ?, ?, ?)", millis(s.now()), e.Name, e.Action, e.Object, e.Network)
		return err
	})
}

// Audit lists what was done at the desk, newest first.
func (s *Store) Audit(ctx context.Context, f AuditFilter) (AuditList, error) {
	if f.Limit < 1 || f.Limit > 200 {
		f.Limit = 50
	}
	before, err := strconv.ParseInt(f.Cursor, 10, 64)
	if err != nil {
		before = 1<<63 - 1
	}
	where, args := "id < ?", []any{before}
	for _, c := range []struct{ column, value string }{{"name", f.Name}, {"action", f.Action}} {
		if c.value == "" {
			continue
		}
		if !storable(c.value) {
			return AuditList{}, nil
		}
		where += " AND " + c.column + " = ?"
		args = append(args, c.value)
	}
	var list AuditList
	err = query(s.reading(ctx), func(row scanner) error {
		var e AuditEntry
		var at int64
		if err := row.Scan(&e.ID, &at, &e.Name, &e.Action, &e.Object, &e.Network); err != nil {
			return err
		}
		e.At = fromMillis(at)
		list.Entries = append(list.Entries, e)
		return nil
	}, "SELECT id, at, name, action, object, network FROM audit WHERE "+where+" ORDER BY id DESC LIMIT ?", append(args, f.Limit+1)...)
	if len(list.Entries) > f.Limit {
		list.Entries = list.Entries[:f.Limit]
		list.Next = strconv.FormatInt(list.Entries[f.Limit-1].ID, 10)
	}
	return list, storageError(err)
}

// AddAPIKey keeps a key by its digest. A name that a working key has is ErrConflict.
func (s *Store) AddAPIKey(ctx context.Context, name, hash string) (APIKey, error) {
	k := APIKey{Name: name, Hash: hash, CreatedAt: fromMillis(millis(s.now()))}
	err := s.write(ctx, func(tx *gorm.DB) (err error) {
		k.ID, err = insert(tx, "api_keys", "name, hash, created_at", []any{name, hash, millis(k.CreatedAt)}, "ON CONFLICT DO NOTHING")
		return orConflict(err)
	})
	return k, err
}

// APIKeys are the keys that were made at the desk, those that work first, then the newest.
func (s *Store) APIKeys(ctx context.Context) (list []APIKey, err error) {
	err = query(s.reading(ctx), func(row scanner) error {
		var k APIKey
		var created, used, revoked int64
		if err := row.Scan(&k.ID, &k.Name, &k.Hash, &created, &used, &revoked); err != nil {
			return err
		}
		k.CreatedAt, k.UsedAt, k.RevokedAt = fromMillis(created), fromMillis(used), fromMillis(revoked)
		list = append(list, k)
		return nil
	}, "SELECT id, name, hash, created_at, used_at, revoked_at FROM api_keys ORDER BY CASE WHEN revoked_at = 0 THEN 0 ELSE 1 END, id DESC LIMIT 500")
	return list, storageError(err)
}

// RevokeAPIKey ends a key, or is ErrNotFound when none that works has the id.
func (s *Store) RevokeAPIKey(ctx context.Context, id int64) error {
	first, err := s.used(ctx, "UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at = 0", millis(s.now()), id)
	if err == nil && !first {
		err = ErrNotFound
	}
	return err
}

// UsedAPIKey notes that a key is in use.
func (s *Store) UsedAPIKey(ctx context.Context, id int64) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		_, err := exec(tx, "UPDATE api_keys SET used_at = ? WHERE id = ?", millis(s.now()), id)
		return err
	})
}
