package lianlian_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"lianlian-checkout/lianlian"
)

const refunded = `{"return_code":"SUCCESS","return_msg":"Success","trace_id":"9f03","order":{"merchant_id":"M1","ll_transaction_id":"L2",` +
	`"merchant_transaction_id":"R1","original_transaction_id":"T1","refund_data":{"refund_amount":"50.00","refund_currency_code":"HKD","reason":"broken","refund_status":"RP"}}}`

func refundRequest() lianlian.RefundRequest {
	return lianlian.RefundRequest{MerchantTransactionID: "R1", OriginalTransactionID: "T1", Amount: 5000, Currency: "HKD", Reason: "broken"}
}

// TestRefundSends: what is known of the sibling API's request, signed as every request.
func TestRefundSends(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"", "v4"} {
		c := gateway(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			path := map[string]string{"": "/v3", "v4": "/v4"}[version] + "/merchants/M1/payments/T1/refunds"
			if r.Method != http.MethodPost || r.URL.Path != path || r.Header.Get("timestamp") != "1725607835123" || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
			}
			if err := testVerifier(t).Verify(body, r.Header.Get("signature")); err != nil {
				t.Errorf("signature: %v", err)
			}
			want := `{"merchant_id":"M1","merchant_transaction_id":"R1","merchant_refund_time":1725607835123,"original_transaction_id":"T1",` +
				`"refund_data":{"refund_amount":"50.00","refund_currency_code":"HKD","reason":"broken"}}`
			if string(body) != want {
				t.Errorf("sent %s\nwant %s", body, want)
			}
			reply{status: 200, body: refunded}.serve(t, w)
		})
		c.RefundAPI = version
		got, err := c.Refund(t.Context(), refundRequest())
		if err != nil || got.Status != lianlian.RefundPending || got.LLTransactionID != "L2" || got.Amount != 5000 || got.Currency != "HKD" || got.TraceID != "9f03" || string(got.Raw) != refunded {
			t.Errorf("Refund = %+v, %v", got, err)
		}
	}
}

// TestRefundAnswers: an answer counts only when it is signed and about this refund; all else leaves the outcome open, but a clear no.
func TestRefundAnswers(t *testing.T) {
	t.Parallel()
	with := func(old, new string) string { return strings.Replace(refunded, old, new, 1) }
	for name, tt := range map[string]struct {
		answer reply
		unsure bool                  // the outcome is unknown
		why    error                 // beside that
		code   lianlian.ReturnCode   // of a refusal
		status lianlian.RefundStatus // of a success
	}{
		"pending":        {answer: reply{status: 200, body: refunded}, status: "RP"},
		"done":           {answer: reply{status: 200, body: with(`"RP"`, `"RS"`)}, status: "RS"},
		"another word":   {answer: reply{status: 200, body: with(`"RP"`, `"RF"`)}, status: "RF"},
		"no details":     {answer: reply{status: 200, body: `{"return_code":"SUCCESS","order":{"merchant_transaction_id":"R1"}}`}, status: "RP"},
		"at the top":     {answer: reply{status: 200, body: `{"return_code":"SUCCESS","merchant_transaction_id":"R1","refund_data":{"refund_amount":"50.00","refund_currency_code":"HKD","refund_status":"RS"}}`}, status: "RS"},
		"unsigned":       {answer: reply{status: 200, body: refunded, signature: "none"}, unsure: true, why: lianlian.ErrSignature},
		"forged":         {answer: reply{status: 200, body: refunded, signature: "bad"}, unsure: true, why: lianlian.ErrSignature},
		"garbage":        {answer: reply{status: 200, body: refunded[:40], signature: "none"}, unsure: true, why: lianlian.ErrMalformed},
		"other refund":   {answer: reply{status: 200, body: with(`"R1"`, `"R2"`)}, unsure: true, why: lianlian.ErrMismatch},
		"no id":          {answer: reply{status: 200, body: `{"return_code":"SUCCESS","order":{}}`}, unsure: true, why: lianlian.ErrMalformed},
		"other payment":  {answer: reply{status: 200, body: with(`"T1"`, `"T2"`)}, unsure: true, why: lianlian.ErrMismatch},
		"other merchant": {answer: reply{status: 200, body: with(`"M1"`, `"M2"`)}, unsure: true, why: lianlian.ErrMismatch},
		"other amount":   {answer: reply{status: 200, body: with(`"50.00"`, `"5.00"`)}, unsure: true, why: lianlian.ErrMismatch},
		"other currency": {answer: reply{status: 200, body: with(`"HKD"`, `"USD"`)}, unsure: true, why: lianlian.ErrMismatch},
		"half an amount": {answer: reply{status: 200, body: with(`"refund_currency_code":"HKD",`, ``)}, unsure: true, why: lianlian.ErrMalformed},
		"twice":          {answer: reply{status: 200, body: with(`"trace_id":"9f03"`, `"note":"x&refund_status=RS"`)}, unsure: true, why: lianlian.ErrMalformed},
		"out of place":   {answer: reply{status: 200, body: with(`"trace_id":"9f03"`, `"refund_status":"RS"`)}, unsure: true, why: lianlian.ErrMalformed},
		"busy":           {answer: reply{status: 422, body: `{"return_code":"SYSTEM_BUSY"}`}, unsure: true, code: "SYSTEM_BUSY"},
		"proxy":          {answer: reply{status: 502, body: `<html>`, signature: "none"}, unsure: true},
		"refused":        {answer: reply{status: 422, body: `{"return_code":"REFUND_AMOUNT_EXCEEDED","return_msg":"no"}`, signature: "none"}, code: "REFUND_AMOUNT_EXCEEDED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := gateway(t, func(w http.ResponseWriter, _ *http.Request) { tt.answer.serve(t, w) })
			got, err := c.Refund(t.Context(), refundRequest())
			if (err == nil) != (tt.status != "") || got != nil && got.Status != tt.status {
				t.Fatalf("Refund = %+v, %v; want status %q", got, err, tt.status)
			}
			var e *lianlian.Error
			if errors.Is(err, lianlian.ErrOutcomeUnknown) != tt.unsure || tt.why != nil && !errors.Is(err, tt.why) || tt.code != "" && (!errors.As(err, &e) || e.ReturnCode != tt.code) {
				t.Errorf("error %v; want unknown %v, %v, %q", err, tt.unsure, tt.why, tt.code)
			}
		})
	}
}

func TestRefundRequestIsChecked(t *testing.T) {
	t.Parallel()
	c := gateway(t, func(http.ResponseWriter, *http.Request) { t.Error("something was sent") })
	for field, change := range map[string]func(*lianlian.RefundRequest){
		"merchant_transaction_id":          func(r *lianlian.RefundRequest) { r.MerchantTransactionID = "" },
		"original_transaction_id":          func(r *lianlian.RefundRequest) { r.OriginalTransactionID = "a/b" },
		"refund_data.refund_amount":        func(r *lianlian.RefundRequest) { r.Amount = 0 },
		"refund_data.refund_currency_code": func(r *lianlian.RefundRequest) { r.Currency = "XXX" },
		"refund_data.reason":               func(r *lianlian.RefundRequest) { r.Reason = strings.Repeat("x", 129) },
	} {
		r := refundRequest()
		change(&r)
		_, err := c.Refund(t.Context(), r)
		if list := lianlian.FieldErrors(err); len(list) != 1 || list[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	same := refundRequest()
	same.MerchantTransactionID = "T1"
	if _, err := c.Refund(t.Context(), same); err == nil {
		t.Error("a refund with the payment's own id was let through")
	}
	yen := refundRequest()
	yen.Currency, yen.Amount = "JPY", 5050
	if _, err := c.Refund(t.Context(), yen); err == nil {
		t.Error("half a yen was let through")
	}
}

func TestQueryRefund(t *testing.T) {
	t.Parallel()
	answer := reply{status: 200, body: strings.Replace(refunded, `"RP"`, `"RS"`, 1)}
	c := gateway(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/v3/merchants/M1/refunds/R1" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		if err := testVerifier(t).VerifyString("merchant_id=M1&merchant_transaction_id=R1", r.Header.Get("signature")); err != nil {
			t.Errorf("signature: %v", err)
		}
		answer.serve(t, w)
	})
	got, err := c.QueryRefund(t.Context(), "R1")
	if err != nil || got.Status != lianlian.RefundSuccess || got.OriginalTransactionID != "T1" {
		t.Errorf("QueryRefund = %+v, %v", got, err)
	}
	answer = reply{status: 200, body: `{"return_code":"SUCCESS","order":{"merchant_transaction_id":"R1"}}`}
	if _, err := c.QueryRefund(t.Context(), "R1"); !errors.Is(err, lianlian.ErrOutcomeUnknown) || !errors.Is(err, lianlian.ErrMalformed) {
		t.Errorf("an answer without a state: %v", err)
	}
	answer = reply{status: 404, body: `{"return_code":"OBJECT_NOT_FOUND"}`, signature: "none"}
	var e *lianlian.Error
	if _, err := c.QueryRefund(t.Context(), "R1"); !errors.As(err, &e) || e.ReturnCode != lianlian.CodeObjectNotFound || errors.Is(err, lianlian.ErrOutcomeUnknown) || e.Signed {
		t.Errorf("an unknown refund: %v", err)
	}
}

func TestCancelPayment(t *testing.T) {
	t.Parallel()
	answer := reply{status: 200, body: `{"return_code":"SUCCESS","order":{"merchant_transaction_id":"T1"}}`}
	c := gateway(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodPost || r.URL.Path != "/v3/merchants/M1/payments/T1/cancelpay" || !json.Valid(body) {
			t.Errorf("%s %s %s", r.Method, r.URL, body)
		}
		answer.serve(t, w)
	})
	if err := c.CancelPayment(t.Context(), "T1"); err != nil {
		t.Error(err)
	}
	answer.body = `{"return_code":"SUCCESS","order":{"merchant_transaction_id":"T2"}}`
	if err := c.CancelPayment(t.Context(), "T1"); !errors.Is(err, lianlian.ErrMismatch) {
		t.Errorf("another payment's answer: %v", err)
	}
	answer = reply{status: 409, body: `{"return_code":"PAYMENT_COMPLETED"}`, signature: "none"}
	if err := c.CancelPayment(t.Context(), "T1"); err == nil || errors.Is(err, lianlian.ErrOutcomeUnknown) {
		t.Errorf("a paid payment: %v", err)
	}
}

// TestRefundNotification: read only as it was signed and in one way.
func TestRefundNotification(t *testing.T) {
	t.Parallel()
	const body = `{"merchant_id":"M1","ll_transaction_id":"L2","merchant_transaction_id":"R1","original_transaction_id":"T1",` +
		`"refund_data":{"refund_amount":"50.00","refund_currency_code":"HKD","refund_status":"RS"}}`
	sig, made, err := lianlian.SignRefundNotification(testSigner(t), lianlian.RefundState{MerchantID: "M1", LLTransactionID: "L2", MerchantTransactionID: "R1",
		OriginalTransactionID: "T1", Amount: 5000, Currency: "HKD", Status: lianlian.RefundSuccess})
	if err != nil || string(made) != body {
		t.Fatalf("SignRefundNotification = %s, %v", made, err)
	}
	got, err := lianlian.ParseRefundNotification(testVerifier(t), sig, made)
	if err != nil || got.Status != lianlian.RefundSuccess || got.Amount != 5000 || got.OriginalTransactionID != "T1" || !lianlian.IsRefundNotification(made) {
		t.Errorf("ParseRefundNotification = %+v, %v", got, err)
	}
	// The same signed string, with the leaves elsewhere.
	for name, other := range map[string]string{
		"one value":     `{"ll_transaction_id":"L2","merchant_id":"M1","merchant_transaction_id":"R1","original_transaction_id":"T1","refund_data":{"refund_amount":"50.00&refund_currency_code=HKD&refund_status=RS"}}`,
		"at the top":    `{"ll_transaction_id":"L2","merchant_id":"M1","merchant_transaction_id":"R1","original_transaction_id":"T1","refund_amount":"50.00","refund_currency_code":"HKD","refund_status":"RS"}`,
		"nested deeper": `{"ll_transaction_id":"L2","merchant_id":"M1","merchant_transaction_id":"R1","original_transaction_id":"T1","refund_data":{"a":{"refund_amount":"50.00","refund_currency_code":"HKD","refund_status":"RS"}}}`,
	} {
		if err := testVerifier(t).Verify([]byte(other), sig); err != nil {
			t.Fatalf("%s: isn't the same signed string: %v", name, err)
		}
		if got, err := lianlian.ParseRefundNotification(testVerifier(t), sig, []byte(other)); !errors.Is(err, lianlian.ErrMalformed) {
			t.Errorf("%s: read as %+v, %v", name, got, err)
		}
	}
	if _, err := lianlian.ParseRefundNotification(testVerifier(t), mustSign(t, `{"a":"1"}`), made); !errors.Is(err, lianlian.ErrSignature) {
		t.Errorf("forged: %v", err)
	}
	for _, lacks := range []string{`"merchant_transaction_id":"R1",`, `"refund_amount":"50.00",`, `"refund_currency_code":"HKD",`, `,"refund_status":"RS"`} {
		short := strings.Replace(body, lacks, "", 1)
		if _, err := lianlian.ParseRefundNotification(testVerifier(t), mustSign(t, short), []byte(short)); !errors.Is(err, lianlian.ErrMalformed) {
			t.Errorf("without %s: %v", lacks, err)
		}
	}
	if lianlian.IsRefundNotification([]byte(`{"note":"\"refund_data\""}`)) || lianlian.IsRefundNotification([]byte(`{"refund_data":"x"}`)) {
		t.Error("a payment's notification is taken for a refund's")
	}
	if _, err := lianlian.ParseNotification(testVerifier(t), sig, made, nil); err == nil {
		t.Error("a refund's notification is read as a payment's")
	}
}

func FuzzRefundNotification(f *testing.F) {
	f.Add([]byte(`{"merchant_transaction_id":"R1","refund_data":{"refund_amount":"50.00","refund_currency_code":"HKD","refund_status":"RS"}}`))
	f.Add([]byte(`{"refund_data":{"refund_data":{}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		signature, err := testSigner(t).Sign(body)
		if err != nil {
			return
		}
		s, err := lianlian.ParseRefundNotification(testVerifier(t), signature, body)
		if err == nil && (s.MerchantTransactionID == "" || s.Currency == "" || s.Status == "" || !lianlian.IsRefundNotification(body)) {
			t.Errorf("%s was read as %+v", body, s)
		}
	})
}
