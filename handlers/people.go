package handlers

import (
	"context"
	"time"

	"lianlian-checkout/models"
)

// PeopleShop is what the desk keeps of its people, their sessions, keys and doings; tokens, codes and keys by their digests alone.
// *models.Store satisfies it.
type PeopleShop interface {
	// Users are all people of the desk, the disabled ones last.
	Users(ctx context.Context) ([]models.User, error)
	// User, UserByName and UserByInvite find somebody, or models.ErrNotFound.
	User(ctx context.Context, id int64) (models.User, error)
	UserByName(ctx context.Context, name string) (models.User, error)
	UserByInvite(ctx context.Context, digest string) (models.User, error)
	// SignIns tells whether anybody but the configured operator can sign in, and whether anybody needs a code for it.
	SignIns(ctx context.Context) (people, codes bool, err error)
	// AddUser makes an account, with the link to set its password. A name that is taken is models.ErrConflict.
	AddUser(ctx context.Context, name string, role models.Role, invite string, until time.Time) (models.User, error)
	// ChangeUser and Invite are models.ErrLastOwner where someOwner asks for one and none would be left.
	ChangeUser(ctx context.Context, id int64, role models.Role, disabled, someOwner bool) error
	Invite(ctx context.Context, id int64, invite string, until time.Time, someOwner bool) error
	// AcceptInvite sets the password by a link, which works once.
	AcceptInvite(ctx context.Context, digest, passwordHash string) (models.User, error)
	// SetPassword is models.ErrConflict when the password isn't the one before any more. It ends all sessions but one.
	SetPassword(ctx context.Context, id int64, before, after, keep string) error
	// SetSecondFactor is models.ErrConflict for somebody who has one.
	SetSecondFactor(ctx context.Context, id int64, secret string, step int64, codes []string) error
	RemoveSecondFactor(ctx context.Context, id int64) error
	SetCodes(ctx context.Context, id int64, codes []string) error
	// UseStep and UseCode use a code up and tell whether it wasn't before.
	UseStep(ctx context.Context, id, step int64) (first bool, err error)
	UseCode(ctx context.Context, id int64, code string) (first bool, err error)

	// BeginSession, SessionData, KeepSession and EndSession keep one browser's session; SessionData may be models.ErrNotFound.
	BeginSession(ctx context.Context, d models.DeskSession, data []byte, device string) error
	SessionData(ctx context.Context, token string) ([]byte, error)
	KeepSession(ctx context.Context, token string, data []byte, expires time.Time) error
	EndSession(ctx context.Context, token string) error
	// DeskSessions are somebody's, the newest first; EndSessionOf ends one, EndSessionsOf all but one. 0 is the configured operator.
	DeskSessions(ctx context.Context, user int64) ([]models.DeskSession, error)
	EndSessionOf(ctx context.Context, user, id int64) error
	EndSessionsOf(ctx context.Context, user int64, keep string) error
	// KnownDevice tells whether somebody signed in with a browser before.
	KnownDevice(ctx context.Context, user int64, digest string) (bool, error)

	// AddAudit keeps what was done at the desk, and Audit lists it, newest first.
	AddAudit(ctx context.Context, e models.AuditEntry) error
	Audit(ctx context.Context, f models.AuditFilter) (models.AuditList, error)

	// AddAPIKey keeps a key; a name that a working key has is models.ErrConflict. RevokeAPIKey may be models.ErrNotFound.
	AddAPIKey(ctx context.Context, name, hash string) (models.APIKey, error)
	APIKeys(ctx context.Context) ([]models.APIKey, error)
	RevokeAPIKey(ctx context.Context, id int64) error
	UsedAPIKey(ctx context.Context, id int64) error
}

var _ PeopleShop = (*models.Store)(nil)
