package lianlian_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"time"

	"lianlian-checkout/lianlian"
)

func ExampleSigningString() {
	text, err := lianlian.SigningString([]byte(`{"a":"100","b":[{"f":"3","e":"2","d":"1"},{"j":"6","i":"5","h":"4"}],"c":{"m":"11","k":"10"}}`))
	fmt.Println(text, err)
	// Output: a=100&d=1&e=2&f=3&h=4&i=5&j=6&k=10&m=11 <nil>
}

func ExampleParsePrivateKey() {
	_, err := lianlian.ParsePrivateKey(`-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAuBQRfZpn6V8qYolD`)
	var key *lianlian.KeyError
	fmt.Println(errors.As(err, &key), key.Kind)

	text, err := os.ReadFile("testdata/vectors/public.pem")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = lianlian.ParsePrivateKey(string(text))
	fmt.Println(errors.As(err, &key), key.Kind)
	// Output:
	// true a damaged PEM
	// true a public key
}

func ExampleClient_CreatePayment() {
	merchant, gateway := newKey(), newKey()
	// A stand-in for LianLian, which answers everything with one signed payment.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := `{"return_code":"SUCCESS","return_msg":"Success","trace_id":"9f01","order":{"ll_transaction_id":"5812355233086694",` +
			`"merchant_transaction_id":"T1","payment_url":"https://pay.example/1","transaction_currency":"HKD","transaction_amount":"100.00"}}`
		signature, err := lianlian.NewSigner(gateway).Sign([]byte(body))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("signature", signature)
		io.WriteString(w, body)
	}))
	defer server.Close()

	client := &lianlian.Client{
		BaseURL:    server.URL, // lianlian.TestURL
		MerchantID: "2080898732499253",
		Signer:     lianlian.NewSigner(merchant),
		Verifier:   lianlian.NewVerifier(&gateway.PublicKey),
	}
	payment, err := client.CreatePayment(context.Background(), lianlian.PaymentRequest{
		PaymentProcessor:      lianlian.AlipayHK,
		PaymentMethod:         lianlian.WebPay,
		MerchantTransactionID: "T1",
		TransactionAmount:     10000,
		TransactionCurrency:   "HKD",
		RedirectURL:           "https://shop.example/return",
	})
	var refusal *lianlian.Error
	switch {
	case errors.Is(err, lianlian.ErrOutcomeUnknown):
		fmt.Println("query later, or send the same id again")
	case errors.As(err, &refusal):
		fmt.Println("refused:", refusal.ReturnCode)
	case err != nil:
		fmt.Println("not sent:", err)
	default:
		fmt.Println("send the buyer to", payment.PaymentURL)
	}
	// Output: send the buyer to https://pay.example/1
}

func ExampleParseNotification() {
	gateway := newKey()
	signature, body, err := lianlian.SignNotification(lianlian.NewSigner(gateway), lianlian.Notification{
		MerchantID: "2080898732499253", LLTransactionID: "5812355233086694", MerchantTransactionID: "T1",
		TransactionCurrency: "HKD", TransactionAmount: 10000, TransactionStatus: lianlian.StatusSuccess,
		PaymentTime: time.UnixMilli(1725607835123),
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	n, err := lianlian.ParseNotification(lianlian.NewVerifier(&gateway.PublicKey), signature, body, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(n.MerchantTransactionID, n.TransactionStatus, n.TransactionAmount, n.TransactionCurrency)
	fmt.Println(string(lianlian.NotificationAck()))
	// Output:
	// T1 PS 100.00 HKD
	// {"code":"200","msg":"success"}
}

func ExampleParseReturn() {
	gateway := newKey()
	_, err := lianlian.ParseReturn(lianlian.NewVerifier(&gateway.PublicKey), url.Values{"transaction_status": {"PS"}}, nil)
	fmt.Println(errors.Is(err, lianlian.ErrSignature))
	// Output: true
}

func ExamplePaymentRequest_Validate() {
	err := lianlian.PaymentRequest{
		PaymentProcessor: lianlian.AlipayHK, PaymentMethod: lianlian.WebPay, MerchantTransactionID: "T1", MerchantID: "M1",
		TransactionAmount: 10050, TransactionCurrency: "JPY", TransactionTime: time.UnixMilli(1725607835123),
		RedirectURL: "https://shop.example/return", Country: "HK",
		Customer: &lianlian.Customer{Phone: "13812345678"},
	}.Validate()
	for _, fault := range lianlian.FieldErrors(err) {
		fmt.Println(fault)
	}
	// Output:
	// transaction_amount must end in .00 in JPY
	// customer.phone must be +<area code>-<number>, at most 32 characters
}

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}
