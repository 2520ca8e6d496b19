// Command chi is somebody's chi program with a checkout at /pay that asks the program's own shop for products and prices.
// The simulator plays the gateway: no real money.
package main

import (
	"cmp"
	"context"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"

	"github.com/go-chi/chi/v5"

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

// shop stands for the program's own: its prices are asked for when something is bought.
type shop struct{ book checkout.Product }

func (s shop) Shelf(context.Context) ([]checkout.Product, error) {
	return []checkout.Product{s.book}, nil
}

func (s shop) Products(context.Context, []string) ([]checkout.Product, error) {
	return []checkout.Product{s.book}, nil
}

func run(ctx context.Context, listener net.Listener, folder string) error {
	base := &url.URL{Scheme: "http", Host: listener.Addr().String(), Path: "/pay"}
	gateway, client, err := simulator.Demo(folder, base.JoinPath("simulator").String())
	if err != nil {
		return err
	}
	defer gateway.Close()
	price := checkout.Money{Amount: 168_00, Currency: "HKD"}
	book := checkout.Product{Slug: "harbour", Name: checkout.Text{"en": "The Harbour by Night"}, Variants: []checkout.Variant{{SKU: "harbour", Price: price}}}
	pay, err := checkout.New(ctx, checkout.Options{
		Client: client, Simulator: gateway, BaseURL: base, Database: folder + "/checkout.db",
		ShopName: checkout.Text{"en": "Pier 4 Books"}, Catalogue: shop{book},
	})
	if err != nil {
		return err
	}
	defer pay.Close()
	go pay.Run(ctx)

	router := chi.NewRouter()
	router.Mount("/pay", pay.Handler())
	router.Get("/", http.RedirectHandler("/pay/", http.StatusSeeOther).ServeHTTP)
	server := &http.Server{Handler: router}
	context.AfterFunc(ctx, func() { server.Close() })
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}
