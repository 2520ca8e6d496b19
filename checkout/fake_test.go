package checkout_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

// fake answers requests for payment signed, as the gateway would, with what decide says. It knows no payment that is
// asked about.
func fake(decide func(in map[string]any) (status int, answer map[string]any)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, answer := http.StatusNotFound, map[string]any{"return_code": "OBJECT_NOT_FOUND", "return_msg": "payment not found", "trace_id": "t0"}
		if r.Method == http.MethodPost {
			status, answer = decide(decode(r.Body))
		}
		writeSigned(w, status, answer)
	})
}

func decode(r io.Reader) map[string]any {
	var in map[string]any
	_ = json.NewDecoder(r).Decode(&in)
	return in
}

// writeSigned answers as the gateway does: JSON, signed with the gateway's key.
func writeSigned(w http.ResponseWriter, status int, answer map[string]any) {
	body, err := json.Marshal(answer)
	if err != nil {
		panic(err)
	}
	signature, err := lianlian.NewSigner(gatewayKey()).Sign(body)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("signature", signature)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// accepted is the answer to a request for payment that sends the buyer to the URL.
func accepted(in map[string]any, paymentURL string) (int, map[string]any) {
	return http.StatusOK, map[string]any{
		"return_code": "SUCCESS", "return_msg": "Success", "trace_id": "t1",
		"order": map[string]any{
			"ll_transaction_id": "20261123160000000000000000000001", "merchant_transaction_id": in["merchant_transaction_id"],
			"payment_url": paymentURL, "transaction_currency": in["transaction_currency"], "transaction_amount": in["transaction_amount"],
		},
	}
}

// refusing is an answer that refuses.
func refusing(status int, code, message string) (int, map[string]any) {
	return status, map[string]any{"return_code": code, "return_msg": message, "trace_id": "t2"}
}

func newContext(t *testing.T) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, cancel
}

func isSoldOut(err error) bool { return errors.Is(err, models.ErrSoldOut) }
