package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
)

const (
	apiSecret  = "sk_test_of-the-e2e-tests"
	otherKey   = "sk_test_of-another-server"
	returnSite = "https://merchant.example"
)

// startAPI starts the program with two keys and a site to go back to.
func startAPI(t *testing.T, env ...string) *shop {
	t.Helper()
	return start(t, append([]string{"CHECKOUT_API_KEYS=" + apiSecret + "," + otherKey, "CHECKOUT_API_RETURN_ORIGINS=" + returnSite}, env...)...)
}

// apiClient sends requests to the API and holds every exchange against docs/openapi.yaml.
type apiClient struct {
	t    *testing.T
	url  string
	key  string
	doc  validator.Validator
	seen map[string]bool // "POST /sessions 201"
	mu   *sync.Mutex
}

func newAPIClient(t *testing.T, p *shop) *apiClient {
	t.Helper()
	_, model := openAPI(t)
	model.Servers[0].URL = p.URL + "/api/v1"
	return &apiClient{t: t, url: p.URL + "/api/v1", key: apiSecret, doc: validator.NewValidatorFromV3Model(model, config.WithFormatAssertions()), seen: map[string]bool{}, mu: &sync.Mutex{}}
}

func openAPI(t *testing.T) (libopenapi.Document, *v3.Document) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := libopenapi.NewDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	model, err := doc.BuildV3Model()
	if err != nil {
		t.Fatal(err)
	}
	return doc, &model.Model
}

// apiAnswer is an answer of the API.
type apiAnswer struct {
	Status int
	Header http.Header
	Body   string
	fields map[string]any
	asDoc  bool // the request is as the document wants it
}

func (a apiAnswer) text(name string) string { return fmt.Sprint(a.fields[name]) }

// pointers are the places that a problem names.
func (a apiAnswer) faults() (places []string, details string) {
	list, _ := a.fields["errors"].([]any)
	for _, e := range list {
		f := e.(map[string]any)
		for _, k := range []string{"pointer", "parameter", "header"} {
			if s, ok := f[k].(string); ok {
				places = append(places, s)
			}
		}
		details += f["detail"].(string) + "\n"
	}
	return places, details
}

func (c *apiClient) post(path, body string, header ...string) apiAnswer {
	return c.do(http.MethodPost, path, body, header...)
}

func (c *apiClient) get(path string) apiAnswer { return c.do(http.MethodGet, path, "") }

// do sends a request; an answer that the document doesn't have is a failure. header are names and values.
func (c *apiClient) do(method, path, body string, header ...string) apiAnswer {
	c.t.Helper()
	build := func() *http.Request {
		var content io.Reader
		if body != "" {
			content = strings.NewReader(body)
		}
		req, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, content)
		if err != nil {
			c.t.Fatal(err)
		}
		if c.key != "" {
			req.Header.Set("Authorization", "Bearer "+c.key)
		}
		if body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		return req
	}
	res, err := http.DefaultClient.Do(build())
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	content, err := io.ReadAll(res.Body)
	if err == nil {
		err = res.Body.Close()
	}
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	a := apiAnswer{Status: res.StatusCode, Header: res.Header, Body: string(content)}
	if err := json.Unmarshal(content, &a.fields); err != nil {
		c.t.Errorf("%s %s: %d %.300q isn't JSON: %v", method, path, res.StatusCode, content, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(method, path, res.StatusCode)
	a.asDoc, _ = c.doc.ValidateHttpRequest(build())
	res.Body = io.NopCloser(bytes.NewReader(content))
	if ok, wrong := c.doc.ValidateHttpResponse(build(), res); !ok {
		for _, w := range wrong {
			c.t.Errorf("%s %s answers %d, which docs/openapi.yaml doesn't have: %s: %s %v\n%s", method, path, res.StatusCode, w.Message, w.Reason, w.SchemaValidationErrors, content)
		}
	}
	if kind := res.Header.Get("Content-Type"); (res.StatusCode >= 400) != (kind == "application/problem+json") || strings.Contains(a.Body, "panic") {
		c.t.Errorf("%s %s: %d with Content-Type %s", method, path, res.StatusCode, kind)
	}
	if a.Status < 300 && !a.asDoc {
		c.t.Errorf("%s %s %s was taken, but docs/openapi.yaml doesn't allow it", method, path, body)
	}
	if a.Status >= 500 {
		c.t.Errorf("%s %s %s: %d %s", method, path, body, a.Status, a.Body)
	}
	return a
}

// note remembers which of the document's answers were met.
func (c *apiClient) note(method, path string, status int) {
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(path, "/")
	if len(parts) > 2 {
		parts[2] = "{id}"
	}
	c.seen[fmt.Sprintf("%s %s %d", method, strings.Join(parts, "/"), status)] = true
}

// want checks an answer's status.
func (a apiAnswer) want(t *testing.T, what string, status int) apiAnswer {
	t.Helper()
	if a.Status != status {
		t.Fatalf("%s: %d, want %d\n%s", what, a.Status, status, a.Body)
	}
	return a
}

const twoHundred = `{"items":[{"sku":"demo-tee","quantity":1},{"name":"Gift wrap","price":"50.00","quantity":2}],"reference":"their-17",` +
	`"return_url":"` + returnSite + `/done?x=1","cancel_url":"` + returnSite + `/cart","locale":"en","expires_in":7200}`

// TestSessionAPI walks through the API as a merchant's server does, every exchange held against docs/openapi.yaml, and meets every answer
// that the document has but the database's outage.
func TestSessionAPI(t *testing.T) {
	t.Parallel()
	p := startAPI(t)
	c := newAPIClient(t, p)
	if doc, _ := openAPI(t); doc.GetSpecInfo().VersionNumeric < 3.1 {
		t.Errorf("docs/openapi.yaml is of version %s", doc.GetVersion())
	}
	session := c.post("/sessions", twoHundred, "Idempotency-Key", "walk-1").want(t, "a session", http.StatusCreated)
	if session.text("amount") != "200.00" || session.text("status") != "open" || session.fields["payment_url"] != nil || session.text("reference") != "their-17" {
		t.Errorf("session = %s", session.Body)
	}
	again := c.post("/sessions", " "+strings.Replace(twoHundred, `"expires_in":7200`, `"expires_in": 7200`, 1), "Idempotency-Key", "walk-1")
	if again.want(t, "the same again", http.StatusCreated); again.Body != session.Body || again.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the same request again: %s, want the same answer", again.Body)
	}
	if a := c.post("/sessions", twoHundred[:len(twoHundred)-5]+`60}`, "Idempotency-Key", "walk-1"); a.Status != http.StatusConflict || !strings.HasSuffix(a.text("type"), ":idempotency-key-reused") {
		t.Errorf("the same key, another body: %d %s", a.Status, a.Body)
	}
	c.key = otherKey
	if a := c.post("/sessions", twoHundred, "Idempotency-Key", "walk-1"); a.text("id") == session.text("id") {
		t.Error("another server's key met ours")
	}
	c.key = apiSecret
	if a := c.get("/sessions/"+session.text("id")).want(t, "the session", http.StatusOK); a.Body != session.Body {
		t.Errorf("the session read again: %s, want %s", a.Body, session.Body)
	}

	b := newBrowser(t, p, desktop)
	hosted := b.get(session.text("url"))
	if hosted.find("amount") != "HK$200.00" || hosted.doc().Find(`[data-testid="cancel-url"]`).AttrOr("href", "") != returnSite+"/cart?order_id="+session.text("id") {
		t.Errorf("the hosted page:\n%.3000s", hosted.Body)
	}
	action, form := hosted.form(`[data-testid="choose-form"]`, "email", "chan@example.com", "payment_processor", "alipayhk")
	if missing := b.post(action, form); missing.Status != http.StatusUnprocessableEntity || missing.find("error-full_name") == "" {
		t.Errorf("without a name: %d", missing.Status)
	}
	form.Set("full_name", "陳大文")
	b.follow(b.post(action, form)).find("qr")
	pending := c.get("/sessions/"+session.text("id")).want(t, "the session", http.StatusOK)
	if pending.text("status") != "pending" || pending.text("merchant_transaction_id") != session.text("merchant_transaction_id") || pending.fields["payment_url"] == nil {
		t.Errorf("after the choice: %s", pending.Body)
	}
	b.comeBack(b.payAt(pending.text("payment_url"), "pay"))
	paid := b.paid(session.text("url"))
	if back := paid.doc().Find(`[data-testid="return-url"]`).AttrOr("href", ""); back != returnSite+"/done?order_id="+session.text("id")+"&x=1" {
		t.Errorf("back to the shop: %s", back)
	}
	order := c.get("/orders/"+session.text("id")).want(t, "the order", http.StatusOK)
	if customer := order.fields["customer"].(map[string]any); order.text("status") != "paid" || order.text("payment_status") != "PS" || customer["email"] != "chan@example.com" || order.fields["paid_at"] == nil {
		t.Errorf("the order: %s", order.Body)
	}
	if a := c.post("/orders/"+session.text("id")+"/cancel", "").want(t, "cancel a paid order", http.StatusConflict); !strings.HasSuffix(a.text("type"), ":already-paid") {
		t.Errorf("cancel of a paid order: %s", a.Body)
	}

	started := c.post("/sessions", `{"items":[{"sku":"demo-tee"}],"payment_processor":"wechathk","payment_method":"wap_pay","customer":{"phone":"+852-91234567","email":"a@b.hk"}}`).want(t, "started at once", http.StatusCreated)
	if started.text("status") != "pending" || !strings.HasPrefix(started.text("payment_url"), "http") || started.text("merchant_transaction_id") == "" {
		t.Errorf("started at once: %s", started.Body)
	}
	for range 2 {
		if a := c.post("/orders/"+started.text("id")+"/cancel", "").want(t, "cancel", http.StatusOK); a.text("status") != "cancelled" || a.text("payment_status") != "PC" {
			t.Errorf("cancelled: %s", a.Body)
		}
	}
	if form := b.get(started.text("payment_url")).doc().Find(`form[data-testid="pay"]`); form.Length() != 0 {
		t.Error("the cancelled order can be paid at the gateway")
	}
	b.post("/simulator/payments/"+started.text("merchant_transaction_id")+"/status", url.Values{"status": {"PS"}})
	eventually(t, "money that comes after a cancel is taken", func() bool {
		a := c.get("/orders/" + started.text("id"))
		return a.text("status") == "paid" && strings.Contains(a.text("attention"), "cancelled")
	})
	c.lists(t, session.text("id"))
	c.refusals(t, p)
	c.unknown(t, p)
	c.refunds(t, p, session.text("id"), c.post("/sessions", twoHundred).want(t, "an open order", http.StatusCreated).text("id"))
	c.closed(t)
	c.links(t)
	c.everyAnswer(t)
}

// lists follows the cursor through all orders.
func (c *apiClient) lists(t *testing.T, paidID string) {
	t.Helper()
	var ids []string
	cursor := ""
	for {
		a := c.get("/orders?limit=1"+cursor).want(t, "list", http.StatusOK)
		for _, o := range a.fields["data"].([]any) {
			ids = append(ids, o.(map[string]any)["id"].(string))
		}
		if a.fields["next_cursor"] == nil {
			break
		}
		cursor = "&cursor=" + a.text("next_cursor")
	}
	if len(ids) != 3 || !slices.IsSortedFunc(ids, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("all orders: %v, want three, newest first", ids)
	}
	for query, want := range map[string]int{"status=paid": 2, "status=failed": 0, "reference=their-17": 2, "reference=theirs": 0, "status=paid&reference=their-17": 1} {
		a := c.get("/orders?"+query).want(t, query, http.StatusOK)
		if got := a.fields["data"].([]any); len(got) != want {
			t.Errorf("%s: %d orders, want %d", query, len(got), want)
		} else if query == "status=paid&reference=their-17" && got[0].(map[string]any)["id"] != paidID {
			t.Errorf("%s: %v", query, got)
		}
	}
	for query, place := range map[string]string{"status=done": "status", "limit=0": "limit", "limit=x": "limit", "cursor=x": "cursor", "page=2": "page", "limit=1&limit=2": "limit", "reference=%zz": ""} {
		a := c.get("/orders?"+query).want(t, query, http.StatusUnprocessableEntity)
		if places, _ := a.faults(); place != "" && !slices.Equal(places, []string{place}) {
			t.Errorf("%s: names %v, want %s", query, places, place)
		}
	}
}

// refusals: what the gateway refuses is a problem with its codes, the session is cancelled, and the answer is kept.
func (c *apiClient) refusals(t *testing.T, p *shop) {
	t.Helper()
	p.scenario(t, "create_return_code", "INVALID_PARAMETER")
	defer p.scenario(t)
	body := `{"items":[{"sku":"demo-tee"}],"payment_processor":"alipayhk","customer":{"email":"a@b.hk"}}`
	a := c.post("/sessions", body, "Idempotency-Key", "refused").want(t, "refused", http.StatusUnprocessableEntity)
	gateway, _ := a.fields["gateway"].(map[string]any)
	if !strings.HasSuffix(a.text("type"), ":declined") || gateway["return_code"] != "INVALID_PARAMETER" {
		t.Errorf("refused: %s", a.Body)
	}
	if again := c.post("/sessions", body, "Idempotency-Key", "refused"); again.Body != a.Body {
		t.Errorf("refused again: %s, want the same answer", again.Body)
	}
	if n := p.query(t, "SELECT group_concat(status) FROM orders WHERE id = (SELECT max(id) FROM orders)"); n != "cancelled" {
		t.Errorf("the refused session is %s, want cancelled", n)
	}
}

// unknown: an outcome that nobody knows is a session that stands, and the same request finds it again.
func (c *apiClient) unknown(t *testing.T, p *shop) {
	t.Helper()
	p.scenario(t, "drop_create_answer", "on")
	body := `{"items":[{"sku":"demo-tee"}],"payment_processor":"alipayhk"}`
	a := c.post("/sessions", body, "Idempotency-Key", "unknown").want(t, "outcome unknown", http.StatusCreated)
	if a.text("status") != "open" || a.fields["payment_url"] != nil {
		t.Errorf("outcome unknown: %s", a.Body)
	}
	p.scenario(t)
	eventually(t, "the gateway's answer is found out", func() bool { return c.get("/sessions/"+a.text("id")).text("status") == "pending" })
	p.scenario(t, "query_return_code", "INTERNAL_SERVER_ERROR")
	if b := c.post("/orders/"+a.text("id")+"/cancel", "").want(t, "cancel while the gateway can't be asked", http.StatusConflict); !strings.HasSuffix(b.text("type"), ":outcome-unknown") || b.Header.Get("Retry-After") == "" {
		t.Errorf("cancel while the gateway can't be asked: %s", b.Body)
	}
	p.scenario(t)
}

// closed: without a key, with a wrong one, too often, and for what isn't there.
func (c *apiClient) closed(t *testing.T) {
	t.Helper()
	key := c.key
	for _, wrong := range []string{"", "wrong", key + "x", strings.ToUpper(key), key[:len(key)-1]} {
		c.key = wrong
		for _, a := range []apiAnswer{c.post("/sessions", twoHundred)} {
			if a.Status != http.StatusUnauthorized || !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer ") {
				t.Errorf("key %q: %d %s", wrong, a.Status, a.Header.Get("WWW-Authenticate"))
			}
		}
	}
	for range 10 {
		c.get("/orders")
		c.get("/orders/1")
		c.get("/sessions/1")
		c.post("/orders/1/cancel", "")
		c.post("/orders/1/refunds", `{}`)
		c.get("/orders/1/refunds")
		c.post("/sessions", twoHundred)
		c.post("/links", aLink)
		c.get("/links")
		c.get("/links/1")
		c.post("/links/1/deactivate", "")
	}
	if a := c.get("/orders"); a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" {
		t.Errorf("guessing keys: %d, want 429", a.Status)
	}
	c.key = ""
	c.get("/orders").want(t, "no key", http.StatusUnauthorized)
	c.get("/orders/1").want(t, "no key", http.StatusUnauthorized)
	c.get("/sessions/1").want(t, "no key", http.StatusUnauthorized)
	c.post("/orders/1/cancel", "").want(t, "no key", http.StatusUnauthorized)
	c.post("/orders/1/refunds", `{}`).want(t, "no key", http.StatusUnauthorized)
	c.get("/orders/1/refunds").want(t, "no key", http.StatusUnauthorized)
	c.post("/links", aLink).want(t, "no key", http.StatusUnauthorized)
	c.get("/links").want(t, "no key", http.StatusUnauthorized)
	c.get("/links/1").want(t, "no key", http.StatusUnauthorized)
	c.post("/links/1/deactivate", "").want(t, "no key", http.StatusUnauthorized)
	c.key = key
	for _, id := range []string{"0", "-1", "01", "x", "99999", "9223372036854775808", "%00", "1x"} {
		c.get("/orders/"+id).want(t, id, http.StatusNotFound)
		c.get("/sessions/"+id).want(t, id, http.StatusNotFound)
		c.post("/orders/"+id+"/cancel", "").want(t, id, http.StatusNotFound)
	}
	c.post("/sessions", `{"items":[{"name":"`+strings.Repeat("x", 64<<10)+`"}]}`).want(t, "64 KiB", http.StatusRequestEntityTooLarge)
	c.post("/sessions", twoHundred, "Content-Type", "text/plain").want(t, "text", http.StatusUnsupportedMediaType)
	c.post("/sessions", `{"items":[`).want(t, "cut off", http.StatusBadRequest)
}

// everyAnswer finds that the walk has met all that the document has.
func (c *apiClient) everyAnswer(t *testing.T) {
	t.Helper()
	_, model := openAPI(t)
	for path, item := range model.Paths.PathItems.FromOldest() {
		for method, op := range item.GetOperations().FromOldest() {
			for status := range op.Responses.Codes.FromOldest() {
				if met := strings.ToUpper(method) + " " + path + " " + status; !c.seen[met] && status != "503" {
					t.Errorf("docs/openapi.yaml has %s, which was never met", met)
				}
			}
		}
	}
}

// TestAPIRate: a key has its limit, told beforehand, and another key has its own.
func TestAPIRate(t *testing.T) {
	t.Parallel()
	p := startAPI(t, "CHECKOUT_LIMITS_API=3")
	c := newAPIClient(t, p)
	for left := 2; left >= 0; left-- {
		a := c.get("/orders").want(t, "within the limit", http.StatusOK)
		if a.Header.Get("RateLimit-Policy") != `"key";q=3;w=60` || !strings.HasPrefix(a.Header.Get("RateLimit"), fmt.Sprintf(`"key";r=%d;t=`, left)) {
			t.Errorf("%d left: %s, %s", left, a.Header.Get("RateLimit-Policy"), a.Header.Get("RateLimit"))
		}
	}
	if a := c.get("/orders").want(t, "past the limit", http.StatusTooManyRequests); a.Header.Get("Retry-After") == "" || !strings.Contains(a.Header.Get("RateLimit"), ";r=0;") {
		t.Errorf("past the limit: %v", a.Header)
	}
	c.key = otherKey
	c.get("/orders").want(t, "another key", http.StatusOK)
}

// TestAPIOnceAtOnce: the same request from many sides at once makes one order.
func TestAPIOnceAtOnce(t *testing.T) {
	t.Parallel()
	p := startAPI(t)
	c := newAPIClient(t, p)
	var wg sync.WaitGroup
	var mu sync.Mutex
	ids := map[string]int{}
	for range 24 {
		wg.Go(func() {
			a := c.post("/sessions", `{"items":[{"sku":"demo-tee"}],"payment_processor":"alipayhk"}`, "Idempotency-Key", "at once")
			mu.Lock()
			defer mu.Unlock()
			switch {
			case a.Status == http.StatusCreated:
				ids[a.text("id")]++
			case a.Status != http.StatusConflict || !strings.HasSuffix(a.text("type"), ":in-progress") || a.Header.Get("Retry-After") == "":
				t.Errorf("%d %s", a.Status, a.Body)
			}
		})
	}
	wg.Wait()
	if n := p.query(t, "SELECT count(*) || ' ' || (SELECT count(*) FROM payments) FROM orders"); n != "1 1" || len(ids) != 1 {
		t.Errorf("orders and payments: %s, ids %v; want one", n, ids)
	}
}
