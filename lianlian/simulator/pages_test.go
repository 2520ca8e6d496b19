package simulator_test

import (
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
)

// decent checks what holds for every page.
func decent(t *testing.T, what string, resp *http.Response, doc *goquery.Document) {
	t.Helper()
	if got := doc.Find("[data-testid=band]").Text(); got == "" || doc.Find("main.frame").Length() != 1 {
		t.Errorf("%s: without band or frame", what)
	}
	for _, not := range []string{"style", "[style]", "script:not([src])", "[onclick]", "[onsubmit]", "[onload]", "iframe", "img", `[href^="javascript:"]`, `[href^="data:"]`} {
		if n := doc.Find(not).Length(); n != 0 {
			t.Errorf("%s: %d × %s", what, n, not)
		}
	}
	for _, el := range doc.Find("[src], link[href], form[action]").EachIter() {
		for _, attr := range []string{"src", "href", "action"} {
			if to := el.AttrOr(attr, "/simulator/"); !strings.HasPrefix(to, "/simulator/") && !el.Is("#return") {
				t.Errorf("%s: %s leads to %s", what, attr, to)
			}
		}
	}
	for _, el := range doc.Find("form").EachIter() {
		if el.AttrOr("method", "") != "post" {
			t.Errorf("%s: a form without POST", what)
		}
	}
	for _, el := range doc.Find("select, input:not([type=hidden])").EachIter() {
		if doc.Find(`label[for="`+el.AttrOr("id", "-")+`"]`).Length() != 1 {
			t.Errorf("%s: a field without label: %s", what, el.AttrOr("name", ""))
		}
	}
	if text := doc.Text(); strings.Contains(text, "knob.") || strings.Contains(text, "outcome.") || strings.Contains(text, "ZgotmplZ") || strings.Contains(text, "%!") {
		t.Errorf("%s: a text is missing: %s", what, text)
	}
	csp := resp.Header.Get("Content-Security-Policy")
	if strings.Contains(csp, "unsafe") || !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'self'") {
		t.Errorf("%s: policy %q", what, csp)
	}
	if resp.Header.Get("Referrer-Policy") != "same-origin" || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s: headers %v", what, resp.Header)
	}
}

func TestEveryPageIsDecent(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.must("web")
	b.must("wap", func(f fields) { f["payment_method"], f["payment_processor"] = "wap_pay", "wechatcn" })
	b.must("quiet", func(f fields) { delete(f, "notification_url"); delete(f, "order_description") })
	statuses := lianlian.PaymentStatuses()
	for _, st := range statuses {
		b.must("st-" + string(st))
		if err := b.sim.SetStatus("st-"+string(st), st); err != nil {
			t.Fatal(err)
		}
	}
	b.query("nobody")
	b.sim.SetScenario(simulator.Scenario{ReturnByPost: true})
	for _, lang := range []string{"en", "zh-Hans", "zh-Hant"} {
		paths := map[string]int{"/simulator/": 200, "/simulator/nothing": 404, "/simulator/payments/nothing": 404, "/simulator/pay/nothing": 404}
		for _, p := range b.sim.Payments() {
			u, _ := url.Parse(p.PaymentURL)
			paths[u.Path], paths["/simulator/payments/"+p.MerchantTransactionID] = 200, 200
		}
		u, _ := url.Parse(b.payment("st-PS").PaymentURL)
		paths[u.Path+"/return"] = 200
		for path, status := range paths {
			resp, doc := b.get(path + "?lang=" + lang)
			if resp.StatusCode != status {
				t.Errorf("%s: %d", path, resp.StatusCode)
			}
			decent(t, lang+" "+path, resp, doc)
			if got := doc.Find("html").AttrOr("lang", ""); got != lang {
				t.Errorf("%s: language %q, want %q", path, got, lang)
			}
		}
	}
}

func TestPayPages(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *simulator.Options) { o.MerchantName = "Harbour Tea" })
	web := b.must("web", func(f fields) { f["order_description"] = `<script>alert("x")</script>` })
	wap := b.must("wap", func(f fields) { f["payment_method"] = "wap_pay" })
	for kind, p := range map[string]simulator.Payment{"cashier": web, "wallet": wap} {
		resp, doc := b.get(p.PaymentURL)
		if resp.StatusCode != http.StatusOK || doc.Find("[data-testid="+kind+"]").Length() != 1 {
			t.Errorf("%s: %d", kind, resp.StatusCode)
		}
		if got := strings.Join(strings.Fields(doc.Find("[data-testid=amount]").Text()), " "); got != "HKD 168.00" {
			t.Errorf("%s: amount %q", kind, got)
		}
		if got := doc.Find("[data-testid=merchant]").Text(); got != "Harbour Tea" {
			t.Errorf("%s: merchant %q", kind, got)
		}
		if got := doc.Find("[data-testid=description]").Text(); got != p.Description {
			t.Errorf("%s: description %q", kind, got)
		}
		if n := doc.Find("script").Length(); n != 0 {
			t.Errorf("%s: %d scripts", kind, n)
		}
		if n := doc.Find("[data-testid=fail] option").Length(); n != 19 {
			t.Errorf("%s: %d decline codes, want 18 and none", kind, n)
		}
		if doc.Find("[data-testid=pay] button, [data-testid=fail] button, [data-testid=cancel] button").Length() != 3 {
			t.Errorf("%s: not three buttons", kind)
		}
	}
}

// TestPageFollowsItsURL: sent again for a phone, the payment's first URL stays the cashier's, and the other way round.
func TestPageFollowsItsURL(t *testing.T) {
	t.Parallel()
	b := start(t)
	type given struct{ url, page string }
	var all []given
	for _, method := range []string{"web_pay", "wap_pay", "web_pay"} {
		p := b.must("a", func(f fields) { f["payment_method"] = method })
		all = append(all, given{p.PaymentURL, map[string]string{"web_pay": "cashier", "wap_pay": "wallet"}[method]})
		for _, g := range all {
			if _, doc := b.get(g.url); doc.Find("[data-testid="+g.page+"]").Length() != 1 {
				t.Errorf("after %d requests, the last with %s: the URL given out for the %s shows something else", len(all), method, g.page)
			}
		}
	}
}

// TestFormsOfThePage presses the buttons as a browser would, from the page's own forms.
func TestFormsOfThePage(t *testing.T) {
	t.Parallel()
	b := start(t)
	for form, want := range map[string]lianlian.PaymentStatus{
		"pay": lianlian.StatusSuccess, "fail": lianlian.StatusFailed, "cancel": lianlian.StatusCancelled,
	} {
		p := b.must(form)
		_, doc := b.get(p.PaymentURL)
		b.submit(doc.Find("[data-testid="+form+"]").AttrOr("action", ""), url.Values{"decline_code": {"do_not_honor"}})
		if got := b.payment(form).Status; got != want {
			t.Errorf("%s: %s", form, got)
		}
		_, doc = b.get(p.PaymentURL)
		if doc.Find("[data-testid=outcome]").Length() != 1 || doc.Find("form").Length() != 0 {
			t.Errorf("%s: the page still offers to pay", form)
		}
		if way := doc.Find("[data-testid=shop]").AttrOr("href", ""); (way == "https://shop.example/") == (form == "pay") {
			t.Errorf("%s: way back %q", form, way)
		}
	}
	if resp, _ := b.submit(b.must("x").PaymentURL+"/fail", url.Values{"decline_code": {"nonsense"}}); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("unknown decline code: %d", resp.StatusCode)
	}
	if b.payment("x").Status != lianlian.StatusWaiting {
		t.Error("a bad form changed the payment")
	}
}

func TestFormsFromElsewhereAreRefused(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := b.must("a")
	foreign := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }
	foreignOrigin := func(r *http.Request) {
		r.Header.Del("Sec-Fetch-Site")
		r.Header.Set("Origin", "https://evil.example")
	}
	for _, path := range []string{p.PaymentURL + "/pay", b.url + "/payments/a/pay", b.url + "/scenario", b.url + "/reset"} {
		for _, edit := range []func(*http.Request){foreign, foreignOrigin} {
			if resp, _ := b.submit(path, url.Values{"create_hang": {"on"}}, edit); resp.StatusCode != http.StatusForbidden {
				t.Errorf("%s: %d", path, resp.StatusCode)
			}
		}
	}
	if b.payment("a").Status != lianlian.StatusWaiting || b.sim.Scenario() != (simulator.Scenario{}) {
		t.Error("a form from elsewhere had an effect")
	}
	for _, path := range []string{p.PaymentURL + "/pay", b.url + "/payments/a/pay", b.url + "/reset"} {
		if resp, _ := b.get(path); resp.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s: %d", path, resp.StatusCode)
		}
	}
}

func TestOverview(t *testing.T) {
	t.Parallel()
	b := start(t)
	if _, doc := b.get(b.url + "/"); !strings.Contains(doc.Text(), "No payment yet") {
		t.Error("an empty overview says nothing")
	}
	b.must("a")
	b.must("b")
	_, doc := b.get(b.url + "/")
	rows := doc.Find("[data-testid=payment]")
	if rows.Length() != 2 || rows.First().AttrOr("data-id", "") != "b" {
		t.Fatalf("%d rows, first %s", rows.Length(), rows.First().AttrOr("data-id", ""))
	}
	if n := doc.Find("[data-testid=provocations] tbody tr").Length(); n != len(simulator.Provocations()) {
		t.Errorf("%d provocations", n)
	}
	action := rows.First().Find("form").First().AttrOr("action", "")
	resp, _ := b.submit(action, nil)
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/simulator/?lang=en" {
		t.Errorf("%s: %d %s", action, resp.StatusCode, resp.Header.Get("Location"))
	}
	b.inbox.next(t)
	eventually(t, "acknowledged", func() bool { return b.payment("b").NotificationsAcked == 1 })
	_, doc = b.get(b.url + "/")
	row := doc.Find("[data-id=b]")
	if !strings.Contains(row.Text(), "PS") || !strings.Contains(row.Text(), "1 acknowledged") || row.Find("form").Length() != 0 {
		t.Errorf("row after paying: %s", row.Text())
	}
}

func TestDetail(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.must("a")
	resp, _ := b.submit(b.url+"/payments/a/fail", url.Values{"from": {"detail"}, "decline_code": {"do_not_honor"}})
	if to := resp.Header.Get("Location"); to != "/simulator/payments/a?lang=en" || b.payment("a").DeclineCode != "do_not_honor" {
		t.Errorf("fail: to %s, %+v", to, b.payment("a"))
	}
	b.submit(b.url+"/payments/a/status", url.Values{"status": {"PS"}})
	if b.payment("a").Status != lianlian.StatusSuccess {
		t.Errorf("moved to %s", b.payment("a").Status)
	}
	if resp, _ := b.submit(b.url+"/payments/a/status", url.Values{"status": {"XX"}}); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("unknown status: %d", resp.StatusCode)
	}
	b.must("c")
	b.submit(b.url+"/payments/c/cancel", nil)
	if b.payment("c").Status != lianlian.StatusCancelled {
		t.Errorf("cancelled: %s", b.payment("c").Status)
	}
	if resp, _ := b.submit(b.url+"/payments/a/sell", nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("unknown action: %d", resp.StatusCode)
	}
	b.inbox.next(t)
	b.inbox.next(t)
	eventually(t, "acknowledged", func() bool { return b.payment("a").NotificationsAcked == 2 })
	b.query("a")
	_, doc := b.get(b.url + "/payments/a")
	kinds := map[string]int{}
	for _, e := range doc.Find("[data-testid=entry]").EachIter() {
		kinds[e.AttrOr("data-kind", "")]++
	}
	if kinds["create"] != 1 || kinds["notification"] != 2 || kinds["query"] != 1 {
		t.Errorf("log has %v", kinds)
	}
	if text := doc.Text(); !strings.Contains(text, "merchant_id="+merchantID+"&merchant_transaction_id=a") || !strings.Contains(text, `"settlement_amount": "21.57"`) {
		t.Error("the log doesn't show what was signed and sent")
	}
}

// TestScenarioForm: each field of Scenario has a control, and the form keeps what it is given.
func TestScenarioForm(t *testing.T) {
	t.Parallel()
	b := start(t)
	_, doc := b.get(b.url + "/")
	controls := doc.Find("[data-testid=scenario] select, [data-testid=scenario] input")
	typ := reflect.TypeFor[simulator.Scenario]()
	if controls.Length() != typ.NumField() {
		t.Fatalf("%d controls for %d knobs", controls.Length(), typ.NumField())
	}
	form := url.Values{}
	for _, c := range controls.EachIter() {
		name := c.AttrOr("name", "")
		switch {
		case c.Is("select"):
			form.Set(name, c.Find("option").Last().Text())
		case c.Is("[type=checkbox]"):
			form.Set(name, "on")
		case name == "create_status":
			form.Set(name, "503")
		default:
			form.Set(name, "2.5")
			if c.AttrOr("step", "") == "" {
				form.Set(name, "3")
			}
		}
	}
	resp, _ := b.submit(b.url+"/scenario", form)
	if resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("got %d", resp.StatusCode)
	}
	got := b.sim.Scenario()
	v := reflect.ValueOf(got)
	for i := range typ.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("%s was not set by its control", typ.Field(i).Name)
		}
	}
	if got.CreateDelay != 2500*time.Millisecond || got.DuplicateNotifications != 3 || got.CreateStatus != 503 {
		t.Errorf("read as %+v", got)
	}
	_, doc = b.get(b.url + "/")
	if n := doc.Find(".knob-on").Length(); n != typ.NumField() {
		t.Errorf("%d controls shown as set", n)
	}
	for _, bad := range []url.Values{
		{"create_delay": {"-1"}}, {"create_delay": {"NaN"}}, {"create_delay": {"1e9"}}, {"create_status": {"700"}}, {"duplicate_notifications": {"21"}},
		{"duplicate_notifications": {"x"}}, {"create_return_code": {"NOPE"}}, {"create_decline_code": {"nope"}},
	} {
		resp, doc := b.submit(b.url+"/scenario", bad)
		if resp.StatusCode != http.StatusUnprocessableEntity || doc.Find("[data-testid=fault]").Length() != 1 || b.sim.Scenario() != got {
			t.Errorf("%v: %d", bad, resp.StatusCode)
		}
	}
	b.submit(b.url+"/scenario", nil)
	if b.sim.Scenario() != (simulator.Scenario{}) {
		t.Error("an empty form doesn't behave well again")
	}
	b.must("a")
	resp, _ = b.submit(b.url+"/reset", nil)
	if resp.StatusCode != http.StatusSeeOther || len(b.sim.Payments()) != 0 {
		t.Errorf("reset: %d, %d payments", resp.StatusCode, len(b.sim.Payments()))
	}
}

func TestLocale(t *testing.T) {
	t.Parallel()
	plain := start(t)
	chosen := start(t, func(o *simulator.Options) {
		o.Locale = func(r *http.Request) string { return r.Header.Get("X-Locale") }
	})
	accept := func(v string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Accept-Language", v) }
	}
	tests := []struct {
		b    *bench
		path string
		edit func(*http.Request)
		want string
	}{
		{plain, "/", accept(""), "en"},
		{plain, "/", accept("fr-FR, de"), "en"},
		{plain, "/", accept("zh-HK,zh;q=0.9,en;q=0.8"), "zh-Hant"},
		{plain, "/", accept("zh-TW"), "zh-Hant"},
		{plain, "/", accept("zh-Hant-CN"), "zh-Hant"},
		{plain, "/", accept("zh-CN,zh;q=0.9"), "zh-Hans"},
		{plain, "/", accept("fr, zh"), "zh-Hans"},
		{plain, "/", accept("en-GB,zh-HK"), "en"},
		{plain, "/?lang=zh-Hans", accept("en"), "zh-Hans"},
		{plain, "/?lang=xx", accept("zh-HK"), "zh-Hant"},
		{chosen, "/", func(r *http.Request) { r.Header.Set("X-Locale", "zh-Hant") }, "zh-Hant"},
		{chosen, "/?lang=en", func(r *http.Request) { r.Header.Set("X-Locale", "zh-Hant") }, "en"},
		{chosen, "/", accept("zh-CN"), "zh-Hans"},
	}
	for _, tt := range tests {
		if _, doc := tt.b.get(tt.b.url+tt.path, tt.edit); doc.Find("html").AttrOr("lang", "") != tt.want {
			t.Errorf("%s: %s, want %s", tt.path, doc.Find("html").AttrOr("lang", ""), tt.want)
		}
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	b := start(t)
	_, doc := b.get(b.url + "/")
	for _, link := range doc.Find("head link").EachIter() {
		resp, _ := b.get(link.AttrOr("href", ""))
		if resp.StatusCode != http.StatusOK || !strings.Contains(resp.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %s", link.AttrOr("href", ""), resp.StatusCode, resp.Header.Get("Cache-Control"))
		}
	}
	for path, want := range map[string]string{"/assets/simulator.css": "text/css", "/assets/return.js": "text/javascript", "/assets/icon.svg": "image/svg+xml"} {
		resp, _ := b.get(b.url + path)
		if !strings.HasPrefix(resp.Header.Get("Content-Type"), want) || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, resp.Header)
		}
	}
	for _, path := range []string{"/assets/nothing.css", "/assets/..%2fdoc.go", "/assets/"} {
		if resp, _ := b.get(b.url + path); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}

// TestPagesAreCompressed: a browser gets pages and files compressed, a client that asks for nothing gets them as they are.
func TestPagesAreCompressed(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, path := range []string{"/", "/assets/simulator.css"} {
		var lengths []int64
		for _, accepts := range []string{"", "br", "gzip, deflate, br", "gzip;q=0"} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Accept-Encoding", accepts) // set by hand, so that the client leaves the body as it came
			resp, err := b.hc.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			n, err := io.Copy(io.Discard, resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			lengths = append(lengths, n)
			if got := resp.Header.Get("Content-Encoding"); (got == "gzip") != (accepts == "gzip, deflate, br") || resp.Header.Get("Vary") == "" {
				t.Errorf("%s for %q: encoding %q, vary %q", path, accepts, got, resp.Header.Get("Vary"))
			}
		}
		if lengths[2]*2 > lengths[0] || lengths[1] != lengths[0] || lengths[3] != lengths[0] {
			t.Errorf("%s: lengths %d", path, lengths)
		}
	}
}

// TestPaymentHasItsOwnKnobs: the page of a payment has every knob, for it alone, says what can't be, and can forge a notification.
func TestPaymentHasItsOwnKnobs(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.must("one")
	page := b.url + "/payments/one"
	_, doc := b.get(page)
	form := doc.Find("form[data-testid=scenario]")
	_, everywhere := b.get(b.url + "/")
	if n, all := form.Find(".knob").Length(), everywhere.Find("form[data-testid=scenario] .knob").Length(); n != all || n < 30 {
		t.Errorf("%d knobs for a payment, %d for all", n, all)
	}
	action := form.AttrOr("action", "")
	if resp, doc := b.submit(action, url.Values{"from": {"detail"}, "create_status": {"9999"}}); resp.StatusCode != http.StatusUnprocessableEntity || doc.Find("[data-testid=fault]").Length() != 1 {
		t.Errorf("a status that can't be: %d", resp.StatusCode)
	}
	if resp, _ := b.submit(action, url.Values{"from": {"detail"}, "lose_notification": {"on"}}); resp.StatusCode != http.StatusSeeOther || !strings.Contains(resp.Header.Get("Location"), "/payments/one") {
		t.Errorf("it leads to %d %s", resp.StatusCode, resp.Header.Get("Location"))
	}
	if own := b.payment("one"); !own.HasScenario || b.sim.Scenario() != (simulator.Scenario{}) {
		t.Error("the knobs of one payment are those of all")
	}
	if resp, _ := b.submit(page+"/forge", url.Values{"from": {"detail"}}); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("forging: %d", resp.StatusCode)
	}
	if n := b.inbox.next(t); n.fields["transaction_status"] != "PS" || gatewayVerifies(n.body, n.header.Get("signature")) == nil {
		t.Errorf("forged: %s", n.body)
	}
}
