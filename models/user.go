package models

import (
	"errors"
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Role is what somebody at the desk may do.
type Role string

const (
	RoleReader Role = "reader" // sees everything but secrets, changes nothing
	RoleStaff  Role = "staff"  // works with orders, refunds, products and payment links
	RoleOwner  Role = "owner"  // and with people, keys and settings
)

// Roles are all of them, the least first.
var Roles = []Role{RoleReader, RoleStaff, RoleOwner}

// Can tells whether somebody with the role may do what the other role may.
func (r Role) Can(other Role) bool {
	switch other {
	case RoleReader:
		return r == RoleReader || r == RoleStaff || r == RoleOwner
	case RoleStaff:
		return r == RoleStaff || r == RoleOwner
	case RoleOwner:
		return r == RoleOwner
	}
	return false
}

// User is somebody who may sign in at the desk. The operator whom the configuration names is none of them.
type User struct {
	ID           int64
	Name         string // as UserName returns it
	Role         Role
	PasswordHash string // argon2id; empty while the person is invited
	Disabled     bool
	Invited      time.Time // until when the link to set a password holds; zero without one
	TOTPSecret   string    // base32; empty without a second factor
	Codes        int       // recovery codes that are left
	CreatedAt    time.Time
	SignedInAt   time.Time // zero: never
}

// LogValue keeps the person's name and secrets out of logs.
func (u User) LogValue() slog.Value { return slog.Int64Value(u.ID) }

// Active tells whether the person can sign in.
func (u User) Active() bool { return !u.Disabled && u.PasswordHash != "" }

// SecondFactor tells whether the person needs a code to sign in.
func (u User) SecondFactor() bool { return u.TOTPSecret != "" }

// UserState is how it stands with somebody's account.
type UserState string

// The states.
const (
	UserActive   UserState = "active"
	UserInvited  UserState = "invited"  // the link to set a password was given
	UserExpired  UserState = "expired"  // its time is over
	UserDisabled UserState = "disabled" // by an owner
)

// UserStates are all of them.
var UserStates = []UserState{UserActive, UserInvited, UserExpired, UserDisabled}

// State is how it stands with the account at a time.
func (u User) State(now time.Time) UserState {
	switch {
	case u.Disabled:
		return UserDisabled
	case u.PasswordHash != "":
		return UserActive
	case u.Invited.After(now):
		return UserInvited
	}
	return UserExpired
}

// ErrLastOwner says that nobody would be left who can manage people.
var ErrLastOwner = errors.New("the last owner")

// Limits of what people choose, in characters; a password's upper limit is in bytes.
const (
	longestUserName  = 40
	shortestPassword = 12
	longestPassword  = 1024
	longestKeyName   = 60
)

// UserName is a name to sign in with, folded so that it doesn't matter how it is typed: letters and digits of any script, and . _ - @ +.
// What isn't one is "".
func UserName(typed string) string {
	if len(typed) > 4*longestUserName || !utf8.ValidString(typed) {
		return ""
	}
	name := strings.ToLower(norm.NFKC.String(strings.TrimSpace(typed)))
	odd := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune("._-@+", r)
	}
	if utf8.RuneCountInString(name) > longestUserName || strings.ContainsFunc(name, odd) {
		return ""
	}
	return name
}

// CheckPassword says what is wrong with a new password, as a rule of FieldError, or "". What somebody guesses first is refused by its
// length: 12 characters, and more than three different ones.
func CheckPassword(password, name string) (rule string) {
	different := map[rune]bool{}
	for _, r := range password {
		different[r] = true
	}
	switch {
	case utf8.RuneCountInString(password) < shortestPassword:
		return "short"
	case len(password) > longestPassword || !utf8.ValidString(password):
		return "too_long"
	case len(different) < 4 || strings.EqualFold(strings.ReplaceAll(strings.ToLower(password), strings.ToLower(name), ""), "") && name != "":
		return "easy"
	}
	return ""
}
