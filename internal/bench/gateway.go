package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"lianlian-checkout/lianlian"
)

// fakeGateway answers requests for payment (guide 4.1.1) and queries (4.1.3) as fast as it can: each answer is signed
// once with a key of 2048 bits, as the real gateway's are.
type fakeGateway struct {
	signer   *lianlian.Signer
	verifier *lianlian.Verifier // nil lets every request pass
	payments sync.Map           // merchant_transaction_id → asked
	last     atomic.Int64
}

// asked is what a request for payment says that the answer repeats.
type asked struct {
	MerchantTransactionID string          `json:"merchant_transaction_id"`
	TransactionCurrency   string          `json:"transaction_currency"`
	TransactionAmount     json.RawMessage `json:"transaction_amount"`
	ll                    string
}

// serveGateway is the fake gateway's process: its keys are in the folder, and it prints its address.
func serveGateway(folder string, verify bool) error {
	k, err := readKeys(folder)
	if err != nil {
		return err
	}
	g := &fakeGateway{signer: lianlian.NewSigner(k.gateway)}
	if verify {
		g.verifier = lianlian.NewVerifier(&k.merchant.PublicKey)
	}
	return serveUntilOrphaned(g.handler())
}

func (g *fakeGateway) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v4/merchants/{merchant_id}/payments", g.create)
	mux.HandleFunc("GET /v4/merchants/{merchant_id}/payments/{id}", g.query)
	return mux
}

// serveUntilOrphaned serves on a free port, prints its URL, and ends when standard input does: when the parent has gone.
func serveUntilOrphaned(h http.Handler) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // at once
	if err != nil {
		return err
	}
	fmt.Printf("ready at http://%s\n", listener.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	return server.Serve(listener)
}

func (g *fakeGateway) create(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	if g.verifier != nil && g.verifier.Verify(body, r.Header.Get("signature")) != nil {
		http.Error(w, `{"return_code":"INVALID_SIGNATURE","return_msg":"Invalid signature"}`, http.StatusUnauthorized)
		return
	}
	var a asked
	if err := json.Unmarshal(body, &a); err != nil {
		http.Error(w, "malformed", http.StatusBadRequest)
		return
	}
	n := g.last.Add(1)
	a.ll = fmt.Sprintf("20261124%018d", n)
	g.payments.Store(a.MerchantTransactionID, a)
	g.answer(w, fmt.Appendf(nil, `{"return_code":"SUCCESS","return_msg":"Success","trace_id":"%032x","order":{"ll_transaction_id":"%s",`+
		`"merchant_transaction_id":"%s","payment_url":"https://cashier.gateway.example/pay/%s","transaction_currency":"%s","transaction_amount":%s}}`,
		n, a.ll, a.MerchantTransactionID, a.ll, a.TransactionCurrency, a.TransactionAmount))
}

func (g *fakeGateway) query(w http.ResponseWriter, r *http.Request) {
	found, ok := g.payments.Load(r.PathValue("id"))
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"return_code":"OBJECT_NOT_FOUND","return_msg":"payment not found"}`)
		return
	}
	a := found.(asked)
	g.answer(w, fmt.Appendf(nil, `{"return_code":"SUCCESS","return_msg":"Success","trace_id":"%032x","order":{"merchant_id":"%s","ll_transaction_id":"%s",`+
		`"merchant_transaction_id":"%s","transaction_currency":"%s","transaction_amount":%s,"transaction_status":"WP"}}`,
		g.last.Add(1), r.PathValue("merchant_id"), a.ll, a.MerchantTransactionID, a.TransactionCurrency, a.TransactionAmount))
}

func (g *fakeGateway) answer(w http.ResponseWriter, body []byte) {
	signature, err := g.signer.Sign(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("signature", signature)
	_, _ = w.Write(body)
}
