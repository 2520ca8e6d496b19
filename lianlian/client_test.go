package lianlian_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lianlian-checkout/lianlian"
)

// reply is an answer of the stand-in for the gateway. It is signed unless signature says otherwise.
type reply struct {
	status    int
	body      string
	signature string // "none", "bad", "twice", or "" for a good one
	header    http.Header
}

func (r reply) serve(tb testing.TB, w http.ResponseWriter) {
	switch r.signature {
	case "":
		if sig, err := testSigner(tb).Sign([]byte(r.body)); err == nil {
			w.Header().Set("signature", sig)
		}
	case "bad":
		w.Header().Set("signature", mustSign(tb, `{"return_code":"OTHER"}`))
	case "twice":
		sig := mustSign(tb, r.body)
		w.Header()["Signature"] = []string{sig, sig}
	}
	for k, v := range r.header {
		w.Header()[k] = v
	}
	w.WriteHeader(r.status)
	io.WriteString(w, r.body)
}

// gateway starts a stand-in and returns a client for it. The client's own key signs for both sides.
func gateway(t *testing.T, serve http.HandlerFunc) *lianlian.Client {
	t.Helper()
	server := httptest.NewServer(serve)
	t.Cleanup(server.Close)
	return &lianlian.Client{
		BaseURL: server.URL, MerchantID: "M1", Signer: testSigner(t), Verifier: testVerifier(t), HTTPClient: server.Client(),
		Now: func() time.Time { return time.UnixMilli(1725607835123) },
	}
}

const created = `{"return_code":"SUCCESS","return_msg":"Success","trace_id":"9f01","order":{"ll_transaction_id":"L1","merchant_transaction_id":"T1",` +
	`"payment_url":"https://pay.example/?key=1&paymentData=H4%2B==","transaction_currency":"HKD","transaction_amount":"200.00"}}`

const queried = `{"return_code":"SUCCESS","return_msg":"Success","trace_id":"9f02","order":{"merchant_id":"M1","ll_transaction_id":"L1",` +
	`"merchant_transaction_id":"T1","transaction_currency":"HKD","transaction_amount":"200.00","transaction_status":"PS","payment_time":"20240906153035"}}`

func TestCreatePaymentSends(t *testing.T) {
	t.Parallel()
	for _, form := range []lianlian.TimestampForm{lianlian.TimestampMillis, lianlian.TimestampDateTime} {
		wantTime := map[lianlian.TimestampForm]string{lianlian.TimestampMillis: "1725607835123", lianlian.TimestampDateTime: "20240906153035"}[form]
		c := gateway(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if r.Method != "POST" || r.URL.Path != "/v4/merchants/M1/payments" || r.URL.RawQuery != "" {
				t.Errorf("%s %s", r.Method, r.URL)
			}
			for name, want := range map[string]string{"timestamp": wantTime, "timezone": "Asia/Hong_Kong", "sign-type": "RSA",
				"Content-Type": "application/json", "Accept-Encoding": "identity"} {
				if got := r.Header.Get(name); got != want {
					t.Errorf("header %s: got %q, want %q", name, got, want)
				}
			}
			if err := testVerifier(t).Verify(body, r.Header.Get("signature")); err != nil {
				t.Errorf("signature: %v", err)
			}
			var sent map[string]any
			d := json.NewDecoder(strings.NewReader(string(body)))
			d.UseNumber()
			if err := d.Decode(&sent); err != nil {
				t.Error(err)
			}
			checkNothingEmpty(t, "", sent)
			if sent["transaction_amount"] != "200.00" || sent["transaction_time"] != json.Number(wantTime) || sent["country"] != "HK" {
				t.Errorf("sent %s", body)
			}
			info := map[string]any{}
			text, _ := sent["additional_info"].(string)
			if err := json.Unmarshal([]byte(text), &info); err != nil || info["user_register_time"] != "20200714165530" || info["official_accounts"] != true {
				t.Errorf("additional_info %q", text)
			}
			reply{status: 200, body: created}.serve(t, w)
		})
		c.Timestamp = form
		r := request()
		r.MerchantID, r.Country, r.TransactionTime = "", "", time.Time{}
		got, err := c.CreatePayment(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		want := &lianlian.Payment{LLTransactionID: "L1", MerchantTransactionID: "T1", PaymentURL: "https://pay.example/?key=1&paymentData=H4%2B==",
			TransactionCurrency: "HKD", TransactionAmount: 20000, TraceID: "9f01", Raw: []byte(created)}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
}

// checkNothingEmpty checks that no value is one that LianLian's clients sign in different ways.
func checkNothingEmpty(t *testing.T, path string, v any) {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 {
			t.Errorf("%s is an empty object", path)
		}
		for k, inner := range v {
			checkNothingEmpty(t, path+"."+k, inner)
		}
	case []any:
		for i, inner := range v {
			if _, ok := inner.(map[string]any); !ok {
				t.Errorf("%s is an array of %T", path, inner)
			}
			checkNothingEmpty(t, fmt.Sprintf("%s[%d]", path, i), inner)
		}
	case nil:
		t.Errorf("%s is null", path)
	case string:
		if v == "" {
			t.Errorf("%s is empty", path)
		}
	case json.Number:
		if v == "0" {
			t.Errorf("%s is 0", path)
		}
	case bool:
		if !v {
			t.Errorf("%s is false", path)
		}
	}
}

func TestCreatePaymentSendsNothingEmpty(t *testing.T) {
	t.Parallel()
	c := gateway(t, func(w http.ResponseWriter, r *http.Request) {
		var sent map[string]any
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			t.Error(err)
		}
		checkNothingEmpty(t, "", sent)
		for _, field := range []string{"customer", "products", "additional_info", "user_terminal_data", "merchant_terminal_data", "notification_url"} {
			if _, ok := sent[field]; ok {
				t.Errorf("%s was sent", field)
			}
		}
		reply{status: 200, body: created}.serve(t, w)
	})
	_, err := c.CreatePayment(t.Context(), lianlian.PaymentRequest{
		PaymentProcessor: lianlian.AlipayCN, PaymentMethod: lianlian.WapPay, MerchantTransactionID: "T1", TransactionAmount: 20000,
		TransactionCurrency: "HKD", RedirectURL: "https://shop.example/", Customer: &lianlian.Customer{}, Products: []lianlian.Product{},
		UserTerminalData: &lianlian.UserTerminalData{}, MerchantTerminalData: &lianlian.MerchantTerminalData{}, AdditionalInfo: &lianlian.AdditionalInfo{},
	})
	if err != nil {
		t.Error(err)
	}
}

func TestQueryPayment(t *testing.T) {
	t.Parallel()
	flat := `{"return_code":"SUCCESS","return_message":"Success","trace_id":"9f02","merchant_id":"M1","ll_transaction_id":"L1",` +
		`"merchant_transaction_id":"T1","transaction_currency":"HKD","transaction_amount":"200.00","transaction_status":"PS","payment_time":"20240906153035"}`
	for name, body := range map[string]string{
		"inside order": queried, "at the top": flat,
		"some here, some there": strings.Replace(strings.Replace(queried, `"merchant_id":"M1",`, ``, 1), `{`, `{"merchant_id":"M1",`, 1),
		"with more fields":      strings.Replace(queried, `"order":{`, `"order":{"payment_data":{"payment_amount":"1.00","payment_status":"PS"},"payment_url":"https://x/?a=1&b=2",`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := gateway(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method != "GET" || r.URL.Path != "/v4/merchants/M1/payments/T1" || r.ContentLength > 0 || r.Header.Get("Content-Type") != "" {
					t.Errorf("%s %s, %d bytes of %q", r.Method, r.URL, r.ContentLength, r.Header.Get("Content-Type"))
				}
				if err := testVerifier(t).VerifyString("merchant_id=M1&merchant_transaction_id=T1", r.Header.Get("signature")); err != nil {
					t.Error(err)
				}
				reply{status: 200, body: body}.serve(t, w)
			})
			got, err := c.QueryPayment(t.Context(), "T1")
			if err != nil {
				t.Fatal(err)
			}
			want := &lianlian.PaymentState{MerchantID: "M1", LLTransactionID: "L1", MerchantTransactionID: "T1", TransactionCurrency: "HKD",
				TransactionAmount: 20000, TransactionStatus: lianlian.StatusSuccess, PaymentTime: time.Unix(1725607835, 0).UTC(), TraceID: "9f02", Raw: []byte(body)}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
	t.Run("waiting, without a time", func(t *testing.T) {
		t.Parallel()
		body := strings.Replace(strings.Replace(queried, `"PS"`, `"WP"`, 1), `"20240906153035"`, `""`, 1)
		c := gateway(t, func(w http.ResponseWriter, r *http.Request) { reply{status: 200, body: body}.serve(t, w) })
		got, err := c.QueryPayment(t.Context(), "T1")
		if err != nil || !got.PaymentTime.IsZero() {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	swap := func(body, old, new string) string {
		if !strings.Contains(body, old) {
			panic(old)
		}
		return strings.Replace(body, old, new, 1)
	}
	unknown, signature, malformed, mismatch := lianlian.ErrOutcomeUnknown, lianlian.ErrSignature, lianlian.ErrMalformed, lianlian.ErrMismatch
	refusal := `{"return_code":"PAYMENT_CLOSED","return_msg":"Order T1 is closed","trace_id":"9f03"}`
	tests := []struct {
		name   string
		reply  reply
		is     []error // all of these; without ErrOutcomeUnknown among them, that must not match
		code   lianlian.ReturnCode
		signed bool
		bare   bool // no *Error comes with it
	}{
		{"refusal, unsigned", reply{409, refusal, "none", nil}, nil, lianlian.CodePaymentClosed, false, false},
		{"refusal, signed", reply{409, refusal, "", nil}, nil, lianlian.CodePaymentClosed, true, false},
		{"refusal, badly signed", reply{409, refusal, "bad", nil}, []error{unknown, signature}, lianlian.CodePaymentClosed, false, false},
		{"refusal beside status 200", reply{200, refusal, "none", nil}, nil, lianlian.CodePaymentClosed, false, false},
		{"refusal with order null", reply{401, `{"return_code":"INVALID_SIGNATURE","return_msg":"Invalid signature","order":null}`, "none", nil}, nil, lianlian.CodeInvalidSignature, false, false},
		{"unlisted code", reply{422, `{"return_code":"SOMETHING_NEW"}`, "none", nil}, nil, "SOMETHING_NEW", false, false},
		{"unlisted code beside status 200", reply{200, `{"return_code":"SOMETHING_NEW"}`, "", nil}, []error{unknown}, "SOMETHING_NEW", true, false},
		{"busy", reply{422, `{"return_code":"SYSTEM_BUSY"}`, "none", nil}, []error{unknown}, lianlian.CodeSystemBusy, false, false},
		{"internal error", reply{422, `{"return_code":"INTERNAL_SERVER_ERROR"}`, "", nil}, []error{unknown}, lianlian.CodeInternalServerError, true, false},
		{"server error with a refusal", reply{502, refusal, "", nil}, []error{unknown}, lianlian.CodePaymentClosed, true, false},
		{"server error without JSON", reply{503, `<html>`, "none", nil}, []error{unknown, malformed}, "", false, false},
		{"not found without JSON", reply{404, `<html>`, "none", nil}, []error{unknown, malformed}, "", false, false},
		{"empty answer", reply{200, ``, "none", nil}, []error{unknown, malformed}, "", false, false},
		{"no code", reply{400, `{"message":"bad"}`, "none", nil}, []error{unknown}, "", false, false},
		{"code is a number", reply{400, `{"return_code":400}`, "none", nil}, []error{unknown}, "", false, false},
		{"success, unsigned", reply{200, created, "none", nil}, []error{unknown, signature}, lianlian.CodeSuccess, false, false},
		{"success, badly signed", reply{200, created, "bad", nil}, []error{unknown, signature}, lianlian.CodeSuccess, false, false},
		{"success, signed twice", reply{200, created, "twice", nil}, []error{unknown, signature}, lianlian.CodeSuccess, false, false},
		{"success beside status 201", reply{201, created, "", nil}, []error{unknown}, lianlian.CodeSuccess, true, false},
		{"success beside status 409", reply{409, created, "", nil}, []error{unknown}, lianlian.CodeSuccess, true, false},
		{"success in small letters", reply{200, swap(created, "SUCCESS", "success"), "", nil}, []error{unknown}, "success", true, false},
		{"redirect", reply{302, created, "", http.Header{"Location": {"/elsewhere"}}}, []error{unknown}, lianlian.CodeSuccess, true, false},
		{"duplicate code", reply{200, swap(created, `{`, `{"return_code":"SUCCESS",`), "none", nil}, []error{unknown, malformed}, "", false, false},
		{"compressed", reply{200, "\x1f\x8b\x08\x00", "none", http.Header{"Content-Encoding": {"gzip"}}}, []error{unknown, malformed}, "", false, false},
		{"too long", reply{200, created + strings.Repeat(" ", 1<<20), "", nil}, []error{unknown, malformed}, "", false, true},

		{"another id", reply{200, swap(created, `"T1"`, `"T2"`), "", nil}, []error{unknown, mismatch}, "", false, true},
		{"another amount", reply{200, swap(created, `200.00`, `2.00`), "", nil}, []error{unknown, mismatch}, "", false, true},
		{"another currency", reply{200, swap(created, `HKD`, `USD`), "", nil}, []error{unknown, mismatch}, "", false, true},
		{"another merchant", reply{200, swap(created, `"order":{`, `"order":{"merchant_id":"M2",`), "", nil}, []error{unknown, mismatch}, "", false, true},
		{"no order", reply{200, `{"return_code":"SUCCESS"}`, "", nil}, []error{unknown, malformed}, "", false, true},
		{"order is null", reply{200, `{"return_code":"SUCCESS","order":null}`, "", nil}, []error{unknown, malformed}, "", false, true},
		{"order is an array", reply{200, `{"return_code":"SUCCESS","order":[{"merchant_transaction_id":"T1"}]}`, "", nil}, []error{unknown, malformed}, "", false, true},
		{"fields outside of order", reply{200, strings.Replace(swap(created, `"order":{`, ``), "}}", "}", 1), "", nil}, []error{unknown, malformed}, "", false, true},
		{"amount twice", reply{200, swap(created, `"order":{`, `"x":{"transaction_amount":"200.00"},"order":{`), "", nil}, []error{unknown, malformed}, "", false, true},
		{"amount is a number", reply{200, swap(created, `"200.00"`, `200.00`), "", nil}, []error{unknown, malformed}, "", false, true},
		{"code hidden in a text", reply{200, swap(created, `"order":{`, `"x":"1&return_code=SUCCESS","order":{`), "", nil}, []error{unknown, malformed}, "", false, true},
		{"no address", reply{200, swap(created, `https://pay.example/?key=1&paymentData=H4%2B==`, ``), "", nil}, []error{unknown, malformed}, "", false, true},
		{"relative address", reply{200, swap(created, `https://pay.example`, ``), "", nil}, []error{unknown, malformed}, "", false, true},
		{"address that a browser runs", reply{200, swap(created, `https://pay.example/?key=1&paymentData=H4%2B==`, `javascript://x/%0aalert(1)`), "", nil}, []error{unknown, malformed}, "", false, true},
		{"address with a space", reply{200, swap(created, `https://pay.example/`, `https://pay.example/ x`), "", nil}, []error{unknown, malformed}, "", false, true},
		{"address without a host", reply{200, swap(created, `https://pay.example/`, `https:///`), "", nil}, []error{unknown, malformed}, "", false, true},
		{"address too long", reply{200, swap(created, `key=1`, `key=`+strings.Repeat("1", 4096)), "", nil}, []error{unknown, malformed}, "", false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			c := gateway(t, func(w http.ResponseWriter, r *http.Request) { calls++; tt.reply.serve(t, w) })
			p, err := c.CreatePayment(t.Context(), request())
			if err == nil || p != nil {
				t.Fatalf("got %+v, %v", p, err)
			}
			for _, want := range tt.is {
				if !errors.Is(err, want) {
					t.Errorf("got %v, want also %v", err, want)
				}
			}
			if len(tt.is) == 0 && errors.Is(err, unknown) {
				t.Errorf("a refusal with an unknown outcome: %v", err)
			}
			var e *lianlian.Error
			if errors.As(err, &e) == tt.bare {
				t.Fatalf("*Error: %v, want the opposite: %v", e, err)
			}
			if !tt.bare && (e.ReturnCode != tt.code || e.Signed != tt.signed || e.HTTPStatus != tt.reply.status) {
				t.Errorf("got %+v, want code %q, signed %v", e, tt.code, tt.signed)
			}
			if calls != 1 {
				t.Errorf("%d calls, want 1", calls)
			}
		})
	}
}

func TestAnswerAddresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"https://pay.example/", "http://127.0.0.1:8080/simulator/cashier/1", "weixin://wxpay/bizpayurl?pr=abc", "alipays://platformapi/startapp?appId=1",
		"https://pay.example/?merchant_transaction_id=T1&transaction_amount=1.00&return_code=X", "https://pay.example/?d=" + strings.Repeat("1", 4000),
	} {
		body := strings.Replace(created, "https://pay.example/?key=1&paymentData=H4%2B==", address, 1)
		body = strings.Replace(body, `"order":{`, `"order":{"qrcode":"https://qr.example/1?a=1&transaction_currency=USD",`, 1)
		c := gateway(t, func(w http.ResponseWriter, r *http.Request) { reply{status: 200, body: body}.serve(t, w) })
		p, err := c.CreatePayment(t.Context(), request())
		if err != nil || p.PaymentURL != address || p.QRCode != "https://qr.example/1?a=1&transaction_currency=USD" {
			t.Errorf("%s: got %+v, %v", address, p, err)
		}
	}
}

func TestQueryAnswersRefused(t *testing.T) {
	t.Parallel()
	swap := func(old, new string) string { return strings.Replace(queried, old, new, 1) }
	tests := []struct {
		name, body string
		want       error
	}{
		{"another payment", swap(`"T1"`, `"T2"`), lianlian.ErrMismatch},
		{"another merchant", swap(`"M1"`, `"M2"`), lianlian.ErrMismatch},
		{"status in order and at the top", swap(`{`, `{"transaction_status":"PS",`), lianlian.ErrMalformed},
		{"status in order, null at the top", swap(`{`, `{"transaction_status":null,`), lianlian.ErrMalformed},
		{"status elsewhere too", swap(`"order":{`, `"order":{"payment_data":{"transaction_status":"PF"},`), lianlian.ErrMalformed},
		{"status hidden in a text", swap(`"order":{`, `"order":{"description":"x&transaction_status=PF",`), lianlian.ErrMalformed},
		{"no status", swap(`"transaction_status":"PS",`, ``), lianlian.ErrMalformed},
		{"no merchant", swap(`"merchant_id":"M1",`, ``), lianlian.ErrMalformed},
		{"paid without a time", swap(`,"payment_time":"20240906153035"`, ``), lianlian.ErrMalformed},
		{"time broken", swap(`20240906153035`, `20240906993035`), lianlian.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := gateway(t, func(w http.ResponseWriter, r *http.Request) { reply{status: 200, body: tt.body}.serve(t, w) })
			if s, err := c.QueryPayment(t.Context(), "T1"); !errors.Is(err, tt.want) || !errors.Is(err, lianlian.ErrOutcomeUnknown) {
				t.Errorf("got %+v, %v, want %v and an unknown outcome", s, err, tt.want)
			}
		})
	}
	t.Run("unknown id", func(t *testing.T) {
		t.Parallel()
		c := gateway(t, func(w http.ResponseWriter, r *http.Request) {
			reply{404, `{"return_code":"OBJECT_NOT_FOUND","return_message":"order not found","trace_id":"9f04","decline_code":"do_not_honor"}`, "none", nil}.serve(t, w)
		})
		_, err := c.QueryPayment(t.Context(), "T1")
		var e *lianlian.Error
		want := lianlian.Error{HTTPStatus: 404, ReturnCode: lianlian.CodeObjectNotFound, ReturnMsg: "order not found", DeclineCode: lianlian.DeclineDoNotHonor, TraceID: "9f04"}
		if !errors.As(err, &e) || *e != want || errors.Is(err, lianlian.ErrOutcomeUnknown) {
			t.Errorf("got %v, want %v", err, want)
		}
		if text := err.Error(); text != `query payment T1: gateway answered "OBJECT_NOT_FOUND" (http 404, decline code "do_not_honor", trace id "9f04"): "order not found"` {
			t.Error(text)
		}
	})
}

func TestCallsThatBreak(t *testing.T) {
	t.Parallel()
	t.Run("no server", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewServer(http.NotFoundHandler())
		server.Close()
		c := gateway(t, nil)
		c.BaseURL = server.URL
		if _, err := c.CreatePayment(t.Context(), request()); !errors.Is(err, lianlian.ErrOutcomeUnknown) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("connection cut", func(t *testing.T) {
		t.Parallel()
		c := gateway(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, created[:50])
			panic(http.ErrAbortHandler)
		})
		if _, err := c.CreatePayment(t.Context(), request()); !errors.Is(err, lianlian.ErrOutcomeUnknown) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("caller gives up while waiting", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		c := gateway(t, func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			cancel()
			<-r.Context().Done()
		})
		_, err := c.QueryPayment(ctx, "T1")
		if !errors.Is(err, lianlian.ErrOutcomeUnknown) || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("caller had given up", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		c := gateway(t, func(w http.ResponseWriter, r *http.Request) { t.Error("called") })
		_, err := c.CreatePayment(ctx, request())
		if errors.Is(err, lianlian.ErrOutcomeUnknown) || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestTimeout(t *testing.T) {
	t.Parallel()
	for limit, want := range map[time.Duration]time.Duration{0: 10 * time.Second, -1: 10 * time.Second, 3 * time.Second: 3 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			c := &lianlian.Client{BaseURL: lianlian.TestURL, MerchantID: "M1", Signer: testSigner(t), Verifier: testVerifier(t), Timeout: limit}
			c.HTTPClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			})}
			started := time.Now() // the bubble's clock
			_, err := c.QueryPayment(t.Context(), "T1")
			if !errors.Is(err, lianlian.ErrOutcomeUnknown) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			if got := time.Since(started); got != want {
				t.Errorf("gave up after %v, want %v", got, want)
			}
		})
	}
}

func TestNothingIsSentWhenFaulty(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*lianlian.Client, *lianlian.PaymentRequest)
	}{
		{"no URL", func(c *lianlian.Client, _ *lianlian.PaymentRequest) { c.BaseURL = "" }},
		{"plain http", func(c *lianlian.Client, _ *lianlian.PaymentRequest) { c.BaseURL = "http://gateway.example" }},
		{"URL with a query", func(c *lianlian.Client, _ *lianlian.PaymentRequest) { c.BaseURL += "/?a=b" }},
		{"URL with a password", func(c *lianlian.Client, _ *lianlian.PaymentRequest) { c.BaseURL = "https://a:b@gateway.example" }},
		{"no merchant", func(c *lianlian.Client, _ *lianlian.PaymentRequest) { c.MerchantID = "" }},
		{"merchant with a path", func(c *lianlian.Client, _ *lianlian.PaymentRequest) { c.MerchantID = "../M1" }},
		{"no signer", func(c *lianlian.Client, _ *lianlian.PaymentRequest) { c.Signer = nil }},
		{"no verifier", func(c *lianlian.Client, _ *lianlian.PaymentRequest) { c.Verifier = nil }},
		{"another merchant's request", func(_ *lianlian.Client, r *lianlian.PaymentRequest) { r.MerchantID = "M2" }},
		{"a faulty request", func(_ *lianlian.Client, r *lianlian.PaymentRequest) {
			r.TransactionAmount, r.MerchantTransactionID = 0, "a/b"
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := gateway(t, func(w http.ResponseWriter, r *http.Request) { t.Error("called") })
			r := request()
			tt.change(c, &r)
			_, err := c.CreatePayment(t.Context(), r)
			if err == nil || errors.Is(err, lianlian.ErrOutcomeUnknown) {
				t.Errorf("create: got %v", err)
			}
			if r.MerchantTransactionID == "a/b" || r.MerchantID == "M1" && tt.name != "a faulty request" {
				if _, err = c.QueryPayment(t.Context(), r.MerchantTransactionID); err == nil || errors.Is(err, lianlian.ErrOutcomeUnknown) {
					t.Errorf("query: got %v", err)
				}
			}
		})
	}
}

func TestLongCartIsShortened(t *testing.T) {
	t.Parallel()
	c := gateway(t, func(w http.ResponseWriter, r *http.Request) {
		var sent struct{ Products json.RawMessage }
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil || len(sent.Products) > 2048 || len(sent.Products) < 1000 {
			t.Errorf("products of %d bytes, %v", len(sent.Products), err)
		}
		reply{status: 200, body: created}.serve(t, w)
	})
	r := request()
	for range 50 {
		r.Products = append(r.Products, r.Products[0])
	}
	if _, err := c.CreatePayment(t.Context(), r); err != nil {
		t.Error(err)
	}
	if len(r.Products) != 51 || r.Products[0].URL == "" {
		t.Error("the caller's products were changed")
	}
}

func TestTrace(t *testing.T) {
	t.Parallel()
	answer := strings.Replace(created, `"order":{`, `"order":{"customer":{"email":"ana@example.com"},`, 1)
	c := gateway(t, func(w http.ResponseWriter, r *http.Request) { reply{status: 200, body: answer}.serve(t, w) })
	var seen []lianlian.Exchange
	c.Trace = func(x lianlian.Exchange) { seen = append(seen, x) }
	if _, err := c.CreatePayment(t.Context(), request()); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 1 {
		t.Fatalf("%d exchanges", len(seen))
	}
	x := seen[0]
	signing, err := lianlian.SigningString(x.RequestBody)
	if err != nil || x.SigningString != signing || x.Method != "POST" || x.URL != c.BaseURL+"/v4/merchants/M1/payments" || x.Status != 200 ||
		string(x.ResponseBody) != answer || x.RequestHeader.Get("signature") == "" || x.ResponseHeader.Get("signature") == "" || x.Err != nil {
		t.Errorf("got %+v", x)
	}

	red := x.Redacted()
	all := fmt.Sprintf("%s|%s|%s|%v|%v", red.RequestBody, red.SigningString, red.ResponseBody, red.RequestHeader, red.ResponseHeader)
	for _, secret := range []string{"Ana", "ana", "Núñez", "female", "CPF", "13812345678", "ACME", "Main St", "Apt", "Austin", "73301", "192.0.2",
		"merchant_user_id", x.RequestHeader.Get("signature"), x.ResponseHeader.Get("signature")} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is still there: %s", secret, all)
		}
	}
	for _, kept := range []string{`"merchant_transaction_id":"T1"`, "merchant_transaction_id=T1", `"transaction_amount":"200.00"`, `"name":"T-Shirt"`,
		"customer", "full_name=***", `"full_name":"***"`, `"additional_info":"***"`, "return_code", "1725607835123"} {
		if !strings.Contains(all, kept) {
			t.Errorf("%q is gone: %s", kept, all)
		}
	}
	if !json.Valid(red.RequestBody) || !json.Valid(red.ResponseBody) {
		t.Errorf("masking broke the JSON: %s", all)
	}
	if x.RequestHeader.Get("signature") == "***" || !strings.Contains(string(x.RequestBody), "Ana") {
		t.Error("the original was changed")
	}
	if text := x.LogValue().String(); strings.Contains(text, "Ana") || !strings.Contains(text, "status=200") {
		t.Errorf("log value %s", text)
	}
}

func TestTraceOfFailures(t *testing.T) {
	t.Parallel()
	c := gateway(t, func(w http.ResponseWriter, r *http.Request) {
		reply{503, "<p>ana@example.com</p>", "none", nil}.serve(t, w)
	})
	var x lianlian.Exchange
	c.Trace = func(got lianlian.Exchange) { x = got }
	if _, err := c.QueryPayment(t.Context(), "T1"); err == nil {
		t.Fatal("no error")
	}
	if x.Status != 503 || !errors.Is(x.Err, lianlian.ErrOutcomeUnknown) || x.RequestBody != nil || x.SigningString != "merchant_id=M1&merchant_transaction_id=T1" {
		t.Errorf("got %+v", x)
	}
	red := x.Redacted()
	if string(red.ResponseBody) != "[22 bytes that are not a JSON object]" || red.SigningString != x.SigningString {
		t.Errorf("got %s, %s", red.ResponseBody, red.SigningString)
	}
	if !strings.Contains(x.LogValue().String(), "error=") {
		t.Errorf("log value %s", x.LogValue())
	}

	c = gateway(t, func(w http.ResponseWriter, r *http.Request) {
		reply{status: 200, body: strings.Replace(queried, `"T1"`, `"T2"`, 1)}.serve(t, w)
	})
	c.Trace = func(got lianlian.Exchange) { x = got }
	if _, err := c.QueryPayment(t.Context(), "T1"); err == nil || !errors.Is(x.Err, lianlian.ErrMismatch) {
		t.Errorf("got %v, traced %v", err, x.Err)
	}
}

func TestTimezoneHeader(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		loc  *time.Location
		want string
	}{{nil, "Asia/Hong_Kong"}, {time.Local, "Asia/Hong_Kong"}, {time.UTC, "UTC"}, {location(t, "Brazil/East"), "Brazil/East"}} {
		c := gateway(t, func(w http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get("timezone"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			reply{status: 200, body: queried}.serve(t, w)
		})
		c.Timezone = tt.loc
		if _, err := c.QueryPayment(t.Context(), "T1"); err != nil {
			t.Error(err)
		}
	}
}

func TestBaseURLWithPath(t *testing.T) {
	t.Parallel()
	c := gateway(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/simulator/v4/merchants/M1/payments/T1" {
			t.Errorf("path %s", r.URL.Path)
		}
		reply{status: 200, body: queried}.serve(t, w)
	})
	for _, suffix := range []string{"/simulator", "/simulator/"} {
		u, _ := url.Parse(c.BaseURL)
		u.Path = suffix
		c.BaseURL = u.String()
		c.HTTPClient = nil // the default one works as well
		if _, err := c.QueryPayment(t.Context(), "T1"); err != nil {
			t.Error(err)
		}
	}
}
