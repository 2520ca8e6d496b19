package simulator_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"os"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
)

// A payment from request to query, without credentials and without a browser.
func ExampleNew() {
	dir, err := os.MkdirTemp("", "simulator")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	keys, err := simulator.LoadKeys(dir)
	if err != nil {
		log.Fatal(err)
	}

	srv := httptest.NewUnstartedServer(nil)
	gateway, err := simulator.New(keys.Options("http://" + srv.Listener.Addr().String()))
	if err != nil {
		log.Fatal(err)
	}
	defer gateway.Close()
	srv.Config.Handler = gateway
	srv.Start()
	defer srv.Close()

	client := keys.Client(srv.URL)
	_, err = client.CreatePayment(context.Background(), lianlian.PaymentRequest{
		PaymentProcessor: lianlian.AlipayHK, PaymentMethod: lianlian.WebPay, MerchantTransactionID: "order-1",
		TransactionAmount: 168_00, TransactionCurrency: "HKD", RedirectURL: "https://shop.example/return",
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := gateway.Pay("order-1"); err != nil { // what the buyer's button does
		log.Fatal(err)
	}
	state, err := client.QueryPayment(context.Background(), "order-1")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(state.TransactionStatus, state.TransactionCurrency, state.TransactionAmount)
	// Output: PS HKD 168.00
}
