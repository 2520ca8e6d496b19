package simulator_test

import (
	"context"
	"errors"
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

// open is a gateway at a real address with its merchant's client, as a test of yours would make one: New, httptest, and Close.
func open() (gateway *simulator.Simulator, client *lianlian.Client, done func()) {
	dir, err := os.MkdirTemp("", "simulator")
	if err != nil {
		log.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(nil)
	gateway, client, err = simulator.Demo(dir, "http://"+srv.Listener.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	srv.Config.Handler = gateway
	srv.Start()
	return gateway, client, func() { gateway.Close(); srv.Close(); os.RemoveAll(dir) }
}

var tea = lianlian.PaymentRequest{
	PaymentProcessor: lianlian.AlipayHK, PaymentMethod: lianlian.WebPay, MerchantTransactionID: "order-1",
	TransactionAmount: 168_00, TransactionCurrency: "HKD", RedirectURL: "https://shop.example/return",
}

// An answer that gets lost: the outcome is unknown, and the same number sent again is the same payment.
func ExampleSimulator_SetPaymentScenario() {
	gateway, client, done := open()
	defer done()
	gateway.SetPaymentScenario("order-1", simulator.Scenario{DropCreateAnswer: true})
	_, err := client.CreatePayment(context.Background(), tea)
	fmt.Println("unknown outcome:", errors.Is(err, lianlian.ErrOutcomeUnknown))

	gateway.ClearPaymentScenario("order-1")
	_, err = client.CreatePayment(context.Background(), tea)
	fmt.Println(err, len(gateway.Payments()), "payment")
	// Output:
	// unknown outcome: true
	// <nil> 1 payment
}

// What passed on the wire, in order.
func ExampleSimulator_Journal() {
	gateway, client, done := open()
	defer done()
	if _, err := client.CreatePayment(context.Background(), tea); err != nil {
		log.Fatal(err)
	}
	_, _ = client.QueryPayment(context.Background(), "order-2")
	for _, m := range gateway.Journal(0) {
		fmt.Println(m.Seq, m.Kind, m.Status, m.Direction)
	}
	// Output:
	// 1 create 0 to_gateway
	// 2 create 200 to_merchant
	// 3 query 0 to_gateway
	// 4 query 404 to_merchant
}

// A scenario as it stands in a configuration.
func ExampleParseScenario() {
	sc, err := simulator.ParseScenario("lost", "create_delay=3s")
	fmt.Println(sc.LoseNotification, sc.CreateDelay, err)
	_, err = simulator.ParseScenario("lots")
	fmt.Println(err)
	// Output:
	// true 3s <nil>
	// "lots" is neither a knob nor a mischief
}

// Every refusal of the guide, by amount or by name.
func ExampleProvocations() {
	for _, p := range simulator.Provocations()[:2] {
		fmt.Println(p.Amount, p.Name())
	}
	// Output:
	// 9999.01 INVALID_PARAMETER
	// 9999.02 INVALID_SIGNATURE
}
