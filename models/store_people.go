package models

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"
)

const selectUser = `SELECT id, name, role, password_hash, disabled, invite_until, totp_secret, created_at, signed_in_at,
	(SELECT count(*) FROM user_codes WHERE user_id = u.id) FROM users u `

func (s *Store) usersWhere(ctx context.Context, where string, args ...any) (list []User, err error) {
	err = query(s.reading(ctx), func(row scanner) error {
		var u User
		var disabled, invited, created, signedIn int64
		if err := row.Scan(&u.ID, &u.Name, &u.Role, &u.PasswordHash, &disabled, &invited, &u.TOTPSecret, &created, &signedIn, &u.Codes); err != nil {
			return err
		}
		u.Disabled, u.Invited, u.CreatedAt, u.SignedInAt = disabled == 1, fromMillis(invited), fromMillis(created), fromMillis(signedIn)
		list = append(list, u)
		return nil
	}, selectUser+where, args...)
	return list, storageError(err)
}

func (s *Store) userWhere(ctx context.Context, where string, args ...any) (User, error) {
	list, err := s.usersWhere(ctx, where, args...)
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return User{}, err
	}
	return list[0], nil
}

// Users are all people of the desk, the disabled ones last.
func (s *Store) Users(ctx context.Context) ([]User, error) {
	return s.usersWhere(ctx, "ORDER BY disabled, name")
}

// User finds somebody, or ErrNotFound.
func (s *Store) User(ctx context.Context, id int64) (User, error) {
	return s.userWhere(ctx, "WHERE id = ?", id)
}

// UserByName finds somebody by the name that UserName returned, or ErrNotFound.
func (s *Store) UserByName(ctx context.Context, name string) (User, error) {
	if !storable(name) {
		return User{}, ErrNotFound
	}
	return s.userWhere(ctx, "WHERE name = ?", name)
}

// UserByInvite finds whose link to set a password it is, by its digest. One that was used or replaced, or is too old, is ErrNotFound.
func (s *Store) UserByInvite(ctx context.Context, digest string) (User, error) {
	return s.userWhere(ctx, "WHERE invite <> '' AND invite = ? AND invite_until > ? AND disabled = 0", digest, millis(s.now()))
}

// SignIns tells whether anybody but the configured operator can sign in, and whether anybody needs a code for it.
func (s *Store) SignIns(ctx context.Context) (people, codes bool, err error) {
	var some, coded int64
	err = queryRow(s.reading(ctx), []any{&some, &coded},
		"SELECT count(*), coalesce(sum(CASE WHEN totp_secret <> '' THEN 1 ELSE 0 END), 0) FROM users WHERE disabled = 0 AND password_hash <> ''")
	return some > 0, coded > 0, storageError(err)
}

// AddUser makes an account whose owner sets a password by a link, of which invite is the digest. A name that is taken is ErrConflict.
func (s *Store) AddUser(ctx context.Context, name string, role Role, invite string, until time.Time) (User, error) {
	u := User{Name: name, Role: role, Invited: until, CreatedAt: fromMillis(millis(s.now()))}
	err := s.write(ctx, func(tx *gorm.DB) (err error) {
		u.ID, err = insert(tx, "users", "name, role, invite, invite_until, created_at",
			[]any{name, string(role), invite, millis(until), millis(u.CreatedAt)}, "ON CONFLICT (name) DO NOTHING")
		return orConflict(err)
	})
	return u, err
}

// orConflict is ErrConflict where a row was left out.
func orConflict(err error) error {
	if err == gorm.ErrRecordNotFound { //nolint:errorlint // queryRow's own
		return ErrConflict
	}
	return err
}

// ChangeUser sets somebody's role, and whether the account is disabled; that ends the person's sessions. When someOwner says so, the
// last owner who can sign in is ErrLastOwner.
func (s *Store) ChangeUser(ctx context.Context, id int64, role Role, disabled, someOwner bool) error {
	return s.changeUser(ctx, someOwner, func(tx *gorm.DB) (int64, error) {
		if disabled {
			if err := signOut(tx, id, ""); err != nil {
				return 0, err
			}
		}
		return exec(tx, "UPDATE users SET role = ?, disabled = ? WHERE id = ?", string(role), flag(disabled), id)
	})
}

// Invite takes somebody's password away and ends the sessions: the person sets a new one by the link of which invite is the digest.
// Errors as ChangeUser's.
func (s *Store) Invite(ctx context.Context, id int64, invite string, until time.Time, someOwner bool) error {
	return s.changeUser(ctx, someOwner, func(tx *gorm.DB) (int64, error) {
		if err := signOut(tx, id, ""); err != nil {
			return 0, err
		}
		return exec(tx, "UPDATE users SET password_hash = '', invite = ?, invite_until = ? WHERE id = ?", invite, millis(until), id)
	})
}

// changeUser runs a change of one row. Owners' rows are locked first, so that two changes at once can't take the last two.
func (s *Store) changeUser(ctx context.Context, someOwner bool, change func(tx *gorm.DB) (int64, error)) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		owners := func(lock string) (n int, err error) {
			err = query(tx, func(row scanner) error {
				n++
				var each int64
				return row.Scan(&each)
			}, "SELECT id FROM users WHERE role = 'owner' AND disabled = 0 AND password_hash <> '' ORDER BY id"+lock)
			return n, err
		}
		lock := ""
		if tx.Name() == "postgres" { // SQLite has one writer
			lock = " FOR UPDATE"
		}
		before, err := owners(lock)
		if err != nil {
			return err
		}
		n, err := change(tx)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		if err != nil || !someOwner || before == 0 {
			return err
		}
		after, err := owners("")
		if err == nil && after == 0 {
			err = errLastOwner{}
		}
		return err
	})
}

// errLastOwner is ErrLastOwner on its way through the store.
type errLastOwner struct{}

func (errLastOwner) Error() string   { return ErrLastOwner.Error() }
func (errLastOwner) Unwrap() []error { return []error{ErrLastOwner, ErrConflict} }

// AcceptInvite sets the password of whom the link of that digest was given to; the link is used up then. Errors as UserByInvite's.
func (s *Store) AcceptInvite(ctx context.Context, digest, passwordHash string) (User, error) {
	u, err := s.UserByInvite(ctx, digest)
	if err != nil {
		return User{}, err
	}
	err = s.write(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, "UPDATE users SET password_hash = ?, invite = '', invite_until = 0 WHERE id = ? AND invite = ? AND disabled = 0", passwordHash, u.ID, digest)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		return err
	})
	u.PasswordHash, u.Invited = passwordHash, time.Time{}
	return u, err
}

// SetPassword replaces a person's password, unless it was changed meanwhile (ErrConflict), and ends all sessions but the one with that digest.
func (s *Store) SetPassword(ctx context.Context, id int64, before, after, keep string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, "UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?", after, id, before)
		if err == nil && n == 0 {
			err = ErrConflict
		}
		if err != nil {
			return err
		}
		return signOut(tx, id, keep)
	})
}

// SetSecondFactor turns the second factor on, with the step whose code proved it and digests of recovery codes. Somebody who has one is
// ErrConflict.
func (s *Store) SetSecondFactor(ctx context.Context, id int64, secret string, step int64, codes []string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, "UPDATE users SET totp_secret = ?, totp_step = ? WHERE id = ? AND totp_secret = ''", secret, step, id)
		if err == nil && n == 0 {
			err = ErrConflict
		}
		if err != nil {
			return err
		}
		return setCodes(tx, id, codes)
	})
}

// RemoveSecondFactor turns it off.
func (s *Store) RemoveSecondFactor(ctx context.Context, id int64) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if _, err := exec(tx, "UPDATE users SET totp_secret = '', totp_step = 0 WHERE id = ?", id); err != nil {
			return err
		}
		return setCodes(tx, id, nil)
	})
}

// SetCodes replaces a person's recovery codes, by their digests.
func (s *Store) SetCodes(ctx context.Context, id int64, codes []string) error {
	return s.write(ctx, func(tx *gorm.DB) error { return setCodes(tx, id, codes) })
}

func setCodes(tx *gorm.DB, id int64, codes []string) error {
	if _, err := exec(tx, "DELETE FROM user_codes WHERE user_id = ?", id); err != nil || len(codes) == 0 {
		return err
	}
	var args []any
	for _, code := range codes {
		args = append(args, id, code)
	}
	_, err := exec(tx, "INSERT INTO user_codes (user_id, code) VALUES "+strings.TrimSuffix(strings.Repeat("(?, ?), ", len(codes)), ", "), args...)
	return err
}

// UseStep notes that the code of a time step was used. It tells whether it was the first use: a code works once, and none before it.
func (s *Store) UseStep(ctx context.Context, id, step int64) (first bool, err error) {
	return s.used(ctx, "UPDATE users SET totp_step = ? WHERE id = ? AND totp_step < ? AND totp_secret <> ''", step, id, step)
}

// UseCode uses a recovery code up, by its digest, and tells whether it was there.
func (s *Store) UseCode(ctx context.Context, id int64, code string) (first bool, err error) {
	return s.used(ctx, "DELETE FROM user_codes WHERE user_id = ? AND code = ?", id, code)
}

func (s *Store) used(ctx context.Context, statement string, args ...any) (bool, error) {
	var n int64
	err := s.write(ctx, func(tx *gorm.DB) (err error) {
		n, err = exec(tx, statement, args...)
		return err
	})
	return n == 1, err
}
