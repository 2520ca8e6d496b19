package requestid_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"lianlian-checkout/internal/requestid"
)

func TestLogger(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := requestid.Logger(requestid.Logger(slog.New(slog.NewJSONHandler(&out, nil))))
	ctx := requestid.With(t.Context(), "NAME")
	for _, tt := range []struct {
		name  string
		write func()
		times int
	}{
		{"in a request", func() { log.InfoContext(ctx, "x") }, 1},
		{"with attributes of its own", func() { log.With("a", 1).InfoContext(ctx, "x", "b", 2) }, 1},
		{"named already", func() { log.InfoContext(ctx, "x", requestid.Key, "NAME") }, 1},
		{"outside", func() { log.InfoContext(t.Context(), "x") }, 0},
	} {
		out.Reset()
		tt.write()
		if got := strings.Count(out.String(), `"request_id":"NAME"`); got != tt.times {
			t.Errorf("%s: %d times in %s", tt.name, got, out.String())
		}
	}
	if id := requestid.New(); len(id) != 16 || id == requestid.New() {
		t.Errorf("drew %q", id)
	}
}
