package handlers_test

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

const newPassword = "a long new password"

// realDesk is a handler over real people, with a clock that moves.
type realDesk struct {
	*testing.T
	*handlers.Handler
	store *models.Store
	clock *deskClock
	shop  *fakeShop
}

func newDesk(t *testing.T, change ...func(*handlers.Options)) realDesk {
	t.Helper()
	store, clock := realPeople(t)
	d := realDesk{T: t, store: store, clock: clock, shop: newShop()}
	d.Handler = d.open(change...)
	return d
}

// open is another process on the same data.
func (d realDesk) open(change ...func(*handlers.Options)) *handlers.Handler {
	d.Helper()
	return newHandler(d.T, d.shop, append([]func(*handlers.Options){func(o *handlers.Options) {
		o.AdminUsername, o.AdminPasswordHash, o.People, o.Now = "root", testHash, d.store, d.clock.now
	}}, change...)...)
}

// signInAs returns the Cookie header of somebody who signs in, or "" and the answer's status.
func signInAs(h http.Handler, name, password, code string, header ...string) (session string, status int) {
	w := post(h, "/admin/login", values("username", name, "password", password, "code", code), header...)
	k, ok := cookie(w, "admin_session")
	if !ok {
		return "", w.Code
	}
	mark, _ := cookie(w, "admin_browser")
	return k.Name + "=" + k.Value + "; " + mark.Name + "=" + mark.Value, w.Code
}

// add makes an account, sets its password by the link, and signs in.
func (d realDesk) add(name string, role models.Role) (u models.User, session string) {
	d.Helper()
	owner, _ := signInAs(d.Handler, "root", testPassword, "")
	w := post(d.Handler, "/admin/settings/people", values("name", name, "role", string(role)), "Cookie", owner)
	wantStatus(d.T, w, 200)
	link := document(d.T, w).Find("#invite-link").AttrOr("value", "")
	path := strings.TrimPrefix(link, "https://shop.example")
	wantStatus(d.T, get(d.Handler, path), 200)
	wantRedirect(d.T, post(d.Handler, path, values("password", newPassword)), "/admin/login?notice=password_set")
	wantStatus(d.T, get(d.Handler, path), 404)
	wantStatus(d.T, post(d.Handler, path, values("password", newPassword+"!")), 404)
	u, err := d.store.UserByName(d.Context(), models.UserName(name))
	if err != nil {
		d.Fatal(err)
	}
	session, status := signInAs(d.Handler, name, newPassword, "")
	if session == "" {
		d.Fatalf("%s can't sign in: %d", name, status)
	}
	return u, session
}

func person(u models.User) string {
	return "/admin/settings/people/" + strconv.FormatInt(u.ID, 10)
}

// TestPerson goes the way of somebody at the desk: invited, promoted, disabled, enabled, invited anew. All of it holds at once, on open
// sessions and in other processes.
func TestPerson(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	other := d.open()
	owner, _ := signInAs(d.Handler, "root", testPassword, "")
	_, _ = d.add("ken", models.RoleReader) // passwords are still asked for when the other one is disabled
	u, mei := d.add(" Mei@Shop.example ", models.RoleReader)
	if u.Name != "mei@shop.example" {
		t.Errorf("name %q", u.Name)
	}
	wantStatus(t, get(other, "/admin/orders", "Cookie", mei), 200)
	wantStatus(t, get(other, "/admin/links/new", "Cookie", mei), 403)
	wantStatus(t, get(other, "/admin/settings/people", "Cookie", mei), 403)
	wantRedirect(t, get(other, "/admin/settings", "Cookie", mei), "/admin/settings/account")

	change := func(fields ...string) {
		wantRedirect(t, post(d.Handler, person(u), values(fields...), "Cookie", owner), person(u)+"?notice=person_changed")
	}
	change("role", "staff")
	wantStatus(t, get(other, "/admin/links/new", "Cookie", mei), 200)
	change("disabled", "1")
	wantRedirect(t, get(other, "/admin/orders", "Cookie", mei), "/admin/login")
	if s, status := signInAs(d.Handler, u.Name, newPassword, ""); s != "" || status != 401 {
		t.Errorf("signed in though disabled: %d", status)
	}
	change("disabled", "0")
	wantRedirect(t, get(other, "/admin/orders", "Cookie", mei), "/admin/login")
	mei, _ = signInAs(d.Handler, u.Name, newPassword, "")
	wantStatus(t, get(other, "/admin/orders", "Cookie", mei), 200)
	wantStatus(t, post(d.Handler, person(u)+"/link", nil, "Cookie", owner), 200)
	wantRedirect(t, get(other, "/admin/orders", "Cookie", mei), "/admin/login")
	if s, _ := signInAs(d.Handler, u.Name, newPassword, ""); s != "" {
		t.Error("the old password works though a new link was given")
	}
	for fields, want := range map[[2]string]int{{"role", "king"}: 400, {"", ""}: 303} {
		wantStatus(t, post(d.Handler, person(u), values(fields[0], fields[1]), "Cookie", owner), want)
	}
	for name, problem := range map[string]bool{"MEI@shop.example": true, "root": true, "": true, "a b": true, strings.Repeat("x", 41): true, "\xff": true, "<b>": true} {
		w := post(d.Handler, "/admin/settings/people", values("name", name, "role", "staff"), "Cookie", owner)
		if got := document(t, w).Find("[data-testid=error-name]").Length() == 1; got != problem || w.Code != 422 {
			t.Errorf("%q: %d, problem shown: %v", name, w.Code, got)
		}
	}
	for target, want := range map[string]int{"/admin/settings/people/99": 404, "/admin/settings/people/x": 404, "/admin/welcome/none": 404, "/admin/welcome/%00": 404} {
		wantStatus(t, get(d.Handler, target, "Cookie", owner), want)
	}
}

// TestInviteTime: a link that is too old works no more.
func TestInviteTime(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	owner, _ := signInAs(d.Handler, "root", testPassword, "")
	w := post(d.Handler, "/admin/settings/people", values("name", "ken", "role", "staff"), "Cookie", owner)
	path := strings.TrimPrefix(document(t, w).Find("#invite-link").AttrOr("value", ""), "https://shop.example")
	for password, rule := range map[string]string{"short": "short", "aaaaaaaaaaaaaaaa": "easy", "kenkenkenken": "easy", strings.Repeat("long", 300): "too_long"} {
		w := post(d.Handler, path, values("password", password))
		if w.Code != 422 || models.CheckPassword(password, "ken") != rule {
			t.Errorf("%s: %d, %s", password, w.Code, models.CheckPassword(password, "ken"))
		}
	}
	d.clock.move(73 * time.Hour)
	wantStatus(t, get(d.Handler, path), 404)
	wantStatus(t, post(d.Handler, path, values("password", newPassword)), 404)
}

// TestLastOwner: without an operator in the configuration somebody who can manage people always stays; with one it doesn't matter.
func TestLastOwner(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	one, first := d.add("one", models.RoleOwner)
	two, _ := d.add("two", models.RoleOwner)
	alone := d.open(func(o *handlers.Options) { o.AdminUsername, o.AdminPasswordHash = "", "" })
	wantStatus(t, get(alone, "/admin/settings/people", "Cookie", first), 200)
	wantStatus(t, post(alone, person(one), values("role", "reader"), "Cookie", first), 403) // the own account
	wantRedirect(t, post(alone, person(two), values("role", "staff"), "Cookie", first), person(two)+"?notice=person_changed")
	for _, err := range []error{
		d.store.ChangeUser(t.Context(), one.ID, models.RoleStaff, false, true), d.store.ChangeUser(t.Context(), one.ID, models.RoleOwner, true, true),
		d.store.Invite(t.Context(), one.ID, "x", d.clock.now(), true),
	} {
		if !errors.Is(err, models.ErrLastOwner) {
			t.Errorf("the last owner went: %v", err)
		}
	}
	wantStatus(t, get(alone, "/admin/settings/people", "Cookie", first), 200)
}

// TestOwnPassword: it needs the present one, and ends the other sessions.
func TestOwnPassword(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	u, here := d.add("mei", models.RoleReader)
	there, _ := signInAs(d.Handler, "mei", newPassword, "")
	change := func(current, password string) int {
		return post(d.Handler, "/admin/settings/account/password", values("current", current, "password", password), "Cookie", here).Code
	}
	for _, c := range [][2]string{{"wrong", "another password"}, {newPassword, "short"}, {"", ""}} {
		if got := change(c[0], c[1]); got != 422 {
			t.Errorf("%v: %d", c, got)
		}
	}
	if got := change(newPassword, "another password"); got != 303 {
		t.Fatalf("changed: %d", got)
	}
	wantStatus(t, get(d.Handler, "/admin/orders", "Cookie", here), 200)
	wantRedirect(t, get(d.Handler, "/admin/orders", "Cookie", there), "/admin/login")
	if s, _ := signInAs(d.Handler, "mei", newPassword, ""); s != "" {
		t.Error("the old password works")
	}
	owner, _ := signInAs(d.Handler, "root", testPassword, "")
	wantStatus(t, post(d.Handler, "/admin/settings/account/password", values("current", testPassword, "password", newPassword), "Cookie", owner), 403)
	_ = u
}

// secondFactor sets one up and returns its secret and the recovery codes.
func (d realDesk) secondFactor(session, password string) (secret string, codes []string) {
	d.Helper()
	const path = "/admin/settings/account/second-factor"
	page := document(d.T, get(d.Handler, path, "Cookie", session))
	secret = page.Find("[data-testid=secret]").Text()
	wantStatus(d.T, get(d.Handler, path+"/qr.svg", "Cookie", session), 200)
	wantStatus(d.T, post(d.Handler, path, values("code", "000000", "current", password), "Cookie", session), 422)
	wantStatus(d.T, post(d.Handler, path, values("code", handlers.CodeAt(secret, d.clock.now()), "current", "wrong"), "Cookie", session), 422)
	w := post(d.Handler, path, values("code", handlers.CodeAt(secret, d.clock.now()), "current", password), "Cookie", session)
	wantStatus(d.T, w, 200)
	document(d.T, w).Find("[data-testid=recovery-codes] li").Each(func(_ int, li *goquery.Selection) { codes = append(codes, li.Text()) })
	if len(codes) != 10 {
		d.Fatalf("%d recovery codes", len(codes))
	}
	return secret, codes
}

// TestSecondFactor: nobody gets in without a code, and no code works twice.
func TestSecondFactor(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	u, session := d.add("mei", models.RoleStaff)
	if document(t, get(d.Handler, "/admin/login")).Find("#code").Length() != 0 {
		t.Error("the form asks for a code though nobody has one")
	}
	secret, codes := d.secondFactor(session, newPassword)
	if document(t, get(d.Handler, "/admin/login")).Find("#code").Length() != 1 {
		t.Error("the form asks for no code")
	}
	try := func(what, code string, want bool) {
		t.Helper()
		if s, status := signInAs(d.Handler, "mei", newPassword, code); (s != "") != want {
			t.Errorf("%s: signed in %v (%d), want %v", what, s != "", status, want)
		}
	}
	now := d.clock.now()
	try("no code", "", false)
	try("the code that set it up", handlers.CodeAt(secret, now), false)
	try("the one before", handlers.CodeAt(secret, now.Add(-30*time.Second)), false)
	try("next", handlers.CodeAt(secret, now.Add(30*time.Second)), true)
	try("next again", handlers.CodeAt(secret, now.Add(30*time.Second)), false)
	try("too far ahead", handlers.CodeAt(secret, now.Add(90*time.Second)), false)
	d.clock.move(2 * time.Minute)
	if s, _ := signInAs(d.Handler, "mei", "wrong", handlers.CodeAt(secret, d.clock.now())); s != "" {
		t.Error("the code alone lets in")
	}
	code := handlers.CodeAt(secret, d.clock.now())
	try("with a blank", code[:3]+" "+code[3:], true)
	try("recovery code", strings.ToUpper(codes[3]), true)
	try("recovery code again", codes[3], false)
	try("of nobody", "aaaa-aaaa-aaaa-aaaa", false)
	if u, err := d.store.User(t.Context(), u.ID); err != nil || u.Codes != 9 {
		t.Errorf("%d codes left, %v", u.Codes, err)
	}
	const path = "/admin/settings/account/second-factor"
	wantStatus(t, post(d.Handler, path+"/codes", values("codes_current", "wrong"), "Cookie", session), 422)
	wantStatus(t, post(d.Handler, path+"/codes", values("codes_current", newPassword), "Cookie", session), 200)
	try("a replaced recovery code", codes[4], false)
	wantStatus(t, post(d.Handler, path+"/remove", values("remove_current", "wrong"), "Cookie", session), 422)
	wantRedirect(t, post(d.Handler, path+"/remove", values("remove_current", newPassword), "Cookie", session), "/admin/settings/account?notice=second_factor_off")
	try("turned off", "", true)
}

// TestRequiredSecondFactor: where the shop asks for it, nothing else goes before; the configured operator has none.
func TestRequiredSecondFactor(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(o *handlers.Options) { o.RequireSecondFactor = true })
	_, session := d.add("mei", models.RoleStaff)
	const path = "/admin/settings/account/second-factor"
	for _, page := range []string{"/admin/orders", "/admin/settings/account", "/admin/links/new"} {
		wantRedirect(t, get(d.Handler, page, "Cookie", session), path)
	}
	wantRedirect(t, post(d.Handler, "/admin/orders/7/check", nil, "Cookie", session), path)
	d.secondFactor(session, newPassword)
	wantStatus(t, get(d.Handler, "/admin/orders", "Cookie", session), 200)
	owner, _ := signInAs(d.Handler, "root", testPassword, "")
	wantStatus(t, get(d.Handler, "/admin/orders", "Cookie", owner), 200)
	wantRedirect(t, get(d.Handler, path, "Cookie", owner), "/admin/settings/account")
	u, _ := d.store.UserByName(t.Context(), "mei")
	wantRedirect(t, post(d.Handler, person(u)+"/second-factor", nil, "Cookie", owner), person(u)+"?notice=second_factor_off")
	wantRedirect(t, get(d.Handler, "/admin/orders", "Cookie", session), path)
}

// TestSessions: a restart signs nobody out, another password of the configured operator does; one can be ended from another, and they
// end by themselves.
func TestSessions(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	here, _ := signInAs(d.Handler, "root", testPassword, "", "User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0")
	there, _ := signInAs(d.Handler, "root", testPassword, "")
	again := d.open()
	wantStatus(t, get(again, "/admin/orders", "Cookie", here), 200)
	page := document(t, get(again, "/admin/settings/account", "Cookie", here))
	if n := page.Find("[data-testid=session]").Length(); n != 2 || page.Find("[data-testid=this-session]").Length() != 1 {
		t.Errorf("%d sessions", n)
	}
	if text := page.Find("[data-testid=session]:has([data-testid=this-session])").Text(); !strings.Contains(text, "Firefox, Windows") || !strings.Contains(text, "192.0.2.0/24") {
		t.Errorf("this one: %q", text)
	}
	id := page.Find("[data-testid=session] input[name=id]").AttrOr("value", "")
	wantStatus(t, post(again, "/admin/settings/account/sessions", values("id", "x"), "Cookie", here), 400)
	wantRedirect(t, post(again, "/admin/settings/account/sessions", values("id", id), "Cookie", here), "/admin/settings/account?notice=session_ended")
	wantRedirect(t, get(d.Handler, "/admin/orders", "Cookie", there), "/admin/login")
	there, _ = signInAs(d.Handler, "root", testPassword, "")
	wantRedirect(t, post(again, "/admin/settings/account/sessions", values("id", "others"), "Cookie", here), "/admin/settings/account?notice=sessions_ended")
	wantRedirect(t, get(d.Handler, "/admin/orders", "Cookie", there), "/admin/login")
	wantStatus(t, get(d.Handler, "/admin/orders", "Cookie", here), 200)

	// In use every 20 minutes it goes on; left alone for more than 30 it ends.
	for range 3 {
		d.clock.move(20 * time.Minute)
		wantStatus(t, get(d.Handler, "/admin/orders", "Cookie", here), 200)
	}
	another := d.open(func(o *handlers.Options) { o.AdminPasswordHash = hashOf("another password") })
	wantRedirect(t, get(another, "/admin/orders", "Cookie", here), "/admin/login")
	boss := d.open(func(o *handlers.Options) { o.AdminUsername = "boss" })
	wantRedirect(t, get(boss, "/admin/orders", "Cookie", here), "/admin/login")
	wantStatus(t, get(d.Handler, "/admin/orders", "Cookie", here), 200)
	d.clock.move(31 * time.Minute)
	wantRedirect(t, get(d.Handler, "/admin/orders", "Cookie", here), "/admin/login")
}

// TestThrottle: a stranger's tries slow a name down, but not for the browser that its owner uses; names that don't exist look the same.
func TestThrottle(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(o *handlers.Options) { o.Limits.Login, o.TrustedProxies = 1000, []string{"192.0.2.1"} })
	_, session := d.add("mei", models.RoleOwner)
	mark := session[strings.Index(session, "admin_browser"):]
	for _, name := range []string{"mei", "nobody", "root"} {
		var statuses []int
		for i := range 30 { // each from another network
			_, status := signInAs(d.Handler, name, "wrong", "", "X-Forwarded-For", "198.51."+strconv.Itoa(i)+".7")
			statuses = append(statuses, status)
		}
		for i, status := range statuses {
			if want := map[bool]int{true: 401, false: 429}[i < 20]; status != want {
				t.Errorf("%s, try %d: %d, want %d", name, i+1, status, want)
			}
		}
	}
	if s, status := signInAs(d.Handler, "mei", newPassword, "", "X-Forwarded-For", "203.0.113.9"); s != "" || status != 429 {
		t.Errorf("an unknown browser: %d", status)
	}
	if s, status := signInAs(d.Handler, "mei", newPassword, "", "X-Forwarded-For", "203.0.113.9", "Cookie", mark); s == "" {
		t.Errorf("the owner's browser is kept out: %d", status)
	}
	if s, _ := signInAs(d.Handler, "root", testPassword, "", "X-Forwarded-For", "203.0.113.9", "Cookie", mark); s != "" {
		t.Error("the browser of one person opens the way to another's name")
	}
	for i := range 12 { // that browser may not try for ever either
		if _, status := signInAs(d.Handler, "mei", "wrong", "", "X-Forwarded-For", "203.0.113.9", "Cookie", mark); (status == 429) != (i >= 10) {
			t.Errorf("try %d of a known browser: %d", i+1, status)
		}
	}
	d.clock.move(time.Hour)
	if s, status := signInAs(d.Handler, "mei", newPassword, "", "X-Forwarded-For", "203.0.113.9"); s == "" {
		t.Errorf("an hour later: %d", status)
	}
}
