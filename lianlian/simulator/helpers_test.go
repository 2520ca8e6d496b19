package simulator_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
)

const merchantID = "2080898732499253"

// Two key pairs serve every test: making one takes a while.
var testKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var keys [2]*rsa.PrivateKey
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = key
	}
	return keys
})

func gatewayKey() *rsa.PrivateKey  { return testKeys()[0] }
func merchantKey() *rsa.PrivateKey { return testKeys()[1] }

// bench is a simulator behind a real server, with the merchant's side of the wire.
type bench struct {
	t     *testing.T
	sim   *simulator.Simulator
	url   string
	inbox *inbox
	hc    *http.Client // follows no redirect
}

func start(t *testing.T, change ...func(*simulator.Options)) *bench {
	t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	o := simulator.Options{
		MerchantID: merchantID, MerchantKey: &merchantKey().PublicKey, Key: gatewayKey(),
		BaseURL: "http://" + srv.Listener.Addr().String() + "/simulator", PathPrefix: "/simulator",
		NotifyInterval: 5 * time.Millisecond,
	}
	for _, f := range change {
		f(&o)
	}
	sim, err := simulator.New(o)
	if err != nil {
		t.Fatal(err)
	}
	srv.Config.Handler = sim
	srv.Start()
	b := &bench{t: t, sim: sim, url: o.BaseURL, inbox: newInbox(t), hc: srv.Client()}
	b.hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.Cleanup(func() { sim.Close(); srv.Close() })
	return b
}

// inbox is the merchant's address for notifications.
type inbox struct {
	srv    *httptest.Server
	got    chan received
	answer atomic.Value // func(http.ResponseWriter)
}

type received struct {
	header http.Header
	body   []byte
	fields map[string]any
}

func newInbox(t *testing.T) *inbox {
	in := &inbox{got: make(chan received, 100)}
	in.answers(http.StatusOK, `{"code":"200","msg":"success"}`)
	in.srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		n := received{header: r.Header, body: body}
		_ = json.Unmarshal(body, &n.fields)
		in.answer.Load().(func(http.ResponseWriter))(w)
		in.got <- n
	}))
	t.Cleanup(in.srv.Close)
	return in
}

func (in *inbox) answers(status int, body string) {
	in.answer.Store(func(w http.ResponseWriter) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// next waits for a notification; the limit only ends a test that has failed.
func (in *inbox) next(t *testing.T) received {
	t.Helper()
	select {
	case n := <-in.got:
		return n
	case <-time.After(20 * time.Second):
		t.Fatal("no notification came")
		return received{}
	}
}

// eventually waits on a condition.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("never happened: %s", what)
		}
	}
}

type fields = map[string]any

// request is a valid request for payment with every field of the guide.
func (b *bench) request(id string) fields {
	notify := "https://shop.example/notify"
	if b.inbox != nil {
		notify = b.inbox.srv.URL + "/notify"
	}
	return fields{
		"payment_processor": "alipayhk", "payment_method": "web_pay", "merchant_transaction_id": id, "merchant_id": merchantID,
		"customer": fields{
			"openid": "o-1", "first_name": "Mei", "last_name": "Chan", "full_name": "Chan Mei", "gender": "female", "id_type": "CPF",
			"id_no": "1", "email": "mei@example.com", "phone": "+852-91234567", "company": "Tea", "line1": "1 Road", "line2": "2/F",
			"city": "Austin", "state": "TX", "country": "US", "postal_code": "73301",
		},
		"products": []any{fields{
			"product_id": "tea-1", "wxpay_product_id": "w1", "name": "紅茶", "description": "Black tea", "cost_price": "200.00",
			"price": "168.00", "quantity": 1, "category": "tea", "sku": "sku", "url": "https://shop.example/tea", "receipt_id": "r", "shipping_provider": "s",
		}},
		"order_description": "Two tins of tea", "transaction_amount": "168.00", "transaction_currency": "HKD",
		"transaction_time":       1732342559977,
		"user_terminal_data":     fields{"order_ip": "203.0.113.7", "client_mode": "13", "client_app_type": "1", "client_app_name": "a"},
		"merchant_terminal_data": fields{"terminal_id": "t1", "order_ip": "2001:db8::1"},
		"additional_info":        `{"merchant_user_id":"1","merchant_user_email":"a@b.c","user_register_ip":"11.49.33.59","user_register_phone":"+86-13812345678","user_register_time":"20200714165530","need_receipt":"Y","goods_tag":"www","official_accounts":true}`,
		"notification_url":       notify, "redirect_url": "https://shop.example/return?order=7&lang=zh-Hant", "country": "HK",
	}
}

// reply is an answer of the gateway, read.
type reply struct {
	status int
	header http.Header
	body   []byte
	fields map[string]any
}

func (r reply) code() string { c, _ := r.fields["return_code"].(string); return c }
func (r reply) msg() string  { m, _ := r.fields["return_msg"].(string); return m }
func (r reply) order() fields {
	o, _ := r.fields["order"].(fields)
	return o
}

// create sends a signed request for payment.
func (b *bench) create(f fields) reply {
	b.t.Helper()
	body, err := json.Marshal(f)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.post(body, nil)
}

// post signs and sends a body; edit changes the request after that.
func (b *bench) post(body []byte, edit func(*http.Request)) reply {
	b.t.Helper()
	out, err := b.try(b.postRequest(body, edit))
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func (b *bench) postRequest(body []byte, edit func(*http.Request)) *http.Request {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+"/v4/merchants/"+merchantID+"/payments", bytes.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	signature, err := lianlian.NewSigner(merchantKey()).Sign(body)
	if err != nil {
		signature = "unsignable"
	}
	req.Header.Set("signature", signature)
	req.Header.Set("timestamp", strconv.FormatInt(1732342559977, 10))
	req.Header.Set("timezone", "Asia/Hong_Kong")
	req.Header.Set("sign-type", "RSA")
	req.Header.Set("Content-Type", "application/json")
	if edit != nil {
		edit(req)
	}
	return req
}

func (b *bench) query(id string, edit ...func(*http.Request)) reply {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.url+"/v4/merchants/"+merchantID+"/payments/"+url.PathEscape(id), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header = b.queryHeader(id)
	for _, f := range edit {
		f(req)
	}
	out, err := b.try(req)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// queryHeader signs a query's path parameters as if they were a body (guide 2.2).
func (b *bench) queryHeader(id string) http.Header {
	b.t.Helper()
	params, _ := json.Marshal(fields{"merchant_id": merchantID, "merchant_transaction_id": id})
	signature, err := lianlian.NewSigner(merchantKey()).Sign(params)
	if err != nil {
		b.t.Fatal(err)
	}
	h := http.Header{}
	h.Set("signature", signature)
	h.Set("timestamp", "1732342559977")
	return h
}

func (b *bench) try(req *http.Request) (reply, error) {
	resp, err := b.hc.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	out := reply{status: resp.StatusCode, header: resp.Header}
	if out.body, err = io.ReadAll(resp.Body); err != nil {
		return reply{}, err
	}
	_ = json.Unmarshal(out.body, &out.fields)
	return out, nil
}

// must makes a payment and fails the test when it is refused.
func (b *bench) must(id string, edit ...func(fields)) simulator.Payment {
	b.t.Helper()
	f := b.request(id)
	for _, e := range edit {
		e(f)
	}
	if r := b.create(f); r.code() != "SUCCESS" {
		b.t.Fatalf("create %s: %d %s", id, r.status, r.body)
	}
	return b.payment(id)
}

func (b *bench) payment(id string) simulator.Payment {
	b.t.Helper()
	p, ok := b.sim.Payment(id)
	if !ok {
		b.t.Fatalf("payment %s isn't there", id)
	}
	return p
}

// get reads a page.
func (b *bench) get(to string, edit ...func(*http.Request)) (*http.Response, *goquery.Document) {
	b.t.Helper()
	return b.visit(http.MethodGet, to, nil, edit...)
}

// submit sends a form as a browser does from the simulator's own page.
func (b *bench) submit(to string, form url.Values, edit ...func(*http.Request)) (*http.Response, *goquery.Document) {
	b.t.Helper()
	return b.visit(http.MethodPost, to, form, append([]func(*http.Request){func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}}, edit...)...)
}

func (b *bench) visit(method, to string, form url.Values, edit ...func(*http.Request)) (*http.Response, *goquery.Document) {
	b.t.Helper()
	if strings.HasPrefix(to, "/") {
		u, _ := url.Parse(b.url)
		to = u.Scheme + "://" + u.Host + to
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, to, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, f := range edit {
		f(req)
	}
	resp, err := b.hc.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	doc, err := goquery.NewDocumentFromReader(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp, doc
}

func gatewayVerifies(body []byte, signature string) error {
	return lianlian.NewVerifier(&gatewayKey().PublicKey).Verify(body, signature)
}
