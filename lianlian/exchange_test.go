package lianlian_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"lianlian-checkout/lianlian"
)

func TestWithoutSecrets(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("A", 344)
	x := lianlian.Exchange{
		RequestHeader:  http.Header{"Signature": {long}, "Authorization": {"Bearer s3cret"}, "Cookie": {"c=s3cret"}, "Timestamp": {"1764000000000"}, "X-Proxy": {"s3cret"}},
		ResponseHeader: http.Header{"Signature": {"short", long}, "Set-Cookie": {"c=s3cret"}, "Date": {"now\r\nsignature: forged"}},
		RequestBody:    []byte(`{"customer":{"openid":"s3cret","full_name":"Chan"},"OPENID":"s3cret","order":{"Signature":"s3cret"},"payment_url":"https://s3cret"}`),
		ResponseBody:   []byte(`{"openid":{"nested":["s3cret",{"a":"s3cret"}]},"trace_id":"t1"}`),
	}
	got := x.WithoutSecrets("payment_url")
	text := lianlian.HeaderLines(got.RequestHeader) + "\n" + lianlian.HeaderLines(got.ResponseHeader) + string(got.RequestBody) + string(got.ResponseBody) + got.SigningString
	for _, gone := range []string{"s3cret", strings.Repeat("A", 13), "\nsignature: forged"} {
		if strings.Contains(text, gone) {
			t.Errorf("%q is still there:\n%s", gone, text)
		}
	}
	for _, stays := range []string{"Chan", "timestamp: 1764000000000", "signature: AAAAAAAAAAAA… (344 characters)", "signature: short", "trace_id"} {
		if !strings.Contains(text, stays) {
			t.Errorf("%q is gone:\n%s", stays, text)
		}
	}
	if !strings.Contains(string(x.RequestBody), "s3cret") || x.RequestHeader.Get("Signature") != long {
		t.Error("the original was changed")
	}
	if masked := string(lianlian.RedactBody(got.RequestBody)); strings.Contains(masked, "Chan") {
		t.Errorf("personal data is still there: %s", masked)
	}
	for _, body := range []string{`<html>Chan`, `{"customer":"Chan"`, `{"customer":{"x":"Chan"}} {"y":"Chan"}`, `{"a":1,"a":"Chan"}`, "\xff\xfeChan", `["Chan"]`} {
		if masked := string(lianlian.RedactBody([]byte(body))); strings.Contains(masked, "Chan") {
			t.Errorf("%q is shown as %q", body, masked)
		}
	}
}

func TestTraceIDOf(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"trace_id":"9f01-a"}`: "9f01-a", `{"trace_id":"<b>"}`: "", `{"trace_id":7}`: "", `{"order":{"trace_id":"x"}}`: "", `nothing`: "", ``: "",
	} {
		if got := lianlian.TraceIDOf([]byte(body)); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

// A context's trace hears of its own calls, beside the client's.
func TestWithTrace(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	t.Cleanup(server.Close)
	key := newKey()
	var all, mine []int
	c := lianlian.Client{BaseURL: server.URL, MerchantID: "1", Signer: lianlian.NewSigner(key), Verifier: lianlian.NewVerifier(&key.PublicKey),
		Trace: func(x lianlian.Exchange) { all = append(all, x.Status) }}
	ctx := lianlian.WithTrace(t.Context(), func(x lianlian.Exchange) { mine = append(mine, x.Status) })
	for _, ctx := range []context.Context{ctx, t.Context()} {
		if _, err := c.QueryPayment(ctx, "P1"); err == nil {
			t.Fatal("no error")
		}
	}
	if len(all) != 2 || len(mine) != 1 || mine[0] != http.StatusBadGateway {
		t.Errorf("the client's trace heard %v, the context's %v; want two calls and one", all, mine)
	}
}
