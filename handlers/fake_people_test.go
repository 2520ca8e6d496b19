package handlers_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

// fakePeople is a desk in memory at which only the configured operator works. What it doesn't have panics: use realPeople for that.
type fakePeople struct {
	handlers.PeopleShop

	mu       sync.Mutex
	sessions map[string][]byte
	audit    []models.AuditEntry
	auditErr error
}

func newPeople() *fakePeople { return &fakePeople{sessions: map[string][]byte{}} }

func (f *fakePeople) SignIns(context.Context) (people, codes bool, err error) {
	return false, false, nil
}

func (f *fakePeople) Users(context.Context) ([]models.User, error) { return nil, nil }

func (f *fakePeople) UserByName(context.Context, string) (models.User, error) {
	return models.User{}, models.ErrNotFound
}

func (f *fakePeople) UserByInvite(context.Context, string) (models.User, error) {
	return models.User{}, models.ErrNotFound
}

func (f *fakePeople) KnownDevice(context.Context, int64, string) (bool, error) { return false, nil }

func (f *fakePeople) APIKeys(context.Context) ([]models.APIKey, error) { return nil, nil }

func (f *fakePeople) BeginSession(_ context.Context, d models.DeskSession, data []byte, _ string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sessions[d.Token] = data
	return nil
}

func (f *fakePeople) SessionData(_ context.Context, token string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if data, ok := f.sessions[token]; ok {
		return data, nil
	}
	return nil, models.ErrNotFound
}

func (f *fakePeople) KeepSession(_ context.Context, token string, data []byte, _ time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.sessions[token]; ok {
		f.sessions[token] = data
	}
	return nil
}

func (f *fakePeople) EndSession(_ context.Context, token string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.sessions, token)
	return nil
}

func (f *fakePeople) DeskSessions(_ context.Context, user int64) (list []models.DeskSession, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for token := range f.sessions {
		list = append(list, models.DeskSession{Token: token, User: user, CreatedAt: noon, SeenAt: noon})
	}
	return list, nil
}

func (f *fakePeople) AddAudit(_ context.Context, e models.AuditEntry) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.auditErr != nil {
		return f.auditErr
	}
	f.audit = append(f.audit, e)
	return nil
}

func (f *fakePeople) Audit(context.Context, models.AuditFilter) (models.AuditList, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return models.AuditList{Entries: f.audit}, nil
}

// deskClock is a clock that a test moves.
type deskClock struct {
	mu sync.Mutex
	at time.Time
}

func (c *deskClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *deskClock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// realPeople is a store on a real database, with its clock.
func realPeople(t testing.TB) (*models.Store, *deskClock) {
	t.Helper()
	clock := &deskClock{at: noon}
	s, err := models.OpenStore(t.Context(), models.StoreOptions{DSN: filepath.Join(t.TempDir(), "desk.db"), Now: clock.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	return s, clock
}
