package handlers_test

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

// nobody is who isn't signed in.
const nobody models.Role = ""

// deskRoutes is the desk's whole route table: who may at least ask for each. A new route takes a line here; its ids stand for themselves in
// deskIDs. It is written out, not read from routes.go, so that a route in the wrong group is seen.
var deskRoutes = map[string]models.Role{
	"GET /admin/login":                                  nobody,
	"POST /admin/login":                                 nobody,
	"GET /admin/welcome/:token":                         nobody,
	"POST /admin/welcome/:token":                        nobody,
	"POST /admin/logout":                                models.RoleReader,
	"GET /admin":                                        models.RoleReader,
	"GET /admin/orders":                                 models.RoleReader,
	"GET /admin/orders/:id":                             models.RoleReader,
	"POST /admin/orders/:id/check":                      models.RoleStaff,
	"GET /admin/links":                                  models.RoleReader,
	"POST /admin/links":                                 models.RoleStaff,
	"GET /admin/links/new":                              models.RoleStaff,
	"GET /admin/links/:id":                              models.RoleReader,
	"POST /admin/links/:id":                             models.RoleStaff,
	"GET /admin/links/:id/sheet":                        models.RoleReader,
	"GET /admin/links/:id/qr.svg":                       models.RoleReader,
	"GET /admin/links/:id/qr.png":                       models.RoleReader,
	"GET /admin/charge":                                 models.RoleStaff,
	"POST /admin/charge":                                models.RoleStaff,
	"GET /admin/charge/:id":                             models.RoleStaff,
	"GET /admin/charge/:id/qr.svg":                      models.RoleStaff,
	"POST /admin/charge/:id/cancel":                     models.RoleStaff,
	"GET /admin/orders.csv":                             models.RoleReader,
	"POST /admin/orders/:id/refunds/confirm":            models.RoleStaff,
	"POST /admin/orders/:id/refunds":                    models.RoleStaff,
	"POST /admin/orders/:id/refunds/:refund/close":      models.RoleStaff,
	"POST /admin/orders/:id/cancel":                     models.RoleStaff,
	"POST /admin/orders/:id/confirm":                    models.RoleStaff,
	"POST /admin/orders/:id/note":                       models.RoleStaff,
	"POST /admin/orders/:id/receipt":                    models.RoleStaff,
	"POST /admin/orders/:id/settle":                     models.RoleStaff,
	"GET /admin/orders/:id/evidence.zip":                models.RoleStaff,
	"GET /admin/payments/attention":                     models.RoleReader,
	"POST /admin/payments/attention/mails/:id":          models.RoleStaff,
	"POST /admin/payments/attention/endpoints/:id":      models.RoleStaff,
	"GET /admin/codes":                                  models.RoleReader,
	"GET /admin/reports":                                models.RoleReader,
	"GET /admin/reports.csv":                            models.RoleReader,
	"GET /admin/reports/settlement":                     models.RoleReader,
	"GET /admin/reports/settlement.csv":                 models.RoleReader,
	"GET /admin/products":                               models.RoleReader,
	"GET /admin/products/new":                           models.RoleStaff,
	"GET /admin/products/export.csv":                    models.RoleReader,
	"GET /admin/products/import":                        models.RoleStaff,
	"GET /admin/products/:id":                           models.RoleReader,
	"POST /admin/products":                              models.RoleStaff,
	"POST /admin/products/import":                       models.RoleStaff,
	"POST /admin/products/:id":                          models.RoleStaff,
	"POST /admin/settings/branding":                     models.RoleOwner,
	"POST /admin/products/:id/move":                     models.RoleStaff,
	"POST /admin/products/:id/hide":                     models.RoleStaff,
	"POST /admin/products/:id/stock":                    models.RoleStaff,
	"POST /admin/products/:id/delete":                   models.RoleStaff,
	"GET /admin/settings/branding":                      models.RoleOwner,
	"GET /admin/settings/check":                         models.RoleOwner,
	"GET /admin/settings/sign":                          models.RoleOwner,
	"POST /admin/settings/sign":                         models.RoleOwner,
	"GET /admin/webhooks":                               models.RoleReader,
	"GET /admin/webhooks/:id":                           models.RoleReader,
	"POST /admin/webhooks/:id/again":                    models.RoleStaff,
	"POST /admin/webhooks/endpoints/:id/on":             models.RoleOwner,
	"GET /admin/settings":                               models.RoleReader,
	"GET /admin/settings/account":                       models.RoleReader,
	"POST /admin/settings/account/password":             models.RoleReader,
	"POST /admin/settings/account/sessions":             models.RoleReader,
	"GET /admin/settings/account/second-factor":         models.RoleReader,
	"GET /admin/settings/account/second-factor/qr.svg":  models.RoleReader,
	"POST /admin/settings/account/second-factor":        models.RoleReader,
	"POST /admin/settings/account/second-factor/remove": models.RoleReader,
	"POST /admin/settings/account/second-factor/codes":  models.RoleReader,
	"GET /admin/settings/people":                        models.RoleOwner,
	"POST /admin/settings/people":                       models.RoleOwner,
	"GET /admin/settings/people/:id":                    models.RoleOwner,
	"POST /admin/settings/people/:id":                   models.RoleOwner,
	"POST /admin/settings/people/:id/link":              models.RoleOwner,
	"POST /admin/settings/people/:id/second-factor":     models.RoleOwner,
	"POST /admin/settings/people/:id/sessions":          models.RoleOwner,
	"GET /admin/settings/keys":                          models.RoleOwner,
	"POST /admin/settings/keys":                         models.RoleOwner,
	"POST /admin/settings/keys/:id/revoke":              models.RoleOwner,
	"GET /admin/settings/audit":                         models.RoleOwner,
}

// deskIDs are what stands in for a route's parameters, by the path's beginning: things that the fake shop has.
var deskIDs = map[string]string{"/admin/orders/": "7", "/admin/links/": "3", "/admin/webhooks/": "9", "/admin/charge/": "8", "/admin/settings/people/": "1"}

// nowhere are the routes of what only exists for a while: a link to set a password, and a second factor that is being set up.
var nowhere = []string{"/admin/welcome/:token", "/admin/settings/account/second-factor/qr.svg"}

// fillDesk puts into the shop what has buttons of its own: everything that waits for somebody to look at it, and a charge.
func fillDesk(shop *fakeShop) {
	o := pendingOrder()
	o.Attention = models.AttentionDoublePayment
	shop.put(o)
	shop.put(chargedOrder("charge:x"))
	dead := models.Endpoint{ID: 1, URL: "https://shop.example/hook", Dead: 2}
	gone := models.Endpoint{ID: 2, URL: "https://shop.example/gone", DisabledAt: noon, Reason: models.ReasonGone}
	shop.list = models.AttentionList{
		Orders: []models.Order{o}, Refunds: []models.Order{o}, Endpoints: []models.Endpoint{dead, gone}, Lost: []models.Delivery{{ID: 9, Endpoint: dead}},
		Mails: []models.LostMail{{Mail: models.Mail{ID: 4, Kind: models.MailReceipt}}},
	}
}

// path is a route's with its parameters filled in.
func path(route string) string {
	for prefix, id := range deskIDs {
		if strings.HasPrefix(route, prefix) {
			route = strings.Replace(route, ":id", id, 1)
		}
	}
	return regexp.MustCompile(`:\w+`).ReplaceAllString(route, "1")
}

// routeOf is the route of the table that a form's or a link's address leads to.
func routeOf(method, address string) (route string, found bool) {
	address, _, _ = strings.Cut(address, "#")
	address, _, _ = strings.Cut(address, "?")
	for route := range deskRoutes {
		m, pattern, _ := strings.Cut(route, " ")
		if m != method {
			continue
		}
		if pattern == address {
			return route, true // before one with parameters
		}
	}
	for route := range deskRoutes {
		m, pattern, _ := strings.Cut(route, " ")
		if m == method && regexp.MustCompile("^"+regexp.MustCompile(`:\w+`).ReplaceAllString(pattern, `[^/]+`)+"$").MatchString(address) {
			return route, true
		}
	}
	return "", false
}

// TestRoles asks for every route of the desk as everybody: who may not is refused, whoever may isn't, and no page shows a button or a
// link that its reader may not use.
func TestRoles(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	fillDesk(d.shop)
	routes := d.DeskRoutes()
	for _, route := range routes {
		if _, ok := deskRoutes[route]; !ok {
			t.Errorf("the route %q is new: add a line to deskRoutes in %s with the least role that may use it (and an id that the fake shop has to deskIDs)", route, "desk_roles_test.go")
		}
	}
	for route := range deskRoutes {
		if !slices.Contains(routes, route) {
			t.Errorf("the route %q is gone: take its line out of deskRoutes", route)
		}
	}
	for _, role := range append([]models.Role{nobody}, models.Roles...) {
		session := ""
		if role != nobody {
			_, session = d.add("as-"+string(role), role)
		}
		for route, least := range deskRoutes {
			if strings.HasSuffix(route, "/logout") && role != nobody {
				continue // ends the session; TestSignIn does it
			}
			method, target, _ := strings.Cut(route, " ")
			w := request{method: method, target: path(target), header: map[string]string{"Cookie": session}}.do(d.Handler)
			refused := w.Code == http.StatusForbidden || w.Code == http.StatusSeeOther && strings.HasPrefix(w.Header().Get("Location"), "/admin/login")
			if may := least == nobody || role.Can(least); may == refused && !(least == nobody && role != nobody) {
				t.Errorf("%s as %q: %d %s, may it: %v", route, role, w.Code, w.Header().Get("Location"), may)
			}
			if w.Code >= 500 {
				t.Errorf("%s as %q: %d", route, role, w.Code)
			}
			if w.Code == 404 && method == http.MethodGet && role == models.RoleOwner && !slices.Contains(nowhere, target) {
				t.Errorf("%s: the fake shop hasn't what it asks for, so that nobody sees its buttons", route)
			}
			if method == http.MethodGet && w.Code == 200 && strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
				checkButtons(t, route, role, document(t, w))
			}
		}
	}
}

// checkButtons: each form and each link on a page leads to where its reader may go.
func checkButtons(t *testing.T, page string, role models.Role, doc *goquery.Document) {
	t.Helper()
	doc.Find("form[action^='/admin'], a[href^='/admin']:not(.brand)").Each(func(_ int, el *goquery.Selection) {
		method, address := http.MethodGet, el.AttrOr("href", "")
		if action, ok := el.Attr("action"); ok {
			method, address = strings.ToUpper(el.AttrOr("method", "get")), action
		}
		route, found := routeOf(method, address)
		if !found {
			t.Errorf("%s as %q: %s %s leads nowhere", page, role, method, address)
		} else if least := deskRoutes[route]; least != nobody && !role.Can(least) {
			t.Errorf("%s as %q shows %s %s, which needs %s: hide it with p.Role.Can(models.Role…)", page, role, method, address, least)
		}
	})
}

// TestAuditLog: what is done is on record with who did it, refused sign-ins without what a stranger typed, and a log that can't be
// written keeps nobody from working.
func TestAuditLog(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	u, _ := d.add("mei", models.RoleStaff)
	owner, _ := signInAs(d.Handler, "root", testPassword, "")
	for _, name := range []string{"mei", "my-password-in-the-wrong-field"} {
		_, _ = signInAs(d.Handler, name, "wrong", "")
	}
	wantRedirect(t, post(d.Handler, person(u), values("role", "reader"), "Cookie", owner), person(u)+"?notice=person_changed")
	w := get(d.Handler, "/admin/settings/audit", "Cookie", owner)
	wantStatus(t, w, 200)
	if strings.Contains(w.Body.String(), "wrong-field") || strings.Contains(w.Body.String(), newPassword) {
		t.Error("the log holds what shouldn't be kept")
	}
	var actions []string
	document(t, w).Find("[data-testid=audit-row]").Each(func(_ int, row *goquery.Selection) { actions = append(actions, row.AttrOr("data-action", "")) })
	want := []string{"person.role_changed", "session.refused", "session.refused", "session.begun", "session.begun", "password.set", "person.added", "session.begun"}
	if !slices.Equal(actions, want) {
		t.Errorf("actions %v, want %v", actions, want)
	}
	for query, rows := range map[string]int{"?who=mei": 3, "?action=session.refused": 2, "?who=mei&action=session.refused": 1, "?who=none": 0, "?cursor=3": 2} {
		if n := document(t, get(d.Handler, "/admin/settings/audit"+query, "Cookie", owner)).Find("[data-testid=audit-row]").Length(); n != rows {
			t.Errorf("%s: %d rows, want %d", query, n, rows)
		}
	}
	for _, query := range []string{"?action=none", "?cursor=x", "?cursor=-1", "?who=%00", "?who=%ff"} {
		wantStatus(t, get(d.Handler, "/admin/settings/audit"+query, "Cookie", owner), 400)
	}

	people := newPeople()
	h := newHandler(t, newShop(), func(o *handlers.Options) { o.AdminUsername, o.AdminPasswordHash, o.People = "root", testHash, people })
	session := signIn(t, h)
	people.auditErr = models.ErrUnavailable
	wantRedirect(t, post(h, "/admin/orders/7/check", nil, "Cookie", session), "/admin/orders/7?notice=checked")
}

// TestMadeKeys: a key that was made at the desk opens the API at once, and revoked no more; another process sees both within seconds.
func TestMadeKeys(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	other := d.open(func(o *handlers.Options) { o.APIKeys = []string{"configured-key-of-the-shop"} })
	owner, _ := signInAs(d.Handler, "root", testPassword, "")
	ask := func(h http.Handler, key string) int {
		return get(h, "/api/v1/orders", "Authorization", "Bearer "+key).Code
	}
	if got := ask(d.Handler, "sk_of-another-shop"); got != 401 { // and the keys are known from now on
		t.Errorf("a strange key: %d", got)
	}
	w := post(d.Handler, "/admin/settings/keys", values("name", " booking site "), "Cookie", owner)
	key := document(t, w).Find("#new-key").AttrOr("value", "")
	if !regexp.MustCompile(`^sk_[0-9A-Za-z]{27}$`).MatchString(key) {
		t.Fatalf("key %q", key)
	}
	if got := ask(d.Handler, key); got != 200 {
		t.Errorf("the new key: %d", got)
	}
	page := get(d.Handler, "/admin/settings/keys", "Cookie", owner).Body.String()
	if strings.Contains(page, key) || !strings.Contains(page, "booking site") {
		t.Error("the page shows the key again, or not its name")
	}
	if page := document(t, get(other, "/admin/settings/keys", "Cookie", owner)); page.Find("[data-testid=configured-key]").Length() != 1 {
		t.Error("the configuration's key isn't listed")
	}
	if got := ask(other, key); got != 200 {
		t.Errorf("the new key in another process: %d", got)
	}
	keys, err := d.store.APIKeys(t.Context())
	if err != nil || len(keys) != 1 || keys[0].UsedAt.IsZero() {
		t.Errorf("%+v, %v", keys, err)
	}
	for name, want := range map[string]int{"": 422, "booking site": 422, strings.Repeat("x", 61): 422, "\xff": 422} {
		wantStatus(t, post(d.Handler, "/admin/settings/keys", values("name", name), "Cookie", owner), want)
	}
	wantStatus(t, post(d.Handler, "/admin/settings/keys/99/revoke", nil, "Cookie", owner), 404)
	wantRedirect(t, post(d.Handler, "/admin/settings/keys/1/revoke", nil, "Cookie", owner), "/admin/settings/keys?notice=key_revoked")
	if got := ask(d.Handler, key); got != 401 {
		t.Errorf("the revoked key: %d", got)
	}
	d.clock.move(3 * 1e9)
	if got := ask(other, key); got != 401 {
		t.Errorf("the revoked key in another process: %d", got)
	}
	if got := ask(other, "configured-key-of-the-shop"); got != 200 {
		t.Errorf("the configured key: %d", got)
	}
}

// TestRefundButtonsByRole: the forms that give money back, and those that close a refund, are shown to whom they are answered. Seen to fail without the
// question for the role in refundForm's and refundItem's places.
func TestRefundButtonsByRole(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(o *handlers.Options) { o.Refunds = true })
	o := pendingOrder()
	o.Status, o.PaidAt, o.Payments[0].Status, o.Payments[0].PaidAt = models.OrderPaid, noon, models.StatusPaid, noon
	o.Refunds = []models.Refund{{ID: 7, OrderID: o.ID, PaymentID: o.Payment().ID, Status: models.RefundCreated, Refused: true, Money: models.Money{Amount: 100, Currency: "HKD"}, CreatedAt: noon}}
	d.shop.put(o)
	for _, role := range models.Roles {
		_, session := d.add("as-"+string(role), role)
		w := request{method: http.MethodGet, target: "/admin/orders/" + strconv.FormatInt(o.ID, 10), header: map[string]string{"Cookie": session}}.do(d.Handler)
		wantStatus(t, w, http.StatusOK)
		doc := document(t, w)
		checkButtons(t, "the order", role, doc)
		for name, form := range map[string]string{"refund": "form[action$='/refunds/confirm'], form[action$='/refunds']", "close": "form[action$='/refunds/7/close']"} {
			if shown := doc.Find(form).Length() > 0; shown != role.Can(models.RoleStaff) {
				t.Errorf("%s sees the form to %s: %v", role, name, shown)
			}
		}
	}
}
