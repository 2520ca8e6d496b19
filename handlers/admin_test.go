package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/google/go-cmp/cmp"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

const testPassword = "correct horse"

var testHash = hashOf(testPassword)

// hashOf is a password's hash, made with little memory so that tests are quick.
func hashOf(password string) string {
	hash, err := argon2id.CreateHash(password, &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		panic(err)
	}
	return hash
}

func console(t *testing.T, shop *fakeShop) *handlers.Handler {
	return newHandler(t, shop, func(o *handlers.Options) { o.AdminUsername, o.AdminPasswordHash = "root", testHash })
}

// signIn returns the Cookie header of a signed-in operator.
func signIn(t testing.TB, h http.Handler) string {
	t.Helper()
	w := post(h, "/admin/login", values("username", "root", "password", testPassword))
	wantRedirect(t, w, "/admin")
	k, ok := cookie(w, "admin_session")
	if !ok {
		t.Fatal("no session cookie")
	}
	if !k.HttpOnly || !k.Secure || k.SameSite != http.SameSiteStrictMode || k.Path != "/admin" {
		t.Errorf("cookie's attributes: %s", k)
	}
	return k.Name + "=" + k.Value
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	h := console(t, newShop())
	for _, c := range []struct{ name, username, password string }{
		{"wrong password", "root", "wrong"},
		{"wrong name", "admin", testPassword},
		{"nothing", "", ""},
		{"hash instead of password", "root", testHash},
		{"endless password", "root", testPassword + strings.Repeat("x", 5000)},
		{"broken UTF-8", "\xff", "\xff"},
		{"blank around", "root", " " + testPassword},
	} {
		w := post(h, "/admin/login", values("username", c.username, "password", c.password))
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%s: status = %d, want 401", c.name, w.Code)
		}
		if _, ok := cookie(w, "admin_session"); ok {
			t.Errorf("%s: got a session", c.name)
		}
	}
	session := signIn(t, h)
	wantStatus(t, get(h, "/admin/orders", "Cookie", session), 200)
	wantRedirect(t, get(h, "/admin/login", "Cookie", session), "/admin")
	if other := signIn(t, h); other == session {
		t.Error("two sign-ins share a session")
	}
	if w := get(h, "/orders/"+token, "Cookie", session); strings.Contains(w.Header().Get("Set-Cookie"), "admin_session") {
		t.Error("the shop's pages touch the console's session")
	}
	wantRedirect(t, post(h, "/admin/logout", nil, "Cookie", session), "/admin/login")
	wantRedirect(t, get(h, "/admin/orders", "Cookie", session), "/admin/login")
	wantRedirect(t, get(h, "/admin/orders", "Cookie", "admin_session=forged"), "/admin/login")
}

// A session that somebody put into the operator's browser beforehand isn't the one that signs in.
func TestSessionFixation(t *testing.T) {
	t.Parallel()
	h := console(t, newShop())
	planted := signIn(t, h)
	w := post(h, "/admin/login", values("username", "root", "password", testPassword), "Cookie", planted)
	cookies := w.Result().Cookies()
	if last := cookies[len(cookies)-1]; last.Name+"="+last.Value == planted {
		t.Error("the session kept its name over a sign-in")
	}
	wantRedirect(t, get(h, "/admin/orders", "Cookie", planted), "/admin/login")
}

func TestClosedConsole(t *testing.T) {
	t.Parallel()
	h := newHandler(t, newShop())
	if document(t, get(h, "/admin/login")).Find("[data-testid=login-closed]").Length() != 1 {
		t.Error("the page doesn't say that the console is closed")
	}
	wantStatus(t, post(h, "/admin/login", values("username", "", "password", "")), 403)
	wantRedirect(t, get(h, "/admin"), "/admin/login")
}

func TestConsole(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := console(t, shop)
	session := signIn(t, h)
	ask := func(target string) int { return get(h, target, "Cookie", session).Code }

	if got := ask("/admin/orders?status=paid&q=+7K3M-Q2XD+&attention=1&cursor=12&wallet=alipayhk&currency=HKD&from=2026-11-22&to=2026-11-23&link="); got != 200 {
		t.Fatalf("orders = %d", got)
	}
	want := models.OrderFilter{
		Query: "7K3M-Q2XD", Status: models.OrderPaid, Attention: true, Cursor: "12", Processor: models.AlipayHK, Currency: "HKD",
		From: time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC),
	}
	if diff := cmp.Diff(want, shop.filter); diff != "" {
		t.Error(diff)
	}
	for target, want := range map[string]int{
		"/admin/orders?status=none": 400, "/admin/orders?q=%ff": 400, "/admin/orders?q=%00": 400, "/admin/orders?cursor=" + strings.Repeat("a", 300): 400,
		"/admin/orders/7": 200, "/admin/orders/8": 404, "/admin/orders/0": 404, "/admin/orders/-7": 404, "/admin/orders/7x": 404,
		"/admin/orders/99999999999999999999": 404, "/admin/none": 404, "/admin/orders/7?notice=checked": 200, "/admin/orders/7?notice=%3Cb%3E": 200,
	} {
		if got := ask(target); got != want {
			t.Errorf("GET %s = %d, want %d", target, got, want)
		}
	}
	doc := document(t, get(h, "/admin/orders/7", "Cookie", session))
	if doc.Find("[data-testid=event-row]").Length() != 1 || doc.Find("[data-testid=admin-name]").Text() != "root" {
		t.Error("history or name is missing")
	}
	wantRedirect(t, post(h, "/admin/orders/7/check", nil, "Cookie", session), "/admin/orders/7?notice=checked")
	shop.checkErr = models.ErrUnavailable
	wantRedirect(t, post(h, "/admin/orders/7/check", nil, "Cookie", session), "/admin/orders/7?notice=check_failed")
	shop.checkErr = models.ErrNotFound
	wantStatus(t, post(h, "/admin/orders/7/check", nil, "Cookie", session), 404)
	wantStatus(t, post(h, "/admin/orders/x/check", nil, "Cookie", session), 404)
	shop.ordersErr = models.ErrMalformed
	if got := ask("/admin/orders?cursor=broken"); got != 400 {
		t.Errorf("broken cursor = %d, want 400", got)
	}
}

func TestStrangersReachNothing(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := console(t, shop)
	wantRedirect(t, post(h, "/admin/orders/7/check", nil), "/admin/login")
	w := get(h, "/admin/orders/7")
	wantRedirect(t, w, "/admin/login")
	if len(shop.checked) > 0 || w.Body.Len() > 0 {
		t.Error("a stranger got through")
	}
}
