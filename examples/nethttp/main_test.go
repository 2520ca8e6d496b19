package main

import (
	"context"
	"net"
	"os"
	"strings"
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

// TestGuide: the program in docs/go.md is this one.
func TestGuide(t *testing.T) {
	t.Parallel()
	program, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	guide, err := os.ReadFile("../../docs/go.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(guide), "```go\n"+string(program)+"```\n") {
		t.Error("docs/go.md shows another program than examples/nethttp/main.go")
	}
}
