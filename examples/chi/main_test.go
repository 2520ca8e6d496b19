package main

import (
	"context"
	"net"
	"testing"

	"lianlian-checkout/internal/walk"
)

// TestExample buys the book and pays for it.
func TestExample(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, listener, t.TempDir()) }()
	walk.Buy(t, "http://"+listener.Addr().String()+"/pay", "harbour")
	stop()
	if err := <-ended; err != nil {
		t.Errorf("run: %v", err)
	}
}
