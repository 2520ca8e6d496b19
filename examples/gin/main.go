// Command gin is somebody's gin program with a checkout at /pay, in the program's own GORM database.
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

	"github.com/gin-gonic/gin"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"

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

// settings are what the checkout asks of a SQLite database: see checkout.Options.DB.
const settings = "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)&_txlock=immediate"

func run(ctx context.Context, listener net.Listener, folder string) error {
	base := &url.URL{Scheme: "http", Host: listener.Addr().String(), Path: "/pay"}
	gateway, client, err := simulator.Demo(folder, base.JoinPath("simulator").String())
	if err != nil {
		return err
	}
	defer gateway.Close()
	db, err := gorm.Open(sqlite.Dialector{DriverName: "sqlite", DSN: "file:" + folder + "/shop.db" + settings})
	if err != nil {
		return err
	}
	price := checkout.Money{Amount: 168_00, Currency: "HKD"}
	pay, err := checkout.New(ctx, checkout.Options{
		Client: client, Simulator: gateway, BaseURL: base, DB: db, ShopName: checkout.Text{"en": "Pier 4 Books"},
		Products: []checkout.Product{{Slug: "harbour", Name: checkout.Text{"en": "The Harbour by Night"}, Variants: []checkout.Variant{{SKU: "harbour", Price: price}}}},
	})
	if err != nil {
		return err
	}
	defer pay.Close()
	go pay.Run(ctx)

	router := gin.Default()
	router.Any("/pay/*path", gin.WrapH(pay.Handler()))
	router.GET("/", func(c *gin.Context) { c.Redirect(http.StatusSeeOther, "/pay/") })
	server := &http.Server{Handler: router}
	context.AfterFunc(ctx, func() { server.Close() })
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}
