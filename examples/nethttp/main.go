// Command nethttp is somebody's program with a checkout at /pay, on net/http alone. The simulator plays the gateway: no real money.
package main

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"

	"lianlian-checkout/checkout"
	"lianlian-checkout/lianlian/simulator"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	listener, err := net.Listen("tcp", cmp.Or(os.Getenv("ADDRESS"), "127.0.0.1:8080"))
	if err == nil {
		err = run(ctx, listener, "data")
	}
	if err != nil {
		log.Fatal(err)
	}
}

// run serves until ctx ends. What must last is kept in the folder.
func run(ctx context.Context, listener net.Listener, folder string) error {
	base := &url.URL{Scheme: "http", Host: listener.Addr().String(), Path: "/pay"} // the public address: https, later
	gateway, client, err := simulator.Demo(folder, base.JoinPath("simulator").String())
	if err != nil {
		return err
	}
	defer gateway.Close()

	price := checkout.Money{Amount: 168_00, Currency: "HKD"}
	pay, err := checkout.New(ctx, checkout.Options{
		Client: client, Simulator: gateway, BaseURL: base, Database: folder + "/checkout.db",
		ShopName: checkout.Text{"en": "Pier 4 Books", "zh-Hant": "四號碼頭書店"},
		Products: []checkout.Product{{
			Slug: "harbour", Name: checkout.Text{"en": "The Harbour by Night", "zh-Hant": "海港夜色"},
			Variants: []checkout.Variant{{SKU: "harbour", Price: price, CostPrice: price}},
		}},
	})
	if err != nil {
		return err
	}
	defer pay.Close()
	go pay.Run(ctx)

	mux := http.NewServeMux()
	mux.Handle("/pay/", pay.Handler())
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<!doctype html><title>Pier 4</title><a href="/pay/">The bookshop</a>`)
	})
	server := &http.Server{Handler: mux}
	context.AfterFunc(ctx, func() { server.Close() })
	fmt.Println("Open http://" + listener.Addr().String())
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}
