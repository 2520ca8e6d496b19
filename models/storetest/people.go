package storetest

import (
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"lianlian-checkout/models"
)

// join makes an account with a password.
func (f *Fixture) join(t *testing.T, name string, role models.Role) models.User {
	t.Helper()
	u, err := f.Store.AddUser(f.ctx, name, role, "invite of "+name, f.Clock.T.Add(time.Hour))
	if err == nil {
		u, err = f.Store.AcceptInvite(f.ctx, "invite of "+name, "hash of "+name)
	}
	if err != nil {
		t.Fatalf("join %s: %v", name, err)
	}
	return u
}

// people: an account is made, found and changed; links, codes and steps work once.
func people(t *testing.T, f *Fixture) {
	if some, codes, err := f.Store.SignIns(f.ctx); some || codes || err != nil {
		t.Errorf("SignIns of nobody: %v, %v, %v", some, codes, err)
	}
	u, err := f.Store.AddUser(f.ctx, "美玲", models.RoleStaff, "link", f.Clock.T.Add(time.Hour))
	if err != nil || u.State(f.Clock.T) != models.UserInvited {
		t.Fatalf("AddUser: %+v, %v", u, err)
	}
	if _, err := f.Store.AddUser(f.ctx, "美玲", models.RoleOwner, "other", f.Clock.T); !errors.Is(err, models.ErrConflict) {
		t.Errorf("the same name again: %v", err)
	}
	for _, digest := range []string{"", "none"} {
		if _, err := f.Store.AcceptInvite(f.ctx, digest, "x"); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("AcceptInvite(%q): %v", digest, err)
		}
	}
	if some, _, _ := f.Store.SignIns(f.ctx); some {
		t.Error("somebody without a password can sign in")
	}
	var wins int
	var wait sync.WaitGroup
	var mu sync.Mutex
	for i := range 4 {
		wait.Go(func() {
			if _, err := f.Store.AcceptInvite(f.ctx, "link", "hash"+strconv.Itoa(i)); err == nil {
				mu.Lock()
				wins++
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	if wins != 1 {
		t.Errorf("a link was used %d times", wins)
	}
	for _, name := range []string{"", "none", "\x00", "\xff"} {
		if _, err := f.Store.UserByName(f.ctx, name); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("UserByName(%q): %v", name, err)
		}
	}
	if u, err = f.Store.UserByName(f.ctx, "美玲"); err != nil || !u.Active() || !u.Invited.IsZero() {
		t.Errorf("after the link: %+v, %v", u, err)
	}

	if err := f.Store.SetSecondFactor(f.ctx, u.ID, "SECRET", 100, []string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	if err := f.Store.SetSecondFactor(f.ctx, u.ID, "OTHER", 100, nil); !errors.Is(err, models.ErrConflict) {
		t.Errorf("a second second factor: %v", err)
	}
	if _, codes, _ := f.Store.SignIns(f.ctx); !codes {
		t.Error("nobody needs a code")
	}
	for _, use := range []struct {
		step int64
		want bool
	}{{100, false}, {101, true}, {101, false}, {99, false}, {105, true}} {
		if got, err := f.Store.UseStep(f.ctx, u.ID, use.step); got != use.want || err != nil {
			t.Errorf("step %d: %v, %v", use.step, got, err)
		}
	}
	for _, want := range []bool{true, false} {
		if got, err := f.Store.UseCode(f.ctx, u.ID, "a"); got != want || err != nil {
			t.Errorf("recovery code: %v, %v", got, err)
		}
	}
	if got, _ := f.Store.UseCode(f.ctx, u.ID+1, "b"); got {
		t.Error("the code of somebody else")
	}
	if err := f.Store.RemoveSecondFactor(f.ctx, u.ID); err != nil {
		t.Fatal(err)
	}
	if u, err = f.Store.User(f.ctx, u.ID); err != nil || u.SecondFactor() || u.Codes != 0 {
		t.Errorf("removed: %+v, %v", u, err)
	}
	if err := f.Store.SetPassword(f.ctx, u.ID, "not this", "x", ""); !errors.Is(err, models.ErrConflict) {
		t.Errorf("SetPassword over another: %v", err)
	}
	if err := f.Store.SetPassword(f.ctx, u.ID, u.PasswordHash, "new", ""); err != nil {
		t.Error(err)
	}
	if err := f.Store.ChangeUser(f.ctx, 4711, models.RoleStaff, false, false); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("ChangeUser of nobody: %v", err)
	}
	f.join(t, "ken", models.RoleReader)
	for _, id := range []int64{u.ID, f.join(t, "ada", models.RoleStaff).ID} {
		if err := f.Store.ChangeUser(f.ctx, id, models.RoleStaff, true, false); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := f.Store.Users(f.ctx); err != nil || len(list) != 3 || list[0].Name != "ken" || list[0].Disabled || !list[1].Disabled || !list[2].Disabled {
		t.Errorf("Users: %+v, %v", list, err)
	}
}

// owners: two changes at once can't take the last two owners.
func owners(t *testing.T, f *Fixture) {
	one, two := f.join(t, "one", models.RoleOwner), f.join(t, "two", models.RoleOwner)
	for round := range 20 { // a missing lock is noticed only now and then
		errs := make([]error, 2)
		var wait sync.WaitGroup
		begin := make(chan struct{})
		for i, u := range []models.User{one, two} {
			wait.Go(func() {
				<-begin
				errs[i] = f.Store.ChangeUser(f.ctx, u.ID, models.RoleReader, false, true)
			})
		}
		close(begin)
		wait.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), models.ErrLastOwner) {
			t.Fatalf("both owners at once, round %d: %v", round, errs)
		}
		for _, u := range []models.User{one, two} {
			if err := f.Store.ChangeUser(f.ctx, u.ID, models.RoleOwner, false, true); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, u := range []models.User{one, two} {
		if err := f.Store.ChangeUser(f.ctx, u.ID, models.RoleReader, false, false); err != nil {
			t.Errorf("with an operator in the configuration: %v", err)
		}
	}
}

// deskSessions: one is kept, renewed, listed and ended, and what was ended doesn't come back.
func deskSessions(t *testing.T, f *Fixture) {
	u := f.join(t, "mei", models.RoleStaff)
	begin := func(token string, user int64) {
		t.Helper()
		d := models.DeskSession{Token: token, User: user, Network: "203.0.113.0/24", Browser: "Firefox", ExpiresAt: f.Clock.T.Add(30 * time.Minute)}
		if err := f.Store.BeginSession(f.ctx, d, []byte{0, 1, 255}, "device of "+token); err != nil {
			t.Fatal(err)
		}
	}
	open := func(token string, want bool) {
		t.Helper()
		data, err := f.Store.SessionData(f.ctx, token)
		if (err == nil) != want || (err != nil && !errors.Is(err, models.ErrNotFound)) || want && len(data) != 3 {
			t.Errorf("session %q: %v, %v, want %v", token, data, err, want)
		}
	}
	begin("a", u.ID)
	begin("b", u.ID)
	begin("c", 0)
	open("a", true)
	open("", false)
	if list, err := f.Store.DeskSessions(f.ctx, u.ID); err != nil || len(list) != 2 || list[0].Token != "b" || list[0].Browser != "Firefox" {
		t.Errorf("DeskSessions: %+v, %v", list, err)
	}
	if ok, err := f.Store.KnownDevice(f.ctx, u.ID, "device of a"); !ok || err != nil {
		t.Errorf("KnownDevice: %v, %v", ok, err)
	}
	if ok, _ := f.Store.KnownDevice(f.ctx, 0, "device of a"); ok {
		t.Error("the browser is known for another name")
	}
	f.Clock.T = f.Clock.T.Add(20 * time.Minute)
	if err := f.Store.KeepSession(f.ctx, "a", []byte("new"), f.Clock.T.Add(30*time.Minute)); err != nil {
		t.Fatal(err)
	}
	f.Clock.T = f.Clock.T.Add(20 * time.Minute)
	open("a", true)
	open("b", false)
	begin("d", u.ID)
	if err := f.Store.EndSessionsOf(f.ctx, u.ID, "a"); err != nil {
		t.Fatal(err)
	}
	open("d", false)
	if err := f.Store.KeepSession(f.ctx, "d", []byte("new"), f.Clock.T.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	open("d", false)
	list, _ := f.Store.DeskSessions(f.ctx, u.ID)
	if len(list) != 1 || errors.Is(f.Store.EndSessionOf(f.ctx, 0, list[0].ID), nil) {
		t.Errorf("sessions %+v, or one ended for somebody else", list)
	}
	if err := f.Store.EndSessionOf(f.ctx, u.ID, list[0].ID); err != nil {
		t.Error(err)
	}
	open("a", false)
	begin("e", u.ID)
	if err := f.Store.EndSession(f.ctx, "e"); err != nil {
		t.Error(err)
	}
	open("e", false)
	begin("f", u.ID)
	if err := f.Store.ChangeUser(f.ctx, u.ID, models.RoleStaff, true, false); err != nil {
		t.Error(err)
	}
	open("f", false)
	if ok, _ := f.Store.KnownDevice(f.ctx, u.ID, "device of f"); ok {
		t.Error("a disabled account's browser is still known")
	}
}

// audit: what was done is listed newest first, filtered and in pages.
func audit(t *testing.T, f *Fixture) {
	for i := range 5 {
		name := []string{"mei", "ken"}[i%2]
		if err := f.Store.AddAudit(f.ctx, models.AuditEntry{Name: name, Action: "order.checked", Object: strconv.Itoa(i), Network: "n"}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := f.Store.Audit(f.ctx, models.AuditFilter{Limit: 2})
	if err != nil || len(list.Entries) != 2 || list.Entries[0].Object != "4" || !list.Entries[0].At.Equal(f.Clock.T) {
		t.Fatalf("first page: %+v, %v", list, err)
	}
	next, err := f.Store.Audit(f.ctx, models.AuditFilter{Limit: 3, Cursor: list.Next})
	if err != nil || len(next.Entries) != 3 || next.Entries[0].Object != "2" || next.Next != "" {
		t.Errorf("second page: %+v, %v", next, err)
	}
	for filter, want := range map[models.AuditFilter]int{
		{Name: "mei"}: 3, {Name: "mei", Action: "order.checked"}: 3, {Action: "none"}: 0, {Name: "\x00"}: 0, {Name: "\xff"}: 0, {Name: "' OR 1=1 --"}: 0,
	} {
		if list, err := f.Store.Audit(f.ctx, filter); err != nil || len(list.Entries) != want {
			t.Errorf("%+v: %d, %v, want %d", filter, len(list.Entries), err, want)
		}
	}
}

// apiKeys: a key is kept and ended; its name is free again then.
func apiKeys(t *testing.T, f *Fixture) {
	k, err := f.Store.AddAPIKey(f.ctx, "booking", "h1")
	if err != nil {
		t.Fatal(err)
	}
	for _, again := range [][2]string{{"booking", "h2"}, {"other", "h1"}} {
		if _, err := f.Store.AddAPIKey(f.ctx, again[0], again[1]); !errors.Is(err, models.ErrConflict) {
			t.Errorf("AddAPIKey%v: %v", again, err)
		}
	}
	if err := f.Store.UsedAPIKey(f.ctx, k.ID); err != nil {
		t.Error(err)
	}
	if err := f.Store.RevokeAPIKey(f.ctx, k.ID); err != nil {
		t.Error(err)
	}
	for _, id := range []int64{k.ID, 4711} {
		if err := f.Store.RevokeAPIKey(f.ctx, id); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("RevokeAPIKey(%d): %v", id, err)
		}
	}
	if _, err := f.Store.AddAPIKey(f.ctx, "booking", "h3"); err != nil {
		t.Errorf("the name isn't free again: %v", err)
	}
	list, err := f.Store.APIKeys(f.ctx)
	if err != nil || len(list) != 2 || list[0].Hash != "h3" || list[1].RevokedAt.IsZero() || !list[1].UsedAt.Equal(f.Clock.T) {
		t.Errorf("APIKeys: %+v, %v", list, err)
	}
}
