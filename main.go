// Command lianlian-checkout is a shop's checkout for the LianLian Pay global gateway.
package main

import (
	"context"
	_ "embed"
	"os"
	"os/signal"
	"syscall"

	"lianlian-checkout/internal/app"
)

//go:embed config.yaml
var shipped []byte

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	code := app.Run(ctx, app.Process{
		Args: os.Args[1:], Environ: os.Environ(), Shipped: shipped, Stdout: os.Stdout, Stderr: os.Stderr,
	})
	stop()
	os.Exit(code)
}
